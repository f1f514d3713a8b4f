"""Files that no visitor needs and that tell how the shop is built: lists of building blocks, folder files, source maps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.exposure.long_list import folder_rules_list
from checks.exposure.proofs import PART, folder_file, packages, source_map
from checks.places import at, judged, likeliest, scripts
from scanner import Knowledge, Known, Probe, Probes, Severity, Verdict, check

MOST = 4
_BUILT = re.compile(
    r"/(?:[\w-]{0,30}(?:app|main|bundle|index|vendor|shop|theme|checkout|chunk)[\w.-]{0,60}"
    r"|[\w-]{1,40}[.-][0-9a-f]{8,32}(?:\.min)?)\.js",
    re.IGNORECASE,
)


def metadata(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """The usual files, the lists of building blocks where the recognised scripts keep them, and the source map of one of the
    shop's own built scripts."""
    own = [
        Probe(at(folder, path), packages, part=PART)
        for folder, one in scripts(known, knowledge)
        for path in one.debug_files
        if path.endswith("/vendor/composer/installed.json")
    ]
    maps = [
        Probe(f"/{path}.map", source_map, part=PART) for path in known.scripts if _BUILT.search(path) and path.startswith("/")
    ]
    usual = (
        Probe(at(known.base, "/.DS_Store"), folder_file, part=PART),
        Probe(at(known.base, "/composer.lock"), packages, part=PART),
        *maps[:1],
        *own[:1],
        Probe(at(known.base, "/vendor/composer/installed.json"), packages, part=PART),
        Probe(at(known.base, "/package.json"), packages, part=PART),
    )
    return likeliest(known, usual, MOST)


def copies_of_rules(known: Known, _knowledge: Knowledge) -> Iterator[Probe]:
    """Copies of the web server's settings of a folder."""
    return folder_rules_list(known)


@check("exposed-metadata", severity=Severity.LOW, probes=metadata, tail=copies_of_rules, fix_group="exposed-metadata")
def exposed_metadata(probes: Probes) -> Verdict:
    """A file tells everybody how the shop is built."""
    return judged(probes)
