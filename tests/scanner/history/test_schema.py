"""Migrations: all or nothing, and what they make is what the code speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from scanner.history.connect import HistoryError
from scanner.history.schema import METADATA, MIGRATIONS, migrate
from scanner.history.store import History
from tests.nights import night


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
    with pytest.raises(HistoryError, match=r"newer shopwarden \(schema 2"):
        History.open(str(file))
