"""May the crawl follow a link? Not where asking might change something, nor where it shows another view of the same. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import unquote_plus, urlsplit

from scanner.evidence import Link
from scanner.scope.safe_requests import Actions, might_act, sequences
from scanner.text.urls import REMEMBERED
from scanner.text.words import plain_words

_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,12})\Z")


@dataclass(frozen=True, slots=True)
class _Links:
    views: Actions
    texts: frozenset[str]
    extensions: frozenset[str]


def may_follow(address: str, link: Link | None = None) -> bool:
    """Whether an address is a page that is worth asking for and can be asked for without changing anything. Never raises.

    link: where the address was found, if on a page: its text can tell what the address does not. A file (image, PDF, archive …)
    is no page.
    """
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return False
    if scheme not in {"http", "https"} or is_file(address):
        return False
    if link is not None and plain_words(link.text[:200]) in _links().texts:
        return False
    return not might_act(address) and not _shows_another_way(address)


@lru_cache(REMEMBERED)
def _shows_another_way(address: str) -> bool:
    return _links().views.found_in(address)


def is_file(address: str) -> bool:
    """Whether the path ends like a file that is no page."""
    try:
        path = unquote_plus(urlsplit(address).path)
    except ValueError:
        return False
    extension = _EXTENSION.search(path)
    return extension is not None and extension[1].lower() in _links().extensions


@cache
def _links() -> _Links:
    data = tomllib.loads(files("scanner.gatherers.crawl").joinpath("unsafe_links.toml").read_text("utf-8"))
    views = data["views"]
    return _Links(
        views=Actions(
            phrases=frozenset(views["phrases"]), names=frozenset(views["names"]), sequences=sequences(views["sequences"])
        ),
        texts=frozenset(plain_words(text) for text in data["texts"]["all"]),
        extensions=frozenset(data["files"]["extensions"]),
    )
