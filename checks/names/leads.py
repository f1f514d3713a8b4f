"""Names of the shop that lead where anybody may settle. Subject and place is the name."""

from __future__ import annotations

from scanner import Fate, Finding, Lead, Names, Severity, Unavailable, Verdict, check, judge


@check("dns-dangling", severity=Severity.HIGH)
def dns_dangling(names: Names) -> Verdict:
    """A name of the shop leads to a domain that nobody has, or to a service that does not know it any more."""
    unknown = {lead.name: lead.fate.because for lead in names.leads if isinstance(lead.fate, Unavailable)}
    unknown |= {one.name: one.answer.because for one in names.lookups if isinstance(one.answer, Unavailable)}
    asked = {one.name for one in names.lookups} | {lead.name for lead in names.leads}
    findings = [
        Finding(lead.name, _shown(lead), places=(lead.name,))
        for lead in names.leads
        if lead.fate in {Fate.UNREGISTERED, Fate.UNCLAIMED}
    ]
    missing = [*unknown.values()]
    return judge(findings, asked - set(unknown), missing)


def _shown(lead: Lead) -> str:
    if lead.fate is Fate.UNREGISTERED:
        said = f"The {lead.type} record of {lead.name} leads to {lead.to}, whose domain nobody has registered."
    else:
        said = f"The {lead.type} record of {lead.name} leads to {lead.to}, and the service there knows no such name."
    whose = f"The service: {lead.service}." if lead.service else ""
    return " ".join(filter(None, (said, whose, lead.proof)))
