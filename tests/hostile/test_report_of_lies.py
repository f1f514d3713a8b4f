"""The reports of shops that lie, in Chromium: nothing runs, nothing is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hostile import lies
from tests.hostile.harness import Program, run_case

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed", exc_type=ImportError)
from playwright.async_api import async_playwright

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def test_nothing_runs_and_nothing_is_asked_for(tmp_path: Path) -> None:
    if not CHROMIUM.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{CHROMIUM} is missing: apt-get install chromium")
    program = Program()
    try:
        reports = []
        for number, case in enumerate(lies.CASES):
            folder = tmp_path / str(number)
            folder.mkdir()
            reports.append((case.name, (await run_case(case, program, folder)).folder / "report.html"))
    finally:
        program.close()
    seen: list[tuple[str, str]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context()
        page = await context.new_page()
        page.on("console", lambda message: seen.append((page.url, message.text)))
        page.on("pageerror", lambda error: seen.append((page.url, str(error))))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or seen.append((page.url, request.url)))
        page.on("popup", lambda popup: seen.append((page.url, popup.url)))
        page.on("framenavigated", lambda frame: frame.parent_frame and seen.append((page.url, frame.url)))
        for name, report in reports:
            await page.goto(report.as_uri())
            await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            await page.wait_for_timeout(50)
            assert await page.title() != "owned", name
            assert await page.locator("script, iframe, object, embed, form, base, img:not([src^='data:'])").count() == 0, name
            assert await page.evaluate("document.querySelectorAll('meta[http-equiv=refresh]').length") == 0, name
        await browser.close()
    assert seen == []
