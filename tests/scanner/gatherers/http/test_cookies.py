"""Cookies are read as browsers read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.evidence import Cookie
from scanner.gatherers.http.cookies import MOST_ATTRIBUTES, MOST_COOKIES, Jar, cookies_of, read_cookie
from tests.odd_answers import COOKIES


@pytest.mark.parametrize(
    ("header", "cookie"),
    [
        ("sid=1; Path=/; Secure; HttpOnly", Cookie("sid", (("path", "/"), ("secure", ""), ("httponly", "")))),
        (" sid = a=b ;SameSite = Lax", Cookie("sid", (("samesite", "Lax"),))),
        ("sid=1; Partitioned", Cookie("sid", (("partitioned", ""),))),
        ('cart={"a":1}; max-age=5', Cookie("cart", (("max-age", "5"),))),
        ("naïve=ü; c", Cookie("naïve", (("c", ""),))),
        ("sid=1;;; ;Secure=yes", Cookie("sid", (("secure", "yes"),))),
        ("gone=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", Cookie("gone", (("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),))),
        ("sid=…; Secure", Cookie("sid", (("secure", ""),))),
        ("no-equals; Secure", None),
        ("=no-name; Secure", None),
        ("", None),
        (";", None),
    ],
)
def test_reads_one_cookie(header, cookie):
    assert read_cookie(header) == cookie


def test_the_last_attribute_counts():
    cookie = read_cookie("a=1; Path=/x; path=/")
    assert cookie is not None
    assert cookie.attribute("path") == "/"


def test_values_never_stay():
    assert "geheim" not in repr(read_cookie("sid=geheim; Path=/"))


def test_takes_them_from_the_headers_in_order_and_bounded():
    headers = (("set-cookie", "a=1"), ("x", "set-cookie"), ("set-cookie", "bad"), ("set-cookie", "b=2"))
    assert [cookie.name for cookie in cookies_of(headers)] == ["a", "b"]
    assert len(cookies_of(headers * 1_000)) == MOST_COOKIES
    cookie = read_cookie("a=1" + ";b=2" * 10_000)
    assert cookie is not None
    assert len(cookie.attributes) == MOST_ATTRIBUTES


@given(st.text())
def test_never_raises(text):
    read_cookie(text)
    read_cookie("a=" + text)


HOME = "http://petalandstem.example/"


@pytest.mark.parametrize("name", COOKIES)
def test_keeps_and_sends_as_a_browser_does(name):
    given, sent = COOKIES[name]
    jar = Jar()
    jar.take(HOME, [given])
    assert jar.header(HOME) == sent


def test_a_cookie_goes_where_it_belongs():
    jar = Jar()
    jar.take(
        "https://petalandstem.example/shop/roses", ["a=1", "b=2; Path=/; Secure", "c=3; Domain=petalandstem.example; Path=/"]
    )
    assert jar.header("https://petalandstem.example/shop/") == "a=1; b=2; c=3", "the longest path first"
    assert jar.header("https://petalandstem.example/shopping") == "b=2; c=3"
    assert jar.header("https://www.petalandstem.example/shop/") == "c=3"
    assert jar.header("http://petalandstem.example/shop/x") == "a=1; c=3"
    assert jar.header("https://notpetalandstem.example/") == ""


def test_what_is_set_again_is_the_same_cookie_and_an_end_takes_it_away():
    jar = Jar()
    jar.take(HOME, ["a=1; Path=/"])
    once = jar.state
    jar.take(HOME, ["a=1; Path=/"])
    assert jar.state == once
    jar.take(HOME, ["a=2; Path=/"])
    assert jar.state != once
    jar.take(HOME, ["a=2; Path=/; Max-Age=-1"])
    assert jar.state == frozenset()


def test_the_jar_is_bounded():
    jar = Jar()
    for number in range(2_000):
        jar.take(HOME, [f"c{number}={'v' * 10}; Path=/"])
    jar.take(HOME, [f"big={'v' * 5_000}; Path=/", "a\x01=1", "c0=changed; Path=/"])
    assert len(jar.state) == MOST_COOKIES
    assert "c0=changed" in jar.header(HOME)


@given(st.text(), st.text())
def test_the_jar_never_raises(text, attributes):
    jar = Jar()
    jar.take(HOME, [text, f"a={text}; {attributes}", f"a=1; Expires={attributes}; Max-Age={text}"])
    jar.header(HOME)


def test_the_twin_with_www_is_the_same_visitor_and_nobody_else_is() -> None:
    jar = Jar(["shop.example", "www.shop.example"])
    jar.take("https://shop.example/", ["session=1; Path=/"])
    assert jar.header("https://www.shop.example/") == "session=1"
    assert jar.header("https://blog.shop.example/") == ""
