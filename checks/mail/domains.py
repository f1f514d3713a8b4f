"""The usual way of a check of mail: a look at each domain, or at each server of each domain, and one verdict of all of them.

Places: what was seen of a domain as a whole is at the domain's name, what was seen of a server or key of it at ``domain part``.
Where all of its parts could be looked at, ``every_part`` of it was: so what was wrong with one that is gone since is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from scanner import Finding, Mail, MailDomain, MailServer, NotApplicable, Passed, Unavailable, Verdict, every_part, judge

Seen = Finding | Passed | NotApplicable | Unavailable
"""What a look says: what is wrong, that it is well (with what is worth a line), that it does not concern this one, or why it is
not known."""
NO_MAIL = "No mail server takes mail for {}."


def at_each_domain(mail: Mail, look: Callable[[MailDomain], Seen]) -> Verdict:
    """One verdict over all domains."""
    return _together((domain.domain, (look(domain),), False) for domain in mail.domains)


def at_each_server(mail: Mail, look: Callable[[MailDomain, MailServer], Seen]) -> Verdict:
    """One verdict over all servers of all domains; the subject is the domain and the server."""
    return at_each_part(mail, lambda domain: tuple(_of_servers(domain, look)))


def at_each_part(mail: Mail, look: Callable[[MailDomain], Sequence[Seen]]) -> Verdict:
    """One verdict over all parts of all domains, servers or keys; the subject is the domain and the part."""
    return _together((domain.domain, look(domain), not domain.left_out) for domain in mail.domains)


def _together(looks: Iterable[tuple[str, Sequence[Seen], bool]]) -> Verdict:
    """domain, what the looks at its parts said, whether that is all that it has → one verdict. Not applicable if all are."""
    findings: list[Finding] = []
    examined: list[str] = []
    missing: list[str] = []
    well: list[str] = []
    none: list[str] = []
    concerned = False
    for domain, seen, all_parts in looks:
        unknown = [one.because for one in seen if isinstance(one, Unavailable)]
        missing += unknown
        concerned |= any(not isinstance(one, NotApplicable) for one in seen)
        findings += [one for one in seen if isinstance(one, Finding)]
        examined += [place for one in seen if isinstance(one, Passed) for place in one.examined]
        examined += [] if unknown else [domain, *([every_part(domain)] if all_parts else [])]
        well += [one.because for one in seen if isinstance(one, Passed) and one.because]
        none += [one.because for one in seen if isinstance(one, NotApplicable)]
    if not concerned:
        return NotApplicable(none[0] if none else "No domain's mail is looked at.")
    return judge(findings, examined, missing, " ".join(dict.fromkeys(well)) or None)


def words(*sentences: str) -> str:
    """Sentences in a row; empty ones are none."""
    return " ".join(filter(None, sentences))


def subject(domain: MailDomain, part: str) -> str:
    """What a finding at a part of a domain is about: a server, a selector."""
    return f"{domain.domain} {part}"


def _of_servers(domain: MailDomain, look: Callable[[MailDomain, MailServer], Seen]) -> Iterator[Seen]:
    if not domain.servers:
        mx = next((one.answer for one in domain.lookups if one.name == domain.domain and one.type == "MX"), None)
        yield mx if isinstance(mx, Unavailable) else NotApplicable(NO_MAIL.format(domain.domain))
    for server in domain.servers:
        seen = look(domain, server)
        yield replace(seen, examined=(subject(domain, server.host),)) if isinstance(seen, Passed) else seen
