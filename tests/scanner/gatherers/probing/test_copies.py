"""A copy of the shop is told by likeness; a language, AMP, a second brand and a handbook are none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scanner.evidence import Link, Page, Resource, Script
from scanner.gatherers.probing.copies import copied
from scanner.testing import HOST, ORIGIN, TWIN, page

NAMES = (HOST, TWIN)
PAGES = ("roses", "tulips.html", "lilies/white", "index.php?id=7", "terms")
FILES = ("css/shop.css", "js/shop.js")
GENERATOR = (("generator", "Florist 1.2"),)


def front(
    base: str = "/",
    *,
    title: str = "Petal & Stem",
    links: Sequence[str] = PAGES,
    files: Sequence[str] = FILES,
    at: str | None = None,
    metas: Sequence[tuple[str, str]] = GENERATOR,
    host: str = ORIGIN,
    html: str = "",
) -> Page:
    """A home page in a directory; ``at``: where its files lie, if elsewhere."""
    style, script = (f"{host}{base if at is None else at}{name}" for name in files)
    return page(
        base,
        title=title,
        links=[Link(f"{host}{base}{name}") for name in links],
        scripts=[Script(src=script)],
        resources=[Resource("link", "href", style, "stylesheet")],
        metas=metas,
        html=html,
    )


def alike(other: Page, home: Page | None = None, folder: str = "/old/", base: str = "/") -> tuple[str, ...]:
    return copied(home or front(base), base, other, folder, NAMES)


def test_a_copy_says_what_is_alike() -> None:
    assert alike(front("/old/")) == ("title: Petal & Stem", "generator: Florist 1.2", "5 of 5 links", "2 of 2 files")


@pytest.mark.parametrize(
    "copy",
    [
        front("/old/", metas=()),
        front("/old/", title="Petal & Stem (2019)"),
        front("/old/", title="PETAL  &  STEM", metas=()),
        front("/old/", links=PAGES[:3]),
        front("/old/", host=f"https://{TWIN}"),
        front("/old/", links=[*PAGES, "sale", "news", "jobs"]),
    ],
)
def test_an_older_state_of_the_shop_is_a_copy(copy: Page) -> None:
    assert alike(copy)


def test_a_shop_below_a_path_has_copies_too() -> None:
    assert alike(front("/old/"), base="/shop/")
    assert alike(front("/shop2/"), base="/shop/", folder="/shop2/")


@pytest.mark.parametrize(
    ("other", "folder"),
    [
        (front("/de/", title="Blüte & Stiel", at="/"), "/de/"),
        (front("/en/", at="/"), "/en/"),
        (front("/amp/", at="/amp-files/"), "/amp/"),
        (front("/brand/", title="Thorn & Leaf", metas=(), links=("boots", "gloves", "spades")), "/brand/"),
        (front("/brand/", title="Petal & Stem", links=("boots", "gloves", "spades")), "/brand/"),
        (front("/docs/", title="Handbook", links=("install", "backup", "roses")), "/docs/"),
        (front("/blog/", title="Petal & Stem", links=("2026/11/frost", "2026/10/bulbs", "about"), metas=()), "/blog/"),
        (front("/old/", title="", metas=()), "/old/"),
        (front("/old/", links=("roses", "terms")), "/old/"),
        (front("/"), "/old/"),
        (page("/old/", title="Petal & Stem"), "/old/"),
    ],
    ids=["language", "language, same title", "AMP", "second brand", "brand, same title", "handbook", "blog", "no title", "two links", "sent home", "bare"],
)  # fmt: skip
def test_what_only_belongs_to_the_shop_is_none(other: Page, folder: str) -> None:
    assert alike(other, folder=folder) == ()


def test_a_language_with_files_of_its_own_says_that_it_is_one() -> None:
    told = f"<link rel='alternate' hreflang='de' href='{ORIGIN}/de/'>"
    assert alike(front("/de/"), folder="/de/")
    assert alike(front("/de/"), front(html=told), "/de/") == ()
    assert alike(front("/de/", html=told), folder="/de/") == ()
    assert alike(front("/amp/"), front(html=f'<link rel="amphtml" href="{ORIGIN}/amp/">'), "/amp/") == ()


def test_the_shops_own_folder_is_no_copy_of_it() -> None:
    assert alike(front("/shop/"), base="/shop/", folder="/shop/") == ()
    assert alike(front("/"), base="/shop/", folder="/") == ()
    menu = [*(f"old/{name}" for name in PAGES), "terms"]
    assert alike(front("/old/"), front(links=menu)) == ()  # the home page only leads there


def test_hostile_addresses_are_read() -> None:
    odd = ("http://[", "https://petalandstem.example:99999/x", "javascript:1", "//", "\\\\x", "a" * 50_000)
    other = page("/old/", title="Petal & Stem", links=[Link(address) for address in odd])
    assert alike(other, page(title="Petal & Stem", links=[Link(address) for address in odd])) == ()
