"""What happened at a site, in words: the order of it all, headings, lines, the subject. Pure.

What is counted and listed are problems: the events of one kind and rule at a site, with their addresses below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from reports.i18n.language import Language, Said, language
from reports.text.brand import Picture
from reports.text.markdown import to_text_line
from reports.view.changes import FIXED_IN_PART, kind_of, summary
from reports.view.fixes import first_step
from scanner.history.events import Change, Event, Health
from scanner.rules.articles import Article
from scanner.rules.rule import Escalation, Severity
from scanner.text.sanitize import sanitize

MOST_LINES = 50
"""Problems a site and heading; the rest is counted."""
MOST_PLACES = 5
"""Addresses a problem; the rest is counted."""
_BAD = (Change.NEW, Change.CAME_BACK, Change.FIRST_LOOK, Health.UNREACHABLE, Health.RISK_EXPIRED)
_OLD = (Health.STILL_OPEN, Health.NOT_CONFIRMED, Health.CHECK_DEAD, Health.DATA_TOO_OLD)
_GOOD = (Health.BACK, Change.FIXED, FIXED_IN_PART, Change.NO_LONGER_APPLIES)
ORDER: tuple[str, ...] = (
    Health.UNREACHABLE,
    Health.BACK,
    Change.NEW,
    Change.CAME_BACK,
    Change.FIRST_LOOK,
    Health.RISK_EXPIRED,
    Health.STILL_OPEN,
    Change.FIXED,
    FIXED_IN_PART,
    Change.NO_LONGER_APPLIES,
    Health.NOT_CONFIRMED,
    Health.CHECK_DEAD,
    Health.DATA_TOO_OLD,
)
"""Kinds in the order of a message. FIRST_SEEN and NEXT_STEP are missing: they are told to nobody."""
_WHOLE_SITE = frozenset({Health.UNREACHABLE, Health.BACK, Health.DATA_TOO_OLD})
_NO_MORE = (9, 9, 9)
"""Sorts behind every urgency."""
_TO_MEND = frozenset({Change.NEW, Change.CAME_BACK, Change.FIRST_LOOK, Health.RISK_EXPIRED, Health.STILL_OPEN})


@dataclass(frozen=True, slots=True)
class Told:
    """A site with what happened there. before, after: grades, None where there is none. name, url: for people.

    report: where its report can be read, an address, or "". away: since when it cannot be reached. language: its code.
    """

    key: str
    name: str
    url: str
    events: tuple[Event, ...] = ()
    before: str | None = None
    after: str | None = None
    report: str = ""
    away: datetime | None = None
    open_count: int = 0
    language: str = "en"

    @property
    def moved(self) -> bool:
        """Whether the grade is another one than before."""
        return bool(self.before and self.after and self.before != self.after)


@dataclass(frozen=True, slots=True)
class Words:
    """What messages take from elsewhere. articles: by rule. sender, contact, logo: the agency's.

    escalations: rule id → what weighs more where it is new, and how to say so. people: the rules about what the owner looks
    after himself.
    """

    articles: Mapping[str, Article] = field(default_factory=dict)
    sender: str = ""
    contact: str = ""
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    logo: Picture | None = None
    people: frozenset[str] = frozenset()

    def title(self, rule: str, spoken: Language) -> Said:
        """A problem in an owner's words."""
        article = self.articles.get(rule)
        if article is None:
            return Said(sanitize(rule.replace("-", " ").capitalize(), 200), "en")
        translated, its = spoken.article(article)
        return Said(sanitize(to_text_line(translated.title), 200), its.code)


@dataclass(frozen=True, slots=True)
class Line:
    """One problem in words. severity: its key, "" for a whole site. label: the same in words. places: subjects or addresses.

    more_places: how many are left out. more: evidence or reason. how: two lines at most on what to do. link: to the steps, or "".
    """

    severity: str
    label: str
    what: Said
    places: tuple[str, ...] = ()
    more_places: int = 0
    more: str = ""
    how: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The problems of one kind at one site."""

    heading: Said
    lines: tuple[Line, ...]
    left_out: int


def spoken_of(shops: Sequence[Told]) -> Language:
    """A message's language: that of its sites, where they agree."""
    codes = {shop.language for shop in shops}
    return language(codes.pop()) if len(codes) == 1 else language("en")


def urgency(event: Event) -> tuple[int, int, int]:
    """Sorts what is told: bad news first, the worst of it first; then what is not news, then good news."""
    kind = kind_of(event)
    group, kinds = next((number, kinds) for number, kinds in enumerate((_BAD, _OLD, _GOOD, (kind,))) if kind in kinds)
    return group, event.severity.rank, kinds.index(kind)


