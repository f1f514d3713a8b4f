"""What the weak demo shop forgot on its web space. Every name, password and person in it is invented."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

from shopwarden.demo.backups import customers_csv, dump
from shopwarden.demo.files import Tree

HOME = "/home/petal/public_html"

_CONFIG = """<?php
// HTTP
define('HTTP_SERVER', 'http://petalandstem.example/');
// HTTPS
define('HTTPS_SERVER', 'http://petalandstem.example/');
// DIR
define('DIR_APPLICATION', '{home}/catalog/');
define('DIR_SYSTEM', '{home}/system/');
// DB
define('DB_DRIVER', 'mysqli');
define('DB_HOSTNAME', 'localhost');
define('DB_USERNAME', 'petal_shop');
define('DB_PASSWORD', 'forget-me-not-47');
define('DB_DATABASE', 'petal_shop');
define('DB_PORT', '3306');
define('DB_PREFIX', 'oc_');
"""

_GIT_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
[remote "origin"]
\turl = git@git.petalandstem.example:shop/public_html.git
\tfetch = +refs/heads/*:refs/remotes/origin/*
[branch "master"]
\tremote = origin
\tmerge = refs/heads/master
"""

_CHANGELOG = """# Change log

All notable changes to OpenCart will be documented in this file.

## [v3.0.2.0] (Release date: 29.06.2017)
#### Changed
* Store settings, order totals and the theme editor

## [v3.0.1.1] (Release date: 19.06.2017)
#### Fixed
* Session handling
"""


def add_leaks(tree: Tree, now: datetime) -> None:
    """Put the forgotten files into the tree."""
    moved = datetime(2019, 11, 3, 22, 4, tzinfo=now.tzinfo)
    tree.add("/backup/shop-2019.sql.gz", dump(moved, 180), moved)
    tree.add("/backup/orders-2019.csv", customers_csv(), moved)
    tree.add("/backup/README.txt", "Copies from before the move to the new host. Delete when everything works. R.\n", moved)
    tree.add("/backup.sql.gz", dump(now - timedelta(days=41), 300), now - timedelta(days=41))
    tree.add("/config.php.bak", _CONFIG.format(home=HOME), moved)
    tree.add("/error_log", _error_log(now), now - timedelta(hours=7), kind="")
    tree.add("/CHANGELOG.md", _CHANGELOG, moved, kind="text/markdown")
    tree.add("/.git/HEAD", "ref: refs/heads/master\n", moved, kind="")
    tree.add("/.git/config", _GIT_CONFIG, moved, kind="")
    tree.add("/.git/refs/heads/master", "6f1e0c9b7d3a4528b1c0e2f4a6d8937c5b1e0f2d\n", moved, kind="")
    tree.add("/.DS_Store", _ds_store(("catalog", "image", "uploads")), moved, kind="")
    tree.add("/uploads/wedding-brief-ashdown.txt", "Ceremony 2 pm, forty guests, blush and cream. No lilies!\n", moved)
    tree.add("/uploads/shop-window.svg", tree.files["/image/catalog/logo.svg"].body, moved)
    tree.listed += ("/backup/", "/uploads/", "/image/catalog/", "/blog/wp-content/uploads/")


def _error_log(now: datetime) -> str:
    """PHP's log of the last days, as shared hosts keep it in the web folder."""
    texts = (
        "PHP Notice:  Undefined index: firstname in {home}/catalog/controller/account/newsletter.php on line 31",
        "PHP Warning:  mysqli::query(): MySQL server has gone away in {home}/system/library/db/mysqli.php on line 19",
        "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted in {home}/system/library/image.php on line 74",
        "PHP Deprecated:  Function each() is deprecated in {home}/blog/wp-includes/pomo/mo.php on line 12",
    )
    return "".join(
        f"[{now - timedelta(hours=7 + 5 * i):%d-%b-%Y %H:%M:%S} Europe/Dublin] {texts[i % len(texts)].format(home=HOME)}\n"
        for i in range(23, -1, -1)
    )


def _ds_store(names: tuple[str, ...]) -> bytes:
    """The head of a macOS folder file, and the names that it gives away."""
    listed = b"".join(struct.pack(">I", len(name)) + name.encode("utf-16-be") + b"Iloc" for name in names)
    return b"\x00\x00\x00\x01Bud1" + struct.pack(">III", 0x1000, 0x800, 0x1000) + listed.ljust(1024, b"\x00")
