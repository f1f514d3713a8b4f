"""The folders of version control: whoever reads them can put the shop's whole source together, old passwords included."""

from __future__ import annotations

from checks.exposure.proofs import PART, git_config, git_head, mercurial, svn
from checks.places import at, beside, judged, likeliest, own_folders
from scanner import Finding, Known, Probe, Probes, Severity, Verdict, check

MOST = 5
_FOLDERS = ("/.git/", "/.svn/", "/.hg/")


def repositories(known: Known) -> tuple[Probe, ...]:
    """Git first, which is by far the most common; in the folders beside the shop only Git."""
    own = own_folders(known)
    wanted = [Probe(at(folder, "/.git/HEAD"), git_head, part=PART) for folder in own]
    wanted += [Probe(at(folder, "/.git/config"), git_config, part=PART) for folder in own[:1]]
    wanted += [Probe(at(folder, "/.svn/wc.db"), svn, part=PART) for folder in own]
    wanted += [Probe(at(folder, "/.git/HEAD"), git_head, part=PART) for folder in beside(known)[:1]]
    wanted += [Probe(at(own[0], "/.svn/entries"), svn, part=PART), Probe(at(own[0], "/.hg/requires"), mercurial, part=PART)]
    return likeliest(known, wanted, MOST)


@check("exposed-vcs", severity=Severity.CRITICAL, probes=repositories, fix_group="exposed-vcs")
def exposed_vcs(probes: Probes) -> Verdict:
    """The shop's source code and its history can be downloaded."""
    return judged(
        probes,
        [Finding(_folder(probed.place), shown, (probed.address,), (probed.place,)) for probed, shown in probes.hits],
    )


def _folder(place: str) -> str:
    """One repository is one problem, whichever of its files were seen."""
    return next(place[: place.index(folder) + len(folder)] for folder in _FOLDERS if folder in place)
