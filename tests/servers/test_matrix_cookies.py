"""Cookies as shops' platforms and the services beside them set them (RFC 6265 5), sent by a real nginx, in whole scans."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner.rules.verdicts import Found
from tests.servers.processes import free_port
from tests.servers.vhosts import Host, Hosts, nginx, words

INSECURE, READABLE, SAMESITE = "cookie-insecure", "cookie-script-readable", "cookie-samesite-missing"
RULES = (INSECURE, READABLE, SAMESITE)
LETTERS = dict(zip("IRS", RULES, strict=True))
ALL = "; Path=/; Secure; HttpOnly; SameSite=Lax"
VALUE = "0123456789abcdef0123456789abcdef"
PRESTASHOP = f"PrestaShop-{'5d' * 16}"

# Case → what is sent; the letters of the rules that find it: I insecure, R readable by scripts, S without SameSite.
COOKIES: dict[str, tuple[tuple[str, ...], str]] = {
    "PHP, bare": ((f"PHPSESSID={VALUE}; path=/",), "IRS"),
    "PHP, as it should be": ((f"PHPSESSID={VALUE}{ALL}",), ""),
    "attributes in small letters": ((f"PHPSESSID={VALUE}; path=/; secure; httponly; samesite=strict",), ""),
    "attributes with values and blanks": ((f"PHPSESSID = {VALUE} ;Secure=1; HttpOnly = yes ; SameSite = Lax ;;",), ""),
    "no SameSite": ((f"PHPSESSID={VALUE}; Path=/; Secure; HttpOnly",), "S"),
    "an unknown SameSite": ((f"PHPSESSID={VALUE}; Path=/; Secure; HttpOnly; SameSite=Whatever",), "S"),
    "SameSite without a value": ((f"PHPSESSID={VALUE}; Path=/; Secure; HttpOnly; SameSite",), "S"),
    "for other sites too": ((f"PHPSESSID={VALUE}; Path=/; Secure; HttpOnly; SameSite=None",), ""),
    "for other sites too, without Secure": ((f"PHPSESSID={VALUE}; Path=/; HttpOnly; SameSite=None",), "IS"),
    "two SameSites, the last counts": ((f"PHPSESSID={VALUE}; Secure; HttpOnly; SameSite=Whatever; SameSite=Lax",), ""),
    "partitioned": ((f"__Host-sid={VALUE}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned",), ""),
    "__Host- as it should be": ((f"__Host-session={VALUE}{ALL}",), ""),
    "__Secure- without Secure": ((f"__Secure-session={VALUE}; Path=/; HttpOnly; SameSite=Lax",), "I"),
    "quotes do not protect a semicolon": (('PHPSESSID="a; Secure; HttpOnly; SameSite=Lax"',), "S"),
    "words in the value are no attributes": (("PHPSESSID=Secure,HttpOnly,SameSite=Lax; Path=/",), "IRS"),
    "an equals sign in the value": ((f"PHPSESSID=a=b=c{ALL}",), ""),
    "OpenCart": ((f"OCSESSID={VALUE}; path=/; HttpOnly; SameSite=Lax",), "I"),
    "Magento": ((f"frontend={VALUE}; path=/; Secure; SameSite=Lax",), "R"),
    "PrestaShop": ((f"{PRESTASHOP}={VALUE}; path=/; HttpOnly; Secure",), "S"),
    "osCommerce": ((f"osCsid={VALUE}; path=/",), "IRS"),
    "Zen Cart": ((f"zenid={VALUE}; path=/; HttpOnly",), "IS"),
    "WooCommerce": ((f"wp_woocommerce_session_{'5d' * 16}=1%7C%7C2; path=/; secure; HttpOnly",), "S"),
    "Shopware": ((f"session-={VALUE}; path=/; secure; httponly; samesite=lax",), ""),
    "Java": ((f"JSESSIONID={VALUE}; Path=/; HttpOnly",), "IS"),
    "somebody who stays logged in": ((f"remember_me={VALUE}; Path=/; Secure; SameSite=Lax",), "R"),
    "the basket's hash, for scripts": ((f"woocommerce_cart_hash={VALUE}; Path=/",), "S"),
    "the language": (("language=en; Path=/",), "S"),
    "against forgery, for scripts": ((f"XSRF-TOKEN={VALUE}; Path=/; Secure; SameSite=Lax",), ""),
    "a test of cookies": (("wordpress_test_cookie=WP%20Cookie%20check; path=/; secure; SameSite=Lax",), ""),
    "Cloudflare": ((f"__cf_bm={VALUE}; path=/; HttpOnly", f"cf_clearance={VALUE}; path=/"), ""),
    "a load balancer": ((f"AWSALB={VALUE}; Path=/", f"AWSALBCORS={VALUE}; Path=/", "SERVERID=web1; path=/"), ""),
    "Google Analytics": (("_ga=GA1.2.1.1; Path=/", "_gid=GA1.2.1.2; Path=/", "_gat_gtag_UA_1=1; Path=/"), ""),
    "Matomo and Facebook": (("_pk_id.1.1fff=a.1.; Path=/", "_fbp=fb.1.1.1; Path=/"), ""),
    "consent": (("CookieConsent={stamp:1}; Path=/", "OptanonConsent=a; Path=/"), ""),
    "taken away": (("PHPSESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/",), ""),
    "taken away by a date of last year": (("PHPSESSID=deleted; expires=Fri, 02-May-2025 10:00:00 GMT; path=/",), ""),
    "taken away by an older spelling": (("PHPSESSID=deleted; expires=Friday, 02-May-03 10:00:00 GMT; path=/",), ""),
    "Max-Age goes before Expires": ((f"PHPSESSID={VALUE}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=3600",), "IRS"),
    "until a far day": ((f"PHPSESSID={VALUE}; Expires=Thu, 01 Jan 2099 00:00:00 GMT",), "IRS"),
    "a date that is none": ((f"PHPSESSID={VALUE}; Expires=whenever",), "IRS"),
    "twice, the last one counts": ((f"PHPSESSID={VALUE}; path=/", f"PHPSESSID={VALUE}{ALL}"), ""),
    "twice, the last one is bare": ((f"PHPSESSID={VALUE}{ALL}", f"PHPSESSID={VALUE}; path=/"), "IRS"),
    "twice, on different paths": ((f"PHPSESSID={VALUE}; path=/shop", f"PHPSESSID={VALUE}{ALL}"), "IRS"),
    "taken away and set anew": (("PHPSESSID=; Max-Age=0; path=/", f"PHPSESSID={VALUE}{ALL}"), ""),
    "without a name": ((VALUE, f"={VALUE}; Path=/"), ""),
    "garbage": ((";;; = ; \\x00 é",), ""),
}  # fmt: skip


def host(values: tuple[str, ...]) -> Host:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return Host(https="".join(f'add_header Set-Cookie "{value}" always; ' for value in quoted))


LATER = Host(https=f'location = /login.html {{ add_header Set-Cookie "PHPSESSID={VALUE}; path=/"; }}')
PLAIN = Host(http=f'add_header Set-Cookie "PHPSESSID={VALUE}; path=/; HttpOnly";')


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    cases = {name: host(values) for name, (values, _) in COOKIES.items()}
    with nginx({**cases, "only the login page": LATER, "no https": PLAIN}) as running:
        yield running


@pytest.mark.parametrize("name", COOKIES)
async def test_cookies(name: str, hosts: Hosts) -> None:
    values, letters = COOKIES[name]
    verdicts = await hosts.verdicts(name, *RULES)
    assert words(verdicts) == {LETTERS[letter]: "found" for letter in letters}
    names = {value.partition("=")[0].strip() for value in values}
    for verdict in verdicts.values():
        if isinstance(verdict, Found):
            assert {one.subject for one in verdict.findings} <= names
            assert VALUE not in "".join(one.shown for one in verdict.findings)


async def test_each_pages_own_cookies_count(hosts: Hosts) -> None:
    verdicts = await hosts.verdicts("only the login page", *RULES)
    assert words(verdicts) == dict.fromkeys(RULES, "found")
    assert {one.places for verdict in verdicts.values() if isinstance(verdict, Found) for one in verdict.findings} == {
        ("/login.html",)
    }


async def test_without_https_secure_is_no_matter_yet(hosts: Hosts) -> None:
    verdicts = await hosts.verdicts("no https", *RULES, https=free_port())
    assert words(verdicts) == {INSECURE: "not applicable", SAMESITE: "found"}
