from __future__ import annotations

from dataclasses import replace

import pytest

from checks.admin.doors import (
    admin_default_path,
    admin_login_public,
    admin_over_http,
    admin_page_over_http,
    any_administrators_login,
    password_by_http,
)
from scanner import Answer, Found, Inconclusive, NotApplicable, Passed, Unavailable
from scanner.testing import answer, installations, probes

LOGIN = "<html><title>Administration</title><form action='?login'><input name=u><input type=password name=p></form></html>"
OPENCART = (
    "<title>Administration</title><form action='https://petalandstem.example/admin/index.php?route=common/login' id='form-login'>"
    "<input name='username'><input type='password' name='password'></form>"
)
WP_LOGIN = '<form name="loginform" id="loginform" action="/blog/wp-login.php"><input type="password" name="pwd"></form><a href="/blog/wp-login.php?action=lostpassword">'
CUSTOMER = "<title>Your account</title><h1>Sign in</h1><form action='/account/login'><input type=password name=p></form>"
SOFT_404 = "<title>Not found</title><p>admin</p><form action='/search'><input type=password></form>Index of /"


def test_a_login_at_a_usual_address_is_found() -> None:
    verdict = admin_default_path(probes(admin_default_path, {"/admin.php": answer(200, LOGIN)}))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "/admin.php"
    assert "Administration" in verdict.findings[0].shown


def test_a_platforms_own_login_is_found_below_its_base_path() -> None:
    seen = probes(admin_default_path, {"/shop/admin/": answer(200, OPENCART)}, base="/shop/", platforms=[("/shop/", "opencart")])
    verdict = admin_default_path(seen)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "/shop/admin/"


def test_one_login_is_one_finding() -> None:
    login = answer(200, LOGIN, address="https://petalandstem.example/admin/index.php")
    seen = probes(admin_default_path, {"/admin/": login, "/admin/index.php": login})
    verdict = admin_default_path(seen)
    assert isinstance(verdict, Found)
    assert len(verdict.findings) == 1


@pytest.mark.parametrize(
    "seen",
    [answer(404), answer(200, CUSTOMER), answer(200, SOFT_404), answer(200, ""), answer(403, LOGIN), answer(500, LOGIN)],
    ids=["absent", "customers", "soft 404", "empty", "refused", "broken"],
)
def test_what_is_no_administration_is_never_found(seen: Answer) -> None:
    assert not isinstance(admin_default_path(probes(admin_default_path, {"/admin.php": seen})), Found)


def test_a_site_that_answers_everything_with_a_login_yields_nothing() -> None:
    assert isinstance(admin_default_path(probes(admin_default_path, others=answer(200, LOGIN))), Inconclusive)


def test_a_login_has_one_name_whichever_of_its_addresses_answers() -> None:
    for place in ("/admin/", "/admin/index.php", "/admin/login.php"):
        verdict = admin_default_path(probes(admin_default_path, {place: answer(200, LOGIN)}))
        assert isinstance(verdict, Found)
        assert (verdict.findings[0].subject, verdict.findings[0].places) == ("/admin/", (place,))


def test_a_second_password_is_praised() -> None:
    verdict = admin_default_path(probes(admin_default_path, {"/admin/": answer(401)}))
    assert isinstance(verdict, Passed)
    assert "/admin/" in (verdict.because or "")


def test_what_could_not_be_asked_is_inconclusive() -> None:
    verdict = admin_default_path(probes(admin_default_path, {"/admin/": Unavailable("It did not answer.")}))
    assert isinstance(verdict, Inconclusive)


def test_wordpress_has_a_fixed_address() -> None:
    seen = probes(admin_login_public, {"/blog/wp-login.php": answer(200, WP_LOGIN)}, platforms=[("/blog/", "wordpress")])
    assert isinstance(admin_login_public(seen, installations()), Found)
    assert isinstance(admin_login_public(probes(admin_login_public), installations()), NotApplicable)


def test_names_that_lead_to_one_login_are_one_finding() -> None:
    end = answer(200, LOGIN, address="https://petalandstem.example/admin/login.php?token=1a2b")
    verdict = admin_default_path(probes(admin_default_path, {"/admin/": end, "/backend/": end, "/administrator/": end}))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/admin/"]
    alone = admin_default_path(probes(admin_default_path, {"/backend/": end}))
    assert isinstance(alone, Found)
    assert [finding.subject for finding in alone.findings] == ["/admin/"]
    elsewhere = answer(200, LOGIN, address="https://petalandstem.example/k3y/login")
    other = admin_default_path(probes(admin_default_path, {"/admin/": end, "/backend/": elsewhere}))
    assert isinstance(other, Found)
    assert [finding.subject for finding in other.findings] == ["/admin/", "/backend/"]


def test_what_an_administration_sends_to_its_login_is_that_login() -> None:
    """As Django's does with every address below it, made-up ones too."""
    login = "https://petalandstem.example/admin/login/?next=/admin/"
    end = answer(200, LOGIN, address=login)
    beside = answer(200, LOGIN, address=login + "made-up.php")
    doubted = (end, (beside, beside))
    verdict = admin_default_path(probes(admin_default_path, {"/admin/": end, "/admin/login.php": doubted}))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/admin/"]
    seen = probes(admin_over_http, {"/admin/": end, "/admin/login.php": doubted})
    assert isinstance(verdict := admin_over_http(seen), Passed)
    assert "/admin/login.php" in verdict.examined
    alone = admin_over_http(probes(admin_over_http, {"/admin/login.php": doubted}))
    assert isinstance(alone, Inconclusive), "nothing proves that there is a login"


