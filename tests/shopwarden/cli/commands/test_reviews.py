"""``shopwarden reviews``: what is due, written down, suggested, taken away; and what each mistake is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopwarden.cli.group import main

TEXT = """
[defaults]
database = "history.db"

[[site]]
url = "https://petalandstem.example"
name = "Petal & Stem"

[[site.review]]
name = "ftp-password"  # each month
done = 2026-01-05

[[site.account]]
name = "Shop administration"
where = "https://petalandstem.example/admin"
people = ["A. Stem", "B. Root"]

[[site.person]]
name = "B. Root"
left = 2026-01-31
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shopwarden.toml"
    file.write_text(TEXT, encoding="utf-8")
    return file


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, ["reviews", *words])


def test_what_is_due_comes_with_how_to_do_it() -> None:
    shown = typed()
    assert shown.exit_code == 0
    for words in ("ftp-password: due since 5 February 2026", "1. Set a new one", "B. Root, last day 31 January 2026"):
        assert words in shown.output


@pytest.mark.parametrize(("least", "code"), [("critical", 0), ("high", 1), ("medium", 1), ("loud", 2)])
def test_fail_on(least: str, code: int) -> None:
    shown = typed("--fail-on", least)
    assert shown.exit_code == code, shown.output


@pytest.mark.parametrize("words", [["done", "ftp-password"], ["--config", "shopwarden.toml", "done", "ftp-password"]])
def test_done_is_written_wherever_the_options_stand(file: Path, words: list[str]) -> None:
    shown = typed(*words, "--by", "A. Stem", "--on", "2026-11-29")
    assert (shown.exit_code, shown.output.startswith("petalandstem.example: ftp-password was done on 2026-11-29")) == (0, True)
    assert 'name = "ftp-password"  # each month\ndone = 2026-11-29\nby = "A. Stem"\n' in file.read_text(encoding="utf-8")


def test_a_leavers_list_and_a_calendar_and_suggestions(tmp_path: Path) -> None:
    assert "[ ] Shop administration (https://petalandstem.example/admin)" in typed("leaver", "b. root").output
    assert typed("--ics", "reviews.ics").exit_code == 0
    assert "Root" not in (tmp_path / "reviews.ics").read_text(encoding="utf-8")
    suggested = typed("suggest", "Petal & Stem")
    assert suggested.exit_code == 0
    assert 'name = "backup-restore"' in suggested.output
    assert 'name = "ftp-password"' not in suggested.output


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["done", "ftp-pasword"], "did you mean 'ftp-password'"),
        (["done", "ftp-password", "--on", "2999-01-01"], "lies ahead"),
        (["leaver", "C. Leaf"], "nobody is called 'C. Leaf'"),
        (["petals.example"], "no shop of the configuration is called 'petals.example'"),
        (["--language", "xx"], "xx"),
    ],
)
def test_a_mistake_is_answered_and_nothing_is_written(file: Path, words: list[str], answer: str) -> None:
    shown = typed(*words)
    assert shown.exit_code == 2
    assert answer in shown.output
    assert file.read_text(encoding="utf-8") == TEXT
