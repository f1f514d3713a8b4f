"""Places of records, read by the process apart: how old they are, what is in them, and what could not be seen."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.evidence import RecordsPlace
from scanner.gatherers.backups import places
from scanner.gatherers.backups.places import Entry, Listing, LocalFolder, Login, collect
from scanner.gatherers.backups.server import Server
from scanner.gatherers.owner.reading import MOST_NAMED, Errand, _Look, day_in
from scanner.gatherers.owner.records import records
from scanner.gatherers.owner.register import OwnerPlan
from scanner.settings.models import SiteSettings
from scanner.text.clock import StoppedClock
from tests.scanner.gatherers.owner.test_contents import Bytes

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
CARD = b"Guest: my card is 4111 1111 1111 1111, valid until 12/27\n"


def look(location: Path | str, **more: Any) -> RecordsPlace:
    entry = {"location": str(location), **more}
    site = SiteSettings.model_validate({"url": "https://a.example", "records": [entry]})
    return asyncio.run(records(OwnerPlan(site), StoppedClock(NOW))).places[0]


def put(file: Path, content: bytes, day: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    at = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    os.utime(file, (at, at))


def test_a_place_is_read_by_name_and_by_time(tmp_path: Path) -> None:
    put(tmp_path / "chat-2023-05-01.log", CARD, "2026-11-01")  # copied lately
    put(tmp_path / "old.log", b"hello\n", "2024-11-29")
    put(tmp_path / "young.log", b"hello\n", "2024-11-30")
    put(tmp_path / "2021-07" / "export.csv", b"a,b\n", "2026-01-01")
    put(tmp_path / ".hidden", CARD, "2020-01-01")
    put(tmp_path / "empty-2019-01-01.log", b"", "2019-01-01")
    place = look(tmp_path, keep="2y")
    assert place.problem is None
    assert [(one.name, one.day) for one in place.old] == [
        ("2021-07/export.csv", date(2021, 7, 31)),
        ("chat-2023-05-01.log", date(2023, 5, 1)),
        ("old.log", date(2024, 11, 29)),
    ]
    assert (place.old_count, place.limit, place.complete) == (3, date(2024, 11, 30), True)
    assert [(one.name, one.count, one.last) for one in place.cards] == [("chat-2023-05-01.log", 1, ("1111",))]
    assert (place.searched, place.unsearched) == (4, 0)


def test_a_pattern_chooses(tmp_path: Path) -> None:
    put(tmp_path / "a.log", CARD, "2026-11-01")
    put(tmp_path / "b.txt", CARD, "2026-11-01")
    place = look(tmp_path, pattern="*.txt")
    assert [one.name for one in place.cards] == ["b.txt"]
    assert place.old == ()


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://a.example/last", "A web address tells no files"),
        ("sftp://nobody@nas.invalid/x", "cannot be resolved"),
    ],
)
def test_what_cannot_be_looked_at_says_why(location: str, words: str) -> None:
    place = look(location)
    assert place.problem is not None
    assert words in place.problem.because


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert look(tmp_path / "nowhere").folder_missing


def test_what_cannot_be_searched_is_named_and_the_rest_is_searched(tmp_path: Path) -> None:
    put(tmp_path / "a.pdf", b"%PDF-1.7\n", "2026-11-01")
    put(tmp_path / "b\x1b[31m.log", CARD, "2026-11-02")
    place = look(tmp_path)
    assert (place.searched, place.unsearched, place.card_files) == (1, 1, 1)
    assert place.reasons == ("“a.pdf” is encrypted, or of a kind that cannot be searched",)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("chat-2024-01-15.log", date(2024, 1, 15)),
        ("20240115_chat.log", date(2024, 1, 15)),
        ("chat_20240115T103000Z.log", date(2024, 1, 15)),
        ("chat_20240115103000.log", date(2024, 1, 15)),
        ("15.01.2024.log", date(2024, 1, 15)),
        ("export 2024-02.csv", date(2024, 2, 29)),
        ("2023-12.mbox", date(2023, 12, 31)),
        ("2023-01-01_2023-12-31.zip", date(2023, 12, 31)),
        ("2024-13-45.log", None),
        ("order-2021.log", None),
        ("4111202401151.log", None),
        ("chat.log", None),
    ],
)
def test_the_day_in_a_name(name: str, day: date | None) -> None:
    assert day_in(name) == day


def _measured(number: int) -> SimpleNamespace:
    return SimpleNamespace(st_size=9, st_mtime=NOW.timestamp() - number * 86_400)


class Crowded:
    """A place with a folder of so many files, which are made up as they are listed. Each is a day older than the one before."""

    def __init__(self, count: int) -> None:
        self._count = count

    def look(self, looks: Callable[[str], bool], ends: float, under: tuple[str, ...]) -> Listing:
        entries = (
            Entry(f"{number}.log", regular=True, folder=False, measure=partial(_measured, number))
            for number in range(self._count)
        )
        return collect(entries, looks, ends, under)

    @contextmanager
    def open(self, under: tuple[str, ...], name: str, ends: float) -> Iterator[Bytes]:
        yield Bytes(b"nothing\n\n")


def test_of_a_crowded_folder_as_many_are_kept_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million in a folder is told in the same way; the bounds are smaller here."""
    monkeypatch.setattr(places, "MOST_PIECES", 500)
    errand = Errand(
        LocalFolder(Path("/x"), "/x"), Login(), None, date(2026, 11, 1), inf, deep=False, today=NOW.date(), server=Server(())
    )
    told = _Look(errand, Crowded(20_000)).told()  # type: ignore[arg-type]
    assert told.seen == 20_000
    assert told.searched == 500
    assert told.unsearched == 19_500
    assert "19,500 files more than are searched" in told.reasons
    assert len(told.old) == MOST_NAMED
    assert told.old_count > MOST_NAMED
    assert told.old[0].day == NOW.date() - timedelta(days=19_999), "the oldest is named, though most were not kept"
