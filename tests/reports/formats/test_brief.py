"""Two sheets for the owner: what is on them, closed to the outside, whatever a shop is called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from reports.formats.brief import MOST_ROWS, brief
from reports.view.build import view_of
from reports.view.letters import MOST_ON_PAPER
from tests.reports.pages import NAMES, view
from tests.reports.samples import ARTICLES, HOSTILE, WEAK


def page(name: str, folder: Path) -> BeautifulSoup:
    return BeautifulSoup(brief(view(name, folder)), "lxml")


def test_grade_first_steps_changes_table_and_letter(tmp_path: Path) -> None:
    soup = page("history", tmp_path)
    words = " ".join(soup.get_text(" ").split())
    assert "Grade F 0 of 100" in words
    assert [tag.get_text() for tag in soup.select("h2")] == [
        "Fix these first", "Since last time", "All problems at a glance", "Text for your host",
    ]  # fmt: skip
    assert len(soup.select(".first li")) == 5
    assert len(soup.select(".glance tbody tr")) == sum(WEAK.problems.values())
    assert "1. A copy of the shop's database can be downloaded: https://petalandstem.example/" in words


@pytest.mark.parametrize("name", NAMES)
def test_it_is_bounded_and_loads_nothing(name: str, tmp_path: Path) -> None:
    soup = page(name, tmp_path)
    assert len(soup.select(".glance tbody tr")) <= MOST_ROWS
    assert len(soup.select(".to-host p")) <= MOST_ON_PAPER + 6
    assert soup.select("script, iframe, object, embed, form, base, video, audio, [style], [srcset], [src]:not(img)") == []
    assert not re.search(r"url\(|@import", soup.select("style")[0].text)


def test_hostile_content_stays_text() -> None:
    made = brief(view_of(HOSTILE, ARTICLES))
    assert "<script" not in made
    assert "<img" not in made
    assert "\u202e" not in made


def test_icons_have_their_colour_without_a_style_sheet() -> None:
    made = BeautifulSoup(brief(view_of(WEAK, ARTICLES)), "lxml")
    assert {str(path["fill"]) for path in made.select(".counts path")} == {"#a3122d", "#a8420a", "#7d5a00", "#2b608a", "#555d64"}
