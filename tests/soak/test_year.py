"""A year of nights: exactly the real changes are told, each once, in the night they appear or the next.

The real gather, judge and compare code runs over a transport in this process, with a stopped clock a night; FTP and SSH come from
recordings. Each night one request in twenty fails; there is a night without DNS, one blocked, three slow ones, a changed page order,
summer time and a clock that goes back, and a new release with new rules. 30 nights by default, 365 with ``SOAK=1``.
"""

from __future__ import annotations

import os
from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, Scan
from scanner.history.comparison import compare
from scanner.history.events import Change, Health
from scanner.history.store import History
from scanner.platforms import Knowledge
from scanner.results.document import document
from shopwarden.operations.second_look import looked_twice
from tests.scanning import catalogue
from tests.soak.year import HOSTS, Night, Town, changes, in_process, look_at, nights, order, without_sockets

NIGHTS = 365 if os.environ.get("SOAK") else 30
RELEASE = round(NIGHTS * 0.3)
NEW_RULES = frozenset(
    {"directory-listing-sensitive", "version-leak-generator", "cohosted-script", "ssh-version-leak", "ftp-anonymous"}
)
"""What the new release brings. Every other rule that needs no socket of its own is there from the first night on."""


async def test_exactly_the_real_changes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = changes(NIGHTS)
    town = Town(real, Night(0, next(nights(NIGHTS, RELEASE)).at))
    loaded = without_sockets(catalogue(), town)
    history = History.open(str(tmp_path / "year.sqlite3"))
    told: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    health: dict[str, list[int]] = defaultdict(list)
    with in_process(town, monkeypatch):
        for night in nights(NIGHTS, RELEASE):
            town.night = night

            async def look(one: Order) -> Scan:
                return await look_at(one, loaded, town)

            for host in HOSTS:
                one = order(host, _rules(loaded, night), night)
                seen = document(await looked_twice(one, loaded, history.known(host), look))
                step = history.record(seen, command="nightly", compare=partial(compare, rules=loaded.rules))
                assert step is not None
                for event in step.events:
                    if isinstance(event.kind, Health):
                        health[f"{event.kind} {host} {event.rule}".strip()].append(night.number)
                    elif event.kind not in {Change.FIRST_SEEN, Change.FIRST_LOOK}:
                        told[host, event.kind, event.rule, event.subject].append(night.number)
    history.close()
    expected = {(one.host, *event): one.begins for one in real for event in one.told}
    strange = {event: numbers for event, numbers in told.items() if event not in expected}
    untold = {event: night for event, night in expected.items() if event not in told}
    assert (strange, untold) == ({}, {})
    late = {
        event: (expected[event], numbers)
        for event, numbers in told.items()
        if numbers[0] > expected[event] + 1 or len(numbers) > 1
    }
    assert late == {}
    away = {night.number for night in nights(NIGHTS, RELEASE) if night.blocked or not night.dns}
    for host in HOSTS:
        gone, back = health[f"unreachable {host}"], health[f"back {host}"]
        for night in away:  # a night before it may have been lost to the faults, and is then told instead
            told_in = max((number for number in gone if number <= night), default=None)
            assert told_in is not None, (host, night, gone)
            assert not any(told_in < number <= night for number in back), (host, night, gone, back)


def _rules(loaded: Catalogue, night: Night) -> tuple[str, ...]:
    at_hand = {*loaded.gatherers, Knowledge}
    known = [rule for rule in loaded.rules_of(loaded.chosen()) if all(need.kind in at_hand for need in rule.needs)]
    assert {rule.id for rule in known} > NEW_RULES
    return tuple(rule.id for rule in known if night.new_release or rule.id not in NEW_RULES)
