"""A history of many shops and nights: what is kept of it, and how it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from benchmarks.fill_history import FIRST as BEGAN
from benchmarks.fill_history import fill, host_of, recorded, sizes, varied
from scanner.engine.catalogue import load
from scanner.history.connect import Database
from scanner.history.schema import MIGRATIONS, migrate
from scanner.history.store import WHOLE_SCANS, History, OnlyALineError
from scanner.results.document import ScanDocument
from scanner.results.result import Status
from tests.nights import FIRST, KEY, compared, night
from tests.scanner.history.plans import every_question, statements, whole_tables_of_sqlite

SHOPS, NIGHTS = 100, 40
F, P = {"exposed-log": "found x@/a"}, {"exposed-log": "passed /a"}


@pytest.fixture(scope="module")
def shops() -> list[ScanDocument]:
    return recorded(load())


@pytest.fixture(scope="module")
def former(shops: list[ScanDocument], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the former version filled, with whole documents only."""
    file = tmp_path_factory.mktemp("former") / "history.sqlite3"
    engine = create_engine(f"sqlite:///{file}")
    migrate(engine, MIGRATIONS[:3])
    database = Database(engine, str(file), file)
    fill(database, 5, NIGHTS, load(), shops, lines=False)
    database.close()
    return file


@pytest.fixture(scope="module")
def filled(shops: list[ScanDocument], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database.open(str(tmp_path_factory.mktemp("filled") / "history.sqlite3"))
    fill(database, SHOPS, NIGHTS, load(), shops)
    yield database
    database.close()


def test_no_question_goes_through_a_whole_table(filled: Database, shops: list[ScanDocument]) -> None:
    with statements(filled._engine) as sent:
        every_question(History(filled), varied(shops[0], 0), NIGHTS)
    assert len(sent) > 30
    with filled.reading() as connection:
        assert [(one, whole) for one, words in sent if (whole := whole_tables_of_sqlite(connection, one, words))] == []


def test_a_plan_that_goes_through_a_whole_table_is_seen(filled: Database) -> None:
    with filled.reading() as connection:
        for statement in (
            "SELECT count(*) FROM shopwarden_scans WHERE name = 'x'",
            "SELECT s.site, max(s.started) FROM shopwarden_scans AS s GROUP BY s.site",
            "DELETE FROM shopwarden_events WHERE before = 'C'",
        ):
            assert whole_tables_of_sqlite(connection, statement, ())


def test_ten_thousand_shops_for_a_year_have_room_on_a_small_disk(filled: Database, measured: list[str]) -> None:
    """Whole documents, some events and a line for each other night: planned with 10 KB, 2 KB and 700 bytes for each of them."""
    said = sizes(filled)
    whole = WHOLE_SCANS + (NIGHTS - WHOLE_SCANS) / 10
    planned = SHOPS * (10_000 * whole + 2_000 * NIGHTS / 10 + 700 * NIGHTS + 40_000)
    assert said["all"] < planned
    measured.append(f"history: {said['all'] / SHOPS / 1000:.0f} KB a shop after {NIGHTS} nights")


def test_a_filled_history_of_the_former_version_is_taken_over(former: Path, shops: list[ScanDocument]) -> None:
    history = History.open(str(former))
    try:
        site = host_of(0)
        before = [past.id for past in history.scans(site)]
        assert len(history.documents(site, NIGHTS)) == len(before) == NIGHTS
        tonight = varied(shops[0], 0).model_copy(update={"started": BEGAN + timedelta(days=NIGHTS)})
        assert history.record(tonight, command="nightly", compare=compared) is not None
        assert [past.id for past in history.scans(site)][1:] == before
        assert WHOLE_SCANS < len(history.documents(site, 2 * NIGHTS)) < NIGHTS  # what is new made lines of what is old
        assert len(history.documents(host_of(1), 2 * NIGHTS)) == NIGHTS  # others come when they are scanned
    finally:
        history.close()


# ---- what is kept whole


def nights(history: History, *said: tuple[int, dict[str, str]], status: Status = Status.COMPLETE) -> None:
    for day, verdicts in said:
        history.record(night(day, verdicts, status=status), command="nightly", compare=compared)


def whole(history: History) -> list[int]:
    """Days whose documents are kept."""
    return sorted((seen.started - FIRST).days for seen in history.documents(KEY, 1000))


def test_the_last_nights_and_those_with_events_are_kept_whole(history: History) -> None:
    nights(history, *((day, F if 5 <= day < 8 else P) for day in range(50)))
    assert whole(history) == [5, 8, *range(19, 50)]
    assert len(history.scans(KEY)) == 50
    line = history.scans(KEY)[-1]
    assert (line.grade, line.status, line.started) == ("A", "complete", FIRST)
    with pytest.raises(OnlyALineError, match=rf"the scan {line.id} is kept as a line"):
        history.document(line.id)


def test_a_shop_that_is_scanned_once_a_week_keeps_thirty_weeks(history: History) -> None:
    nights(history, *((7 * week, P) for week in range(40)))
    assert whole(history) == [7 * week for week in range(10, 40)]


def test_a_shop_that_is_away_keeps_what_was_last_seen_of_it(history: History) -> None:
    nights(history, *((day, P) for day in range(3)))
    nights(history, *((day, {}) for day in range(3, 90)), status=Status.UNREACHABLE)
    assert set(whole(history)) >= {0, 1, 2}


def test_what_is_scanned_many_times_a_day_is_kept_for_thirty_days(history: History) -> None:
    for day in range(40):
        for hour in range(3):
            history.record(night(day, P, minutes=60 * hour))
    assert whole(history) == [9, *(day for day in range(10, 40) for _ in range(3))]


def test_much_is_forgotten_in_steps(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.history.store.A_STEP", 3)
    nights(history, *((day, F if day % 2 else P) for day in range(20)))
    with statements(history._database._engine) as sent:
        assert history.forget(FIRST + timedelta(days=15)) == 15
    assert len(history.scans(KEY)) == 5
    assert all("LIMIT" in statement for statement, _ in sent if "DELETE FROM shopwarden_scans" in statement)
