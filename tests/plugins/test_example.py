"""The example of a plugin, installed beside the program as its users would: its own tests, and a scan that uses all it brings."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.engine import catalogue as engine
from scanner.engine.catalogue import Catalogue, load
from scanner.engine.plan import plan_text
from scanner.engine.scan import Order, scan
from scanner.rules.verdicts import Found
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from scanner.testing import NOW
from tests.loopback import response, serving, site
from tests.scanning import CLOSED, HOST, no_names

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "plugins" / "shopwarden-plugin-example"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed plugin; what it needs is here already, and nothing is fetched."""
    folder = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", folder, PLUGIN], check=True)
    return folder


def run(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{installed}:{ROOT}", "HOME": str(installed), "PATH": "/usr/bin:/bin"}
    command = (sys.executable, "-m", *command)
    return subprocess.run(command, cwd=installed.parent, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def plugged(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """The catalogue of somebody who installed it."""
    monkeypatch.syspath_prepend(str(installed))
    engine._all_entry_points.cache_clear()
    yield load()
    engine._all_entry_points.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "shopwarden_plugin_example"]:
        del sys.modules[name]


def test_its_own_tests_pass(installed: Path) -> None:
    tested = run(installed, "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider", str(PLUGIN))
    assert tested.returncode == 0, tested.stdout


def test_its_rule_is_listed_among_ours(installed: Path) -> None:
    listed = run(installed, "shopwarden", "rules")
    assert listed.returncode == 0, listed.stderr
    assert "change-password-missing" in listed.stdout
    assert "hsts-missing" in listed.stdout


def test_without_it_there_is_no_such_rule() -> None:
    assert "change-password-missing" not in run(ROOT, "shopwarden", "rules").stdout


async def test_a_scan_uses_all_it_brings(plugged: Catalogue) -> None:
    """Its platform is recognised, its gatherer asks within its share, its rule judges."""
    home = (
        b'<html><head><title>Petals</title><meta name="generator" content="PetalCart 2.1"></head><body><h1>Roses and tulips</h1>'
        b'<form action="/login" method="post"><input name="u"><input name="p" type="password"></form></body></html>'
    )
    asked: list[str] = []
    html = "Content-Type: text/html; charset=utf-8\r\n"
    async with serving(site({"/": response(home, headers=html)}, asked)) as port:
        target = Target.of(
            f"http://{HOST}/",
            ports={**CLOSED, "http": port, "https": port},
            resolve={HOST: ("127.0.0.1",)},
            allow_private=True,
        )
        rules = plugged.chosen(["change-password-missing", "admin-default-path"])
        order = Order(target, rules, ScanOptions.model_validate({"rate": 1000}))
        seen = await scan(order, plugged, resolve=no_names)
    assert seen.result.site.platform == ("PetalCart", "2.1", "certain")
    assert "/gardener/" in asked, "the platform's login was asked for"
    verdicts = {judged.rule.id: judged.verdict for judged in seen.result.judged}
    verdict = verdicts["change-password-missing"]
    assert isinstance(verdict, Found)
    assert verdict.findings[0].places == ("/.well-known/change-password",)
    assert [path for path in asked if path.startswith("/.well-known/")] == [
        "/.well-known/change-password",
        "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200",
    ]
    assert re.search(r"^  change-password +2$", plan_text(order, plugged, NOW.date()), re.MULTILINE), "its share of the budget"
