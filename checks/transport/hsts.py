"""HTTP Strict Transport Security: does the shop tell browsers to use https only (RFC 6797)?

Judged on each of the shop's names by all that it answers over https: browsers keep the header from any answer, whichever page it
comes with (RFC 6797 8.1). Subject and place are the host name. A name has at most one of these problems at a time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeGuard
from urllib.parse import urlsplit

from scanner import (
    Answer,
    Chain,
    Closed,
    Entrances,
    Finding,
    NotApplicable,
    Severity,
    Verdict,
    check,
    judge,
)

YEAR = 31_536_000
HALF_YEAR = 15_552_000
TRIAL = 300
"""What the articles say to try first."""
HEADER = "strict-transport-security"
MOVED = frozenset({301, 302, 303, 307, 308})

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  RFC 9110 5.6.2, no secret
_DIRECTIVE = re.compile(rf'[ \t]*({_TOKEN})[ \t]*(?:=[ \t]*({_TOKEN}|"(?:[^"\\]|\\.)*")[ \t]*)?(?:;|\Z)')
_EMPTY = re.compile(r"[ \t]*(?:;|\Z)")
_MOST_DIGITS = 12  # more seconds than anybody waits; int() of a stranger's megabyte would take its time


class Problem(Enum):
    """What can be wrong with a host, each rule's own."""

    MISSING = auto()
    INVALID = auto()
    SHORT = auto()
    SUBDOMAINS = auto()


@dataclass(frozen=True, slots=True)
class Policy:
    """A well-formed header: seconds to remember, and whether it reaches every name below the host. preload: whether it agrees to
    the list that browsers are delivered with (hstspreload.org); RFC 6797 does not know that word."""

    max_age: int
    include_subdomains: bool
    preload: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """One name of the shop that was asked by https. remarks: what a pass of a rule should say all the same."""

    name: str
    problem: Problem | None = None
    shown: str = ""
    address: str = ""
    remarks: tuple[tuple[Problem, str], ...] = ()


def parse(value: str) -> Policy | None:
    """A header's value by RFC 6797 6.1; None where browsers have to ignore it.

    Names are read without regard to case, a value may be quoted, what is unknown is skipped, nothing that counts may come twice.
    """
    found: dict[str, str | None] = {}
    position = 0
    while position < len(value):
        if empty := _EMPTY.match(value, position):
            position = empty.end()
            continue
        match = _DIRECTIVE.match(value, position)
        if match is None:
            return None
        position = match.end()
        name = match[1].lower()
        if name in {"max-age", "includesubdomains"} and name in found:
            return None
        found[name] = match[2]
    seconds = (found.get("max-age") or "").strip('"')
    if not re.fullmatch(r"[0-9]+", seconds) or found.get("includesubdomains") is not None:
        return None
    digits = seconds.lstrip("0") or "0"
    seconds_to_keep = int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
    return Policy(seconds_to_keep, "includesubdomains" in found, "preload" in found)


def classify(entrances: Entrances) -> tuple[tuple[Host, ...], tuple[str, ...]]:
    """Each name that answered by https with its problem or None; and why other names could not be judged."""
    by_name: dict[str, list[_Said]] = {}
    unsure: dict[str, str] = {}
    for name, said in _answers(entrances):
        if said.status < 400 or said.values:
            by_name.setdefault(name, []).append(said)
        else:  # many servers leave headers out of error pages
            unsure.setdefault(name, f"https://{name} answered {said.status}.")
    for entrance in entrances.of("https"):
        if entrance.failure is not None:
            unsure.setdefault(entrance.host, entrance.failure.because)
    telling = {name: _telling(said) for name, said in by_name.items()}
    policies = {name: said.policy for name, said in telling.items()}
    hosts = tuple(_host(name, said, by_name[name], policies, entrances) for name, said in telling.items())
    return hosts, tuple(why for name, why in unsure.items() if name not in by_name)


@dataclass(frozen=True, slots=True)
class _Said:
    """One answer over https. values: of the header, as sent."""

    address: str
    status: int
    values: tuple[str, ...]

    @property
    def policy(self) -> Policy | None:
        """What the first header says; the others do not count (RFC 6797 8.1)."""
        return parse(self.values[0]) if self.values else None


def _telling(answers: Sequence[_Said]) -> _Said:
    """The answer that a name is judged by: one that makes browsers forget, else the first with a header that they take, else the
    first with any, else the first."""
    off = [said for said in answers if said.policy is not None and said.policy.max_age == 0]
    taken = [said for said in answers if said.policy is not None]
    sent = [said for said in answers if said.values]
    return (*off, *taken, *sent, *answers)[0]


