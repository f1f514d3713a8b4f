"""Whose script is it? Data about the hosts that shops' pages load from, as of 2026-11, and a few pure questions."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scanner import Pages

CHAT_SERVICES = (
    "tawk.to", "livechatinc.com", "livechat.com", "zopim.com", "zdassets.com", "olark.com", "tidio.co", "tidiochat.com",
    "crisp.chat", "intercom.io", "intercomcdn.com", "drift.com", "driftt.com", "smartsupp.com", "smartsuppchat.com",
    "userlike.com", "userlike-cdn-widgets.s3-eu-west-1.amazonaws.com", "purechat.com", "jivosite.com", "jivochat.com",
    "snapengage.com", "liveperson.net", "lpsnmedia.net", "freshchat.com", "wchat.freshchat.com", "chatra.io", "chatra.com",
    "livezilla.net", "mylivechat.com", "formilla.com", "comm100.com", "provide-support.com", "providesupport.com",
    "livehelpnow.net", "boldchat.com", "whoson.com", "gorgias.chat", "chaport.com", "rocket.chat", "helpcrunch.com",
    "clickdesk.com", "salesiq.zoho.com", "kayako.com", "banckle.com",
)  # fmt: skip
"""Domains of the services that shops use to talk with customers."""

CHAT_WORD = re.compile(
    r"(?<![a-z])(?:live|web|my|video|easy|phplive)?[_-]?chat(?:s|box|bot|ter|widget|server|client|room|line|icon|button|plugin)?(?![a-z])"
    r"|livezilla|livehelp|phplive",
    re.IGNORECASE,
)
"""``chat`` as a word of its own: not château, not Chatillon."""

LIBRARY_HOSTS = frozenset({
    "cdnjs.cloudflare.com", "cdn.jsdelivr.net", "unpkg.com", "code.jquery.com", "ajax.googleapis.com", "ajax.aspnetcdn.com",
    "stackpath.bootstrapcdn.com", "maxcdn.bootstrapcdn.com", "netdna.bootstrapcdn.com", "cdn.bootcdn.net", "cdn.datatables.net",
    "cdn.polyfill.io", "esm.sh", "lib.baomitu.com", "cdn.staticfile.org", "use.fontawesome.com",
})  # fmt: skip
"""Public stores of libraries, where a file with an exact version never changes."""

ANYBODYS_HOSTS = LIBRARY_HOSTS | {
    "storage.googleapis.com", "firebasestorage.googleapis.com", "raw.githubusercontent.com", "gist.githubusercontent.com",
    "cdn.shopify.com",
}  # fmt: skip
"""Hosts where anybody can put a script, whoever owns the domain."""

TRUSTED_RECEIVERS = (
    "stripe.com", "stripe.network", "paypal.com", "paypalobjects.com", "braintreegateway.com", "braintree-api.com",
    "adyen.com", "klarna.com", "klarnacdn.net", "mollie.com", "squareup.com", "square.com", "squarecdn.com", "authorize.net",
    "checkout.com", "worldpay.com", "sagepay.com", "opayo.eu.elavon.com", "cybersource.com", "payone.com", "pay1.de",
    "amazon.com", "amazon.de", "amazonpay.com", "payments-amazon.com", "apple.com", "google.com", "googleapis.com",
    "gstatic.com", "googletagmanager.com", "google-analytics.com", "googleadservices.com", "doubleclick.net", "facebook.com",
    "facebook.net", "bing.com", "clarity.ms", "hotjar.com", "hotjar.io", "matomo.cloud", "pinterest.com", "tiktok.com",
    "snapchat.com", "shopify.com", "shopifycdn.com", "cloudflareinsights.com", "cloudflare.com", "nr-data.net",
    "newrelic.com", "sentry.io", "w3.org", "schema.org", "jquery.com", "jsdelivr.net", "unpkg.com", "bootstrapcdn.com",
    "fontawesome.com", "youtube.com", "vimeo.com", "trustpilot.com", "klaviyo.com", "mailchimp.com", "list-manage.com",
    "hcaptcha.com", "wa.me", "getbootstrap.com", "github.com", "mozilla.org", "wikipedia.org", "npmjs.com", "2checkout.com",
    "paddle.com", "sumup.com", "razorpay.com", "mercadopago.com", "payu.com", "przelewy24.pl", "saferpay.com",
    "datatrans.com", "wirecard.com", "computop-paygate.com", "barclaycard.co.uk", "global-e.com", "signifyd.com",
    "riskified.com", "afterpay.com", "clearpay.co.uk", "affirm.com", "sezzle.com", "zip.co",
)  # fmt: skip
"""Payment providers, measuring and hosting services, addresses in licences: that a script names them is no sign."""


_SHOPS = frozenset({
    "shop", "store", "eshop", "e-shop", "webshop", "sklep", "winkel", "boutique", "tienda", "negozio", "loja", "obchod",
    "bolt", "magazin", "trgovina", "prodavnica", "butik", "butikk", "verslun", "kauppa", "pood", "veikals", "parduotuve",
    "magaza",
})  # fmt: skip
"""How a shop's own name below its company's domain begins, in the languages of Europe."""
_SECOND_LEVELS = frozenset(
    {"co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gv", "me", "ltd", "plc", "biz", "info"}
)
"""Below these anybody registers a name: shop.co.uk is no part of co.uk."""


def host_of(address: str) -> str:
    """The host of an address in lower case; empty where it has none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def below(host: str, domains: tuple[str, ...]) -> bool:
    """Whether a host is one of these domains or lies below one."""
    return host.endswith(domains) and any(host == domain or host.endswith("." + domain) for domain in domains)


def own_domain(pages: Pages) -> str:
    """The shop's host without ``www.``: whatever lies below it is the shop's own."""
    return host_of(pages.home.address).removeprefix("www.")


def is_foreign(host: str, own: str) -> bool:
    """Whether a host is somebody else's; with ``shop.example.org``, ``static.example.org`` is the shop's own too."""
    first, _, parent = own.partition(".")
    name, _, country = parent.partition(".")
    shared = not country or (len(country) == 2 and name in _SECOND_LEVELS)
    family = (own, parent) if first in _SHOPS and not shared else (own,)
    return bool(host) and not below(host, family)


def without_query(address: str) -> str:
    """An address as a subject: what follows ``?`` or ``#`` changes from night to night."""
    return address.partition("?")[0].partition("#")[0][:300]
