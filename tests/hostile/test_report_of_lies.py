"""All that people read of shops that lie, in Chromium: nothing runs, nothing is asked for; in the terminal, nothing is obeyed.

The reports, their Markdown as a generous reader shows it, the overview of many shops, and the mails about what is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from reports.alerts.messages import Message, changed
from reports.alerts.words import Told, Words
from reports.overview.page import overview_html
from scanner.history.events import Event
from scanner.history.known import KnownSite
from scanner.history.run_summary import Overview, ShopLine
from scanner.results.document import ScanDocument
from tests.hostile import backups, certificates, lies
from tests.hostile.harness import Case, Ran, page_is_inert, terminal_is_clean
from tests.hostile.pool import Pool
from tests.nights import compared

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed", exc_type=ImportError)
from playwright.async_api import Page, async_playwright

CASES = [
    *lies.CASES,
    *(case for case in (*certificates.CASES, *backups.CASES) if re.search(r"\blies?\b", case.name)),
]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def told(ran: Ran) -> Told:
    """What the nightly run would tell of this scan, had the shop been in order the night before."""
    seen = ScanDocument.model_validate(ran.result)
    healthy = tuple(
        verdict.model_copy(
            update={
                "verdict": "passed",
                "because": None,
                "findings": (),
                "examined": (*verdict.examined, *(place for finding in verdict.findings for place in finding.places)),
            }
        )
        for verdict in seen.verdicts
    )
    before = seen.model_copy(
        update={"verdicts": healthy, "started": seen.started - timedelta(days=1), "finished": seen.started - timedelta(days=1)}
    )
    known = compared(KnownSite(), before).known
    step = compared(known, seen)
    return Told(
        seen.site.key, seen.site.name, seen.site.url, tuple(one for one in step.events if isinstance(one, Event)), "A", "D"
    )


def message(shop: Told) -> Message:
    return changed("receiver", [shop], Words(sender="Harbour Web"), shop.events[0].at)


def line(shop: Told, ran: Ran) -> ShopLine:
    return ShopLine(shop.key, shop.name, shop.url, ran.result["status"], ran.result["because"] or "", "D", changes=shop.events)


@pytest.mark.parametrize("case", lies.CASES, ids=str)
def test_mails_and_overview_hold_nothing_that_acts(case: Case, pool: Pool) -> None:
    ran = pool.ran(case)
    shop = told(ran)
    if ran.result["status"] == "complete":
        assert shop.events
        mail = message(shop)
        for text in (mail.subject, mail.text, str(mail.payload)):
            terminal_is_clean(text)
        page_is_inert(mail.html, styled=True)
    page = overview_html(Overview(ran_at(ran), ran_at(ran), (line(shop, ran),)))
    terminal_is_clean(page)


def ran_at(ran: Ran):
    return ScanDocument.model_validate(ran.result).started


def pages(ran: Ran) -> Iterator[str]:
    yield ran.page
    yield f"<!doctype html>{MarkdownIt('gfm-like', {'html': True, 'linkify': False}).render(ran.text('report.md'))}"
    shop = told(ran)
    yield overview_html(Overview(ran_at(ran), ran_at(ran), (line(shop, ran),)))
    if shop.events:
        yield message(shop).html


@pytest.mark.browser
async def test_nothing_runs_and_nothing_is_asked_for(pool: Pool, tmp_path: Path) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    pool.begin(CASES)
    seen: list[tuple[str, str]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await (await browser.new_context()).new_page()
        watched(page, seen)
        (tmp_path / "planted.html").write_text(
            "<!doctype html><img src='http://127.0.0.1:9/x'><script>console.log('ran')</script>"
        )
        await page.goto((tmp_path / "planted.html").as_uri())
        while not {what for _, what in seen} >= {"ran", "http://127.0.0.1:9/x"}:  # so that silence below means something
            await page.wait_for_timeout(20)
        seen.clear()
        for case in CASES:
            for number, text in enumerate(pages(pool.ran(case))):
                file = tmp_path / f"{CASES.index(case)}-{number}.html"
                file.write_text(text, encoding="utf-8")
                await looked_at(page, file, case.name)
        await page.wait_for_timeout(200)
        await browser.close()
    assert seen == []


def watched(page: Page, seen: list[tuple[str, str]]) -> None:
    page.on("console", lambda message: seen.append((page.url, message.text)))
    page.on("pageerror", lambda error: seen.append((page.url, str(error))))
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or seen.append((page.url, request.url)))
    page.on("popup", lambda popup: seen.append((page.url, popup.url)))
    page.on("dialog", lambda dialog: seen.append((page.url, dialog.message)))
    page.on("framenavigated", lambda frame: frame.parent_frame and seen.append((page.url, frame.url)))


async def looked_at(page: Page, file: Path, name: str) -> None:
    """Opened, everything unfolded: it is still the page that it was, and there is nothing in it that could act."""
    await page.goto(file.as_uri())
    await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.url == file.as_uri(), name
    assert await page.title() != "owned", name
    acting = "script, iframe, object, embed, form, base, img:not([src^='data:']), meta[http-equiv=refresh], [onerror], [onload], [onclick]"
    assert await page.locator(acting).count() == 0, name
    assert await page.locator("a[href^='javascript:' i], a[href^='data:' i], a[href^='file:' i]").count() == 0, name
