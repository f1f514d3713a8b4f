"""The demo shop's product pictures: small SVG drawings, always the same for the same product."""

from __future__ import annotations

import math
from random import Random

_LEAF = ("#6f8c62", "#8aa57b", "#55724d")
_GROUNDS = ("#f6efe6", "#eef1ea", "#f5ebe9", "#f1eef4")


def picture(shape: str, tones: tuple[str, ...], seed: int) -> bytes:
    """An SVG of 400 by 400: a shape named in the catalogue, in its colours."""
    chance = Random(seed)
    ground = _GROUNDS[seed % len(_GROUNDS)]
    drawing = _SHAPES[shape](tones, chance)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
        f'<rect width="400" height="400" fill="{ground}"/>'
        '<ellipse cx="200" cy="362" rx="120" ry="12" fill="#000" opacity=".06"/>'
        f"{drawing}</svg>"
    ).encode()


def logo() -> bytes:
    """The shop's mark: a flower of six petals on its stem."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img">'
        '<path d="M32 34C31 46 31 54 33 62" stroke="#55724d" stroke-width="3" fill="none" stroke-linecap="round"/>'
        '<path d="M32 52C40 50 46 45 47 38C38 39 33 44 32 52Z" fill="#8aa57b"/>'
        f"{_flower(32, 22, 17, ('#e58fa4', '#c65b7c', '#f2b65a'), 6)}</svg>"
    ).encode()


def banner() -> bytes:
    """The wide drawing behind the home page's greeting."""
    chance = Random(7)
    tones = ("#e58fa4", "#f2b65a", "#b9a6d8", "#fdf6ec", "#d2473f")
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 420" role="img" preserveAspectRatio="xMidYMax slice">']
    parts.append('<rect width="1200" height="420" fill="#e9eee4"/><circle cx="930" cy="120" r="70" fill="#f9e2b8"/>')
    parts.append('<path d="M0 330C240 260 420 360 640 310S1020 270 1200 330V420H0Z" fill="#c9d8bd"/>')
    parts.append('<path d="M0 370C260 320 520 400 760 360S1090 340 1200 370V420H0Z" fill="#a9c29a"/>')
    for i in range(34):
        x, top = 20 + i * 35 + chance.uniform(-12, 12), chance.uniform(215, 345)
        lean = chance.uniform(-18, 18)
        parts.append(
            f'<path d="M{x:.0f} 420Q{x + lean:.0f} {(top + 420) / 2:.0f} {x + lean:.0f} {top:.0f}"'
            ' stroke="#55724d" stroke-width="3" fill="none"/>'
        )
        tone = tones[i % len(tones)]
        parts.append(_flower(x + lean, top, chance.uniform(11, 22), (tone, tone, "#a8442a"), chance.choice((5, 6, 8))))
    return ("".join(parts) + "</svg>").encode()


def _flower(x: float, y: float, size: float, tones: tuple[str, ...], petals: int = 6) -> str:
    """Petals round a centre: the outer in the first tone, the inner in the second."""
    turned = "".join(
        f'<ellipse cx="{x:.0f}" cy="{y - size * 0.58:.1f}" rx="{size * 0.34:.1f}" ry="{size * 0.55:.1f}"'
        f' transform="rotate({360 / petals * i:.0f} {x:.0f} {y:.0f})"/>'
        for i in range(petals)
    )
    return (
        f'<g fill="{tones[0]}" stroke="{tones[1]}" stroke-width="1" stroke-opacity=".5">{turned}</g>'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size * 0.28:.1f}" fill="{tones[-1]}"/>'
    )


def _rose(x: float, y: float, size: float, tones: tuple[str, ...]) -> str:
    """Petals that close in on each other."""
    rings = ""
    for i, share in enumerate((1.0, 0.78, 0.56, 0.34)):
        turn = 34 * i
        rings += (
            f'<g transform="rotate({turn} {x:.0f} {y:.0f})"><ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{size * share:.1f}"'
            f' ry="{size * share * 0.86:.1f}" fill="{tones[i % 2]}" stroke="{tones[-1]}" stroke-width="1.2"/></g>'
        )
    return rings


def _stems(heads: list[tuple[float, float]]) -> str:
    """From every head to the knot, and a little beyond."""
    lines = "".join(
        f'<path d="M{x:.0f} {y:.0f}Q{(x + 200) / 2:.0f} 240 200 290L{200 - (x - 200) * 0.25:.0f} 355"/>' for x, y in heads
    )
    return f'<g stroke="#55724d" stroke-width="4" fill="none" stroke-linecap="round">{lines}</g>'


def _leaves(chance: Random, count: int, low: float = 90, high: float = 250) -> str:
    parts = ""
    for _ in range(count):
        x, y, turn = chance.uniform(75, 325), chance.uniform(low, high), chance.uniform(-70, 70)
        parts += (
            f'<path d="M{x:.0f} {y:.0f}q22 -34 0 -72q-22 38 0 72z" fill="{chance.choice(_LEAF)}"'
            f' transform="rotate({turn:.0f} {x:.0f} {y:.0f})"/>'
        )
    return parts


