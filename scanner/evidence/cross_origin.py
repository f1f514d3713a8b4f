"""What the shop's server tells browsers about scripts of other sites (CORS), and what its error page sends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.answer import Answer
from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class CrossOriginAnswer:
    """What a page answered to a request that named this ``Origin`` (``null`` for a sandboxed frame)."""

    address: str
    origin: str
    answer: Answer | Unavailable


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """asked: pages by origins, in a stable order. error_page: the answer for an address that does not exist."""

    asked: tuple[CrossOriginAnswer, ...]
    error_page: Answer | Unavailable
    gathered_at: datetime
