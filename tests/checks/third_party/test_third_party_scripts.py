"""The inventory of others' scripts, libraries without a checksum, chats by http."""

from __future__ import annotations

import pytest

from checks.third_party.scripts import chat_widget_insecure, is_chat, sri_missing, third_party_script
from scanner import Found, PageKind, Passed, Resource, Script
from scanner.testing import page, pages

HASH = "sha384-" + "A" * 64


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