def _paper() -> str:
    return (
        '<path d="M112 238L200 352L288 238Q200 286 112 238Z" fill="#e9d9c0"/>'
        '<path d="M112 238L200 352L214 300Q160 280 112 238Z" fill="#dcc8a8"/>'
        '<path d="M176 296h48v16h-48z" fill="#c65b7c" rx="4"/>'
    )


def _heads(chance: Random, count: int) -> list[tuple[float, float]]:
    """Evenly spread over a dome, a little off."""
    spots = [(200.0, 118.0)]
    for ring, number in ((58, 5), (104, max(0, count - 6))):
        for i in range(number):
            angle = math.pi * (1.05 + 0.9 * i / max(1, number - 1)) if ring == 104 else 2 * math.pi * i / number
            spots.append((200 + ring * math.cos(angle) + chance.uniform(-7, 7), 168 + ring * 0.8 * math.sin(angle)))
    return spots


def _bouquet(tones: tuple[str, ...], chance: Random) -> str:
    heads = _heads(chance, 12)
    flowers = ""
    for i, (x, y) in enumerate(heads):
        tone = tones[i % len(tones)]
        flowers += _flower(x, y, chance.uniform(27, 38), (tone, tones[(i + 1) % len(tones)], "#e9c46a"), chance.choice((6, 8)))
    return _stems(heads) + _leaves(chance, 12) + flowers + _paper()


def _roses(tones: tuple[str, ...], chance: Random) -> str:
    heads = _heads(chance, 12)
    return _stems(heads) + _leaves(chance, 12) + "".join(_rose(x, y, chance.uniform(25, 32), tones) for x, y in heads) + _paper()


def _tulips(tones: tuple[str, ...], chance: Random) -> str:
    heads = _heads(chance, 11)
    flowers = "".join(
        f'<g transform="rotate({(x - 200) * 0.25:.0f} {x:.0f} {y:.0f})">'
        f'<path d="M{x - 24:.0f} {y - 34:.0f}q12 12 24 -8q12 20 24 8'
        f'q8 60 -24 62q-32 -2 -24 -62z" fill="{tones[i % len(tones)]}"/>'
        f'<path d="M{x:.0f} {y - 40:.0f}q14 30 0 66q-14 -36 0 -66z" fill="#fff" opacity=".25"/></g>'
        for i, (x, y) in enumerate(heads)
    )
    return _stems(heads) + _leaves(chance, 8) + flowers + _paper()


def _dried(tones: tuple[str, ...], chance: Random) -> str:
    parts, heads = "", []
    for i in range(15):
        x, y = 95 + i * 15 + chance.uniform(-6, 6), 90 + abs(i - 7) * 11 + chance.uniform(-18, 22)
        heads.append((x, y + 25))
        parts += (
            f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{chance.uniform(8, 14):.0f}" ry="{chance.uniform(26, 38):.0f}"'
            f' fill="{tones[i % len(tones)]}" transform="rotate({(x - 200) * 0.2:.0f} {x:.0f} {y:.0f})"/>'
        )
    return _stems(heads).replace("#55724d", "#a58a5c") + parts + _paper()


def _pot(tone: str) -> str:
    return (
        f'<path d="M132 262h136l-16 96q-52 10 -104 0z" fill="{tone}"/>'
        f'<rect x="124" y="246" width="152" height="26" rx="6" fill="{tone}"/>'
        '<path d="M132 272h136l-2 10h-132z" fill="#000" opacity=".08"/>'
    )


def _plant(tones: tuple[str, ...], chance: Random) -> str:
    parts = ""
    for i in range(13):
        turn, size = -84 + i * 14 + chance.uniform(-5, 5), chance.uniform(0.8, 1.25)
        parts += (
            f'<g transform="translate(200 258) rotate({turn:.0f}) scale({size:.2f})">'
            '<path d="M0 0Q4 -60 0 -92" stroke="#55724d" stroke-width="4"'
            f' fill="none"/><path d="M0 -66q42 -24 0 -92q-42 68 0 92z" fill="{tones[i % 2]}"/>'
            '<path d="M0 -66V-150" stroke="#fff" stroke-opacity=".35" stroke-width="2"/></g>'
        )
    return parts + _pot(tones[2])


def _herb(tones: tuple[str, ...], chance: Random) -> str:
    parts = ""
    for i in range(46):
        angle, reach = math.pi * chance.uniform(1.04, 1.96), chance.uniform(20, 108)
        x, y = 200 + reach * math.cos(angle), 236 + reach * 1.1 * math.sin(angle)
        parts += (
            f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="21" ry="13" fill="{tones[i % 2]}" stroke="#fff" stroke-opacity=".25"'
            f' transform="rotate({chance.uniform(-60, 60):.0f} {x:.0f} {y:.0f})"/>'
        )
    return parts + _pot(tones[2])


