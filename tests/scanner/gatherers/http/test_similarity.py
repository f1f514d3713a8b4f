from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.evidence import Answer
from scanner.gatherers.http.similarity import normal, same_but_for_chance, same_page

LAYOUT = "<html><head><title>{title}</title></head><body><nav>Home Shop Cart Login About</nav><main>{main}</main><footer>Petal</footer></body></html>"


def page(path: str, main: str, status: int = 200, title: str = "Petal & Stem") -> Answer:
    return Answer(f"https://shop.example{path}", status, (("content-type", "text/html"),), LAYOUT.format(title=title, main=main))


WORDS = "We are sorry but there is nothing at this address please go back to the start page and look for flowers again thank you"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (page("/a.zip", WORDS), page("/qwertyui.zip", WORDS)),
        (page("/backup", f"{WORDS} /backup"), page("/asdfghjk", f"{WORDS} /asdfghjk")),
        (page("/backup", f"{WORDS} 2026-11-21 10:33:01"), page("/b", f"{WORDS} 2026-11-22 11:34:59")),
        (
            page("/x", f"{WORDS} <input type='hidden' name=csrf value='a1'>"),
            page("/y", f"{WORDS} <input type='hidden' name=csrf value='zz'>"),
        ),
        (page("/x", f"{WORDS}<script>var t=1</script>"), page("/y", f"{WORDS}<script>var t=2</script>")),
        (page("/x", f"{WORDS} 0.123 seconds"), page("/y", f"{WORDS} 0.5 seconds")),
        (page("/x", f"{WORDS} deadbeefdeadbeef00"), page("/y", f"{WORDS} cafebabecafebabe11")),
    ],
)
def test_one_template_is_one_page(one: Answer, other: Answer) -> None:
    assert same_page(one, other)
    assert same_page(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            page("/admin", "<form><input name=u><input type=password name=p></form> Administration Sign in Forgotten password"),
            page("/x", WORDS),
        ),
        (page("/a", WORDS, 404), page("/b", WORDS, 200)),
        (page("/readme", "WordPress 5.2.3 First things first Welcome Installation Updating " * 3), page("/x", WORDS)),
        (page("/x", "short"), page("/y", WORDS * 5)),
    ],
)
def test_other_content_is_another_page(one: Answer, other: Answer) -> None:
    assert not same_page(one, other)


def test_redirects_are_compared_by_where_they_lead() -> None:
    def moved(path: str, to: str) -> Answer:
        return Answer(f"https://shop.example{path}", 302, (("location", to),))

    assert same_page(moved("/a1b2c3", "/login?next=a1b2c3"), moved("/x9y8z7", "/login?next=x9y8z7"))
    assert same_page(moved("/backup", "/de/backup"), moved("/asdfghjk", "/de/asdfghjk"))
    assert not same_page(moved("/admin", "/admin/login"), moved("/asdf", "/"))


def test_binary_answers_are_the_same_when_their_bytes_are() -> None:
    def zipped(path: str, head: bytes) -> Answer:
        return Answer(f"https://shop.example{path}", 200, (("content-type", "application/zip"),), "", head, 1000)

    assert same_page(zipped("/a.zip", b"PK\3\4aaaa"), zipped("/b.zip", b"PK\3\4aaaa"))
    assert not same_page(zipped("/a.zip", b"PK\3\4aaaa"), zipped("/b.zip", b"PK\3\4bbbb"))


def test_hostile_text_is_normalised_in_time() -> None:
    for bait in (
        "<script>" * 30_000,
        "<input type=hidden " * 15_000,
        "<!--" * 60_000,
        "a" * 262_144,
        "1" * 262_144,
        'nonce="' * 30_000,
    ):
        normal(Answer("https://shop.example/x", 200, (), bait))


PRODUCTS = [
    f"Bouquet{number} of {flower}{number} {price}99"
    for number, (flower, price) in enumerate(zip("abcdefgh" * 8, range(64), strict=True))
]


def shuffled(first: int, title: str = "Petal & Stem", menu: str = WORDS) -> Answer:
    """A home page that shows nine of its products, others each time."""
    return page("/", f"{menu} {' '.join(PRODUCTS[(first + 7 * step) % 64] for step in range(9))}", title=title)


def test_a_page_that_shows_other_products_each_time_is_known_by_what_stays() -> None:
    one, other, third = shuffled(0), shuffled(1), shuffled(2)
    assert not same_page(one, other)
    assert same_but_for_chance(third, one, other)


@pytest.mark.parametrize(
    "page",
    [
        shuffled(2, title="Another shop"),
        shuffled(2, title=""),
        shuffled(
            2, menu="Our garden centre sells tools seeds pots soil and everything else that you need outside all year round"
        ),
        page("/", "It works!"),
    ],
    ids=["another title", "no title", "another menu", "nothing of it"],
)
def test_what_lacks_it_is_another_page(page: Answer) -> None:
    assert not same_but_for_chance(page, shuffled(0), shuffled(1))


def test_of_a_page_that_stays_as_it_is_chance_explains_nothing() -> None:
    assert not same_but_for_chance(shuffled(2), shuffled(0), shuffled(0))


def test_two_pages_without_anything_in_common_tell_nothing() -> None:
    one, other = (page("/", " ".join(f"{letter}{number}" for number in range(200))) for letter in "ab")
    assert not same_but_for_chance(page("/", "c"), one, other)


def test_full_addresses_of_one_name_on_the_page_of_another_are_no_difference() -> None:
    """Shops write their own name into every link, also on the page that the name with "www" shows."""
    links = " ".join(f'<a href="https://shop.example/{path}">{path}</a>' for path in WORDS.split())
    one, other = page("/", links), page("/", links)
    www = replace(other, address="https://www.shop.example/")
    assert same_page(one, www)
    assert same_page(replace(one, address="http://shop.example/"), www)
    elsewhere = links.replace("shop.example", "another.example")
    assert not same_page(one, replace(page("/", elsewhere), address="https://www.shop.example/"))
