"""An administration at an address of its own, which something on the site tells everybody."""

from __future__ import annotations

import re

from checks.admin.doors import any_administrators_login
from checks.places import at, hosted, scripts, shop_platform
from scanner import (
    Answer,
    Finding,
    Knowledge,
    Known,
    NotApplicable,
    Pages,
    Probe,
    Probes,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
    parts_of,
)

MOST = 2
_ADMINISTRATIVE = re.compile(r"admin|back-?(?:office|end)|verwaltung|beheer|zarzad|gestion|manage|panel|control", re.IGNORECASE)
_TELLING = {"magento1": "/catalog/Adminhtml_category/", "magento2": "/catalog/Adminhtml_category/"}
"""Magento sends a visitor of an old-style module address to its administration, renamed or not (magento/magento2 issue 22590)."""
_FRONT_NAME = re.compile(
    r"/(?:index\.php/)?([\w-]{2,60})/(?:index/index|(?:admin/)?dashboard(?:/index)?|admin(?:/index){0,2})(?:/key/[0-9a-f]{16,64})?/?\Z"
)
_NO_LEAK = frozenset({"wp-admin", "administrator", "typo3", "user"})


def telling_places(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """The paths in robots.txt that look like an administration and are no usual one, and Magento's telling address."""
    if hosted(known):
        return ()
    shop = shop_platform(known, knowledge)
    magento = [Probe(at(known.base, _TELLING[shop.key]), front_name, "admin")] if shop and shop.key in _TELLING else []
    listed = [
        Probe(f"/{path}", any_administrators_login, "admin", follow=2) for path in disallowed_administrations(known, knowledge)
    ]
    return tuple([*magento, *listed][:MOST])


def disallowed_administrations(known: Known, knowledge: Knowledge) -> tuple[str, ...]:
    """Paths that robots.txt names, plain ones only, with an administration's word and not at a usual address."""
    usual = {path.path.strip("/").lower() for path in knowledge.generic.admin_paths}
    usual |= {door.path.strip("/").lower() for _, platform in scripts(known, knowledge) for door in platform.doors}
    found = []
    for path in known.disallowed:
        clean = path.removesuffix("$").removesuffix("*")
        name = clean.strip("/").rpartition("/")[2].lower()
        if (
            clean.startswith("/")
            and len(clean) < 100
            and not re.search(r"[*?%\s\"'<>]|//|\.\.", clean)
            and _ADMINISTRATIVE.search(name)
            and name not in usual | _NO_LEAK
            and not set(clean.strip("/").lower().split("/")) & _NO_LEAK
        ):
            found.append(clean)
    return tuple(dict.fromkeys(found))


def front_name(answer: Answer) -> str | None:
    """The administration's name in the address that Magento redirects to; the usual ``admin`` is no leak."""
    if answer.status not in {301, 302, 307, 308}:
        return None
    match = _FRONT_NAME.search(parts_of(answer.header("location") or "").path)
    return match[1] if match and match[1].lower() not in {"admin", "index", "catalog", "customer", "cms"} else None


@check("admin-path-leaked", severity=Severity.MEDIUM, probes=telling_places)
def admin_path_leaked(probes: Probes, pages: Pages | Unavailable) -> Verdict:
    """The administration has an address of its own, and the site tells it."""
    if because := hosted(probes.known):
        return NotApplicable(because)
    unread = [one.because for one in (pages if isinstance(pages, Unavailable) else pages.robots,) if isinstance(one, Unavailable)]
    if not probes.asked and not probes.skipped:
        return judge((), (), unread, "Nothing here names an administration.")
    found = []
    for probed, shown in probes.hits:
        if isinstance(probed.answer, Answer) and probed.answer.header("location"):
            found.append(
                Finding(
                    f"/{shown}/", f"{probed.place} leads to the administration at /{shown}/", (probed.address,), (probed.place,)
                )
            )
        else:
            found.append(Finding(probed.place, f"robots.txt names it. {shown}", (probed.address,), (probed.place,)))
    return judge(found, probes.examined, (*probes.missing, *unread))
