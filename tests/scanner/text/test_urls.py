"""Addresses are read as browsers read them, and brought into one form."""

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.text import urls
from scanner.text.urls import MOST_CHARS, canonical, join, parameters, shape
from tests.patience import cpu

PAGE = "https://petalandstem.example/shop/roses?x=1#top"


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("", "https://petalandstem.example/shop/roses?x=1"),
        ("#a", "https://petalandstem.example/shop/roses?x=1"),
        ("?y=2", "https://petalandstem.example/shop/roses?y=2"),
        ("red.html", "https://petalandstem.example/shop/red.html"),
        ("../../../cart", "https://petalandstem.example/cart"),
        ("//cdn.example/a.js", "https://cdn.example/a.js"),
        ("//cdn.example", "https://cdn.example/"),
        ("///cdn.example/a.js", "https://cdn.example/a.js"),
        ("\\\\cdn.example\\a.js", "https://cdn.example/a.js"),
        ("https://ex.example\\@evil.example/", "https://ex.example/@evil.example/"),
        ("HTTPS://EX.example:443/A/../b#f", "https://ex.example/b"),
        ("https:/cart", "https://petalandstem.example/cart"),
        ("http:cart", "http://cart/"),
        (" \t/ca\nrt\r ", "https://petalandstem.example/cart"),
        ("/red rose", "https://petalandstem.example/red%20rose"),
        ("/a\x00b\x1f", "https://petalandstem.example/a%00b"),
        ("/a?b=\\c", "https://petalandstem.example/a?b=%5Cc"),
        ("/50%", "https://petalandstem.example/50%25"),
        ("/żółw?q=ä", "https://petalandstem.example/%C5%BC%C3%B3%C5%82w?q=%C3%A4"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://BÜCHER.example:8080/x", "http://xn--bcher-kva.example:8080/x"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://user:pw@ex.example/", "http://***@ex.example/"),
    ],
)
def test_join_reads_like_a_browser(reference, address):
    assert join(PAGE, reference) == address


@pytest.mark.parametrize(
    "reference",
    [
        "javascript:alert(1)", " JavaScript:x", "java\nscript:x", "data:text/html,x", "mailto:a@b.example", "tel:1", "ftp://x.example/",
        "a:b", "//", "///", "http://", "https:///", "http://[::1", "http://[zz]/", "http://ex ample/", "http://ex.example:99999/",
        "http://ex.example:0/", "http://ex.example:x/", "http://../", "http://./", "http://a..:1:2/", "http://%00/", "http://ex%20/",
        "x" * (MOST_CHARS + 1),
    ],
)  # fmt: skip
def test_join_knows_what_is_no_address(reference):
    assert join(PAGE, reference) is None


def test_join_without_a_base_takes_only_absolute_references():
    assert join("", "https://a.example") == "https://a.example/"
    assert join("", "/cart") is None
    assert join("not an address", "cart") is None


@pytest.mark.parametrize(
    ("address", "one_form"),
    [
        ("HTTPS://Shop.Example:443/a/./b/../c?z=1&a=2#f", "https://shop.example/a/c?z=1&a=2"),
        ("http://shop.example:80", "http://shop.example/"),
        ("http://shop.example:8080/?", "http://shop.example:8080/"),
        ("https://shop.example:80/", "https://shop.example:80/"),
        ("https://shop.example/a/%2e%2E/b", "https://shop.example/b"),
        ("https://shop.example/a/..", "https://shop.example/"),
        ("https://shop.example/a/b/.", "https://shop.example/a/b/"),
        ("https://shop.example/p?utm_source=x&id=1&gclid=y&fbclid=z", "https://shop.example/p?id=1"),
        ("https://shop.example/p?osCsid=abc&b=2&zenid=1&PHPSESSID=q", "https://shop.example/p?b=2"),
        ("https://shop.example/p?sid=0123456789abcdef01&sid=12&route=a/b", "https://shop.example/p?sid=12&route=a/b"),
        ("https://shop.example/p;jsessionid=ABC?x", "https://shop.example/p?x"),
        ("https://shop.example//a//b/", "https://shop.example//a//b/"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("http://[", "http://["),
    ],
)
def test_canonical(address, one_form):
    assert canonical(address) == one_form
    assert canonical(one_form) == one_form


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/blog/2026/05/red-roses-12.html?page=3", "/blog/#/#/*.html?page"),
        ("/index.php?product_id=3&route=product/product", "/index.php?product_id&route=product/product"),
        ("/index.php?route=product/product&product_id=4", "/index.php?product_id&route=product/product"),
        ("/c/0123abcd9f", "/c/*"),
        ("/roses", "/roses"),
        ("/roses_and_more/", "/*/"),
        ("/?p=12", "/?p"),
        ("/list?a2=1&a1=2", "/list?a#"),
    ],
)
def test_shape(path, template):
    assert shape("https://shop.example" + path) == template


