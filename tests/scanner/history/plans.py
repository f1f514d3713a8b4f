"""How a database would answer each question that the history asks it: none may go through a whole table that grows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event

from benchmarks.fill_history import FIRST, host_of
from scanner.history.known import KnownSite
from scanner.history.outbox import Outbox, Waiting
from scanner.history.queue import Queue, Ticket
from scanner.history.store import History
from scanner.results.document import ScanDocument
from shopwarden.operations.tickets import tables
from tests.nights import compared

LARGE = frozenset({"shopwarden_scans", "shopwarden_events", "shopwarden_outbox", "shopwarden_known", "shopwarden_queued_shops"})
"""Tables that grow with shops or nights."""
OF_THE_ASKED = ("shopwarden_outbox_unsent",)
"""Indexes of what is asked for alone, so that all of one is the answer."""
NO_QUESTIONS = frozenset({"open", "where", "file", "close", "queue", "alone", "ahead"})
"""What a history has besides."""


def every_question(history: History, seen: ScanDocument, nights: int) -> None:
    """Call each of its methods once and more, on a filled history. seen: a scan of one of its shops."""
    site, outbox, now = seen.site.key, history.outbox, FIRST + timedelta(days=nights, hours=3)
    tonight, new = (seen.model_copy(update={"started": now + timedelta(hours=hour)}) for hour in (1, 2))
    new = new.model_copy(update={"site": new.site.model_copy(update={"key": "new.example"})})
    message = Waiting("m", "r", now, {})
    run, newest = history.begin_run("nightly", "c", now), history.scans(site)[0].id
    asked: Mapping[str, Callable[[], object]] = {
        "begin_run": lambda: history.begin_run("nightly", "c", now),
        "record": lambda: [history.record(one, command="nightly", run=run.id, compare=compared) for one in (tonight, new)],
        "finish_run": lambda: history.finish_run(run.id, now),
        "scans": lambda: (history.scans(), history.scans(site), history.scans(run=run.id), history.scans(site, run=run.id)),
        "latest": history.latest,
        "document": lambda: history.document(newest),
        "documents": lambda: history.documents(site, 14),
        "events": lambda: history.events([past.id for past in history.scans(site, last=14)]),
        "known": lambda: history.known(site),
        "sites_called": lambda: history.sites_called("nobody"),
        "date_of": lambda: (history.date_of(site, now), history.date_of("newer.example", now)),
        "accept_clock": lambda: history.accept_clock(site, now),
        "forget": lambda: history.forget(FIRST + timedelta(hours=12)),
        "forget_after": lambda: history.forget_after(host_of(1), now - timedelta(days=2), lambda _: KnownSite()),
        "seed": history.seed,
        "outbox": lambda: outbox,
    }
    of_outbox: Mapping[str, Callable[[], object]] = {
        "untold": outbox.untold,
        "tell": lambda: outbox.tell([message], [told.event for told in outbox.untold()], now),
        "waiting": outbox.waiting,
        "undelivered": lambda: outbox.undelivered("m", "refused"),
        "delivered": lambda: outbox.delivered("m", now),
        "drop": lambda: outbox.drop("m", "gone", now),
        "last_message": lambda: outbox.last_message("r", now),
    }
    assert set(asked) >= {name for name in (*vars(History), "outbox") if not name.startswith("_")} - NO_QUESTIONS
    assert set(of_outbox) == {name for name in vars(Outbox) if not name.startswith("_")}
    for ask in (*asked.values(), *of_outbox.values()):
        ask()


def every_question_of(queue: Queue, run: str, site: str, name: str) -> None:
    """The same of a queue. run, site: one of its shops that wait. name: of the queue."""
    asked: Mapping[str, Callable[[], object]] = {
        "make": lambda: queue.make(tables()),
        "put": lambda: queue.put(run, name, "1", {}, {site: {}}),
        "run": lambda: queue.run(run),
        "standing": lambda: (queue.standing(), queue.standing(all_=True)),
        "due": lambda: queue.due(name),
        "ticketed": lambda: queue.ticketed([Ticket(run, name, site, 0, 0, 1.0, {})]),
        "make_up": lambda: queue.make_up(name),
        "to_finish": lambda: queue.to_finish(name),
        "strangers": lambda: queue.strangers("others"),
        "begin": lambda: queue.begin(run, site),
        "is_recorded": lambda: queue.is_recorded(run, site),
        "again": lambda: queue.again(run, site, "away"),
        "give_back": lambda: queue.give_back(run, site, "stopped"),
        "end": lambda: queue.end(run, site),
        "shops": lambda: queue.shops(run),
        "troubled": lambda: queue.troubled(run),
        "pause": lambda: queue.pause(run),
        "go_on": lambda: queue.go_on(run),
        "cancel": lambda: queue.cancel(run),
        "over": lambda: queue.over(run),
        "turn": lambda: [queue.turn("127.0.0.1", 100) for _ in range(2)],
        "hold": lambda: queue.hold("127.0.0.1", 1),
    }
    assert set(asked) == {name for name in vars(Queue) if not name.startswith("_")}
    for ask in asked.values():
        ask()


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile, each once, with its parameters."""
    sent: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        sent.setdefault(statement, parameters[0] if many else parameters)

    found: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
        found.extend(
            (statement, parameters)
            for statement, parameters in sent.items()
            if statement.split(None, 1)[0].upper() in {"SELECT", "UPDATE", "DELETE", "WITH"}
        )


def whole_tables_of_sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Steps of its plan that go through a large table or through all of an index, though nothing limits how far."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [str(row[3]) for row in plan]
    names = aliases(statement)
    return [
        step
        for step in steps
        if step.startswith("SCAN ")
        and names.get(step.split()[1], step.split()[1]) in LARGE
        and not step.endswith(OF_THE_ASKED)
        and not (" USING INDEX " in step and " LIMIT " in statement.upper().replace("\n", " "))
    ]


def aliases(statement: str) -> dict[str, str]:
    """What a statement calls its tables."""
    words = statement.replace(",", " ").replace("(", " ").replace(")", " ").split()
    return {words[at + 2]: word for at, word in enumerate(words) if word in LARGE and words[at + 1 : at + 2] == ["AS"]} | {
        words[at + 1]: word for at, word in enumerate(words[:-1]) if word in LARGE and words[at + 1] != "AS"
    }


def whole_tables_of_postgresql(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """The same."""
    said = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    plan = json.loads(said) if isinstance(said, str) else said
    return list(_whole(plan[0]["Plan"], limited=False))


def _whole(node: Mapping[str, Any], *, limited: bool) -> Iterator[str]:
    kind, table = str(node["Node Type"]), node.get("Relation Name")
    limited = limited or kind == "Limit" or node.get("Index Name") in OF_THE_ASKED
    if table in LARGE and (kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node and not limited)):
        yield f"{kind} on {table}"
    for below in node.get("Plans", ()):
        yield from _whole(below, limited=limited)
