"""What is a page for? Told by its address, then by its content. The words are data: ``words.toml``. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from scanner.evidence import Form, Link, Page, PageKind
from scanner.text.url_parts import readings
from scanner.text.urls import REMEMBERED, parameters
from scanner.text.words import plain_words, spellings

IN_ORDER = (
    PageKind.CART,
    PageKind.CHECKOUT,
    PageKind.LOGIN,
    PageKind.ACCOUNT,
    PageKind.SEARCH,
    PageKind.POLICY,
    PageKind.CATEGORY,
    PageKind.PRODUCT,
)
"""The kinds worth a look, the most telling first."""

_EXTENSION = re.compile(r"\.(?:php\d?|html?|s?xhtml|aspx?|jsp|do|cgi|pl|cfm|action)\Z")
_TAIL_NUMBERS = re.compile(r"(?:[-,_.]+\d+)+\Z")
_NUMBERED_SLUG = re.compile(r"\d{1,9}-[a-z]")
_HOME_FILES = re.compile(r"/(?:index|default|home)\.(?:php|html?|aspx?)\Z")
_BODY = re.compile(r"<body\b[^<>]{0,3000}", re.IGNORECASE)
_LD_PRODUCT = re.compile(r"\"@type\"\s{0,20}:\s{0,20}(?:\[\s{0,20})?\"(?:https?://schema\.org/)?Product\"")
_MICRODATA_PRODUCT = re.compile(r"itemtype\s{0,4}=\s{0,4}[\"']https?://schema\.org/Product[\"']", re.IGNORECASE)
_ADDS_TO_CART = re.compile(
    r"add[-_]?to[-_]?(?:cart|basket|bag)|cart/add|action=(?:add_product|buy_now)|cart_quantity|form-product\b|"
    r"iproductadd|in[-_]?den[-_]?warenkorb|do[-_]?koszyka|checkout\.add|ajouter[-_]au[-_]panier",
    re.IGNORECASE,
)
_BODY_MARKS = (
    (
        re.compile(r"\b(?:single-product|catalog-product-view|page-product|template-product|product-page|productinfo)\b"),
        "product",
    ),
    (re.compile(r"\bid=[\"']product[\"']"), "product"),
    (
        re.compile(r"\b(?:tax-product_cat|catalog-category-view|page-category|template-collection|is-ctl-navigation)\b"),
        "category",
    ),
    (re.compile(r"\bid=[\"']category[\"']"), "category"),
    (
        re.compile(r"\b(?:woocommerce-cart|checkout-cart-index|template-cart|is-ctl-checkout is-act-cart)\b|\bid=[\"']cart[\"']"),
        "cart",
    ),
    (re.compile(r"\b(?:woocommerce-checkout|checkout-index-index|is-act-confirmpage)\b|\bid=[\"']checkout[\"']"), "checkout"),
    (re.compile(r"\b(?:customer-account-login|template-login)\b|\bid=[\"']authentication[\"']"), "login"),
    (re.compile(r"\b(?:woocommerce-account|customer-account)\b|\bid=[\"']my-account[\"']"), "account"),
    (re.compile(r"\b(?:catalogsearch-result-index|search-results|template-search)\b|\bid=[\"']search[\"']"), "search"),
)


@dataclass(frozen=True, slots=True)
class _Words:
    segments: Mapping[str, PageKind]
    words: Mapping[str, PageKind]
    texts: Mapping[str, PageKind]
    products: frozenset[str]
    fronts: frozenset[str]
    routes: Mapping[str, PageKind]
    routing: frozenset[str]
    identifiers: Mapping[str, PageKind]


def kind_of(page: Page) -> PageKind:
    """The kind of a page that was read: by its address, else by its content."""
    by_address = kind_of_address(page.address)
    if by_address not in {PageKind.OTHER, PageKind.CATEGORY, PageKind.PRODUCT}:
        return by_address
    by_content = _by_content(page)
    if by_content is not PageKind.OTHER and not (by_address is PageKind.PRODUCT and by_content is PageKind.CATEGORY):
        return by_content
    return by_address


def kind_of_link(link: Link) -> PageKind:
    """What a link promises: by its address, else by its text."""
    kind = kind_of_address(link.address)
    if kind is not PageKind.OTHER:
        return kind
    return _words().texts.get(" ".join(link.text.casefold().split()), PageKind.OTHER)


@lru_cache(REMEMBERED)
def kind_of_address(address: str) -> PageKind:
    """What an address says about its page; OTHER where it says nothing. Never raises."""
    try:
        paths = readings(urlsplit(address).path.replace("+", " "))
    except ValueError:
        return PageKind.OTHER
    kinds = (_kind_of_path(path.lower(), address) for path in paths)
    return next((kind for kind in kinds if kind is not PageKind.OTHER), PageKind.OTHER)


def _kind_of_path(path: str, address: str) -> PageKind:
    query = [(name.lower(), value.lower()) for name, value in parameters(address)]
    kind = _by_route(query) or _by_path(path, query)
    if kind is not None:
        return kind
    names = {name for name, value in query if value}
    for name, kind in _words().identifiers.items():
        if name in names:
            return kind
    at_root = path in {"", "/"} or _HOME_FILES.fullmatch(path) is not None
    return PageKind.HOME if at_root and not query else PageKind.OTHER


def _by_route(query: list[tuple[str, str]]) -> PageKind | None:
    """By a routing parameter's value, or by a parameter without value that is a page's name (``/?koszyk,14``)."""
    words = _words()
    for name, value in query:
        if name in words.routing:
            route = re.sub(r"[./|:]+", "/", value[:200]).strip("/")
            if (kind := words.routes.get(route)) is not None:
                return kind
            for segment in reversed(route.split("/")):
                if (kind := words.segments.get(plain_words(segment))) is not None:
                    return kind
        elif not value and (kind := words.segments.get(_segment(name))) is not None:
            return kind
    return None


def _by_path(path: str, query: list[tuple[str, str]]) -> PageKind | None:
    words = _words()
    segments = [segment for segment in path.split("/") if segment][-8:]
    plain = [_segment(segment) for segment in segments]
    for segment in reversed(plain):
        kind = words.segments.get(segment)
        if kind not in {None, PageKind.CATEGORY}:
            return kind
        if kind is None and (kind := _by_word(segment)) is not None:
            return kind
    names = {name for name, value in query if value}
    if any(words.identifiers.get(name) is PageKind.PRODUCT for name in names):
        return PageKind.PRODUCT
    for number, segment in enumerate(plain):
        if segment in words.products:
            return PageKind.PRODUCT if number + 1 < len(plain) else PageKind.CATEGORY
    if segments and _NUMBERED_SLUG.match(segments[-1]):  # PrestaShop: 12-roses is a category, 12-red-rose.html a product
        return PageKind.PRODUCT if segments[-1].endswith(".html") else PageKind.CATEGORY
    if plain and (plain[-1] in words.fronts or any(words.segments.get(one) is PageKind.CATEGORY for one in plain)):
        return PageKind.CATEGORY
    return None


def _by_word(segment: str) -> PageKind | None:
    framed = f"-{segment}-"
    return next((kind for word, kind in _words().words.items() if f"-{word}-" in framed), None)


def _segment(segment: str) -> str:
    """A part of a path as the words know it: no extension, no numbers at its end."""
    segment = _EXTENSION.sub("", segment[:120])
    return plain_words(_TAIL_NUMBERS.sub("", segment)) if not segment.isdigit() else segment


def _by_content(page: Page) -> PageKind:
    body = _BODY.search(page.html)
    if body is not None:
        for mark, name in _BODY_MARKS:
            if mark.search(body[0]):
                return PageKind(name)
    carts = sum(map(_adds_to_cart, page.forms))
    if any(content.lower() in {"product", "og:product", "product.item"} for content in page.metas_named("og:type")):
        return PageKind.PRODUCT
    marked = any(script.kind == "application/ld+json" and _LD_PRODUCT.search(script.inline) for script in page.scripts)
    if carts == 1 and (marked or _MICRODATA_PRODUCT.search(page.html)):
        return PageKind.PRODUCT
    if carts:
        return PageKind.PRODUCT if carts == 1 else PageKind.CATEGORY
    if marked and len(_LD_PRODUCT.findall("".join(s.inline for s in page.scripts if s.kind == "application/ld+json"))) == 1:
        return PageKind.PRODUCT
    return PageKind.LOGIN if _is_login(page) else PageKind.OTHER


def _adds_to_cart(form: Form) -> bool:
    return any(_ADDS_TO_CART.search(text[:2_000]) for text in (form.action, form.marks, " ".join(f.name for f in form.fields)))


def _is_login(page: Page) -> bool:
    """A password field alone makes no login page: many shops have a login box on every page."""
    if not any(form.has_password for form in page.forms):
        return False
    title = plain_words(page.title[:200])
    named = any(f"-{word}-" in f"-{title}-" for word, kind in _words().segments.items() if kind is PageKind.LOGIN)
    return named or (len(page.forms) <= 2 and len(page.links) < 15)


@cache
def _words() -> _Words:
    data = tomllib.loads(files("scanner.gatherers.crawl").joinpath("words.toml").read_text("utf-8"))
    kinds = [kind for kind in IN_ORDER if kind is not PageKind.PRODUCT]
    identifiers = data["identifiers"]
    return _Words(
        segments={one: kind for kind in reversed(kinds) for word in data[kind]["segments"] for one in spellings(word)},
        words={one: kind for kind in kinds for word in data[kind].get("words", ()) for one in spellings(word)},
        texts={text.casefold(): kind for kind in kinds for text in data[kind].get("texts", ())},
        products=frozenset(one for word in data["product"]["segments"] for one in spellings(word)),
        fronts=frozenset(one for word in data["category"]["fronts"] for one in spellings(word)),
        routes={route: PageKind(kind) for route, kind in data["routes"]["values"].items()},
        routing=frozenset(data["routes"]["parameters"]),
        identifiers={name: PageKind(kind) for kind in ("product", "category", "search") for name in identifiers[kind]},
    )
