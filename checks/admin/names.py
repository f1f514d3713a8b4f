"""User names that a WordPress hands out: half of a login, and the whole of it where one is ``admin``."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from urllib.parse import unquote

from checks.places import at, not_here
from scanner import Answer, Finding, Installations, Known, Probe, Probes, Severity, Unavailable, Verdict, check, judge, parts_of

MOST = 3
_MOST_SHOWN = 5
_DEFAULTS = frozenset({"admin", "administrator", "root", "webmaster", "test", "demo", "manager", "shopadmin", "wordpress"})
_AUTHOR = re.compile(r"/author/([^/?#]{1,60})/?\Z")
_NAME = re.compile(r"[\w.@-]{1,60}\Z")


def user_lists(known: Known) -> tuple[Probe, ...]:
    """Where each WordPress tells its users: the list for programs, and the address of the first author's articles."""
    folders = [directory for directory, key in known.platforms if key == "wordpress"]
    paths = [at(folder, "/?author=1") for folder in folders] + [at(folder, "/wp-json/wp/v2/users") for folder in folders]
    return tuple(
        Probe(path, any_names, "admin") for path in sorted(paths, key=lambda path: folders.index(_folder(path[1:])))[:MOST]
    )


@lru_cache(maxsize=64)
def names_in(answer: Answer) -> tuple[str, ...]:
    """The user names in an answer: in the list of users, or in the address that ``?author=1`` leads to."""
    if answer.status in {301, 302, 307, 308}:
        path = parts_of(answer.header("location") or "").path
        match = _AUTHOR.search(path) if "?author=" in answer.address else None
        return tuple(name for name in [unquote(match[1])] if _NAME.match(name)) if match else ()
    if not answer.read or not answer.text.lstrip().startswith("["):
        return ()
    try:
        users = json.loads(answer.text)
    except (ValueError, RecursionError):
        return ()
    listed = [user for user in users if isinstance(user, dict) and isinstance(user.get("id"), int)]
    slugs = [user.get("slug") for user in listed]
    return tuple(dict.fromkeys(slug for slug in slugs if isinstance(slug, str) and _NAME.match(slug)))


def any_names(answer: Answer) -> str | None:
    """The names, as a person is shown them."""
    names = names_in(answer)
    more = " …" if len(names) > _MOST_SHOWN else ""
    return f"User names: {', '.join(names[:_MOST_SHOWN])}{more}" if names else None


@check("admin-user-enumeration", severity=Severity.LOW, probes=user_lists)
def admin_user_enumeration(probes: Probes, installations: Installations | Unavailable) -> Verdict:
    """The site hands out its users' names."""
    return _judged(probes, installations, [(probed.place, probed.address, shown) for probed, shown in probes.hits])


@check("admin-default-username", severity=Severity.MEDIUM, probes=user_lists)
def admin_default_username(probes: Probes, installations: Installations | Unavailable) -> Verdict:
    """An administrator has the name that everybody tries first."""
    found = []
    for probed, _ in probes.hits:
        usual = (
            [name for name in names_in(probed.answer) if name.lower() in _DEFAULTS] if isinstance(probed.answer, Answer) else []
        )
        if usual:
            found.append((probed.place, probed.address, f"There is a user called “{usual[0]}”"))
    return _judged(probes, installations, found)


def _judged(probes: Probes, installations: Installations | Unavailable, found: list[tuple[str, str, str]]) -> Verdict:
    """One finding an installation, whichever of its addresses tells."""
    if not probes.asked and not probes.skipped:
        return not_here(installations, "No WordPress was found here; other platforms do not hand out their users' names.")
    return judge(
        (Finding(_folder(place), shown, (address,), (place,)) for place, address, shown in found), probes.examined, probes.missing
    )


def _folder(place: str) -> str:
    """The installation's directory: its path without what was asked for in it."""
    return place.partition("?")[0].removesuffix("wp-json/wp/v2/users")
