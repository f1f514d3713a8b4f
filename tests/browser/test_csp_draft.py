"""The drafted Content-Security-Policy, enforced in real Chromium: it stops nothing that the shop needs, and each word of it is
needed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from checks.browser.csp_draft import Draft, draft
from reports.kits.drafts import policy_of
from reports.view.build import view_of
from scanner.engine.scan import Order, Scan, scan
from scanner.evidence import LoadedFiles, PageKind, Pages, ScriptHosts, Unavailable
from scanner.gatherers.net.dns import Dns
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from shopwarden.demo import DemoShop
from shopwarden.demo.http_server import Response
from shopwarden.demo.names import look_up
from shopwarden.demo.site import HOST, DemoSite
from tests.browser.test_report import CHROMIUM, FLAGS
from tests.scanning import CLOSED, catalogue, no_names

pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed", exc_type=ImportError)
from playwright.sync_api import Error, Page, sync_playwright

from tests.patience import eventually

pytestmark = pytest.mark.browser

WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', e => violations.push(e.effectiveDirective + ' ' + e.blockedURI));
"""
GONE = "https://stats.petal-metrics.example/count.js"


class Visitor:
    """A browser that knows only the shop's names, and what its policy stopped."""

    def __init__(self, page: Page) -> None:
        self.violations: list[str] = []
        self._page = page
        page.on("console", lambda message: self._heard(message.text))

    def visit(self, address: str, doing: Callable[[Page], Any] = lambda _page: None) -> Any:
        """Open an address, do something there, and note what the policy stopped."""
        self._page.goto(address, wait_until="load")
        self._page.wait_for_timeout(30)
        done = doing(self._page)
        self.violations += [f"{self._page.url}: {one}" for one in self._stopped()]
        return done

    def _stopped(self) -> list[str]:
        """Asked again where the page is just leaving for another: what it said before went to the console as well."""
        told: list[str] | None = None

        def at_rest() -> bool:
            nonlocal told
            with suppress(Error):
                told = list(self._page.evaluate("window.violations || []"))
            return told is not None

        eventually(at_rest)
        return told or []

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.violations.append(text)


@contextmanager
def browsing(names: Mapping[str, int]) -> Iterator[Visitor]:
    """names: ``host:port`` → the port on loopback that it leads to. No other name leads anywhere."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    rules = ", ".join(f"MAP {name} 127.0.0.1:{port}" for name, port in names.items())
    flags = [
        *FLAGS, f"--host-resolver-rules={rules}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-features=HttpsUpgrades",
    ]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = browser.new_context(ignore_https_errors=True)
        context.add_init_script(WATCH)
        yield Visitor(context.new_page())
        browser.close()


def scanned(target: Target, options: ScanOptions, **seams: Any) -> Scan:
    """In a thread of its own: the browser's events have this one's."""
    loaded = catalogue()
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, scan(Order(target, loaded.chosen(), options), loaded, **seams)).result()


def drafted(done: Scan) -> Draft:
    pages, loaded, hosts = (done.gathered[kind] for kind in (Pages, LoadedFiles, ScriptHosts))
    assert isinstance(pages, Pages)
    assert isinstance(loaded, LoadedFiles)
    assert not isinstance(hosts, Unavailable)
    return draft(pages.all, loaded, gone=frozenset(one.host for one in hosts.hosts if one.resolves is False))


# ---- the demo shop


@pytest.mark.parametrize("hardened", [False, True], ids=["weak", "hardened"])
def test_the_demo_shop_works_under_its_draft(hardened: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enforced = ""
    dressed = DemoSite._dressed

    def with_policy(self: DemoSite, response: Response, *, secure: bool) -> Response:
        made = dressed(self, response, secure=secure)
        kept = tuple(one for one in made.headers if one[0] != "Content-Security-Policy" or not enforced)
        return Response(made.status, made.body, kept).adding(*([("Content-Security-Policy", enforced)] if enforced else []))

    monkeypatch.setattr(DemoSite, "_dressed", with_policy)
    with DemoShop(hardened=hardened, folder=tmp_path) as shop:
        target = Target.of(shop.url, ports={**CLOSED, **shop.ports}, resolve=shop.resolve, allow_private=True)
        done = scanned(
            target,
            ScanOptions(rate=500, ca_file=shop.ca_file),
            resolve=look_up,
            dns=Dns((shop.nameserver,), anchors=shop.anchors),
        )
        made = drafted(done)
        if not hardened:
            assert made.policy == policy_of(view_of(done.result, catalogue().articles)), "the report shows another draft"
        enforced = made.policy
        assert enforced
        crawled = done.gathered[Pages].all
        names = {f"{name}:{port}": shop.ports[scheme] for name in shop.resolve for scheme, port in (("https", 443), ("http", 80))}
        with browsing(names) as visitor:
            for page in crawled:
                visitor.visit(page.address)
            visitor.visit(f"https://{HOST}/no-such-page")
            ran = visitor.visit(f"https://{HOST}/roses/a-dozen-red", buy)
            tags = [one.finding.ready for one in done.result.findings if one.rule.id == "sri-missing"]
            loaded = visitor.visit(f"https://{HOST}/about-us", lambda page: [load(page, tag) for tag in tags])
            refused = visitor.visit(
                f"https://{HOST}/terms", lambda page: [load(page, tag.replace("sha384-", "sha384-A")) for tag in tags]
            )
        assert {page.kind for page in crawled} >= {PageKind.HOME, PageKind.PRODUCT, PageKind.CART, PageKind.LOGIN}
    if hardened:
        assert visitor.violations == []
        assert ran == {"quantity": "1", "lightbox": None, "js": ""}
        assert tags == []
    else:  # what a stranger may own tomorrow is kept out; nothing else is
        assert [one for one in visitor.violations if GONE not in one] == []
        assert any(GONE in one for one in visitor.violations)
        assert ran == {"quantity": "1", "lightbox": "ready", "js": "js"}
        assert (loaded, refused) == (["ready"], [None]), "the ready tag does not load its file, or loads any file"


def load(page: Page, tag: str) -> str | None:
    """Put a ready tag into a page that does not load its file yet; what the file's program then says."""
    page.evaluate(
        """tag => new Promise(done => {
        const written = new DOMParser().parseFromString(tag, 'text/html').querySelector('script');
        const made = document.createElement('script');
        for (const one of written.attributes) made.setAttribute(one.name, one.value);
        made.onload = made.onerror = done;
        document.head.append(made);
    }).then(() => null)""",
        tag,
    )
    said = page.evaluate("document.documentElement.getAttribute('data-lightbox')")
    return said if said is None else str(said)


