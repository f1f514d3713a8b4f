"""Is an answer the shop's, or that of a check that stands before it and asks whether we are a person? Pure.

Told by structure: a page that leads nowhere in the shop and either runs a known program's check (``walls.toml``) or sets a cookie
by script and loads itself again. Words decide nothing: a shop may sell books about bots.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import islice
from urllib.parse import urlsplit

from scanner.evidence import Answer
from scanner.evidence.answer import MOVED
from scanner.gatherers.http.similarity import without
from scanner.text.urls import join

MOST_CHARS = 300_000
"""A check's page is no longer; a shop's may be."""
MOST_ANCHORS = 40
"""A check has a handful."""
MOST_SEEN = 8_000
"""Characters of a page that a script leaves at once, without what is not seen of it."""

_UNSEEN = (
    ("<!--", "-->"),
    ("<script", "</script"),
    ("<style", "</style"),
    ("<template", "</template"),
    ("<noscript", "</noscript"),
)
_PASSWORD = re.compile(r"<input\b[^<>]{0,500}\btype\s{0,5}=\s{0,5}[\"']?password")

_LEADS = re.compile(
    r"<(?:a|area)\b[^<>]{0,1000}?\bhref\s{0,5}=\s{0,5}([\"']?)([^\"'<>\s]{1,1000})\1"
    r"|<i?frame\b[^<>]{0,1000}?\bsrc\s{0,5}=\s{0,5}([\"']?)([^\"'<>\s]{1,1000})\3",
    re.IGNORECASE,
)
_SETS_COOKIE = re.compile(r"document\s*(?:\.\s*cookie|\[\s*[\"']cookie[\"']\s*\])\s*=(?!=)")
_LOADS_AGAIN = re.compile(
    r"\blocation\s*(?:\.\s*(?:reload|replace|assign)\s*\(|(?:\.\s*(?:href|search|hash)\s*)?=(?!=))|\.submit\s*\("
)


class Wall(StrEnum):
    """What stands in the shop's place."""

    CHECK = "check"
    GATE = "gate"
    PASSWORD = "password"  # noqa: S105  a kind, no secret
    PARKED = "parked"
    CLOSED = "closed"
    SCRIPT = "script"
    EMPTY = "empty"
    DEFAULT = "default"
    NOWHERE = "nowhere"


ALLOW_LIST = (
    "Ask your host or firewall provider to allow requests whose User-Agent begins with “shopwarden” from the address "
    "that you scan from, then scan again."
)
LET_IN = "let requests whose User-Agent begins with “shopwarden” pass it, then scan again."
BECAUSE = {
    Wall.CHECK: f"A bot check stands before the shop, so the shop itself was not seen. {ALLOW_LIST}",
    Wall.GATE: (
        "A gate stands before the shop (for the visitor's age or consent): every address shows it, so the shop itself was not "
        f"seen. Ask who keeps it to {LET_IN}"
    ),
    Wall.PASSWORD: (
        "The shop asks for a password at every address, so the shop itself was not seen. Open the shop, or ask who keeps it to "
        f"{LET_IN}"
    ),
    Wall.PARKED: (
        "A parking page stands where the shop should be: every address shows it. Ask your registrar or host where the name "
        "leads, then scan again."
    ),
    Wall.CLOSED: (
        "The shop is not open: every address shows the same page that announces it, or says that it is being worked on. Scan "
        f"again when it is open, or {LET_IN}"
    ),
    Wall.SCRIPT: (
        "The home page is nothing but a script, which a scan does not run, so the shop itself was not seen. If a browser ends at "
        f"another address, give that one. {ALLOW_LIST}"
    ),
    Wall.DEFAULT: (
        "The web server shows its own default page where the shop should be, so there is no shop to look at. Ask your host where "
        "the name leads, then scan again."
    ),
    Wall.EMPTY: "The home page is empty: nothing to see and nowhere to go. Scan again when the shop is there.",
    Wall.NOWHERE: (
        "Every address, a made-up one too, shows the same page, and it leads nowhere in the shop: a bot check, or a page that "
        f"stands in for the shop. {ALLOW_LIST}"
    ),
}
"""What an owner is told, and the advice that fits."""
WENT_UP = (
    "In the middle of the scan another page went up in place of the home page, and it leads nowhere in the shop: a bot check, or "
    f"a page that stands in for the shop. {ALLOW_LIST}"
)


