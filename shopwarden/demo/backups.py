"""The demo shop's backups: real gzipped database dumps and real site archives, with invented customers."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from scanner.text.atomic_write import atomic_write

_FIRST = (
    "Ada",
    "Ben",
    "Clara",
    "Dylan",
    "Edith",
    "Finn",
    "Greta",
    "Hugo",
    "Iris",
    "Jonas",
    "Kit",
    "Lena",
    "Moss",
    "Nora",
    "Otis",
)
_LAST = (
    "Ashdown",
    "Birch",
    "Carver",
    "Dale",
    "Ellery",
    "Farrow",
    "Gorse",
    "Heath",
    "Inglewood",
    "Jessop",
    "Kestle",
    "Lark",
    "Marsh",
)
_STREETS = ("Lantern Lane", "Mill Row", "Quay Street", "Orchard Close", "Chapel Hill", "Weir Walk")


def dump(made: datetime, orders: int) -> bytes:
    """A database dump as mysqldump writes it: customers and orders, and the closing line that says it is whole."""
    chance = Random(1)
    lines = [
        "-- MySQL dump 10.17  Distrib 10.3.39-MariaDB, for debian-linux-gnu (x86_64)",
        "--",
        "-- Host: localhost    Database: petal_shop",
        "-- ------------------------------------------------------",
        "SET NAMES utf8;",
        "",
        "DROP TABLE IF EXISTS `oc_customer`;",
        "CREATE TABLE `oc_customer` (`customer_id` int(11) NOT NULL, `firstname` varchar(32), `lastname` varchar(32),",
        "  `email` varchar(96), `address` varchar(128), PRIMARY KEY (`customer_id`)) ENGINE=MyISAM DEFAULT CHARSET=utf8;",
    ]
    for number in range(1, orders // 2 + 1):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        mail = f"{first}.{last}{number}@mail.example".lower()
        street = f"{chance.randint(1, 90)} {chance.choice(_STREETS)}"
        lines.append(f"INSERT INTO `oc_customer` VALUES ({number},'{first}','{last}','{mail}','{street}');")  # noqa: S608
    lines += [
        "",
        "DROP TABLE IF EXISTS `oc_order`;",
        "CREATE TABLE `oc_order` (`order_id` int(11) NOT NULL, `customer_id` int(11), `total` decimal(15,4),",
        "  `token` varchar(40), `date_added` datetime NOT NULL, PRIMARY KEY (`order_id`)) ENGINE=MyISAM DEFAULT CHARSET=utf8;",
    ]
    for number in range(1, orders + 1):
        day = made - timedelta(hours=7 * (orders - number + 1))
        lines.append(
            f"INSERT INTO `oc_order` VALUES ({number},{chance.randint(1, orders // 2)},{chance.randint(1200, 9900) / 100:.4f},"  # noqa: S608  written to a file, run by nobody
            f"'{chance.getrandbits(160):040x}','{day:%Y-%m-%d %H:%M:%S}');"
        )
    lines += ["", f"-- Dump completed on {made:%Y-%m-%d %H:%M:%S}", ""]
    return gzip.compress("\n".join(lines).encode(), mtime=int(made.timestamp()))


def customers_csv(count: int = 40) -> bytes:
    """An order export as shops write it, with invented people."""
    chance = Random(2)
    rows = ["order_id,firstname,lastname,email,telephone,street,total"]
    for number in range(1, count + 1):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        rows.append(
            f"{4000 + number},{first},{last},{first.lower()}.{last.lower()}@mail.example,01632 960{chance.randint(100, 999)},"
            f"{chance.randint(1, 90)} {chance.choice(_STREETS)},{chance.randint(1200, 9900) / 100:.2f}"
        )
    return ("\n".join(rows) + "\n").encode()


def site_archive(made: datetime) -> bytes:
    """A gzipped tar archive of the shop's folder: some pages and photographs."""
    chance = Random(3)
    files = {
        "index.php": b"<?php\nrequire_once('config.php');\nrequire_once('system/startup.php');\nstart('catalog');\n",
        "robots.txt": b"User-agent: *\nDisallow: /admin/\n",
        **{f"image/catalog/photos/bouquet-{n:02}.jpg": b"\xff\xd8\xff\xe0" + chance.randbytes(9_000) for n in range(1, 13)},
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"public_html/{name}")
            entry.size, entry.mtime = len(content), int(made.timestamp())
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def write_backups(folder: Path, now: datetime, *, fresh: bool) -> None:
    """Seven nights of database dumps and five weekly site archives.

    fresh: the newest dump is of this night and the newest archive three days old; else 19 and 60 days.
    """
    night = (now - timedelta(hours=3)).replace(minute=40, second=0, microsecond=0)
    first_dump, first_site = (0, 3) if fresh else (19, 60)
    for age in range(first_dump, first_dump + 7):
        made = night - timedelta(days=age)
        _write(folder / f"petalandstem-db-{made:%Y-%m-%d}.sql.gz", dump(made, 340 - age), made)
    for age in range(first_site, first_site + 35, 7):
        made = night - timedelta(days=age)
        _write(folder / f"petalandstem-site-{made:%Y-%m-%d}.tar.gz", site_archive(made), made)


def _write(file: Path, content: bytes, made: datetime) -> None:
    atomic_write(file, content)
    os.utime(file, (made.timestamp(), made.timestamp()))