def over_http(plain: Answer | Unavailable | None, login: str = LOGIN, check=admin_over_http) -> object:
    seen = probes(check, {"/admin.php": answer(200, login)})
    asked = tuple(replace(probed, plain=plain) if probed.place == "/admin.php" else probed for probed in seen.asked)
    return check(replace(seen, asked=asked))


BY_HTTP = "http://petalandstem.example/admin.php"


@pytest.mark.parametrize(
    ("form", "password", "page"),
    [
        ("action='?login'", True, False),
        ("", True, False),
        ("action=''", True, False),
        ("action='/admin/login' method=post", True, False),
        ("action='//petalandstem.example/admin.php'", True, False),
        ("action='https://petalandstem.example/admin.php'", False, True),
        ("action=https://petalandstem.example/admin.php method=post", False, True),
        ("data-action='http://x.example/' action='https://petalandstem.example/'", False, True),
    ],
)
def test_where_the_password_of_a_page_by_http_goes(form: str, password: bool, page: bool) -> None:
    login = f"<title>Administration</title><form {form}><input name=u><input type=password name=p></form>"
    plain = answer(200, login, address=BY_HTTP)
    assert isinstance(over_http(plain, login), Found) is password
    assert isinstance(over_http(plain, login, admin_page_over_http), Found) is page


FIELD = "<input type=password name=p>"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (f"<form action='/x'>{FIELD}</form>", f"{BY_HTTP[:27]}/x"),
        (f"<base href='https://petalandstem.example/a/'><form action='x'>{FIELD}</form>", None),
        (
            f"<form action='https://s.example/'>{FIELD}<button formaction='http://s.example/'>Go</button></form>",
            "http://s.example/",
        ),
        (f"<form action='http://search.example/'><input name=q></form><form action='https://s.example/'>{FIELD}</form>", None),
        (f"<!-- <form action='http://s.example/'>{FIELD}</form> --><form action='https://s.example/'>{FIELD}</form>", None),
        (f"{FIELD}<button>by a script</button>", BY_HTTP),
        ("<form action='/x'><input name=q></form>", None),
    ],
)
def test_which_form_has_the_password(source: str, target: str | None) -> None:
    assert password_by_http(answer(200, source, address=BY_HTTP)) == target


def test_a_page_that_makes_https_of_its_forms_sends_nothing_in_clear() -> None:
    policy = {"content-security-policy": "default-src 'self'; upgrade-insecure-requests"}
    plain = answer(200, LOGIN, address=BY_HTTP, headers=policy)
    assert isinstance(over_http(plain), Passed)
    assert isinstance(over_http(plain, check=admin_page_over_http), Found)


def test_a_form_that_sends_to_http_weighs_more_than_its_page() -> None:
    sends = LOGIN.replace("?login", BY_HTTP)
    assert isinstance(over_http(answer(200, sends, address=BY_HTTP), sends, admin_page_over_http), Passed)


def test_an_administration_over_http_is_found() -> None:
    verdict = over_http(answer(200, LOGIN, address="http://petalandstem.example/admin.php"))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].locations == ("http://petalandstem.example/admin.php",)


def test_where_a_script_draws_the_form_nobody_says_where_it_sends() -> None:
    """Medusa's, Vendure's and Saleor's administrations are empty pages that run a script."""
    drawn = '<html><body><div id="medusa"></div><script type="module" src="/app/entry.jsx"></script></body></html>'
    end = answer(200, drawn, address="http://petalandstem.example/app/")
    seen = probes(admin_page_over_http, {"/app/": end}, platforms=[("/", "medusa")])
    verdict = admin_page_over_http(seen)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown == "The administrators’ login, over plain http"
    assert not isinstance(admin_over_http(probes(admin_over_http, {"/app/": end}, platforms=[("/", "medusa")])), Found)


def test_a_form_that_sends_to_http_is_found() -> None:
    assert isinstance(over_http(None, LOGIN.replace("?login", "http://petalandstem.example/admin.php")), Found)


def test_an_administration_over_https_only_passes() -> None:
    assert isinstance(over_http(None), Passed)
    assert isinstance(over_http(answer(404)), Passed)
    assert isinstance(over_http(Unavailable("It did not answer.")), Inconclusive)


def test_hostile_pages_are_read_in_time() -> None:
    for bait in ("<input " * 40_000, "<form action=" * 20_000, "<title>" * 40_000, "<h1 " * 60_000, "<" * 262_144):
        any_administrators_login(answer(200, bait + "<input type=password"))
        password_by_http(answer(200, bait + "<input type=password>", address=BY_HTTP))


@pytest.mark.parametrize("check", [admin_default_path, admin_over_http, admin_page_over_http])
def test_a_hosted_shop_is_not_applicable_and_not_asked(check) -> None:
    seen = probes(check, platforms=[("/", "shopify")])
    assert not seen.asked
    assert isinstance(check(seen), NotApplicable)
