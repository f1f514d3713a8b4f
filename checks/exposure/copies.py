"""Archives of the whole site and dumps of its database that somebody left in the public folder."""

from __future__ import annotations

from collections.abc import Iterator

from checks.exposure.long_list import archive_list, dump_list
from checks.exposure.proofs import PART, archive, database_dump
from checks.places import at, judged, likeliest, listed, own_folders, scripts
from scanner import Knowledge, Known, Probe, Probes, Severity, Verdict, check

MOST = 8
OF_LISTS = 3
"""Of those, what a list of the server names goes before the usual names: it is there for certain."""
SPARE = 1
"""More of each where no script was recognised, whose version files would be asked for."""

_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "gv", "ltd", "me", "net", "or", "org"})


def host_names(host: str) -> tuple[str, ...]:
    """The host without ``www.``, and its own label: ``shop.rose.co.uk`` → ``shop.rose.co.uk``, ``rose``. None for an address."""
    host = host.removeprefix("www.")
    labels = host.split(".")
    if ":" in host or len(labels) < 2 or labels[-1].isdigit():
        return ()
    own = labels[-3] if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else labels[-2]
    return (host, own)


def archive_names(known: Known) -> Iterator[str]:
    """In order of likelihood."""
    names = host_names(known.host)
    yield from (f"/{name}.zip" for name in ("backup", *names))
    yield "/backup.tar.gz"
    yield from (f"/{name}.tar.gz" for name in names)
    yield from (
        "/public_html.zip",
        "/www.zip",
        "/site.zip",
        "/backup.tgz",
        f"/backup-{known.year}.zip",
        "/htdocs.zip",
        "/public_html.tar.gz",
    )


def dump_names(known: Known, knowledge: Knowledge) -> Iterator[str]:
    """In order of likelihood; a platform's own usual dumps among them."""
    names = host_names(known.host)
    yield from ("/backup.sql", "/dump.sql", *(f"/{name}.sql" for name in names[1:]), "/backup.sql.gz", "/database.sql")
    yield from (path for _, one in list(scripts(known, knowledge))[:1] for path in one.exports if path.endswith(".sql"))
    yield from ("/db.sql", "/dump.sql.gz", *(f"/{name}.sql" for name in names[:1]), *(f"/{name}.sql.gz" for name in names[1:]))
    yield from ("/mysql.sql", "/db.sql.gz")


def archives(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Archives of the site."""
    named = listed(known, ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz", ".7z", ".rar")[:OF_LISTS]
    usual = (at(folder, name) for name in archive_names(known) for folder in own_folders(known))
    return likeliest(known, (Probe(path, archive, part=PART) for path in (*named, *usual)), _most(known, knowledge))


def dumps(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Dumps of the database."""
    named = listed(known, ".sql", ".sql.gz", ".sql.zip", ".sql.bz2", ".dump", ".sqlite", ".sqlite3")[:OF_LISTS]
    usual = (at(folder, name) for name in dump_names(known, knowledge) for folder in own_folders(known))
    return likeliest(known, (Probe(path, database_dump, part=PART) for path in (*named, *usual)), _most(known, knowledge))


def _most(known: Known, knowledge: Knowledge) -> int:
    return MOST if any(True for _ in scripts(known, knowledge)) else MOST + SPARE


def more_archives(known: Known, _knowledge: Knowledge) -> Iterator[Probe]:
    """Rarer names."""
    return archive_list(known, host_names(known.host))


def more_dumps(known: Known, _knowledge: Knowledge) -> Iterator[Probe]:
    """Rarer names."""
    return dump_list(known, host_names(known.host))


@check("exposed-backup", severity=Severity.CRITICAL, probes=archives, tail=more_archives, fix_group="exposed-backup")
def exposed_backup(probes: Probes) -> Verdict:
    """A backup of the shop's files can be downloaded by everybody."""
    return judged(probes)


@check("exposed-database-dump", severity=Severity.CRITICAL, probes=dumps, tail=more_dumps, fix_group="exposed-database-dump")
def exposed_database_dump(probes: Probes) -> Verdict:
    """A copy of the shop's database can be downloaded by everybody."""
    return judged(probes)
