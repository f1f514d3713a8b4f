"""The pictures of docs/pictures, made anew: ``make pictures``. The demo shop's real reports where there is one, else the samples.

Everything is local: the demo shop listens on loopback, and the browser opens files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from reports.formats.html import html
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.reports.pages import view

INTO = Path(__file__).parents[2] / "docs" / "pictures"
MOST_BYTES = 200_000
FROM = {"history": "#first"}
"""Where a picture begins, if not at the top."""
SHOPWARDEN = [sys.executable, "-m", "shopwarden"]


def main() -> None:
    """Write every picture, and say how large each is."""
    INTO.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, page in pages(Path(folder)).items():
            for width, height, scheme in sizes(name):
                take(
                    browser,
                    page,
                    INTO / f"{name}{'' if width == 1100 else f'-{width}'}{'-dark' if scheme == 'dark' else ''}.png",
                    width,
                    height,
                    scheme,
                )
        browser.close()
    for picture in sorted(INTO.glob("*.png")):
        print(f"{picture.stat().st_size:>8,} {picture.name}")  # noqa: T201  that is what this program is for
        if picture.stat().st_size > MOST_BYTES:
            sys.exit(f"{picture.name} is larger than {MOST_BYTES:,} bytes")


def sizes(name: str) -> list[tuple[int, int, str]]:
    """Width, height and colour scheme of each picture of a page."""
    more = [(360, 1100, "light"), (768, 1100, "light"), (1440, 1000, "dark")] if name == "weak" else []
    return [(1100, 1250, "light"), *more]


def pages(folder: Path) -> dict[str, Path]:
    """Name → file."""
    made = {name: folder / f"{name}.html" for name in ("weak", "hardened", "polish")}
    recording = folder / "recording"
    run("demo", "--quiet", "--html", made["weak"], "--record", recording)
    run("demo", "--quiet", "--hardened", "--html", made["hardened"])
    run("replay", "--quiet", "--language", "pl", "--html", made["polish"], recording)
    for name, sample in {"blocked": "blocked", "first-scan": "first-scan", "history": "history", "agency": "agency"}.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(html(view(sample, folder)), encoding="utf-8")
    return made


def run(*command: str | Path) -> None:
    """A command of ours that must succeed."""
    subprocess.run([*SHOPWARDEN, *map(str, command)], check=True)


def take(browser: Browser, page: Path, file: Path, width: int, height: int, scheme: str) -> None:
    """One picture of a page's beginning."""
    dark = scheme == "dark"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    opened = context.new_page()
    opened.goto(page.as_uri() + FROM.get(file.stem, ""))
    opened.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    main()
