"""Does everybody who types the shop's name end up on https, by the shortest way?

Subject and place of every finding is the host name (``petalandstem.example``). A host has at most one of these problems at a
time: ``classify`` names it, and the rules only filter, so that they exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from urllib.parse import urlsplit

from scanner import (
    Answer,
    Chain,
    Closed,
    Entrance,
    Entrances,
    Finding,
    Inconclusive,
    NotApplicable,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
)

_TEMPORARY = frozenset({302, 303, 307})


class Problem(Enum):
    """What can be wrong with a host, each rule's own."""

    NO_HTTPS = auto()
    DOWNGRADED = auto()
    NOT_REDIRECTED = auto()
    PARTLY_REDIRECTED = auto()
    FOREIGN_HOP = auto()
    TEMPORARY = auto()


class Way(Enum):
    """Where one entrance by http leads."""

    TO_HTTPS = auto()
    TO_HTTPS_TEMPORARILY = auto()
    TO_HTTPS_BY_OTHER_HOST = auto()
    STAYS = auto()
    NOWHERE = auto()  # nothing listens, or the server says that there is nothing
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Host:
    """One host's only problem, or None. home_unknown, rest_unknown: why its home page or anything else could not be judged."""

    name: str
    problem: Problem | None = None
    shown: str = ""
    address: str = ""
    home_unknown: tuple[str, ...] = ()
    rest_unknown: tuple[str, ...] = ()

    def unknown(self, problem: Problem) -> tuple[str, ...]:
        """The reasons that matter for one problem: whether home is redirected is decided by home alone."""
        return self.home_unknown if problem is Problem.NOT_REDIRECTED else (*self.home_unknown, *self.rest_unknown)


def classify(entrances: Entrances) -> tuple[Host, ...]:
    """Every host that was asked, the shop's own first, each with at most one problem."""
    if not any(_answers(entrance) for entrance in entrances.of("https")):
        return (_without_https(entrances),)
    down = dict(_downgrades(entrances))
    return tuple(_host(name, entrances, down) for name in dict.fromkeys(entrance.host for entrance in entrances.entrances))


def way(entrance: Entrance) -> tuple[Way, str]:
    """Where an entrance by http leads, and why that is not known where it is not."""
    seen = entrance.seen
    if isinstance(seen, Closed):
        return Way.NOWHERE, ""
    if isinstance(seen, Unavailable):
        return Way.UNKNOWN, seen.because
    if isinstance(seen.end, Unavailable):
        return Way.UNKNOWN, seen.end.because
    steps = [urlsplit(answer.address) for answer in (*seen.hops, seen.end)]
    secure = next((i for i, step in enumerate(steps) if step.scheme == "https"), None)
    if secure is None:
        if seen.end.read:
            return Way.STAYS, ""
        if seen.end.gone:
            return Way.NOWHERE, ""
        return Way.UNKNOWN, f"{_short(seen.end.address)} answered {seen.end.status}."
    if any(step.hostname != steps[0].hostname for step in steps[:secure]):
        return Way.TO_HTTPS_BY_OTHER_HOST, ""
    return (Way.TO_HTTPS_TEMPORARILY if seen.hops[secure - 1].status in _TEMPORARY else Way.TO_HTTPS), ""


def _host(name: str, entrances: Entrances, down: dict[str, tuple[str, str]]) -> Host:
    """One host of a shop that has https."""
    by_http = [(entrance, *way(entrance)) for entrance in entrances.of("http") if entrance.host == name]
    by_https = [entrance for entrance in entrances.of("https") if entrance.host == name]
    home, rest = by_http[:1], by_http[1:]
    home_unknown = tuple(why for _, kind, why in home if kind is Way.UNKNOWN)
    https_unknown = tuple(entrance.failure.because for entrance in by_https if entrance.failure is not None)
    rest_unknown = (*(why for _, kind, why in rest if kind is Way.UNKNOWN), *https_unknown)

    def found(problem: Problem, entrance: Entrance) -> Host:
        stays = " It stays on http." if problem in {Problem.NOT_REDIRECTED, Problem.PARTLY_REDIRECTED} else ""
        return Host(name, problem, _told(entrance) + stays, _address(entrance), home_unknown, rest_unknown)

    if name in down:
        return Host(name, Problem.DOWNGRADED, *down[name], home_unknown, rest_unknown)
    staying = [entrance for entrance, kind, _ in by_http if kind is Way.STAYS]
    if staying and home_unknown:
        return Host(name, None, home_unknown=home_unknown, rest_unknown=rest_unknown)
    if staying and home[0][1] in {Way.STAYS, Way.NOWHERE}:
        if https_unknown:  # https may lead back to http, and then that is the problem
            return Host(name, None, home_unknown=https_unknown, rest_unknown=rest_unknown)
        return found(Problem.NOT_REDIRECTED, staying[0])
    if staying:
        return found(Problem.PARTLY_REDIRECTED, staying[0])
    for kind, problem in (
        (Way.TO_HTTPS_BY_OTHER_HOST, Problem.FOREIGN_HOP),
        (Way.TO_HTTPS_TEMPORARILY, Problem.TEMPORARY),
    ):
        if those := [entrance for entrance, its, _ in by_http if its is kind]:
            return found(problem, those[0])
    return Host(name, None, home_unknown=home_unknown, rest_unknown=rest_unknown)


