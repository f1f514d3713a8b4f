"""What was seen: a frozen value that judges nothing. Its fields are plain, so that a recording can keep it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner import Answer, Unavailable


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The answer at the well-known address for changing a password, and at one that nobody has."""

    answer: Answer | Unavailable
    control: Answer | Unavailable
    gathered_at: datetime
