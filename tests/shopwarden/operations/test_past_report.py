"""A recorded scan gives the page of its day, whatever came after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reports.view.build import view_of
from scanner.engine.catalogue import Catalogue
from scanner.history.store import History
from scanner.history.trend import MOST_SCANS
from scanner.results.document import document
from scanner.settings.models import Settings, SiteSettings
from shopwarden.operations.past_report import reports_of
from tests.reports.samples import ARTICLES, WEAK

CATALOGUE = Catalogue({judged.rule.id: judged.rule for judged in WEAK.judged}, ARTICLES, {})


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History.open(str(tmp_path / "history.sqlite3"))
    yield opened
    opened.close()


def test_an_old_scan_knows_what_was_before_it_and_nothing_of_what_came_after(history: History) -> None:
    nights = [
        replace(WEAK, started=WEAK.started + timedelta(days=n), finished=WEAK.finished + timedelta(days=n)) for n in range(20)
    ]
    for night in nights:
        history.record(document(night))
    ids = [past.id for past in reversed(history.scans(WEAK.site.key))]
    settings = Settings(site=(SiteSettings(url=WEAK.site.url, authorised_by="J. Stem"),))
    old = reports_of(history, ids[3], settings, CATALOGUE)
    assert old.trend is not None
    assert (old.trend.since, len(old.trend.points)) == (nights[2].started, 4)
    assert old.result.site.authorised_by == "J. Stem"
    assert old.view.problems == view_of(nights[3], ARTICLES).problems
    last = reports_of(history, ids[-1], settings, CATALOGUE)
    assert last.trend is not None
    assert len(last.trend.points) == MOST_SCANS + 1


def test_in_another_language(history: History) -> None:
    history.record(document(WEAK))
    (past,) = history.scans(WEAK.site.key)
    said = {code: reports_of(history, past.id, Settings(), CATALOGUE, language=code).page for code in ("en", "de", "pl")}
    for code, page in said.items():
        assert f'<html lang="{code}">' in page
    assert "petalandstem.example" in said["pl"]
