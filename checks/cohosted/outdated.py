"""Scripts beside the shop that miss repairs: the usual way in."""

from __future__ import annotations

from checks.versions.age import ages, version_numbers
from scanner import Installations, Knowledge, Passed, Probes, Severity, Verdict, check, judge


@check("cohosted-script-outdated", severity=Severity.HIGH, probes=version_numbers)
def cohosted_script_outdated(probes: Probes, installations: Installations, knowledge: Knowledge) -> Verdict:
    """Another script beside the shop is old."""
    found, missing = [], [reason.because for _, reason in installations.unseen]
    for one in installations.beside:
        for age in ages(one, probes, installations, knowledge):
            missing += [f"{one.directory}: {reason}" for reason in age.unknown]
            if finding := age.finding(one.directory, ended=False) or age.finding(one.directory, ended=True):
                found.append(finding)
    if installations.beside:
        missing += probes.missing
    verdict = judge(found, (*installations.examined, *probes.examined), missing)
    if isinstance(verdict, Passed) and not installations.beside:
        return Passed(verdict.examined, "No other script was found beside the shop.")
    return verdict
