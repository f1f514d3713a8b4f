"""What hostile servers and fuzzing found in our own parsers, each kept as the smallest case that shows it."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
from collections import Counter
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanner.engine.scan import shares_of
from scanner.evidence import Answer, Certificate, Chain, Unavailable
from scanner.gatherers.crawl.arrival import PAGES
from scanner.gatherers.crawl.html import MOST_TAGS, extract
from scanner.gatherers.crawl.links import may_follow
from scanner.gatherers.crawl.sitemaps import addresses_of
from scanner.gatherers.http import fetcher as module
from scanner.gatherers.http.cookies import MOST_COOKIES
from scanner.gatherers.http.fetcher import Fetcher, unreadable
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.tls.certificates import read_leaf
from scanner.scope.budget import Budget
from scanner.scope.target import BadAddress, Target, parse_address
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from scanner.settings.options import ScanOptions
from scanner.settings.reading import read_settings
from scanner.text.redact import redact_page
from scanner.text.sanitize import sanitize_json
from scanner.text.urls import join
from shopwarden.operations.sites import read_shops
from tests.hostile.harness import terminal_is_clean
from tests.loopback import request_head, response, serving, site
from tests.patience import cpu, moment
from tests.scanner.gatherers.http.test_fetcher import HOME, fetching
from tests.scanning import catalogue
from tests.soak.parsers import good_certificate

HTML = "Content-Type: text/html\r\n"


async def got(answer: bytes, path: str = "") -> Answer:
    async with fetching(site({"/" + path: answer})) as fetcher:
        return await fetcher.get(HOME + path, PAGES, most=2_000_000)


@pytest.mark.parametrize(
    "charset",
    ["punycode", "idna", "zip", "hex", "rot13", "undefined", "utf-7", "unicode_escape", "mbcs", "\x7f", "utf-8-sig; charset=hex"],
)
async def test_pythons_codecs_are_no_charsets(charset: str) -> None:
    """They raised errors of their own, read markup into plain text, or took quadratic time."""
    body = b"<p>roses + tulips +ADw-script+AD4- \\u003cb" + b"-a" * 200_000
    with cpu(5, threads=True):
        answer = await got(response(body, headers=f"Content-Type: text/html; charset={charset}\r\n"))
    assert answer.text == body.decode()


async def test_a_stream_that_unpacks_to_nothing_is_cut_on_the_wire() -> None:
    answer = await got(response(gzip.compress(b"") * 500_000, headers="Content-Encoding: gzip\r\n"))
    assert answer.text == ""


async def test_a_cookie_that_is_no_ascii_comes_back_and_crashes_nothing() -> None:
    heads: list[bytes] = []

    async def shop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await request_head(reader))
            writer.write(response(b"ok", headers="Set-Cookie: town=Köln\u2028; Path=/\r\nSet-Cookie: sid=1; Path=/\r\n"))
            await writer.drain()

    async with fetching(shop) as fetcher:
        for name in ("a", "b"):
            assert (await fetcher.get(HOME + name, PAGES)).text == "ok"
    sent = heads[1].partition(b"Cookie: ")[2].partition(b"\r\n")[0]
    assert sent == "town=Köln\u2028; sid=1".encode(), "as it came, as browsers do"


async def test_cookies_without_end_are_not_kept() -> None:
    async def shop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in range(5):
            head = await request_head(reader)
            assert len(head) < 20_000
            lines = "".join(f"Set-Cookie: c{turn}x{n}=v; Path=/\r\n" for n in range(1_000))
            writer.write(response(b"ok", headers=f"Set-Cookie: big={'v' * 5_000}; Path=/\r\n{lines}"))
            await writer.drain()

    async with fetching(shop) as fetcher:
        for name in "abcde":
            assert (await fetcher.get(HOME + name, PAGES)).text == "ok"
        assert len(fetcher._jar.state) == MOST_COOKIES


@pytest.mark.parametrize("location", ["javascript:alert(1)", "http://[::1/", "http://a:b:c/", "http://①②⑦.⓪.⓪.①/", "http:///"])
async def test_a_redirect_to_nonsense_is_a_redirect(location: str) -> None:
    async with fetching(site({"/": response(b"", "302 Found", f"Location: {location}\r\n")})) as fetcher:
        chain = await fetcher.follow(HOME, PAGES)
    assert isinstance(chain, Chain)
    assert [hop.status for hop in chain.hops] == [302]
    assert isinstance(chain.end, Unavailable)
    assert "redirects to" in chain.end.because


@pytest.mark.parametrize("coding", ["br", "zstd", "\x1b[2Jx"])
async def test_what_cannot_be_read_is_said_not_judged(coding: str) -> None:
    answer = await got(response(b"\x8b\x01\x80", headers=f"{HTML}Content-Encoding: {coding}\r\n"))
    because = unreadable(answer)
    assert because is not None
    assert "\x1b" not in because


async def test_waiting_for_ones_turn_ends_with_the_scans_time() -> None:
    async with serving(site({})) as port:
        target = Target.of(HOME, ports={"http": port}, resolve={"shop.example": ("127.0.0.1",)}, allow_private=True)
        late = 0.0
        paces = Paces(0.05, now=lambda: moment(late))
        async with Fetcher(target, budget=Budget(400, catalogue().shares), seconds=100, resolve=_never, paces=paces) as fetcher:
            assert (await fetcher.get(HOME, PAGES)).status == 404
            late = 99.7  # one turn is due, the one after it in 20 s
            asked = await asyncio.gather(*(fetcher.get(f"{HOME}{n}", PAGES) for n in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in asked) == ["Answer", *["OutOfTime"] * 4]


async def _never(_host: str) -> tuple[str, ...]:
    raise AssertionError


@pytest.mark.parametrize("body", [b" " * 2_000_000, b"\t\n" * 1_000_000, b"\xef\xbb\xbf" * 600_000])
def test_a_sitemap_of_white_space(body: bytes) -> None:
    with cpu(5):
        assert addresses_of(body) == ((), ())


def test_a_page_has_so_many_elements_and_no_more() -> None:
    page = extract("<title>Roses</title>" + "<b>" * 1_000_000, HOME, 200, ())
    assert page.title == "Roses"
    kept = extract("<i></i>" * (MOST_TAGS // 2 - 1) + '<a href="/last">last</a>' + '<a href="/beyond">beyond</a>', HOME, 200, ())
    assert [link.address for link in kept.links] == [HOME + "last"]


@pytest.mark.parametrize(
    "address", ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2002:7f00:1::1", "2001:0:7f00:1::1", "::ffff:0:0"]
)
def test_a_private_address_inside_another_is_refused(address: str) -> None:
    assert Target.of("shop.example").refuses(ip_address(address))


def test_a_public_address_behind_a_translator_is_not() -> None:
    assert Target.of("shop.example").refuses(ip_address("64:ff9b::808:808")) is None


@pytest.mark.parametrize("most", [1, 4, 20, 60])
def test_a_small_budget_still_reaches_the_home_page(most: int) -> None:
    assert Budget(most, shares_of(ScanOptions(max_pages=8), catalogue())).left(PAGES) >= min(most, 4)


@pytest.mark.parametrize(
    "address",
    ["/?customer-logout=true", "/invoice/generate/9", "/account/close", "/pay/now", "/share?reset=1", "/subscribe?mail=a"],
)
def test_links_that_were_followed_and_change_things(address: str) -> None:
    assert not may_follow("https://shop.example" + address)


@pytest.mark.parametrize(
    "address", ["/payment-methods", "/pages/how-to-pay-your-roses", "/generators", "/subscriptions", "/presets?size=3"]
)
def test_pages_that_only_sound_like_it(address: str) -> None:
    assert may_follow("https://shop.example" + address)


async def test_a_refused_connection_is_no_request() -> None:
    """The count is of requests written to a socket: no more, no less."""
    async with fetching(site({"/a": response(b"a"), "/b": response(b"b")})) as fetcher:
        await fetcher.get(HOME + "a", PAGES)
        await fetcher.get(HOME + "b", PAGES)
        assert fetcher.counts["http"] == 2
    target = Target.of(HOME, ports={"http": 1}, resolve={"shop.example": ("127.0.0.1",)}, allow_private=True)
    counts: Counter[str] = Counter()
    async with Fetcher(
        target, budget=Budget(400, catalogue().shares), seconds=5, resolve=_never, paces=Paces(100), counts=counts
    ) as fetcher:
        with pytest.raises(module.PortClosed):
            await fetcher.get(HOME, PAGES)
    assert counts["http"] == 0


async def test_a_password_in_an_address_reaches_no_report() -> None:
    """It stood in the reason why a redirect was not followed, and in the pages' links."""
    away = response(
        b"", "302 Found", "Location: http://rose:pa55wort9x@shop.example/\r\nLink: <http://rose:pa55wort9x@b.example/>\r\n"
    )
    async with fetching(site({"/": away})) as fetcher:
        assert "pa55wort9x" not in str(await fetcher.follow(HOME, PAGES))
    assert join(HOME, "//rose:pa55wort9x@b.example/x") == "http://***@b.example/x"
    assert not Target.of("shop.example").covers("https://***@shop.example/")


