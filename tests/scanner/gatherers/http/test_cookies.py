"""Cookies are read as browsers read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.evidence import Cookie
from scanner.gatherers.http.cookies import MOST_ATTRIBUTES, MOST_COOKIES, cookies_of, read_cookie


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
