"""What secure pages bring along by http, forms that send there, chats, and sessions in addresses: whole scans of a real nginx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from scanner.rules.verdicts import Found
from tests.servers.vhosts import Host, Hosts, nginx, page, words

ACTIVE, PASSIVE, FORM = "mixed-content-active", "mixed-content-passive", "insecure-form-action"
CHAT, SESSION = "chat-widget-insecure", "session-id-in-url"
RULES = (ACTIVE, PASSIVE, FORM, CHAT, SESSION)
FAR = "http://cdn.example/a"
SHEET = '<link rel="stylesheet" href="/shop.css">'
LOGIN = '<form method="post" action="{}"><input name="email"><input type="password" name="password"></form>'
ORDER = '<form method="post" action="{}"><input name="street"><input name="postcode"></form>'
SID = "osCsid=0123456789abcdef0123456789abcdef"


def home(body: str = "", head: str = "", **files: str) -> Host:
    """files: more files below the root; ``_`` stands for the dot of the name."""
    return Host(pages={"index.html": page(head, body), **{name.replace("_", "."): text for name, text in files.items()}})


def login(body: str) -> Host:
    return Host(pages={"login.html": page(body=body, title="Login")})


# Case → host; rule → subjects found. ``@`` is the host's name.
CASES: dict[str, tuple[Host, Mapping[str, list[str]]]] = {
    "nothing": (home('<img src="/a.png"><script src="/a.js"></script>'), {}),
    "script": (home(f'<script src="{FAR}.js?v=1"></script>'), {ACTIVE: [f"{FAR}.js"]}),
    "style sheet": (home(head=f'<link rel="stylesheet" href="{FAR}.css">'), {ACTIVE: [f"{FAR}.css"]}),
    "preloaded module": (home(head=f'<link rel="modulepreload" href="{FAR}.js">'), {ACTIVE: [f"{FAR}.js"]}),
    "frame": (home(f'<iframe src="{FAR}.html"></iframe>'), {ACTIVE: [f"{FAR}.html"]}),
    "object": (home(f'<object data="{FAR}.swf"></object>'), {ACTIVE: [f"{FAR}.swf"]}),
    "picture": (home(f'<img src="{FAR}.png">'), {PASSIVE: [f"{FAR}.png"]}),
    "picture for sharp screens": (home(f'<img src="/a.png" srcset="/a.png 1x, {FAR}.png 2x">'), {PASSIVE: [f"{FAR}.png"]}),
    "picture of a choice": (home(f'<picture><source srcset="{FAR}.webp 480w"><img src="/a.png"></picture>'), {PASSIVE: [f"{FAR}.webp"]}),
    "poster of a film": (home(f'<video poster="{FAR}.jpg"></video>'), {PASSIVE: [f"{FAR}.jpg"]}),
    "sound": (home(f'<audio src="{FAR}.mp3"></audio>'), {PASSIVE: [f"{FAR}.mp3"]}),
    "background of one element": (home(f'<p style="background: url({FAR}.png)">'), {PASSIVE: [f"{FAR}.png"]}),
    "background in the page's style": (home(head=f"<style>p {{ background: url('{FAR}.png') }}</style>"), {PASSIVE: [f"{FAR}.png"]}),
    "import in the page's style": (home(head=f'<style>@import "{FAR}.css";</style>'), {ACTIVE: [f"{FAR}.css"]}),
    "font in the page's style": (home(head=f"<style>@font-face {{ src: url({FAR}.woff2) }}</style>"), {ACTIVE: [f"{FAR}.woff2"]}),
    "background in a style sheet": (home(head=SHEET, shop_css=f"p {{ background: url({FAR}.png) }}"), {PASSIVE: [f"{FAR}.png"]}),
    "font in a style sheet": (home(head=SHEET, shop_css=f"@font-face {{ src: url({FAR}.woff2) }}"), {ACTIVE: [f"{FAR}.woff2"]}),
    "import in a style sheet": (home(head=SHEET, shop_css=f"@import url({FAR}.css);"), {ACTIVE: [f"{FAR}.css"]}),
    "behind an import of the shop's own": (
        home(head=SHEET, shop_css='@import "more.css";', more_css=f"p {{ background: url({FAR}.png) }}"), {PASSIVE: [f"{FAR}.png"]}),
    "a style sheet that is not there": (home(head=SHEET), {}),
    "by base element": (home('<img src="a.png">', '<base href="http://cdn.example/">'), {PASSIVE: [f"{FAR}.png"]}),
    "only a link": (home(f'<a href="{FAR}">there</a>', f'<link rel="canonical" href="{FAR}">'), {}),
    "in a comment": (home(f'<!-- <script src="{FAR}.js"></script> -->'), {}),
    "without a scheme": (home('<script src="//cdn.example/a.js"></script>'), {}),
    "on the visitor's own machine": (home('<img src="http://localhost:3000/a.png">'), {}),
    "browsers are told to upgrade": (
        Host(https='add_header Content-Security-Policy "upgrade-insecure-requests" always;', pages={"index.html": page(body=f'<img src="{FAR}.png">')}), {}),
    "on a deep page": (Host(pages={"roses.html": page(body=f'<script src="{FAR}.js"></script>')}), {ACTIVE: [f"{FAR}.js"]}),

    "login to https": (login(LOGIN.format("/login")), {}),
    "login to http": (login(LOGIN.format("http://HOST/login")), {FORM: ["/login.html @"]}),
    "login to another's http": (login(LOGIN.format("http://pay.example/in?x=1")), {FORM: ["/login.html pay.example"]}),
    "a button that sends it elsewhere": (
        login('<form method="post" action="/login"><input type="password" name="p"><button formaction="http://HOST/in">Go</button></form>'),
        {FORM: ["/login.html @"]}),
    "order to http": (Host(pages={"checkout.html": page(body=ORDER.format("http://HOST/pay"), title="Checkout"),
                                  "index.html": page(body='<a href="/checkout.html">Checkout</a>')}), {FORM: ["/checkout.html @"]}),
    "search to http": (home('<form action="http://HOST/search"><input name="q"></form>'), {}),

    "chat by https": (home('<script src="https://embed.tawk.to/1/default"></script>'), {}),
    "chat by http": (home('<script src="http://embed.tawk.to/1/default"></script>'), {ACTIVE: ["http://embed.tawk.to/1/default"], CHAT: ["embed.tawk.to"]}),
    "chat in the host's name": (home('<script src="http://livechat.example/w.js"></script>'), {ACTIVE: ["http://livechat.example/w.js"], CHAT: ["livechat.example"]}),
    "chat in the path": (home('<iframe src="http://help.example/chat/box"></iframe>'), {ACTIVE: ["http://help.example/chat/box"], CHAT: ["help.example"]}),
    "chat by an inline script": (
        home("<script>var s = document.createElement('script'); s.src = 'http://embed.tawk.to/1/default'; document.body.append(s)</script>"),
        {CHAT: ["embed.tawk.to"]}),
    "a castle is no chat": (home('<script src="http://chateau.example/a.js"></script>'), {ACTIVE: ["http://chateau.example/a.js"]}),

    "session in links": (home(f'<a href="/roses.html?{SID}">Roses</a>'), {SESSION: ["osCsid"]}),
    "session in a path": (home('<a href="/roses.html;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9">Roses</a>'), {SESSION: ["jsessionid"]}),
    "session in a form": (home(f'<form action="/find.html?{SID}"><input name="q"></form>'), {SESSION: ["osCsid"]}),
    "PHP's own": (home('<a href="/find.html?q=1&amp;PHPSESSID=abcdef0123456789abcdef0123">x</a>'), {SESSION: ["PHPSESSID"]}),
    "a choice and no session": (home('<a href="/find.html?sid=2&amp;osCsid=">x</a>'), {}),
    "another shop's session": (home(f'<a href="https://elsewhere.example/?{SID}">x</a>'), {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with nginx({name: host for name, (host, _) in CASES.items()}) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
async def test_what_comes_by_http(name: str, hosts: Hosts) -> None:
    _, expected = CASES[name]
    verdicts = await hosts.verdicts(name, *RULES)
    found = {rule: [one.subject for one in verdict.findings] for rule, verdict in verdicts.items() if isinstance(verdict, Found)}
    assert found == {rule: [one.replace("@", hosts.names[name]) for one in subjects] for rule, subjects in expected.items()}
    unclear = {FORM: "inconclusive"} if name == "by base element" else {}  # its links lead to no page of the shop
    assert words(verdicts) == {**dict.fromkeys(expected, "found"), **unclear}
    assert not any("0123456789abcdef" in one.shown + "".join(one.locations) for verdict in verdicts.values()
                   if isinstance(verdict, Found) for one in verdict.findings)  # fmt: skip
