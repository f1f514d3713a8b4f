"""``shopwarden kit``."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reports.kits.documents import DOCUMENTS
from shopwarden.operations import kit
from tests.command_line import shopwarden

SITE = """[[site]]
url = "https://petalandstem.example"
name = "Petal & Stem"
language = "de"
[[site.account]]
name = "Shop administration"
people = ["B. Root"]
[[site.person]]
name = "B. Root"
left = 2026-10-31
[site.breach]
team = [{ name = "A. Stem", phone = "+44 20 7946 0000", role = "decides" }]
regulator = "uk-ico"
"""


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shopwarden.toml").write_text(SITE)


def test_every_document_in_the_shops_language() -> None:
    result = shopwarden("kit", "petalandstem.example", "kit")
    assert result.exit_code == 0, result.output
    files = sorted(Path("kit").iterdir())
    assert [file.name for file in files if file.suffix == ".md"] == [f"{n:02}-{name}.md" for n, name in enumerate(DOCUMENTS, 1)]
    assert len(files) == 2 * len(DOCUMENTS)
    assert "04-breach-notice-customers: Nachricht an Kunden; to be filled in: 9" in " ".join(result.output.split())
    assert "Petal & Stem" in Path("kit/04-breach-notice-customers.md").read_text()
    assert "B. Root" in Path("kit/11-leavers-list.md").read_text()
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_what_was_filled_in_is_not_written_over() -> None:
    assert shopwarden("kit", "Petal & Stem", "kit", "--language", "en").exit_code == 0
    Path("kit/09-incident-diary.md").write_text("filled in")
    result = shopwarden("kit", "Petal & Stem", "kit", "--language", "en")
    assert (result.exit_code, "is there already" in " ".join(result.output.split())) == (2, True)
    assert Path("kit/09-incident-diary.md").read_text() == "filled in"
    assert shopwarden("kit", "Petal & Stem", "kit", "--replace").exit_code == 0
    assert "filled in" not in Path("kit/09-incident-diary.md").read_text()


def test_what_is_missing_is_said() -> None:
    Path("shopwarden.toml").write_text('[[site]]\nurl = "https://petalandstem.example"\n')
    result = shopwarden("kit", "petalandstem.example", "kit")
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert "the authority that must be told is not written down" in words
    assert "nobody of the breach team is written down" in words


def test_without_the_extra_markdown_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "can_make_docx", lambda: False)
    result = shopwarden("kit", "petalandstem.example", "kit")
    assert result.exit_code == 5
    assert "pip install 'shopwarden[people]'" in " ".join(result.output.split())
    assert {file.suffix for file in Path("kit").iterdir()} == {".md"}


def test_bad_input_is_told() -> None:
    assert shopwarden("kit", "petalandstems.example", "kit").exit_code == 2
    Path("file").touch()
    result = shopwarden("kit", "petalandstem.example", "file", "--language", "en")
    assert (result.exit_code, "is a file; give a folder" in result.output) == (2, True)
    assert shopwarden("kit", "petalandstem.example", "kit", "--language", "xx").exit_code == 2
