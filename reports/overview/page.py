"""Many shops on one page: grades, what is new by name, backups, the last scan, the trend; worst first.

The style sheet sorts and filters, for the page may run no script: radio buttons choose, and each row has a place in each order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from reports.i18n.language import Language, Said, english
from reports.text.brand import Brand, brand_of
from reports.text.markdown import to_text_line
from reports.text.page import said_in, sealed, style_sheet, templates
from reports.view.changes import summary
from scanner.history.events import Change, Event
from scanner.history.run_summary import BACKUP_GOOD, BACKUP_UNCLEAR, BACKUP_UNSET, NOT_REACHED, Overview, ShopLine, kinds
from scanner.results.grade import GRADES
from scanner.rules.articles import Article
from scanner.rules.rule import Severity
from scanner.settings.models import Agency
from scanner.text.sanitize import sanitize
from scanner.text.words import Sortable, in_order

MOST_NEW = 3
"""Problems of a shop that are named; the rest is counted."""
_LETTERS = [letter for letter, _ in GRADES]
_TONES = {"A+": "good", "A": "good", "B": "good", "C": "fair", "D": "poor", "F": "poor"}
_STEP, _HEIGHT = 8, 24
_BAD = (Change.NEW, Change.CAME_BACK)


@dataclass(frozen=True, slots=True)
class Row:
    """One shop. filters: the names of the filters that keep it. places: its place in each order. trend: an SVG path, or "".

    told: what changed, in words. news: what is new or came back, by name; more_news: how many are left out. state: why it has no
    grade, or "". backup: how its backups are, or "" where nothing is known; backup_tone: good, poor or "". last: the last scan's
    moment, or "". link: its report beside the page, or "". moved: the first and the last grade of the trend, or "".
    """

    anchor: str
    name: str
    address: str
    link: str
    grade: str
    tone: str
    provisional: bool
    told: str
    news: tuple[tuple[Severity, Said], ...]
    more_news: int
    state: Said
    problems: tuple[tuple[Severity, int], ...]
    backup: Said
    backup_tone: str
    last: str
    trend: str
    trend_words: str
    moved: str
    filters: str
    places: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class OverviewView:
    """What the page shows. grades: (letter, tone, shops) from the best; rows: the worst first."""

    language: Language
    date: str
    total: int
    sentence: str
    grades: tuple[tuple[str, str, int], ...]
    rows: tuple[Row, ...]
    changed: int
    urgent: int
    unscanned: int
    brand: Brand | None


def overview_html(
    overview: Overview,
    *,
    agency: Agency | None = None,
    articles: Mapping[str, Article] | None = None,
    language: Language | None = None,
) -> str:
    """The page, complete, under a Content-Security-Policy without script. Links lead to the reports beside it.

    articles: by rule, for the names of problems. language: left out, English.
    """
    view = overview_view(overview, agency=agency, articles=articles, language=language)
    orders = "".join(
        f"#{row.anchor}{{--worst:{row.places[0]};--name:{row.places[1]};--change:{row.places[2]}}}\n" for row in view.rows
    )
    sheet = files("reports").joinpath("assets/overview.css").read_text(encoding="utf-8")
    style, policy = sealed(style_sheet(view.brand) + sheet + orders)
    page = templates().get_template("overview.html.j2")
    return page.render(view=view, style=style, policy=policy, **said_in(view.language))


def overview_view(
    overview: Overview,
    *,
    agency: Agency | None = None,
    articles: Mapping[str, Article] | None = None,
    language: Language | None = None,
) -> OverviewView:
    """The run as the page shows it."""
    language = language or english()
    lines = sorted(overview.lines, key=_worst)
    by_name = {
        line.key: place for place, line in enumerate(sorted(lines, key=lambda line: (in_order(line.name), in_order(line.key))))
    }
    by_change = {line.key: place for place, line in enumerate(sorted(lines, key=_most_changed))}
    rows = tuple(
        _row(line, (place, by_name[line.key], by_change[line.key]), articles or {}, language) for place, line in enumerate(lines)
    )
    graded = Counter(line.grade for line in lines if line.grade)
    changed = sum(bool(row.told) for row in rows)
    unscanned = sum("unscanned" in row.filters for row in rows)
    return OverviewView(
        language=language,
        date=language.moment(overview.finished),
        total=len(lines),
        sentence=_sentence(len(lines), changed, unscanned, sum(line.status == NOT_REACHED for line in lines), language),
        grades=tuple((letter, _TONES[letter], graded[letter]) for letter in _LETTERS if graded[letter]),
        rows=rows,
        changed=changed,
        urgent=sum("urgent" in row.filters for row in rows),
        unscanned=unscanned,
        brand=brand_of(agency) if agency else None,
    )


def _row(line: ShopLine, places: tuple[int, int, int], articles: Mapping[str, Article], language: Language) -> Row:
    told = summary((event for event in line.changes if event.kind is not Change.FIRST_LOOK), language)
    away = "" if line.scanned else line.trouble or line.because
    ended = language.say("overview.ended_as", status=line.status) if not line.scanned and not away else None
    urgent = line.problems[0] + line.problems[1] > 0
    chosen = [word for word, holds in (("changed", told), ("urgent", urgent), ("unscanned", not line.scanned)) if holds]
    news = _news(line.changes, articles, language)
    grades = [letter or language.say("overview.no_grade") for letter in line.trend]
    return Row(
        anchor=f"shop-{places[0]}",
        name=sanitize(line.name, 120),
        address=sanitize(line.url, 300),
        link=line.report,
        grade=line.grade or "–",
        tone=_TONES.get(line.grade or "", "none"),
        provisional=line.provisional,
        told=told,
        news=news[:MOST_NEW],
        more_news=len(news[MOST_NEW:]),
        state=ended or language.repeat(sanitize(away or line.ungraded, 300)),
        problems=tuple((severity, number) for severity, number in zip(Severity, line.problems, strict=True) if number),
        backup=_backup(line.backup, articles, language),
        backup_tone={BACKUP_GOOD: "good", BACKUP_UNSET: "", BACKUP_UNCLEAR: "", "": ""}.get(line.backup, "poor"),
        last=language.moment(line.last) if line.last else "",
        trend=_path(line.trend),
        trend_words=language.say("overview.trend_label", grades=", ".join(grades)),
        moved=_moved(line.trend),
        filters=" ".join(chosen),
        places=places,
    )


def _news(events: tuple[Event, ...], articles: Mapping[str, Article], language: Language) -> tuple[tuple[Severity, Said], ...]:
    """What is new or came back and counts: a problem once, the worst first."""
    rules = {event.rule: event.severity for event in events if event.kind in _BAD and event.counts}
    return tuple((severity, _title(rule, articles, language)) for rule, severity in sorted(rules.items(), key=_by_weight))


def _by_weight(problem: tuple[str, Severity]) -> tuple[int, str]:
    return Severity(problem[1]).rank, problem[0]


def _title(rule: str, articles: Mapping[str, Article], language: Language) -> Said:
    """A problem in an owner's words; of a rule that is not known here, its name."""
    if rule not in articles:
        return Said(sanitize(rule, 80), "en")
    article, spoken = language.article(articles[rule])
    return Said(to_text_line(article.title), spoken.code)


