"""What changed since last time, and the trend as a picture: points of the last scans, in a drawing without script. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.i18n.language import Language, Said
from scanner.history.events import Event
from scanner.history.trend import Point, Trend
from scanner.rules.rule import Severity
from scanner.text.sanitize import sanitize

MOST_CHANGES = 10
"""Changes listed of each kind; the rest is counted."""
WIDTH, HEIGHT = 320, 110
LEFT, RIGHT, TOP, BOTTOM = 28, 306, 10, 90
"""The drawing's frame, in its own units."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One problem that changed. where: address or subject, plain; more: at how many places besides."""

    severity: Severity
    rule: str
    title: Said
    where: str
    more: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The problems that changed in one way, at however many places. more: how many of them are left out."""

    kind: str
    heading: str
    count: int
    lines: tuple[Changed, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A scan in the picture, in its units."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """path: an SVG path through the scans; a scan without a grade leaves a gap. last: the points of the last scan with a grade.

    title, description: what it shows, in words.
    """

    path: str
    dots: tuple[Dot, ...]
    last: int
    first_day: str
    last_day: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Past:
    """A scan in the table. grade and score are "–" where there is none that can be compared."""

    day: str
    grade: str
    score: str


@dataclass(frozen=True, slots=True)
class SinceLast:
    """sentence: what to read first. changes: by kind, without empty ones. picture: None below two scans with a grade."""

    sentence: str
    grade: str
    changes: tuple[Changes, ...]
    picture: Picture | None
    past: tuple[Past, ...]


def since_last(trend: Trend, titles: Mapping[str, Said], language: Language) -> SinceLast:
    """What a page shows of a trend. titles: by rule."""
    if trend.since is None:
        return SinceLast(language.say("progress.first"), "", (), None, ())
    now = trend.points[-1].at if trend.points else None
    day = language.moment(trend.since) if now and now.date() == trend.since.date() else language.day(trend.since)
    kinds = (
        ("new", trend.new),
        ("came_back", trend.came_back),
        ("fixed", trend.fixed),
        ("gone", trend.gone),
        ("next_step", trend.next_step),
        ("first_seen", trend.first_seen),
    )
    after = trend.points[-1].grade if trend.points else None
    grade = ""
    if trend.before and after:
        moved = "progress.grade_same" if trend.before == after else "progress.grade_moved"
        grade = language.say(moved, before=trend.before, after=after)
    return SinceLast(
        sentence=language.say("progress.changed" if trend.changes else "progress.nothing", day=day),
        grade=grade,
        changes=tuple(_changes(kind, events, titles, language) for kind, events in kinds if events),
        picture=_picture(trend.points, language),
        past=tuple(_past(trend.points, language)),
    )


def _changes(kind: str, events: Sequence[Event], titles: Mapping[str, Said], language: Language) -> Changes:
    by_rule: dict[str, list[Event]] = {}
    for event in events:
        by_rule.setdefault(event.rule, []).append(event)
    lines = tuple(
        Changed(
            severity=first.severity,
            rule=rule,
            title=titles.get(rule) or Said(sanitize(rule, 80), "en"),
            where=sanitize(first.location or first.subject, 400),
            more=len(others) + sum(event.more for event in (first, *others)),
        )
        for rule, (first, *others) in [*by_rule.items()][:MOST_CHANGES]
    )
    return Changes(kind, language.say(f"progress.{kind}"), len(by_rule), lines, len(by_rule) - len(lines))


def _past(points: Sequence[Point], language: Language) -> Iterator[Past]:
    """The newest first; where a day has more than one scan, with the time."""
    scans = Counter(point.at.date() for point in points)
    for point in reversed(points):
        day = language.moment(point.at) if scans[point.at.date()] > 1 else language.day(point.at)
        yield Past(day, point.grade or "–", "–" if point.score is None else str(point.score))


def _picture(points: Sequence[Point], language: Language) -> Picture | None:
    """The scans at equal distances, 100 points on top."""
    graded = [(place, point, point.score) for place, point in enumerate(points) if point.score is not None]
    if len(graded) < 2:
        return None
    step = (RIGHT - LEFT) / (len(points) - 1)
    dots = [Dot(round(LEFT + place * step, 1), round(BOTTOM - (BOTTOM - TOP) * score / 100, 1)) for place, _, score in graded]
    path, before = "", -2
    for (place, _, _), dot in zip(graded, dots, strict=True):
        path += f"{'L' if place == before + 1 else 'M'}{dot.x:g} {dot.y:g}"
        before = place
    (_, first, first_score), (_, last, last_score) = graded[0], graded[-1]
    first_day, last_day = language.day(first.at), language.day(last.at)
    return Picture(
        path=path,
        dots=tuple(dots),
        last=last_score,
        first_day=first_day,
        last_day=last_day,
        title=language.count("progress.picture", len(points)),
        description=language.say(
            "progress.described",
            first_points=str(first_score),
            first_day=first_day,
            last_points=str(last_score),
            last_day=last_day,
        ),
    )
