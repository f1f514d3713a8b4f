"""What pages load, by our reading of their markup and by real Chromium: the same.

Each sample's addresses say by their names what should happen: ``yes`` is loaded, ``no`` is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

import pytest

from checks.transport.mixed import insecure_loads
from scanner.evidence import PageKind
from scanner.gatherers.crawl.html import extract
from tests.browser.chromium import CHROMIUM, FLAGS

pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed", exc_type=ImportError)
from playwright.sync_api import Frame, Route, sync_playwright

pytestmark = pytest.mark.browser

SHOP = "http://petalandstem.example/shop/"
KINDS = {"css": "text/css", "js": "text/javascript", "png": "image/svg+xml", "html": "text/html", "woff2": "font/woff2"}
IMAGE = '<svg xmlns="http://www.w3.org/2000/svg"/>'
INNER = '<img src="yes-inner.png"><script src="yes-inner.js"></script>'

SAMPLES = {
    # scripts
    "a script": '<script src="yes.js"></script>',
    "a script of another host": '<script src="//cdn.example/yes.js"></script>',
    "an empty type": '<script type="" src="yes.js"></script>',
    "a type with blanks": '<script type=" Text/JavaScript " src="yes.js"></script>',
    "an old type": '<script type="application/x-javascript" src="yes.js"></script>',
    "a module": '<script type="module" src="yes.js"></script>',
    "an old language": '<script language="JavaScript" src="yes.js"></script>',
    "another language": '<script language="vbscript" src="no.js"></script>',
    "type before language": '<script type="text/javascript" language="vbscript" src="yes.js"></script>',
    "a type with parameters": '<script type="text/javascript; charset=utf-8" src="no.js"></script>',
    "consent: plain text": '<script type="text/plain" data-category="analytics" src="no.js"></script>',
    "consent: plain text, address kept aside": '<script type="text/plain" data-cookieconsent="statistics" data-src="no.js"></script>',
    "consent: type of a tool's own": '<script type="javascript/blocked" src="no.js"></script>',
    "consent: frame kept aside": '<iframe src="about:blank" data-src="no.html"></iframe>',
    "delayed until a click": '<script type="rocketlazyloadscript" data-rocket-src="no.js" src="no-2.js"></script>',
    "data": '<script type="application/json" src="no.js">{"a": "http://cdn.example/no.png"}</script>',
    "linked data": '<script type="application/ld+json">{"image": "http://cdn.example/no.png"}</script>',
    "a map of modules": '<script type="importmap" src="no.json"></script>',
    "rules for speculation": '<script type="speculationrules" src="no.json"></script>',
    "a template as a script": '<script type="text/x-template"><img src="no.png"><script src="no.js"><\\/script></script>',
    "a template as HTML": '<script type="text/html"><link rel="stylesheet" href="no.css"></script>',
    "for browsers without modules": '<script nomodule src="no.js"></script>',
    "a module that says nomodule": '<script type="module" nomodule src="yes.js"></script>',
    "for an event of the window": '<script for="window" event="onload" src="yes.js"></script>',
    "for an event of something else": '<script for="button" event="onclick" src="yes.js"></script>',  # and never run
    "consent: Usercentrics": '<script type="text/plain" data-usercentrics="Matomo" src="no.js"></script>',
    "the text of a document without frames": '<noframes><script src="no.js"></script></noframes>',
    "markup in an attribute": """<div data-embed='<script src="no.js"></script>'></div>""",
    "after a comment with an odd end": '<!-- x --!><script src="yes.js"></script>',
    "an empty address": '<script src=""></script>',
    "a word of a drawing on a script": '<script xlink:href="no.js" href="no-2.js"></script>',
    "a script in a drawing": '<svg><script href="yes.js"></script></svg>',
    "what a module imports": '<script type="module">import "./yes.js"; import {a, b as c} from "http://cdn.example/yes-2.js"; export * from "/yes-3.js"</script>',
    "what a module does not import": '<script type="module">// import "./no.js"\n/* import "./no-2.js" */ const a = "import \'./no-3.js\'"; if (0) import("./no-4.js")</script>',
    "what a map of modules names": '<script type="importmap">{"imports": {"a": "./yes.js", "b": "./no.js"}}</script><script type="module">import "a"</script>',
    # parts that are set aside
    "a template": f"<template>{INNER.replace('yes', 'no')}<style>p {{ background: url(no.png) }}</style></template><img src='yes.png'>",
    "a template left open inside": '<template><p>a<div></template><img src="yes.png">',
    "templates in templates": '<template><template></template><img src="no.png"></template><img src="yes.png">',
    "a template's end alone": '</template><img src="yes.png">',
    "a template in a table": '<table><template><tr><td><img src="no.png"></td></tr></template></table><img src="yes.png">',
    "a template named in an attribute": '<p title="<template>"><img src="yes.png">',
    "a template in a script": '<script>var a = "<template>";</script><img src="yes.png">',
    "a template in a comment": '<!-- <template> --><img src="yes.png">',
    "a shadow tree": '<div><template shadowrootmode="open"><img src="yes.png"></template></div>',
    "a shadow tree of no mode": '<div><template shadowrootmode="ajar"><img src="no.png"></template></div>',
    "for browsers without scripts": '<noscript><img src="no.png"><iframe src="no.html"></iframe></noscript><img src="yes.png">',
    "for browsers without scripts, in the head": '<head><noscript><link rel="stylesheet" href="no.css"></noscript></head>',
    "for browsers without scripts, around an end": '<p><noscript></p><img src="no.png"></noscript><img src="yes.png">',
    "for browsers without scripts, with a comment": '<noscript><!-- </noscript><img src="yes.png"> -->',
    "a comment": '<!-- <img src="no.png"> --><img src="yes.png">',
    "a conditional comment": '<!--[if lt IE 9]><script src="no.js"></script><![endif]--><img src="yes.png">',
    "a revealed conditional comment": '<![if !IE]><img src="yes.png"><![endif]>',
    "a comment that ends at once": '<!--><img src="yes.png">',
    "a text area": '<textarea><script src="no.js"></script></textarea><img src="yes.png">',
    "a title": '<title><img src="no.png"></title><img src="yes.png">',
    "a style": '<style><img src="no.png"></style><img src="yes.png">',
    "old text": '<xmp><img src="no.png"></xmp><img src="yes.png">',
    "inside a frame": '<iframe src="yes.html"><img src="no.png"></iframe><img src="yes.png">',
    "without embedding": '<noembed><img src="no.png"></noembed><img src="yes.png">',
    "without frames": '<noframes><img src="no.png"></noframes><img src="yes.png">',
    "plain text to the end": '<img src="yes.png"><plaintext><img src="no.png">',
    # documents in frames
    "a written frame": f'<iframe src="no.html" srcdoc="{escape(INNER)}"></iframe>',
    "an empty written frame": '<iframe src="no.html" srcdoc></iframe>',
    "a written frame without scripts": f'<iframe sandbox srcdoc="{escape(INNER)}"></iframe>',
    "a written frame with scripts": f'<iframe sandbox="allow-scripts" srcdoc="{escape(INNER)}"></iframe>',
    "a written frame with a base": '<base href="http://cdn.example/a/"><iframe srcdoc="<img src=yes.png>"></iframe>',
    "a written frame in one": f'<iframe srcdoc="{escape(f"""<iframe srcdoc="{escape(INNER)}"></iframe>""")}"></iframe>',
    "a frame": '<iframe src="yes.html"></iframe>',
    "a frame outside a set": '<p>x<frame src="no.html">',
    "a set of frames": '<frameset><frame src="yes.html"></frameset>',
    # the base
    "a base": '<base href="http://cdn.example/deep/"><img src="yes.png">',
    "two bases": '<base href="/first/"><base href="/second/"><img src="yes.png">',
    "a base in a template": '<template><base href="http://no.example/"></template><img src="yes.png">',
    "a base in noscript": '<noscript><base href="http://no.example/"></noscript><img src="yes.png">',
    # style sheets and other links
    "a style sheet": '<link rel="stylesheet" href="yes.css">',
    "a style sheet in other letters": '<link rel="StyleSheet" type="TEXT/CSS" href="yes.css">',
    "a disabled style sheet": '<link rel="stylesheet" disabled href="no.css">',
    "a style sheet to choose": '<link rel="alternate stylesheet" title="Dark" href="yes.css">',
    "a style sheet to choose without a name": '<link rel="alternate stylesheet" href="yes.css">',
    "a style sheet for print": '<link rel="stylesheet" media="print" href="yes.css">',
    "a style sheet of another language": '<link rel="stylesheet" type="text/less" href="no.css">',
    "another kind of style sheet": '<link rel="stylesheet/less" href="no.css">',
    "connections": '<link rel="preconnect" href="http://no.example"><link rel="dns-prefetch" href="//no.example">',
    "addresses of other things": '<link rel="canonical" href="no-1"><link rel="alternate" href="no-2"><link rel="pingback" href="no-3">'
    '<link rel="next" href="no-4"><link rel="shortlink" href="no-5"><link rel="profile" href="http://gmpg.example/no-6">',
    "loaded beforehand": '<link rel="preload" as="image" href="yes.png"><link rel="preload" as="script" href="yes.js">',
    "loaded beforehand for nothing": '<link rel="preload" href="no.png"><link rel="preload" as="document" href="no.html">',
    "loaded beforehand for print": '<link rel="preload" as="image" media="print" href="no.png">',
    "a picture loaded beforehand": '<link rel="preload" as="image" href="no.png" imagesrcset="yes.png 1x">',
    "a set of pictures on another link": '<link rel="stylesheet" href="yes.css" imagesrcset="no.png 1x">',
    "a module loaded beforehand": '<link rel="modulepreload" href="yes.js">',
    # pictures and sound
    "a picture": '<img src="yes.png">',
    "an image": '<image src="yes.png">',
    "a picture kept aside": '<img data-src="no.png" data-srcset="no-2.png 2x" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "a choice for print": '<picture><source media="print" srcset="no.png"><img src="yes.png"></picture>',
    "a choice for nothing": '<picture><source media="not all" srcset="no.png"><img src="yes.png"></picture>',
    "a source that is no choice": '<picture><source src="no.png"><img src="yes.png"></picture>',
    "a source of nothing": '<source srcset="no.png" src="no-2.png">',
    "a film's poster": '<video poster="yes.png" preload="none"></video>',
    "a film's other content": '<video preload="none"><img src="yes.png"></video>',
    "a button": '<form><input type="image" src="yes.png"><input type="text" src="no.png"></form>',
    "a drawing's picture": '<svg><image href="yes.png"/></svg>',
    "a drawing's picture, the old way": '<svg><image xlink:href="yes.png"/></svg>',
    "a drawing's picture, as of HTML": '<svg><image src="no.png"/></svg>',
    "backgrounds": '<body background="yes.png"><table background="yes-2.png"><tr background="yes-3.png"><th background="yes-4.png">x</table>',
    "a background of no kind": '<div background="no.png"></div>',
    "an object": '<object data="yes.html" type="text/html"></object>',
    # what styles load
    "a style's import": '<style>@import "yes.css";</style>',
    "a style's late import": '<style>p { color: red } @import "no.css";</style>',
    "a style's import after another": '<style>@charset "utf-8"; @import url(yes.css); @import url("yes-2.css") screen;</style>',
    "a style's remark": '<style>/* @import "no.css"; */ p { /* background: url(no.png) */ color: red }</style>',
    "a style's namespace": '<style>@namespace url(http://no.example/1999/xhtml); body { color: red }</style>',
    "a style's text": '<style>body::before { content: "url(no.png)" }</style>',
    "a style's picture": '<style>body { background: url(yes.png) }</style>',
    "a style's set of pictures": '<style>body { background: image-set("yes.png" 1x type("image/png")) }</style>',
    "a style of another language": '<style type="text/less">body { background: url(no.png) }</style>',
    "a style for old browsers": '<style>body { behavior: url(no.htc) }</style>',
    "an element's style": '<p style="background: url(yes.png)">x</p>',
    "an element's style with a remark": '<p style="/* background: url(no.png) */">x</p>',
    "a style for print": '<style media="print">@import "yes.css"; body { background: url(no.png) }</style>',
    "a style's part for print": '<style>@media print { body { background: url(no.png) } i { color: red } } body { background: url(yes.png) }</style>',
    "a style of a type with parameters": '<style type="text/css; charset=utf-8">@import "yes.css";</style>',
    # markup that is read otherwise than it looks
    "a script that seems closed": '<script src="yes.js" /><img src="no.png"></script><img src="yes.png">',
    "a frame that seems closed": '<iframe src="yes.html" /><img src="no.png"></iframe><img src="yes.png">',
    "a script in a script": '<script>/*<!--<script>*/</script>--></script><img src="yes.png">',
    "a module with a blank": '<script type=" module" src="no.js"></script>',
    "a comment of another kind": '<![CDATA[ <img src="no.png"> ]]><? <img src="no-2.png"> ?></ <img src="no-3.png"><img src="yes.png">',
    "a comment's other end": '<!-- a --!><img src="yes.png"> -->',
    "an attribute twice": '<img src="yes.png" src="no.png">',
    "a film with a source of its own": '<video src="yes.mp4"><source src="no.mp4"></video>',
    "a text area left open": '<img src="yes.png"><textarea><img src="no.png">',
    "a column's background": '<table><col background="yes.png"><tr><td background="yes-2.png"></table>',
    # addresses that are none
    "links": '<a href="no.html">a</a><form action="no.html"></form><area href="no-2.html"><a ping="no-3.html" href="no-4.html">b</a>',
}  # fmt: skip


def told(text: str, address: str = SHOP) -> set[str]:
    """What the rules say that a page loads."""
    return {loaded for loaded, *_ in insecure_loads(extract(f"<!DOCTYPE html>{text}", address, 200, (), PageKind.OTHER))}


def test_our_reading_of_each_sample() -> None:
    wrong = {}
    for name, text in SAMPLES.items():
        loaded = told(text)
        wanted = len(set(re.findall(r"yes[\w-]*\.\w+", text)))
        if any("no" in address.rpartition("/")[2] or "//no" in address for address in loaded) or len(loaded) != wanted:
            wrong[name] = loaded
    assert wrong == {}


def test_chromium_loads_what_we_say() -> None:
    """Each sample in a frame of one page, so that the browser has to wait only once."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    texts = {f"{SHOP}{number}/": text for number, text in enumerate(SAMPLES.values())}
    frames = "".join(f'<iframe src="{address}"></iframe>' for address in texts)
    asked: dict[str, set[str]] = {address: set() for address in texts}

    def answer(route: Route) -> None:
        address, frame = route.request.url, route.request.frame
        if address == SHOP or address in texts:
            route.fulfill(content_type="text/html; charset=utf-8", body=f"<!DOCTYPE html>{texts.get(address, frames)}")
            return
        asked[_sample(frame, texts)].add(address)
        extension = address.rpartition(".")[2]
        headers = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(content_type=KINDS.get(extension, "text/plain"), body=IMAGE if extension == "png" else "", headers=headers)

    with sync_playwright() as playwright:
        # What a frame in a process of its own asks for is not shown to us.
        flags = [*FLAGS, "--disable-features=IsolateSandboxedIframes"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto(SHOP, wait_until="networkidle")
        browser.close()
    different = {
        name: (asked[address], told(text, address))
        for (name, text), address in zip(SAMPLES.items(), texts, strict=True)
        if asked[address] != told(text, address)
    }
    assert len(SAMPLES) >= 60
    assert not different, "\n".join(f"{name}: asked {asks}, told {tells}" for name, (asks, tells) in different.items())


def _sample(frame: Frame | None, texts: Mapping[str, str]) -> str:
    """The sample that a frame belongs to; what it has frames for belongs to it as well."""
    while frame is not None and frame.url not in texts:
        frame = frame.parent_frame
    assert frame is not None
    return frame.url
