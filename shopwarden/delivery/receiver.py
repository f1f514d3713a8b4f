"""Somebody to tell, however he is reached. These addresses are the operator's own, so the guard around shops is not for them."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from scanner.history.outbox import Waiting

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 30.0
"""For one read: a receiver that says nothing any more."""
WHOLE_SECONDS = 60.0
"""For one message in all, from looking up the name to the last byte: one that drips never falls silent."""


class NotDelivered(Exception):
    """The receiver did not take the message; the text says why, without a password."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody to tell. fingerprint: of the address as configured: a changed password changes nothing. label: for people.

    login: connects and logs in without sending; None where a service shows only by a message that it takes one. Both raise
    NotDelivered, and block for as long as the other side likes; hence ``in_time``. outside: a program, or people other than who
    runs this: they are not told what the owner looks after himself.
    """

    fingerprint: str
    label: str
    send: Callable[[Waiting], None]
    login: Callable[[], None] | None = None
    outside: bool = False


def fingerprint(kind: str, address: str) -> str:
    """What the outbox keeps of an address."""
    return hashlib.sha256(f"{kind}\n{address}".encode()).hexdigest()[:16]


def in_time(sending: Callable[[], None]) -> None:
    """Run what blocks, for at most WHOLE_SECONDS. Raises NotDelivered where it takes longer, and whatever it raises itself.

    What is not done by then goes on in its thread, since nothing can end that, and keeps nobody from ending the program. Should
    it be taken after all, the message's id tells the second copy.
    """
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            sending()
        except BaseException as error:  # for whoever waits
            ended.put(error)
        else:
            ended.put(None)

    threading.Thread(target=run, name="delivery", daemon=True).start()
    try:
        error = ended.get(timeout=WHOLE_SECONDS)
    except queue.Empty:
        raise NotDelivered(f"it was not done after {WHOLE_SECONDS:.0f} s") from None
    if error is not None:
        raise error
