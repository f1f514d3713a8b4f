"""The program as a person types it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from shopwarden.cli.group import main


def shopwarden(*words: str) -> Result:
    return CliRunner().invoke(main, [*words], catch_exceptions=False)


def configured(*hosts: str, more: str = "") -> None:
    """``shopwarden.toml`` in the current folder, with these shops."""
    sites = "".join(f'[[site]]\nurl = "http://{host}"\nname = "{host.split(".")[0].title()}"\n' for host in hosts)
    Path("shopwarden.toml").write_text(f"{more}\n{sites}")
