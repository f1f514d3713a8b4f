"""A scan's result and the rules' articles → what a report shows: sorted, counted, cut, and in words.

Pure, but for reading an agency's logo. Whatever came from the shop has passed ``scanner.text.sanitize``; whatever is
Markdown says so. The formats only lay it out.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from urllib.parse import urlsplit

from reports.i18n.language import Language, Said, english
from reports.text.brand import brand_of
from reports.text.markdown import to_text_line
from reports.view.accepting import lines_to_accept
from reports.view.at_once import at_once
from reports.view.compliance import editions, requirements
from reports.view.fixes import fixes_for, who_can
from reports.view.hints import Hints
from reports.view.letters import for_developer, for_host, mail
from reports.view.model import (
    AcceptedView,
    Card,
    Evidence,
    GradeTable,
    Group,
    Line,
    Lines,
    Location,
    ReportView,
    Step,
)
from reports.view.owner import owner_view
from reports.view.sentences import advice_of, caveat_of, grade_of, sentence_of
from reports.view.trend import since_last
from scanner.evidence import OwnersRecord
from scanner.history.trend import Trend
from scanner.results.grade import (
    CAPS,
    GRADES,
    MOST_UNCLEAR_CRITICAL,
    MOST_UNCLEAR_EXPOSURE,
    PEOPLE,
    POINTS,
    PROVISIONAL_SHARE,
    UNGRADED,
    grade,
)
from scanner.results.result import Accepted, OpenFinding, ScanResult, Status
from scanner.rules.articles import NOT_FOR_HOST, Article, Fix
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Confidence, Inconclusive, NotApplicable, Passed
from scanner.settings.models import Agency
from scanner.text.sanitize import sanitize

MOST_FIRST = 5
MOST_FINDINGS = 200
MOST_LOCATIONS = 50
_SHOWN = 2000
_READY = 5000
_ADDRESS = 400


def view_of(
    result: ScanResult,
    articles: Mapping[str, Article],
    *,
    agency: Agency | None = None,
    language: Language | None = None,
    trend: Trend | None = None,
    recheck: str = "",
    scan: str = "",
    owner: OwnersRecord | None = None,
    include_people: bool = False,
) -> ReportView:
    """Everything a report of this scan shows. A rule without an article (an old plugin's) shows its summary instead.

    language: left out, English. trend: what the history says. recheck: the command that looks again at what is open, without a
    rule; left out where no history has this scan. scan: the command that looks at everything again; left out, by the address.
    owner: what the owner keeps about what people look after; left out, and where he keeps nothing, there is no such chapter.
    include_people: whether the letters, too, speak of it.
    """
    site, language = result.site, language or english()
    words = _Words(language, {j.rule.id: articles.get(j.rule.id) or _wordless(j.rule) for j in result.judged})
    scan_again = scan or f"shopwarden scan {shlex.quote(sanitize(site.url, _ADDRESS))}"
    groups = _groups(result, words, Hints(_name(site.url), recheck, scan_again))
    open_ = [card for group in groups for card in group.cards]
    cards = [card for card in open_ if card.points]
    own = {j.rule.id for j in result.judged if j.rule.area == PEOPLE and not include_people}
    to_send = [card for card in cards if card.rule not in own]
    passed = [(j.rule, j.verdict.because or "") for j in result.judged if isinstance(j.verdict, Passed)]
    unchecked = [(j.rule, j.verdict.because) for j in result.judged if isinstance(j.verdict, Inconclusive)]
    not_applicable = [(j.rule, j.verdict.because) for j in result.judged if isinstance(j.verdict, NotApplicable)]
    standards = {judged.rule.id: words.original(judged.rule.id).standards for judged in result.judged}
    graded = grade_of(result, language)
    return ReportView(
        language=language,
        status=result.status,
        name=sanitize(site.name or site.host, 120),
        host=sanitize(site.host, 260),
        address=_location(site.url),
        also_at=tuple(sanitize(address, 260) for address in site.addresses),
        elsewhere=sanitize(result.elsewhere, _ADDRESS),
        platform=_platform(result),
        server=sanitize(site.server, 120),
        caveat=caveat_of(result, language),
        grade=graded,
        ungraded=result.ungraded or "",
        sentence=sentence_of(result, graded, language),
        because=language.repeat(sanitize(result.because or "")),
        advice=advice_of(result, language),
        problems=tuple(result.problems.items()),
        judged=len(result.judged),
        first=_first(cards),
        since_last=since_last(trend, words.titles(articles), language) if trend else None,
        to_host=for_host(result, to_send, language),
        to_developer=for_developer(result, to_send, language),
        groups=groups,
        effort=language.effort(minutes) if (minutes := sum(card.minutes or 0 for card in open_)) else "",
        at_once=at_once(open_, result, articles, f"{scan_again} --fixes fixes"),
        standards=standards,
        requirements=requirements(result, standards, language),
        editions=editions(language),
        accepted=tuple(_accepted(found, found.accepted, words) for found in result.findings if found.accepted),
        passed=_by_area(passed, words),
        passed_count=len(passed),
        unchecked=_by_reason(unchecked, words),
        unchecked_count=len(unchecked),
        not_applicable=_by_reason(not_applicable, words),
        not_applicable_count=len(not_applicable),
        asked=_asked(result, language),
        further=_further(result, language),
        received=language.size(result.requests.bytes_received),
        duration=language.duration(result.seconds),
        politeness=language.say("asked.politeness"),
        notes=tuple(language.repeat(sanitize(note)) for note in result.notes),
        again=recheck if recheck and result.status in {Status.COMPLETE, Status.PARTIAL} else scan_again,
        grading=GradeTable(
            tuple(POINTS.items()),
            GRADES,
            CAPS,
            language.share(PROVISIONAL_SHARE),
            language.number(MOST_UNCLEAR_EXPOSURE),
            language.number(MOST_UNCLEAR_CRITICAL),
        ),
        glossary=language.glossary or english().glossary,
        date=language.moment(result.started),
        day=language.day(result.started),
        tool_version=sanitize(result.tool_version, 40),
        data_as_of=sanitize(result.data_as_of, 40),
        authorised_by=sanitize(site.authorised_by),
        brand=brand_of(agency) if agency else None,
        owner=owner_view(owner, language) if owner is not None and not owner.empty else None,
    )


class _Words:
    """The articles of a scan's rules, each in the report's language or as it is."""

    def __init__(self, language: Language, articles: Mapping[str, Article]) -> None:
        self.language, self._articles = language, articles

    def original(self, rule: str) -> Article:
        """The English article."""
        return self._articles[rule]

    def of(self, rule: str) -> tuple[Article, Language]:
        """The article and its language."""
        return self.language.article(self._articles[rule])

    def title(self, rule: str) -> Said:
        """The problem in an owner's words."""
        article, spoken = self.of(rule)
        return Said(to_text_line(article.title), spoken.code)

    def titles(self, articles: Mapping[str, Article]) -> Mapping[str, Said]:
        """The titles of every rule, of those that did not run as well."""
        every = {rule: self.language.article(article) for rule, article in {**articles, **self._articles}.items()}
        return {rule: Said(to_text_line(article.title), spoken.code) for rule, (article, spoken) in every.items()}


# ---- findings


def _groups(result: ScanResult, words: _Words, hints: Hints) -> tuple[Group, ...]:
    """The worst severity first; in each, what costs points and takes the least time comes first."""
    open_ = [found for found in result.findings if found.accepted is None]
    cards: dict[Severity, list[Card]] = {severity: [] for severity in Severity}
    regrades = _regrades(result)
    for rule_id, found in groupby(open_, key=lambda finding: finding.rule.id):
        card = _card(result, words, hints, list(found), regrades.get(rule_id, ""))
        cards[card.severity].append(card)
    return tuple(
        Group(
            severity,
            words.language.say(f"means.{severity}"),
            tuple(sorted(cards[severity], key=_quickest)),
        )
        for severity in Severity
        if cards[severity]
    )


def _quickest(card: Card) -> tuple[bool, float]:
    return not card.points, math.inf if card.minutes is None else card.minutes


def _card(result: ScanResult, words: _Words, hints: Hints, found: Sequence[OpenFinding], regrade: str) -> Card:
    """The open findings of one rule. regrade: the grade without them, or ""."""
    rule, language = found[0].rule, words.language
    rule_id = rule.id
    article, spoken = words.of(rule_id)
    fixes, others = fixes_for(result.site, article.fixes, language)
    minutes = words.original(rule_id).minutes
    counts = any(finding.counts for finding in found)
    return Card(
        anchor=f"rule-{rule.id}",
        rule=rule.id,
        severity=rule.severity,
        area=language.area(rule.area),
        lang=spoken.code,
        title=to_text_line(article.title),
        findings=tuple(_evidence(finding, language) for finding in found[:MOST_FINDINGS]),
        more=max(0, len(found) - MOST_FINDINGS),
        places=language.count("count.places", len(found)),
        points=POINTS[rule.severity] if counts else 0,
        graded=rule.area not in UNGRADED and not result.letters,
        minutes=minutes,
        effort=language.effort(minutes) if minutes is not None else "",
        risk=article.risk,
        good=article.good,
        why=article.why,
        fixes=fixes,
        other_fixes=others,
        verify=hints.verified(rule_id, article.verify),
        mail=mail(result, article, found, spoken) if words.original(rule_id).for_host else "",
        ask=re.sub(f"^{NOT_FOR_HOST}", spoken.say("card.not_for_host"), article.ask),
        references=article.references,
        ran_out=_ran_out(result, found, language),
        who=who_can(result.site, article.fixes, for_host=words.original(rule_id).for_host),
        regrade=regrade,
        accept=lines_to_accept(found, result.started.date(), language.say("accept.reason")),
    )


def _regrades(result: ScanResult) -> dict[str, str]:
    """By rule, the grade if nothing but its problem were mended; only where that is another one."""
    now = result.grade
    if now is None:
        return {}
    open_ = {one.rule.id: one.rule.severity for one in result.findings if one.counts and one.rule.area not in UNGRADED}
    without = {rule: [severity for other, severity in open_.items() if other != rule] for rule in open_}
    letters = {rule: grade(rest, len(result.inconclusive), len(result.judged)).letter for rule, rest in without.items()}
    return {rule: letter for rule, letter in letters.items() if letter != now.letter}


def _evidence(found: OpenFinding, language: Language) -> Evidence:
    finding = found.finding
    return Evidence(
        id=found.id,
        subject=sanitize(finding.subject, _ADDRESS),
        shown=language.repeat(sanitize(finding.shown, _SHOWN, lines=True)),
        locations=tuple(_location(address) for address in finding.locations[:MOST_LOCATIONS]),
        more_locations=max(0, len(finding.locations) - MOST_LOCATIONS),
        places=tuple(sanitize(place, _ADDRESS) for place in finding.places),
        confidence=finding.confidence,
        counts=found.counts,
        ready=sanitize(finding.ready, _READY, lines=True),
    )


def _first(cards: Sequence[Card]) -> tuple[Step, ...]:
    """The first rules that count, in the page's order; what is only possible or costs nothing is never urgent."""
    return tuple(
        Step(
            anchor=card.anchor,
            severity=card.severity,
            lang=card.lang,
            title=card.title,
            effort=card.effort,
            where=card.where,
            more=card.others,
        )
        for card in cards[:MOST_FIRST]
    )


def _name(url: str) -> str:
    """The host of an address with the usual port; "" of any other: a name alone would lead elsewhere."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.port is None else ""
    except ValueError:
        return ""


def _ran_out(result: ScanResult, found: Sequence[OpenFinding], language: Language) -> tuple[str, ...]:
    """Acceptances of these findings that held once and no longer do."""
    today = result.started.date()
    return tuple(
        language.day(accepted.until)
        for accepted in sorted(result.accepted, key=lambda accepted: accepted.until)
        if accepted.until < today
        and any(accepted.covers(finding.rule.id, finding.finding.subject, accepted.until) for finding in found)
    )


def _accepted(found: OpenFinding, accepted: Accepted, words: _Words) -> AcceptedView:
    return AcceptedView(
        title=words.title(found.rule.id),
        rule=found.rule.id,
        severity=found.rule.severity,
        subject=sanitize(found.finding.subject, _ADDRESS),
        reason=sanitize(accepted.reason),
        until=words.language.day(accepted.until),
    )


def _location(address: str) -> Location:
    """A link only where the address is http(s), complete and made of visible ASCII: nothing in it may mislead."""
    text = sanitize(address, _ADDRESS)
    try:
        parts = urlsplit(address)
        clean = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    except ValueError:
        clean = False
    visible = re.fullmatch(r"[!-~]+", address) and not re.search(r'[\\<>"`]', address)
    return Location(text, address if clean and visible and len(address) <= _ADDRESS else None)


# ---- the other lists


def _platform(result: ScanResult) -> str:
    if result.site.platform is None or result.site.platform[0] in {"", "unknown"}:
        return ""
    name, version, confidence = result.site.platform
    parts = result.site.platform_parts
    if parts:
        name = name.removesuffix(f" with {' and '.join(part for part, _ in parts)}")
    own, *plugins = (_numbered(*product) for product in ((name, version), *parts))
    shown = f"{own} with {' and '.join(plugins)}" if plugins else own
    return sanitize(shown + ("" if confidence == Confidence.CERTAIN else f" ({confidence})"), 120)


def _numbered(name: str, version: str | None) -> str:
    """A product with its version: "Shopware 6" is "Shopware 6.6" in version 6.6."""
    return f"{name.removesuffix(' ' + version.partition('.')[0])} {version}" if version else name


def _by_area(rules: Iterable[tuple[Rule, str]], words: _Words) -> tuple[Lines, ...]:
    areas: dict[str, list[Line]] = {}
    for rule, because in rules:
        areas.setdefault(words.language.area(rule.area), []).append(_line(rule, words, because))
    return tuple(Lines(area, tuple(lines)) for area, lines in areas.items())


def _by_reason(rules: Iterable[tuple[Rule, str]], words: _Words) -> tuple[Lines, ...]:
    """The reason that concerns most rules first."""
    reasons: dict[str, list[Line]] = {}
    for rule, because in rules:
        reasons.setdefault(sanitize(because), []).append(_line(rule, words))
    ordered = sorted(reasons.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(Lines(words.language.repeat(reason), tuple(lines)) for reason, lines in ordered)


def _line(rule: Rule, words: _Words, because: str = "") -> Line:
    article, spoken = words.of(rule.id)
    good = article.good[:1].upper() + article.good[1:]
    return Line(rule.id, spoken.code, to_text_line(article.title), good, words.language.repeat(sanitize(because)))


def _asked(result: ScanResult, language: Language) -> tuple[tuple[str, int], ...]:
    sent = result.requests
    every = (
        ("HTTP", sent.http),
        ("TLS", sent.tls),
        ("DNS", sent.dns),
        ("FTP", sent.ftp),
        ("SSH", sent.ssh),
        (language.say("asked.other"), sent.other),
    )
    return tuple((name, number) for name, number in every if number)


def _further(result: ScanResult, language: Language) -> str:
    """How far the nights have come in the long list of rarer names; "" where it was not asked for."""
    asked, of = result.coverage.tail_asked, result.coverage.tail_of
    return language.say("asked.so_far", asked=language.number(asked), of=language.number(of)) if of else ""


def _wordless(rule: Rule) -> Article:
    title = rule.summary.rstrip(".") or rule.id
    fix = Fix("Any server", "This rule came without an article; ask whoever wrote it.", ())
    return Article(rule.id, title, "", rule.summary or rule.id, (fix,), "Scan again.", rule.summary or rule.id, "")
