"""Which file names look like a backup: the owner's pattern, else the names that the usual tools give. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from scanner.evidence.backup_sets import is_of_a_set

LONGEST_NAME = 1000
"""Characters. File systems allow 255 bytes; what is longer was made up by somebody and is no backup."""

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".incomplete", ".inprogress", ".swp", "~")

_PACKED = r"(?:\.(?:gz|bz2|xz|zst|lz4|zip|7z|br))?"
_LOCKED = r"(?:\.(?:gpg|pgp|age|enc|crypt))?"
_ARCHIVE = r"\.(?:zip|7z|rar|tar|t[gbx]z|tbz2|tzst|tar\.(?:gz|bz2|xz|zst|lz4))"

_DUMP = re.compile(
    rf"""(?:
        \.(?:sql|pgsql|mysql|dump|xbstream) {_PACKED}      # mysqldump, phpMyAdmin, PrestaShop, Magento, WP-CLI, pg_dump
      | dump (?:[^.]|\.(?!tar\.))* \.(?:gz|bz2|xz|zst)     # shop-dump-2026-11-20.gz
      | [-_]db\d* \.gz                                     # UpdraftPlus, Magento 1
      | (?<![a-z]) (?:db|database|mysql|mariadb|postgres|pgsql|sql) (?![a-z])
        (?:[^.]|\.(?!tar\.))* \.(?:gz|bz2|xz|zst)          # db_backup_20261120.gz
    ) {_LOCKED} \Z""",
    re.VERBOSE,
)
_ARCHIVED = re.compile(rf"{_ARCHIVE}{_LOCKED}\Z")
_OF_A_DATABASE = re.compile(r"(?<![a-z])(?:db|dbs|databases?|mysql|mysqldump|mariadb|sql|dump)(?![a-z])")
_OF_FILES_TOO = re.compile(r"(?<![a-z])(?:files?|full|site|website|www|web|html|all|complete|account|and|home)(?![a-z])")
_EITHER = re.compile(r"(?:duplicity-(?:full|inc)\.|duplicati-\d{8}t\d{6}z\.dlist\.)")
"""Tools whose files hold whatever they were told to save."""
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
    whole = _without_number(name)
    return bool(_EITHER.match(name) or _DUMP.search(whole) or _WHOLE.match(whole) or _archive_of_a_database(whole))


def _is_site(name: str) -> bool:
    """An archive, unless it is one of a database alone."""
    whole = _without_number(name)
    if _EITHER.match(name) or _WHOLE.match(whole):
        return True
    return bool(_ARCHIVED.search(whole)) and not _DUMP.search(whole) and not _archive_of_a_database(whole)


_PIECE = re.compile(r"[._-]?(?:(?:part[._-]?)?(?:\d{2,6}|[a-z]{2,3})|part[._-]?\d{1,6})\Z")
_ROTATED = re.compile(r"(?<=[a-z])\.\d{1,2}\Z")  # logrotate's shop.sql.gz.1
_VOLUME = re.compile(r"\.([zjr])\d\d\Z")
_VOLUMES_OF = {"z": ".zip", "j": ".jpa", "r": ".rar"}
_DAR = re.compile(r"\.\d{1,5}\.dar\Z")


def _without_number(name: str) -> str:
    """The name of the whole, of a file that is named as a piece of it."""
    if rotated := _ROTATED.search(name):
        name = name[: rotated.start()]
    if not is_of_a_set(name):
        return name
    if volume := _VOLUME.search(name):
        return name[: volume.start()] + _VOLUMES_OF[volume[1]]
    if dar := _DAR.search(name):
        return name[: dar.start()] + ".tar"
    shorter = _PIECE.sub("", name)
    return shorter if _ARCHIVED.search(shorter) or _DUMP.search(shorter) or _WHOLE.match(shorter) else name


_MAY_BE_ONE = re.compile(
    r"""\.(?:gz|bz2|xz|zst|lz4|7z|rar|zip|tar|t[gbx]z|bak|backup|bkp|bck|dat|img|enc|gpg|pgp|age|aes|crypt|db|sqlite3?|bin|wpstg
      |wprime|bson|vbk|tib|hbk|mdb|dmp|archive|lzo|lzma|lz|zpaq|arj|iso|squashfs|vma|qcow2|vmdk|vhdx?|dar|fbk|pgdump|rdb)\Z
    |\.(?:sql|pgsql|mysql|dump|tar|t[gbx]z|zip|7z|rar|gz|bz2|xz|zst)(?:\.[^.]{1,12}){1,2}\Z  # an ending that we do not know
    |(?:backup|sicherung|kopia|sauvegarde|respaldo|dump)[^.]*\Z
    |\A[^.]*\d[^.]*\Z                                        # no ending, as in shop_20261120 or a chunk's number
    """,
    re.VERBOSE,
)
_SURELY_NONE = re.compile(
    r"\.(?:txt|md|html?|log|log\.gz|md5|sha\d+|sha\d+sum|sig|asc|sh|php|json|ya?ml|toml|css|js|ini|conf)\Z|\Areadme|thumbs\.db"
)
_ONLY_FILES = re.compile(r"-(?:plugins|themes|uploads|others|wpcore|more)\d*\.zip\Z")  # UpdraftPlus


def may_be_one(name: str) -> bool:
    """Whether a file may be a backup although its name is none that we know: to say that there is none would be a guess."""
    lower = name.lower()
    return _finished(name) and bool(_MAY_BE_ONE.search(lower)) and not _SURELY_NONE.search(lower)


def is_of_the_other_kind(name: str, kind: str) -> bool:
    """Whether a name says for certain that the file is a backup, but none of this kind."""
    lower = name.lower()
    return bool(_ONLY_FILES.search(lower)) if kind == "database" else _is_database(lower) and not _is_site(lower)


def _archive_of_a_database(name: str) -> bool:
    return bool(_ARCHIVED.search(name) and _OF_A_DATABASE.search(name) and not _OF_FILES_TOO.search(name))


def is_dump(name: str) -> bool:
    """Whether a file is named as a bare dump is, compressed or not, and not as an archive is."""
    return bool(_DUMP.search(name.rpartition("/")[2].lower()))


def is_of_a_database(name: str) -> bool:
    """Whether a name, of a file or a folder, says that it is about a database."""
    return bool(_OF_A_DATABASE.search(name.lower()))
