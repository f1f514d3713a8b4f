"""PDF: loads nothing, whatever is on the page; bounded time; clear words where it cannot be made."""

from __future__ import annotations

import re
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

import reports.formats.pdf
from reports.formats.brief import brief
from reports.formats.html import html
from reports.formats.pdf import PdfError, check_pdf, pdf
from reports.i18n.language import codes, language
from reports.view.build import view_of
from scanner.results.result import Judged
from scanner.rules.verdicts import Finding, Found
from tests.reports.pages import history
from tests.reports.samples import ARTICLES, SAMPLES, WEAK, agency
from tests.scanning import catalogue

pytest.importorskip("weasyprint", reason="the extra pdf is not installed")
pytestmark = pytest.mark.slow  # each page is drawn by a process of its own


def streams(made: bytes) -> bytes:
    """The document's streams, unpacked."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    unpacked = []
    for one in packed:
        try:
            unpacked.append(zlib.decompress(one))
        except zlib.error:
            unpacked.append(one)
    return b"\n".join(unpacked)


def pages(made: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", made + streams(made)))


@pytest.mark.parametrize("name", ["weak", "hostile", "unreachable"])
def test_every_report_becomes_a_pdf(name: str) -> None:
    made = pdf(html(view_of(SAMPLES[name], ARTICLES)))
    assert made.startswith(b"%PDF-")
    assert pages(made) >= 1


def test_a_polish_report_says_so() -> None:
    made = pdf(html(view_of(WEAK, ARTICLES, language=language("pl"))))
    assert re.search(rb"/Lang ?\(pl\)", made + streams(made))


@pytest.mark.parametrize("code", codes())
def test_the_owner_gets_two_pages_however_much_is_wrong(code: str) -> None:
    rules = catalogue()
    long = f"https://petalandstem.example/{'a-long-folder/' * 20}"
    found = Found((Finding("/x", "shown", (long,)), Finding("/y", "shown", (long,))))
    everything = replace(WEAK, judged=tuple(Judged(rule, found) for rule in rules.rules.values()), accepted=())
    made = pdf(brief(view_of(everything, rules.articles, language=language(code), trend=history())))
    assert pages(made) == 2


def test_nothing_is_loaded(httpserver: HTTPServer, tmp_path: Path) -> None:
    """Neither from the network nor from the disk, by the page or by a picture in it."""
    secret = tmp_path / "secret.svg"
    secret.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>SENTINEL</text></svg>', encoding="utf-8"
    )
    url = httpserver.url_for("/pixel.png")
    inner = f"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='{url}'/><image href='{secret.as_uri()}'/></svg>"
    page = f"""<!DOCTYPE html><html lang="en"><head><title>x</title><link rel="stylesheet" href="{url}">
<link rel="attachment" href="{secret.as_uri()}"><style>@import url("{url}"); body {{ background: url("{url}") }}
@font-face {{ font-family: a; src: url("{url}") }} p {{ font-family: a; content: url("{secret.as_uri()}") }}</style></head>
<body><p>Hello</p><img src="{url}"><img src="{secret.as_uri()}"><object data="{secret.as_uri()}"></object>
<embed src="{url}"><img src="data:image/svg+xml,{inner.replace("#", "%23")}"></body></html>"""
    made = pdf(page)
    assert httpserver.log == []
    assert b"SENTINEL" not in made + streams(made)
    assert b"EmbeddedFile" not in made + streams(made)


def test_the_data_picture_of_an_agency_is_drawn(tmp_path: Path) -> None:
    plain = pdf(html(view_of(WEAK, ARTICLES)))
    branded = pdf(html(view_of(WEAK, ARTICLES, agency=agency(tmp_path))))
    assert plain != branded


def test_one_that_takes_too_long_is_given_up() -> None:
    page = html(view_of(WEAK, ARTICLES))
    with pytest.raises(PdfError, match="took longer than 0 s"):
        pdf(page, seconds=0.05)


def test_a_crash_of_the_maker_is_told_and_no_half_a_file_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(PdfError, match="cannot be made"):
        pdf("<p>x</p>")


def test_without_the_extra_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports.formats.pdf, "find_spec", lambda _name: None)
    with pytest.raises(PdfError, match=r"pip install 'shopwarden\[pdf\]'"):
        check_pdf()
