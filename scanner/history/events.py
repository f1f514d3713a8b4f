"""What may happen to a finding, or to the looking itself, and is told. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from scanner.rules.rule import Severity


class Change(StrEnum):
    """What happened to a finding. Kept by the change law.

    FIRST_SEEN: nobody knows how old it is, so it is told to nobody. FIRST_LOOK: likewise, but the owner has just set up what was
    looked at, and waits for the answer. NEXT_STEP: the owner has done the first step of a fix, and this is what is left of it; it
    is told to nobody either.
    """

    NEW = "new"
    FIXED = "fixed"
    CAME_BACK = "came-back"
    NO_LONGER_APPLIES = "no-longer-applies"
    FIRST_SEEN = "first-seen"
    FIRST_LOOK = "first-look"
    NEXT_STEP = "next-step"

    @property
    def told(self) -> bool:
        """Whether it is news for anybody."""
        return self not in {Change.FIRST_SEEN, Change.NEXT_STEP}


class Health(StrEnum):
    """What happened to the looking itself, or did not happen for too long. Outside the change law."""

    UNREACHABLE = "unreachable"
    BACK = "back"
    NOT_CONFIRMED = "not-confirmed"
    CHECK_DEAD = "check-dead"
    DATA_TOO_OLD = "data-too-old"
    RISK_EXPIRED = "risk-expired"
    STILL_OPEN = "still-open"


class Event(BaseModel):
    """One event. rule and subject are empty where it concerns the whole site.

    kind: a Change or a Health. counts: whether it may be told: neither accepted nor merely possible. because: what a person reads
    besides (why a site is unreachable). since: when what it tells of began (a finding's first night, the last confirmation).
    left: how many findings of a rule are still open when one is fixed. more: for how many others it stands as well: of the same
    kind, rule, severity and scan, beyond those that are told one by one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str
    at: datetime
    kind: Change | Health
    severity: Severity
    rule: str = ""
    subject: str = ""
    shown: str = ""
    location: str = ""
    because: str = ""
    since: datetime | None = None
    counts: bool = True
    left: int = 0
    more: int = 0

    @property
    def id(self) -> str:
        """32 hex digits, the same whenever the same scan is compared with the same knowledge."""
        parts = (self.site, self.at.astimezone(UTC).isoformat(), self.kind, self.rule, self.subject)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event with the grades of its site before and after that scan."""

    event: Event
    before: str | None
    after: str | None
