"""A history as years of nights over thousands of shops leave it: bytes of each table, and what each question costs in it.

.venv/bin/python -m benchmarks.fill_history [SHOPS [NIGHTS [DATABASE]]]: 100 shops, 365 nights, an SQLite file of its own unless
given; DATABASE is what ``--database`` takes, and is filled.

The documents are those of ``fixtures/shops``, judged by today's rules and varied: each shop has its own name, addresses of
findings and set of findings, each night its own time, and on one night of ten something changes. They are written in bulk, as
lines where a history keeps lines.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import SQLAlchemyError

from scanner.engine.catalogue import Catalogue, load
from scanner.history.comparison import compare
from scanner.history.connect import Database
from scanner.history.known import KnownSite
from scanner.history.schema import EVENTS, KNOWN, METADATA, RUNS, SCANS, stamp
from scanner.history.store import WHOLE_SCANS, History, _event_row, _scan_row
from scanner.results.document import FindingPart, ScanDocument, VerdictPart, document
from tools.record_shops import SHOPS, judged_again

FIRST = datetime(2026, 1, 1, 2, tzinfo=UTC)
EVENTFUL = 10
"""One night of so many shows something new."""
AT_ONCE = 2_000
"""Rows."""


def recorded(catalogue: Catalogue) -> list[ScanDocument]:
    """What today's rules say of the recorded shops."""
    return [document(judged_again(folder, catalogue)) for folder in sorted(SHOPS.iterdir())]


def host_of(number: int) -> str:
    """A shop's name. It sorts by the number."""
    return f"shop{number:06}.example"


def varied(seen: ScanDocument, number: int) -> ScanDocument:
    """Another shop of the same kind, which has two thirds of its findings."""
    dice = random.Random(number)
    host = host_of(number)
    text_ = seen.model_dump_json().replace(seen.site.host, host)
    ours = ScanDocument.model_validate_json(text_)
    verdicts = tuple(_other(one, dice) if one.findings else one for one in ours.verdicts)
    return ours.model_copy(update={"site": ours.site.model_copy(update={"key": host}), "verdicts": verdicts})


def _other(verdict: VerdictPart, dice: random.Random) -> VerdictPart:
    if dice.random() < 1 / 3:
        return verdict.model_copy(update={"verdict": "passed", "findings": ()})
    return verdict.model_copy(update={"findings": tuple(_renumbered(one, dice) for one in verdict.findings)})


def _renumbered(finding: FindingPart, dice: random.Random) -> FindingPart:
    return finding.model_copy(update={"id": f"{dice.getrandbits(64):016x}"})


def nights_of(seen: ScanDocument, number: int, nights: int, *, lines: bool) -> Iterator[tuple[dict[str, Any], bool]]:
    """(a row of SCANS, whether the night shows something new), the oldest first. lines: whether old ones are kept as such."""
    row, text_ = _scan_row(seen, "nightly", None), seen.model_dump_json()
    began, ended = (_json(moment) for moment in (seen.started, seen.finished))
    for night in range(nights):
        started = FIRST + timedelta(days=night, seconds=number % 20_000)
        id_ = f"{number:06x}{night:06x}"
        eventful = (night + number) % EVENTFUL == 0
        whole = eventful or not lines or night >= nights - WHOLE_SCANS
        said = text_.replace(began, _json(started)).replace(ended, _json(started + timedelta(seconds=seen.seconds)))
        packed = zlib.compress(said.encode()) if whole else b""
        yield row | {"id": id_, "started": stamp(started), "run": f"{night:032x}", "document": packed}, eventful


