"""A scan's result and the rules' articles → what a report shows: sorted, counted, cut, and in words.

Pure, but for reading an agency's logo. Whatever came from the shop has passed ``scanner.plain``; whatever is Markdown says so.
The formats only lay it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from reports.brand import Brand, brand_of
from reports.markdown import to_text, to_text_line
from reports.words import GLOSSARY, POLITENESS, SEVERITY_MEANS, area_name, counted, day, duration, moment, size
from scanner.articles import Article, Fix
from scanner.grade import CAPS, GRADES, POINTS, PROVISIONAL_SHARE
from scanner.plain import plain
from scanner.result import Accepted, OpenFinding, ScanResult, Status
from scanner.rules import Rule, Severity
from scanner.settings import Agency
from scanner.verdicts import Confidence, Finding, Inconclusive, NotApplicable, Passed

MOST_FIRST = 5
MOST_FINDINGS = 200
MOST_LOCATIONS = 50
MOST_IN_MAIL = 10
MOST_ADDRESSES_IN_MAIL = 5
_SHOWN = 2000
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
_ANYWHERE = ("Hosting panel", "Your shop's settings", "Any server")
_GREETING = re.compile(r"\A((?:Hello|Dear|Hi|Good day)\b[^\n]{0,60})\n+", re.IGNORECASE)
_CLOSING = re.compile(r"\n((?:Thank|Many thanks|Kind regards|Best regards|Regards|Yours)[^\n]{0,60})\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Location:
    """An address as text, and as a link where it is a clean http(s) one."""

    text: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding: what is wrong, what was seen (may have several lines), where, and how sure we are.

    more_locations: how many addresses are left out. points: whether it counts for the grade.
    """

    id: str
    subject: str
    shown: str
    locations: tuple[Location, ...]
    more_locations: int
    places: tuple[str, ...]
    confidence: Confidence
    counts: bool


