"""The alert mail in Chromium: what a shop wrote runs nothing, asks for nothing and fits a telephone.

``SHOPWARDEN_RECORD_PICTURES=1`` makes docs/alert.png anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from reports.alerts.messages import Message, all_quiet, changed
from reports.alerts.words import Told, Words
from scanner.history.events import Change, Event, Health
from scanner.rules.rule import Severity
from scanner.settings.models import Agency
from shopwarden.operations.notify import words_of
from tests.nights import FIRST, KEY
from tests.reports.alerts.test_messages import HOSTILE
from tests.scanning import catalogue

pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed", exc_type=ImportError)
from playwright.sync_api import Browser, Dialog, Page, Request

from tests.browser.test_report import AXE, browser
from tests.patience import eventually

pytestmark = pytest.mark.browser

__all__ = ["browser"]  # the fixture of the report's tests

NIGHT = FIRST + timedelta(days=40)
REPORTS = "https://reports.harbourweb.example"
"""Where the agency's reports can be read: the one place that a mail links to."""
PICTURE = Path(__file__).parents[2] / "docs" / "alert.png"


def event(kind: Change | Health, severity: Severity, rule: str, subject: str, shown: str = "", site: str = KEY) -> Event:
    return Event(
        site=site, at=NIGHT, kind=kind, severity=severity, rule=rule, subject=subject, shown=shown, since=FIRST,
        location=f"https://{site}{subject}" if subject.startswith("/") else f"https://{site}/",
    )  # fmt: skip


def night(code: str = "en") -> Message:
    """A night with something of everything, in the words of the real articles. code: of its language."""
    agency = Agency(name="Harbour Web", contact="care@harbourweb.example")
    shops = (
        Told(
            KEY, "Petal & Stem", f"https://{KEY}/",
            (
                event(Change.NEW, Severity.CRITICAL, "exposed-config", "/config.php.bak", "DB_PASSWORD=…"),
                event(Change.NEW, Severity.HIGH, "third-party-script", "cdn.stats-collect.example@checkout"),
                event(Change.CAME_BACK, Severity.MEDIUM, "directory-listing", "/uploads/", "The list names rose.jpg"),
                event(Health.STILL_OPEN, Severity.HIGH, "ftp-plaintext", "ftp:21"),
                event(Change.FIXED, Severity.LOW, "version-leak-header", "X-Powered-By"),
            ),
            "C", "D", f"{REPORTS}/petalandstem.example.html",
        ),
        Told(
            "clay.example", "Clay & Co", "https://clay.example/",
            (
                Event(
                    site="clay.example", at=NIGHT, kind=Health.UNREACHABLE, severity=Severity.HIGH,
                    because="The shop's firewall answers our request for the home page with 403.",
                ),
            ),
            "B", "B",
        ),
    )  # fmt: skip
    return changed("r", [replace(shop, language=code) for shop in shops], words_of(catalogue(), agency), NIGHT)


def hostile() -> Message:
    long = "a" * 3000
    events = tuple(
        event(kind, severity, HOSTILE, subject, HOSTILE).model_copy(update={"location": f"javascript:owned()//{HOSTILE}"})
        for kind, severity, subject in (
            (Change.NEW, Severity.CRITICAL, HOSTILE),
            (Change.NEW, Severity.HIGH, f"{long}@checkout"),
            (Change.FIXED, Severity.LOW, "</style><svg onload=owned()>"),
            (Health.CHECK_DEAD, Severity.LOW, "\u202e\u0300" * 400),
        )
    )
    return changed("r", [Told(KEY, HOSTILE + long, f"https://{KEY}/{HOSTILE}", events, "C", "D")], Words(sender=HOSTILE), NIGHT)


def quiet() -> Message:
    return all_quiet("r", [Told(KEY, "Petal & Stem", f"https://{KEY}/", after="A", open_count=2)], Words(), NIGHT)


MESSAGES = {"night": night, "hostile": hostile, "quiet": quiet}


@dataclass
class Opened:
    """page: where the mail is open. requests, complaints: what it did besides showing itself."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(params=MESSAGES)
def opened(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Each message, open on a telephone; no policy protects a mail, so it must be harmless by itself."""
    file = tmp_path / "mail.html"
    file.write_text(MESSAGES[request.param]().html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    made = Opened(page)

    def note(asked: Request) -> None:
        if asked.url != file.as_uri():
            made.requests.append(asked.url)

    page.on("request", note)
    page.on("console", lambda message: made.complaints.append(message.text))
    page.on("pageerror", lambda error: made.complaints.append(str(error)))

    def dialog(asked: Dialog) -> None:
        made.complaints.append(f"dialog {asked.message}")
        asked.dismiss()

    page.on("dialog", dialog)
    page.goto(file.as_uri())
    yield made
    page.close()


def test_a_mail_runs_nothing_asks_for_nothing_and_fits_a_telephone(opened: Opened) -> None:
    page = opened.page
    page.mouse.wheel(0, 5000)
    for element in page.locator("body *:not(a, a *)").all()[:50]:
        element.dispatch_event("click")
    page.wait_for_timeout(100)
    assert page.locator("script, img, svg, iframe, object, embed, form, link").count() == 0
    links = [str(link.get_attribute("href")) for link in page.locator("a").all()]
    assert [link for link in links if not link.startswith(f"{REPORTS}/")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert opened.requests == []
    assert opened.complaints == []


def test_axe_finds_no_fault(opened: Opened) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is missing: npm ci in tests/browser")
    opened.page.add_script_tag(path=AXE)
    found = opened.page.evaluate("axe.run()")
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []


def test_the_guard_sees_a_script(browser: Browser, tmp_path: Path) -> None:
    """The same page with one line unescaped is noticed, so the tests above can fail."""
    file = tmp_path / "mail.html"
    before, escaped, after = hostile().html.rpartition("&lt;img src=x onerror=alert(2)&gt;")  # in the body, not in the title
    assert escaped
    file.write_text(f"{before}<img src=x onerror=alert(2)>{after}")
    page = browser.new_page()
    dialogs: list[str] = []

    def dialog(asked: Dialog) -> None:
        dialogs.append(asked.message)
        asked.dismiss()

    page.on("dialog", dialog)
    page.goto(file.as_uri())
    eventually(lambda: page.wait_for_timeout(20) or dialogs)
    page.close()
    assert dialogs == ["2"]


@pytest.mark.skipif(not os.environ.get("SHOPWARDEN_RECORD_PICTURES"), reason="the picture is made by hand")
def test_the_picture_for_the_documentation(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "mail.html"
    file.write_text(night().html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 680, "height": 400})
    page.goto(file.as_uri())
    page.screenshot(path=PICTURE, full_page=True)
    page.close()
