"""What depends on the terminal, and what a person may type by mistake."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from scanner.settings.options import ScanOptions
from shopwarden.cli import console
from tests.command_line import shopwarden


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_those_who_want_them(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], colours: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert console.printable(err=False) is colours


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["plan", "care@petals.example"],
            "'care@petals.example' is an e-mail address; give the shop's web address, perhaps petals.ex",
        ),
        (["scan", "mailto:care@petals.example"], "is an e-mail address"),
        (["plan", "https://care:pass@petals.example"], "holds a user name or password"),
        (["scan", "a.example", "b.example"], "For many shops: shopwarden batch FILE"),
        (["plan", "a.example", "b.example", "c.example"], "shopwarden init --yes URL URL…"),
        (["plan", "a.example", "--resolve", "a b:192.0.2.1"], "is no name of a host"),
        (["plan", "a.example", "--resolve", "ö\u00a0b:192.0.2.1"], "is no name of a host"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(words: list[str], said: str) -> None:
    result = shopwarden(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_international_name_is_resolved_and_shown_as_people_write_it() -> None:
    given = ScanOptions(resolve=("Blumen-Müller.example:192.0.2.1", "xn--blumen-mller-klb.example:192.0.2.2"))
    assert given.resolved == {"xn--blumen-mller-klb.example": ("192.0.2.1", "192.0.2.2")}
    shown = shopwarden("plan", "blumen-müller.example").stdout.splitlines()[0]
    assert "blumen-müller.example (https://xn--blumen-mller-klb.example/)" in shown


@pytest.mark.parametrize(
    ("typed", "on_path", "command"),
    [
        (".venv/bin/shopwarden", False, ".venv/bin/shopwarden recheck a.example"),
        ("/opt/my tools/shopwarden", False, "'/opt/my tools/shopwarden' recheck a.example"),
        (".venv/bin/shopwarden", True, "shopwarden recheck a.example"),
        ("/usr/lib/shopwarden/__main__.py", False, "shopwarden recheck a.example"),
    ],
)
def test_a_command_is_printed_so_that_it_can_be_typed_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str, on_path: bool, command: str
) -> None:
    if on_path:
        (tmp_path / "shopwarden").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [typed, "scan", "a.example"])
    assert console.as_called("shopwarden recheck a.example") == command
