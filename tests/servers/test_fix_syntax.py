"""What no test can try is at least read by the program that it is written for, or by one that knows its language."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Callable
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from pathlib import Path

import pytest
from lxml import etree

from scanner.rules.articles import Block
from tests.patience import PATIENCE
from tests.servers.processes import binary, needs
from tests.servers.web import Setup, complaint
from tools.fix_table import catalogue

UNPROVEN = [
    pytest.param(block, id=f"{rule}-{fix.where}-{number}".replace(" ", ""))
    for rule, article in sorted(catalogue().articles.items())
    for fix in article.fixes
    for number, block in enumerate(fix.blocks, 1)
    if not block.proven or block.language == "toml"
]


def by_apache(text: str, folder: Path) -> str:
    needs("apache2")
    return complaint("apache", folder, Setup(more=text))


def by_nginx(text: str, folder: Path) -> str:
    needs("nginx")
    return complaint("nginx", folder, Setup(more=text))


def by_lighttpd(text: str, folder: Path) -> str:
    needs("lighttpd")
    return complaint("lighttpd", folder, Setup(more=text))


def by_caddy(text: str, folder: Path) -> str:
    """A block that is a whole site."""
    needs("caddy")
    config = folder / "Caddyfile"
    config.write_text(text)
    return run("caddy", "adapt", "--adapter", "caddyfile", "--config", str(config))


def by_bash(text: str, folder: Path) -> str:
    """Lines of a crontab are no commands."""
    if text.startswith("MAILTO="):
        fields = text.splitlines()[1].split(maxsplit=5)
        return "" if len(fields) == 6 and all(set(field) <= set("0123456789*,-/") for field in fields[:5]) else "no crontab"
    file = folder / "block.sh"
    file.write_text(text)
    return run("bash", "-n", str(file))


def by_php(text: str, folder: Path) -> str:
    needs("php")
    file = folder / "block.php"
    file.write_text(f"<?php\n{text}")
    return run("php", "-l", str(file))


def by_xml(text: str, folder: Path) -> str:
    """IIS reads a whole file."""
    try:
        root = etree.fromstring(text.encode())
    except etree.XMLSyntaxError as error:
        return str(error)
    return "" if root.tag == "configuration" else f"<{root.tag}> is no web.config"


def by_toml(text: str, folder: Path) -> str:
    try:
        return "" if tomllib.loads(text).keys() & {"site", "breach"} else "neither [[site]] nor [breach]"
    except tomllib.TOMLDecodeError as error:
        return str(error)


def by_ini(text: str, folder: Path) -> str:
    """Settings of PHP, and Postfix's."""
    try:
        settings = ConfigParser(interpolation=None, strict=True)
        settings.read_string(f"[block]\n{text}")
    except ConfigParserError as error:
        return str(error)
    return "" if settings["block"] else "no setting"


def run(name: str, *arguments: str) -> str:
    done = subprocess.run([binary(name), *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE)
    return "" if done.returncode == 0 else done.stderr or done.stdout or "no"


READERS: dict[str, Callable[[str, Path], str]] = {
    "lighttpd": by_lighttpd,
    "apache": by_apache, "nginx": by_nginx, "caddy": by_caddy, "sh": by_bash, "php": by_php, "xml": by_xml, "toml": by_toml,
    "ini": by_ini,
}  # fmt: skip
UNREAD = {"html", "text", "yaml"}
"""A piece of a page, plain words, and the settings of services that do not install here."""


def test_every_language_is_read_or_known() -> None:
    assert {param.values[0].language for param in UNPROVEN} <= READERS.keys() | UNREAD


@pytest.mark.parametrize("block", [param for param in UNPROVEN if param.values[0].language in READERS])
def test_an_unproven_block_can_be_read(block: Block, tmp_path: Path) -> None:
    assert READERS[block.language](block.text, tmp_path) == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("apache", "SSLProtocols all\n"),
        ("nginx", "ssl_protocols TLSv9;\n"),
        ("caddy", "shop.example {\n    file_servers\n}\n"),
        ("lighttpd", 'ssl.openssl.ssl-conf-cmd = ( "MinProtocol" =>\n'),
        ("sh", "if true; then\n"),
        ("sh", "MAILTO=you@shop.example\nat night /usr/local/bin/shop-backup\n"),
        ("php", "add_filter( 'x', ;\n"),
        ("xml", "<configuration><a></configuration>"),
        ("toml", "[[site]\n"),
        ("ini", "smtpd_tls_security_level may\n"),
    ],
)
def test_a_mistake_is_seen(language: str, text: str, tmp_path: Path) -> None:
    assert READERS[language](text, tmp_path)
