"""The way to the shop's home page: decides whether there is anything to scan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.evidence.answer import Answer


class Welcome(StrEnum):
    """How the shop received us."""

    OPEN = "open"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    LOOP = "loop"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The first thing that a scan gathers.

    origin: scheme, host and port that the shop is read from (``https://shop.example``). base: the path that it lies below, found
    by where its front leads a browser (``/`` → ``/shop/``), else as typed.
    home: the home page's answer where welcome is OPEN. because: in the owner's words, where it is not.
    elsewhere: the other shop's address where welcome is ELSEWHERE. addresses: what the names resolved to, sorted.
    drawn: whether the home page is an empty one that a program fills in the browser.
    doubt: why the shop was read by http although it may have https, which broke off this time; else empty.
    """

    welcome: Welcome
    origin: str
    base: str
    gathered_at: datetime
    home: Answer | None = None
    because: str = ""
    elsewhere: str = ""
    addresses: tuple[str, ...] = ()
    doubt: str = ""
    drawn: bool = False