def buy(page: Page) -> dict[str, str]:
    """The scripts of a product page, then the basket and the checkout by its forms."""
    page.fill("input[name=quantity]", "0")
    page.dispatch_event("input[name=quantity]", "change")
    ran = page.evaluate(
        "({quantity: document.querySelector('input[name=quantity]').value, js: document.documentElement.className,"
        " lightbox: document.documentElement.getAttribute('data-lightbox')})"
    )
    page.click("#button-cart")
    page.click("text=To the checkout")
    assert "Checkout" in page.title()
    for name in ("name", "email", "street", "town"):
        page.fill(f"form#checkout [name={name}]", f"{name}@petalandstem.example")
    page.click("text=Send the order")
    assert "Thank you for your order" in page.content()
    return ran


# ---- a shop that loads from everywhere

FONTS, FILES, PICTURES, FRAMES, LIBRARY, PAY = (
    f"{name}.example" for name in ("fonts-host", "files-host", "pictures-host", "frames-host", "library-host", "pay-host")
)
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
LAYOUT = """<!DOCTYPE html><html lang="en"><head><title>{title}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">{inline}<script src="http://{library}/library.js"></script></head>
<body><h1>{title}</h1><a href="/roses.html">Roses</a> <a href="/privacy.html">Privacy policy</a> <a href="/contact.html">Contact</a>
<img src="http://{pictures}/rose.svg" alt=""><img src="{pixel}" alt="" id="pixel"><picture><source srcset="/own.svg"><img src="/own.svg" alt=""></picture>
<iframe src="http://{frames}/map" title="Map"></iframe><p class="written">Flowers</p>
<form action="/order" method="post"><input name="what" value="roses"><button>Order</button></form>{more}</body></html>"""
STEADY = "<script>window.steady = 1;</script>"
SITES: dict[str, dict[str, tuple[str, str]]] = {
    HOST: {
        "/style.css": ("text/css", f'@import url("http://{FONTS}/css");\n.written {{ background: url(http://{PICTURES}/back.svg) }}'),
        "/own.svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>'),
    },
    FONTS: {"/css": ("text/css", f"@font-face {{ font-family: Rose; src: url(http://{FILES}/rose.woff2) }} .written {{ font-family: Rose }}")},
    FILES: {"/rose.woff2": ("font/woff2", "")},
    PICTURES: dict.fromkeys(("/rose.svg", "/back.svg"), ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>')),
    FRAMES: {"/map": ("text/html", "<p>A map</p>")},
    LIBRARY: {
        "/library.js": ("text/javascript", f"window.loaded = 1; fetch('http://{LIBRARY}/config').then(() => {{ window.configured = 1 }});"),
        "/config": ("application/json", "{}"),
    },
}  # fmt: skip


class Sites(BaseHTTPRequestHandler):
    """Everybody's server: by the name that is asked for."""

    policy, inline, more = "", STEADY, ""

    def do_GET(self) -> None:
        host, path = (self.headers["Host"] or "").partition(":")[0], self.path.partition("?")[0]
        pages = {"/": "Home", "/roses.html": "Roses", "/privacy.html": "Privacy policy", "/contact.html": "Contact"}
        if host == HOST and path in pages:
            values = {"library": LIBRARY, "pictures": PICTURES, "frames": FRAMES, "pixel": PIXEL, "title": pages[path]}
            text = LAYOUT.format(**values, inline=self.inline.replace("PAGE", path), more=self.more)
            self._answer(200, "text/html; charset=utf-8", text, {"Content-Security-Policy": self.policy} if self.policy else {})
        elif path in SITES.get(host, {}):
            self._answer(200, *SITES[host][path], {"Access-Control-Allow-Origin": "*"})
        else:
            self._answer(404, "text/html", "<title>404</title>nothing here", {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(303, "text/html", "", {"Location": f"https://{PAY}/pay"})

    def _answer(self, status: int, kind: str, text: str, headers: Mapping[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Quiet."""


@pytest.fixture
def sites(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    for name in ("policy", "inline", "more"):
        monkeypatch.setattr(Sites, name, getattr(Sites, name))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sites)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def of_sites(server: ThreadingHTTPServer) -> Draft:
    hosts = dict.fromkeys((*SITES,), ("127.0.0.1",))
    target = Target.of(f"http://{HOST}/", ports={**CLOSED, "http": server.server_port}, resolve=hosts, allow_private=True)
    return drafted(scanned(target, ScanOptions(rate=1000), resolve=no_names))


def stopped(visitor: Visitor, policy: str) -> list[str]:
    """What a policy stops, over a visit of every page and an order."""
    Sites.policy = policy
    visitor.violations.clear()
    for path in ("/", "/roses.html"):
        visitor.visit(f"http://{HOST}{path}")

    def order(page: Page) -> None:
        page.click("text=Order")
        page.wait_for_timeout(100)

    visitor.visit(f"http://{HOST}/contact.html", order)
    return list(visitor.violations)


def names_of(server: ThreadingHTTPServer) -> dict[str, int]:
    return {f"{host}:80": server.server_port for host in SITES}


def test_a_shop_that_loads_from_everywhere_and_every_word_of_its_draft_is_needed(sites: ThreadingHTTPServer) -> None:
    made = of_sites(sites)
    values = {(source.directive, source.value) for source in made.sources}
    assert {
        ("script-src", f"http://{LIBRARY}"), ("connect-src", f"http://{LIBRARY}"), ("style-src", f"http://{FONTS}"),
        ("font-src", f"http://{FILES}"), ("img-src", f"http://{PICTURES}"), ("frame-src", f"http://{FRAMES}"),
    } <= values  # fmt: skip
    assert any(value.startswith("'sha256-") for _, value in values)
    assert ("script-src", "'unsafe-inline'") not in values
    with browsing(names_of(sites)) as visitor:
        assert stopped(visitor, made.policy) == []
        ran = "[window.steady, window.loaded, window.configured, document.getElementById('pixel').naturalWidth]"
        assert visitor.visit(f"http://{HOST}/", lambda page: page.evaluate(ran)) == [1, 1, 1, 1]
        for source in made.sources:
            if (
                "//" in source.value
                or source.value.startswith("'sha256-")
                or (source.directive, source.value) == ("img-src", "data:")
            ):
                less = Draft(tuple(one for one in made.sources if one is not source), (), 1)
                assert stopped(visitor, less.policy) != [], f"{source.directive} {source.value} is not needed"


@pytest.mark.parametrize(
    ("inline", "more"),
    [
        ("<script>window.page = 'PAGE';</script>", ""),
        (STEADY, '<button onclick="window.clicked = 1" id="there">There</button>'),
        (STEADY, '<a href="javascript:void(0)">Nothing</a>'),
        (STEADY, '<p style="color: red">Red</p><style>h1 { color: red }</style>'),
    ],
    ids=["changing script", "handler", "javascript link", "styles"],
)
def test_what_stands_in_pages_goes_on_working(sites: ThreadingHTTPServer, inline: str, more: str) -> None:
    Sites.inline, Sites.more = inline, more
    made = of_sites(sites)
    honest = [source for source in made.sources if source.value == "'unsafe-inline'" and source.directive == "script-src"]
    assert bool(honest) is ("style" not in more)
    assert all("not injected text" in source.because for source in honest)
    with browsing(names_of(sites)) as visitor:
        assert stopped(visitor, made.policy) == []
        strict = Draft(tuple(source for source in made.sources if source.value != "'unsafe-inline'"), (), 1)
        if "javascript:" not in more:
            assert stopped(visitor, strict.policy) != []
