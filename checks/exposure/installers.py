"""Set-up programs that were not removed: whoever runs one may set the shop up anew, with a database of his own."""

from __future__ import annotations

import re
from functools import lru_cache

from checks.exposure.proofs import installer
from checks.places import at, beside, judged, likeliest, scripts
from scanner import Answer, Knowledge, Known, Probe, Probes, Proof, Severity, Verdict, check
from scanner.platforms import Installer

MOST = 4
_USUAL = ("/install/", "/install.php", "/setup/", "/installer.php", "/installation/")
_ANY_CREATOR = re.compile(r"<form\b[^<>]{0,400}\baction=\"[^\"<>]{0,200}login\.php\?action=create\b", re.IGNORECASE)


def installers(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Those of the recognised scripts, the usual names, and the logins that tell on an installer."""
    others = beside(known)
    own = [
        Probe(at(folder, one.path), _by_marks(one), "admin", follow=2)
        for folder, platform in sorted(scripts(known, knowledge), key=lambda pair: pair[0] in others)
        for one in platform.installers[: 1 if folder in others else 2]
    ]
    usual = [Probe(at(known.base, path), installer, "admin", follow=2) for path in _USUAL]
    return (*likeliest(known, (*own, *usual), MOST), *_telling(known, knowledge))


def _telling(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Logins that are asked for anyway (``checks.admin.doors``), and that say so where a set-up was not finished."""
    return tuple(
        Probe(at(folder, path), proof, "admin", follow=2)
        for folder, platform in scripts(known, knowledge)
        for family, path, proof in (
            ("prestashop", "/admin/", prestashop_warns),
            ("oscommerce", "/admin/login.php", anyone_creates),
        )
        if platform.family == family and any(door.path == path for door in platform.doors)
    )


def prestashop_warns(answer: Answer) -> str | None:
    """PrestaShop's login stays shut while its ``install`` folder is there. Its words are translated, the folder's name is not."""
    text = answer.text.replace("'", '"')
    if not answer.read or 'id="login-panel"' not in text or 'id="login_form"' in text:
        return None
    return (
        "PrestaShop itself warns that its install folder is still there"
        if "alert-danger" in text and "/install" in text
        else None
    )


def anyone_creates(answer: Answer) -> str | None:
    """OsCommerce without an administrator lets the first visitor become one."""
    if not answer.read or not _ANY_CREATOR.search(answer.text.replace("'", '"')):
        return None
    return "There is no administrator yet: the first visitor may become one"


@check("exposed-installer", severity=Severity.HIGH, probes=installers, fix_group="exposed-installer")
def exposed_installer(probes: Probes) -> Verdict:
    """A set-up program is still on the web space."""
    return judged(probes)


@lru_cache(maxsize=256)
def _by_marks(one: Installer) -> Proof:
    def proof(answer: Answer) -> str | None:
        if not answer.read:
            return None
        if one.proves(answer.text) is None:
            return installer(answer)
        return installer(answer) or "The platform's set-up program"

    return proof
