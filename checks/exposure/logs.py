"""Logs in the public folder."""

from __future__ import annotations

from checks.exposure.long_list import log_list
from checks.exposure.proofs import PART, log
from checks.places import at, beside, judged, likeliest, own_folders, scripts
from scanner import Knowledge, Known, Probe, Probes, Severity, Verdict, check

MOST = 4


def logs(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """PHP's own log, which many hosts write into the folder, those of the recognised scripts, then the usual names."""
    others = beside(known)
    of_scripts = [
        Probe(at(folder, path), log, part=PART)
        for folder, one in sorted(scripts(known, knowledge), key=lambda pair: pair[0] in others)
        for path in [path for path in one.logs if not path.endswith("/")][: 1 if folder in others else 2]
    ]
    root = [Probe(at(folder, "/error_log"), log, part=PART) for folder in own_folders(known)]
    usual = [
        Probe(at(known.base, path), log, part=PART) for path in ("/error.log", "/debug.log", "/logs/error.log", "/access.log")
    ]
    return likeliest(known, (*root, *of_scripts, *usual), MOST)


@check("exposed-log", severity=Severity.MEDIUM, probes=logs, tail=log_list, fix_group="exposed-log")
def exposed_log(probes: Probes) -> Verdict:
    """A log can be read by everybody."""
    return judged(probes)
