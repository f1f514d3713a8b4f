"""The inventory of others' scripts, libraries without a checksum, chats by http."""

from __future__ import annotations

import pytest

from checks.third_party import scripts
from checks.third_party.hosts import is_foreign
from checks.third_party.scripts import chat_widget_insecure, is_chat, third_party_script
from scanner import FileKind, Found, LoadedFile, PageKind, Pages, Passed, Resource, Script, Unavailable, Unread, Verdict
from scanner.testing import loaded_file, loaded_files, page, pages

HASH = "sha384-" + "A" * 64


def sri_missing(shop: Pages, *files: LoadedFile) -> Verdict:
    return scripts.sri_missing(shop, loaded_files(*files))


def test_a_shop_with_its_own_scripts_only_passes() -> None:
    own = page(
        scripts=[
            Script("https://petalandstem.example/a.js"),
            Script("https://static.petalandstem.example/b.js"),
            Script(inline="x()"),
        ]
    )
    for rule in (sri_missing, third_party_script, chat_widget_insecure):
        assert rule(pages(own)) == Passed(("/",))


@pytest.mark.parametrize(
    ("host", "own", "foreign"),
    [
        ("static.petalandstem.example", "petalandstem.example", False),
        ("cdn.petalandstem.example", "shop.petalandstem.example", False),
        ("cdn.petalandstem.pl", "sklep.petalandstem.pl", False),
        ("cdn.petalandstem.co.uk", "shop.petalandstem.co.uk", False),
        ("tracker.co.uk", "shop.co.uk", True),  # a name of its own
        ("ads.com.tr", "magaza.com.tr", True),
        ("cdn.petalandstem.example", "blog.petalandstem.example", True),
        ("other.example", "shop.example", True),
        ("", "shop.petalandstem.example", False),
    ],
)
def test_whose_host_it_is(host: str, own: str, foreign: bool) -> None:
    assert is_foreign(host, own) is foreign


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ("https://cdnjs.cloudflare.com/ajax/libs/jquery/3.7.1/jquery.min.js", True),
        ("https://cdn.jsdelivr.net/npm/bootstrap@5.3.3/dist/js/bootstrap.min.js", True),
        ("https://unpkg.com/vue@3.5.13/dist/vue.global.prod.js", True),
        ("https://code.jquery.com/jquery-3.7.1.min.js", True),
        ("https://ajax.googleapis.com/ajax/libs/jquery/3.7.1/jquery.min.js?x=1", True),
        ("https://cdn.jsdelivr.net/npm/bootstrap@5/dist/js/bootstrap.min.js", False),  # changes with every release
        ("https://unpkg.com/vue", False),
        ("https://www.googletagmanager.com/gtag/js?id=G-1", False),
        ("https://js.stripe.com/v3/", False),
        ("https://www.paypal.com/sdk/js", False),
        ("https://petalandstem.example/jquery-3.7.1.min.js", False),
        ("https://[broken", False),
    ],
)
def test_checksums(address: str, missing: bool) -> None:
    verdict = sri_missing(pages(page(scripts=[Script(address)])))
    assert isinstance(verdict, Found if missing else Passed)
    assert sri_missing(pages(page(scripts=[Script(address, integrity=HASH)]))) == Passed(("/",))


def test_a_checksum_that_is_none_and_styles() -> None:
    address = "https://cdn.jsdelivr.net/npm/bootstrap@5.3.3/dist/css/bootstrap.min.css"
    style = Resource("link", "href", address, rel="stylesheet")
    verdict = sri_missing(pages(page(resources=[style], scripts=[Script(address, integrity="md5-abc")])))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [address]


def test_the_inventory_names_host_and_kind_of_page() -> None:
    tag = Script("https://www.googletagmanager.com/gtm.js?id=1")
    shop = pages(
        page(scripts=[tag]), page("/checkout", kind=PageKind.CHECKOUT, scripts=[tag, Script("https://js.stripe.com/v3/")])
    )
    verdict = third_party_script(shop)
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [
        "js.stripe.com@checkout",
        "www.googletagmanager.com@checkout",
        "www.googletagmanager.com@home",
    ]
    assert verdict.findings[0].places == ("/checkout",)