def _without_https(entrances: Entrances) -> Host:
    """The shop's own host where no name of the shop answered by https."""
    name = entrances.host
    if not entrances.of("https"):
        return Host(name, None, home_unknown=("https was not looked at.",))
    for entrance in entrances.of("https"):
        if not isinstance(entrance.seen, Closed):
            return Host(name, None, home_unknown=(entrance.failure.because if entrance.failure is not None else "",))
    for entrance in entrances.of("http"):
        if entrance.host == name:
            kind, why = way(entrance)
            if kind is Way.STAYS:
                return Host(name, Problem.NO_HTTPS, f"{_told(entrance)} Nothing answers by https.", _address(entrance))
            return Host(name, None, home_unknown=(why or "The shop answers neither by https nor by http.",))
    return Host(name, None, home_unknown=("http was not looked at.",))


def _downgrades(entrances: Entrances) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each of the shop's hosts whose https sends the visitor to http, with what is shown and the address."""
    for entrance in entrances.entrances:
        seen = entrance.seen
        if isinstance(seen, Chain) and isinstance(seen.end, Answer):
            for hop, after in pairwise((*seen.hops, seen.end)):
                here, there = urlsplit(hop.address), urlsplit(after.address)
                if here.scheme == "https" and there.scheme == "http" and here.hostname in entrances.names:
                    yield here.hostname, (f"{_short(hop.address)} ({hop.status}) → {_short(after.address)}.", hop.address)


def _answers(entrance: Entrance) -> bool:
    return isinstance(entrance.seen, Chain) and (entrance.seen.redirected or isinstance(entrance.seen.end, Answer))


def _address(entrance: Entrance) -> str:
    return entrance.seen.start if isinstance(entrance.seen, Chain) else f"{entrance.scheme}://{entrance.host}{entrance.path}"


def _told(entrance: Entrance) -> str:
    """The way that a visitor goes, as one sentence."""
    if not isinstance(entrance.seen, Chain):
        return ""
    steps = [f"{_short(hop.address)} ({hop.status})" for hop in entrance.seen.hops]
    if isinstance(entrance.seen.end, Answer):
        steps.append(f"{_short(entrance.seen.end.address)} ({entrance.seen.end.status})")
    return " → ".join(steps) + "."


def _short(address: str) -> str:
    """An address for a sentence: a query may hold a visitor's session and changes from night to night."""
    shown, mark, _ = address.partition("?")
    return shown[:120] + ("?…" if mark else "")


def _judge(entrances: Entrances, problem: Problem) -> Verdict:
    hosts = classify(entrances)
    if hosts[0].problem is Problem.NO_HTTPS:
        return NotApplicable("The shop has no https yet; that comes first.")
    return judge(
        (Finding(host.name, host.shown, (host.address,)) for host in hosts if host.problem is problem),
        examined=(host.name for host in hosts if not host.unknown(problem)),
        missing=(why for host in hosts for why in host.unknown(problem)),
    )


@check("https-missing", severity=Severity.CRITICAL)
def https_missing(entrances: Entrances) -> Verdict:
    """The shop cannot be reached by https at all."""
    own = classify(entrances)[0]
    if own.problem is Problem.NO_HTTPS:
        return judge([Finding(own.name, own.shown, (own.address,))])
    if not any(_answers(entrance) for entrance in entrances.of("https")):
        return Inconclusive(own.home_unknown[0])
    return judge((), examined=(entrances.host,))


@check("https-redirect-missing", severity=Severity.HIGH, fix_group="https-redirect-missing")
def https_redirect_missing(entrances: Entrances) -> Verdict:
    """Who types the shop's name without https stays on an open line."""
    return _judge(entrances, Problem.NOT_REDIRECTED)


@check("https-redirect-partial", severity=Severity.MEDIUM, fix_group="https-redirect-missing")
def https_redirect_partial(entrances: Entrances) -> Verdict:
    """The home page moves to https, but a page behind it does not."""
    return _judge(entrances, Problem.PARTLY_REDIRECTED)


@check("https-redirect-temporary", severity=Severity.LOW, fix_group="https-redirect-missing")
def https_redirect_temporary(entrances: Entrances) -> Verdict:
    """The move to https is marked as temporary."""
    return _judge(entrances, Problem.TEMPORARY)


@check("https-redirect-foreign-hop", severity=Severity.LOW, fix_group="https-redirect-missing")
def https_redirect_foreign_hop(entrances: Entrances) -> Verdict:
    """The way to https leads by http over another host name."""
    return _judge(entrances, Problem.FOREIGN_HOP)


@check("https-downgrade", severity=Severity.HIGH)
def https_downgrade(entrances: Entrances) -> Verdict:
    """An address that was asked for by https sends the visitor back to http."""
    return _judge(entrances, Problem.DOWNGRADED)
