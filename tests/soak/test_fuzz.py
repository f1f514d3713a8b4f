"""Every parser that reads a stranger's bytes, fed with pieces of its own language in any order, and with noise.

Each either gives a bounded value or raises the one error that it documents, and takes no time to speak of. Short here; with
``SOAK=1`` (``make soak``) long.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.patience import cpu
from tests.soak.parsers import PARSERS
from tests.soak.pieces import RAW, Parser

SOAK = bool(os.environ.get("SOAK"))
EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "20000")) if SOAK else 30
SECONDS = 2.0


@pytest.mark.parametrize("parser", PARSERS, ids=str)
def test_fuzz(parser: Parser) -> None:
    piece = st.sampled_from(parser.pieces).map(lambda piece: piece.encode("latin-1" if parser.name in RAW else "utf-8"))
    noise = st.one_of(st.binary(max_size=12), st.text(max_size=12).map(lambda words: words.encode("utf-8", "replace")))

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.one_of(piece, piece, piece, noise), max_size=60).map(b"".join))
    def feed(data: bytes) -> None:
        with cpu(SECONDS):
            parser.run(data)

    feed()
