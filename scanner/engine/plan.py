"""What a scan would send, without sending it: the exact list where nothing is known yet, and what each platform would add."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, shares_of
from scanner.evidence import Known, Mail, Names, Probes
from scanner.gatherers.contract import Gatherer
from scanner.gatherers.mail.mail import MOST_DOMAINS, MOST_SERVERS
from scanner.gatherers.net.dns import MOST_QUESTIONS, MOST_VALIDATING
from scanner.gatherers.probing.probes import ProbePlan, merged
from scanner.platforms import Knowledge
from scanner.rules.rule import Rule
from scanner.scope.budget import REST, amounts
from scanner.scope.target import written_name


def plan_text(order: Order, catalogue: Catalogue, today: date, say: Callable[[str], str] = str) -> str:
    """The plan as plain text. Sends nothing and looks up no name. say: what its sentences are in the reader's language."""
    return "\n".join(_lines(order, catalogue, today, say)) + "\n"


def _lines(order: Order, catalogue: Catalogue, today: date, say: Callable[[str], str]) -> Iterator[str]:
    target, options, rules = order.target, order.options, catalogue.rules_of(order.rules)
    name = f"{written_name(target.host)} ({target.url})" if written_name(target.host) != target.host else target.url
    yield say(f"What a scan of {name} would send. Nothing was sent to make this list.")
    yield ""
    yield say(
        f"At most {options.max_requests} HTTP requests in {options.max_time:.0f} s, {options.rate:g} a second, 4 connections."
    )
    yield say("Only GET. No form is submitted, no password is guessed, nothing is written.")
    yield ""
    yield say("Shares of the request budget:")
    budget = amounts(options.max_requests, shares_of(options, catalogue))
    for name, amount in budget.items():
        remark = f"  {say('retries, and looks at whether the shop still lets us in')}" if name == REST.name else ""
        yield f"  {name:16} {amount:4}{remark}"
    wanted = _wanted(rules, catalogue)
    if beside := _beside(wanted, order):
        yield ""
        yield say("Besides those, not by HTTP:")
        yield from (f"  {name:16} {amount:4}  {say(what)}" for name, amount, what in beside)
    yield ""
    yield say("Who looks at what, and the most that each sends:")
    for one in wanted:
        yield f"  {say(one.doing)}: {say(one.ceiling)}"
    knowledge = catalogue.knowledge
    bare = _places(rules, Known(target.host, today.year, target.base), knowledge)
    yield ""
    yield say(f"Well-known addresses that are asked for, whatever the shop runs on ({len(bare)}):")
    yield from (f"  {target.origin(target.scheme)}{place}" for place in bare)
    yield ""
    yield f"{say('Folders looked into for scripts beside the shop:')} {' '.join(knowledge.generic.folders)}"
    listed = say("Folders asked for a listing, besides those of the shop's own files:")
    yield f"{listed} {' '.join(knowledge.generic.directories)}"
    yield ""
    yield say("In place of as many of those: files that a list of the server's names, up to 3 dumps, 3 archives and 1 table.")
    yield ""
    yield say("What each platform changes, once it was recognised:")
    for key, platform in knowledge.platforms.items():
        hosted = platform.name if platform.hosted else ""
        known = Known(target.host, today.year, target.base, ((target.base, key),), hosted=hosted)
        with_it = _places(rules, known, knowledge)
        more = [place for place in with_it if place not in bare]
        counted = say(f"{platform.name} ({len(more)} more, {len(with_it)} in all)")
        yield f"  {counted}{': ' if more else ''}{' '.join(more)}"


def _beside(wanted: list[Gatherer], order: Order) -> list[tuple[str, int, str]]:
    """(share, at most, of what) of questions to name servers and of talks with mail servers."""
    made = {one.makes for one in wanted}
    found: list[tuple[str, int, str]] = []
    if Mail in made or Names in made:
        found.append(("dns", MOST_QUESTIONS, "questions to name servers"))
        found.append(("dnssec", MOST_VALIDATING, "questions to name servers for keys and signatures"))
    if Mail in made:
        domains = sum(len(one.domains) for one in order.site.mail) if order.site else 0
        found.append(("smtp", MOST_SERVERS * min(domains or 1, MOST_DOMAINS), "mail servers, one talk with each"))
    return found


def _wanted(rules: tuple[Rule, ...], catalogue: Catalogue) -> list[Gatherer]:
    """Every gatherer that these rules need, those that they rest on first."""
    found: dict[type, Gatherer] = {}

    def visit(kind: type) -> None:
        if kind in catalogue.gatherers and kind not in found:
            for need in catalogue.gatherers[kind].needs:
                visit(need.kind)
            found[kind] = catalogue.gatherers[kind]

    for rule in rules:
        for need in rule.needs:
            visit(need.kind)
    return list(found.values())


def _places(rules: tuple[Rule, ...], known: Known, knowledge: Knowledge) -> list[str]:
    asking = tuple(rule for rule in rules if any(need.kind is Probes for need in rule.needs))
    return [ask.place for ask in merged(ProbePlan(asking, knowledge).probes(known), known)]