def most_urgent(events: Iterable[Event]) -> tuple[tuple[int, int, int], ...]:
    """Sorts sites: the one with the worst news first, then the one with more of them. A problem counts once."""
    problems: dict[tuple[str, str], tuple[int, int, int]] = {}
    for event in events:
        problem = (kind_of(event), event.rule)
        problems[problem] = min(urgency(event), problems.get(problem, _NO_MORE))
    return (*sorted(problems.values()), _NO_MORE)


def sections(shop: Told, words: Words, spoken: Language) -> tuple[Section, ...]:
    """A site's problems in a message's order."""
    made = []
    for kind in ORDER:
        problems: dict[str, list[Event]] = {}
        for event in shop.events:
            if kind_of(event) == kind:
                problems.setdefault(event.rule, []).append(event)
        if problems:
            lines = tuple(_line(kind, events, shop, words, spoken) for events in list(problems.values())[:MOST_LINES])
            made.append(Section(spoken.say(f"alert.{_key(kind)}"), lines, len(problems) - len(lines)))
    return tuple(made)


# ---- the subject


def subject_of(shops: Sequence[Told], words: Words, spoken: Language) -> str:
    """The subject line of a message about what happened. shops: the worst first, which is named with its worst news."""
    worst = shops[0]
    lead, rest = _lead(worst, words, spoken)
    rest = rest if len(shops) == 1 else spoken.count("alert.in_all", len(shops), told=_overall(shops, spoken))
    said = ", ".join(filter(None, [lead, _moved(worst, spoken)]))
    return f"{_called(worst)}: {'; '.join(filter(None, [said, rest]))}"


def _lead(shop: Told, words: Words, spoken: Language) -> tuple[str, str]:
    """What is new and worst at a site, and a summary of what else there is."""
    worst = min(shop.events, key=urgency)
    kind = kind_of(worst)
    if kind in _GOOD or kind in _WHOLE_SITE:
        same = [event for event in shop.events if kind_of(event) == kind]
        return summary(same, spoken), summary([event for event in shop.events if event not in same], spoken)
    if kind == Change.FIRST_LOOK:
        looked = [event for event in shop.events if kind_of(event) == kind]
        problems = _by_severity(looked, spoken)
        rest = summary([event for event in shop.events if event not in looked], spoken)
        return spoken.say("alert.subject_first_look", problems=problems), rest
    lead = spoken.say(f"alert.subject_{_key(kind)}", severity=spoken.severity(worst.severity), title=_title(worst, words, spoken))
    others = {(kind_of(event), event.rule) for event in shop.events} - {(kind, worst.rule)}
    return lead, summary(shop.events, spoken) if others else ""


def _by_severity(events: Iterable[Event], spoken: Language) -> str:
    """``2 critical, 3 high``: problems."""
    counted = Counter({event.rule: event.severity for event in events}.values())
    return ", ".join(
        f"{spoken.number(counted[severity])} {spoken.count(f'many.{severity}', counted[severity])}"
        for severity in Severity
        if counted[severity]
    )


def _moved(shop: Told, spoken: Language) -> str:
    looked = any(event.kind is Change.FIRST_LOOK for event in shop.events)
    return grade_of(shop, spoken) if shop.moved or looked else ""


def _overall(shops: Sequence[Told], spoken: Language) -> str:
    """Over several shops: problems are counted, and so are the shops that are away or back."""
    events = [event for shop in shops for event in shop.events]
    parts = [summary((event for event in events if isinstance(event.kind, Change)), spoken)]
    for kind in (Health.UNREACHABLE, Health.BACK):  # of these, shops are counted
        number = sum(any(event.kind is kind for event in shop.events) for shop in shops)
        parts.append(spoken.count(f"told.shops_{_key(kind)}", number) if number else "")
    others = [event for event in events if isinstance(event.kind, Health) and event.kind not in {Health.UNREACHABLE, Health.BACK}]
    return ", ".join(filter(None, [*parts, summary(others, spoken)]))


def quiet_subject(shops: Sequence[Told], spoken: Language) -> str:
    """The subject line of the weekly word."""
    away = sum(shop.away is not None for shop in shops)
    if len(shops) == 1:
        (shop,) = shops
        state = spoken.count("told.unreachable", 1) if away else spoken.say("alert.quiet")
        return ", ".join(filter(None, [f"{_called(shop)}: {state}", grade_of(shop, spoken)]))
    if away:
        return spoken.count("alert.quiet_but", len(shops), away=spoken.number(away))
    return spoken.count("alert.quiet_shops", len(shops))


def trial_subject(shops: Sequence[Told], spoken: Language) -> str:
    """The subject line of a test."""
    if len(shops) == 1:
        return f"{_called(shops[0])}: {spoken.say('alert.trial')}"
    return spoken.count("alert.trial_shops", len(shops))


# ---- a site


def _called(shop: Told) -> str:
    return sanitize(shop.name, 80) or shop.key


def name_of(shop: Told) -> str:
    """The site's name with its key, or the key alone."""
    name = sanitize(shop.name, 120)
    return shop.key if name in {"", shop.key} else f"{name} ({shop.key})"


