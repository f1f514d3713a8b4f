"""Where on the host a check looks, and the usual ending of a check that judges answers to its own paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner import (
    Confidence,
    Finding,
    Inconclusive,
    Installations,
    Knowledge,
    Known,
    LoadedFiles,
    NotApplicable,
    Page,
    Probe,
    Probed,
    Probes,
    Unavailable,
    Verdict,
    judge,
)  # fmt: skip
from scanner.platforms import Platform

UNSEEN = Unavailable("This was not looked at.")
"""In place of evidence that a check can do without."""


def at(directory: str, path: str) -> str:
    """A path inside one directory as a probe's path: asked for there, and in no other installation."""
    return "/" + directory.rstrip("/") + path


def shop_platform(known: Known, knowledge: Knowledge) -> Platform | None:
    """The platform of the shop itself; None where it is unknown."""
    return next((knowledge.platforms.get(key) for directory, key in known.platforms if known.base.startswith(directory)), None)


def hosted(known: Known) -> str | None:
    """Why the files and the administration of a shop on a hosted platform are not its owner's to look after; None elsewhere."""
    if not known.hosted:
        return None
    return f"{known.hosted} runs this shop's server; its customers have no files or settings there that could be left open."


def likeliest(known: Known, wanted: Iterable[Probe], most: int) -> tuple[Probe, ...]:
    """The first of these probes, each path and proof once; none on a hosted platform.

    most: so many that all rules together keep to their concern's share of the request budget.
    """
    return () if hosted(known) else tuple(dict.fromkeys(wanted))[:most]


def scripts(known: Known, knowledge: Knowledge) -> Iterator[tuple[str, Platform]]:
    """Directory and platform of every script that was recognised, the shop's own first."""
    table = knowledge.platforms
    return ((directory, table[key]) for directory, key in known.platforms if key in table)


def own_folders(known: Known) -> tuple[str, ...]:
    """The shop's own directory, and the host's root where that is another."""
    return tuple(dict.fromkeys((known.base, "/")))


def listed(known: Known, *endings: str) -> tuple[str, ...]:
    """Files of these kinds that the server's own lists name, as a probe's path."""
    return tuple("/" + path for path in known.listed if path.lower().endswith(endings))


def beside(known: Known) -> tuple[str, ...]:
    """The directories of the scripts beside the shop."""
    return tuple(directory for directory, _ in known.platforms if directory not in own_folders(known))


def unread_scripts(page: Page, loaded: LoadedFiles | Unavailable) -> tuple[str, ...]:
    """The page's script files that something kept from being read this time, or that nobody asked for."""
    files = tuple(script.src for script in page.scripts if script.src)
    if isinstance(loaded, Unavailable):
        return files
    unknown = loaded.unknown
    return tuple(file for file in files if file.partition("?")[0] in unknown)


def finding(probed: Probed, shown: str, confidence: Confidence = Confidence.CERTAIN) -> Finding:
    """The usual finding: the place is what is wrong."""
    return Finding(probed.place, shown, (probed.address,), (probed.place,), confidence)


def not_here(installations: Installations | Unavailable, because: str) -> Verdict:
    """What applies to no script that was recognised; inconclusive where one may have been missed."""
    if isinstance(installations, Unavailable):
        return Inconclusive(installations.because)
    if installations.unseen:
        directory, why = installations.unseen[0]
        return Inconclusive(f"{directory} could not be looked at: {why.because}", installations.examined)
    return NotApplicable(because)


def judged(
    probes: Probes, findings: Iterable[Finding] | None = None, missing: Iterable[str] = (), examined: Iterable[str] = ()
) -> Verdict:
    """Everything proven is a finding, unless others are given. Not applicable on a hosted platform. examined: further places."""
    if because := hosted(probes.known):
        return NotApplicable(because)
    found = [finding(probed, shown) for probed, shown in probes.hits] if findings is None else findings
    return judge(found, (*probes.examined, *examined), (*probes.missing, *missing))
