"""Connections to PostgreSQL that never wait for ever: not for a server that is silent, and not for a lock that somebody holds."""

from __future__ import annotations

import platform
import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

_T = TypeVar("_T")

CONNECT_SECONDS = 10
"""For each address of the server, from the first packet to a session that is ready."""
STATEMENT_SECONDS = 120
ANSWER_SECONDS = STATEMENT_SECONDS + 30
"""For an answer of a server that does not end its statement by itself."""
IDLE_SECONDS = 600
"""For a transaction of ours in which nothing happens, because this process was stopped, say."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that gives up, and closes, when an answer takes too long."""

    def wait(self, gen: PQGen[_T], *how: Any, **more: Any) -> _T:
        """As psycopg's, with an end. Raises psycopg.OperationalError."""
        try:
            return super().wait(_with_an_end(gen, ANSWER_SECONDS), *how, **more)
        except TimeoutError as error:
            self.close()
            raise psycopg.OperationalError(f"no answer within {ANSWER_SECONDS} s") from error


def connect(lock_seconds: int, **parameters: Any) -> PatientConnection:
    """Connect as libpq does. parameters: whatever its connection strings take; it goes before our own.

    lock_seconds: how long a statement waits for what somebody else has locked.
    """
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 60,
        "fallback_application_name": f"shopwarden on {platform.node().partition('.')[0][:40]}",
    }
    made = PatientConnection.connect(**(ours | parameters))
    bounds = {
        "lock_timeout": lock_seconds,
        "statement_timeout": STATEMENT_SECONDS,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    for name, seconds in bounds.items():  # not as startup options: what pools connections may refuse those
        made.execute("SELECT set_config(%s, %s, false) WHERE current_setting(%s) = '0'", (name, f"{seconds}s", name))
    made.commit()
    return made


def _with_an_end(gen: PQGen[_T], seconds: float) -> PQGen[_T]:
    """What psycopg waits for, until the time is over. Raises TimeoutError."""
    end = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if time.monotonic() > end:
                raise TimeoutError
            wanted = gen.send(ready)
    except StopIteration as done:
        value: _T = done.value
        return value
