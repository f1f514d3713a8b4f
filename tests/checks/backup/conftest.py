"""A healthy shop's backups, to change one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from scanner import BackupFile, BackupPlace, Backups, Unavailable

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SFTP = "sftp://nas.example:2222/shop"

MakeFile = Callable[..., BackupFile]
MakePlace = Callable[..., BackupPlace]


@pytest.fixture
def made() -> MakeFile:
    """A file by name, size and age in hours."""

    def make(name: str, size: int = 1_200_000, hours: float = 9) -> BackupFile:
        return BackupFile(name, size, NOW - timedelta(hours=hours))

    return make


@pytest.fixture
def place(made: MakeFile) -> MakePlace:
    """A place on another server; healthy unless told otherwise."""

    def make(kind: str = "database", files: tuple[BackupFile, ...] | Unavailable | None = None, **changes: object) -> BackupPlace:
        usual = (
            made("petalandstem-db-2026-11-20.sql.gz")
            if kind == "database"
            else made("petalandstem-2026-11-20.tar.gz", 84_000_000)
        )
        values: dict[str, object] = {
            "location": SFTP,
            "pattern": "",
            "max_age_days": 7.0 if kind == "database" else 31.0,
            "files": (usual,) if files is None else files,
            "seen": 1 if files is None or isinstance(files, Unavailable) else len(files),
            "host": "nas.example",
            "address": "192.0.2.40",
            **changes,
        }
        return BackupPlace(kind=kind, **values)

    return make


@pytest.fixture
def backups() -> Callable[..., Backups]:
    """Backups of these places, looked at on 20 November 2026 at noon UTC."""
    return lambda *places: Backups(tuple(places), NOW)
