"""What a person does on the pages, from the first shop to a problem that is accepted; the configuration file stays the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.engine.scan import Order, Progress
from scanner.history.comparison import compare
from scanner.results.document import document
from scanner.results.result import ScanResult
from scanner.settings.reading import read_settings
from shopwarden.web.pages import key_from, path_of
from shopwarden.web.scans import State
from tests.reports.samples import HARDENED, WEAK
from tests.scanning import catalogue
from tests.shopwarden.web.sites import Pages, pages

TEXT = '# our shop\n[[site]]\nurl = "https://petalandstem.example"\nname = "Petal & Stem <b>"\n'


async def weak(_order: Order, progress: Progress) -> ScanResult:
    """What a scan finds."""
    progress.doing, progress.most = "Reading the shop's pages", 400
    return WEAK


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Pages]:
    with pages(tmp_path, catalogue(), text=TEXT, look=weak) as opened:
        yield opened


def night(site: Pages, result: ScanResult, days: int) -> None:
    moved = replace(result, started=result.started + timedelta(days=days), finished=result.finished + timedelta(days=days))
    site.desk.history.record(
        document(moved), command="nightly", compare=lambda known, seen: compare(known, seen, site.desk.catalogue.rules)
    )


def ended(site: Pages) -> None:
    for thread in site.scans._threads:
        thread.join()


@pytest.mark.parametrize("key", ["petalandstem.example", "a.example/shop", "[::1]", "xn--mnchen-3ya.example/a~b/ü", "127.0.0.1"])
def test_a_shops_path_is_one_part_and_leads_back(key: str) -> None:
    path = path_of(key)
    assert path.count("/") == 2
    assert path.isascii()
    assert key_from(path.rpartition("/")[2]) == key


def test_without_a_configuration_the_first_shop_makes_it(tmp_path: Path) -> None:
    with pages(tmp_path, catalogue(), look=weak) as site:
        assert "No shop is here yet" in site.get("/").text
        answer = site.post("/shops", url="https://petalandstem.example", name='Petal "& Stem', authorised_by="J. Stem", may="yes")
        assert answer.url.path.startswith("/scans/")
        ended(site)
        (shop,) = read_settings(site.desk.file).site
        assert (shop.name, shop.authorised_by) == ('Petal "& Stem', "J. Stem")
        assert site.desk.file.stat().st_mode & 0o777 == 0o600
        assert "See what was found" in site.get(answer.url.path).text


def test_a_shop_that_nobody_allowed_is_not_scanned(site: Pages) -> None:
    before = site.desk.file.read_bytes()
    answer = site.post("/shops", url="https://other.example")
    assert answer.status_code == 422
    assert "confirm that its owner agrees" in answer.text
    assert site.desk.file.read_bytes() == before
    assert not list(site.scans)


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "jo@petals.example", "https://petalandstem.example/cart", "x" * 1000])
def test_what_is_no_new_shop_is_said_and_not_written(site: Pages, url: str) -> None:
    before = site.desk.file.read_bytes()
    answer = site.post("/shops", url=url, may="yes")
    assert answer.status_code == 422 or "petalandstem.example/cart" in read_settings(site.desk.file).site[-1].url
    if answer.status_code == 422:
        assert site.desk.file.read_bytes() == before


def test_a_scan_is_recorded_and_its_report_shown(site: Pages) -> None:
    answer = site.post("/shops/petalandstem.example/scan")
    ended(site)
    (scan,) = site.scans
    assert scan.state is State.DONE
    assert "event: done" in site.get(f"{answer.url.path}/events").text
    (past,) = site.desk.history.scans()
    shop = site.get("/shops/petalandstem.example").text
    assert "Petal &amp; Stem &lt;b&gt;" in shop
    assert f"/shops/petalandstem.example/reports/{past.id}" in shop
    report = site.get(f"/shops/petalandstem.example/reports/{past.id}")
    assert report.status_code == 200
    assert "script-src" not in report.headers["content-security-policy"]
    assert site.get("/shops/other.example/reports/" + past.id).status_code == 422


def test_a_problem_is_shown_and_accepted_in_the_file(site: Pages) -> None:
    night(site, WEAK, 0)
    path = "/shops/petalandstem.example/problems/exposed-vcs"
    assert "Look again now" in site.get(path).text
    day = (site.desk.today + timedelta(days=30)).isoformat()
    answer = site.post(f"{path}/accept", reason='Moves in "spring"\n[[alert]]', until=day, subject="/.git/")
    assert "counts from the next scan on" in answer.text
    (risk,) = read_settings(site.desk.file).site[0].accepted
    assert (risk.rule, risk.subject, risk.until.isoformat()) == ("exposed-vcs", "/.git/", day)
    assert site.desk.file.read_text(encoding="utf-8").startswith(TEXT.rstrip())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "", "until": "2027-01-01"}, "Say why it is accepted"),
        ({"reason": "r", "until": "soon"}, "is no day"),
        ({"reason": "r", "until": "2020-01-01"}, "within the next two years"),
        ({"reason": "r", "until": "9999-01-01"}, "within the next two years"),
    ],
)
def test_what_cannot_be_accepted(site: Pages, fields: dict[str, str], words: str) -> None:
    answer = site.post("/shops/petalandstem.example/problems/exposed-vcs/accept", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert site.desk.file.read_text(encoding="utf-8") == TEXT


def test_a_file_that_is_broken_meanwhile_is_named_on_every_page(site: Pages) -> None:
    site.desk.file.write_text(TEXT + "\ncolour = 1\n", encoding="utf-8")
    for path in ("/changes", "/about"):
        assert "line 6" in site.get(path).text
    answer = site.post("/shops/petalandstem.example/problems/exposed-vcs/accept", reason="r", until="2027-01-01")
    assert answer.status_code == 422
    site.desk.file.write_text(TEXT, encoding="utf-8")
    assert "Petal" in site.get("/").text


def test_changes_of_the_nights(site: Pages) -> None:
    night(site, HARDENED, 0)
    night(site, WEAK, 1)
    text = site.get("/changes").text
    assert "/shops/petalandstem.example/problems/" in text
    old, new = (past.id for past in reversed(site.desk.history.scans()))
    compared = site.get("/shops/petalandstem.example/compare", params={"old": new, "new": old})
    assert compared.status_code == 200
    assert "source code" in compared.text or "exposed" in compared.text


def test_many_shops_are_found_sorted_and_paged(tmp_path: Path) -> None:
    text = "".join(f'[[site]]\nurl = "https://shop{n}.example"\nname = "Shop {n}"\n' for n in range(120))
    with pages(tmp_path, catalogue(), text=text, look=weak) as site:
        first = site.get("/", params={"by": "name"}).text
        assert first.index(">Shop 2<") < first.index(">Shop 10<")
        assert "Shop 119" in site.get("/", params={"by": "name", "at": "3"}).text
        assert "Shop 119" in site.get("/", params={"q": "HOP 119"}).text
        assert site.get("/", params={"q": "'; drop", "by": "x", "only": "y", "at": "-5"}).status_code == 200


@pytest.mark.parametrize("path", ["/shops/nothing.example", "/shops/~00", "/shops/%00", "/scans/none", "/nothing"])
def test_what_is_not_there_is_said(site: Pages, path: str) -> None:
    assert site.get(path).status_code in {404, 422}


def test_a_scan_is_stopped(tmp_path: Path) -> None:
    async def endless(_order: Order, progress: Progress) -> ScanResult:
        progress.ended = asyncio.get_running_loop().create_future()
        progress.heed()
        await progress.ended
        return WEAK

    with pages(tmp_path, catalogue(), text=TEXT, look=endless) as site:
        path = site.post("/shops/petalandstem.example/scan").url.path
        assert site.post("/shops/petalandstem.example/scan").url.path == path  # it is under way already
        site.post(f"{path}/stop")
        ended(site)
        assert [one.state for one in site.scans] == [State.DONE]


def test_a_scan_that_fails_says_why(tmp_path: Path) -> None:
    async def broken(_order: Order, _progress: Progress) -> ScanResult:
        raise ZeroDivisionError

    with pages(tmp_path, catalogue(), text=TEXT, look=broken) as site:
        path = site.post("/shops/petalandstem.example/scan").url.path
        ended(site)
        assert "our own defect (ZeroDivisionError)" in site.get(path).text


@pytest.mark.parametrize(("code", "words"), [("de", "Shops"), ("pl", "Sklepy")])
def test_in_the_readers_language(site: Pages, code: str, words: str) -> None:
    text = site.get("/", headers={"accept-language": f"fr;q=0.9, {code}-AT, en"}).text
    assert f'<html lang="{code}">' in text
    assert words in text
