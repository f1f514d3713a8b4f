"""Cookies as browsers read them, and sessions in addresses."""

from __future__ import annotations

import pytest

from checks.browser.cookies import cookie_insecure, cookie_samesite_missing, cookie_script_readable, is_session, session_id_in_url
from scanner import Cookie, Form, Found, Link, NotApplicable, Passed, Verdict
from scanner.gatherers.http.cookies import read_cookie
from scanner.testing import installation, installations, page, pages

OWN = installations()
SAFE = "OCSESSID=x; Path=/; Secure; HttpOnly; SameSite=Lax"


def cookie(header: str) -> Cookie:
    read = read_cookie(header)
    assert read is not None
    return read


def verdicts(*headers: str, address: str = "/") -> list[Verdict]:
    shop = pages(page(address, cookies=[cookie(header) for header in headers]))
    return [rule(shop, OWN) for rule in (cookie_insecure, cookie_script_readable, cookie_samesite_missing)]


def found(*headers: str) -> str:
    """``s`` for cookie-insecure, ``h`` for cookie-script-readable, ``m`` for cookie-samesite-missing."""
    return "".join(letter for letter, verdict in zip("shm", verdicts(*headers), strict=True) if isinstance(verdict, Found))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (SAFE, ""),
        ("OCSESSID=x; path=/", "shm"),
        ("PHPSESSID=x; path=/; secure", "hm"),
        ("PHPSESSID=x; path=/; HttpOnly; SameSite=Strict", "s"),
        ("PrestaShop-0123456789abcdef0123456789abcdef=x; secure; HttpOnly; samesite=lax", ""),
        ("wp_woocommerce_session_0123=x; Secure; HttpOnly", "m"),
        ("frontend=x; HttpOnly; Secure; SameSite=Lax", ""),
        ("zenid=x", "shm"),
        ("laravel_session=x; httponly; samesite=lax", "s"),
        ("ASP.NET_SessionId=x; HttpOnly; SameSite=Lax", "s"),
        ("JSESSIONID=x; Path=/; Secure; HttpOnly; SameSite=None", ""),
        ("JSESSIONID=x; Path=/; HttpOnly; SameSite=None", "sm"),
        ("JSESSIONID=x; Path=/; Secure; HttpOnly; SameSite=", "m"),
        ("JSESSIONID=x; Path=/; Secure; HttpOnly; SameSite=Loose", "m"),
        ("XSRF-TOKEN=x; Secure; SameSite=Lax", ""),  # a script reads it by design
        ("wordpress_test_cookie=x; Secure; SameSite=Lax", ""),
        ("wordpress_test_cookie=WP+Cookie+check; path=/; secure", ""),
        ("wp-settings-time-1=1700000000; path=/", ""),
        ("cookie_test=please_accept_for_session; path=/", ""),
        ("TestCookie=1; path=/", ""),
        ("ARRAffinitySameSite=x; Path=/", ""),
        ("ApplicationGatewayAffinityCORS=x; Path=/", ""),
        ("BIGipServerpool_shop=1.2.3; path=/", ""),
        ("TS01a2b3c4=x; Path=/", ""),
        ("aws-waf-token=x; Path=/", ""),
        ("_pxhd=x; Path=/", ""),
        ("GCLB=x; path=/; HttpOnly", ""),
        ("TSHIRTS=x; path=/", "m"),
        ("serverside_cart=x; path=/", "m"),
        ("language=en; Secure; SameSite=Lax", ""),
        ("currency=EUR", "m"),
        ("inside_outside=x; SameSite=Lax", ""),
        ("__cf_bm=x; path=/", ""),
        ("AWSALB=x; path=/", ""),
        ("_ga_ABC123=x", ""),
        ("incap_ses_123_456=x", ""),
        ("OCSESSID=deleted; Max-Age=0", ""),
        ("OCSESSID=; expires=Thu, 01-Jan-1970 00:00:01 GMT", ""),
        ("OCSESSID=deleted; expires=Fri, 02-May-2025 10:00:00 GMT", ""),
        ("OCSESSID=x; expires=Thu, 01 Jan 99999999999999999999 00:00:01 GMT", "shm"),
        ("__Host-sid=x; Path=/; Secure; HttpOnly; SameSite=Lax; Partitioned", ""),
    ],
)
def test_cookies(header: str, expected: str) -> None:
    assert found(header) == expected


