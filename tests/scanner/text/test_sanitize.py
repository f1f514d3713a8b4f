"""Strangers' text made safe to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.text.sanitize import sanitize


def test_ordinary_text_stays_as_it_is() -> None:
    assert sanitize("Petal & Stem: café, naïve, 花屋, Ελλάδα, عطر") == "Petal & Stem: café, naïve, 花屋, Ελλάδα, عطر"
    assert sanitize("") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a‹U+0000›b"),
        ("a\x1b[31mred", "a‹U+001B›[31mred"),
        ("x\r\nSet-Cookie: y", "x‹U+000D›‹U+000A›Set-Cookie: y"),
        ("a\x9bc", "a‹U+009B›c"),
        ("photo\u202egpj.exe", "photo‹U+202E›gpj.exe"),
        ("pay\u200bpal", "pay‹U+200B›pal"),
        ("\u2066x\u2069", "‹U+2066›x‹U+2069›"),
        ("\ufeffx", "‹U+FEFF›x"),
        ("a\u2028b", "a‹U+2028›b"),
        ("a\xadb", "a‹U+00AD›b"),
        ("\U000e0041", "‹U+E0041›"),
        ("a\ud800b", "a‹U+D800›b"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_lines_are_kept_only_when_asked_for() -> None:
    assert sanitize("one\r\ntwo\rthree\n\tfour\x07", lines=True) == "one\ntwo\nthree\n    four‹U+0007›"
    assert "\n" not in sanitize("one\ntwo")


def test_long_text_is_cut() -> None:
    assert sanitize("x" * 20, 20) == "x" * 20
    assert sanitize("x" * 21, 20) == "x" * 19 + "…"


def test_a_mark_is_never_cut_in_half() -> None:
    for limit in range(1, 30):
        shown = sanitize("abc\u202e\u202e\u202edef", limit)
        assert len(shown) <= limit
        assert shown.count("‹") == shown.count("›")


def test_a_mark_that_the_stranger_wrote_does_not_swallow_the_text() -> None:
    assert len(sanitize("‹U+" + "x" * 100, 50)) == 50


def test_a_huge_text_costs_no_more_than_its_limit() -> None:
    assert len(sanitize("\x00" * 50_000_000, 100)) <= 100


@given(st.text(), st.integers(1, 200), st.booleans())
def test_any_text_becomes_short_visible_and_encodable(text: str, limit: int, lines: bool) -> None:
    shown = sanitize(text, limit, lines=lines)
    assert len(shown) <= limit
    shown.encode()
    assert not any(ord(c) < 32 and c != "\n" for c in shown)
    assert sanitize(shown, 10_000, lines=lines) == shown


def test_no_control_or_format_character_of_unicode_slips_through() -> None:
    drawn = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}
    hidden = [
        c for c in map(chr, range(0x110000)) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and ord(c) not in drawn
    ]
    assert [c for c in hidden if sanitize(c) == c] == []
