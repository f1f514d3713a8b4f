"""Which evidence is wanted → each gatherer once → a value, Unavailable, or Nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scanner.evidence import Unavailable
from scanner.gatherers.contract import CouldNotGather, Gathered, Gatherer, Nothing, NothingToGather
from scanner.rules.rule import RuleError

log = logging.getLogger(__name__)

WIND_DOWN_SECONDS = 3.0


class Gathering:
    """Gathers each wanted kind once; what is already at hand (tools, recorded evidence) is taken as it is.

    tools: type → value. gatherers: by the kind they make. doing: told what is being looked at.
    """

    def __init__(
        self,
        gatherers: Mapping[type, Gatherer],
        tools: Mapping[type, Any],
        doing: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._gatherers = gatherers
        self._tools = tools
        self._doing = doing
        self._tasks: dict[type, asyncio.Task[Any]] = {}

    async def gather(self, kinds: Iterable[type], ended: asyncio.Future[str] | None = None) -> Gathered:
        """All wanted kinds and whatever they rest on, concurrently.

        ended: set from outside with the reason when the scan must end now; what is not there yet becomes Unavailable.
        """
        for kind in sorted(set(kinds), key=lambda kind: kind.__name__):
            _ = self._task(kind)
        while pending := {task for task in self._tasks.values() if not task.done()}:
            await asyncio.wait({*pending, ended} if ended else pending, return_when=asyncio.FIRST_COMPLETED)
            if ended is not None and ended.done():
                await self._wind_down(ended.result())
        return {kind: task.result() for kind, task in self._tasks.items()}

    async def _wind_down(self, because: str) -> None:
        """Let gatherers keep what they have, for a moment; then end them."""
        pending = {task for task in self._tasks.values() if not task.done()}
        if pending:
            await asyncio.wait(pending, timeout=WIND_DOWN_SECONDS)
        for kind, task in list(self._tasks.items()):
            if not task.done():
                task.cancel()
                self._tasks[kind] = asyncio.create_task(_value(Unavailable(because)))
        await asyncio.wait(set(self._tasks.values()))

    def _task(self, kind: type) -> asyncio.Task[Any]:
        if kind not in self._tasks:
            self._tasks[kind] = asyncio.create_task(self._make(kind), name=kind.__name__)
        return self._tasks[kind]

    async def _make(self, kind: type) -> Any:
        maker = self._gatherers[kind]
        arguments: dict[str, Any] = {}
        for need in maker.needs:
            if need.kind in self._tools:
                arguments[need.name] = self._tools[need.kind]
                continue
            value = await asyncio.shield(self._task(need.kind))
            if isinstance(value, Nothing) and need.takes_unavailable:
                value = Unavailable(value.because)
            if isinstance(value, Nothing) or (isinstance(value, Unavailable) and not need.takes_unavailable):
                return value
            arguments[need.name] = value
        self._doing(maker.doing)
        try:
            return await maker.run(**arguments)
        except NothingToGather as reason:
            return Nothing(str(reason))
        except CouldNotGather as reason:
            return Unavailable(str(reason))
        except Exception as error:
            log.exception("the gatherer %s failed", maker.name)
            return Unavailable(f"Our own defect in looking at this ({type(error).__name__}); please report it.", defect=True)


async def _value(value: Any) -> Any:
    return value


def closed(gatherers: Mapping[type, Gatherer], tools: Iterable[type]) -> None:
    """Refuse gatherers that need what nobody makes, or that wait for each other. Raises RuleError."""
    at_hand = set(tools)
    done: set[type] = set()

    def visit(kind: type, path: tuple[type, ...]) -> None:
        if kind in done or kind in at_hand:
            return
        if kind in path:
            raise RuleError("gatherers wait for each other: " + " → ".join(k.__name__ for k in (*path, kind)))
        if kind not in gatherers:
            raise RuleError(f"no gatherer makes {kind.__name__}" + (f", which {path[-1].__name__} needs" if path else ""))
        for need in gatherers[kind].needs:
            visit(need.kind, (*path, kind))
        done.add(kind)

    for kind in gatherers:
        visit(kind, ())
