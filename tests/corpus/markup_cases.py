"""Labelled pages: what no browser loads, words that mean two things, and sessions known by their value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.browser.cookies import cookie_insecure, session_id_in_url
from checks.policy.duties import card_form_on_site, privacy_policy_missing
from checks.third_party.scripts import sri_missing, third_party_script
from checks.transport.mixed import mixed_content_active, mixed_content_passive
from checks.versions.libraries import js_library_vulnerable
from scanner import Page, Pages, Verdict
from scanner.evidence import PageKind
from scanner.gatherers.crawl.html import extract
from scanner.testing import ORIGIN, installations, knowledge, loaded_files, pages

LIBRARY = "cdn.jsdelivr.net/npm/jquery@1.12.4/dist/jquery.min.js"
LOADS = f'<script src="http://{LIBRARY}"></script><img src="http://pictures.example/a.png">'
"""An active load, a passive one, a script of others, an old library, none of it checked."""

SHOWN = {
    "as it stands": LOADS,
    "after a template": f"<template><p></template>{LOADS}",
    "in a shadow tree": f'<div><template shadowrootmode="open">{LOADS}</template></div>',
    "between words for the Internet Explorer": f"<![if !IE]>{LOADS}<![endif]>",
    "in a frame's own document": f'<iframe srcdoc="{LOADS.replace(chr(34), "&quot;")}"></iframe>',
    "with the type written oddly": LOADS.replace("<script", '<script type=" Text/JavaScript "'),
    "after noscript": f"<noscript><p></noscript>{LOADS}",
    "in a file's fallback": f"<video preload=none>{LOADS}</video>",
}
SET_ASIDE = {
    "consent: Cookiebot": '<script type="text/plain" data-cookieconsent="statistics" src="http://{library}"></script>',
    "consent: Complianz": '<script type="text/plain" data-cmplz-src="http://{library}"></script><iframe data-src-cmplz="http://maps.example/" src="about:blank"></iframe>',
    "consent: Klaro": '<script type="text/plain" data-type="application/javascript" data-name="x" data-src="http://{library}"></script>',
    "consent: a type of its own": '<script type="javascript/blocked" src="http://{library}"></script>',
    "delayed: WP Rocket": '<script type="rocketlazyloadscript" data-rocket-src="http://{library}"></script>',
    "delayed: LiteSpeed": '<script type="litespeed/javascript" data-src="http://{library}"></script>',
    "a template": f"<template>{LOADS}</template>",
    "a template with open elements": f"<template><p><div>{LOADS}</template>",
    "a template as a script": f'<script type="text/x-template">{LOADS.replace("</script>", "")}</script>',
    "for browsers without scripts": f"<noscript>{LOADS}</noscript>",
    "for the Internet Explorer": f"<!--[if lt IE 9]>{LOADS}<![endif]-->",
    "for browsers without modules": '<script nomodule src="http://{library}"></script>',
    "a text area": f"<textarea>{LOADS}</textarea>",
    "the text of a frame": f"<iframe>{LOADS}</iframe>",
    "old text": f"<xmp>{LOADS}</xmp>",
    "data": '<script type="application/json" src="http://{library}">{{"a": "/*! jQuery v1.12.4"}}</script>',
    "pictures kept aside": '<img data-src="http://pictures.example/a.png" src="data:,">',
    "connections": '<link rel="preconnect" href="http://cdn.jsdelivr.net"><link rel="dns-prefetch" href="http://pictures.example">',
    "a disabled style": '<link rel="stylesheet" disabled href="http://cdn.jsdelivr.net/npm/bootstrap@3.3.7/dist/css/bootstrap.min.css">',
    "a frame's other address": '<iframe src="http://maps.example/" srcdoc="<p>Here</p>"></iframe>',
    "a style's namespace and remark": "<style>@namespace url(http://www.w3.org/1999/xhtml); /* url(http://pictures.example/a.png) */</style>",
    "a choice for print": '<picture><source media="print" srcset="http://pictures.example/a.png"></picture>',
}

Labelled = tuple[object, str, bool, Verdict]


def read(markup: str, *headers: tuple[str, str]) -> Page:
    return extract(f"<!DOCTYPE html><body>{markup}</body>", f"{ORIGIN}/", 200, headers, PageKind.HOME)


def loading_cases() -> Iterator[Labelled]:
    rules: dict[object, Callable[[Pages], Verdict]] = {
        mixed_content_active: lambda seen: mixed_content_active(seen, loaded_files()),
        mixed_content_passive: lambda seen: mixed_content_passive(seen, loaded_files()),
        third_party_script: third_party_script,
        sri_missing: lambda seen: sri_missing(seen, loaded_files()),
        js_library_vulnerable: lambda seen: js_library_vulnerable(seen, loaded_files(), knowledge()),
    }
    for rule, verdict in rules.items():
        for real, samples in ((True, SHOWN), (False, SET_ASIDE)):
            for origin, markup in samples.items():
                text = markup.replace("{library}", LIBRARY).replace("{{", "{").replace("}}", "}")
                yield rule, origin, real, verdict(pages(read(text)))


ID = "v3k9q0m7p2x8t6w1c5d4e0f2a7"


def session_cases() -> Iterator[Labelled]:
    for origin, name, value, markup, real in (
        ("CE Phoenix", "ceid", ID, f'<a href="/roses?ceid={ID}">Roses</a>', True),
        ("a session in the path", "visit", ID, f'<a href="/roses;visit={ID}">Roses</a>', True),
        ("a session in a form's address", "basket_key", ID, f'<form action="/search?k={ID}"><input name="q"></form>', True),
        ("a session as a UUID", "v", "0f8fad5b-d9cb-469f-a165-70867728950e", '<a href="/?x=0f8fad5b-d9cb-469f-a165-70867728950e">Home</a>', True),
        ("a campaign", "ref", "spring-sale-2026-11-30", '<a href="/roses?ref=spring-sale-2026-11-30">Roses</a>', False),
        ("a language", "lang", "de", '<a href="/?lang=de">Deutsch</a>', False),
        ("another value", "visitor", ID, '<a href="/roses?visitor=v3k9q0m7p2x8t6w1c5d4e0f2b8">Roses</a>', False),
        ("a token against forged requests", "csrf", ID, f'<a href="/logout?token={ID}">Log out</a>', False),
        ("a link of another site", "visitor", ID, f'<a href="https://partner.example/?v={ID}">Partner</a>', False),
        ("a name that sounds like a session", "login_hint", "shown", '<a href="/login">Log in</a>', False),
    ):  # fmt: skip
        seen = pages(read(markup, ("set-cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax")))
        yield cookie_insecure, origin, real, cookie_insecure(seen, installations())
        yield session_id_in_url, origin, real, session_id_in_url(seen)


def word_cases() -> Iterator[Labelled]:
    for origin, fields, real in (
        ("a card form", '<input name="card_number"><select name="card_expiry_month"></select><input name="security_code">', True),
        ("a card form with a CVC", '<input name="card_number"><input name="cvc">', True),
        ("fields that say so by their kind", '<input name="a" autocomplete="cc-number"><input name="b" autocomplete="cc-exp">', True),
        ("a gift card's balance", '<input name="card_number"><input name="security_code">', False),
        ("a gift card alone", '<input name="security_code">', False),
        ("a gift card with a day of expiry", '<input name="gift_card_number"><input name="expiry_date"><input name="security_code">', False),
        ("a loyalty card", '<input name="loyalty_card_number"><input name="card_code">', False),
        ("a code by text message", '<input name="verification_code"><input name="phone">', False),
    ):  # fmt: skip
        yield (
            card_form_on_site,
            origin,
            real,
            card_form_on_site(pages(read(f'<form method="post" action="/pay">{fields}</form>'))),
        )
    menu = '<a href="/roses">Roses</a><a href="/lilies">Lilies</a><a href="/contact">Contact</a>'
    for origin, link, real in (
        ("no policy", "", True),
        ("the policy of a service in the shop", '<a href="https://policies.google.com/privacy">Privacy</a>', True),
        ("a private sale", '<a href="/private-sale">Private sale</a>', True),
        *((f"in {language}", f'<a href="/page-7">{words}</a>', False) for language, words in POLICIES.items()),
        ("an address in percent signs", '<a href="/%CF%80%CE%BF%CE%BB%CE%B9%CF%84%CE%B9%CE%BA%CE%AE-%CE%B1%CF%80%CE%BF%CF%81%CF%81%CE%AE%CF%84%CE%BF%CF%85">here</a>', False),
        ("an address in an old code page", '<a href="/ochrana-osobn%EDch-%FAdaj%F9">here</a>', False),
    ):  # fmt: skip
        yield privacy_policy_missing, origin, real, privacy_policy_missing(pages(read(menu + link)))


POLICIES = {
    "Bulgarian": "Политика за поверителност", "Croatian": "Pravila privatnosti", "Czech": "Ochrana osobních údajů",
    "Danish": "Privatlivspolitik", "Dutch": "Privacyverklaring", "English": "Privacy notice", "Estonian": "Privaatsuspoliitika",
    "Finnish": "Tietosuojaseloste", "French": "Politique de confidentialité", "German": "Datenschutzerklärung",
    "Greek": "Πολιτική απορρήτου", "Hungarian": "Adatvédelmi tájékoztató", "Icelandic": "Persónuverndarstefna",
    "Irish": "Beartas príobháideachais", "Italian": "Informativa sulla privacy", "Latvian": "Privātuma politika",
    "Lithuanian": "Privatumo politika", "Maltese": "Politika tal-privatezza", "Norwegian": "Personvernerklæring",
    "Polish": "Polityka prywatności", "Portuguese": "Política de privacidade", "Romanian": "Politica de confidențialitate",
    "Serbian": "Politika privatnosti", "Serbian in Cyrillic": "Политика приватности", "Slovak": "Ochrana osobných údajov",
    "Slovene": "Varstvo osebnih podatkov", "Spanish": "Política de privacidad", "Swedish": "Integritetspolicy",
    "Turkish": "Gizlilik politikası", "Ukrainian": "Політика конфіденційності",
}  # fmt: skip


def markup_cases() -> Iterator[Labelled]:
    """Check, where the case comes from, whether the problem is there, and what the check says."""
    yield from loading_cases()
    yield from session_cases()
    yield from word_cases()
