"""The program as a whole: which commands there are, what calling one imports, and how each ending is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest

import shopwarden.cli.commands
from scanner.rules.rule import RuleError
from scanner.settings.errors import BadSettings
from shopwarden.cli.group import main
from shopwarden.operations.errors import Refused
from tests.command_line import shopwarden as typed
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
MODULES = sorted(found.name for found in iter_modules(shopwarden.cli.commands.__path__))
CONTRACT = {
    "scan", "demo", "batch", "nightly", "recheck", "history", "diff", "plan", "rules", "replay", "update-data",
}  # fmt: skip


def python(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code, *words], env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def test_every_command_of_the_contract_is_there_and_called_like_its_file() -> None:
    listed = typed("--help").stdout.partition("Commands:")[2]
    assert {line.split()[0] for line in listed.strip().splitlines()} >= CONTRACT
    for module in MODULES:
        command = main.get_command(click.Context(main), module.replace("_", "-"))
        assert command is not None
        assert (command.help or "").strip(), module
        assert typed(module.replace("_", "-"), "--help").exit_code == 0


@pytest.mark.parametrize("module", MODULES)
def test_a_command_imports_no_other_and_its_help_nothing_heavy(module: str) -> None:
    code = (
        "import sys\nfrom shopwarden.cli.group import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = ('scanner', 'reports', 'checks', 'httpx', 'sqlalchemy', 'pydantic', 'rich', 'jinja2')\n"
        "print('loaded', *sorted(m for m in sys.modules if m in heavy or m.startswith('shopwarden.cli.commands.')))\n"
    )
    loaded = python(code, module.replace("_", "-"), "--help").stdout.splitlines()[-1]
    assert loaded == f"loaded shopwarden.cli.commands.{module}"


def test_a_command_is_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "water_roses.py").write_text(
        "import click\n@click.command()\ndef command():\n    '''Water them.'''\n    click.echo('watered')\n"
    )
    monkeypatch.setattr(shopwarden.cli.commands, "__path__", [*shopwarden.cli.commands.__path__, str(tmp_path)])
    assert "water-roses" in typed("--help").stdout
    assert typed("water-roses").stdout == "watered\n"


@pytest.mark.parametrize("words", [["scna"], ["scan"], ["scan", "--no-such"], ["rules", "a", "b"], []])
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    assert typed(*words).exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Refused("that is no shop"), 2, "shopwarden: that is no shop\n"),
        (BadSettings("line 3: that is no setting"), 2, "shopwarden: line 3: that is no setting\n"),
        (RuleError("two rules are called so"), 4, "shopwarden: two rules are called so\n"),
        (KeyboardInterrupt(), 130, "shopwarden: ended by Ctrl-C\n"),
        (click.Abort(), 130, "shopwarden: ended by Ctrl-C\n"),
    ],
)
def test_how_each_ending_is_told(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str) -> None:
    def ends(*_: object) -> None:
        raise error

    monkeypatch.setattr("shopwarden.cli.console.catalogue", ends)
    result = typed("rules")
    assert (result.exit_code, result.stderr) == (code, told)


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero \x1b[2J"), OSError(5, "odd"), RuntimeError(), AssertionError()])
def test_what_we_got_wrong_is_4_and_never_a_finding(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def ends(*_: object) -> None:
        raise error

    monkeypatch.setattr("shopwarden.cli.console.catalogue", ends)
    result = typed("rules")
    assert result.exit_code == 4
    assert f"our own defect ({type(error).__name__}); please report it" in result.stderr
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("words", ["rules", "--help", "plan a.example", "rules --help"])
def test_a_reader_that_goes_away_is_no_failure(words: str) -> None:
    command = f"{{ {sys.executable} -u -m shopwarden {words}; echo $? >&2; }} | true"
    ended = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert ended.stderr == "0\n"


def test_a_scan_whose_reader_goes_away_ends_as_it_would_have(tmp_path: Path) -> None:
    def code(options: str, reader: str) -> tuple[str, str]:
        command = (
            f"{{ {sys.executable} -m shopwarden scan nowhere.invalid --no-history {options}; echo code $? >&2; }} | {reader}"
        )
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        return ended.stdout, ended.stderr.splitlines()[-1]

    assert code("", "true") == ("", "code 3")
    assert (tmp_path / "nowhere.invalid.html").exists()
    assert code("--json -", "true")[1] == "code 5", "a report that was asked for did not arrive"


def test_each_command_says_itself_in_a_whole_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = typed("--help").stdout.partition("Commands:")[2]
    assert "..." not in listed
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scna"], "'scna' is no command. Did you mean: shopwarden scan"),
        (["petals.example"], "Did you mean: shopwarden scan petals.example"),
        (["https://petals.example/"], "Did you mean: shopwarden scan https://petals.example/"),
        (["xyzzy"], "Did you mean: shopwarden --help"),
        (["rules", "hsts"], "did you mean hsts-invalid or hsts-max-age-short or hsts-missing or hsts-subdomains-missing?"),
        (["rules", "hsts-mising"], "did you mean hsts-missing?"),
    ],
)
def test_a_word_that_is_none_is_told_with_what_was_meant(words: list[str], said: str) -> None:
    result = typed(*words)
    assert result.exit_code == 2
    assert said in result.stderr
