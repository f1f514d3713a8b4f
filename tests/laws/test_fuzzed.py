"""Each module that reads what a stranger sends is fed by the fuzzers' table, or is named here with why it need not be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path
from types import FrameType

import pytest

from tests.soak.parsers import PARSERS
from tests.soak.pieces import RAW, Parser

ROOT = Path(__file__).parents[2]
READING = frozenset(
    {
        "base64", "binascii", "brotli", "bz2", "codecs", "cryptography", "csv", "defusedxml", "dkim", "dns", "email", "html", "json", "lxml", "lzma",
        "pickle", "plistlib", "struct", "tarfile", "tomllib", "xml", "zipfile", "zlib", "zstandard",
    }
)  # fmt: skip
"""Libraries that take bytes or texts apart. Who imports one reads something."""
NOT_FED = {
    "scanner/evidence/codec.py": "fed by the recordings, which are read through it; its own imports are for writing",
    "scanner/gatherers/apart/child.py": "what it reads comes from our own process, by a pipe",
    "scanner/gatherers/apart/children.py": "what it reads it hands on as JSON, which is fed as 'child'",
    "scanner/gatherers/backups/heartbeat.py": "writes a date",
    "scanner/gatherers/backups/known_hosts.py": "the owner's file",
    "scanner/gatherers/crawl/loaded_files.py": "writes a checksum",
    "scanner/gatherers/crawl/page_kinds.py": "our own data",
    "scanner/gatherers/crawl/links.py": "our own data",
    "scanner/gatherers/http/walls.py": "our own data",
    "scanner/gatherers/mail/servers.py": "its certificate is fed as 'certificate', its replies as 'FTP'",
    "scanner/gatherers/names/takeovers.py": "our own data",
    "scanner/gatherers/net/anchors.py": "our own data, or the owner's file",
    "scanner/gatherers/net/dns.py": "what arrives is read by dns_wire, which is fed",
    "scanner/gatherers/net/pace_table.py": "our own table in shared memory",
    "scanner/gatherers/tls/gate.py": "makes errors' classes of the library known",
    "scanner/gatherers/tls/looking.py": "nassl reads; the certificates that it hands on are fed as 'certificate'",
    "scanner/history/queue.py": "our own database",
    "scanner/platforms/loading.py": "our own data",
    "scanner/platforms/newer.py": "files that come with a release, or that the owner fetched",
    "scanner/platforms/retire_js.py": "our own data",
    "scanner/rules/standards.py": "our own data",
    "scanner/scope/safe_requests.py": "our own data",
    "scanner/settings/owner.py": "the owner's file",
    "scanner/settings/regulators.py": "our own data",
}


@cache
def readers() -> frozenset[str]:
    """The modules of the engine that import such a library."""
    found = set[str]()
    for file in sorted((ROOT / "scanner").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            if READING.intersection(name.partition(".")[0] for name in names):
                found.add(str(file.relative_to(ROOT)))
    return frozenset(found)


def sentences(parser: Parser) -> Iterator[bytes]:
    """Nothing, all pieces in a row, and each by itself."""
    pieces = [piece.encode("latin-1" if parser.name in RAW else "utf-8") for piece in parser.pieces if len(piece) < 2_000]
    yield from (b"", b"".join(pieces), *pieces)


def test_every_parser_is_fuzzed() -> None:
    fed = set[str]()

    def called(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            fed.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        for row in zip_longest(*map(sentences, PARSERS)):
            for parser, data in zip(PARSERS, row, strict=True):
                if data is not None:
                    parser.run(data)
            if not (left := sorted(name for name in readers() - NOT_FED.keys() if str(ROOT / name) not in fed)):
                break
    finally:
        sys.setprofile(before)
    assert left == []


@pytest.mark.parametrize("name", NOT_FED)
def test_nothing_is_excepted_that_is_not_there(name: str) -> None:
    assert name in readers()
