"""What one file mends at once: the same as the fix pack writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.kits.fix_pack import fix_pack
from reports.view.at_once import FILES, servers_of
from reports.view.build import view_of
from scanner.results.result import ScanResult
from tests.reports.samples import ARTICLES, HARDENED, WEAK


def served_by(server: str, scan: ScanResult = WEAK) -> ScanResult:
    return replace(scan, site=replace(scan.site, server=server))


@pytest.mark.parametrize(
    ("header", "servers"),
    [
        ("Apache/2.4.38 (Debian)", ("apache",)), ("LiteSpeed", ("apache",)), ("nginx", ("nginx",)), ("openresty/1.21", ("nginx",)),
        ("cloudflare", ("apache", "nginx")), ("", ("apache", "nginx")), ("apachex", ("apache", "nginx")),
    ],
)  # fmt: skip
def test_the_server_is_told_by_its_header(header: str, servers: tuple[str, ...]) -> None:
    assert servers_of(served_by(header)) == servers


@pytest.mark.parametrize("header", ["Apache", "nginx/1.22.1", "cloudflare"])
def test_what_the_page_says_of_the_file_is_what_the_file_says(header: str) -> None:
    scan = served_by(header)
    view = view_of(scan, ARTICLES)
    pack = fix_pack(view, scan, ARTICLES)
    assert view.at_once is not None
    assert view.at_once.files == tuple(FILES[server] for server in servers_of(scan))
    assert len(view.at_once.rules) >= 2
    for file in view.at_once.files:
        assert all(rule in pack[file] for rule in view.at_once.rules)
    assert view.at_once.command == "shopwarden scan https://petalandstem.example/ --fixes fixes"


def test_a_file_for_nothing_is_not_spoken_of() -> None:
    assert view_of(HARDENED, ARTICLES).at_once is None
