"""Gathering: each kind once, concurrently, and a failure is Unavailable for those who need it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from scanner.engine.gathering import Gathering, closed
from scanner.evidence import Unavailable
from scanner.gatherers.contract import CouldNotGather, Gatherer, Nothing, NothingToGather, gatherer, gatherer_of
from scanner.rules.rule import RuleError


@dataclass(frozen=True)
class Soil:
    calls: int = 0


@dataclass(frozen=True)
class Rose:
    soil: Any


@dataclass(frozen=True)
class Bouquet:
    rose: Any
    soil: Any


class Water:
    """A tool."""

    used = 0


@gatherer(ceiling="1 request", doing="Digging")
async def soil(water: Water) -> Soil:
    water.used += 1
    await asyncio.sleep(0)
    return Soil(water.used)


@gatherer(ceiling="1 request", doing="Growing")
async def rose(soil: Soil) -> Rose:
    return Rose(soil)


@gatherer(ceiling="none", doing="Binding")
async def bouquet(rose: Rose | Unavailable, soil: Soil) -> Bouquet:
    return Bouquet(rose, soil)


def known(*functions: Any) -> dict[type, Gatherer]:
    found = [made for function in functions if (made := gatherer_of(function)) is not None]
    return {made.makes: made for made in found}


def failing(error: Exception) -> Any:
    @gatherer(ceiling="none", doing="Failing")
    async def rose(soil: Soil) -> Rose:
        raise error

    return rose


async def test_each_kind_is_gathered_once_with_what_it_rests_on() -> None:
    said: list[str] = []
    gathering = Gathering(known(soil, rose, bouquet), {Water: Water()}, said.append)
    found = await gathering.gather([Bouquet, Rose])
    assert found == {Soil: Soil(1), Rose: Rose(Soil(1)), Bouquet: Bouquet(Rose(Soil(1)), Soil(1))}
    assert said == ["Digging", "Growing", "Binding"]


async def test_what_is_at_hand_is_not_gathered() -> None:
    assert await Gathering(known(soil, rose), {Soil: Soil(7)}).gather([Rose]) == {Rose: Rose(Soil(7))}


@pytest.mark.parametrize(
    ("error", "value"),
    [
        (CouldNotGather("No answer."), Unavailable("No answer.")),
        (NothingToGather("No roses."), Nothing("No roses.")),
        (
            ZeroDivisionError("secret"),
            Unavailable("Our own defect in looking at this (ZeroDivisionError); please report it.", True),
        ),
        (TimeoutError(), Unavailable("Our own defect in looking at this (TimeoutError); please report it.", True)),
    ],
)
async def test_a_failure_is_a_value_and_leaves_the_rest_alone(error: Exception, value: object) -> None:
    found = await Gathering(known(soil, failing(error), bouquet), {Water: Water()}).gather([Bouquet])
    assert found[Soil] == Soil(1)
    assert found[Rose] == value
    # who can do without it does: nothing there is one more reason why it was not seen
    assert found[Bouquet] == Bouquet(Unavailable(value.because) if isinstance(value, Nothing) else value, Soil(1))


async def test_what_needs_the_missing_is_missing_for_the_same_reason() -> None:
    @gatherer(ceiling="none", doing="Failing")
    async def soil(water: Water) -> Soil:
        raise CouldNotGather(f"No answer to {type(water).__name__}.")

    found = await Gathering(known(soil, rose), {Water: Water()}).gather([Rose])
    assert found == {Soil: Unavailable("No answer to Water."), Rose: Unavailable("No answer to Water.")}


async def test_an_end_from_outside_keeps_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.engine.gathering.WIND_DOWN_SECONDS", 0.05)

    @gatherer(ceiling="none", doing="Waiting")
    async def rose(soil: Soil) -> Rose:
        await asyncio.sleep(60)
        return Rose(soil)

    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.02, ended.set_result, "The time was up.")
    found = await Gathering(known(soil, rose, bouquet), {Water: Water()}).gather([Bouquet], ended)
    late = Unavailable("The time was up.")
    assert found == {Soil: Soil(1), Rose: late, Bouquet: late}


def test_circles_and_gaps_are_refused_by_name() -> None:
    closed(known(soil, rose, bouquet), [Water])
    with pytest.raises(RuleError, match="no gatherer makes Water, which Soil needs"):
        closed(known(soil), [])

    @gatherer(ceiling="none", doing="Circling")
    async def circle(bouquet: Bouquet) -> Soil:
        return Soil(len(str(bouquet)))

    with pytest.raises(RuleError, match=r"wait for each other: .*Soil"):
        closed(known(circle, rose, bouquet), [])


def test_a_gatherer_says_what_it_makes() -> None:
    async def silent(soil: Soil):
        return soil

    with pytest.raises(RuleError, match="silent does not say"):
        gatherer(ceiling="none", doing="Nothing")(silent)
    assert gatherer_of(silent) is None
