"""Which pages are visited: varied, the same in any order of links, and never lost in endless spaces."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.evidence import Link, Page, PageKind
from scanner.gatherers.crawl.frontier import MOST_OF_A_SHAPE, MOST_TRAPS, Frontier, is_trap
from tests.patience import cpu

SHOP = "https://petalandstem.example"


def covers(address):
    return address.split("/")[2] in {"petalandstem.example", "www.petalandstem.example"}


def page(path, links=()):
    return Page(SHOP + path, PageKind.OTHER, 200, links=tuple(Link(one if "://" in one else SHOP + one) for one in links))


def frontier(most=60, first=(), base="/"):
    return Frontier(SHOP + base, covers, base, most, first)


def paths(wave):
    return [address.removeprefix(SHOP) for address in wave]


def everything(one, size=8):
    visited = []
    while wave := one.next_wave(size):
        visited += wave
    return paths(visited)


SITE = [
    "/cart", "/checkout", "/login", "/my-account", "/search", "/privacy-policy", "/product-category/roses",
    "/product-category/tulips", *(f"/product/rose-{n}" for n in range(30)), "/blog/", "/blog/first-post", "/forum/viewtopic.php?t=3", "/about", "/contact",
    *(f"/calendar?month=2026-{n:02}" for n in range(1, 13)),
    *(f"/product-category/roses?color={n}&size=2&price=3" for n in range(20)),
]  # fmt: skip


def test_the_first_wave_holds_one_page_of_each_kind():
    one = frontier()
    one.learn(page("/", SITE))
    assert paths(one.next_wave()) == [
        "/cart", "/checkout", "/login", "/my-account", "/search", "/privacy-policy", "/product-category/roses", "/product/rose-0",
    ]  # fmt: skip
    assert paths(one.next_wave(2)) == ["/blog/", "/forum/viewtopic.php?t=3"]


def test_places_of_open_findings_come_before_everything():
    one = frontier(first=["/about", SHOP + "/old/readme", "https://other.example/x", "/cart/add/3", "/logo.png", "/about"])
    one.learn(page("/", SITE))
    assert paths(one.next_wave(3)) == ["/about", "/old/readme", "/cart"]


def test_any_order_of_links_gives_the_same_waves():
    site = (
        SITE
        + [one + "?utm_source=x" for one in SITE[:9]]
        + ["http://petalandstem.example/cart", "https://www.petalandstem.example/about"]
    )
    seen = set()
    for seed in range(12):
        mixed = random.Random(seed)
        links, deeper, sources = site[:], ["/a/1", "/a/2", "/b/x", "/cart"], ["/sitemap-page", "/b/y"]
        for some in (links, deeper, sources):
            mixed.shuffle(some)
        one = frontier(most=30)
        for learnt in mixed.sample(
            [lambda o=one, x=links: o.learn(page("/", x)), lambda o=one, x=sources: o.add_sources([SHOP + y for y in x])], 2
        ):
            learnt()
        first = one.next_wave()
        for address in mixed.sample(first, len(first)):
            one.learn(page(address.removeprefix(SHOP), deeper))
        seen.add((tuple(first), tuple(everything(one)), one.left_out))
    assert len(seen) == 1


def test_no_more_pages_than_allowed_and_the_rest_is_counted():
    one = frontier(most=10)
    one.learn(page("/", SITE))
    visited = everything(one)
    assert len(visited) == 9  # the home page was the tenth
    assert one.left_out == len(SITE) - 9
    assert one.next_wave() == []


def test_no_address_is_visited_twice_in_whatever_spelling():
    one = frontier()
    spellings = [
        "/a/b",
        "/a/./b",
        "/a/b#x",
        "/a/b?utm_medium=y",
        "/a/b?PHPSESSID=1",
        "http://petalandstem.example/a/b",
        "http://www.petalandstem.example/a/b",
    ]
    one.learn(page("/", [*spellings, "/", "/index.php", "/index.html", "https://www.petalandstem.example/"]))
    assert everything(one) == ["/a/b"]


def test_a_page_that_was_reached_by_a_redirect_counts_as_visited():
    one = frontier()
    one.learn(page("/", ["/a", "/b"]))
    one.learn(page("/b"))
    assert everything(one) == ["/a"]


def test_foreign_unsafe_and_file_links_are_left_alone():
    one = frontier()
    one.learn(
        page(
            "/",
            ["https://other.example/", "/cart/add/3", "/logout", "/catalogue.pdf", "https://petalandstem.example.evil.example/"],
        )
    )
    one.add_sources(["https://other.example/x", "/img.png", "mailto:x", "/wanted"])
    assert everything(one) == ["/wanted"]


def test_whether_it_is_ours_is_asked_once_for_each_host():
    asked = []
    one = Frontier(SHOP + "/", lambda address: asked.append(address) or True, "/", 60)
    one.learn(page("/", [f"/p{n}" for n in range(50)]))
    assert asked == [SHOP + "/"]


def test_endless_spaces_come_last_and_are_a_handful():
    one = frontier(most=500)
    calendar = [f"/events?month={n}" for n in range(200)] + [
        f"/events/{year}/{month}" for year in range(1990, 2020) for month in range(1, 12)
    ]
    facets = [f"/roses?color={a}&size={b}&sort={c}" for a in range(5) for b in range(5) for c in range(5)]
    deep = ["/x" * n + "/y" for n in range(3, 30)]
    one.learn(page("/", [*calendar, *facets, *deep, "/about", "/zoo"]))
    visited = everything(one)
    assert visited[:2] == ["/zoo", "/about"]
    assert len(visited) <= 2 + MOST_TRAPS
    assert one.left_out > 500


def test_a_thousand_pages_of_one_shape_are_a_dozen():
    one = frontier(most=500)
    one.learn(page("/", [f"/posts/{n}" for n in range(1_000)] + [f"/notes/{n}.html" for n in range(5)]))
    visited = everything(one)
    assert sum(path.startswith("/posts/") for path in visited) == MOST_OF_A_SHAPE
    assert sum(path.startswith("/notes/") for path in visited) == 5
    assert [path.split("/")[1] for path in visited[:2]] == ["notes", "posts"]


def test_many_directories_leave_room_for_the_rest():
    one = frontier(most=31)
    one.learn(
        page(
            "/", [f"/dir{chr(97 + a)}{chr(97 + b)}/x" for a in range(20) for b in range(20)] + [f"/product/{n}" for n in range(9)]
        )
    )
    visited = everything(one)
    assert "/product/0" in visited[:3]
    assert "/product/1" in visited[:14]


def test_what_lies_beside_the_shops_base_path_is_seen_early():
    one = frontier(base="/shop/")
    one.learn(page("/shop/", ["/shop/cart", *(f"/shop/roses/{n}" for n in range(40)), "/wordpress/?p=1", "/blog/post"]))
    visited = everything(one)
    assert visited[0] == "/shop/cart"
    assert {"/wordpress/?p=1", "/blog/post"} <= set(visited[:4])


@pytest.mark.parametrize(
    "path",
    [
        "/roses?color=red", "/roses?a=1&b=2&c=3", "/roses?page=3", "/roses/page/3", "/roses?p=2", "/roses?sort=price",
        "/roses?order=asc&dir=x",
        "/events/2026/05", "/events/2026/05/12/", "/events?d=2026-05-12", "/a/b/a/b", "/x/x/x", "/1/2/3/4/5/6/7", "/" + "x" * 500,
        "/filter/red", "/roses?filter[color]=red", "/x?replytocom=3", "/x?token=0123456789abcdef0123456789", "/events/2026-05",
    ],
)  # fmt: skip
def test_traps(path):
    assert is_trap(SHOP + path)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/?p=12", "/index.php?page=3", "/index.php?route=product/product&path=20_3&product_id=4",
        "/index.php?option=com_virtuemart&view=productdetails&virtuemart_product_id=1&virtuemart_category_id=2&Itemid=9",
        "/blog/2026/05/my-post/", "/product_info.php?cPath=1_2&products_id=3", "/roses/red/roses", "/a/b/c/d/e/f",
        "/vintage-2026", "/size-guide", "/p/12",
    ],
)  # fmt: skip
def test_no_traps(path):
    assert not is_trap(SHOP + path)


@settings(max_examples=60)
@given(st.lists(st.text(st.sampled_from("ab/?=&.1-%#:@[]\\ ä"), max_size=12), max_size=30), st.integers(-3, 20))
def test_never_raises_and_never_repeats(references, most):
    one = frontier(most=most, first=references[:2])
    one.add_sources(references)
    one.learn(page("/", [SHOP + "/" + reference for reference in references]))
    visited = everything(one, size=3)
    assert len(visited) == len(set(visited)) <= max(0, most - 1)
    assert one.left_out >= 0


def test_a_hostile_shop_takes_bounded_time():
    one = frontier()
    with cpu(15):
        for wave in range(2):
            one.learn(
                page(
                    f"/w{wave}",
                    [
                        f"/{wave}/{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}/{'x' * (n % 50)}?q{n % 7}=1"
                        for n in range(5_000)
                    ],
                )
            )
            one.next_wave()
        assert everything(one)


def test_a_kinds_first_page_is_the_shops_own_and_plain():
    one = frontier()
    facets = [f"/12-roses?q=Color-{n}" for n in range(9)]
    one.learn(page("/", [*facets, "/12-roses", "/13-tulips", "/wordpress/wp-login.php", "/customer/account/login/?back=cart"]))
    assert paths(one.next_wave(2)) == ["/customer/account/login/?back=cart", "/12-roses"]


def test_one_wave_does_not_bring_more_of_a_kind_than_there_is_plenty_of():
    """What a page's shape is known to be counts at once, not only when the wave was read."""
    folders = ("aa", "bb", "cc", "dd", "ee", "ff")
    one = frontier()
    one.learn(page("/", [f"/{folder}/lovely-{name}-rose" for folder in folders for name in ("red", "white", "pink", "late")]))
    for address in one.next_wave(len(folders)):  # one in each folder; the addresses say nothing, the pages are products
        one.learn(Page(address, PageKind.PRODUCT, 200))
    assert len(one.next_wave()) == 2  # to the usual eight of a kind
