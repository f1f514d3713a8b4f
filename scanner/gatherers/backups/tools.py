"""Tools that leave no file of their own for each backup: a repository that grows with every run, or a folder full of files.

Told by what lies in their folder, after each tool's documentation. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder to which each run adds. marks: what lies in it. under: the folder in it where a run leaves a file.

    run: how that file is named; None where the files' times do not tell when a run ended, as where old ones are packed anew.
    """

    tool: str
    marks: frozenset[str]
    under: tuple[str, ...] = ()
    run: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A folder that one run fills. mark: what tells of the tool; files: what it writes; last: what it writes last.

    readable: whether we can tell if it is whole.
    """

    tool: str
    mark: str
    files: re.Pattern[str]
    last: str
    readable: bool = True


REPOSITORIES = (
    Repository("restic", frozenset({"config", "snapshots", "keys", "data", "index"}), ("snapshots",), re.compile("[0-9a-f]{64}")),
    Repository("borg", frozenset({"config", "README", "data"}), (), re.compile(r"(?:index|hints|integrity)\.\d+")),
    Repository(
        "rdiff-backup",
        frozenset({"rdiff-backup-data"}),
        ("rdiff-backup-data",),
        re.compile(r"session_statistics\..+\.data(?:\.gz)?"),
    ),
    Repository("Duplicacy", frozenset({"config", "snapshots", "chunks"})),
    Repository("Kopia", frozenset({"kopia.repository.f"})),
)
"""restic: “Repository Format”; borg: “Internals”, “Repository”; rdiff-backup: its man page; Duplicacy: its wiki, “Storage”;
Kopia: its reference, “Architecture”."""

FOLDERS = (
    Filled(
        "pg_dump", "toc.dat", re.compile(r"toc\.dat|blobs?_?\d*\.(?:toc|dat)(?:\.\w+)?|\d+\.dat(?:\.(?:gz|lz4|zst))?"), "toc.dat"
    ),
    Filled("MySQL Shell", "@.json", re.compile(r"@.*|.+@.+|.+\.(?:json|sql)"), "@.done.json"),
    Filled("XtraBackup", "xtrabackup_checkpoints", re.compile(r"xtrabackup_.*|ibdata\d+"), "xtrabackup_info", readable=False),
    Filled(
        "mariabackup",
        "mariadb_backup_checkpoints",
        re.compile(r"mariadb_backup_.*|ibdata\d+"),
        "mariadb_backup_info",
        readable=False,
    ),
)
"""All of databases. pg_dump: ``--format=directory``; MySQL Shell: ``util.dumpInstance``."""

WEB_ROOT = frozenset(
    {"index.php", "wp-config.php", "wp-content", "composer.json", "configuration.php", ".htaccess", "index.html"}
)
"""What lies where a shop's files lie as they are, without an archive."""

MARKS = WEB_ROOT.union(
    {"metadata", "metadata.partial"},  # mydumper
    *(repository.marks for repository in REPOSITORIES),
    (folder.mark for folder in FOLDERS),
    (folder.last for folder in FOLDERS),
)
"""The names in a folder by which any of these is told."""


def repository_with(marks: frozenset[str]) -> Repository | None:
    """The repository that a folder with these names in it is."""
    return next((one for one in REPOSITORIES if one.marks <= marks), None)


def folder_with(marks: frozenset[str]) -> Filled | None:
    """The tool that filled a folder with these names in it."""
    return next((one for one in FOLDERS if one.mark in marks), None)
