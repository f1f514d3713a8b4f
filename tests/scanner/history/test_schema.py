"""Migrations: all or nothing, and what they make is what the code speaks of."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from scanner.history.connect import HistoryError
from scanner.history.schema import METADATA, MIGRATIONS, migrate
from scanner.history.store import History
from tests.nights import KEY, night


def test_the_migrations_make_what_the_code_speaks_of(history: History, file: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    made = inspect(engine)
    for table in METADATA.tables.values():
        columns = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
        keys = set(made.get_pk_constraint(table.name)["constrained_columns"])
        assert list(columns) == [column.name for column in table.columns]
        assert {name for name, nullable in columns.items() if not nullable} | keys == {
            column.name for column in table.columns if not column.nullable
        }
    engine.dispose()


def test_a_failing_migration_leaves_the_database_as_it_was_and_the_next_version_succeeds(history: History, file: Path) -> None:
    history.record(night(0, {}))
    engine = history._database._engine
    with pytest.raises(Exception, match="nonsense"):
        migrate(engine, (*MIGRATIONS, "CREATE TABLE half (a TEXT); nonsense"))
    assert not inspect(engine).has_table("half")
    History.open(str(file)).close()
    migrate(engine, (*MIGRATIONS, "CREATE TABLE half (a TEXT)"))
    assert inspect(engine).has_table("half")
    with pytest.raises(HistoryError, match=rf"newer shopwarden \(schema {len(MIGRATIONS) + 1}"):
        History.open(str(file))


def test_scans_of_the_first_edition_are_counted_in_problems_too(tmp_path: Path) -> None:
    file = tmp_path / "first.sqlite3"
    engine = create_engine(f"sqlite:///{file}")
    migrate(engine, MIGRATIONS[:1])
    seen = json.loads(night(0, {"exposed-log": "found /a /b /c"}).model_dump_json())
    del seen["problems"]
    row = {
        "id": "0123456789ab", "site": KEY, "name": "n", "host": KEY, "started": "2026-03-01T04:00:00.000000+00:00", "command": "scan",
        "status": "complete", "critical": 0, "high": 3, "medium": 0, "low": 0, "info": 0, "document": zlib.compress(json.dumps(seen).encode()),
    }  # fmt: skip
    with engine.begin() as connection:
        names = ", ".join(row)
        connection.execute(text(f"INSERT INTO shopwarden_scans ({names}) VALUES (:{', :'.join(row)})"), row)
    engine.dispose()
    history = History.open(str(file))
    try:
        assert [past.problems for past in (*history.scans(), *history.latest())] == [(0, 1, 0, 0, 0)] * 2
        history.record(night(1, {"exposed-log": "found /a /b"}))
        assert [past.problems for past in history.scans()] == [(0, 1, 0, 0, 0)] * 2
    finally:
        history.close()
