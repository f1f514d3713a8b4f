"""The web application in Chromium: an owner's story by keyboard, nothing but our own addresses, no fault for axe, on a telephone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scanner.engine.scan import Order, Progress
from scanner.history.comparison import compare
from scanner.results.document import document
from scanner.results.result import ScanResult
from scanner.settings.reading import read_settings
from shopwarden.operations.new_configuration import NewShop
from shopwarden.web.desk import Desk
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.test_report import AXE
from tests.patience import PATIENCE
from tests.reports.samples import HARDENED, WEAK
from tests.scanning import catalogue
from tests.shopwarden.web.sites import served

pytestmark = pytest.mark.browser

SEEN = threading.Event()
"""Somebody saw how far the scan is."""
TEXT = """\
[defaults]
language = "{code}"

[[alert]]
to = ["mailto://jo@petals.example"]

[[site]]
url = "https://petalandstem.example"
name = "Petal & Stem"
[[site.review]]
name = "ftp-password"
done = 2026-01-02
"""
PAGES = (
    "/",
    "/shops/new",
    "/shops/petalandstem.example",
    "/shops/petalandstem.example/problems/exposed-vcs",
    "/changes",
    "/reviews",
    "/alerts",
    "/about",
    "/nothing",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is missing")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


async def weak(_order: Order, progress: Progress) -> ScanResult:
    """A scan that can be watched: it goes on when the page was seen."""
    progress.doing, progress.most, progress.used = "Reading the shop's pages", 400, lambda: 12
    await asyncio.wait_for(asyncio.to_thread(SEEN.wait), PATIENCE)
    return replace(WEAK, started=WEAK.started + timedelta(days=5), finished=WEAK.finished + timedelta(days=5))


def nights(desk: Desk) -> None:
    """Two of them."""
    for day, result in enumerate((HARDENED, WEAK)):
        moved = replace(result, started=result.started + timedelta(days=day), finished=result.finished + timedelta(days=day))
        desk.history.record(
            document(moved), command="nightly", compare=lambda known, seen: compare(known, seen, desk.catalogue.rules)
        )


def quiet(page: Page) -> list[str]:
    """What the page complains of, and what it asks elsewhere."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: request.url.startswith("http://127.0.0.1:") or heard.append(request.url))
    return heard


def test_an_owners_story_by_keyboard(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def front(urls: tuple[str, ...], *_rest: object) -> tuple[NewShop, ...]:
        return (NewShop(urls[0], "Petal & Stem", "WooCommerce"),)

    monkeypatch.setattr("shopwarden.web.shops.look_at", front)
    SEEN.clear()
    with served(tmp_path, catalogue(), look=weak) as (address, desk, _scans):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        heard = quiet(page)
        page.goto(address)
        page.get_by_role("link", name="Add a shop").press("Enter")
        page.get_by_label("Address of the shop").fill("https://petalandstem.example")
        page.keyboard.press("Enter")
        page.get_by_text("WooCommerce").wait_for()
        assert page.get_by_label("What you call it").input_value() == "Petal & Stem"
        page.get_by_role("checkbox").press("Space")
        page.get_by_role("button", name="Add it and scan it").press("Enter")
        page.get_by_text("12 of at most 400 requests").wait_for()
        SEEN.set()
        page.get_by_role("link", name="See what was found").press("Enter")
        page.get_by_role("link", name="Report").last.press("Enter")
        page.wait_for_url("**/reports/*")
        assert "petalandstem.example" in page.content()
        page.go_back()
        page.locator(".problems a").first.press("Enter")
        page.get_by_label("Why (stands in every report)").fill("It moves in spring")
        page.keyboard.press("Enter")
        page.get_by_text("counts from the next scan on").wait_for()
        context.close()
        (shop,) = read_settings(desk.file).site
    assert [risk.reason for risk in shop.accepted] == ["It moves in spring"]
    assert heard == []


@pytest.mark.parametrize(("code", "scheme", "width"), [("en", "light", 1440), ("de", "dark", 390), ("pl", "light", 390)])
def test_axe_finds_nothing_and_every_page_fits(browser: Browser, tmp_path: Path, code: str, scheme: str, width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is missing: npm ci --prefix tests/browser")
    with served(tmp_path, catalogue(), text=TEXT.format(code=code)) as (address, desk, _scans):
        nights(desk)
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True
        )
        page = context.new_page()
        page.goto(address)
        origin = address.partition("/enter")[0]
        for path in PAGES:
            page.goto(origin + path)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            page.evaluate(AXE.read_text(encoding="utf-8") + "\n;void 0")
            answer = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found = [f"{path}: {one['id']}: {node['html'][:120]}" for one in answer["violations"] for node in one["nodes"][:3]]
            assert found == []
        context.close()
