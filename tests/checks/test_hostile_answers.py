"""No proof of any rule crashes or dawdles on what a hostile server answers: a crash in one would cost all rules their evidence."""

from __future__ import annotations

import pytest

from scanner import Answer, Known, Probe
from scanner.testing import answer, knowledge
from tests.patience import cpu
from tests.scanning import catalogue

KNOWN = [
    Known("petalandstem.example", 2026, "/", (("/", key), ("/blog/", "wordpress")), (), ("/admin-7q2/",), ("/app.js",))
    for key in knowledge().platforms
]
NASTY: list[Answer] = [
    *(answer(302, headers={"location": location}) for location in ("", "http://[", "//", "?", "\x00", "http://a:99999999/", "/author/%ff%00/", "é" * 9000)),
    *(
        answer(200, text)
        for text in ("\x00" * 3000, "[" * 200_000, "<" * 200_000, "<form " * 40_000, "<input name=" * 20_000, "<title>" * 30_000, "{\"id\":" * 30_000,
 "-- " * 60_000, "PHP Version <td class=\"e\">" * 9000, "a" * 262_144, "\n" * 262_144, " " * 262_144, "'\"" * 99_000)
    ),
    *(answer(206, head=head) for head in (b"", b"\x1f\x8b\x08", b"\x1f\x8b\x08" + b"\xff" * 597, b"PK\x03\x04", b"PK\x03\x04" + b"\xff" * 596, b"\0" * 600)),
    Answer("http://[", 200, (("location", "http://["),), "x", b"x"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("rule", [rule for rule in catalogue().rules.values() if rule.needs_probes], ids=lambda rule: rule.id)
def test_no_proof_crashes_or_dawdles(rule) -> None:
    proofs = {probe.proof for known in KNOWN for probe in rule.wanted(known, knowledge()) if isinstance(probe, Probe)}
    for seen in NASTY:
        with cpu(20):
            for proof in proofs:
                assert proof(seen) is None or isinstance(proof(seen), str)
