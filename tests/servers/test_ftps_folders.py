"""Names and folders as FTP servers tell them: in Latin-1, as bare lists, with 450 or 550 where a folder is empty."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from checks.backup.age import backup_database_stale
from checks.backup.content import backup_corrupt
from checks.backup.presence import backup_missing
from scanner import Found, Inconclusive, Passed
from tests.servers.test_backup_reading import dump, put
from tests.servers.test_backup_stores import SHOP, authority, ftps, look, password, trusted

__all__ = ["authority", "password", "trusted"]  # fixtures

pytestmark = [
    pytest.mark.usefixtures("trusted"),
    pytest.mark.filterwarnings("ignore:The async.* module is deprecated:DeprecationWarning"),  # pyftpdlib on Python 3.11
]

PACKED = gzip.compress(dump(), 1)


def answers(line: str) -> Callable[..., None]:
    def answer(self: Any, _path: str) -> None:
        self.respond(line)

    return answer


@pytest.mark.parametrize("coding", ["utf8", "latin-1"])
@pytest.mark.parametrize("mlsd", [True, False], ids=["MLSD", "NLST"])
async def test_names_go_by_their_bytes(tmp_path: Path, authority: trustme.CA, coding: str, mlsd: bool) -> None:
    (tmp_path / "ftp" / "Geschäft").mkdir(parents=True)
    put(tmp_path / "ftp" / "Geschäft", "Sicherung_für_Laden-2026-11-20.sql.gz", PACKED)
    put(tmp_path / "ftp", "alt.sql.gz", PACKED, 9600)
    with ftps(tmp_path / "ftp", authority, mlsd=mlsd, encoding=coding) as port:
        place, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    assert isinstance(place.files, tuple)
    assert [file.name for file in place.files] == ["Geschäft/Sicherung_für_Laden-2026-11-20.sql.gz", "alt.sql.gz"]
    for verdict in (backup_missing(seen), backup_database_stale(seen), backup_corrupt(seen, SHOP)):
        assert isinstance(verdict, Passed), verdict


@pytest.mark.parametrize("said", ["550 No files found.", "450 No files found.", "550 Directory is empty.", "550 Sorry."])
async def test_a_refused_question_for_names_means_an_empty_folder(tmp_path: Path, authority: trustme.CA, said: str) -> None:
    (tmp_path / "ftp").mkdir()
    with ftps(tmp_path / "ftp", authority, mlsd=False, ftp_NLST=answers(said)) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    verdict = backup_missing(seen)
    assert isinstance(verdict, Found), verdict


@pytest.mark.parametrize("said", ["550 Permission denied.", "550 Sorry.", "425 Can't open data connection.", "451 Local error."])
async def test_a_refused_question_for_names_means_nothing_where_there_are_files(
    tmp_path: Path, authority: trustme.CA, said: str
) -> None:
    (tmp_path / "ftp").mkdir()
    put(tmp_path / "ftp", "shop.sql.gz", PACKED)
    with ftps(tmp_path / "ftp", authority, mlsd=False, ftp_NLST=answers(said)) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    assert isinstance(backup_missing(seen), Inconclusive)


@pytest.mark.parametrize("mlsd", [True, False], ids=["MLSD", "NLST"])
async def test_a_folder_a_night_and_an_archive_in_pieces(tmp_path: Path, authority: trustme.CA, mlsd: bool) -> None:
    size = len(PACKED) // 3 + 1
    for night in range(3):
        folder = tmp_path / "ftp" / "shop" / f"2026-11-{20 - night}"
        folder.mkdir(parents=True)
        for number in range(3):
            put(folder, f"shop.sql.gz.{number + 1:03}", PACKED[number * size : (number + 1) * size], 9 + 24 * night)
    with ftps(tmp_path / "ftp", authority, mlsd=mlsd) as port:
        place, seen = await look(f"ftps://florist@127.0.0.1:{port}/shop")
    assert isinstance(place.files, tuple)
    assert [(file.name, file.files) for file in place.files] == [(f"2026-11-{20 - n}/shop.sql.gz", 3) for n in range(3)]
    for verdict in (backup_missing(seen), backup_database_stale(seen), backup_corrupt(seen, SHOP)):
        assert isinstance(verdict, Passed), verdict


async def test_after_a_list_that_was_left_in_the_middle_nothing_is_asked(tmp_path: Path, authority: trustme.CA) -> None:
    """What the server says next would answer to that list, and a file be taken for one of another folder."""
    for night in (18, 19, 20):
        (tmp_path / "ftp" / f"2026-11-{night}").mkdir(parents=True)
        put(tmp_path / "ftp" / f"2026-11-{night}", "shop.sql.gz", PACKED, 9 + 24 * (20 - night))

    def sizeless(self: Any, path: str) -> None:
        self._current_facts = ["type", "modify"] if "2026-11-20" in path else ["type", "modify", "size"]
        type(self).__mro__[1].ftp_MLSD(self, path)

    with ftps(tmp_path / "ftp", authority, ftp_MLSD=sizeless) as port:
        place, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    assert place.files == ()
    assert place.unlooked == 3
    assert isinstance(backup_missing(seen), Inconclusive)


async def test_a_folder_that_may_not_be_entered_is_not_said_to_be_missing(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "ftp" / "locked").mkdir(parents=True)

    def locked(self: Any, path: str) -> None:
        self.respond("550 Failed to change directory.") if "locked" in path else type(self).__mro__[1].ftp_CWD(self, path)

    with ftps(tmp_path / "ftp", authority, ftp_CWD=locked) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/locked")
        _, inside = await look(f"ftps://florist@127.0.0.1:{port}/")
        _, gone = await look(f"ftps://florist@127.0.0.1:{port}/locked-not")
    assert isinstance(backup_missing(seen), Inconclusive)
    assert isinstance(backup_missing(inside), Inconclusive)
    assert not isinstance(backup_missing(gone), Passed)
