"""An agency's logo: what a page shows, and what a mail does."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.text.brand import MOST_LOGO_BYTES, Picture, brand_of, mail_logo_of
from scanner.settings.models import Agency

PNG, JPEG = b"\x89PNG\r\n\x1a\n and more", b"\xff\xd8\xff and more"
SVG = b'<?xml version="1.0"?>\n<!-- ours -->\n<svg viewBox="0 0 1 1"/>'


def agency(folder: Path, content: bytes | None) -> Agency:
    logo = folder / "logo"
    if content is not None:
        logo.write_bytes(content)
    return Agency(name="Harbour Web", logo=logo)


@pytest.mark.parametrize(("content", "kind"), [(PNG, "png"), (JPEG, "jpeg"), (SVG, "svg+xml")])
def test_a_picture_is_told_by_its_content(tmp_path: Path, content: bytes, kind: str) -> None:
    ours = agency(tmp_path, content)
    assert brand_of(ours).logo.startswith(f"data:image/{kind};base64,")
    assert mail_logo_of(ours) == (None if kind == "svg+xml" else Picture(kind, content))  # few mail programs show an SVG


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (PNG + b"x" * MOST_LOGO_BYTES, "larger than 200 KB"),
        (b"<html><svg></svg></html>", "neither PNG, JPEG nor SVG"),
        (b"", "neither PNG, JPEG nor SVG"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_shown_is_left_out_everywhere_and_said(tmp_path: Path, content: bytes | None, problem: str) -> None:
    ours = agency(tmp_path, content)
    assert (brand_of(ours).logo, mail_logo_of(ours)) == ("", None)
    assert problem in brand_of(ours).logo_problem


def test_without_a_logo() -> None:
    assert mail_logo_of(Agency(name="Harbour Web")) is None
