"""Other scripts beside the shop: who gets into one of them reads the shop's database password."""

from __future__ import annotations

from scanner import UNKNOWN, Confidence, Finding, Installation, Installations, Knowledge, Severity, Verdict, check, judge


@check("cohosted-script", severity=Severity.MEDIUM)
def cohosted_script(installations: Installations, knowledge: Knowledge) -> Verdict:
    """Another script runs in a folder beside the shop."""
    found = [_finding(one) for one in installations.beside if not _is_copy(one, installations.shop, knowledge)]
    return judge(found, installations.examined, _missing(installations))


@check("leftover-copy", severity=Severity.MEDIUM)
def leftover_copy(installations: Installations, knowledge: Knowledge) -> Verdict:
    """An old or second copy of the shop lies beside it."""
    found = [_finding(one) for one in installations.beside if _is_copy(one, installations.shop, knowledge)]
    found += [
        Finding(one.directory, f"The shop's own pages once more: {', '.join(one.marks)}", (one.address,), (), Confidence.PROBABLE)
        for one in installations.copies
    ]
    return judge(found, installations.examined, _missing(installations))


def _finding(one: Installation) -> Finding:
    confidence = Confidence.CERTAIN if one.confidence == "certain" else Confidence.PROBABLE
    seen = f", recognised by {', '.join(one.marks[:3])}" if one.marks else ""
    return Finding(one.directory, f"{one.title}{seen}", locations=(one.address,), confidence=confidence)


def _is_copy(one: Installation, shop: Installation, knowledge: Knowledge) -> bool:
    """The same script as the shop's, or a relative of it (a fork, an older generation)."""
    if UNKNOWN in {one.platform, shop.platform}:
        return False
    families = [known.family if (known := knowledge.platforms.get(key)) else key for key in (one.platform, shop.platform)]
    return families[0] == families[1]


def _missing(installations: Installations) -> list[str]:
    return [reason.because for _, reason in installations.unseen]