def _host(name: str, said: _Said, answers: Sequence[_Said], policies: dict[str, Policy | None], entrances: Entrances) -> Host:
    value, policy = (said.values or (None,))[0], policies[name]
    if said.status >= 300 and any(
        _good(above) and above.include_subdomains and name.endswith("." + host) for host, above in policies.items()
    ):
        return Host(name)  # it only passes visitors on, and a name above it speaks for it
    shown = f"Strict-Transport-Security: {(value or '')[:120]}"
    if value is None:
        return Host(name, Problem.MISSING, f"{name} sends no Strict-Transport-Security header.", said.address)
    if policy is None:
        return Host(name, Problem.INVALID, shown, said.address)
    if policy.max_age == 0:
        return Host(name, Problem.MISSING, f"{shown} (0 switches the protection off)", said.address)
    if policy.max_age < HALF_YEAR:
        trial = " (the trial of five minutes; a year is the next step)" if policy.max_age == TRIAL else ""
        return Host(name, Problem.SHORT, shown + trial, said.address)
    below = [other for other in entrances.names if other.endswith("." + name)]
    if below and not policy.include_subdomains and all(_good(policies.get(other)) for other in below):
        return Host(name, Problem.SUBDOMAINS, shown, said.address)
    remarks = []
    if (silent := next((other for other in answers if not other.values), None)) is not None:
        what = "redirect" if silent.status in MOVED else "page"
        words = f"The {what} at {silent.address[:200]} comes without it; browsers keep it from the other answers all the same."
        remarks.append((Problem.MISSING, words))
    if (times := len(said.values)) > 1:
        remarks.append((Problem.INVALID, f"{name} sends the header {times} times; browsers use the first."))
    if policy.max_age < YEAR:
        days = policy.max_age // 86_400
        remarks.append((Problem.SHORT, f"{name} asks browsers to remember it for {days} days; a year is usual."))
    if policy.preload:
        remarks.append(
            (Problem.MISSING, f"{name} agrees to the list built into browsers (preload), which takes months to leave.")
        )
    return Host(name, remarks=tuple(remarks))


def _good(policy: Policy | None) -> TypeGuard[Policy]:
    return policy is not None and policy.max_age >= HALF_YEAR


def _answers(entrances: Entrances) -> Iterator[tuple[str, _Said]]:
    """The first answer of each https address on one of the shop's names, the names' own entrances first, the pages last."""
    chains = [entrance.seen for entrance in (*entrances.of("https"), *entrances.of("http")) if isinstance(entrance.seen, Chain)]
    answers = (answer for chain in chains for answer in (*chain.hops, chain.end) if isinstance(answer, Answer))
    said = [_Said(answer.address, answer.status, answer.all(HEADER)) for answer in answers]
    said += [_Said(one.address, one.status, one.hsts) for one in entrances.read]
    known: set[str] = set()
    for one in said:
        parts = urlsplit(one.address)
        if parts.scheme == "https" and parts.hostname in entrances.names and one.address not in known:
            known.add(one.address)
            yield parts.hostname, one


def _judge(entrances: Entrances, problem: Problem) -> Verdict:
    if _is_address(entrances.host):
        return NotApplicable("Browsers remember this for names only, and the shop was asked for by a number.")
    ways = entrances.of("https")
    if ways and all(isinstance(entrance.seen, Closed) for entrance in ways):
        return NotApplicable("The shop has no https yet; that comes first.")
    hosts, missing = classify(entrances)
    return judge(
        (Finding(host.name, host.shown, (host.address,)) for host in hosts if host.problem is problem),
        examined=(host.name for host in hosts),
        missing=missing if hosts or missing else ("https was not looked at.",),
        because=" ".join(text for host in hosts for about, text in host.remarks if about is problem) or None,
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@check("hsts-missing", severity=Severity.MEDIUM, fix_group="hsts-missing", next_step_of=("https-missing",))
def hsts_missing(entrances: Entrances) -> Verdict:
    """Browsers are not told to use https only."""
    return _judge(entrances, Problem.MISSING)


@check("hsts-invalid", severity=Severity.MEDIUM)
def hsts_invalid(entrances: Entrances) -> Verdict:
    """The header that keeps browsers on https is malformed, and they ignore it."""
    return _judge(entrances, Problem.INVALID)


@check("hsts-max-age-short", severity=Severity.LOW, next_step_of=("hsts-missing", "hsts-invalid"))
def hsts_max_age_short(entrances: Entrances) -> Verdict:
    """Browsers forget within half a year that the shop is to be visited by https only."""
    return _judge(entrances, Problem.SHORT)


@check(
    "hsts-subdomains-missing",
    severity=Severity.LOW,
    next_step_of=("hsts-missing", "hsts-invalid", "hsts-max-age-short"),
)
def hsts_subdomains_missing(entrances: Entrances) -> Verdict:
    """The protection covers the name itself, but not www, which answers by https just as well."""
    return _judge(entrances, Problem.SUBDOMAINS)
