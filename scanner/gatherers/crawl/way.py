"""The way to the checkout: basket, checkout and the customers' login, where no link leads there. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from scanner.evidence import Page, PageKind
from scanner.platforms import Knowledge, Way
from scanner.platforms.recognition import recognise

STATIONS = (PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN)


def unreached(pages: Iterable[Page]) -> tuple[PageKind, ...]:
    """The stations that none of the pages is. A page of the customers' account that asks for a password is their login."""
    reached = {PageKind.LOGIN if page.kind is PageKind.ACCOUNT and _asks_for_password(page) else page.kind for page in pages}
    return tuple(kind for kind in STATIONS if kind not in reached)


def usual_places(
    pages: Sequence[Page], names: Collection[str], base: str, knowledge: Knowledge
) -> tuple[tuple[PageKind, str, bool], ...]:
    """Where the stations that were not reached usually lie: places on the host, and whether they are those of the recognised
    platform, and no guesses.

    base: the shop's base path. names: the shop's host names.
    """
    here = [one for one in recognise(pages, names, knowledge.platforms) if one.directory == base]
    ways = [known.platform.way for one in here for known in (*one.parts, one)]
    wanted: list[tuple[PageKind, str, bool]] = []
    for kind in unreached(pages):
        own = [path for way in ways for path in _paths(way, kind)]
        paths = own or _paths(knowledge.generic.way, kind)
        wanted += [(kind, base.rstrip("/") + path, bool(own)) for path in paths[:1]]
    return tuple(wanted)


def _paths(way: Way, kind: PageKind) -> tuple[str, ...]:
    return {PageKind.CART: way.baskets, PageKind.CHECKOUT: way.checkouts, PageKind.LOGIN: way.logins}[kind]


def _asks_for_password(page: Page) -> bool:
    return any(form.has_password for form in page.forms)
