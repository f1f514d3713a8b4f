"""The package as it is handed out: complete, readable outside of this repository, and not to be taken for a folder of the user's."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from twine.commands.check import check

from tools.manual import COMPLETIONS
from tools.metadata import Metadata, readme, settings

pytestmark = pytest.mark.slow  # the package is built and installed
ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("shopwarden", "scanner", "checks", "reports")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")))))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the built file was installed, without what it needs: that is here already."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", folder, wheel], check=True)
    return folder


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def facts(wheel: Path) -> Message:
    return message_from_bytes(next(data for name, data in contents(wheel).items() if name.endswith(".dist-info/METADATA")))


def tree(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for package in PACKAGES
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_what_the_tree_holds(wheel: Path) -> None:
    inside = {name for name in contents(wheel) if ".dist-info/" not in name and ".data/" not in name}
    assert inside == tree(ROOT)
    assert {f"{package}/py.typed" for package in PACKAGES} <= inside, "authors of plugins have types"
    assert {Path(name).suffix for name in inside} >= {".py", ".toml", ".md", ".css", ".j2", ".html", ".json"}


def test_it_offers_the_languages_that_are_whole(wheel: Path) -> None:
    inside = contents(wheel)
    words = {name for name in inside if name.startswith("reports/i18n/") and name.endswith("/words.toml")}
    assert words == {f"reports/i18n/{code}/words.toml" for code in ("de", "en", "pl")}
    assert not [name for name in inside if "translations" in name or "/fr/" in name]


def test_it_brings_manual_pages_completions_and_the_schema(wheel: Path) -> None:
    brought = {name.partition(".data/data/share/")[2] for name in contents(wheel) if ".data/" in name}
    assert brought >= {"man/man1/shopwarden.1", "man/man1/shopwarden-scan.1", *COMPLETIONS.values()}
    assert "shopwarden/shopwarden.schema.json" in brought


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = next(SdistBuilder(str(ROOT)).build(directory=str(tmp_path)))
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    again = Path(next(WheelBuilder(str(unpacked)).build(directory=str(tmp_path))))
    assert contents(again) == contents(wheel)


def test_an_index_would_take_it(wheel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check([str(wheel)], strict=True) is False, capsys.readouterr().out


def test_without_an_address_it_names_none(wheel: Path) -> None:
    if settings() != ("", ""):
        pytest.skip("this copy is public")
    said = facts(wheel)
    assert said.get_all("Project-URL") is None
    text = str(said.get_payload())
    assert "](" not in text, "a link or a picture that leads into the repository"


def test_what_only_makers_need_is_no_part_of_it(wheel: Path) -> None:
    needed = "\n".join(facts(wheel).get_all("Requires-Dist", []))
    assert "httpx" in needed
    assert "pytest" not in needed


def test_words_take_the_place_of_links_that_lead_nowhere() -> None:
    text = (
        "See:\n\n![A page](docs/p.png)\n\nAll: [docs/usage.md](docs/usage.md). [RFC](https://www.rfc-editor.org/) [here](#down)\n"
    )
    assert readme(text) == "See:\n\nAll: docs/usage.md. [RFC](https://www.rfc-editor.org/) [here](#down)\n"


def test_links_lead_to_the_public_address() -> None:
    text = "![A page](docs/p.png) and [usage](docs/usage.md)"
    there = "https://host.example/shopwarden"
    assert readme(text, there) == f"![A page]({there}/raw/HEAD/docs/p.png) and [usage]({there}/blob/HEAD/docs/usage.md)"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, {}),
        (
            {"address": "https://host.example/s/", "security-contact": "https://host.example/s/security"},
            {
                "urls": {
                    "Homepage": "https://host.example/s",
                    "Source": "https://host.example/s",
                    "Issues": "https://host.example/s/issues",
                    "Security": "https://host.example/s/security",
                }
            },
        ),
        (
            {"security-contact": "safe@host.example"},
            {"maintainers": [{"name": "Security contact", "email": "safe@host.example"}]},
        ),
    ],
)
def test_the_settings_reach_the_package(table: dict[str, str], expected: dict[str, Any]) -> None:
    made = {key: value for key, value in updated(table).items() if key != "readme"}
    assert made == expected


@pytest.mark.parametrize("table", [{"address": "http://host.example"}, {"address": "host"}, {"security-contact": "nobody"}])
def test_an_unusable_setting_is_named(table: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"pyproject\.toml: .* must"):
        updated(table)


def updated(table: dict[str, str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    Metadata(str(ROOT), table).update(metadata)
    return metadata


def test_the_dynamic_fields_are_those_that_the_hook_makes() -> None:
    core = ProjectMetadata(str(ROOT), PluginManager())
    assert set(core.config["project"]["dynamic"]) == {"version", "readme", "urls", "maintainers"}


@pytest.fixture
def decoy(tmp_path: Path) -> Path:
    """A folder in which somebody keeps packages of their own that are called like ours."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(f"raise SystemExit('somebody else\\'s {package}')\n")
    return tmp_path


@pytest.mark.parametrize("start", ["command", "module"])
def test_it_works_where_it_is_installed(installed: Path, decoy: Path, start: str) -> None:
    """Also in a folder that holds packages of the same names; data files come from the installed package."""
    if start == "module":
        (decoy / "shopwarden" / "__init__.py").unlink()
        (decoy / "shopwarden").rmdir()  # which module `-m shopwarden` means is Python's choice, not ours
    command = [str(installed / "bin" / "shopwarden")] if start == "command" else [sys.executable, "-m", "shopwarden"]
    environment = {"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin", "HOME": str(decoy)}
    found = subprocess.run(
        [*command, "rules", "hsts-missing"], cwd=decoy, env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert "HSTS" in found.stdout or "https" in found.stdout
