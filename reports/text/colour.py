"""An agency's colour, darkened or lightened until text in it can be read (WCAG 2.2, success criterion 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re

AA = 4.5
_STEPS = 100

Rgb = tuple[int, int, int]


def readable(colour: str, *backgrounds: str, ratio: float = AA) -> str:
    """The nearest shade of ``colour`` (``#rrggbb``) whose contrast to every background is at least ``ratio``.

    It goes towards black where the backgrounds are light and towards white where they are dark. Raises ValueError
    where a colour is not written as ``#rrggbb``.
    """
    start = _rgb(colour)
    behind = [_rgb(background) for background in backgrounds]
    end = (0, 0, 0) if min(map(_luminance, behind), default=1.0) > 0.18 else (255, 255, 255)
    for step in range(_STEPS + 1):
        shade = _mixed(start, end, step / _STEPS)
        if all(_contrast(shade, other) >= ratio for other in behind):
            break
    else:
        shade = end
    return "#{:02x}{:02x}{:02x}".format(*shade)


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""
    return _contrast(_rgb(one), _rgb(other))


def _contrast(one: Rgb, other: Rgb) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    """Relative luminance as WCAG defines it for sRGB."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"{colour!r} is not a colour such as #0b6e4f")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
