"""The page of many shops."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from reports.i18n.language import codes, language
from reports.overview.page import overview_html, overview_view
from scanner.history.events import Change, Event
from scanner.history.run_summary import Overview, ShopLine
from scanner.rules.rule import Severity
from scanner.settings.models import Agency
from tests.scanning import catalogue

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def line(
    key: str, grade: str | None = "B", *, problems: tuple[int, int, int, int, int] = (0, 0, 1, 0, 0), **more: object
) -> ShopLine:
    said = {"key": key, "name": key.title(), "url": f"https://{key}/", "status": "complete", "grade": grade, "problems": problems}
    return ShopLine(**(said | more))


def new(key: str, kind: Change = Change.NEW) -> Event:
    return Event(site=key, at=NOW, kind=kind, severity="high", rule="r", subject="s")


LINES = (
    line("good.example", "A+", problems=(0, 0, 0, 0, 0), trend=("A", None, "A+"), report="good.example.html"),
    line(
        "bad.example", "D", problems=(1, 0, 2, 0, 0), changes=(new("bad.example"),), trend=("B", "D"), report="bad.example.html"
    ),
    line("away.example", None, problems=(0, 0, 0, 0, 0), status="unreachable", because="The name has no address."),
    line("middle.example", "B", changes=(new("middle.example", Change.FIRST_SEEN), new("middle.example", Change.FIRST_LOOK))),
)
OVERVIEW = Overview(NOW, NOW, LINES)


def event(key: str, rule: str, severity: str, kind: Change = Change.NEW) -> Event:
    return Event(site=key, at=NOW, kind=kind, severity=Severity(severity), rule=rule, subject="s")


def busy() -> Overview:
    """A run in which much happened, in the words of the real articles."""
    weak, away = "petalandstem.example", "thistle.example"
    news = (
        event(weak, "exposed-vcs", "critical"), event(weak, "ftp-plaintext", "high"), event(weak, "hsts-missing", "medium"),
        event(weak, "nosniff-missing", "low"), event(weak, "version-leak-header", "low", Change.FIXED),
    )  # fmt: skip
    return Overview(NOW, NOW, (
        line(
            weak, "F", name="Petal & Stem", problems=(4, 7, 14, 9, 7), trend=("B", "C", "C", "D", "F"), last=NOW, changes=news,
            backup="backup-database-stale", report="a.html",
        ),
        line("roses.example", "B", name="Roses & More", problems=(0, 0, 2, 3, 1), trend=("D", "C", "B"), last=NOW, backup="good", report="b.html"),
        line(
            away, None, name="Thistle", problems=(0, 0, 0, 0, 0), status="unreachable", last=NOW,
            because=f"The name {away} has no address; is it spelt right?",
        ),
        line("tulips.example", "A+", name="Tulips", problems=(0, 0, 0, 0, 0), trend=("A", "A+", "A+"), last=NOW, backup="unset", report="c.html"),
    ))  # fmt: skip


def test_the_worst_come_first_and_each_row_knows_its_other_places() -> None:
    view = overview_view(OVERVIEW)
    assert [row.name for row in view.rows] == ["Away.Example", "Bad.Example", "Middle.Example", "Good.Example"]
    assert [row.places for row in view.rows] == [(0, 0, 1), (1, 1, 0), (2, 3, 2), (3, 2, 3)]
    assert [row.filters for row in view.rows] == ["unscanned", "changed urgent", "", ""]
    assert view.sentence == "1 of 4 changed. 1 could not be scanned."
    assert view.grades == (("A+", "good", 1), ("B", "good", 1), ("D", "poor", 1))


def test_the_trend_is_a_line_with_gaps() -> None:
    rows = {row.name: row.trend for row in overview_view(OVERVIEW).rows}
    assert rows["Bad.Example"] == "M2 10h.01L10 18"
    assert rows["Good.Example"] == "M2 6h.01M18 2h.01"
    assert rows["Away.Example"] == ""


def test_the_page_runs_nothing_and_its_policy_names_its_style() -> None:
    soup = BeautifulSoup(overview_html(OVERVIEW), "lxml")
    assert not soup.find_all(["script", "iframe", "form"])
    assert not [tag for tag in soup.find_all() if "style" in tag.attrs or any(name.startswith("on") for name in tag.attrs)]
    style = soup.find("style")
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert style is not None
    assert policy is not None
    assert base64.b64encode(hashlib.sha256(style.get_text().encode()).digest()).decode() in str(policy["content"])
    links = [str(tag["href"]) for tag in soup.select(".shops a")]
    assert links == ["bad.example.html", "good.example.html"]
    ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for chosen in re.findall(r"#((?:by|only)-\w+):checked", style.get_text()):
        assert chosen in ids


def test_hostile_names_stay_words() -> None:
    bad = "</style><script>alert(1)</script>\u202e\"'"
    shop = ShopLine("x.example", bad, bad, "failed", trouble=bad, report="x.example.html")
    page = overview_html(Overview(NOW, NOW, (shop,)), agency=Agency(name=bad, contact=bad))
    soup = BeautifulSoup(page, "lxml")
    assert not soup.find_all("script")
    assert "\u202e" not in page
    assert "alert(1)" in soup.get_text()


def test_no_shop_at_all_is_a_page_too() -> None:
    assert "0 shops" in overview_html(Overview(NOW, NOW, ()))


@pytest.mark.parametrize("code", codes())
def test_what_is_new_is_named_and_each_column_has_a_head(code: str) -> None:
    spoken, articles = language(code), catalogue().articles
    events = tuple(
        event("bad.example", rule, severity)
        for rule, severity in (
            ("nosniff-missing", "low"),
            ("ftp-plaintext", "high"),
            ("exposed-vcs", "critical"),
            ("hsts-missing", "medium"),
        )
    )
    shop = line(
        "bad.example",
        "D",
        trend=("B", "D"),
        changes=(*events, new("bad.example", Change.FIRST_SEEN)),
        last=NOW,
        backup="backup-missing",
    )
    soup = BeautifulSoup(overview_html(Overview(NOW, NOW, (shop,)), articles=articles, language=spoken), "lxml")
    assert soup.html is not None
    assert soup.html["lang"] == code
    named = [spoken.article(articles[rule])[0].title for rule in ("exposed-vcs", "ftp-plaintext", "hsts-missing")]
    assert [tag.get_text(" ", strip=True) for tag in soup.select(".news li")][:-1] == named
    assert soup.select(".news li")[-1].get_text() == spoken.say("count.more", n="1")
    heads = [tag.get_text() for tag in soup.select(".heads p")]
    assert len(heads) == len(soup.select(".shops > li > *"))
    assert [tag.get_text() for tag in soup.select(".shops .head")] == heads[2:]
    assert spoken.moment(NOW) in soup.select(".last")[0].get_text()
    assert soup.select(".backup.poor")[0].get_text() == spoken.article(articles["backup-missing"])[0].title
    assert "B → D" in soup.select(".moved")[0].get_text()


def test_a_page_in_another_language_has_no_english_of_ours() -> None:
    for code in ("de", "pl"):
        soup = BeautifulSoup(overview_html(OVERVIEW, language=language(code)), "lxml")
        for other in soup.select('style, [lang="en"]'):
            other.decompose()
        assert not re.search(r"\b(?:the|shops? by|sort|show|could|of)\b", soup.get_text(" "), re.IGNORECASE)


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    """In every order of the page, whatever order the shops came in."""
    keys = [f"client{number}.example" for number in (1, 2, 10, 11, 100)]
    rows = overview_view(Overview(NOW, NOW, tuple(line(key) for key in sorted(keys)))).rows
    assert [row.address for row in rows] == [f"https://{key}/" for key in keys]
    assert all(row.places == (place,) * 3 for place, row in enumerate(rows))
