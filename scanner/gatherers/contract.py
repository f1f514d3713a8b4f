"""What a gatherer is: a coroutine function that makes one kind of evidence.

``async def pages(fetcher: Fetcher, arrival: Arrival) -> Pages``: its parameters are the evidence and the tools that it needs, its
return type is the kind it makes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from scanner.rules.rule import Need, RuleError, needs_of
from scanner.scope.budget import Share


class NothingToGather(Exception):
    """We know for certain that this shop has nothing of this kind: its checks become not applicable."""


class CouldNotGather(Exception):
    """This evidence could not be had; the text says why, in the owner's words."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """What a gatherer that raised NothingToGather leaves behind."""

    because: str


class Revisits(StrEnum):
    """Which places of open findings a gatherer looks at again. It finds them in the scan's Focus."""

    NOTHING = "nothing"
    PAGES = "pages"
    """Pages that show a finding are read before others (``first``)."""
    FOLDERS = "folders"
    """Directories that a finding is about are looked into (``folders``)."""
    PLACES = "places"
    """Paths that a finding is about are asked for again (``again``)."""
    NAMES = "names"
    """Other hosts' names that a finding is about are looked up again (``again``)."""


Gathered = Mapping[type, Any]
"""Kind → its value, Unavailable or Nothing."""


@dataclass(frozen=True, slots=True)
class Gatherer:
    """A gatherer function with what was read from its signature and said beside it."""

    name: str
    makes: type
    needs: tuple[Need, ...]
    run: Callable[..., Awaitable[Any]]
    ceiling: str
    doing: str
    revisits: Revisits = Revisits.NOTHING
    shares: tuple[Share, ...] = ()


_ATTRIBUTE = "__shopwarden_gatherer__"
_Function = TypeVar("_Function", bound=Callable[..., Awaitable[Any]])


def gatherer(
    *, ceiling: str, doing: str, share: Share | Sequence[Share] = (), revisits: Revisits = Revisits.NOTHING
) -> Callable[[_Function], _Function]:
    """Mark a coroutine function as the gatherer of its return type.

    ceiling: the most it may send, in words ("1 connection"), for ``plan``. doing: what the progress display says meanwhile.
    share: the parts of the request budget that its HTTP requests are paid from. revisits: which places of open findings it looks
    at again. Raises RuleError.
    """
    shares = (share,) if isinstance(share, Share) else tuple(share)

    def decorate(function: _Function) -> _Function:
        makes = get_type_hints(function).get("return")
        if not isinstance(makes, type):
            raise RuleError(f"gatherer {function.__name__} does not say which kind of evidence it makes")
        made = Gatherer(
            function.__name__, makes, needs_of(function, function.__name__), function, ceiling, doing, revisits, shares
        )
        setattr(function, _ATTRIBUTE, made)
        return function

    return decorate


def gatherer_of(function: object) -> Gatherer | None:
    """The gatherer that the decorator made of this function, or None."""
    found = getattr(function, _ATTRIBUTE, None)
    return found if isinstance(found, Gatherer) else None
