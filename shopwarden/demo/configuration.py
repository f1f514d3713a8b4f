"""The demo shop as a configuration, for whatever reads one: how it is reached, its backups, its mail."""

from __future__ import annotations

from pathlib import Path

from scanner.text.atomic_write import atomic_write
from shopwarden.demo.shop import DemoShop

NOBODY_LISTENS = 1  # tcpmux (RFC 1078), long out of use
RATE = 50
"""Requests a second: it is on this computer."""


def write_configuration(shop: DemoShop, folder: Path) -> Path:
    """``shopwarden.toml`` and what it names, into a folder that ends with the shop. The history will lie there as well."""
    import tomlkit

    from scanner.scope.target import SERVICES

    anchor, file = folder / "root.key", folder / "shopwarden.toml"
    atomic_write(anchor, "".join(f". IN DS {record}\n" for record in shop.anchors))
    ports = {**dict.fromkeys(SERVICES, NOBODY_LISTENS), **shop.ports}  # this computer's own services are not the shop's
    way = {
        "allow_private": True,
        "resolve": [f"{host}:{address}" for host, found in shop.resolve.items() for address in found],
        "port": [f"{service}={port}" for service, port in ports.items()],
        "nameserver": ":".join(map(str, shop.nameserver)),
        "trust_anchor": str(anchor),
        "ca_file": str(shop.ca_file),
        "rate": RATE,
        "database": "history.sqlite3",
    }
    backups = [{key: str(value) for key, value in backup.items()} for backup in shop.backups]
    site = {"url": shop.url, "name": "Petal & Stem (demo)", "backup": backups, "mail": shop.mail}
    atomic_write(file, tomlkit.dumps({"defaults": way, "site": [site]}))
    return file