def test_parameters_are_decoded_in_order():
    assert parameters("https://shop.example/?b=1%202&a&=x&b=+") == (("b", "1 2"), ("a", ""), ("", "x"), ("b", " "))


URLISH = st.text(st.sampled_from("abzA09:/\\?#@[]%.;=&- \t\n\x00ßäż⁄。😀xn") | st.characters(), max_size=60)


@settings(max_examples=400)
@given(URLISH, URLISH)
@example("https://a.example/", "//xn--\u00df.example")
@example("http://[v1.a]/", "x")
def test_whatever_a_page_says_never_raises_and_stays_fetchable(base, reference):
    for start in (base, "https://a.example/" + base):
        for text in (reference, "//" + reference, "http://" + reference):
            found = join(start, text)
            if found is not None:
                assert found.isascii()
                assert not set(found) & set(" \t\n\r\\#\x00")
                url = httpx.URL(found)
                assert url.scheme in {"http", "https"}
                assert url.host
                assert canonical(canonical(found)) == canonical(found)
                assert join(found, found) is not None
            shape(text)
            parameters(text)
            canonical(text)


@pytest.mark.parametrize(
    "reference", ["/" * 8_000, "../" * 2_600, "%" * 8_000, "http://" + "a." * 3_900, "?" + "&" * 7_900, "-" * 8_000, "1" * 8_000]
)
def test_long_references_take_little_time(reference):
    with cpu(2):
        for _ in range(20):
            join(PAGE, reference)
            canonical("https://shop.example/" + reference)
            shape("https://shop.example/" + reference)


PIECES = st.sampled_from(
    [*"abC01/._~-?=&%;:#@! \\", "//", "/./", "..", "https://", "http://", "shop.example", "www.a-b.co.uk", "%20", "/index.php", "x?r=a/b", "1.2.3.4"]
)  # fmt: skip
BASES = st.sampled_from(
    [
        "https://shop.example/",
        "https://shop.example",
        "https://shop.example/a/b.html?x=1",
        "http://www.a-b.co.uk/shop/",
        "https://shop.example/a//b/../c",
        "https://shop.example:8443/",
        "https://SHOP.example/?",
        "https://1.2.3.4/",
        "",
    ]
)


@given(BASES, st.lists(PIECES, max_size=6).map("".join))
@settings(max_examples=600)
def test_the_ordinary_case_comes_out_as_by_the_library(base, reference):
    plain = urls._plainly_joined(base, reference)
    if plain is not None:
        assert plain == urls._joined(urls._written(base), urls._written(reference.partition("#")[0]))
        assert plain == join(base, reference)


def test_the_ordinary_case_is_what_shops_write():
    for reference in (
        "/",
        "/roses/red-1.html",
        "tulips.html?page=2",
        "?sort=a",
        "#top",
        "",
        "https://cdn.example/a.js?v=1.2",
        "/a/b/",
    ):
        assert urls._plainly_joined("https://shop.example/garden/", reference) is not None
