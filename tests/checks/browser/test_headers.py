"""Headers as the pages send them: policies, framing, sniffing, referrers, other sites' scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from checks.browser.csp_parser import policies, weaknesses
from checks.browser.headers import (
    clickjacking_unprotected,
    cors_open,
    csp_missing,
    csp_unsafe,
    nosniff_missing,
    referrer_policy_unsafe,
)
from scanner import CrossOrigin, CrossOriginAnswer, Found, Inconclusive, NotApplicable, PageKind, Passed, Unavailable, Verdict
from scanner.testing import HOST, NOW, Headers, answer, installation, installations, loaded_files, page, pages, script_hosts

HOME = f"https://{HOST}/"
EVIL = f"https://{HOST}.shopwarden-check.example"
OWN = installations()
SILENT = Unavailable("silent")
GOOD_CSP = "default-src 'self'; frame-ancestors 'self'"
GOOD = {
    "Content-Security-Policy": GOOD_CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


def origins(*answers: tuple[str, Headers], error: Headers = GOOD) -> CrossOrigin:
    asked = tuple(CrossOriginAnswer(HOME, origin, answer(headers=headers)) for origin, headers in answers)
    return CrossOrigin(asked, answer(404, headers=error), NOW)


def verdicts(headers: Headers, error: Headers = GOOD) -> dict[str, Verdict]:
    """All rules that judge one page with these headers."""
    shop, strangers = pages(page(headers=headers)), origins(error=error)
    return {
        "csp-missing": csp_missing(shop, strangers, OWN, loaded_files(), script_hosts()),
        "csp-unsafe": csp_unsafe(shop, OWN, loaded_files(), script_hosts()),
        "clickjacking-unprotected": clickjacking_unprotected(shop, strangers, OWN),
        "nosniff-missing": nosniff_missing(shop, strangers, OWN),
        "referrer-policy-unsafe": referrer_policy_unsafe(shop, OWN),
    }


def found(headers: Headers) -> set[str]:
    return {rule for rule, verdict in verdicts(headers).items() if isinstance(verdict, Found)}


def test_a_hardened_page_passes() -> None:
    assert set(verdicts(GOOD).values()) == {Passed(("/",))}


def test_an_empty_page_that_hides_a_folder_has_nothing_to_protect() -> None:
    empty = page("/image/", title="", headers=())
    shop = pages(page(headers=GOOD), empty)
    for rule in (clickjacking_unprotected, nosniff_missing):
        assert rule(shop, origins(), OWN) == Passed(("/", "/image/"))
    assert isinstance(csp_missing(shop, origins(), OWN, loaded_files(), script_hosts()), Passed)
    words = pages(page(headers=GOOD), page("/image/", title="", words="Nothing here", headers=()))
    assert isinstance(nosniff_missing(words, origins(), OWN), Found)
    assert isinstance(nosniff_missing(pages(page(title="", headers=())), origins(), OWN), Found)


def test_a_bare_page() -> None:
    assert found(()) == {"csp-missing", "clickjacking-unprotected", "nosniff-missing"}
    assert isinstance(verdicts(())["csp-unsafe"], NotApplicable)


def test_every_page_counts_and_the_finding_names_those_that_lack_it() -> None:
    shop = pages(page(headers=GOOD), page("/cart?a=1", kind=PageKind.CART), page("/checkout", kind=PageKind.CHECKOUT))
    verdict = nosniff_missing(shop, SILENT, OWN)
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (HOST, ("/cart", "/checkout"))
    assert finding.shown == "2 of 3 pages: no X-Content-Type-Options header. For example /cart"
    assert verdict.examined == ("/", "/cart", "/checkout")


def test_the_error_page_alone_is_a_remark() -> None:
    verdict = verdicts(GOOD, error=())["nosniff-missing"]
    assert isinstance(verdict, Passed)
    assert "error page (404)" in (verdict.because or "")


def test_a_hosted_platforms_headers_are_not_the_owners() -> None:
    hosted = installations(installation("shopify", hosted=True))
    assert isinstance(nosniff_missing(pages(), SILENT, hosted), NotApplicable)
    assert isinstance(csp_missing(pages(), SILENT, hosted, loaded_files(), script_hosts()), NotApplicable)


# --- policies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("csp", "missing", "holes"),
    [
        ("default-src 'self'", False, 0),
        ("DEFAULT-SRC 'SELF'", False, 0),
        ("script-src 'self'; object-src 'none'", False, 0),
        ("script-src 'self'", False, 1),
        ("default-src 'none'; script-src 'self' https://js.stripe.com", False, 0),
        ("default-src 'self' 'unsafe-inline'", False, 1),
        ("default-src 'self'; script-src 'self' 'unsafe-inline' 'nonce-abc123'; base-uri 'self'", False, 0),
        ("default-src 'self'; script-src 'nonce-abc123'", False, 1),
        ("default-src 'self'; script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; base-uri 'none'", False, 0),
        ("object-src 'none'; base-uri 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic' https: 'unsafe-inline'", False, 0),
        ("default-src *", False, 2),
        ("default-src https:", False, 2),
        ("default-src 'self'; script-src https: data: 'unsafe-inline'", False, 3),
        ("default-src 'self'; script-src 'self' https://cdn.jsdelivr.net", False, 1),
        ("default-src 'self'; script-src 'self' https://cdn.jsdelivr.net/npm/jquery@3.7.1/", False, 0),
        ("default-src 'self'; script-src 'self' 'unsafe-eval'", False, 0),
        ("default-src 'self'; default-src *", False, 0),  # the first counts
        ("default-src *, default-src 'self'", False, 0),  # two policies: both must agree
        ("upgrade-insecure-requests", True, -1),
        ("frame-ancestors 'self'", True, -1),
        ("", True, -1),
        (";;; , ;", True, -1),
        ("default-src" + " x" * 100_000, False, 0),
    ],
)
def test_policies(csp: str, missing: bool, holes: int) -> None:
    seen = verdicts({"Content-Security-Policy": csp})
    assert isinstance(seen["csp-missing"], Found) is missing
    if holes < 0:
        assert isinstance(seen["csp-unsafe"], NotApplicable)
        return
    assert isinstance(seen["csp-unsafe"], Found) is (holes > 0), seen["csp-unsafe"]
    assert min(len(weaknesses(policy)) for policy in policies([csp])) == holes


def test_a_policy_in_a_meta_element_counts_for_scripts_and_not_for_framing() -> None:
    shop = pages(page(headers=(), metas=[("content-security-policy", GOOD_CSP)]))
    assert isinstance(csp_missing(shop, SILENT, OWN, loaded_files(), script_hosts()), Passed)
    assert isinstance(clickjacking_unprotected(shop, SILENT, OWN), Found)


def test_trying_a_policy_out_is_praised() -> None:
    verdict = verdicts({"Content-Security-Policy-Report-Only": GOOD_CSP})["csp-missing"]
    assert isinstance(verdict, Found)
    assert "good beginning" in verdict.findings[0].shown


def test_nonces_never_stand_in_a_finding() -> None:
    one, two = (verdicts({"Content-Security-Policy": f"script-src 'nonce-{nonce}'"})["csp-unsafe"] for nonce in ("abc", "def"))
    assert one == two


# --- framing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "safe"),
    [
        ({"X-Frame-Options": "SAMEORIGIN"}, True),
        ({"X-Frame-Options": "deny"}, True),
        ({"X-Frame-Options": " SameOrigin , SAMEORIGIN"}, True),
        ([("X-Frame-Options", "DENY"), ("X-Frame-Options", "SAMEORIGIN")], True),
        ({"X-Frame-Options": "ALLOW-FROM https://partner.example"}, False),
        ({"X-Frame-Options": "ALLOWALL"}, False),
        ({"X-Frame-Options": '"SAMEORIGIN"'}, False),
        ({"X-Frame-Options": ""}, False),
        ({"Content-Security-Policy": "frame-ancestors 'none'"}, True),
        ({"Content-Security-Policy": "frame-ancestors"}, True),
        ({"Content-Security-Policy": "frame-ancestors https://partner.example"}, True),
        ({"Content-Security-Policy": "frame-ancestors *"}, False),
        ({"Content-Security-Policy": "frame-ancestors 'self' https:"}, False),
        ({"Content-Security-Policy": "frame-ancestors *", "X-Frame-Options": "DENY"}, False),  # the policy goes first
        ({"Content-Security-Policy": "default-src 'self'", "X-Frame-Options": "DENY"}, True),
        ({"Content-Security-Policy-Report-Only": "frame-ancestors 'none'"}, False),
    ],
)
def test_framing(headers: Headers, safe: bool) -> None:
    assert ("clickjacking-unprotected" not in found(headers)) is safe


# --- the small ones ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "safe"),
    [
        (["nosniff"], True),
        (["NoSniff"], True),
        (["nosniff, nosniff"], True),
        (["no-sniff"], False),
        ([""], False),
        (["x", "nosniff"], False),
    ],
)
def test_sniffing(values: Sequence[str], safe: bool) -> None:
    headers = [("X-Content-Type-Options", value) for value in values]
    assert ("nosniff-missing" not in found(headers)) is safe


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("no-referrer", True),
        ("unsafe-url", False),
        ("no-referrer-when-downgrade", False),
        ("unsafe-url, strict-origin", True),
        ("strict-origin, unsafe-url", False),
        ("strict-origin, something-new", True),
        ("something-new", True),
        ("", True),
    ],
)
def test_referrers(value: str, safe: bool) -> None:
    assert ("referrer-policy-unsafe" not in found({"Referrer-Policy": value})) is safe


def test_a_meta_element_overrides_the_header() -> None:
    shop = pages(page(headers=GOOD, metas=[("referrer", "unsafe-url")]))
    assert isinstance(referrer_policy_unsafe(shop, OWN), Found)


# --- other sites' scripts ------------------------------------------------------------------------------------------

ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


@pytest.mark.parametrize(
    ("origin", "headers", "open_"),
    [
        (EVIL, {ORIGIN: EVIL, CREDENTIALS: "true"}, True),
        ("null", {ORIGIN: "null", CREDENTIALS: "true"}, True),
        (EVIL, {ORIGIN: EVIL}, False),
        (EVIL, {ORIGIN: EVIL, CREDENTIALS: "false"}, False),
        (EVIL, {ORIGIN: EVIL, CREDENTIALS: "True"}, False),  # browsers want it in lower case
        (EVIL, {ORIGIN: "*", CREDENTIALS: "true"}, False),  # browsers refuse that
        (EVIL, {ORIGIN: "*"}, False),
        (EVIL, {ORIGIN: f"https://{HOST}", CREDENTIALS: "true"}, False),
        (EVIL, [(ORIGIN, EVIL), (ORIGIN, "*"), (CREDENTIALS, "true")], False),  # two values: refused
        (EVIL, {ORIGIN: f"{EVIL}, {EVIL}", CREDENTIALS: "true"}, False),
        (EVIL, (), False),
        ("null", {ORIGIN: EVIL, CREDENTIALS: "true"}, False),
    ],
)
def test_cors(origin: str, headers: Headers, open_: bool) -> None:
    verdict = cors_open(origins((origin, headers)))
    assert isinstance(verdict, Found if open_ else Passed)
    if isinstance(verdict, Found):
        assert (verdict.findings[0].subject, verdict.findings[0].places) == (HOST, ("/",))


def test_what_was_not_answered_is_unknown() -> None:
    asked = (CrossOriginAnswer(HOME, EVIL, SILENT), CrossOriginAnswer(HOME, "null", answer()))
    assert cors_open(CrossOrigin(asked, SILENT, NOW)) == Inconclusive("silent", ("/",))
    refused = (CrossOriginAnswer(HOME, EVIL, answer(403)),)
    assert isinstance(cors_open(CrossOrigin(refused, SILENT, NOW)), Inconclusive)


@pytest.mark.parametrize(
    "rule",
    [lambda *given: csp_missing(*given, loaded_files(), script_hosts()), nosniff_missing, clickjacking_unprotected],
    ids=["csp", "nosniff", "framing"],
)
def test_an_error_page_that_was_not_answered_changes_nothing(rule: Callable[..., Verdict]) -> None:
    assert rule(pages(page(headers=GOOD)), CrossOrigin((), SILENT, NOW), OWN) == Passed(("/",))
