"""A hostile shop is its own trouble: the others in a batch come to the same results, to the letter.

``benchmarks/hostile_street.py`` does the same with 970 shops and 30 hostile ones.
"""

from __future__ import annotations

from pathlib import Path

from tests.crowd import crowd, differences
from tests.hostile import lies, size, slow

NAMED = (
    "gzip bomb at every address",
    "accepts and never speaks",
    "5,000 cookies, other ones each time",
    "names of headers that lie",
)
BRIEF = ("--max-pages", "4", "--max-requests", "60")


def test_hostile_shops_among_others_change_nothing_for_these(tmp_path: Path) -> None:
    cases = [case for case in (*size.CASES, *slow.CASES, *lies.CASES) if case.name in NAMED]
    assert len(cases) == len(NAMED)
    folders = [tmp_path / name for name in ("alone", "among")]
    for folder in folders:
        folder.mkdir()
    alone = crowd(4, (), folders[0], options=BRIEF)
    among = crowd(4, cases, folders[1], options=BRIEF)
    assert (alone.code, among.code) == (0, 3), (folders[1] / "stderr").read_text()  # one cannot be reached
    assert {said["status"] for said in alone.ordinary.values()} == {"complete"}
    assert differences(alone, among) == []
    assert among.hostile["accepts and never speaks"] == "unreachable"
    assert "failed" not in among.hostile.values()
    assert among.most(0.0, 1.0).largest < 250_000_000
