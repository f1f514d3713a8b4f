"""Files that come with a script and tell its version to everybody."""

from __future__ import annotations

from functools import lru_cache

from checks.places import not_here, scripts
from scanner import (
    Answer,
    Finding,
    Installations,
    Knowledge,
    Known,
    Probe,
    Probes,
    Proof,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
)
from scanner.platforms import VersionSource

MOST = 5
"""So many that all rules together keep to their share of the request budget."""


def version_files(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """The version files of every script that was recognised, in its own folder."""
    return tuple(
        Probe("/" + directory.rstrip("/") + source.path, _tells(platform.name, source))
        for directory, platform in scripts(known, knowledge)
        for source in platform.version_files
    )[:MOST]


@check("version-leak-file", severity=Severity.LOW, probes=version_files, fix_group="version-leak-file")
def version_leak_file(probes: Probes, installations: Installations | Unavailable) -> Verdict:
    """A file that came with the script tells its version."""
    if not probes.asked and not probes.skipped:
        return not_here(installations, "No script was recognised here whose files would tell its version.")
    found = [Finding(probed.place, shown, locations=(probed.address,)) for probed, shown in probes.hits]
    return judge(found, probes.examined, probes.missing)


@lru_cache(maxsize=256)
def _tells(name: str, source: VersionSource) -> Proof:
    def proof(answer: Answer) -> str | None:
        number = source.read(answer.text) if answer.read else None
        return f"{name} {number}" if number else None

    return proof