@pytest.mark.parametrize(
    ("address", "chat"),
    [
        ("http://embed.tawk.to/1/default", True),
        ("http://www.petal-chat.example/widget.js", True),
        ("http://support.example/livechat/x.js", True),
        ("http://support.example/phplive/js/x.php", True),
        ("http://support.example/livezilla/server.php?a=1", True),
        ("http://cdn.example/js/chat.js", True),
        ("http://chateau-wine.example/a.js", False),
        ("http://cdn.example/chatelaine.js", False),
        ("http://cdn.example/app.js?page=chat", False),
        ("nonsense", False),
    ],
)
def test_what_a_chat_is(address: str, chat: bool) -> None:
    assert is_chat(address) is chat


def test_chats_by_http() -> None:
    for script in (
        Script("http://cdn.tidiochat.com/x.js"),
        Script(inline="var s=document.createElement('script');s.src='http:\\/\\/talk.example\\/chat\\/x.js';"),
    ):
        verdict = chat_widget_insecure(pages(page(scripts=[script])))
        assert isinstance(verdict, Found), script
    assert isinstance(chat_widget_insecure(pages(page(resources=[Resource("iframe", "src", "http://talk.example/chat")]))), Found)
    for script in (
        Script("https://cdn.tidiochat.com/x.js"),
        Script(inline="// see http://talk.example/chat/manual"),
    ):
        assert isinstance(chat_widget_insecure(pages(page(scripts=[script]))), Passed), script
    own = page("http://petalandstem.example/", scripts=[Script("http://petalandstem.example/js/chat.js")])
    assert isinstance(chat_widget_insecure(pages(own)), Passed)  # the page itself comes by http: another rule's matter


LIBRARY = "https://cdn.jsdelivr.net/npm/library@1.2.3/library.min.js"
DIGEST = "sha384-" + "B" * 64


def ready_of(verdict: Verdict) -> str:
    assert isinstance(verdict, Found)
    return verdict.findings[0].ready


def test_the_tag_is_ready_where_the_file_was_read_whole() -> None:
    shop = pages(page(scripts=[Script(LIBRARY)]))
    verdict = sri_missing(shop, loaded_file(LIBRARY))
    assert ready_of(verdict) == f'<script src="{LIBRARY}" integrity="{DIGEST}" crossorigin="anonymous"></script>'
    assert isinstance(verdict, Found)
    assert "as it was served on 20 November 2026" in verdict.findings[0].shown
    module = pages(page(scripts=[Script(LIBRARY, kind="module")]))
    assert ready_of(sri_missing(module, loaded_file(LIBRARY))).startswith('<script type="module" src=')
    style = LIBRARY.replace(".min.js", ".min.css")
    linked = pages(page(resources=[Resource("link", "href", style, rel="stylesheet")]))
    assert ready_of(sri_missing(linked, loaded_file(style, kind=FileKind.STYLE))) == (
        f'<link rel="stylesheet" href="{style}" integrity="{DIGEST}" crossorigin="anonymous">'
    )


def test_no_tag_where_it_would_break_the_page_or_nobody_knows_the_checksum() -> None:
    shop = pages(page(scripts=[Script(LIBRARY)]))
    why = {
        "Access-Control-Allow-Origin": loaded_files(loaded_file(LIBRARY, shared=False)),
        "not read whole": loaded_files(loaded_file(LIBRARY, digests=())),
        "It took too long.": loaded_files(unread=[Unread(LIBRARY, "It took too long.", examined=False)]),
        "was not read": Unavailable("The scan's time was used up."),
    }
    for words, files in why.items():
        verdict = scripts.sri_missing(shop, files)
        assert ready_of(verdict) == ""
        assert isinstance(verdict, Found)
        assert words in verdict.findings[0].shown
        assert verdict.findings[0].subject == LIBRARY


def test_an_address_cannot_break_out_of_the_tag() -> None:
    address = "https://cdn.jsdelivr.net/npm/a@1.2.3/x.js?\"><img src=x onerror='1'>"
    ready = ready_of(sri_missing(pages(page(scripts=[Script(address)])), loaded_file(address)))
    assert ready.count('"') == 6
    assert ready.count("<") == 2
