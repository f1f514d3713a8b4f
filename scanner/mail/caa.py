"""CAA (RFC 8659): which authorities may issue certificates for a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.evidence.unavailable import Unavailable
from scanner.mail.answers import Answers


@dataclass(frozen=True, slots=True)
class Issuers:
    """at: the name whose records count for a host. issue, wild: the authorities that may, none meaning nobody; None where the
    records say nothing of it."""

    at: str
    issue: tuple[str, ...] | None
    wild: tuple[str, ...] | None


def issuers(host: str, answers: Answers, until: str = "") -> Issuers | Unavailable | None:
    """The CAA records that count for a host: its own, else those of the nearest name above; None where there are none.

    until: the last name to look at; RFC 8659 3 goes on to the top, where nobody of the shop's can write anything.
    """
    labels = host.rstrip(".").lower().split(".")
    for start in range(len(labels) - (until.count(".") if until else 0)):
        name = ".".join(labels[start:])
        records = answers.records(name, "CAA")
        if isinstance(records, Unavailable):
            return records
        read = [(found[1].lower(), found[2]) for record in records if (found := re.match(r'\d+ (\w+) "?([^"]*)"?\Z', record))]
        if records:
            return Issuers(name, _allowed(read, "issue"), _allowed(read, "issuewild"))
    return None


def _allowed(read: list[tuple[str, str]], tag: str) -> tuple[str, ...] | None:
    values = [value.partition(";")[0].strip() for name, value in read if name == tag]
    return tuple(value for value in values if value) if values else None
