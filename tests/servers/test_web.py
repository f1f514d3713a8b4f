"""Real web servers, weak and hardened: each verdict as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.processes import needs
from tests.servers.web import found, serving

pytestmark = pytest.mark.servers

NAMES = ["petalandstem.example", "www.petalandstem.example"]
WEAK = {
    "https-redirect-missing": NAMES,
    "hsts-missing": NAMES,
    "admin-default-path": ["/admin.php"],
    "admin-over-http": ["/admin.php"],
    "cohosted-script": ["/blog/"],
    "version-leak-header": ["Server", "X-Powered-By"],
    "version-leak-file": ["/blog/readme.html"],
}


BETTER = {"caddy": {"version-leak-header": ["X-Powered-By"]}}
"""What a server does well by itself: Caddy names no version of its own."""


@pytest.mark.parametrize("server", ["nginx", "apache2", "caddy", "lighttpd"])
async def test_the_weak_shop(server: str, tmp_path: Path) -> None:
    needs(server)
    with serving(server.removesuffix("2"), "weak", tmp_path / "weak") as web:
        result = await web.scan()
    seen = found(result)
    for rule, subjects in WEAK.items():
        assert seen.get(rule) == BETTER.get(server, {}).get(rule, subjects), rule
    assert "/image/catalog/" in seen["directory-listing"]
    assert seen["directory-listing-sensitive"] == ["/backup/"]
    assert "version-leak-generator" in seen
    assert result.requests.http <= 220


@pytest.mark.parametrize("server", ["nginx", "apache2"])
async def test_the_hardened_shop(server: str, tmp_path: Path) -> None:
    needs(server)
    with serving(server.removesuffix("2"), "hardened", tmp_path / "hardened") as web:
        result = await web.scan()
    above_info = {open_.rule.id: open_.finding for open_ in result.findings if open_.rule.severity.rank < 4}
    assert above_info == {}


async def test_two_scans_of_an_unchanged_shop_agree(tmp_path: Path) -> None:
    needs("nginx")
    with serving("nginx", "weak", tmp_path / "weak") as web:
        first, second = await web.scan(), await web.scan()
    assert [(judged.rule.id, judged.verdict) for judged in first.judged] == [
        (judged.rule.id, judged.verdict) for judged in second.judged
    ]
