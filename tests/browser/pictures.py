"""The pictures of docs/pictures, made anew: ``make pictures``. Report, overview, mail and the owner's two sheets, in each language.

The report is the demo shop's. Everything is local: the demo shop listens on loopback, and the browser opens files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from reports.formats.brief import brief
from reports.formats.html import html
from reports.i18n.language import codes, language
from reports.overview.page import overview_html
from reports.view.build import view_of
from scanner.engine.recording import read_recording
from scanner.engine.replay import result_of
from scanner.results.result import ScanResult
from scanner.settings.reading import read_settings
from shopwarden.operations.order import order_of
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.test_alert import night
from tests.reports.overview.test_page import busy
from tests.scanning import catalogue

INTO = Path(__file__).parents[2] / "docs" / "pictures"
MOST_BYTES = 200_000
COLOURS = 128
WIDE, NARROW, PAPER = (1440, 1000), (390, 1200), (794, 1123)
LIGHT, DARK = "light", "dark"
SHOPWARDEN = [sys.executable, "-m", "shopwarden"]


@dataclass(frozen=True)
class Picture:
    """One picture of a page's beginning. page: its HTML; paper: as it is printed."""

    name: str
    page: str
    size: tuple[int, int]
    scheme: str = LIGHT
    paper: bool = False


def main() -> None:
    """Write every picture, and say how large each is."""
    INTO.mkdir(parents=True, exist_ok=True)
    for old in INTO.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in pictures(demo(Path(folder))):
            take(browser, picture, Path(folder) / "page.html")
        browser.close()
    for file in sorted(INTO.glob("*.png")):
        print(f"{file.stat().st_size:>8,} {file.name}")  # noqa: T201  that is what this program is for
        if file.stat().st_size > MOST_BYTES:
            sys.exit(f"{file.name} is larger than {MOST_BYTES:,} bytes")


def demo(folder: Path) -> ScanResult:
    """A scan of the weak demo shop."""
    recorded = folder / "recording"
    subprocess.run([*SHOPWARDEN, "demo", "--quiet", "--html", folder / "demo.html", "--record", recorded], check=True)
    rules = catalogue()
    recording = read_recording(recorded, rules.gatherers)
    order = order_of(recording.url, read_settings(None), {}, rules, rules=recording.rules)
    return result_of(recording, order, rules)


def pictures(shop: ScanResult) -> Iterator[Picture]:
    """Each page at both widths, light and dark; what is always light, light."""
    articles = catalogue().articles
    for code in codes():
        spoken = language(code)
        view = view_of(shop, articles, language=spoken)
        pages = {"report": html(view), "overview": overview_html(busy(), articles=articles, language=spoken)}
        for name, page in pages.items():
            for size in (WIDE, NARROW):
                for scheme in (LIGHT, DARK):
                    dark = "-dark" if scheme == DARK else ""
                    yield Picture(f"{name}-{code}-{size[0]}{dark}", page, size, scheme)
        for size in (WIDE, NARROW):
            yield Picture(f"mail-{code}-{size[0]}", night(code).html, size)
        yield Picture(f"pdf-{code}", brief(view), PAPER, paper=True)


def take(browser: Browser, picture: Picture, file: Path) -> None:
    """One picture, in few colours: there are many of them."""
    file.write_text(picture.page, encoding="utf-8")
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if picture.scheme == DARK else "light"
    )
    opened = context.new_page()
    opened.emulate_media(media="print" if picture.paper else "screen")
    opened.goto(file.as_uri())
    shot = Image.open(BytesIO(opened.screenshot()))
    context.close()
    shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(INTO / f"{picture.name}.png", optimize=True)


if __name__ == "__main__":
    main()
