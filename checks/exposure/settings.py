"""Files that hold passwords: settings, copies of them that editors leave behind, and access files of FTP programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest

from checks.exposure.long_list import settings_list
from checks.exposure.proofs import PART, access_file, environment, history, settings
from checks.places import at, beside, judged, likeliest, own_folders, scripts
from scanner import Answer, Knowledge, Known, Probe, Probes, Proof, Severity, Verdict, check
from scanner.platforms import Platform

MOST = 12
_OF_SHOP, _OF_OTHERS = 6, 2
SUFFIXES = (".bak", "~", ".old", ".save", ".txt", ".orig", "_bak", ".1")


def any_secret(answer: Answer) -> str | None:
    """Whatever holds passwords."""
    return environment(answer) or settings(answer) or access_file(answer)


GENERIC: tuple[tuple[str, Proof], ...] = (
    ("/.env", environment),
    ("/.vscode/sftp.json", access_file),
    ("/sftp-config.json", access_file),
    ("/.htpasswd", access_file),
    ("/.ftpconfig", access_file),
    ("/.env.bak", environment),
    ("/id_rsa", access_file),
    ("/.ssh/id_rsa", access_file),
    ("/.aws/credentials", access_file),
    ("/filezilla.xml", access_file),
    ("/WS_FTP.ini", access_file),
    ("/.bash_history", history),
)
"""In order of likelihood, whatever the shop runs on."""


def copies(file: str) -> Iterator[str]:
    """The names under which a settings file is left lying about, likely ones first.

    A PHP file itself is run by the server and shows nothing; any other shows itself.
    """
    if not file.endswith(".php"):
        yield file
    folder, _, name = file.rpartition("/")
    for number, suffix in enumerate(SUFFIXES):
        if number == 3:
            yield f"{folder}/.{name.removeprefix('.')}.swp"
        yield file + suffix


def settings_files(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """The usual files of the host first, then copies of what the recognised scripts use, then rarer ones."""
    others = beside(known)
    usual = [Probe(at(folder, path), proof, part=PART) for path, proof in GENERIC for folder in own_folders(known)]
    of_shop = list(chain.from_iterable(_copies(folder, one) for folder, one in scripts(known, knowledge) if folder not in others))
    of_others = [
        Probe(path, any_secret, part=PART)
        for folder, one in scripts(known, knowledge)
        if folder in others and one.config_files
        for path in (at(folder, one.config_files[0] + suffix) for suffix in SUFFIXES[:2])
    ]
    wanted = [*usual[:4], *of_shop[:_OF_SHOP], *of_others[:_OF_OTHERS], *usual[4:]]
    return likeliest(known, wanted, MOST)


def _copies(folder: str, platform: Platform) -> list[Probe]:
    """The likeliest names of each settings file in turn, two of the main one for each of a further one."""
    lists = [list(copies(file)) for file in platform.config_files]
    paths = [*(lists[0][:2] if lists else ()), *(path for turn in zip_longest(*lists) for path in turn if path)]
    return [Probe(at(folder, path), any_secret, part=PART) for path in dict.fromkeys(paths)]


def more_settings(known: Known, knowledge: Knowledge) -> Iterator[Probe]:
    """Rarer names."""
    return settings_list(known, knowledge, any_secret)


@check("exposed-config", severity=Severity.CRITICAL, probes=settings_files, tail=more_settings, fix_group="exposed-config")
def exposed_config(probes: Probes) -> Verdict:
    """A file with passwords can be read by everybody."""
    return judged(probes)
