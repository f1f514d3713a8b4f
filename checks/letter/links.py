"""Where a letter's links lead: by https, and to the names that they show."""

from __future__ import annotations

from checks.letter.each import Judged, each, finding, unreadable
from scanner import Letter, Letters, Severity, Verdict, check


@check("letter-link-deceptive", severity=Severity.MEDIUM)
def letter_link_deceptive(letters: Letters) -> Verdict:
    """A link shows one name and leads to another."""
    return each(letters, _deceptive)


def _deceptive(letter: Letter) -> Judged:
    findings = [
        finding(letter, f"A link to {link.host} misleads: {link.trick}.", host=link.host) for link in letter.links if link.trick
    ] + [
        finding(letter, f"The text shows {link.shown}, and the link leads to {link.host}.", host=link.host)
        for link in letter.links
        if link.shown_domain and link.shown_domain != link.domain and not link.trick
    ]
    return findings, "" if findings else unreadable(letter)


@check("letter-link-http", severity=Severity.LOW)
def letter_link_http(letters: Letters) -> Verdict:
    """A link or a picture in a letter goes by http."""
    return each(letters, _plain)


def _plain(letter: Letter) -> Judged:
    followed = {link.host for link in letter.links if link.plain and not link.picture}
    loaded = {link.host for link in letter.links if link.plain and link.picture} - followed
    findings = [finding(letter, f"A link leads to {host} by http.", host=host) for host in sorted(followed)]
    findings += [finding(letter, f"A picture is loaded from {host} by http.", host=host) for host in sorted(loaded)]
    return findings, "" if findings else unreadable(letter)
