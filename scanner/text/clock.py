"""The time: one seam, so that whatever needs "now" can be told another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class Clock:
    """The system's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class StoppedClock(Clock):
    """A clock that always shows the same moment; ``at`` carries its time zone."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a moment needs its time zone")

    def now(self) -> datetime:
        """The moment that it was stopped at, in UTC."""
        return self.at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ShiftedClock(Clock):
    """A clock that goes before or after another; ``by`` is what it shows more."""

    clock: Clock
    by: timedelta

    def now(self) -> datetime:
        """The present moment as that clock would have it, in UTC."""
        return self.clock.now() + self.by