def _backup(state: str, articles: Mapping[str, Article], language: Language) -> Said:
    """How a shop's backups are: a state's word, or what is wrong with them."""
    if state in {BACKUP_GOOD, BACKUP_UNSET, BACKUP_UNCLEAR}:
        return language.say(f"overview.backup_{state}")
    return _title(state, articles, language) if state else Said("", language.code)


def _moved(trend: tuple[str | None, ...]) -> str:
    graded = [letter for letter in trend if letter]
    return f"{graded[0]} → {graded[-1]}" if len(graded) > 1 else ""


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


def _worst(line: ShopLine) -> tuple[int, tuple[int, ...], Sortable]:
    """What could not be scanned comes first: nobody knows how bad it is."""
    rank = -_LETTERS.index(line.grade) if line.grade in _LETTERS else -len(_LETTERS)
    return rank, tuple(-count for count in line.problems), in_order(line.key)


def _most_changed(line: ShopLine) -> tuple[int, int, tuple[int, ...], Sortable]:
    return -sum(kinds(line.changes).values()), *_worst(line)


def _sentence(total: int, changed: int, unscanned: int, not_reached: int, language: Language) -> str:
    number = language.number
    words = [language.say("overview.nothing_changed")]
    if changed:
        words = [language.say("overview.changed", n=number(changed), of=number(total))]
    if failed := unscanned - not_reached:
        words.append(language.count("overview.not_scanned", failed))
    if not_reached:
        words.append(language.say("overview.not_reached", n=number(not_reached)))
    return " ".join(words)
