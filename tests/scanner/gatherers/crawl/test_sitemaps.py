"""Addresses from sitemaps, feeds and robots.txt, whatever stands in them."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.gatherers.crawl.sitemaps import MOST_ADDRESSES, MOST_DISALLOWED, MOST_NESTED, addresses_of, read_robots
from tests.patience import cpu

SHOP = "https://petalandstem.example"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

SITEMAP = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="{NAMESPACE}" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<!-- made by hand --><url><loc> {SHOP}/roses?a=1&amp;b=2 </loc><lastmod>2026-11-21</lastmod><image:image><image:loc>{SHOP}/rose.jpg</image:loc></image:image></url>
<url><loc>{SHOP}/red rose</loc></url><url><loc>{SHOP}/roses?a=1&amp;b=2</loc></url><url><loc>/relative</loc></url><url><loc>javascript:x</loc></url>
</urlset>""".encode()
PAGES = (f"{SHOP}/roses?a=1&b=2", f"{SHOP}/red%20rose")


@pytest.mark.parametrize(
    "body", [SITEMAP, gzip.compress(SITEMAP), b"\xef\xbb\xbf" + SITEMAP, b"\n " + SITEMAP[38:], SITEMAP[:-20]]
)
def test_a_sitemap(body):
    assert addresses_of(body, "application/xml") == (PAGES, ())


def test_a_sitemap_of_sitemaps():
    body = f'<sitemapindex xmlns="{NAMESPACE}"><sitemap><loc>{SHOP}/s1.xml.gz</loc></sitemap><sitemap><loc>{SHOP}/s2.xml</loc></sitemap></sitemapindex>'
    assert addresses_of(body.encode()) == ((), (f"{SHOP}/s1.xml.gz", f"{SHOP}/s2.xml"))


def test_a_plain_text_sitemap():
    assert addresses_of(f"{SHOP}/a\r\n# no\n\n {SHOP}/b \n/c\n{SHOP}/a\n".encode(), "text/plain") == (
        (f"{SHOP}/a", f"{SHOP}/b"),
        (),
    )


def test_feeds():
    rss = f"<rss><channel><link>{SHOP}/</link><item><title>x</title><link>{SHOP}/post</link></item></channel></rss>"
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="{SHOP}/feed"/><entry><link href="{SHOP}/post"/><link rel="edit" href="{SHOP}/e"/></entry></feed>'
    assert addresses_of(rss.encode()) == ((f"{SHOP}/", f"{SHOP}/post"), ())
    assert addresses_of(atom.encode()) == ((f"{SHOP}/post",), ())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html><head><link href='https://petalandstem.example/x'></head></html>", "text/html"),
        (b"<html><head><link href='https://petalandstem.example/x'/></head></html>", ""),
        (b"<list><url><loc>https://petalandstem.example/x</loc></url></list>", "application/xml"),
        (b"", ""),
        (b"\x1f\x8b", ""),
        (b"\x1f\x8b\x08broken", ""),
        (b"\x00\xff" * 500, "application/xml"),
        (b"<urlset>" * 5_000, "application/xml"),
    ],
)
def test_what_is_no_sitemap_holds_no_addresses(body, content_type):
    assert addresses_of(body, content_type) == ((), ())


def test_entities_are_never_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(f"{SHOP}/secret")
    for entity in (f'SYSTEM "file://{secret}"', '"https://petalandstem.example/inner"'):
        body = f"<!DOCTYPE urlset [<!ENTITY e {entity}>]><urlset><url><loc>{SHOP}/a</loc></url><url><loc>&e;</loc></url></urlset>"
        assert addresses_of(body.encode())[0] == (f"{SHOP}/a",)


def test_bombs_take_bounded_time():
    laughs = (
        '<!DOCTYPE u [<!ENTITY a "https://x.example/">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
        + "]>"
    )
    zeros = gzip.compress(b"<urlset>" + b" " * 60_000_000)
    with cpu(5):
        assert addresses_of(f"{laughs}<urlset><url><loc>&j;</loc></url></urlset>".encode()) == ((), ())
        assert addresses_of(zeros) == ((), ())


def test_bounds():
    rows = "".join(f"<url><loc>{SHOP}/{n}</loc></url>" for n in range(MOST_ADDRESSES + 500))
    assert len(addresses_of(f"<urlset>{rows}</urlset>".encode())[0]) == MOST_ADDRESSES
    assert len(addresses_of(f"<urlset>{rows}</urlset>".encode(), limit=7)[0]) == 7
    assert len(addresses_of("\n".join(f"{SHOP}/{n}" for n in range(9_000)).encode(), limit=9)[0]) == 9
    maps = "".join(f"<sitemap><loc>{SHOP}/{n}</loc></sitemap>" for n in range(500))
    assert len(addresses_of(f"<sitemapindex>{maps}</sitemapindex>".encode())[1]) == MOST_NESTED
    assert addresses_of(f"<urlset><url><loc>{SHOP}/{'x' * 3_000}</loc></url></urlset>".encode()) == ((), ())


def test_robots():
    robots = read_robots(
        """User-agent: *
Disallow: /admin-4711/   # keep out
disallow:/old/*.php
Disallow:
Allow: /
Crawl-delay: 2.5
User-agent: Googlebot
Disallow: /only-google
Disallow: /old/*.php
Sitemap: https://petalandstem.example/sitemap.xml
Sitemap: /more.xml
Sitemap: javascript:x
""",
        SHOP + "/robots.txt",
    )
    assert robots.disallowed == ("/admin-4711/", "/old/*.php", "/only-google")
    assert robots.sitemaps == (f"{SHOP}/sitemap.xml", f"{SHOP}/more.xml")
    assert robots.crawl_delay == 2.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>Disallow: /x</html>",
        "\ufeff <!doctype html>",
        "nonsense",
        "Disallow: x",
        "User-agent: *\nCrawl-delay: inf",
        "Crawl-delay: -1",
    ],
)
def test_robots_that_say_nothing(text):
    robots = read_robots(text, SHOP + "/robots.txt")
    assert (robots.disallowed, robots.sitemaps, robots.crawl_delay) == ((), (), 0.0)


def test_robots_are_bounded():
    with cpu(5):
        robots = read_robots(
            "User-agent: *\n" + "".join(f"Disallow: /{n}*a*b*c$\n" for n in range(100_000)), SHOP + "/robots.txt"
        )
        assert len(robots.disallowed) == MOST_DISALLOWED


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["<urlset>", "<url>", "<loc>", "</loc>", "</url>", "<sitemapindex>", "&", "<!--", "<?x", "<!DOCTYPE", "]>", "\x00", "https://a.example/"])
                | st.text(max_size=5), max_size=20).map("".join), st.binary(max_size=20))  # fmt: skip
def test_never_raises(text, noise):
    data = text.encode("utf-8", "replace")
    for body in (data, noise + data, data + noise, gzip.compress(data)[:-3] + noise):
        for address in (*addresses_of(body)[0], *addresses_of(body)[1]):
            assert address.startswith("http")
    read_robots(text, SHOP + "/robots.txt")
    read_robots("User-agent: *\nCrawl-delay: " + text, SHOP + "/robots.txt")
