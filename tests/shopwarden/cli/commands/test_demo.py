"""``shopwarden demo``: what its page tells to type can be typed."""

from __future__ import annotations

import click
import pytest

from shopwarden.cli.commands import demo, scan


@pytest.mark.parametrize("command", [demo.command, scan.command], ids=["demo", "scan"])
def test_the_command_that_the_page_names_for_the_fix_pack_has_its_option(command: click.Command) -> None:
    options = {name for parameter in command.params for name in parameter.opts}
    assert {"--fixes", "--pdf", "--language"} <= options
