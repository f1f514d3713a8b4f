"""Manual pages say what the commands take, and shells complete it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from shopwarden.cli.group import main
from tests.patience import PATIENCE
from tests.servers.processes import needs
from tools.manual import COMPLETIONS, SHARE, completion, share

ROOT = Path(__file__).parents[2]
CONTEXT = click.Context(main, info_name="shopwarden")
PAGES = {name: text for name, text in share().items() if name.endswith(".1")}


def complete(shell: str, *words: str) -> list[str]:
    """What a shell is offered after these words; the last one is being typed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "_SHOPWARDEN_COMPLETE": f"{shell}_complete"}
    env |= {"COMP_WORDS": " ".join(["shopwarden", *words]), "COMP_CWORD": str(len(words))}
    command = [sys.executable, "-c", "from shopwarden.cli.group import main; main(prog_name='shopwarden')"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("check",), ["plain,check-config"]),
        (("scan", "--max-"), ["plain,--max-requests", "plain,--max-pages", "plain,--max-time"]),
        (("scan", "--only", "hsts-mi"), ["plain,hsts-missing"]),
        (("rules", "tls-no"), ["plain,tls-no-tls13"]),
        (("scan", "--fail-on", "c"), ["plain,critical"]),
    ],
)
def test_what_may_come_next_is_offered(words: tuple[str, ...], offered: list[str]) -> None:
    assert complete("bash", *words) == offered


@pytest.mark.parametrize("shell", COMPLETIONS)
def test_a_script_is_made_for_the_program_and_read_by_its_shell(shell: str, tmp_path: Path) -> None:
    script = completion(shell)
    assert f"_SHOPWARDEN_COMPLETE={shell}_complete" in script
    needs(shell)
    (tmp_path / "script").write_text(script)
    subprocess.run([shell, "-n", tmp_path / "script"], check=True, timeout=PATIENCE)


def test_each_command_has_a_page_and_no_other_lies_there() -> None:
    names = {"shopwarden", *(f"shopwarden-{name}" for name in main.list_commands(CONTEXT))}
    assert {Path(name).stem for name in PAGES} == names
    written = {str(file.relative_to(ROOT)) for file in (ROOT / SHARE).rglob("*") if file.is_file()}
    assert written == set(share()), "a page of a command that is gone?"


@pytest.mark.parametrize("name", main.list_commands(CONTEXT))
def test_a_page_names_every_option(name: str) -> None:
    command = main.get_command(CONTEXT, name)
    assert command is not None
    plain = PAGES[f"{SHARE}/man/man1/shopwarden-{name}.1"].replace("\\-", "-")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert all(option in plain for option in parameter.opts)
    assert re.search(rf"^shopwarden-{name} - \w", plain, re.MULTILINE)


def test_the_formatter_has_nothing_to_say(tmp_path: Path) -> None:
    needs("groff")
    for name, text in PAGES.items():
        file = tmp_path / Path(name).name
        file.write_text(text)
        done = subprocess.run(["groff", "-man", "-ww", "-z", file], capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (0, ""), name
