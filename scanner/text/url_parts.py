"""The parts of a web address, for whoever needs nothing else: no client's library is loaded for them. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def parts_of(address: str) -> SplitResult:
    """The parts of an address that a stranger wrote; all empty where it is none. Never raises."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def path_of(address: str) -> str:
    """The path of an address as it is written, ``/`` where it has none. Never raises."""
    return parts_of(address).path or "/"
