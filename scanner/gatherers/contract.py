"""What a gatherer is: a coroutine function that makes one kind of evidence.

``async def pages(fetcher: Fetcher, arrival: Arrival) -> Pages``: its parameters are the evidence and the tools that it needs, its
return type is the kind it makes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from scanner.rules.rule import Need, RuleError, needs_of


class NothingToGather(Exception):
    """We know for certain that this shop has nothing of this kind: its checks become not applicable."""


class CouldNotGather(Exception):
    """This evidence could not be had; the text says why, in the owner's words."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """What a gatherer that raised NothingToGather leaves behind."""

    because: str


Gathered = Mapping[type, Any]
"""Kind → its value, Unavailable or Nothing."""


@dataclass(frozen=True, slots=True)
class Gatherer:
    """A gatherer function with what was read from its signature. ``ceiling``: the most it may send, in words, for ``plan``."""

    name: str
    makes: type
    needs: tuple[Need, ...]
    run: Callable[..., Awaitable[Any]]
    ceiling: str
    doing: str


_ATTRIBUTE = "__shopwarden_gatherer__"
_Function = TypeVar("_Function", bound=Callable[..., Awaitable[Any]])


def gatherer(*, ceiling: str, doing: str) -> Callable[[_Function], _Function]:
    """Mark a coroutine function as the gatherer of its return type.

    ceiling: the most it may send ("1 connection"). doing: what the progress display says meanwhile. Raises RuleError.
    """

    def decorate(function: _Function) -> _Function:
        makes = get_type_hints(function).get("return")
        if not isinstance(makes, type):
            raise RuleError(f"gatherer {function.__name__} does not say which kind of evidence it makes")
        made = Gatherer(function.__name__, makes, needs_of(function, function.__name__), function, ceiling, doing)
        setattr(function, _ATTRIBUTE, made)
        return function

    return decorate


def gatherer_of(function: object) -> Gatherer | None:
    """The gatherer that the decorator made of this function, or None."""
    found = getattr(function, _ATTRIBUTE, None)
    return found if isinstance(found, Gatherer) else None
