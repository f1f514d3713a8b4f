"""Pages become facts, whatever a site sends."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.evidence import Field, Form, Link, PageKind, Resource, Script
from scanner.gatherers.crawl import html
from scanner.gatherers.crawl.html import extract, outline
from tests.patience import cpu

ADDRESS = "https://petalandstem.example/shop/roses?x=1"


def page(text, headers=(), kind=PageKind.OTHER):
    return extract(text, ADDRESS, 200, headers, kind)


def test_links_are_absolute_and_told_once():
    links = page(
        '<a href="red rose.html#top" rel="NoFollow">Red <b>rose</b></a><a href="red rose.html" rel="nofollow">Red rose</a>'
        '<a href="mailto:a@b.example">Mail</a><a href="javascript:x()">x</a><a href="#top">Top</a><a name="a">no link</a>'
        '<map><area href="/area"></map><a href="//other.example/">Other</a><a href="http://user:geheim@x.example/">x</a>'
    ).links
    assert links == (
        Link("https://petalandstem.example/shop/red%20rose.html", "Red rose", "nofollow"),
        Link("https://petalandstem.example/area"),
        Link("https://other.example/", "Other"),
        Link("http://***@x.example/", "x"),
    )


def test_the_first_base_counts_for_everything_wherever_it_stands():
    seen = page(
        '<a href="a">a</a><base href="/other/"><base href="/third/"><img src="i.png"><form action="go"></form><form></form>'
    )
    assert seen.base == "https://petalandstem.example/other/"
    assert seen.links[0].address == "https://petalandstem.example/other/a"
    assert seen.resources[0].address == "https://petalandstem.example/other/i.png"
    assert [form.action for form in seen.forms] == ["https://petalandstem.example/other/go", ADDRESS]


@pytest.mark.parametrize("base", ["http://[::1", "javascript:x", "//", ""])
def test_a_base_that_is_none_is_ignored(base):
    assert page(f'<base href="{base}"><a href="a">a</a>').links[0].address == "https://petalandstem.example/shop/a"


def test_forms_with_their_fields_wherever_these_stand():
    forms = page(
        """<form id="login" class="box small" method="POST" action="/login">
        <input type="hidden" name="token" value="geheim"><input name="mail" autocomplete="Email"><input type="PASSWORD" name="pw">
        <select name="lang"><option>de</select><textarea name="note"></textarea>
        <button formaction="http://other.example/go">Go</button></form>
        <input form="login" name="late"><input id="loose" type="tel"><input form="nowhere" name="lost">
        <form action="javascript:send()"><input name="x"></form>"""
    ).forms
    fields = (
        Field("token", "hidden"), Field("mail", "text", "email"), Field("pw", "password"), Field("lang", "select"),
        Field("note", "textarea"), Field("", "button"), Field("late"),
    )  # fmt: skip
    assert forms == (
        Form("https://petalandstem.example/login", "post", fields, "login box small"),
        Form("http://other.example/go", "post", fields, "login box small"),
        Form("", "get", (Field("x"),)),
        Form("", "", (Field("loose", "tel"), Field("lost"))),
    )
    assert forms[0].has_password
    assert "geheim" not in repr(forms)


def test_scripts_in_order_with_their_attributes():
    scripts = page(
        '<script src="//cdn.example/a.js" integrity="sha384-x" crossorigin></script><script>one()</script>'
        '<script type="Application/LD+JSON">{"@type":"Product"}</script><script src="data:text/javascript,two()"></script><script> </script>'
    ).scripts
    assert scripts == (
        Script("https://cdn.example/a.js", integrity="sha384-x", crossorigin="anonymous"),
        Script(inline="one()", digest=scripts[1].digest),
        Script(inline='{"@type":"Product"}', kind="application/ld+json", digest=scripts[2].digest),
        Script(inline="data:text/javascript,two()"),
    )


def test_scripts_that_no_browser_loads_are_held() -> None:
    scripts = page(
        '<script type="text/plain" data-category="ads" src="https://ads.example/a.js"></script><script type="text/plain">count()</script>'
        '<script type="litespeed/javascript" data-src="/b.js"></script><script type="application/json" src="/c.json">{}</script>'
        '<script nomodule src="/d.js"></script><script type="module" nomodule src="/e.js"></script>'
    ).scripts
    assert [(script.src, script.inline, script.held, script.runs, script.waits) for script in scripts] == [
        ("", "", "https://ads.example/a.js", False, True),
        ("", "count()", "", False, True),
        ("", "", "https://petalandstem.example/b.js", False, True),
        ("", "{}", "", False, False),
        ("https://petalandstem.example/e.js", "", "", True, False),
    ]


def test_scripts_that_rocket_loader_renamed_are_what_they_were() -> None:
    renamed = '<script type="0123456789abcdef01234567-text/javascript" src="/a.js"></script>'
    loader = '<script src="/cdn-cgi/scripts/7d0fa10a/cloudflare-static/rocket-loader.min.js"></script>'
    assert [script.src for script in page(renamed + loader).scripts if script.kind == "text/javascript"] == [
        "https://petalandstem.example/a.js"
    ]
    assert [script.held for script in page(renamed).scripts] == ["https://petalandstem.example/a.js"]


def test_what_stands_in_noscript_leads_somewhere_and_loads_nothing() -> None:
    seen = page(
        '<noscript><a href="/plain">Plain</a><img src="/count.gif"><link rel="stylesheet" href="/plain.css"><form action="/go"><input name="x">'
        '</form><input name="lost"><meta http-equiv="refresh" content="5"></noscript>'
    )
    assert [link.address for link in seen.links] == ["https://petalandstem.example/plain"]
    assert [form.action for form in seen.forms] == ["https://petalandstem.example/go"]
    assert seen.metas_named("refresh") == ("5",)
    assert (seen.resources, seen.words) == ((), "")


def test_a_policy_counts_in_the_head_alone() -> None:
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'
    for counted in (f"<head>{policy}</head>", f"<title>Roses</title>{policy}<body>", f"<!DOCTYPE html>{policy}<p>x"):
        assert page(counted).metas_named("content-security-policy") == ("default-src 'self'",)
    for ignored in (f"<body>{policy}", f"<p>x{policy}", f"<head><noscript>{policy}</noscript>", f"<template>{policy}</template>"):
        assert page(ignored).metas_named("content-security-policy") == ()


def test_a_document_written_into_a_frame_is_read_with_the_page() -> None:
    seen = page(
        '<base href="/deep/"><iframe src="never.html" srcdoc="<img src=a.png><form action=pay><input name=cc_number></form>"></iframe>'
        '<iframe sandbox srcdoc="<script src=b.js></script><img src=c.png>"></iframe>'  # asked for, and not run
    )
    assert [one.address.rpartition("/")[2] for one in seen.resources] == ["a.png", "c.png"]
    assert seen.resources[0].address == "https://petalandstem.example/deep/a.png"
    assert [form.action for form in seen.forms] == ["https://petalandstem.example/deep/pay"]
    assert [script.src for script in seen.scripts] == ["https://petalandstem.example/deep/b.js"]


def test_a_session_is_known_by_its_value() -> None:
    value = "v3k9q0m7p2x8t6w1c5d4e0f2a7"
    headers = (("set-cookie", f"ceid={value}; Path=/"), ("set-cookie", "lang=de"), ("set-cookie", "sid=…"))
    seen = page(f'<a href="/roses?page=2&amp;ceid={value}">Roses</a><a href="https://other.example/?x={value}">x</a>', headers)
    assert [(cookie.name, cookie.opaque, cookie.parameter) for cookie in seen.cookies] == [
        ("ceid", True, "ceid"),
        ("lang", False, ""),
        ("sid", None, ""),
    ]
    kept = (("set-cookie", "ceid=…; Path=/"),)  # as an answer keeps it
    visitor = frozenset({("petalandstem.example", "/", "ceid", value)})
    links = f'<a href="/roses?ceid={value}">Roses</a>'
    assert extract(links, "https://petalandstem.example/", 200, kept, None, visitor).cookies == seen.cookies[:1]


def test_long_scripts_keep_their_beginning_and_their_end():
    (script,) = page("<script>start()" + " " * 100_000 + "end()</script>").scripts
    assert len(script.inline) == html.INLINE_CHARS
    assert script.inline.startswith("start()")
    assert script.inline.endswith("end()")


def test_everything_that_a_page_loads():
    resources = page(
        """<link rel="Stylesheet" href="a.css" integrity="sha256-x"><style>@import "b.css"; p{background:url( 'c.png' )}</style>
        <body background="d.png" style="background:url(e.png)"><img src="f.png" srcset="g.png 1x, h,i.png 2x,j.png">
        <picture><source srcset="k.webp"></picture><iframe src="l.html"></iframe><video src="m.mp4" poster="n.jpg"></video><audio src="o.mp3"></audio>
        <object data="p.swf"></object><embed src="q.swf"><form><input type="image" src="r.png"></form>
        <img src="data:image/png;base64,x"><noscript><img src="https://count.example/s.gif"></noscript>"""
    ).resources
    names = [(one.tag, one.attribute, one.address.rpartition("/")[2]) for one in resources]
    assert sorted(names) == sorted(
        [
            ("link", "href", "a.css"), ("style", "import", "b.css"), ("style", "url", "c.png"), ("body", "background", "d.png"),
            ("body", "style", "e.png"), ("img", "src", "f.png"), ("img", "srcset", "g.png"), ("img", "srcset", "h,i.png"),
            ("img", "srcset", "j.png"), ("source", "srcset", "k.webp"), ("iframe", "src", "l.html"), ("video", "src", "m.mp4"),
            ("video", "poster", "n.jpg"), ("audio", "src", "o.mp3"), ("object", "data", "p.swf"), ("embed", "src", "q.swf"),
            ("input", "src", "r.png"),
        ]
    )  # fmt: skip
    assert Resource("link", "href", "https://petalandstem.example/shop/a.css", "stylesheet", "sha256-x") in resources


def test_title_words_metas_comments_cookies():
    seen = page(
        '<!doctype html><html><head><title> Red\n roses </title><meta name="Generator" content="Shop 1.2"><meta property="og:type" content="product">'
        '<meta http-equiv="refresh" content="0"><meta name="csrf-token" content="geheim"></head><body>Fresh <b>roses</b><script>var x</script>'
        "<style>p{}</style><template>no</template><noscript>no</noscript><!--  made\n by hand --><svg><title>icon</title></svg></body>",
        headers=(("server", "nginx"), ("set-cookie", "sid=geheim; Path=/; HttpOnly")),
    )
    assert seen.title == "Red roses"
    assert seen.words == "Fresh roses"
    assert seen.metas == (("generator", "Shop 1.2"), ("og:type", "product"), ("refresh", "0"), ("csrf-token", "…"))
    assert seen.comments == ("made by hand",)
    assert seen.headers == (("server", "nginx"), ("set-cookie", "sid=…; Path=/; HttpOnly"))
    assert seen.cookies[0].attribute("httponly") == ""
    assert "geheim" not in repr(seen)


def test_the_source_is_cut_and_redacted():
    text = '<input type="hidden" value="geheim">' + "<!-- x -->" * 27_000 + '<input value="geheim" type="hidden">'
    for cut in (text, "<!-- x -->" * 26_211 + text[:60], "<!-- x -->" * 26_211 + '<input value="geheim" type="hidden">'):
        source = page(cut).html
        assert len(source) <= html.HTML_CHARS
        assert "geheim" not in source


def test_the_kind_is_found_where_it_is_not_given():
    assert extract("<p>x", "https://petalandstem.example/cart", 200, ()).kind is PageKind.CART
    assert extract("<p>x", "https://petalandstem.example/cart", 200, (), PageKind.HOME).kind is PageKind.HOME


def test_everything_is_bounded():
    many = "".join(f'<a href="/{n}">x</a>' for n in range(6_000))
    many += "".join(f'<img src="/{n}.png">' for n in range(3_000))
    many += "".join(f'<meta name="a{n}" content="x"><!--{"c" * 400}-->' for n in range(400))
    many += '<form action="/f">' + "<input name=a>" * 500 + "</form>"
    many += "<form></form>" * 500 + "<script>x()</script>" * 100 + '<script src="/a.js"></script>' * 400 + "words " * 10_000
    seen = page(many + "<title>" + "t" * 9_999)
    assert len(seen.links) == html.MOST_LINKS
    assert len(seen.resources) == html.MOST_RESOURCES
    assert len(seen.metas) == html.MOST_METAS
    assert len(seen.comments) == html.MOST_COMMENTS
    assert max(map(len, seen.comments)) <= html.COMMENT_CHARS
    assert len(seen.forms) == html.MOST_FORMS
    assert len(seen.forms[0].fields) == html.MOST_FIELDS
    assert len(seen.scripts) == html.MOST_INLINE + html.MOST_SCRIPTS
    assert len(seen.words) <= html.WORDS_CHARS
    assert len(seen.title) <= html.TITLE_CHARS


def test_outline_keeps_links_as_written_with_the_text_around_them():
    seen = outline(
        '<title>Index of /a</title><h1>Index of <i>/a</i></h1><pre><a href="../">../</a>\n<a href="b.txt" title="b"><tt>b.txt</tt></a>  2026 <b>5K</b><br>end'
    )
    assert seen.title == "Index of /a"
    assert seen.headings == ("Index of /a",)
    assert [(a.reference, a.text, a.title, a.after) for a in seen.anchors] == [
        ("../", "../", "", ""),
        ("b.txt", "b.txt", "b", "2026 5K end"),
    ]


@pytest.mark.parametrize(
    "text",
    ["", " ", "index.html", "https://petalandstem.example/", "<?xml version='1.0' encoding='utf-16'?><p>x", "<?xml version='1.0'?><rss><item/></rss>",
     "\ud800<p>\udfff", "\x00\x00<p>\x00", "<", "<!", "<!--", "<![CDATA[x", "<title>", "<form><form><input>", "\ufeff<p>x", "<a href>", "<base><base href>"],
)  # fmt: skip
def test_odd_pages_are_pages(text):
    page(text)
    outline(text)


@settings(max_examples=150)
@given(st.lists(st.sampled_from(["<", ">", "</", "a ", "form ", "input ", "script", "style", "title", "base ", "href=", "src=", "srcset=", "'", '"', "=", "<!--", "-->",
                                 "<![CDATA[", "url(", "template", "svg", "meta ", "content=", "http://", "//", "\\", "&#x0;", "&amp;", "\n", " "]) | st.text(max_size=3),
                max_size=60).map("".join))  # fmt: skip
def test_never_raises(text):
    seen = page(text)
    for link in seen.links:
        assert link.address.startswith(("http://", "https://"))
    outline(text)


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 100_000,
        "<p " + " ".join(f"a{n}=b" for n in range(200_000)) + ">",
        "<!--" * 200_000,
        "\x00" * 1_000_000 + "<p>x",
        "<title>" + "x " * 500_000,
        "<a href=x>t" * 15_000,
        "<form><table><tr><td>" * 6_000,
        "<iframe srcdoc='" + "&lt;p>" * 20_000 + "'></iframe>",
        "<style>" + "url(" * 40_000 + "@import " * 10_000 + "\"'" * 10_000 + "</style>",
    ],
    ids=["nested", "attributes", "comments", "nuls", "title", "links", "forms", "documents", "styles"],
)
def test_hostile_pages_take_bounded_time(text):
    with cpu(20):
        page(text)


@pytest.mark.parametrize(
    "script", ["start()", "\n  start();\r\n  más();\r", "if (a < b && c > d) { x('</p>') }", "<!--\nold()\n//-->"]
)
def test_the_digest_of_a_script_is_of_the_text_that_browsers_hash(script: str) -> None:
    (found,) = page(f"<p>x</p><script>{script}</script>").scripts
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    assert found.digest == "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_programs_and_styles_in_elements_are_counted() -> None:
    found = page(
        '<body onload="a()"><p onclick=b() style="color: red">x</p><a href=" JavaScript:void(0)">y</a><a href="/one" title="onclick">z</a>'
        '<style>p { color: red }</style><form action="javascript:c()"></form><input one="1" style=""></body>'
    )
    assert (found.handlers, found.styled) == (4, 3)


def test_a_title_is_all_the_text_inside_and_the_first_counts():
    assert page("<title>Red <!-- b -->roses<b>no</b> &amp; tulips</title>").title == "Red <!-- b -->roses<b>no</b> & tulips"
    assert html.outline("<title>Red &lt;roses</title><title>second</title>").title == "Red <roses"
    assert page("<title></title><title>second</title>").title == ""


def test_a_text_in_pieces_is_one_text():
    """The parser tells a long text, and one with entities, in pieces."""
    long = "a&amp;b" * 2_000
    seen = page(f'<a href="/x">{long}</a><script>{"x = 1 & 2; " * 3_000}</script>')
    assert seen.links[0].text == ("a&b" * 2_000)[:200]
    assert seen.words.startswith("a&ba&b")
    assert len(seen.scripts) == 1


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 30_000 + "</i>" * 30_000,
        "<b>" * 30_000 + "</p>" * 30_000,
        "<x-rose>" * 200_000,
        "<div><span>" * 15_000 + "<body lang=de>" * 30_000,
    ],
)
def test_elements_deep_in_each_other_end_the_reading(body: str) -> None:
    """Each end is looked for in all that are open: a page took seconds, and a shop has sixty."""
    with cpu(1.0):
        page_, cut = html.extract_or_cut(
            f'<title>Roses</title><a href="/tulips">x</a>{body}', "https://petalandstem.example/", 200, ()
        )
        html.outline(body)
    assert "1,000 deep" in cut
    assert page_.title == "Roses"
    assert [link.address for link in page_.links] == ["https://petalandstem.example/tulips"]


def test_a_page_that_is_read_whole_says_so() -> None:
    for body in ("", "<p>" * 20_000, "<div>" * 900 + "x" + "</div>" * 900, "<ul>" + "<li>rose" * 20_000):
        assert html.extract_or_cut(body, "https://petalandstem.example/", 200, ())[1] == ""
    assert "60,000 tags" in html.extract_or_cut("<p>" * 70_000, "https://petalandstem.example/", 200, ())[1]


@given(
    st.lists(
        st.sampled_from(
            (
                "<p>",
                "</p>",
                "<b>",
                "<script>",
                "</script>",
                "a<b",
                "&amp",
                ";",
                "<!--",
                "-->",
                "é",
                "<a href='",
                "'>",
                "\U0001f339",
            )
        ),
        max_size=60,
    )
)
def test_pieces_of_any_size_are_read_as_one(pieces: list[str]) -> None:
    whole = extract("".join(pieces), "https://petalandstem.example/", 200, ())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "PIECE", 3)
        assert extract("".join(pieces), "https://petalandstem.example/", 200, ()) == whole


@pytest.mark.parametrize(
    ("form", "leads"),
    [
        ('<form action="/basket"><button>Basket</button></form>', "/basket"),
        ('<form action="/index.php?a=b"><input type=hidden name=route value=checkout/cart><input type=submit></form>',
         "/index.php?route=checkout%2Fcart"),
        ('<form action="/x"><button formaction="/checkout">Go</button></form>', "/checkout"),
        ('<form method=post action="/x"><button formaction="/checkout" formmethod=get>Go</button></form>', "/checkout"),
        ('<form method=post action="/basket"><button>Basket</button></form>', ""),
        ('<form action="/x"><button formaction="/checkout" formmethod=post>Go</button></form>', ""),
        ('<form action="/search"><input name=q></form>', ""),
        ('<form action="/sort"><select name=by><option>price</select></form>', ""),
        ('<form action="/age"><input type=checkbox name=old></form>', ""),
        ('<form action="/go"><input type=hidden name=csrf_token value=abc></form>', ""),
        (f'<form action="/go"><input type=hidden name=a value={"x" * 300}></form>', ""),
        ('<form action="javascript:go()"><button>Go</button></form>', ""),
    ],
)  # fmt: skip
def test_a_form_that_asks_for_nothing_leads_on_like_a_link(form: str, leads: str) -> None:
    assert (leads and f"https://petalandstem.example{leads}") in [one.leads for one in page(form).forms]
