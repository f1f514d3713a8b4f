"""A scan's result and the rules' articles → what a report shows: sorted, counted, cut, and in words.

Pure, but for reading an agency's logo. Whatever came from the shop has passed ``scanner.text.sanitize``; whatever is
Markdown says so. The formats only lay it out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from reports.i18n.language import Language, Said, english
from reports.text.brand import Brand, brand_of
from reports.text.markdown import to_text_line
from reports.view.letters import Letter, for_developer, for_host, mail
from reports.view.trend import Progress, progress_of
from scanner.history.trend import Trend
from scanner.results.grade import CAPS, GRADES, POINTS, PROVISIONAL_SHARE
from scanner.results.result import Accepted, OpenFinding, ScanResult, Status
from scanner.rules.articles import Article, Fix
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

_SERVERS = (
    ("apache", ("Apache (.htaccess)", "Apache")),
    ("litespeed", ("Apache (.htaccess)", "Apache")),
    ("nginx", ("nginx",)),
    ("openresty", ("nginx",)),
    ("caddy", ("Caddy",)),
    ("lighttpd", ("lighttpd",)),
    ("microsoft-iis", ("IIS",)),
)
_PLATFORMS = (
    ("wordpress", "WordPress"),
    ("woocommerce", "WordPress"),
    ("prestashop", "PrestaShop"),
    ("magento", "Magento"),
    ("openmage", "Magento"),
    ("adobecommerce", "Magento"),
    ("opencart", "OpenCart"),
    ("joomla", "Joomla"),
    ("virtuemart", "Joomla"),
    ("shopware", "Shopware"),
)
_ANYWHERE = ("Hosting panel", "PHP", "Your shop's settings", "Any server")


@dataclass(frozen=True, slots=True)
class Location:
    """An address as text, and as a link where it is a clean http(s) one."""

    text: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding: what is wrong, what was seen (may have several lines), where, and how sure we are.

    more_locations: how many addresses are left out. points: whether it counts for the grade. ready: a text made for this shop,
    to be copied as it stands, or "".
    """

    id: str
    subject: str
    shown: str
    locations: tuple[Location, ...]
    more_locations: int
    places: tuple[str, ...]
    confidence: Confidence
    counts: bool
    ready: str = ""


