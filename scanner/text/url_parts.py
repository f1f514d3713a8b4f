"""The parts of a web address, for whoever needs nothing else: no client's library is loaded for them. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

_CODE_PAGES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859-2", "iso8859-5", "koi8-u", "utf-8")


def parts_of(address: str) -> SplitResult:
    """The parts of an address that a stranger wrote; all empty where it is none. Never raises."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def path_of(address: str) -> str:
    """The path of an address as it is written, ``/`` where it has none. Never raises."""
    return parts_of(address).path or "/"


def readings(text: str) -> tuple[str, ...]:
    """What a percent-encoded text can mean: UTF-8 as browsers write it, or else what each of Europe's old code pages makes of it,
    each different reading once."""
    if "%" not in text:
        return (text,)
    written = unquote_to_bytes(text)
    try:
        return (written.decode(),)
    except UnicodeDecodeError:
        return tuple(dict.fromkeys(written.decode(page, "replace") for page in _CODE_PAGES))
