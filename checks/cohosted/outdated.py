"""Scripts beside the shop that miss repairs: the usual way in."""

from __future__ import annotations

from checks.versions.age import described, shown_by, sureness, unknown, version_numbers
from scanner import Finding, Installations, Knowledge, Passed, Probes, Severity, Verdict, check, judge
from scanner.platforms import Standing


@check("cohosted-script-outdated", severity=Severity.HIGH, probes=version_numbers)
def cohosted_script_outdated(probes: Probes, installations: Installations, knowledge: Knowledge) -> Verdict:
    """Another script beside the shop is old."""
    found, missing = [], [reason.because for _, reason in installations.unseen]
    for one in installations.beside:
        others = [other.directory for other in installations.all if other is not one]
        shown = shown_by(one, probes, others)
        support = knowledge.support_of(one.platform, shown.number, probes.gathered_at.date()) if shown else None
        if shown is None or support is None:
            missing += [f"{one.directory}: {reason}" for reason in unknown(one, shown, support, knowledge)]
        elif support.behind or support.standing is Standing.ENDED:
            sure = sureness(shown, support)
            found.append(Finding(one.directory, described(shown, support), (one.address,), shown.places, sure))
    if installations.beside:
        missing += probes.missing
    verdict = judge(found, (*installations.examined, *probes.examined), missing)
    if isinstance(verdict, Passed) and not installations.beside:
        return Passed(verdict.examined, "No other script was found beside the shop.")
    return verdict
