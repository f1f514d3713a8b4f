"""The gatherer, with a stand-in for shopwarden's client."""

from __future__ import annotations

import asyncio
from typing import cast

from shopwarden_plugin_example.evidence import ChangePassword
from shopwarden_plugin_example.gathering import CONTROL, PLACE, change_password

from scanner import Answer, Arrival, CouldNotGather, Share, Unavailable, Welcome
from scanner.gatherers.contract import gatherer_of
from scanner.gatherers.http.fetcher import Fetcher
from scanner.testing import NOW, ORIGIN, answer
from scanner.text.clock import StoppedClock


class Answers:
    """Answers one address, and fails on every other."""

    def __init__(self, address: str, there: Answer) -> None:
        self.known = {address: there}
        self.asked: list[str] = []

    async def get(self, address: str, share: Share) -> Answer:
        self.asked.append(address)
        if address not in self.known:
            raise CouldNotGather(f"No answer, and nothing left in {share.name}.")
        return self.known[address]


def test_two_requests_make_the_evidence() -> None:
    there = answer(302, address=ORIGIN + PLACE)
    fetcher, arrival = Answers(ORIGIN + PLACE, there), Arrival(Welcome.OPEN, ORIGIN, "/", NOW)
    seen = asyncio.run(change_password(cast("Fetcher", fetcher), arrival, StoppedClock(NOW)))
    assert seen == ChangePassword(there, Unavailable("No answer, and nothing left in change-password."), NOW)
    assert fetcher.asked == [ORIGIN + PLACE, ORIGIN + CONTROL]


def test_it_makes_its_evidence() -> None:
    made = gatherer_of(change_password)
    assert made is not None
    assert made.makes is ChangePassword
