"""Labelled cases of rules that judge other evidence than answers to their own paths: lists, headers, scripts beside the shop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checks.admin.doors import admin_over_http, admin_page_over_http
from checks.cohosted.scripts import cohosted_script, leftover_copy
from checks.cohosted.sites import cohosted_site
from checks.exposure.listings import directory_listing, directory_listing_sensitive
from checks.versions.leaks import version_leak_asset, version_leak_generator, version_leak_header
from scanner import Answer, Installation, Listings, Probes, Unlisted, Verdict, Version
from scanner.gatherers.probing.listing_pages import listing_of
from scanner.testing import NOW, ORIGIN, answer, certificate_names, installation, installations, knowledge, page, pages, probes
from tests.scanner.gatherers.probing import test_listing_pages as lists

HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}
LOGIN = "<title>Administration</title><form action='?login'><input name=u><input type=password name=p></form>"

LISTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Apache 2.4, plain", lists.APACHE_PLAIN, HTML),
    ("Apache 2.4, fancy", lists.APACHE_FANCY, HTML),
    ("Apache 2.4, as a table", lists.APACHE_TABLE, HTML),
    ("Apache 1.3", lists.APACHE_13, HTML),
    ("nginx", lists.NGINX, HTML),
    ("nginx with a title of its own", lists.NGINX_RENAMED, HTML),
    ("nginx's fancyindex", lists.NGINX_FANCYINDEX, HTML),
    ("nginx, JSON", lists.NGINX_JSON, JSON),
    ("nginx, XML", lists.NGINX_XML, {"content-type": "application/xml"}),
    ("IIS", lists.IIS, HTML),
    ("lighttpd", lists.LIGHTTPD, HTML),
    ("Caddy", lists.CADDY, HTML),
    ("Caddy, JSON", lists.CADDY_JSON, JSON),
    ("LiteSpeed", lists.LITESPEED, HTML),
)
"""Each names a dump or an archive; without those it is a list all the same."""

Labelled = tuple[str, bool, Verdict]


def listing_cases() -> Iterator[tuple[object, str, bool, Verdict]]:
    for origin, text, headers in LISTS:
        seen = _listings("/files/", answer(200, text, headers=headers))
        yield directory_listing_sensitive, origin, True, directory_listing_sensitive(seen)
        yield directory_listing, f"{origin}: a dump makes it the sensitive one", False, directory_listing(seen)
        harmless = text.replace(".sql.gz", ".svg").replace(".sql", ".svg").replace(".tar.gz", ".svg").replace(".zip", ".svg")
        seen = _listings("/files/", answer(200, harmless, headers=headers))
        yield directory_listing, f"{origin}, only pictures", True, directory_listing(seen)
        yield directory_listing_sensitive, f"{origin}, only pictures", False, directory_listing_sensitive(seen)
    for origin, (path, text, _) in lists.ELSEWHERE.items():
        seen = _listings(path, answer(200, text, headers=HTML))
        yield directory_listing_sensitive, origin, True, directory_listing_sensitive(seen)
    for origin, (path, text) in lists.LOOK_ALIKES.items():
        seen = _listings(path, answer(200, f"<html><body>{text}</body></html>", headers=HTML))
        for check in (directory_listing, directory_listing_sensitive):
            yield check, origin, False, check(seen)
    for status in (301, 403, 404, 500):
        seen = _listings("/files/", answer(status, lists.NGINX, headers=HTML))
        for check in (directory_listing, directory_listing_sensitive):
            yield check, f"nginx's list with the status {status}", False, check(seen)


def _listings(path: str, seen: Answer) -> Listings:
    """As the gatherer would have it."""
    listed = listing_of(replace(seen, address=ORIGIN + path), path) if seen.read else None
    return Listings((listed or Unlisted(path, seen.status),), NOW)


def leak_cases() -> Iterator[tuple[object, str, bool, Verdict]]:
    for origin, name, value, real in (
        ("Debian's Apache", "server", "Apache/2.4.57 (Debian)", True),
        ("nginx", "server", "nginx/1.18.0", True),
        ("PHP's expose_php", "x-powered-by", "PHP/7.4.33", True),
        ("ASP.NET", "x-aspnet-version", "4.0.30319", True),
        ("Apache with ServerTokens Prod", "server", "Apache", False),
        ("a CDN", "server", "cloudflare", False),
        ("Varnish tells HTTP's version", "via", "1.1 varnish", False),
        ("an address", "server", "192.0.2.7", False),
        ("a request's number", "x-request-id", "1.2.3", False),
    ):
        yield version_leak_header, origin, real, version_leak_header(pages(page(headers={name: value})))
    for origin, content, real in (
        ("WordPress", "WordPress 6.4.2", True),
        ("Joomla 1.5", "Joomla! 1.5 - Open Source Content Management", True),
        ("xt:Commerce", "(c) by xt:Commerce v3.0.4 SP2.1, http://www.xt-commerce.com", True),
        ("PrestaShop names itself only", "PrestaShop", False),
        ("Drupal names its generation only", "Drupal 10 (https://www.drupal.org)", False),
        ("an empty mark", "", False),
    ):
        read = pages(page(metas=[("generator", content)]))
        yield version_leak_generator, origin, real, version_leak_generator(read, installations())
    for origin, source, real in (
        ("WordPress's styles", "asset", True),
        ("WooCommerce's scripts, beside the shop", "asset", True),
        ("a number in a file is another rule's", "file", False),
        ("a number in a mark is another rule's", "generator", False),
    ):
        directory = "/blog/" if "beside" in origin else "/"
        one = installation("wordpress", directory, versions=[Version("6.4.2", source, ORIGIN)])
        yield version_leak_asset, origin, real, version_leak_asset(_installed(one))


def cohosted_cases() -> Iterator[tuple[object, str, bool, Verdict]]:
    shop = installation("opencart")
    table: Iterable[tuple[str, Installation | None, str]] = (
        ("the demo shop's blog", installation("wordpress", "/blog/"), "script"),
        ("a forum", installation("phpbb", "/forum/"), "script"),
        ("the demo shop's copy", installation("opencart", "/old/"), "copy"),
        ("a copy that a fork made of it", installation("opencart", "/shop2/"), "copy"),
        ("the shop alone", None, ""),
        ("folders that were looked at", None, ""),
    )
    for origin, one, kind in table:
        beside = () if one is None else (one,)
        seen = installations(shop, *beside, examined=["/blog/", "/old/"])
        yield cohosted_script, origin, kind == "script", cohosted_script(seen, knowledge())
        yield leftover_copy, origin, kind == "copy", leftover_copy(seen, knowledge())
    for origin, others, strangers, real in (
        ("the demo shop's certificate", {"stage.petalandstem.example": ["192.0.2.7"]}, 0, True),
        ("one of two addresses", {"blog.petalandstem.example": ["198.51.100.9", "192.0.2.7"]}, 0, True),
        ("a name that leads elsewhere", {"mailing.petalandstem.example": ["198.51.100.9"]}, 0, False),
        ("a name that is gone", {"old.petalandstem.example": []}, 0, False),
        ("a CDN's certificate", {}, 42, False),
    ):
        yield cohosted_site, origin, real, cohosted_site(certificate_names(others, strangers=strangers))


def _installed(one: Installation) -> object:
    return installations(one) if one.directory == "/" else installations(None, one)


def over_http_cases() -> Iterator[tuple[object, str, bool, Verdict]]:
    """What ``/admin.php`` answers, and what it answers by http."""
    by_http, shut = answer(200, LOGIN, address=f"http{ORIGIN[5:]}/admin.php"), answer(403, LOGIN)
    sends = LOGIN.replace("?login", "http://petalandstem.example/admin.php?login")
    secure = LOGIN.replace("?login", f"{ORIGIN}/admin.php?login")
    by_tag = f"<base href='{ORIGIN}/'>{LOGIN}"
    half = answer(200, secure, address=f"http{ORIGIN[5:]}/admin.php")
    based = answer(200, by_tag, address=f"http{ORIGIN[5:]}/admin.php")
    for origin, login, plain, real, page_alone in (
        ("the demo shop", LOGIN, by_http, True, False),
        ("a form that sends by http", sends, None, True, False),
        ("OpenCart with HTTPS_SERVER, read by http", secure, half, False, True),
        ("a base element by https, read by http", by_tag, based, False, True),
        ("nothing listens on port 80", LOGIN, None, False, False),
        ("http is refused", LOGIN, shut, False, False),
        ("http shows another page", LOGIN, answer(200, "<h1>Please come by https</h1>"), False, False),
        (
            "a customers' login",
            "<title>Sign in</title><form action='/account'><input type=password name=p></form>",
            None,
            False,
            False,
        ),
    ):
        for check, found in ((admin_over_http, real), (admin_page_over_http, page_alone)):
            seen = probes(check, {"/admin.php": answer(200, login)})
            asked = tuple(replace(one, plain=plain) if one.place == "/admin.php" else one for one in seen.asked)
            yield check, origin, found, check(Probes(asked, seen.known, seen.origin, seen.gathered_at))


def site_cases() -> Iterator[tuple[object, str, bool, Verdict]]:
    """Check, where the case comes from, whether the problem is there, and what the check says."""
    yield from listing_cases()
    yield from leak_cases()
    yield from cohosted_cases()
    yield from over_http_cases()