@dataclass(frozen=True, slots=True)
class FixView:
    """How to fix it in one place; ``markdown`` is Markdown. yours: "your server", "your shop's software" or ""."""

    where: str
    markdown: str
    yours: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A rule with open findings. why, risk, verify, ask, references and good are Markdown; title and mail are plain.

    mail: "" where there is nothing to ask the host for; ``ask`` says why.

    lang: the language of the article's words. points: what it costs. minutes: what fixing takes, None where nobody says; effort:
    the same in words, or "". risk: what may break by it, or "". more: how many findings are left out. ran_out: the days on which
    acceptances of it expired. fixes: those for the detected server and software; other_fixes: the rest.
    """

    anchor: str
    rule: str
    severity: Severity
    area: str
    lang: str
    title: str
    findings: tuple[Evidence, ...]
    more: int
    points: int
    minutes: int | None
    effort: str
    risk: str
    good: str
    why: str
    fixes: tuple[FixView, ...]
    other_fixes: tuple[FixView, ...]
    verify: str
    mail: str
    ask: str
    references: str
    ran_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The cards of one severity. ``count`` counts findings."""

    severity: Severity
    means: str
    count: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A line of "fix these first". where: the first address or subject; more: how many other findings its rule has.

    effort: how long it takes, in words, or "".
    """

    anchor: str
    severity: Severity
    lang: str
    title: str
    effort: str
    where: str
    more: int


@dataclass(frozen=True, slots=True)
class GradeView:
    """letter: A+ to F; score: 0 to 100, before caps; tone: good, fair or poor."""

    letter: str
    score: int
    provisional: bool
    tone: str


@dataclass(frozen=True, slots=True)
class AcceptedView:
    """A finding whose risk the owner accepted."""

    title: Said
    rule: str
    severity: Severity
    subject: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in one of the short lists. ``good`` is Markdown, the rest plain; because: what was seen, or ""."""

    rule: str
    lang: str
    title: str
    good: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that share an area or a reason, which ``heading`` names."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class GradeTable:
    """How the grade is made, from the table that makes it."""

    points: tuple[tuple[Severity, int], ...]
    letters: tuple[tuple[str, int], ...]
    caps: tuple[tuple[Severity, str], ...]
    provisional_share: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report shows, in its order. first is at most five steps; counts has all five severities.

    progress: what changed since last time, None where no history is kept. to_host, to_developer: ready texts, None where there is
    nothing to send. passed is by area; unchecked and not_applicable are by reason. asked: (what, number) by protocol, without
    zeros.
    """

    language: Language
    status: Status
    name: str
    host: str
    address: Location
    also_at: tuple[str, ...]
    elsewhere: str
    platform: str
    server: str
    grade: GradeView | None
    sentence: str
    because: str
    advice: str
    counts: tuple[tuple[Severity, int], ...]
    judged: int
    first: tuple[Step, ...]
    progress: Progress | None
    to_host: Letter | None
    to_developer: Letter | None
    groups: tuple[Group, ...]
    accepted: tuple[AcceptedView, ...]
    passed: tuple[Lines, ...]
    passed_count: int
    unchecked: tuple[Lines, ...]
    unchecked_count: int
    not_applicable: tuple[Lines, ...]
    not_applicable_count: int
    asked: tuple[tuple[str, int], ...]
    received: str
    duration: str
    politeness: str
    notes: tuple[str, ...]
    grading: GradeTable
    glossary: tuple[tuple[str, str], ...]
    date: str
    day: str
    tool_version: str
    data_as_of: str
    authorised_by: str
    brand: Brand | None


def view_of(
    result: ScanResult,
    articles: Mapping[str, Article],
    *,
    agency: Agency | None = None,
    language: Language | None = None,
    trend: Trend | None = None,
) -> ReportView:
    """Everything a report of this scan shows. A rule without an article (an old plugin's) shows its summary instead.

    language: left out, English. trend: what the history says.
    """
    site, language = result.site, language or english()
    words = _Words(language, {j.rule.id: articles.get(j.rule.id) or _wordless(j.rule) for j in result.judged})
    groups = _groups(result, words)
    cards = [card for group in groups for card in group.cards if card.points]
    passed = [(j.rule, j.verdict.because or "") for j in result.judged if isinstance(j.verdict, Passed)]
    unchecked = [(j.rule, j.verdict.because) for j in result.judged if isinstance(j.verdict, Inconclusive)]
    not_applicable = [(j.rule, j.verdict.because) for j in result.judged if isinstance(j.verdict, NotApplicable)]
    grade = _grade(result)
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
        grade=grade,
        sentence=_sentence(result, grade, language),
        because=language.repeat(sanitize(result.because or "")),
        advice=_advice(result, language),
        counts=tuple(result.counts.items()),
        judged=len(result.judged),
        first=_first(cards),
        progress=progress_of(trend, words.titles(articles), language) if trend else None,
        to_host=for_host(result, cards, language),
        to_developer=for_developer(result, cards, language),
        groups=groups,
        accepted=tuple(_accepted(found, found.accepted, words) for found in result.findings if found.accepted),
        passed=_by_area(passed, words),
        passed_count=len(passed),
        unchecked=_by_reason(unchecked, words),
        unchecked_count=len(unchecked),
        not_applicable=_by_reason(not_applicable, words),
        not_applicable_count=len(not_applicable),
        asked=_asked(result, language),
        received=language.size(result.requests.bytes_received),
        duration=language.duration(result.seconds),
        politeness=language.say("asked.politeness"),
        notes=tuple(language.repeat(sanitize(note)) for note in result.notes),
        grading=GradeTable(tuple(POINTS.items()), GRADES, CAPS, language.share(PROVISIONAL_SHARE)),
        glossary=language.glossary or english().glossary,
        date=language.moment(result.started),
        day=language.day(result.started),
        tool_version=sanitize(result.tool_version, 40),
        data_as_of=sanitize(result.data_as_of, 40),
        authorised_by=sanitize(site.authorised_by),
        brand=brand_of(agency) if agency else None,
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


def _groups(result: ScanResult, words: _Words) -> tuple[Group, ...]:
    """The worst severity first; in each, what costs points and takes the least time comes first."""
    open_ = [found for found in result.findings if found.accepted is None]
    cards: dict[Severity, list[Card]] = {severity: [] for severity in Severity}
    for rule_id, found in groupby(open_, key=lambda finding: finding.rule.id):
        card = _card(result, words, rule_id, list(found))
        cards[card.severity].append(card)
    return tuple(
        Group(
            severity,
            words.language.say(f"means.{severity}"),
            result.counts[severity],
            tuple(sorted(cards[severity], key=_quickest)),
        )
        for severity in Severity
        if cards[severity]
    )


def _quickest(card: Card) -> tuple[bool, float]:
    return not card.points, math.inf if card.minutes is None else card.minutes


def _card(result: ScanResult, words: _Words, rule_id: str, found: Sequence[OpenFinding]) -> Card:
    rule, language = found[0].rule, words.language
    article, spoken = words.of(rule_id)
    fixes, others = _fixes(article.fixes, result, language)
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
        points=POINTS[rule.severity] if counts else 0,
        minutes=minutes,
        effort=language.effort(minutes) if minutes is not None else "",
        risk=article.risk,
        good=article.good,
        why=article.why,
        fixes=fixes,
        other_fixes=others,
        verify=article.verify,
        mail=mail(result, article, found, spoken) if words.original(rule_id).for_host else "",
        ask=article.ask,
        references=article.references,
        ran_out=_ran_out(result, found, language),
    )


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
            where=_where(card.findings[0]),
            more=len(card.findings) + card.more - 1,
        )
        for card in cards[:MOST_FIRST]
    )


def _where(evidence: Evidence) -> str:
    return evidence.locations[0].text if evidence.locations else evidence.subject


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


# ---- fixes


def _fixes(fixes: Sequence[Fix], result: ScanResult, language: Language) -> tuple[tuple[FixView, ...], tuple[FixView, ...]]:
    """Those for what was detected, and the rest; where nothing was detected, those that hold anywhere come first."""
    yours: dict[str, str] = {_platform_heading(result): language.say("card.your_software")}
    yours |= dict.fromkeys(_server_headings(result), language.say("card.your_server"))
    views = [FixView(fix.where, fix.markdown, yours.get(fix.where, "")) for fix in fixes]
    mine = sorted((fix for fix in views if fix.yours), key=lambda fix: list(yours).index(fix.where))
    mine = mine or [fix for fix in views if fix.where in _ANYWHERE] or views[:1]
    return tuple(mine), tuple(fix for fix in views if fix not in mine)


def _server_headings(result: ScanResult) -> tuple[str, ...]:
    product = re.split(r"[/ (,]", result.site.server.strip().casefold(), maxsplit=1)[0]
    return next((headings for name, headings in _SERVERS if product == name), ())


def _platform_heading(result: ScanResult) -> str:
    if result.site.platform is None:
        return ""
    name = re.sub(r"[^a-z]", "", result.site.platform[0].casefold())
    return next((heading for part, heading in _PLATFORMS if part in name), "")


def _platform(result: ScanResult) -> str:
    if result.site.platform is None or result.site.platform[0] in {"", "unknown"}:
        return ""
    name, version, confidence = result.site.platform
    heading = _platform_heading(result)
    if heading.casefold() == name.casefold():
        name = heading
    sure = "" if confidence == Confidence.CERTAIN else f" ({confidence})"
    return sanitize(f"{name} {version or ''}".strip() + sure, 120)


# ---- the other lists


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


def _wordless(rule: Rule) -> Article:
    title = rule.summary.rstrip(".") or rule.id
    fix = Fix("Any server", "This rule came without an article; ask whoever wrote it.", ())
    return Article(rule.id, title, "", rule.summary or rule.id, (fix,), "Scan again.", rule.summary or rule.id, "")


# ---- words


def _grade(result: ScanResult) -> GradeView | None:
    grade = result.grade
    if grade is None:
        return None
    tone = "good" if grade.letter.startswith("A") else "fair" if grade.letter in {"B", "C"} else "poor"
    return GradeView(grade.letter, grade.score, grade.provisional, tone)


def _sentence(result: ScanResult, grade: GradeView | None, language: Language) -> Said:
    """The whole result in one plain sentence."""
    if result.status is Status.UNREACHABLE:
        return language.say("sentence.unreachable")
    if result.status is Status.BLOCKED:
        return language.say("sentence.blocked")
    count = {severity: sum(f.counts and f.rule.severity is severity for f in result.findings) for severity in Severity}
    if n := count[Severity.CRITICAL]:
        return language.count("sentence.critical", n)
    if worst := next((severity for severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW) if count[severity]), None):
        sentence = language.count(f"sentence.{worst}", count[worst])
    elif n := sum(found.accepted is None and found.finding.confidence is Confidence.POSSIBLE for found in result.findings):
        sentence = language.count("sentence.possible", n)
    elif n := sum(found.accepted is not None for found in result.findings):
        sentence = language.count("sentence.accepted", n)
    else:
        sentence = language.say("sentence.nothing")
    if result.status is Status.PARTIAL or (grade and grade.provisional):
        return language.say("sentence.partly", sentence=sentence[:1].lower() + sentence[1:])
    return sentence


def _advice(result: ScanResult, language: Language) -> str:
    """What to do so that the next scan says more; "" where this one is complete, or where the reason says it already."""
    if result.status is Status.COMPLETE or "add --allow-private" in (result.because or ""):
        return ""
    return language.say(f"advice.{result.status}", version=sanitize(result.tool_version, 40) or "…")