def grade_of(shop: Told, spoken: Language) -> str:
    """``grade C → D``, ``grade C`` or nothing."""
    if shop.moved:
        return spoken.say("told.grade_moved", before=str(shop.before), after=str(shop.after))
    return spoken.say("told.grade", letter=shop.after) if shop.after else ""


def standing_of(shop: Told, spoken: Language) -> str:
    """How a site stands about which nothing else is told, or ""."""
    if shop.away:
        return spoken.say("alert.away_since", day=_day(shop.away, spoken))
    return spoken.count("told.open", shop.open_count) if shop.open_count and not shop.events else ""


# ---- a problem


def _line(kind: str, events: Sequence[Event], shop: Told, words: Words, spoken: Language) -> Line:
    event = min(events, key=lambda one: one.severity.rank)
    day = _day(event.since, spoken)
    if kind == Health.UNREACHABLE:
        return Line("", "", spoken.say("alert.not_scanned"), more=spoken.repeat(sanitize(event.because)))
    if kind == Health.BACK:
        return Line("", "", spoken.say("alert.was_away", day=day))
    if kind == Health.DATA_TOO_OLD:
        old = spoken.say("alert.data_of", day=_iso_day(event.because, spoken))
        return Line("", "", old, more=spoken.say("alert.data_update"))
    places = tuple(dict.fromkeys(_place(one) for one in events)) if kind != Health.CHECK_DEAD else ()
    how, link = _how(event, shop, words, spoken) if kind in _TO_MEND else ((), "")
    return Line(
        severity=str(event.severity),
        label=spoken.severity(event.severity),
        what=_title(event, words, spoken),
        places=places[:MOST_PLACES],
        more_places=max(0, len(places) - MOST_PLACES) + sum(one.more for one in events),
        more=_more(kind, event, words, day, spoken),
        how=how,
        link=link,
    )


def _title(event: Event, words: Words, spoken: Language) -> Said:
    if (escalated := _escalated(event, words)) is not None:
        return spoken.repeat(escalated[0])
    return words.title(event.rule, spoken)


def _escalated(event: Event, words: Words) -> tuple[str, str] | None:
    """Title and advice of what weighs more than its rule where it is new."""
    escalation = words.escalations.get(event.rule) if event.kind in {Change.NEW, Change.CAME_BACK} else None
    if escalation is None or (names := escalation.names(event.subject)) is None:
        return None
    said = {name: sanitize(value, 200) for name, value in names.items()}
    return escalation.title.format_map(said), escalation.advice.format_map(said)


def _place(event: Event) -> str:
    where = sanitize(event.location or event.subject, 300)
    return f"{sanitize(event.subject, 200)} ({where})" if event.location and event.subject not in event.location else where


def _more(kind: str, event: Event, words: Words, day: str, spoken: Language) -> str:
    """Evidence, or since when it is so."""
    if kind == Health.CHECK_DEAD:
        because = spoken.repeat(sanitize(event.because, 300))
        return f"{spoken.say('alert.no_answer', day=day)} {because}".strip()
    if kind == Health.NOT_CONFIRMED:
        return spoken.say("alert.seen_last", day=day)
    if kind == Health.STILL_OPEN:
        seen_last = spoken.say("alert.seen_last", day=_iso_day(event.because, spoken)) if event.because else ""
        return " ".join(filter(None, [spoken.say("alert.open_since", day=day), seen_last]))
    if kind == Health.RISK_EXPIRED:
        return spoken.say("alert.accepted_until", day=_iso_day(event.because, spoken))
    if kind in _GOOD:
        return ""
    escalated = _escalated(event, words)
    return spoken.repeat(escalated[1] if escalated else sanitize(event.shown.partition("\n\n")[0], 300))


def _how(event: Event, shop: Told, words: Words, spoken: Language) -> tuple[tuple[str, ...], str]:
    """What to do, in two lines at most, and a link to the steps."""
    article = words.articles.get(event.rule)
    if article is None:
        return (), ""
    translated, _ = spoken.article(article)
    effort = spoken.effort(article.minutes) if article.minutes is not None else ""
    steps = spoken.say("alert.step_by_step", effort=effort[:1].upper() + effort[1:]) if effort else ""
    link = f"{shop.report}#rule-{event.rule}" if shop.report else ""
    return tuple(filter(None, [spoken.say("alert.what_to_do", step=first_step(translated)), steps])), link


def _day(when: datetime | None, spoken: Language) -> str:
    return spoken.day(when) if when else spoken.say("alert.unknown_day")


def _iso_day(text: str, spoken: Language) -> str:
    try:
        return spoken.day(date.fromisoformat(text))
    except ValueError:
        return sanitize(text, 40)


def _key(kind: str) -> str:
    return kind.replace("-", "_")