def _succulent(tones: tuple[str, ...], _: Random) -> str:
    parts = ""
    for ring, number in ((96, 14), (72, 11), (48, 8), (26, 5)):
        for i in range(number):
            parts += (
                f'<path d="M200 196q{ring * 0.26:.0f} -{ring * 0.6:.0f} 0 -{ring}q-{ring * 0.26:.0f} {ring * 0.4:.0f} 0 {ring}z"'
                f' fill="{tones[i % 2]}" stroke="#6d8f83" stroke-width="1"'
                f' transform="rotate({360 / number * i + ring:.0f} 200 196)"/>'
            )
    return _pot(tones[2]) + parts


def _flowerpot(tones: tuple[str, ...], chance: Random) -> str:
    flowers = "".join(
        _flower(
            200 + 74 * math.cos(a) * r, 190 + 78 * math.sin(a) * r, chance.uniform(26, 34), (tones[0], tones[1], "#f2d16b"), 5
        )
        for a, r in ((i * 0.9, 0.35 + 0.65 * (i % 3) / 2) for i in range(9))
    )
    return _leaves(chance, 14, 170, 262) + flowers + _pot("#c9775a")


def _vase(tones: tuple[str, ...], chance: Random) -> str:
    stems = "".join(
        f'<path d="M200 210Q{200 + d * 0.4:.0f} 150 {200 + d:.0f} {100 + abs(d) * 0.3:.0f}"'
        ' stroke="#55724d" stroke-width="4" fill="none"/>'
        + _flower(200 + d, 100 + abs(d) * 0.3, chance.uniform(22, 28), (tones[2], tones[2], "#f2d16b"), 6)
        for d in (-62, -24, 16, 58)
    )
    return (
        stems + f'<path d="M176 190h48q-6 34 26 66q38 54 -8 102h-84q-46 -48 -8 -102q32 -32 26 -66z" fill="{tones[0]}"/>'
        f'<path d="M150 270q50 22 100 0l10 22q-60 26 -120 0z" fill="{tones[1]}"/>'
    )


def _candle(tones: tuple[str, ...], _: Random) -> str:
    cells = "".join(
        f'<circle cx="{166 + (i % 4) * 23 + (i // 4 % 2) * 10}" cy="{190 + (i // 4) * 21}" r="8"'
        f' fill="{tones[2]}" opacity=".35"/>'
        for i in range(28)
    )
    return (
        '<circle cx="200" cy="108" r="66" fill="#f9e2b8" opacity=".7"/><path d="M200 166v-26" stroke="#5b4a33" stroke-width="4"/>'
        '<path d="M200 70q30 42 0 74q-30 -32 0 -74z" fill="#f2b65a"/>'
        '<path d="M200 96q14 22 0 42q-14 -20 0 -42z" fill="#fff3d6"/>'
        f'<rect x="148" y="164" width="104" height="194" rx="10" fill="{tones[0]}"/>'
        f'<ellipse cx="200" cy="168" rx="52" ry="10" fill="{tones[1]}"/>{cells}'
    )


def _card(tones: tuple[str, ...], chance: Random) -> str:
    stems = "".join(
        f'<path d="M200 300Q{200 + d * 0.6:.0f} 230 {200 + d} {176 + abs(d)}" stroke="{tones[2]}" stroke-width="3" fill="none"/>'
        + _flower(200 + d, 176 + abs(d), chance.uniform(18, 24), (tones[i % 2], tones[(i + 1) % 2], "#f2d16b"), 5)
        for i, d in enumerate((-46, -18, 14, 48))
    )
    return (
        '<g transform="rotate(-5 200 200)"><rect x="104" y="70" width="192" height="270" rx="4" fill="#d9cdbb"'
        ' transform="translate(8 8)"/>'
        f'<rect x="104" y="70" width="192" height="270" rx="4" fill="#fffdf8"/>'
        f'<rect x="120" y="86" width="160" height="238" fill="none"'
        f' stroke="#d9cdbb"/>{stems}</g>'
    )


def _wreath(tones: tuple[str, ...], chance: Random) -> str:
    parts = '<circle cx="200" cy="200" r="106" fill="none" stroke="#7a5c3e" stroke-width="16"/>'
    for i in range(64):
        angle = 2 * math.pi * i / 64
        x, y = 200 + 106 * math.cos(angle), 200 + 106 * math.sin(angle)
        parts += (
            f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="27" ry="11" fill="{tones[i % 2]}"'
            f' transform="rotate({math.degrees(angle) + chance.choice((40, 75, 110)):.0f} {x:.0f} {y:.0f})"/>'
        )
    for i in range(16):
        angle = 2 * math.pi * i / 16 + 0.1
        radius = 106 + chance.uniform(-16, 16)
        x, y = 200 + radius * math.cos(angle), 200 + radius * math.sin(angle)
        parts += f'<circle cx="{x:.0f}" cy="{y:.0f}" r="7" fill="{tones[2]}"/>'
    return parts


_SHAPES = {
    "bouquet": _bouquet,
    "roses": _roses,
    "tulips": _tulips,
    "dried": _dried,
    "plant": _plant,
    "herb": _herb,
    "succulent": _succulent,
    "flowerpot": _flowerpot,
    "vase": _vase,
    "candle": _candle,
    "card": _card,
    "wreath": _wreath,
}
