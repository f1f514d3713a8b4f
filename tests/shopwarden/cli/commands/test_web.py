"""``shopwarden web``: where it may be served, and that it ends as it should."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from scanner.settings.reading import read_settings
from shopwarden.cli.group import main
from shopwarden.demo import DemoShop
from shopwarden.demo.configuration import write_configuration
from shopwarden.operations.errors import Refused
from shopwarden.operations.order import order_of
from shopwarden.web.serve import address_of
from tests.patience import PATIENCE
from tests.scanning import catalogue


@pytest.mark.parametrize(
    ("listen", "found"),
    [
        ("127.0.0.1:8484", ("127.0.0.1", 8484)),
        ("localhost:0", ("127.0.0.1", 0)),
        ("[::1]:80", ("::1", 80)),
        ("127.9.8.7:1", ("127.9.8.7", 1)),
    ],
)
def test_an_address_of_this_computer(listen: str, found: tuple[str, int]) -> None:
    assert address_of(listen) == found


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ("8484", "is no ADDRESS:PORT"),
        ("127.0.0.1:99999", "is no ADDRESS:PORT"),
        ("shop.example:80", "is no address of this computer"),
        ("0.0.0.0:8484", "know no users yet"),
        ("[::]:8484", "know no users yet"),
        ("192.0.2.1:8484", "know no users yet"),
    ],
)
def test_elsewhere_it_is_refused(listen: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        address_of(listen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_asked_to_end(tmp_path: Path, number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "shopwarden",
        "web",
        "--listen",
        "127.0.0.1:0",
        "--database",
        str(tmp_path / "history.sqlite3"),
    ]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env={**os.environ, "LC_ALL": "C"}
    )
    try:
        assert running.stdout is not None
        match = re.search(r"http://\S+", running.stdout.readline())
        assert match is not None
        with httpx.Client(follow_redirects=True) as client:
            assert "No shop is here yet" in client.get(match[0]).text
            assert httpx.get(match[0]).status_code == 401
    finally:
        running.send_signal(number)
        _, complaints = running.communicate(timeout=PATIENCE)
    assert (running.returncode, complaints) == (0, "")


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "shopwarden",
            "web",
            "--listen",
            f"127.0.0.1:{port}",
            "--database",
            str(tmp_path / "h.sqlite3"),
        ]
        ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=PATIENCE)
    assert ended.returncode == 2
    assert "is it running already" in ended.stderr


def test_the_demo_is_reached_as_its_configuration_says(tmp_path: Path) -> None:
    with DemoShop(folder=tmp_path) as shop:
        settings = read_settings(write_configuration(shop, tmp_path))
        (site,) = settings.site
        order = order_of(site.url, settings, {}, catalogue(), site=site)
        assert order.options.resolved["petalandstem.example"] == ("127.0.0.1",)
        assert order.target.ports["https"] == shop.ports["https"]
        assert len(site.backup) == 2


def test_the_demo_has_a_configuration_of_its_own(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["web", "--demo", "--config", str(tmp_path / "shopwarden.toml")])
    assert answer.exit_code == 2
    assert "leave --config and --database out" in answer.output
