"""Recorded answers, as evaluators read them.

An evaluator is a function of the answers: what it would like to know and nobody asked, it gets as Unavailable, and ``missing``
names it. So whoever can ask runs it, asks what is missing, and runs it again, until nothing is. A recording is judged again by
the same lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from scanner.evidence.dns import DnsAnswer, DnsLookup, Existence
from scanner.evidence.unavailable import Unavailable

Question = tuple[str, str]
"""A name in small letters without its last dot, and a type (``TXT``)."""
NOT_ASKED = Unavailable("This was not asked.")
MOST_ROUNDS = 40
"""Of asking for what an evaluator still misses; SPF's ten look-ups nest no deeper than this."""


class Answers:
    """What was asked, by name and type. missing: what was read and not there, in order."""

    def __init__(self, lookups: Iterable[DnsLookup]) -> None:
        self._known = {(one.name, one.type): one.answer for one in lookups}
        self.missing: dict[Question, None] = {}

    def get(self, name: str, kind: str) -> DnsAnswer | Unavailable:
        """The answer to a question; Unavailable where there is none."""
        question = (name.rstrip(".").lower(), kind)
        found = self._known.get(question)
        if found is None:
            self.missing[question] = None
            return NOT_ASKED
        return found

    def records(self, name: str, kind: str) -> tuple[str, ...] | Unavailable:
        """The records of an answer; none where there are none."""
        answer = self.get(name, kind)
        return answer if isinstance(answer, Unavailable) else answer.records


def completed(
    read: Callable[[Answers], object], known: Iterable[DnsLookup], zone: Mapping[Question, DnsAnswer | Unavailable]
) -> tuple[DnsLookup, ...]:
    """The answers that an evaluator reads, where all there is is known: what the zone does not hold has no name."""
    lookups = {(one.name, one.type): one for one in known}
    for _ in range(MOST_ROUNDS):
        answers = Answers(lookups.values())
        _ = read(answers)
        if not answers.missing:
            break
        for name, kind in answers.missing:
            lookups[name, kind] = DnsLookup(name, kind, zone.get((name, kind)) or DnsAnswer(existence_in(zone, name)))
    return tuple(lookups.values())


def existence_in(zone: Iterable[Question], name: str) -> Existence:
    """Whether a name without the records asked for is there at all: as another type's owner, or as what stands above one."""
    there = any(owner == name or owner.endswith(f".{name}") for owner, _ in zone)
    return Existence.NO_DATA if there else Existence.NO_NAME