def test_json_holds_nothing_that_a_terminal_obeys() -> None:
    said = "\x9b31m\u202e\u200b\U000e0041\x7f roses äöü 花 \U0001f339"
    written = sanitize_json(json.dumps({"said": said}, ensure_ascii=False, indent=2))
    assert json.loads(written) == {"said": said}
    assert written.replace("\n", "").isprintable()
    assert "äöü 花 \U0001f339" in written


@pytest.mark.parametrize("address", ["0000//000%0002", "shop.example/%00", "shop.example/%1b%0a"])
def test_a_typed_address_with_control_characters(address: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(address)


def test_redacting_twice_is_redacting_once_also_after_a_backslash() -> None:
    text = "</nonce=`efine('\\\nPASSW, 'tokenhttp://a:b@x/"
    assert redact_page(redact_page(text)) == redact_page(text)


@pytest.mark.parametrize("text", ["a=" + "[" * 20_000, "a=" + "9" * 5_000, "a=" + "{a=" * 3_000, "#" * 6_000_000])
def test_a_configuration_beyond_what_python_takes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "shopwarden.toml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=r"shopwarden\.toml"):
        read_settings(file)


def test_a_configuration_without_end() -> None:
    with pytest.raises(BadSettings, match="larger than"):
        read_settings(Path("/dev/zero"))


def test_a_heading_longer_than_the_csv_module_takes(tmp_path: Path) -> None:
    file = tmp_path / "shops.csv"
    file.write_text("url" + "a" * 140_000)
    with pytest.raises(BadSettings, match="cannot be read as CSV"):
        read_shops(file, Settings())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("06082a8648ce3d030107", "06082a8648ce3d030163"),  # a key on a curve that nobody knows
        ("a003020102", "a003020109"),  # version 10
        ("060355040a0c", "060355040a4a"),  # a name of a type of its own
    ],
)
def test_a_certificate_that_the_library_cannot_take_is_unavailable(old: str, new: str) -> None:
    good = good_certificate()
    assert isinstance(read_leaf(good, "petalandstem.example"), Certificate)
    assert bytes.fromhex(old) in good
    assert isinstance(read_leaf(good.replace(bytes.fromhex(old), bytes.fromhex(new)), "petalandstem.example"), Unavailable)


def test_a_crash_is_logged_without_what_the_terminal_obeys() -> None:
    """An error's text may quote what a server sent, as it was."""
    program = (
        "import logging; from scanner.text.logs import log_to_stderr\n"
        "log_to_stderr(verbose=True)\n"
        "logging.getLogger('httpx').info('not this')\n"
        "try: raise ValueError('roses \\x1b[2J\\u202e\\x9b31m, card 4111 1111 1111 1111')\n"
        "except ValueError: logging.getLogger('scanner').exception('it \\x07 failed')\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr
    terminal_is_clean(said)
    assert "Traceback" in said
    assert "scanner: it ‹U+0007› failed" in said
    assert "ValueError: roses ‹U+001B›[2J‹U+202E›" in said
    assert "card •••• 1111" in said
    assert "not this" not in said


def test_blanks_in_a_srcset_are_gone_through_once() -> None:
    """The time grew with their square: a page with one such attribute stopped the whole scan for minutes."""
    with cpu(5):
        page = extract('<title>x</title><img srcset="/rose.jpg 1x' + "\n" * 150_000 + '">', HOME, 200, ())
    assert any("rose.jpg" in resource.address for resource in page.resources)
