"""A bare list of names that an FTP server refuses: 450 and 550 may mean that the folder is empty."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from checks.backup.presence import backup_missing
from scanner import Found, Inconclusive
from tests.servers.test_backup_reading import dump, put
from tests.servers.test_backup_stores import authority, ftps, look, password, trusted

__all__ = ["authority", "password", "trusted"]  # fixtures

pytestmark = [
    pytest.mark.usefixtures("trusted"),
    pytest.mark.filterwarnings("ignore:The async.* module is deprecated:DeprecationWarning"),  # pyftpdlib on Python 3.11
]


def answers(line: str) -> Callable[..., None]:
    def answer(self: Any, _path: str) -> None:
        self.respond(line)

    return answer


@pytest.mark.parametrize("said", ["550 No files found.", "450 No files found.", "550 Directory is empty.", "550 Sorry."])
async def test_a_refused_question_for_names_means_an_empty_folder(tmp_path: Path, authority: trustme.CA, said: str) -> None:
    (tmp_path / "ftp").mkdir()
    with ftps(tmp_path / "ftp", authority, mlsd=False, ftp_NLST=answers(said)) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    assert isinstance(backup_missing(seen), Found), backup_missing(seen)


@pytest.mark.parametrize("said", ["550 Permission denied.", "550 Sorry.", "425 Can't open data connection.", "451 Local error."])
async def test_it_means_nothing_where_there_are_files(tmp_path: Path, authority: trustme.CA, said: str) -> None:
    (tmp_path / "ftp").mkdir()
    put(tmp_path / "ftp", "shop.sql.gz", gzip.compress(dump(), 1))
    with ftps(tmp_path / "ftp", authority, mlsd=False, ftp_NLST=answers(said)) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    assert isinstance(backup_missing(seen), Inconclusive)


async def test_names_that_cannot_be_asked_for_are_no_missing_backups(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "ftp").mkdir()
    put(tmp_path / "ftp", "Sicherung_für_Laden-2026-11-20.sql.gz", gzip.compress(dump(), 1))
    with ftps(tmp_path / "ftp", authority, mlsd=False, encoding="latin-1") as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    verdict = backup_missing(seen)
    assert isinstance(verdict, Inconclusive)
    assert "UTF-8" in verdict.because
