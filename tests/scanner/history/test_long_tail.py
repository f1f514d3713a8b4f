"""Nights that ask for some of the long list each: what they find is told once and at once, and a lost night loses nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.engine.scan import Order
from scanner.evidence.probes import FURTHER
from scanner.history.events import Change
from scanner.scope.tail import Tail
from shopwarden.demo.http_server import Request, Response
from shopwarden.operations import second_look
from tests.scanner.history.test_second_night import Nights, changes
from tests.soak.year import HARD

RULES = frozenset({"exposed-backup", "exposed-database-dump", "exposed-config", "exposed-metadata"})
ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(16) + b"\x05\x00\x00\x00shop/" + bytes(400)
A_NIGHT = 40


class Tails(Nights):
    """Nights as ``nightly`` orders them."""

    async def sleep(self, **options: object):  # type: ignore[no-untyped-def]
        start = self.known.tail
        looked = second_look.looked_twice

        async def with_tail(order: Order, *rest: object) -> object:
            return await looked(replace(order, rules=tuple(sorted(RULES)), tail=Tail(start, A_NIGHT)), *rest)  # type: ignore[arg-type]

        self._patch.setattr("tests.scanner.history.test_second_night.looked_twice", with_tail)
        return await super().sleep(**options)


def there(path: str, body: bytes = ZIP, kind: str = "application/zip"):  # type: ignore[no-untyped-def]
    def answer(request: Request, usual: Response) -> Response:
        return Response(200, body, headers=(("Content-Type", kind),)) if request.path == path else usual

    return answer


async def test_what_the_list_finds_is_told_once_and_closed_when_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Tails(monkeypatch, HARD, max_pages=4)
    await nights.sleep()
    assert (nights.known.tail, nights.seen[0].coverage.long_tail.asked) == (A_NIGHT, A_NIGHT)
    left = "/site.rar"  # of the third night
    assert left not in nights.known.rules["exposed-backup"].examined
    nights.change(there(left, b"Rar!\x1a\x07\x01\x00" + bytes(900), "application/vnd.rar"))
    told = []
    for _ in range(8):
        step = await nights.sleep()
        told += [change for change in changes(step) if change[1] in RULES]
    assert told == [(Change.NEW, "exposed-backup", left)], nights.known.tail
    shown = [one.shown for _, subject, one in nights.known.open_findings if subject == left]
    assert not shown[0].startswith(FURTHER)  # it is asked for like the usual names now
    nights.change(lambda request, usual: Response(404, b"gone") if request.path == left else usual)
    step = await nights.sleep()
    assert changes(step) == {(Change.FIXED, "exposed-backup", left)}


async def test_a_night_that_is_shut_out_comes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Tails(monkeypatch, HARD, max_pages=4)
    await nights.sleep()
    nights.change(lambda _request, _usual: Response(503, b"later"))
    await nights.sleep()
    assert nights.known.tail == A_NIGHT


async def test_a_scan_by_hand_asks_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(monkeypatch, HARD, max_pages=4)
    await nights.sleep()
    assert (nights.seen[0].coverage.long_tail.asked, nights.seen[0].coverage.long_tail.of) == (0, 0)
