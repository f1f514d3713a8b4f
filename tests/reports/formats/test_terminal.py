"""The summary in a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.text import Text

from reports.formats.terminal import ending, text
from reports.i18n.language import language
from reports.view.build import view_of
from tests.reports.pages import history
from tests.reports.samples import ARTICLES, SAMPLES, WEAK


def summary(name: str, *, color: bool = False, width: int = 100) -> str:
    return text(view_of(SAMPLES[name], ARTICLES), color=color, width=width)


def test_a_weak_shop() -> None:
    assert summary("weak") == (
        "Petal & Stem  https://petalandstem.example/\n"
        "Grade F  0 of 100\n"
        "2 critical problems should be fixed today, before anything else.\n"
        "2 critical · 3 high · 4 medium · 3 low · 2 info · 8 passed\n"
        "\n"
        "Fix these first\n"
        " 1. ⬢ critical A copy of the shop's database can be downloaded\n"
        "               /backups/petalandstem_2024-03-02_before-the-big-update-of-the-theme-and-the-payment-m\n"
        "               odule.sql.gz and 1 more\n"
        " 2. ⬢ critical Strangers can download the shop's source code and its history  /.git/HEAD\n"
        " 3. ▲ high     FTP sends your password readable over the network  ftp://petalandstem.example:21\n"
        " 4. ▲ high     Visitors who type the address without https stay unprotected\n"
        "               http://petalandstem.example/ and 1 more\n"
        " 5. ▲ high     The shop's software no longer gets security updates  https://petalandstem.example/\n"
        "\n"
        "Could not be checked  2 of 26 checks\n"
        " 1× The DNS server did not answer within 10 seconds.\n"
        " 1× The scan's time was used up before every script was read.\n"
        "Note: This site answers every address; 14 answers that proved nothing were left out.\n"
    )


def test_no_grade_where_there_is_none() -> None:
    assert "No grade (blocked)" in summary("blocked")
    assert "No grade (unreachable)" in summary("unreachable")
    assert "did not answer within 30 seconds" in summary("unreachable")
    assert "Fix these first" not in summary("unreachable")


def test_a_provisional_grade_is_called_so() -> None:
    assert "provisional" in summary("first-scan")


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_every_line_fits(name: str, width: int) -> None:
    for line in summary(name, width=width).splitlines():
        assert cell_len(line) <= max(width, 40)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_what_is_long_is_wrapped_below_itself_and_nothing_is_cut(width: int) -> None:
    """An owner must see what it is and where, on any terminal."""
    view = view_of(WEAK, ARTICLES, trend=history())
    shown = text(view, color=False, width=width)
    block = shown.partition("Fix these first\n")[2].partition("\n\n")[0].splitlines()
    first = [line for line in block if re.match(r" \d\. ", line)]
    assert len(first) == len(view.first) == 5
    assert all(line.startswith(" " * 15) for line in block if line not in first)
    assert "…" not in "".join(block)
    joined = " ".join(shown.split())
    packed = "".join(shown.split())
    for step in view.first:
        assert step.title in joined
        assert view.short(step.where).replace(" ", "") in packed
    changes = joined.partition("Since last time")[2]
    assert "source code" in changes
    assert "/.git/HEAD" in changes


@pytest.mark.parametrize("name", SAMPLES)
def test_at_most_five_problems_to_fix(name: str) -> None:
    block = summary(name, width=60).partition("Fix these first\n")[2].partition("\n\n")[0]
    assert len([line for line in block.splitlines() if not line.startswith("    ")]) <= 5


@pytest.mark.parametrize("name", SAMPLES)
def test_colour_changes_nothing_but_colour(name: str) -> None:
    assert "\x1b" not in summary(name)
    coloured = summary(name, color=True)
    assert "\x1b[" in coloured
    assert Text.from_ansi(coloured.rstrip("\n")).plain == summary(name).rstrip("\n")


def test_the_environment_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = summary("weak"), summary("weak", color=True)
    for name, value in {"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "20"}.items():
        monkeypatch.setenv(name, value)
    assert (summary("weak"), summary("weak", color=True)) == expected


def test_hostile_words_send_no_command_to_the_terminal() -> None:
    shown = summary("hostile")
    assert all(c == "\n" or c.isprintable() for c in shown)
    assert "‹U+202E›" in shown


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("weak", "When something is mended: shopwarden recheck petalandstem.example"),
        ("unreachable", "When something is mended: shopwarden scan https://petalandstem.example/"),
        ("hardened", ""),
    ],
)
def test_the_very_last_line_is_the_command_that_goes_on(name: str, again: str) -> None:
    seen = view_of(SAMPLES[name], ARTICLES, recheck="shopwarden recheck petalandstem.example")
    assert ending(seen, None) == again
    assert ending(seen, "/tmp/r.html") == "\n".join(filter(None, ["The report: /tmp/r.html", again]))


@pytest.mark.parametrize("name", ["limited", "unclear", "skipped"])
def test_a_scan_that_cannot_speak_for_the_whole_shop_says_so_before_anything_else(name: str) -> None:
    seen = view_of(SAMPLES[name], ARTICLES)
    lines = summary(name, width=500).splitlines()
    assert lines[1] == " ".join(seen.caveat)
    assert lines[2].startswith("Grade" if name == "skipped" else "No grade")
    assert "Grade A+" not in summary(name)


@pytest.mark.parametrize(
    ("code", "last", "only"),
    [
        ("en", "The report: /tmp/r.html", "Nothing else was looked at."),
        ("de", "Der Bericht: /tmp/r.html", "Sonst wurde nichts angesehen."),
        ("pl", "Raport: /tmp/r.html", "Nic innego nie sprawdzano."),
    ],
)
def test_the_last_lines_speak_the_reports_language(code: str, last: str, only: str) -> None:
    moved = view_of(replace(SAMPLES["unreachable"], elsewhere="https://other.example/"), ARTICLES, language=language(code))
    assert ending(moved, "/tmp/r.html").splitlines()[0] == last
    assert f"https://other.example/\n{only}\n" in text(moved, color=False, width=100)