@dataclass(frozen=True, slots=True)
class FixView:
    """How to fix it in one place; ``markdown`` is Markdown. yours: "your server", "your shop's software" or ""."""

    where: str
    markdown: str
    yours: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A rule with open findings. why, verify, references and good are Markdown; title and mail are plain.

    points: what it costs. more: how many findings are left out. ran_out: the days on which acceptances of it expired.
    fixes: those for the detected server and software; other_fixes: the rest.
    """

    anchor: str
    rule: str
    severity: Severity
    area: str
    title: str
    findings: tuple[Evidence, ...]
    more: int
    points: int
    good: str
    why: str
    fixes: tuple[FixView, ...]
    other_fixes: tuple[FixView, ...]
    verify: str
    mail: str
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
    """A line of "fix these first". where: the first address or subject; more: how many other findings its rule has."""

    anchor: str
    severity: Severity
    title: str
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

    title: str
    rule: str
    severity: Severity
    subject: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in one of the short lists. ``good`` is Markdown, the rest plain; because: what was seen, or ""."""

    rule: str
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

    passed is by area; unchecked and not_applicable are by reason. asked: (what, number) by protocol, without zeros.
    """

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


def view_of(result: ScanResult, articles: Mapping[str, Article], *, agency: Agency | None = None) -> ReportView:
    """Everything a report of this scan shows. A rule without an article (an old plugin's) shows its summary instead."""
    site = result.site
    words = {judged.rule.id: articles.get(judged.rule.id) or _wordless(judged.rule) for judged in result.judged}
    groups = _groups(result, words)
    passed = [(j.rule, j.verdict.because or "") for j in result.judged if isinstance(j.verdict, Passed)]
    unchecked = [(j.rule, j.verdict.because) for j in result.judged if isinstance(j.verdict, Inconclusive)]
    not_applicable = [(j.rule, j.verdict.because) for j in result.judged if isinstance(j.verdict, NotApplicable)]
    grade = _grade(result)
    return ReportView(
        status=result.status,
        name=plain(site.name or site.host, 120),
        host=plain(site.host, 260),
        address=_location(site.url),
        also_at=tuple(plain(address, 260) for address in site.addresses),
        elsewhere=plain(result.elsewhere, _ADDRESS),
        platform=_platform(result),
        server=plain(site.server, 120),
        grade=grade,
        sentence=_sentence(result, grade),
        because=plain(result.because or ""),
        advice=_advice(result),
        counts=tuple(result.counts.items()),
        judged=len(result.judged),
        first=_first(groups),
        groups=groups,
        accepted=tuple(_accepted(found, found.accepted, words) for found in result.findings if found.accepted),
        passed=_by_area(passed, words),
        passed_count=len(passed),
        unchecked=_by_reason(unchecked, words),
        unchecked_count=len(unchecked),
        not_applicable=_by_reason(not_applicable, words),
        not_applicable_count=len(not_applicable),
        asked=_asked(result),
        received=size(result.requests.bytes_received),
        duration=duration(result.seconds),
        politeness=POLITENESS,
        notes=tuple(plain(note) for note in result.notes),
        grading=GradeTable(tuple(POINTS.items()), GRADES, CAPS, f"{PROVISIONAL_SHARE:.0%}"),
        glossary=GLOSSARY,
        date=moment(result.started),
        day=day(result.started),
        tool_version=plain(result.tool_version, 40),
        data_as_of=plain(result.data_as_of, 40),
        authorised_by=plain(site.authorised_by),
        brand=brand_of(agency) if agency else None,
    )


# ---- findings


def _groups(result: ScanResult, words: Mapping[str, Article]) -> tuple[Group, ...]:
    open_ = [found for found in result.findings if found.accepted is None]
    cards: dict[Severity, list[Card]] = {severity: [] for severity in Severity}
    for rule_id, found in groupby(open_, key=lambda finding: finding.rule.id):
        card = _card(result, words[rule_id], list(found))
        cards[card.severity].append(card)
    return tuple(
        Group(severity, SEVERITY_MEANS[severity], result.counts[severity], tuple(cards[severity]))
        for severity in Severity
        if cards[severity]
    )


def _card(result: ScanResult, article: Article, found: Sequence[OpenFinding]) -> Card:
    rule = found[0].rule
    fixes, others = _fixes(article.fixes, result)
    counts = any(finding.counts for finding in found)
    return Card(
        anchor=f"rule-{rule.id}",
        rule=rule.id,
        severity=rule.severity,
        area=area_name(rule.area),
        title=to_text_line(article.title),
        findings=tuple(_evidence(finding) for finding in found[:MOST_FINDINGS]),
        more=max(0, len(found) - MOST_FINDINGS),
        points=POINTS[rule.severity] if counts else 0,
        good=article.good,
        why=article.why,
        fixes=fixes,
        other_fixes=others,
        verify=article.verify,
        mail=_mail(result, article, found),
        references=article.references,
        ran_out=_ran_out(result, found),
    )


def _evidence(found: OpenFinding) -> Evidence:
    finding = found.finding
    return Evidence(
        id=found.id,
        subject=plain(finding.subject, _ADDRESS),
        shown=plain(finding.shown, _SHOWN, lines=True),
        locations=tuple(_location(address) for address in finding.locations[:MOST_LOCATIONS]),
        more_locations=max(0, len(finding.locations) - MOST_LOCATIONS),
        places=tuple(plain(place, _ADDRESS) for place in finding.places),
        confidence=finding.confidence,
        counts=found.counts,
    )


def _first(groups: Iterable[Group]) -> tuple[Step, ...]:
    """The worst rules that count; what is only possible or costs nothing is never urgent."""
    cards = [card for group in groups for card in group.cards if card.points]
    return tuple(
        Step(card.anchor, card.severity, card.title, _where(card.findings[0]), len(card.findings) + card.more - 1)
        for card in cards[:MOST_FIRST]
    )


def _where(evidence: Evidence) -> str:
    return evidence.locations[0].text if evidence.locations else evidence.subject


def _ran_out(result: ScanResult, found: Sequence[OpenFinding]) -> tuple[str, ...]:
    """Acceptances of these findings that held once and no longer do."""
    today = result.started.date()
    return tuple(
        day(accepted.until)
        for accepted in sorted(result.accepted, key=lambda accepted: accepted.until)
        if accepted.until < today
        and any(accepted.covers(finding.rule.id, finding.finding.subject, accepted.until) for finding in found)
    )


def _accepted(found: OpenFinding, accepted: Accepted, words: Mapping[str, Article]) -> AcceptedView:
    return AcceptedView(
        title=to_text_line(words[found.rule.id].title),
        rule=found.rule.id,
        severity=found.rule.severity,
        subject=plain(found.finding.subject, _ADDRESS),
        reason=plain(accepted.reason),
        until=day(accepted.until),
    )


def _location(address: str) -> Location:
    """A link only where the address is http(s), complete and made of visible ASCII: nothing in it may mislead."""
    text = plain(address, _ADDRESS)
    try:
        parts = urlsplit(address)
        clean = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    except ValueError:
        clean = False
    visible = re.fullmatch(r"[!-~]+", address) and not re.search(r'[\\<>"`]', address)
    return Location(text, address if clean and visible and len(address) <= _ADDRESS else None)


# ---- fixes and mail


def _fixes(fixes: Sequence[Fix], result: ScanResult) -> tuple[tuple[FixView, ...], tuple[FixView, ...]]:
    """Those for what was detected, and the rest; where nothing was detected, those that hold anywhere come first."""
    yours = {_platform_heading(result): "your shop's software"}
    yours |= dict.fromkeys(_server_headings(result), "your server")
    mine = [FixView(fix.where, fix.markdown, yours[fix.where]) for fix in fixes if fix.where in yours]
    mine.sort(key=lambda fix: list(yours).index(fix.where))
    if not mine:
        mine = [FixView(fix.where, fix.markdown) for fix in fixes if fix.where in _ANYWHERE]
        mine = mine or [FixView(fix.where, fix.markdown) for fix in fixes[:1]]
    chosen = {fix.where for fix in mine}
    return tuple(mine), tuple(FixView(fix.where, fix.markdown) for fix in fixes if fix.where not in chosen)


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
    return plain(f"{name} {version or ''}".strip() + sure, 120)


def _mail(result: ScanResult, article: Article, found: Sequence[OpenFinding]) -> str:
    """A mail to the hosting company, ready to send: which shop, the article's request, then what was seen and where.

    The article's own greeting, closing and subject line are kept to one each, whether it has them or not.
    """
    site = result.site
    asked = re.sub(r"\ASubject:[^\n]*\n+", "", to_text(article.ask))
    greeting = _GREETING.match(asked)
    asked = asked[greeting.end() :] if greeting else asked
    closing = _CLOSING.search(asked)
    asked = asked[: closing.start()] if closing else asked
    name = plain(site.name or site.host, 120)
    return "\n".join([
        f"Subject: {plain(site.host, 260)}: {to_text_line(article.title)}",
        "",
        greeting[1] if greeting else "Dear support,",
        "",
        f"this is about our shop {name}, {plain(site.url, _ADDRESS)}",
        "",
        asked.strip(),
        "",
        f"What a scan from outside saw on {moment(result.started)}:",
        *(line for finding in found[:MOST_IN_MAIL] for line in _mailed(finding.finding)),
        *([f"- and {len(found) - MOST_IN_MAIL:,} more of the same kind"] if len(found) > MOST_IN_MAIL else []),
        "",
        closing[1] if closing else "Kind regards",
    ])  # fmt: skip


def _mailed(finding: Finding) -> list[str]:
    addresses = finding.locations or (finding.subject,)
    more = len(addresses) - MOST_ADDRESSES_IN_MAIL
    shown = plain(finding.shown, _ADDRESS, lines=True)
    return [
        *(f"- {plain(address, _ADDRESS)}" for address in addresses[:MOST_ADDRESSES_IN_MAIL]),
        *([f"- and {more:,} more" + (" addresses" if more > 1 else " address")] if more > 0 else []),
        *(f"  {line}".rstrip() for line in shown.splitlines()),
    ]


# ---- the other lists


def _by_area(rules: Iterable[tuple[Rule, str]], words: Mapping[str, Article]) -> tuple[Lines, ...]:
    areas: dict[str, list[Line]] = {}
    for rule, because in rules:
        areas.setdefault(area_name(rule.area), []).append(_line(words[rule.id], because))
    return tuple(Lines(area, tuple(lines)) for area, lines in areas.items())


def _by_reason(rules: Iterable[tuple[Rule, str]], words: Mapping[str, Article]) -> tuple[Lines, ...]:
    """The reason that concerns most rules first."""
    reasons: dict[str, list[Line]] = {}
    for rule, because in rules:
        reasons.setdefault(plain(because), []).append(_line(words[rule.id]))
    ordered = sorted(reasons.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(Lines(reason, tuple(lines)) for reason, lines in ordered)


def _line(article: Article, because: str = "") -> Line:
    return Line(article.rule, to_text_line(article.title), article.good[:1].upper() + article.good[1:], plain(because))


def _asked(result: ScanResult) -> tuple[tuple[str, int], ...]:
    sent = result.requests
    every = (
        ("HTTP", sent.http),
        ("TLS", sent.tls),
        ("DNS", sent.dns),
        ("FTP", sent.ftp),
        ("SSH", sent.ssh),
        ("Other", sent.other),
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


def _sentence(result: ScanResult, grade: GradeView | None) -> str:
    """The whole result in one plain sentence."""
    if result.status is Status.UNREACHABLE:
        return "The shop could not be read, so there is no grade; this says nothing about how safe it is."
    if result.status is Status.BLOCKED:
        return (
            "The shop stopped answering our requests as it answers visitors, so there is no grade; "
            "that may well be good protection."
        )
    count = {severity: sum(f.counts and f.rule.severity is severity for f in result.findings) for severity in Severity}
    if n := count[Severity.CRITICAL]:
        return f"{counted(n, 'critical finding')} should be fixed today, before anything else."
    nothing = (
        "In what could be checked, nothing" if result.status is Status.PARTIAL or (grade and grade.provisional) else "Nothing"
    )
    if n := count[Severity.HIGH]:
        return f"{nothing} critical was found; {counted(n, 'high finding')} should be fixed this week."
    if n := count[Severity.MEDIUM]:
        return f"{nothing} urgent was found; {counted(n, 'medium finding')} {'is' if n == 1 else 'are'} worth fixing this month."
    if n := count[Severity.LOW]:
        return f"{nothing} serious was found; {counted(n, 'small thing')} {'is' if n == 1 else 'are'} left to improve."
    if n := sum(found.accepted is None and found.finding.confidence is Confidence.POSSIBLE for found in result.findings):
        return f"{nothing} was found for certain; {counted(n, 'possible finding')} {'deserves' if n == 1 else 'deserve'} a look."
    if n := sum(found.accepted is not None for found in result.findings):
        return f"{nothing} was found that needs fixing, apart from {counted(n, 'accepted risk')}."
    return f"{nothing} was found that needs fixing."


def _advice(result: ScanResult) -> str:
    """What to do so that the next scan says more; "" where this one is complete."""
    version = plain(result.tool_version, 40) or "…"
    match result.status:
        case Status.COMPLETE:
            return ""
        case Status.PARTIAL:
            return "What is listed here was seen. What was not reached is listed under “Could not be checked”."
        case Status.BLOCKED:
            return (
                "A firewall or the hosting company's protection seems to have taken the scan for an attack. Ask your host "
                f"to allow requests whose User-Agent begins with “shopwarden/{version}” from the address you scan from, "
                "for the time of the scan; or scan again tomorrow with a lower rate (--rate 1)."
            )
        case Status.UNREACHABLE:
            return "Open the address in a browser. If the shop appears there, scan again in an hour; if not, ask your host."
