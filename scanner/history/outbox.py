"""Messages that wait to be sent: written before sending, marked after, so that none is lost and none is made twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from scanner.history.connect import Database, chunks
from scanner.history.events import Event, ToldEvent
from scanner.history.schema import EVENTS, OUTBOX, moment, stamp


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox. id: its Message-ID's and Idempotency-Key's source. message: JSON."""

    id: str
    receiver: str
    created: datetime
    message: dict[str, Any]
    tries: int = 0
    error: str | None = None


class Outbox:
    """The messages of an opened history, and the events that they are made of. All methods raise HistoryError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def untold(self) -> tuple[ToldEvent, ...]:
        """Events that no message was made of, of every site, the oldest first."""
        return tuple(
            self._database.rows(select(EVENTS).where(EVENTS.c.told.is_(None)).order_by(EVENTS.c.at, EVENTS.c.id), told_event)
        )

    def tell(self, messages: Iterable[Waiting], events: Iterable[Event], now: datetime) -> None:
        """Put messages into the outbox and mark what they tell, both or neither. A message that is there already stays."""
        with self._database.writing() as connection:
            for message in messages:
                if connection.execute(select(OUTBOX.c.id).where(OUTBOX.c.id == message.id)).first() is None:
                    words = json.dumps(message.message, ensure_ascii=False)
                    connection.execute(
                        OUTBOX.insert().values(
                            id=message.id, receiver=message.receiver, created=stamp(message.created), message=words, tries=0
                        )
                    )
            for chunk in chunks([one.id for one in events]):
                connection.execute(update(EVENTS).where(EVENTS.c.id.in_(chunk)).values(told=stamp(now)))

    def waiting(self) -> tuple[Waiting, ...]:
        """Messages that are not delivered, the oldest first."""
        wanted = select(OUTBOX).where(OUTBOX.c.sent.is_(None)).order_by(OUTBOX.c.created, OUTBOX.c.id)
        return tuple(self._database.rows(wanted, _waiting))

    def delivered(self, message_id: str, now: datetime) -> None:
        """It arrived."""
        self._tried(message_id, {"sent": stamp(now), "error": None})

    def undelivered(self, message_id: str, because: str) -> None:
        """It did not; it stays in the outbox."""
        self._tried(message_id, {"error": because})

    def drop(self, message_id: str, because: str, now: datetime) -> None:
        """It is not to be sent any more."""
        self._tried(message_id, {"sent": stamp(now), "error": because})

    def last_message(self, receiver: str, now: datetime | None = None) -> datetime | None:
        """When the last message for a receiver was made. now: one that a wrong clock dated later is left out."""
        wanted = select(func.max(OUTBOX.c.created)).where(OUTBOX.c.receiver == receiver)
        if now is not None:
            wanted = wanted.where(OUTBOX.c.created <= stamp(now))
        return self._database.rows(wanted, lambda row: moment(row[0]) if row[0] else None)[0]

    def _tried(self, message_id: str, values: dict[str, Any]) -> None:
        with self._database.writing() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id == message_id).values(tries=OUTBOX.c.tries + 1, **values))


def told_event(row: Row[Any]) -> ToldEvent:
    """A row of EVENTS → its event."""
    return ToldEvent(Event.model_validate_json(row.event), row.before, row.after)


def _waiting(row: Row[Any]) -> Waiting:
    message = json.loads(row.message)
    if not isinstance(message, dict) or not isinstance(row.tries, int):
        raise TypeError("no message")
    return Waiting(row.id, row.receiver, moment(row.created), message, row.tries, row.error)
