"""What well-known services load besides the script that a shop puts into its pages, by their makers' own pages: as of 2026-11.

A service is recognised by a host that a page loads a script from, or that a script in the page names (its usual snippet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """hosts: what it is recognised by. needs: a policy's directive → sources. source: where its makers say so."""

    name: str
    hosts: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    source: str


SERVICES = (
    Service(
        "Google Tag Manager and Analytics",
        ("www.googletagmanager.com", "www.google-analytics.com"),
        {
            "script-src": ("https://*.googletagmanager.com",),
            "img-src": ("https://*.google-analytics.com", "https://*.googletagmanager.com"),
            "connect-src": (
                "https://*.google-analytics.com",
                "https://*.analytics.google.com",
                "https://*.googletagmanager.com",
            ),
            "frame-src": ("https://www.googletagmanager.com",),
        },
        "https://developers.google.com/tag-platform/security/guides/csp",
    ),
    Service(
        "Google reCAPTCHA",
        ("www.google.com/recaptcha", "www.recaptcha.net/recaptcha", "www.gstatic.com/recaptcha"),
        {
            "script-src": ("https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"),
            "frame-src": ("https://www.google.com/recaptcha/", "https://recaptcha.google.com/recaptcha/"),
        },
        "https://developers.google.com/recaptcha/docs/faq",
    ),
    Service(
        "Google Fonts",
        ("fonts.googleapis.com",),
        {"style-src": ("https://fonts.googleapis.com",), "font-src": ("https://fonts.gstatic.com",)},
        "https://developers.google.com/fonts/docs/getting_started",
    ),
    Service(
        "Stripe",
        ("js.stripe.com",),
        {
            "script-src": ("https://js.stripe.com", "https://*.js.stripe.com"),
            "frame-src": ("https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"),
            "connect-src": ("https://api.stripe.com",),
        },
        "https://docs.stripe.com/security/guide",
    ),
    Service(
        "PayPal",
        ("www.paypal.com/sdk", "www.paypalobjects.com"),
        {
            "script-src": ("https://*.paypal.com", "https://*.paypalobjects.com"),
            "img-src": ("https://*.paypal.com", "https://*.paypalobjects.com"),
            "frame-src": ("https://*.paypal.com",),
            "connect-src": ("https://*.paypal.com",),
        },
        "https://developer.paypal.com/sdk/js/configuration/",
    ),
    Service(
        "Meta pixel",
        ("connect.facebook.net",),
        {
            "script-src": ("https://connect.facebook.net",),
            "img-src": ("https://www.facebook.com",),
            "connect-src": ("https://www.facebook.com", "https://connect.facebook.net"),
        },
        "https://developers.facebook.com/docs/meta-pixel/",
    ),
    Service(
        "Hotjar",
        ("static.hotjar.com",),
        {
            "script-src": ("https://*.hotjar.com",),
            "img-src": ("https://*.hotjar.com",),
            "font-src": ("https://*.hotjar.com",),
            "frame-src": ("https://*.hotjar.com",),
            "connect-src": ("https://*.hotjar.com", "https://*.hotjar.io", "wss://*.hotjar.com"),
        },
        "https://help.hotjar.com/hc/en-us/articles/115011640307",
    ),
    Service(
        "hCaptcha",
        ("hcaptcha.com", "js.hcaptcha.com"),
        dict.fromkeys(
            ("script-src", "frame-src", "style-src", "connect-src"), ("https://hcaptcha.com", "https://*.hcaptcha.com")
        ),
        "https://docs.hcaptcha.com/#content-security-policy-settings",
    ),
    Service(
        "Cloudflare Turnstile",
        ("challenges.cloudflare.com",),
        {"script-src": ("https://challenges.cloudflare.com",), "frame-src": ("https://challenges.cloudflare.com",)},
        "https://developers.cloudflare.com/turnstile/reference/content-security-policy/",
    ),
    Service(
        "Cloudflare Web Analytics",
        ("static.cloudflareinsights.com",),
        {"script-src": ("https://static.cloudflareinsights.com",), "connect-src": ("https://cloudflareinsights.com",)},
        "https://developers.cloudflare.com/web-analytics/faq/",
    ),
)
