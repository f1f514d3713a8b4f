"""Which part of the long list a scan asks for."""

from __future__ import annotations

from scanner.scope.tail import NO_TAIL, Tail

NAMES = [str(number) for number in range(100)]


def test_the_parts_of_the_nights_are_the_whole() -> None:
    seen: list[str] = []
    start = 0
    for _ in range(3):
        part = Tail(start, 40).slice(NAMES)
        seen += part
        start = Tail(start, 40).reached(len(part), len(NAMES))
    assert seen == NAMES
    assert start == 100


def test_after_the_end_it_begins_anew() -> None:
    assert Tail(100, 40).slice(NAMES) == NAMES[:40]
    assert Tail(100, 40).reached(40, 100) == 40


def test_only_what_was_answered_counts() -> None:
    assert Tail(40, 40).reached(7, 100) == 47


def test_none_is_asked_for_without_being_wanted() -> None:
    assert NO_TAIL.slice(NAMES) == []
    assert NO_TAIL.reached(0, 0) == 0
