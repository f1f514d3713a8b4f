"""Which folders are looked into for scripts beside the shop."""

from __future__ import annotations

from dataclasses import replace

from scanner.evidence import Link
from scanner.gatherers.probing.installations import MOST_FOLDERS, candidates
from scanner.scope.target import Target
from scanner.testing import ORIGIN, knowledge, page, pages

SHOP = Target.of(ORIGIN)


def test_each_usual_kind_of_script_is_among_those_looked_into() -> None:
    wanted = candidates(pages(), SHOP, knowledge())[:MOST_FOLDERS]
    assert {"/blog/", "/wordpress/", "/old/", "/shop/", "/forum/", "/wiki/", "/webmail/"} <= set(wanted)


def test_a_folder_whose_page_the_crawl_read_needs_no_look() -> None:
    seen = pages(page(links=[Link(f"{ORIGIN}/plants/peace-lily", "A lily"), Link(f"{ORIGIN}/journal/first", "The journal")]))
    assert {"/plants/", "/journal/"} <= set(candidates(seen, SHOP, knowledge()))
    read = replace(seen, others=(page("/plants"),))
    assert "/plants/" not in candidates(read, SHOP, knowledge())
    assert "/journal/" in candidates(read, SHOP, knowledge())
