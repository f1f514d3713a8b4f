"""The command that a report prints is whole: what it needs to find the shop again stands in it."""

from __future__ import annotations

import shlex
from pathlib import Path

from shopwarden.operations.again import command_for

GIVEN = {
    "resolve": ("petalandstem.example:127.0.0.1",),
    "port": ("http=8080", "https=8443"),
    "allow_private": True,
    "ca_file": Path("our roots.pem"),
    "rate": 1.0,
    "only": ("hsts-missing",),
    "quiet": True,
}


def test_without_options_it_is_short() -> None:
    assert command_for("recheck", "petalandstem.example", {}) == "shopwarden recheck petalandstem.example"


def test_what_finds_the_shop_comes_along_and_nothing_else() -> None:
    command = command_for("recheck", "petalandstem.example/shop", GIVEN, config=Path("a.toml"), database="b.sqlite3")
    assert shlex.split(command) == [
        "shopwarden", "recheck", "petalandstem.example/shop", "--config", "a.toml", "--database", "b.sqlite3", "--ca-file",
        "our roots.pem", "--resolve", "petalandstem.example:127.0.0.1", "--port", "http=8080", "--port", "https=8443", "--allow-private",
    ]  # fmt: skip


def test_no_password_is_passed_on() -> None:
    command = command_for("scan", "https://a.example", {}, database="postgresql://warden:s3cr:et@db.example:5432/shops")
    assert "s3cr" not in command
    assert "postgresql://warden@db.example:5432/shops" in command
    for query in ("password=s3cr%26et&sslmode=require", "sslmode=require&password=s3cr"):
        command = command_for("scan", "https://a.example", {}, database=f"postgresql://db.example/shops?{query}")
        assert shlex.split(command)[-1] == "postgresql://db.example/shops?sslmode=require"


def test_a_strange_name_stays_one_word() -> None:
    assert shlex.split(command_for("recheck", "a b;rm -rf ~", {}))[2] == "a b;rm -rf ~"