def stands_before(check: str) -> str:
    """That a check of this name came in place of the home page."""
    return f"A bot check ({check}) stands before the shop, so the shop itself was not seen. {ALLOW_LIST}"


def went_up(check: str) -> str:
    """That a check of this name came when the shop had been seen."""
    return f"In the middle of the scan a bot check ({check}) went up before the shop. {ALLOW_LIST}"


def in_place_of(address: str, check: str) -> str:
    """That a check of this name came in place of an address."""
    return f"A bot check ({check}) answers in the shop's place at {address}."


@dataclass(frozen=True, slots=True)
class _Product:
    name: str
    marks: tuple[str, ...]
    headers: Mapping[str, frozenset[str]]
    only_home: bool


@dataclass(frozen=True, slots=True)
class _Known:
    products: tuple[_Product, ...]
    words: Mapping[str, tuple[str, ...]]


def check_on(answer: Answer, *, home: bool = False) -> str | None:
    """The name of the check that this answer is ("a script" where nobody knows it); None where it is none. home: whether it came
    in place of the home page."""
    if answer.gone or answer.status in MOVED:
        return None
    products = [product for product in _known().products if home or not product.only_home]
    for product in products:
        if any((answer.header(name) or "").strip().lower() in values for name, values in product.headers.items()):
            return product.name
    text = answer.text
    if not text or len(text) > MOST_CHARS or "html" not in (answer.content_type or "html"):
        return None
    lower = text.lower()
    if lower.count("<a ") > MOST_ANCHORS or _PASSWORD.search(lower):
        return None
    named = next((product.name for product in products if any(mark in lower for mark in product.marks)), None)
    if named is None and not _asks_again(text):
        return None
    return (named or "a script") if leads_nowhere(text, answer.address) else None


def bare(text: str) -> str:
    """A source in lower case without what a visitor does not see."""
    seen = text[:MOST_CHARS].lower()
    for start, end in _UNSEEN:
        seen = without(seen, start, end)
    return seen


def leads_nowhere(text: str, address: str) -> bool:
    """Whether a page has no link and no frame that leads to another place on its own host."""
    seen = bare(text)
    here = _place(address.lower())
    checks = [mark for product in _known().products for mark in product.marks if mark.startswith("/")]
    targets = (join(address, match[2] or match[4] or "") for match in islice(_LEADS.finditer(seen), MOST_ANCHORS * 10))
    places = [_place(to) for to in targets if to is not None and not any(mark in to for mark in checks)]
    return not any(place[0] == here[0] and place != here for place in places)


def _place(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return (parts.hostname or "").removeprefix("www."), parts.path or "/"


def words_for(kind: str) -> tuple[str, ...]:
    """Words by which a page that leads nowhere is named: ``parked``, ``closed``, ``gate``; ``default``: patterns of titles."""
    return _known().words[kind]


def is_default(title: str) -> bool:
    """Whether a title is that of a page which comes with a web server or a panel."""
    return any(re.fullmatch(pattern, " ".join(title.casefold().split())) for pattern in words_for("default"))


def _asks_again(text: str) -> bool:
    """Whether a script of the page sets a cookie and goes on from there."""
    return len(bare(text)) <= MOST_SEEN and any(
        _SETS_COOKIE.search(script) and _LOADS_AGAIN.search(script) for script in _scripts(text.lower())
    )


def _scripts(text: str) -> Iterator[str]:
    """What stands in the script elements of a source; a search, because a pattern would take quadratic time on a hostile page."""
    position = 0
    while (begin := text.find("<script", position)) >= 0 and (opened := text.find(">", begin)) >= 0:
        closed = text.find("</script", opened)
        yield text[opened + 1 : closed if closed >= 0 else len(text)]
        if closed < 0:
            return
        position = closed


@cache
def _known() -> _Known:
    data = tomllib.loads(files("scanner.gatherers.http").joinpath("walls.toml").read_text("utf-8"))
    return _Known(
        tuple(
            _Product(
                entry["name"],
                tuple(entry["marks"]),
                {name: frozenset(value.split("|")) for name, value in entry.get("headers", {}).items()},
                entry.get("only_home", False),
            )
            for entry in data["product"]
        ),
        {kind: tuple(words) for kind, words in data["words"].items()},
    )
