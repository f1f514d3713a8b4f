"""Who may import whom: the contracts hold, each bites, and none has a back door."""

from __future__ import annotations

import shutil
import subprocess
import sys
from configparser import ConfigParser
from copy import deepcopy
from pathlib import Path

import grimp
import pytest
from importlinter.application.use_cases import read_user_options
from importlinter.configuration import configure
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

from tools.contracts import OnlyContract
from tools.import_graph import by_module, by_package, by_room, read

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / ".importlinter"
KINDS = {kind.type_name: kind for kind in (AcyclicSiblingsContract, ForbiddenContract, LayersContract, OnlyContract)}
IMPURE = (
    "os", "pathlib", "io", "tempfile", "shelve", "pickle", "sqlite3", "importlib", "time", "random", "uuid", "httpx", "socket",
    "subprocess", "threading", "logging", "platformdirs",
)  # fmt: skip

ABOVE = [  # (who, whom, the contract that refuses it)
    ("scanner.engine", "checks", "program"),
    ("scanner.results", "reports.view", "program"),
    ("reports.view", "checks", "program"),
    ("checks.transport", "reports.view", "program"),
    ("reports.formats", "shopwarden.cli", "program"),
    ("reports.alerts", "shopwarden.operations", "program"),
    ("scanner.history", "shopwarden.operations", "program"),
    ("shopwarden.operations", "tools", "program"),
    ("scanner.text", "scanner.rules", "inside-scanner"),
    ("scanner.evidence", "scanner.settings", "inside-scanner"),
    ("scanner.rules", "scanner.scope", "inside-scanner"),
    ("scanner.scope", "scanner.platforms", "inside-scanner"),
    ("scanner.results", "scanner.platforms", "inside-scanner"),
    ("scanner.settings", "scanner.history", "inside-scanner"),
    ("scanner.history", "scanner.settings", "inside-scanner"),
    ("scanner.platforms", "scanner.gatherers", "inside-scanner"),
    ("scanner.gatherers.crawl", "scanner.engine", "inside-scanner"),
    ("scanner.engine", "scanner.testing", "inside-scanner"),
    ("scanner.gatherers.crawl", "scanner.gatherers.probing", "inside-gatherers"),
    ("scanner.gatherers.net", "scanner.gatherers.http", "inside-gatherers"),
    ("scanner.gatherers.services", "scanner.gatherers.probing", "inside-gatherers"),
    ("scanner.gatherers.tls", "scanner.gatherers.crawl", "inside-gatherers"),
    ("scanner.gatherers.net", "scanner.gatherers.backups", "inside-gatherers"),
    ("scanner.gatherers.contract", "scanner.gatherers.net", "inside-gatherers"),
    ("reports.view", "reports.formats", "inside-reports"),
    ("reports.text", "reports.view", "inside-reports"),
    ("reports.i18n", "reports.text", "inside-reports"),
    ("reports.overview", "reports.kits", "inside-reports"),
    ("reports.formats", "reports.kits", "inside-reports"),
    ("reports.alerts", "reports.overview", "inside-reports"),
    ("shopwarden.delivery", "shopwarden.operations", "inside-shopwarden"),
    ("shopwarden.operations", "shopwarden.cli", "inside-shopwarden"),
    ("shopwarden.demo", "shopwarden.cli", "inside-shopwarden"),
    ("shopwarden.demo", "shopwarden.delivery", "inside-shopwarden"),
    ("scanner.gatherers.crawl", "scanner.history", "gatherers-know-no-history"),
    ("reports.view", "scanner.gatherers", "reports-know-no-gatherers"),
    ("reports.kits", "scanner.engine", "reports-know-no-gatherers"),
    ("reports.text", "scanner.testing", "reports-know-no-gatherers"),
    ("scanner.evidence", "scanner", "the-door-is-for-guests"),
    ("scanner.engine", "scanner", "the-door-is-for-guests"),
    ("checks.transport", "scanner.gatherers", "checks-are-pure"),
    ("checks.transport", "scanner.settings", "checks-are-pure"),
    ("checks.transport", "scanner.results", "checks-are-pure"),
    ("checks.transport", "scanner.rules.articles", "checks-are-pure"),
    *((who, whom, "checks-are-pure") for who in ("checks.transport", "scanner.platforms.support") for whom in IMPURE),
    ("scanner.evidence", "io", "checks-are-pure"),
    ("shopwarden.operations", "click", "only-the-command-line-knows-click"),
    ("reports.formats", "click", "only-the-command-line-knows-click"),
    ("scanner.results", "socket", "only-gatherers-talk"),
    ("scanner.scope", "asyncio", "only-gatherers-talk"),
    ("scanner.gatherers.crawl", "lxml", "only-readers-of-pages-know-lxml"),
    ("scanner.gatherers.crawl.html", "bs4", "only-readers-of-pages-know-lxml"),
    ("scanner.gatherers.crawl", "paramiko", "only-ssh-and-backups-know-paramiko"),
    ("scanner.gatherers.services", "nassl", "only-tls-knows-sslyze"),
    ("scanner.history.comparison", "sqlalchemy", "only-the-store-knows-sqlalchemy"),
    ("scanner.history.trend", "sqlite3", "only-the-store-knows-sqlalchemy"),
    ("shopwarden.operations", "sqlalchemy", "only-the-store-knows-sqlalchemy"),
    ("shopwarden.operations.queueing", "procrastinate", "only-the-queue-knows-procrastinate"),
]


