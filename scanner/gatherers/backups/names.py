"""Which file names look like a backup: the owner's pattern, else the names that the usual tools give. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

LONGEST_NAME = 1000
"""Characters. File systems allow 255 bytes; what is longer was made up by somebody and is no backup."""

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".incomplete", ".inprogress", ".swp", "~")

_PACKED = r"(?:\.(?:gz|bz2|xz|zst|lz4|zip|7z|br))?"
_LOCKED = r"(?:\.(?:gpg|pgp|age|enc|crypt))?"
_ARCHIVE = r"\.(?:zip|7z|tar|t[gbx]z|tbz2|tar\.(?:gz|bz2|xz|zst|lz4))"

_DUMP = re.compile(
    rf"""(?:
        \.(?:sql|pgsql|mysql|dump|xbstream) {_PACKED}      # mysqldump, phpMyAdmin, PrestaShop, Magento, WP-CLI, pg_dump
      | dump (?:[^.]|\.(?!tar\.))* \.(?:gz|bz2|xz|zst)     # shop-dump-2026-11-20.gz
      | [-_]db\d* \.gz                                     # UpdraftPlus, Magento 1
    ) {_LOCKED} \Z""",
    re.VERBOSE,
)
_ARCHIVED = re.compile(rf"{_ARCHIVE}{_LOCKED}\Z")
_OF_A_DATABASE = re.compile(r"(?<![a-z])(?:db|dbs|databases?|mysql|mysqldump|mariadb|sql|dump)(?![a-z])")
_OF_FILES_TOO = re.compile(r"(?<![a-z])(?:files?|full|site|website|www|web|html|all|complete|account|and|home)(?![a-z])")
_WHOLE = re.compile(
    rf"""(?:
        backup-\d{{1,2}}\.\d{{1,2}}\.\d{{4}}_.*\.tar\.gz     # cPanel, full account: backup-11.20.2026_03-00-00_shop.tar.gz
      | cpmove-.*\.tar(?:\.gz)?                              # cPanel, moved account
      | .*\.wpress                                           # All-in-One WP Migration
      | .*\.(?:jpa|jps)                                      # Akeeba Backup
      | .*_archive\.(?:zip|daf)                              # Duplicator
    ) {_LOCKED} \Z""",
    re.VERBOSE,
)


def looks_like(kind: str, pattern: str | None) -> Callable[[str], bool]:
    """What tells, from a file's name alone, whether it is a backup of this kind (``database`` or ``site``).

    pattern: shell wildcards, case ignored; None for the usual tools' names. Hidden and unfinished files never are one.
    """
    if pattern is not None:
        wanted = pattern.lower()
        return lambda name: _finished(name) and fnmatchcase(name.lower(), wanted)
    usual = _is_database if kind == "database" else _is_site
    return lambda name: _finished(name) and usual(name.lower())


def _finished(name: str) -> bool:
    return len(name) <= LONGEST_NAME and not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


def _is_database(name: str) -> bool:
    """A dump, an archive that says that it holds one, or a whole account, which always holds the databases too."""
    return bool(_DUMP.search(name) or _WHOLE.match(name) or _archive_of_a_database(name))


def _is_site(name: str) -> bool:
    """An archive, unless it is one of a database alone."""
    if _WHOLE.match(name):
        return True
    return bool(_ARCHIVED.search(name)) and not _DUMP.search(name) and not _archive_of_a_database(name)


def _archive_of_a_database(name: str) -> bool:
    return bool(_ARCHIVED.search(name) and _OF_A_DATABASE.search(name) and not _OF_FILES_TOO.search(name))


def is_dump(name: str) -> bool:
    """Whether a file is named as a bare dump is, compressed or not, and not as an archive is."""
    return bool(_DUMP.search(name.rpartition("/")[2].lower()))


def is_of_a_database(name: str) -> bool:
    """Whether a name, of a file or a folder, says that it is about a database."""
    return bool(_OF_A_DATABASE.search(name.lower()))
