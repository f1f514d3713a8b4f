"""User names that a site hands out, and an administration's own address that it tells."""

import json

import pytest

from checks.admin.leaks import admin_path_leaked
from checks.admin.names import admin_default_username, admin_user_enumeration
from scanner import Found, Inconclusive, NotApplicable, Passed, Probes, Unavailable, Verdict
from scanner.testing import ORIGIN, answer, installations, pages, probes

BLOG = [("/blog/", "wordpress")]


def leaked(seen: Probes, robots: Unavailable | None = None) -> Verdict:
    return admin_path_leaked(seen, pages(robots=robots))


USERS = json.dumps([{"id": 1, "name": "Rosie", "slug": "rosie"}, {"id": 2, "name": "R", "slug": "admin"}])
LIST, FIRST = "/blog/wp-json/wp/v2/users", "/blog/?author=1"


def to(name: str, folder: str = "/blog"):
    return answer(301, address=f"{ORIGIN}{FIRST}", headers={"location": f"{ORIGIN}{folder}/author/{name}/"})


@pytest.mark.parametrize(
    "given", [{LIST: answer(200, USERS)}, {FIRST: to("rosie")}, {LIST: answer(200, USERS), FIRST: to("admin")}]
)
def test_names_are_one_finding_an_installation(given) -> None:
    verdict = admin_user_enumeration(probes(admin_user_enumeration, given, platforms=BLOG), installations())
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == "/blog/"
    assert set(finding.places) == set(given)


def test_admin_is_a_finding_of_its_own_and_rosie_is_not() -> None:
    verdict = admin_default_username(probes(admin_default_username, {FIRST: to("admin")}, platforms=BLOG), installations())
    assert isinstance(verdict, Found)
    assert "admin" in verdict.findings[0].shown
    assert isinstance(
        admin_default_username(probes(admin_default_username, {FIRST: to("rosie")}, platforms=BLOG), installations()), Passed
    )
    assert isinstance(
        admin_default_username(probes(admin_default_username, {LIST: answer(200, USERS)}, platforms=BLOG), installations()), Found
    )


@pytest.mark.parametrize("check", [admin_user_enumeration, admin_default_username])
@pytest.mark.parametrize(
    "seen",
    [
        answer(404),
        answer(401, '{"code":"rest_user_cannot_view"}'),
        answer(200, '{"code":"rest_no_route","slug":"admin"}'),
        answer(200, "[]"),
        answer(200, '[{"slug": "admin"}]'),
        answer(200, '[{"id": 1, "slug": "<script>"}]'),
        answer(200, "[" * 100_000),
        answer(302, headers={"location": "/"}),
        answer(302, headers={"location": "/login?next=/author/admin/"}),
        answer(302, headers={"location": "http://[/author/admin/"}),
    ],
    ids=range(10),
)
def test_no_names(check, seen) -> None:
    assert not isinstance(check(probes(check, {LIST: seen, FIRST: seen}, platforms=BLOG), installations()), Found)


@pytest.mark.parametrize("check", [admin_user_enumeration, admin_default_username])
def test_without_wordpress_it_does_not_apply_and_silence_is_inconclusive(check) -> None:
    assert isinstance(check(probes(check), installations()), NotApplicable)
    assert isinstance(
        check(probes(check, others=Unavailable("It did not answer."), platforms=BLOG), installations()), Inconclusive
    )
    assert isinstance(check(probes(check, others=answer(200, USERS), platforms=BLOG), installations()), Inconclusive)


LOGIN = "<title>Administration</title><form action='?login'><input name=u><input type=password name=p></form>"


def test_robots_txt_that_names_a_renamed_administration() -> None:
    seen = probes(admin_path_leaked, {"/admin-7q2/": answer(200, LOGIN)}, disallowed=["/admin-7q2/"])
    verdict = leaked(seen)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "/admin-7q2/"


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/administrator/",
        "/wp-admin/",
        "/*admin7/",
        "/cart/",
        "//x",
        "/admin?x=1",
        "/a/../admin-x/",
        "/wp-admin/admin-ajax.php",
    ],
)
def test_usual_and_other_paths_are_not_even_asked_for(path: str) -> None:
    seen = probes(admin_path_leaked, disallowed=[path])
    assert not seen.asked
    assert isinstance(leaked(seen), Passed)


@pytest.mark.parametrize("seen", [answer(404), answer(401), answer(200, "<h1>Managing your garden</h1>"), answer(200, "")])
def test_a_listed_path_without_a_login_is_no_leak(seen) -> None:
    assert isinstance(leaked(probes(admin_path_leaked, {"/admin-guide/": seen}, disallowed=["/admin-guide/"])), Passed)


def test_a_listed_path_that_is_refused_is_inconclusive() -> None:
    seen = probes(admin_path_leaked, {"/admin-7q2/": Unavailable("It did not answer.")}, disallowed=["/admin-7q2/"])
    assert isinstance(leaked(seen), Inconclusive)


@pytest.mark.parametrize(
    ("location", "subject"),
    [
        (f"{ORIGIN}/petal_9x/admin/index/index/key/0123456789abcdef0123456789abcdef/", "/petal_9x/"),
        (f"{ORIGIN}/shop/petal_9x/admin/dashboard/index/key/0123456789abcdef0123456789abcdef/", "/petal_9x/"),
        (f"{ORIGIN}/admin/admin/index/index/key/0123456789abcdef0123456789abcdef/", None),
        (f"{ORIGIN}/petal_9x/index/index/key/0123456789abcdef0123456789abcdef/", "/petal_9x/"),
        (f"{ORIGIN}/index.php/petal_9x/admin/", "/petal_9x/"),
        (f"{ORIGIN}/admin/index/index/key/0123456789abcdef0123456789abcdef/", None),
        (f"{ORIGIN}/", None),
        (f"{ORIGIN}/customer/account/login/", None),
    ],
)
def test_magento_tells_its_renamed_administration(location: str, subject: str | None) -> None:
    place = "/catalog/Adminhtml_category/"
    seen = probes(admin_path_leaked, {place: answer(302, headers={"location": location})}, platforms=[("/", "magento1")])
    verdict = leaked(seen)
    assert (verdict.findings[0].subject if isinstance(verdict, Found) else None) == subject


def test_a_robots_txt_that_could_not_be_read_is_inconclusive() -> None:
    unread = Unavailable("It broke off.")
    assert isinstance(leaked(probes(admin_path_leaked), unread), Inconclusive)
    assert isinstance(admin_path_leaked(probes(admin_path_leaked), unread), Inconclusive)
    place = "/catalog/Adminhtml_category/"
    told = answer(302, headers={"location": f"{ORIGIN}/petal_9x/admin/"})
    assert isinstance(leaked(probes(admin_path_leaked, {place: told}, platforms=[("/", "magento1")]), unread), Found)


def test_a_hosted_shop_is_not_applicable() -> None:
    assert isinstance(leaked(probes(admin_path_leaked, platforms=[("/", "shopify")])), NotApplicable)


@pytest.mark.parametrize("check", [admin_user_enumeration, admin_default_username])
def test_a_blog_that_may_have_been_missed_is_inconclusive(check) -> None:
    unseen = installations(unseen=[("/blog/", Unavailable("It did not answer."))])
    assert isinstance(check(probes(check), unseen), Inconclusive)
    assert isinstance(check(probes(check), Unavailable("It did not answer.")), Inconclusive)