def test_what_a_service_sets_is_said_and_not_blamed() -> None:
    verdict = verdicts("__cf_bm=x", SAFE)[2]
    assert verdict == Passed(("/",), "Set by services that you cannot change: __cf_bm.")


def test_the_name_is_the_subject_and_random_tails_are_not() -> None:
    verdict = verdicts("ASPSESSIONIDQQRTSBDA=x; path=/")[0]
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == ("ASPSESSIONID…", ("/",))
    assert finding.shown == "Set-Cookie: ASPSESSIONID…=… has no Secure attribute."


def test_one_cookie_on_several_pages_is_one_finding() -> None:
    bad = cookie("PHPSESSID=x; HttpOnly; SameSite=Lax")
    verdict = cookie_insecure(pages(page(cookies=[bad]), page("/cart?x=1", cookies=[bad])), OWN)
    assert isinstance(verdict, Found)
    assert len(verdict.findings) == 1
    assert verdict.findings[0].places == ("/", "/cart")
    assert verdict.findings[0].locations[1].endswith("/cart")


def test_without_https() -> None:
    secure, readable, _ = verdicts("PHPSESSID=x; SameSite=Lax", address="http://petalandstem.example/")
    assert isinstance(secure, NotApplicable)
    assert isinstance(readable, Found)


def test_a_hosted_platforms_cookies_are_not_the_owners() -> None:
    shop = pages(page(cookies=[cookie("PHPSESSID=x")]))
    assert isinstance(cookie_insecure(shop, installations(installation("shopify", hosted=True))), NotApplicable)


@pytest.mark.parametrize(
    "name", ["osCsid", "zenid", "sid", "connect.sid", "OCSESSID", "auth", "user_token", "remember_me", "frontend"]
)
def test_sessions(name: str) -> None:
    assert is_session(Cookie(name))


@pytest.mark.parametrize(
    "name", ["sidebar", "residence", "author", "mage-cache-sessid", "csrftoken", "cart", "lang", "considered"]
)
def test_no_sessions(name: str) -> None:
    assert not is_session(Cookie(name))


@pytest.mark.parametrize(
    ("cookie", "session"),
    [
        (Cookie("ceid", opaque=True, parameter="ceid"), True),
        (Cookie("shown", opaque=True, parameter="k"), True),
        (Cookie("csrf", opaque=True, parameter="token"), False),
        (Cookie("login_banner", opaque=False), False),
        (Cookie("auth_hint", opaque=False), False),
        (Cookie("login", opaque=True), True),
        (Cookie("cfid", opaque=False), True),  # ColdFusion counts its sessions
    ],
)
def test_a_name_alone_makes_no_session_and_a_value_in_two_places_does(cookie: Cookie, session: bool) -> None:
    assert is_session(cookie) is session


def test_a_session_that_travels_is_found_in_addresses_and_as_a_cookie() -> None:
    shop = pages(page(cookies=[Cookie("ceid", opaque=True, parameter="ceid")]))
    for rule in (cookie_insecure, cookie_script_readable):
        verdict = rule(shop, OWN)
        assert isinstance(verdict, Found)
        assert verdict.findings[0].subject == "ceid"
    travels = session_id_in_url(shop)
    assert isinstance(travels, Found)
    assert travels.findings[0].shown == "/ links to addresses with ceid=…, the value of the cookie ceid"


ID = "a1b2c3d4e5f60718293a4b5c6d"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"/index.php?cPath=1&osCsid={ID}", "osCsid"),
        (f"/cart?PHPSESSID={ID}#top", "PHPSESSID"),
        (f"/shop;jsessionid={ID}.node1", "jsessionid"),
        (f"/?sid={ID}", "sid"),
        (f"/?force_sid={ID}", "force_sid"),
        ("/?sid=42", ""),
        ("/?osCsid=", ""),
        ("/?product=a1b2c3d4e5f60718293a4b5c6d", ""),
        (f"https://pay.example/?sid={ID}", ""),
        ("/?" + "a=1&" * 500, ""),
        ("https://[broken/?sid=" + ID, ""),
    ],
)
def test_sessions_in_addresses(address: str, name: str) -> None:
    from urllib.parse import urljoin

    full = address if "[" in address else urljoin("https://petalandstem.example/", address)
    verdict = session_id_in_url(pages(page(links=[Link(full)], forms=[Form(full)])))
    if not name:
        assert verdict == Passed(("/",))
        return
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.shown) == (name, f"/ links to addresses with {name}=…")
    assert ID not in str(finding)
