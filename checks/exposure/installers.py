"""Set-up programs that were not removed: whoever runs one may set the shop up anew, with a database of his own.

A set-up program is proven by the marks of any platform we know, whatever the shop runs on (nobody recognises a shop that was
never set up), or by a form that asks for a database. One program is one finding, however many of its addresses answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit

from checks.exposure.proofs import database_form
from checks.places import UNSEEN, at, beside, finding, judged, likeliest, own_folders, scripts
from scanner import (
    Answer,
    Finding,
    Knowledge,
    Known,
    Page,
    Pages,
    Probe,
    Probes,
    Proof,
    Severity,
    Unavailable,
    Verdict,
    check,
)
from scanner.platforms import SETTING_UP, Installer

MOST = 7
OF_ADMIN = 4
"""Of those, what the share for administrations and set-up programs pays. What the looks at folders leave pays the rest, where
nobody knows what the shop runs on."""
_USUAL = ("/install/", "/setup/", "/install.php", "/installation/", "/zc_install/", "/installer/", "/installer.php")
_WARNED = "PrestaShop itself warns that its install folder is still there"
_ANY_CREATOR = re.compile(r"<form\b[^<>]{0,400}\baction=\"[^\"<>]{0,200}login\.php\?action=create\b", re.IGNORECASE)

_Marks = tuple[tuple[str, Installer], ...]
"""Each platform's name with a set-up program of its own."""


def installers(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Those of the recognised scripts, the usual names, and the logins that tell on an installer."""
    others = beside(known)
    proof = _set_up(_marks(knowledge))
    own = [
        Probe(at(folder, one.path), proof, "admin", follow=2)
        for folder, platform in sorted(scripts(known, knowledge), key=lambda pair: pair[0] in others)
        for one in platform.installers[: 1 if folder in others else 2]
    ]
    usual = [Probe(at(known.base, path), proof, "admin", follow=2) for path in _USUAL]
    wanted = likeliest(known, (*own, *usual), OF_ADMIN if own else MOST)
    rest = (replace(probe, concern="doors") for probe in wanted[OF_ADMIN:])
    return (*wanted[:OF_ADMIN], *rest, *_telling(known, knowledge))


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
    return _WARNED if "alert-danger" in text and "/install" in text else None


def anyone_creates(answer: Answer) -> str | None:
    """OsCommerce without an administrator lets the first visitor become one."""
    if not answer.read or not _ANY_CREATOR.search(answer.text.replace("'", '"')):
        return None
    return "There is no administrator yet: the first visitor may become one"


@check("exposed-installer", severity=Severity.HIGH, probes=installers, fix_group="exposed-installer")
def exposed_installer(probes: Probes, pages: Pages | Unavailable = UNSEEN) -> Verdict:
    """A set-up program is still on the web space."""
    installed = (*own_folders(probes.known), *beside(probes.known))
    proofs = {proof for probed in probes.asked for proof in probed.proof} - {prestashop_warns, anyone_creates}
    found: dict[str, Finding] = {}
    for probed, shown in probes.hits:
        if shown != _WARNED:
            found.setdefault(_program(urlsplit(probed.address).path, installed), finding(probed, shown))
    names = {_program(probed.place, installed): probed.place for probed in reversed(probes.asked)}
    for page in _candidates(pages):
        source = Answer(page.address, page.status, page.headers, page.html)
        if told := next((said for proof in proofs if (said := proof(source)) is not None), None):
            program = _program(page.path, installed)
            found.setdefault(program, Finding(names.get(program, page.path), told, (page.address,), (page.path,)))
    findings = list(found.values()) or [finding(probed, shown) for probed, shown in probes.hits]
    return judged(probes, findings)


def shown_of(text: str, marks: _Marks) -> str | None:
    """What a page says of a set-up program, as a person is shown it; None where it is none."""
    for name, one in marks:
        if one.proves(text) is not None:
            return database_form(text) or f"The set-up program of {name}"
    return database_form(text)


def _led_to(answer: Answer, marks: _Marks) -> str | None:
    """What a redirect says that was not followed, because where it leads might change something: an installer of a shop that is
    set up goes on with its upgrade."""
    location = answer.header("location") or ""
    return next((f"The set-up program of {name}" for name, one in marks if one.proves_by(location)), None)


def _candidates(pages: Pages | Unavailable) -> list[Page]:
    """The home page, which a shop that was never set up sends everybody from to its set-up program, and the pages that are called
    like one."""
    if isinstance(pages, Unavailable):
        return []
    return [page for page in pages.all if page is pages.home or SETTING_UP.search(page.path)]


def _program(path: str, installed: Collection[str]) -> str:
    """What is the same for all addresses of one set-up program: its folder, or its file in a shop's own folder."""
    folder = path.rpartition("/")[0] + "/"
    return path.removesuffix("index.php") if folder in installed else folder


def _marks(knowledge: Knowledge) -> _Marks:
    return tuple((platform.name, one) for platform in knowledge.platforms.values() for one in platform.installers)


@lru_cache(maxsize=4)
def _set_up(marks: _Marks) -> Proof:
    def proof(answer: Answer) -> str | None:
        return shown_of(answer.text, marks) if answer.read else _led_to(answer, marks)

    return proof