def _json(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


def fill(
    database: Database, shops: int, nights: int, catalogue: Catalogue, seen: Sequence[ScanDocument], *, lines: bool = True
) -> None:
    """Write it all. seen: recorded shops. lines: whether old scans are kept as such."""
    (event, *_) = compare(KnownSite(), seen[0], catalogue.rules, answers=True).events
    rows: dict[str, list[dict[str, Any]]] = {"scans": [], "events": [], "known": []}

    def write(connection: Connection) -> None:
        for table, name in ((SCANS, "scans"), (EVENTS, "events"), (KNOWN, "known")):
            if rows[name]:
                connection.execute(insert(table), rows[name])
                rows[name].clear()

    with database.writing() as connection:
        runs = [(f"{night:032x}", stamp(FIRST + timedelta(days=night))) for night in range(nights)]
        connection.execute(
            insert(RUNS),
            [{"id": id_, "command": "nightly", "config": "c", "started": at, "finished": at} for id_, at in runs],
        )
    for number in range(shops):
        ours = varied(seen[number % len(seen)], number)
        step = compare(KnownSite(), ours, catalogue.rules, answers=True)
        event, known = next(iter(step.events), event), step.known
        rows["known"].append({"site": ours.site.key, "state": known.model_dump_json()})
        for row, eventful in nights_of(ours, number, nights, lines=lines):
            rows["scans"].append(row)
            if eventful:
                at = datetime.fromisoformat(row["started"])
                told = _event_row(event.model_copy(update={"site": ours.site.key, "at": at}), row["id"], step)
                rows["events"].append(told | {"id": row["id"], "told": row["started"]})
        if len(rows["scans"]) >= AT_ONCE:
            with database.writing() as connection:
                write(connection)
    with database.writing() as connection:
        write(connection)
        connection.execute(text("ANALYZE"))


def sizes(database: Database) -> dict[str, int]:
    """Bytes of each table with its indexes, and of all."""
    server, said = database.server, dict[str, int]()
    with database.reading() as connection:
        if server is None:
            pages = "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY 1"
            with suppress(SQLAlchemyError):  # a build of SQLite without dbstat knows the whole alone
                said |= {name: int(size) for name, size in connection.execute(text(pages))}
            whole = text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return said | {"all": int(connection.execute(whole).scalar_one())}
        size = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
        said = {name: int(connection.execute(size, {"name": name}).scalar_one()) for name in METADATA.tables}
    return said | {"all": sum(said.values())}


def costs(history: History, shops: int, nights: int, catalogue: Catalogue, seen: ScanDocument) -> dict[str, float]:
    """Milliseconds of each question, by the clock: the least of five."""
    site = host_of(shops // 2)
    one = varied(seen, shops // 2)
    compared = partial(compare, rules=catalogue.rules)
    days = iter(range(nights, nights + 10))

    def record() -> None:
        day = next(days)
        history.record(
            one.model_copy(update={"started": FIRST + timedelta(days=day, hours=2)}), command="nightly", compare=compared
        )

    asked: dict[str, Callable[[], object]] = {
        "record a scan": record,
        "all shops (history)": history.latest,
        "a shop by its name": lambda: history.sites_called("nobody"),
        "a shop's last 100 scans": lambda: history.scans(site, last=100),
        "a shop's last 14 documents": lambda: history.documents(site, 14),
        "what is known of a shop": lambda: history.known(site),
        "events of a shop's last scans": lambda: history.events([past.id for past in history.scans(site, last=14)]),
        "events not told yet": history.outbox.untold,
        "the last 1,000 scans": history.scans,
        "forget the oldest night": lambda: history.forget(FIRST + timedelta(days=0.9)),
    }
    return {name: _least(do, 1 if name.startswith("forget") else 5) for name, do in asked.items()}


def _least(do: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        took.append(time.perf_counter() - began)
    return round(1000 * min(took), 1)


def main(shops: int = 100, nights: int = 365, address: str | None = None) -> None:
    catalogue = load()
    seen = recorded(catalogue)
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(address or str(Path(folder) / "history.sqlite3"))
        history = History(database)
        began, cpu = time.perf_counter(), time.process_time()
        fill(database, shops, nights, catalogue, seen)
        took = {"seconds": round(time.perf_counter() - began, 1), "of CPU": round(time.process_time() - cpu, 1)}
        print(json.dumps({"shops": shops, "nights": nights, "scans": shops * nights, "filled in": took}))
        bytes_ = sizes(database)
        print(json.dumps({"bytes": bytes_, "bytes a shop": round(bytes_["all"] / shops)}))
        print(json.dumps({"milliseconds": costs(history, shops, nights, catalogue, seen[0])}))
        history.close()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    main(*numbers, *sys.argv[3:4])
