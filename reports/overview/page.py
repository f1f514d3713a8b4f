"""Many shops on one page: grades, what changed, worst first, the trend.

The style sheet sorts and filters, for the page may run no script: radio buttons choose, and each row has a place in each order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

from reports.text.brand import Brand, brand_of
from reports.text.page import sealed, style_sheet, templates
from reports.text.words import moment
from reports.view.changes import summary
from scanner.history.events import Change
from scanner.history.run_summary import NOT_REACHED, Overview, ShopLine, kinds
from scanner.results.grade import GRADES
from scanner.rules.rule import Severity
from scanner.settings.models import Agency
from scanner.text.sanitize import sanitize

_LETTERS = [letter for letter, _ in GRADES]
_TONES = {"A+": "good", "A": "good", "B": "good", "C": "fair", "D": "poor", "F": "poor"}
_STEP, _HEIGHT = 8, 24


@dataclass(frozen=True, slots=True)
class Row:
    """One shop. filters: the names of the filters that keep it. places: its place in each order. trend: an SVG path, or "".

    told: what changed, in words. state: why it has no grade, or "". link: its report beside the page, or "".
    """

    anchor: str
    name: str
    address: str
    link: str
    grade: str
    tone: str
    provisional: bool
    told: str
    state: str
    problems: tuple[tuple[Severity, int], ...]
    trend: str
    trend_words: str
    filters: str
    places: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class OverviewView:
    """What the page shows. grades: (letter, tone, shops) from the best; rows: the worst first."""

    date: str
    total: int
    sentence: str
    grades: tuple[tuple[str, str, int], ...]
    rows: tuple[Row, ...]
    changed: int
    urgent: int
    unscanned: int
    brand: Brand | None


def overview_html(overview: Overview, *, agency: Agency | None = None) -> str:
    """The page, complete, under a Content-Security-Policy without script. Links lead to the reports beside it."""
    view = overview_view(overview, agency=agency)
    orders = "".join(
        f"#{row.anchor}{{--worst:{row.places[0]};--name:{row.places[1]};--change:{row.places[2]}}}\n" for row in view.rows
    )
    sheet = files("reports").joinpath("assets/overview.css").read_text(encoding="utf-8")
    style, policy = sealed(style_sheet(view.brand) + sheet + orders)
    page = templates().get_template("overview.html.j2")
    return page.render(view=view, style=style, policy=policy)


def overview_view(overview: Overview, *, agency: Agency | None = None) -> OverviewView:
    """The run as the page shows it."""
    lines = sorted(overview.lines, key=_worst)
    by_name = {line.key: place for place, line in enumerate(sorted(lines, key=lambda line: (line.name.lower(), line.key)))}
    by_change = {line.key: place for place, line in enumerate(sorted(lines, key=_most_changed))}
    rows = tuple(_row(line, (place, by_name[line.key], by_change[line.key])) for place, line in enumerate(lines))
    graded = Counter(line.grade for line in lines if line.grade)
    changed = sum(bool(row.told) for row in rows)
    unscanned = sum("unscanned" in row.filters for row in rows)
    return OverviewView(
        date=moment(overview.finished),
        total=len(lines),
        sentence=_sentence(len(lines), changed, unscanned, sum(line.status == NOT_REACHED for line in lines)),
        grades=tuple((letter, _TONES[letter], graded[letter]) for letter in _LETTERS if graded[letter]),
        rows=rows,
        changed=changed,
        urgent=sum("urgent" in row.filters for row in rows),
        unscanned=unscanned,
        brand=brand_of(agency) if agency else None,
    )


def _row(line: ShopLine, places: tuple[int, int, int]) -> Row:
    told = summary(event for event in line.changes if event.kind is not Change.FIRST_LOOK)
    away = "" if line.scanned else line.trouble or line.because or f"The scan ended as {line.status}."
    state = sanitize(away or line.ungraded, 300)
    urgent = line.problems[0] + line.problems[1] > 0
    chosen = [word for word, holds in (("changed", told), ("urgent", urgent), ("unscanned", away)) if holds]
    return Row(
        anchor=f"shop-{places[0]}",
        name=sanitize(line.name, 120),
        address=sanitize(line.url, 300),
        link=line.report,
        grade=line.grade or "–",
        tone=_TONES.get(line.grade or "", "none"),
        provisional=line.provisional,
        told=told,
        state=state,
        problems=tuple((severity, number) for severity, number in zip(Severity, line.problems, strict=True) if number),
        trend=_path(line.trend),
        trend_words=", ".join(letter or "no grade" for letter in line.trend),
        filters=" ".join(chosen),
        places=places,
    )


def _path(trend: tuple[str | None, ...]) -> str:
    """A line through the grades, A+ on top; a scan without a grade leaves a gap."""
    if len(trend) < 2:
        return ""
    words, pen = [], "M"
    for place, letter in enumerate(trend):
        if letter is None or letter not in _LETTERS:
            pen = "M"
            continue
        height = 2 + (_HEIGHT - 4) * _LETTERS.index(letter) // (len(_LETTERS) - 1)
        words.append(f"{pen}{2 + place * _STEP} {height}")
        if pen == "M":
            words.append("h.01")  # a single scan is a dot
        pen = "L"
    return "".join(words)


def _worst(line: ShopLine) -> tuple[int, tuple[int, ...], str]:
    """What could not be scanned comes first: nobody knows how bad it is."""
    rank = -_LETTERS.index(line.grade) if line.grade in _LETTERS else -len(_LETTERS)
    return rank, tuple(-count for count in line.problems), line.key


def _most_changed(line: ShopLine) -> tuple[int, int, tuple[int, ...], str]:
    return -sum(kinds(line.changes).values()), *_worst(line)


def _sentence(total: int, changed: int, unscanned: int, not_reached: int) -> str:
    words = ["Nothing changed." if not changed else f"{changed} of {total} changed."]
    if failed := unscanned - not_reached:
        words.append(f"{failed} could not be scanned.")
    if not_reached:
        words.append(f"The run was ended before it came to {not_reached}.")
    return " ".join(words)
