"""Nobody comes in without the token, and no page of another site acts here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.text.clock import Clock, ShiftedClock
from shopwarden.web.access import Access, may_act, own_host
from shopwarden.web.guard import MOST_BODY, session_of
from tests.scanning import catalogue
from tests.shopwarden.web.sites import HOST, OWN, Pages, pages

TEXT = '[[site]]\nurl = "https://petalandstem.example"\nname = "Petal & Stem"\n'
EVERYWHERE = (
    "/",
    "/shops/new",
    "/shops/petalandstem.example",
    "/scans/x",
    "/scans/x/events",
    "/changes",
    "/reviews",
    "/alerts",
    "/about",
)
FORMS = (
    "/shops",
    "/shops/look",
    "/shops/petalandstem.example/scan",
    "/shops/petalandstem.example/problems/hsts-missing/look",
    "/shops/petalandstem.example/problems/hsts-missing/accept",
    "/scans/x/stop",
    "/reviews/done",
    "/alerts/test",
    "/leave",
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Pages]:
    with pages(tmp_path, catalogue(), text=TEXT) as opened:
        yield opened


@pytest.mark.parametrize("path", EVERYWHERE)
def test_without_a_session_there_is_nothing_to_see(site: Pages, path: str) -> None:
    site.cookies.clear()
    answer = site.get(path)
    assert answer.status_code == 401
    assert "Petal" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"https://{HOST}"},
        {"origin": "http://127.0.0.1:8485"},
    ],
)
def test_another_site_changes_nothing(site: Pages, path: str, headers: dict[str, str]) -> None:
    assert site.ask("POST", path, headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:8484", "", "[::1]:8484"])
def test_a_name_that_leads_here_is_no_address_of_ours(site: Pages, host: str) -> None:
    assert site.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("path", [path for path in FORMS if path != "/shops/look"])
def test_a_get_changes_nothing(site: Pages, path: str) -> None:
    before = site.desk.file.read_bytes()
    assert site.get(path).status_code in {200, 404, 405, 422}
    assert site.desk.file.read_bytes() == before
    assert site.access.knows(site.cookies[site.access.cookie])


def test_the_token_is_good_for_one_browser(site: Pages) -> None:
    used = site.access.token
    assert used == ""
    site.cookies.clear()
    for token in ("", "x", "ä" * 50):
        assert site.get("/enter", params={"token": token}).status_code == 401
        assert not site.cookies


def test_the_cookie_is_for_no_script_and_no_other_site(tmp_path: Path) -> None:
    with pages(tmp_path, catalogue(), text=TEXT) as opened:
        opened.cookies.clear()
        opened.access.token = "again"
        said = opened.get("/enter?token=again", follow_redirects=False).headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert "8484" in said.partition("=")[0]


def test_a_session_ends(site: Pages) -> None:
    session = site.cookies[site.access.cookie]
    assert site.post("/leave").status_code == 200
    site.cookies.set(site.access.cookie, session)
    assert site.get("/").status_code == 401


def test_a_session_that_rests_ends() -> None:
    access = Access(1)
    session = access.enter(access.token)
    assert session is not None
    access.clock = ShiftedClock(Clock(), timedelta(hours=11))
    assert access.knows(session)
    access.clock = ShiftedClock(Clock(), timedelta(hours=24))
    assert not access.knows(session)


def test_a_form_is_small(site: Pages) -> None:
    headers = OWN | {"content-type": "application/x-www-form-urlencoded"}
    assert site.ask("POST", "/shops/look", content=b"url=" + b"x" * MOST_BODY, headers=headers).status_code == 413


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_its_headers(site: Pages, path: str) -> None:
    headers = site.get(path).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/..%2fapp.py", "/static/web.css", "/static/LICENSE-htmx.txt", "/docs", "/openapi.json"]
)
def test_no_file_but_ours_is_served(site: Pages, path: str) -> None:
    assert site.get(path).status_code in {404, 401}


@pytest.mark.parametrize(
    ("method", "fetched", "origin", "may"),
    [
        ("GET", "cross-site", "https://evil.example", True),
        ("POST", "", "", True),
        ("DELETE", "cross-site", "", False),
        ("PUT", "", "null", False),
    ],
)
def test_who_may_act(method: str, fetched: str, origin: str, may: bool) -> None:
    assert may_act(method, fetched, origin, "http://127.0.0.1:8484") is may


def test_a_host_is_compared_whole() -> None:
    assert own_host(" LOCALHOST:1 ", {"localhost:1"})
    assert not own_host("localhost:10", {"localhost:1"})


def test_a_broken_cookie_is_no_session() -> None:
    assert session_of('a="; \x00=', "a") == ""
    assert session_of("x=1; mine=yes", "mine") == "yes"
