"""Somebody to tell, however he is reached. These addresses are the operator's own, so the guard around shops is not for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from scanner.history.outbox import Waiting

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 30.0


class NotDelivered(Exception):
    """The receiver did not take the message; the text says why, without a password."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody to tell. fingerprint: of the address as configured: a changed password changes nothing. label: for people.

    login: connects and logs in without sending; None where a service shows only by a message that it takes one. Both raise
    NotDelivered.
    """

    fingerprint: str
    label: str
    send: Callable[[Waiting], None]
    login: Callable[[], None] | None = None


def fingerprint(kind: str, address: str) -> str:
    """What the outbox keeps of an address."""
    return hashlib.sha256(f"{kind}\n{address}".encode()).hexdigest()[:16]