@pytest.fixture(scope="module")
def tree() -> grimp.ImportGraph:
    configure()
    packages = read_user_options(str(FILE)).session_options["root_packages"]
    return grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)


def broken(graph: grimp.ImportGraph, *only: str) -> set[str]:
    """Which contracts this graph breaks, of all or of some."""
    options = read_user_options(str(FILE))
    found = set()
    for contract in (one for one in options.contracts_options if not only or one["id"] in only):
        made = KINDS[contract["type"]](name=contract["name"], session_options=options.session_options, contract_options=contract)
        if not made.check(deepcopy(graph), verbose=False).kept:
            found.add(contract["id"])
    return found


def test_the_contracts_hold(tree: grimp.ImportGraph) -> None:
    assert broken(tree) == set()


@pytest.mark.parametrize(("who", "whom", "contract"), ABOVE)
def test_a_wrong_import_is_refused(tree: grimp.ImportGraph, who: str, whom: str, contract: str) -> None:
    graph = deepcopy(tree)
    assert who in graph.modules, f"{who} has moved: name its new place here"
    if whom.partition(".")[0] in {"checks", "reports", "scanner", "shopwarden", "tools"}:
        assert whom in graph.modules, f"{whom} has moved: name its new place here"
    elif whom not in graph.modules:
        graph.add_module(whom, is_squashed=True)
    graph.add_import(importer=who, imported=whom)
    assert broken(graph, contract) == {contract}


@pytest.mark.parametrize("package", ["scanner", "scanner.gatherers", "reports", "shopwarden"])
def test_a_module_outside_the_layers_is_refused(tree: grimp.ImportGraph, package: str) -> None:
    graph = deepcopy(tree)
    graph.add_module(f"{package}.heap")
    assert broken(graph), f"{package}.heap belongs to no layer, and nobody minds"


def test_a_circle_is_refused(tree: grimp.ImportGraph) -> None:
    graph = deepcopy(tree)
    graph.add_import(importer="scanner.history.store", imported="scanner.history.trend")
    graph.add_import(importer="scanner.history.trend", imported="scanner.history.store")
    assert broken(graph, "no-circles") == {"no-circles"}


@pytest.mark.slow
def test_the_command_sees_files(tmp_path: Path) -> None:
    """Also an import inside a function, and also one for types only."""
    for package in ("tools", "shopwarden", "scanner", "checks", "reports"):
        for source in (ROOT / package).rglob("*.py"):
            to = tmp_path / source.relative_to(ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to)
    shutil.copyfile(FILE, tmp_path / FILE.name)
    for file, line in (
        ("checks/transport/hsts.py", "def _planted() -> None:\n    import shelve\n"),
        ("scanner/evidence/pages.py", "if TYPE_CHECKING:\n    from scanner.settings.models import ScanOptions\n"),
    ):
        with (tmp_path / file).open("a") as planted:
            planted.write(f"\n\n{line}")
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": ""}
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert found.returncode == 1
    assert "checks.transport.hsts -> shelve" in found.stdout
    assert "scanner.evidence.pages -> scanner.settings.models" in found.stdout


def test_no_contract_has_a_back_door() -> None:
    """Exceptions belong to "only X knows Y" alone, where they name X; layers are complete."""
    settings = ConfigParser()
    settings.read(FILE)
    contracts = {name.rpartition(":")[2]: section for name, section in settings.items() if name.startswith("importlinter:")}
    for name, section in contracts.items():
        exceptions = "ignore_imports" in section
        assert not exceptions or name.startswith("only-"), name
        if "containers" in section:
            assert section.getboolean("exhaustive"), name
    layers = contracts["program"]["layers"].replace("|", " ").split()
    assert sorted(layers) == sorted(settings["importlinter"]["root_packages"].split())


def test_there_is_no_circle() -> None:
    graph = read(ROOT)
    for drawing in (by_package(graph), by_room(graph), by_module(graph)):
        assert drawing.circles == []
