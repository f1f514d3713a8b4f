"""Administrators' logins at addresses that everybody knows."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from checks.exposure.debugging import without_examples
from checks.places import hosted, likeliest, not_here, scripts
from scanner import (
    Answer,
    Finding,
    Installations,
    Knowledge,
    Known,
    NotApplicable,
    Probe,
    Probed,
    Probes,
    Proof,
    Severity,
    Unavailable,
    Verdict,
    Was,
    check,
    judge,
    parts_of,
)
from scanner.platforms import Door

MOST = 14
MOST_FIXED = 2
"""Addresses asked for in all, so that the budget's share for administrations and set-up programs suffices."""

FOLLOW = 3
"""Redirects: WordPress leads from /admin/index.php over /admin/ and /wp-admin/ to its login."""

_PASSWORD = re.compile(r"<input\b[^<>]{0,400}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_HEADING = re.compile(r"<h[1-3]\b[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_ACTION = re.compile(r"<form\b[^<>]{0,600}\baction\s*=\s*[\"']?([^\"'<>\s]{1,300})", re.IGNORECASE)
_FORM_TAG = re.compile(r"<(/?)form\b", re.IGNORECASE)
_ADDRESS = r"\s*=\s*(?:\"([^\"]{0,600})\"|'([^']{0,600})'|([^\"'<>\s]{1,600}))"
_SENDS_TO = re.compile(rf"(?<![\w-])action{_ADDRESS}", re.IGNORECASE)
_BUTTON_SENDS_TO = re.compile(rf"(?<![\w-])formaction{_ADDRESS}", re.IGNORECASE)
_BASE = re.compile(r"<base\b[^<>]{0,200}?\bhref\s*=\s*[\"']?([^\"'<>\s]{1,600})", re.IGNORECASE)
_UPGRADE = re.compile(r"(?:^|;)\s*upgrade-insecure-requests\s*(?:;|$)", re.IGNORECASE)
_ADMINISTRATORS = re.compile(
    r"\badmin|administra|\bback[ -]?(?:office|end)\b|\bcontrol ?panel\b|\bmanagement\b|\bstore ?manager\b"
    r"|\bverwaltung|\bbeheer|\bpanel sklepu\b|\bzarzadzanie|\bzarządzanie|\bgestion\b|\bgestione\b|\badministraci",
    re.IGNORECASE,
)


def admin_paths(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Each installation's default administration addresses first, then the names that any script may use."""
    own = [
        Probe(_at_root(directory, door.path), _by_marks(door), "admin", follow=FOLLOW)
        for directory, platform in scripts(known, knowledge)
        for door in platform.doors
        if not door.fixed
    ]
    usual = [
        Probe(_at_root(known.base, path.path), any_administrators_login, path.concern, follow=FOLLOW)
        for path in knowledge.generic.admin_paths
    ]
    return likeliest(known, (*own, *usual), MOST)


def fixed_paths(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Administration addresses that cannot be moved (WordPress, Joomla)."""
    wanted = (
        Probe(_at_root(directory, door.path), _by_marks(door), "admin", follow=FOLLOW)
        for directory, platform in scripts(known, knowledge)
        for door in platform.doors
        if door.fixed
    )
    return likeliest(known, wanted, MOST_FIXED)


def all_paths(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """Both, by http as well."""
    return tuple(replace(probe, plain=True) for probe in (*admin_paths(known, knowledge), *fixed_paths(known, knowledge)))


def any_administrators_login(answer: Answer) -> str | None:
    """A form with a password field on a page that calls itself an administration; a customers' login is none."""
    if not answer.read or not _PASSWORD.search(answer.text):
        return None
    titles = (*_texts(_TITLE, answer.text), *_texts(_HEADING, answer.text))
    called = next((words for words in titles if _ADMINISTRATORS.search(words)), None)
    action = next((match[1] for match in _ACTION.finditer(answer.text) if _ADMINISTRATORS.search(match[1])), None)
    if called:
        return f"A login form on a page called “{called}”"
    return f"A login form that sends to {action}" if action else None


@check("admin-default-path", severity=Severity.MEDIUM, probes=admin_paths)
def admin_default_path(probes: Probes) -> Verdict:
    """The shop's administration lies where everybody looks first."""
    if because := hosted(probes.known):
        return NotApplicable(because)
    return judge(_logins(probes), probes.examined, probes.missing, _praise(probes))


@check("admin-login-public", severity=Severity.INFO, probes=fixed_paths)
def admin_login_public(probes: Probes, installations: Installations | Unavailable) -> Verdict:
    """The administrators' login is open to everybody, at an address that cannot be moved."""
    if not probes.asked and not probes.skipped:
        return not_here(installations, "No script with a fixed administration address was found here.")
    return judge(_logins(probes), probes.examined, probes.missing, _praise(probes))


@check("admin-over-http", severity=Severity.CRITICAL, probes=all_paths, fix_group="https-redirect-missing")
def admin_over_http(probes: Probes) -> Verdict:
    """An administrators' password travels unencrypted."""

    def problem(probed: Probed, shown: str) -> tuple[str, str] | None:
        for login in _pages_of(probed):
            if target := password_by_http(login):
                by_http = login.address.startswith("http://")
                return (f"{shown}, over plain http" if by_http else f"The login form sends to {target}", login.address)
        return None

    return _by_http(probes, problem)


@check(
    "admin-page-over-http",
    severity=Severity.MEDIUM,
    probes=all_paths,
    fix_group="https-redirect-missing",
    was=Was("admin-over-http"),
)
def admin_page_over_http(probes: Probes) -> Verdict:
    """The administrators' login page comes unencrypted, though its form sends the password to https."""

    def problem(probed: Probed, shown: str) -> tuple[str, str] | None:
        pages = _pages_of(probed)
        plain = next((login for login in pages if login.address.startswith("http://")), None)
        if plain is None or any(map(password_by_http, pages)):
            return None
        if not _PASSWORD.search(plain.text):  # a script draws the form, and only it knows where that sends
            return f"{shown}, over plain http", plain.address
        return f"{shown}, over plain http; its form sends to https", plain.address

    return _by_http(probes, problem)


def _by_http(probes: Probes, problem: Callable[[Probed, str], tuple[str, str] | None]) -> Verdict:
    """problem: what is wrong with a login, and the address that shows it."""
    if because := hosted(probes.known):
        return NotApplicable(because)
    found, missing = [], list(probes.missing)
    for subject, probed, shown in _distinct(probes):
        if seen := problem(probed, shown):
            found.append(Finding(subject, seen[0], (seen[1],), (probed.place,)))
        elif isinstance(probed.plain, Unavailable):
            missing.append(probed.plain.because)
    half = {probed.place for probed in probes.asked if probed.plain is not None and not _examined(probed.plain)}
    return judge(found, (place for place in probes.examined if place not in half), missing)


def _pages_of(probed: Probed) -> list[Answer]:
    """The login as https shows it, and as http does."""
    return [one for one in (probed.answer, probed.plain) if isinstance(one, Answer) and probed.proves(one)]


def password_by_http(login: Answer) -> str | None:
    """Where a login's password goes unencrypted; None where it does not.

    A form without an address sends to its page, as does a field that stands in no form. ``formaction`` of a button goes before
    the form's own, and a page's ``upgrade-insecure-requests`` makes https of every address that its forms send to.
    """
    if any(_UPGRADE.search(policy) for policy in login.all("content-security-policy")):
        return None
    text = without_examples(login.text)
    base = _BASE.search(text)
    here = _joined(login.address, html.unescape(base[1])) if base else login.address
    for form in _forms(text):
        if _PASSWORD.search(form):
            opening, _, inside = form.partition(">")
            own = _SENDS_TO.search(opening) if form.lower().startswith("<form") else None
            targets = [login.address if own is None or not _value(own) else _joined(here, _value(own))]
            targets += [_joined(here, _value(other)) for other in _BUTTON_SENDS_TO.finditer(inside)]
            if plain := next((target for target in targets if target.lower().startswith("http://")), None):
                return plain
    return None


def _forms(text: str) -> Iterator[str]:
    """The source of each form, and of what stands between them."""
    start = 0
    for tag in _FORM_TAG.finditer(text):
        yield text[start : tag.start()]
        start = tag.start()
    yield text[start:]


def _value(match: re.Match[str]) -> str:
    return html.unescape(next((part for part in match.groups() if part is not None), "")).strip()


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _examined(answer: Answer | Unavailable) -> bool:
    return isinstance(answer, Answer) and answer.examined


def _logins(probes: Probes) -> Iterable[Finding]:
    return [Finding(subject, shown, (probed.address,), (probed.place,)) for subject, probed, shown in _distinct(probes)]


def _distinct(probes: Probes) -> list[tuple[str, Probed, str]]:
    """One login, one finding: /admin/, /admin/index.php and /admin/login.php are one, called by its folder, whichever of them
    answered tonight; so is /backend/ that leads there. The rest of the address that a login redirects to names nothing: it may
    hold a key of its own for every visitor."""
    installed = {probes.known.base, *(directory for directory, _ in probes.known.platforms)}
    names = {probed.place: _login(probed.place, installed) for probed in probes.asked}
    seen: dict[str, tuple[str, Probed, str]] = {}
    for probed, shown in probes.hits:
        end = parts_of(probed.address).path
        above = [name for name in names.values() if end.startswith(name)]
        subject = max(above, key=len, default=names[probed.place])
        seen.setdefault(subject, (subject, probed, shown))
    return list(seen.values())


def _login(place: str, installed: Collection[str]) -> str:
    """What the login at a place is called: its folder, or itself where it lies in a script's own."""
    folder = urlsplit(place).path.rpartition("/")[0] + "/"
    return place if folder in installed else folder


def _praise(probes: Probes) -> str | None:
    """What protects an administration that is there, as far as it shows."""
    guarded = [probed.place for probed in probes.asked if isinstance(probed.answer, Answer) and probed.answer.status == 401]
    return f"A second password protects {', '.join(guarded[:3])}. Good." if guarded else None


@lru_cache(maxsize=256)
def _by_marks(door: Door) -> Proof:
    def proof(answer: Answer) -> str | None:
        if not answer.read:
            return None
        if door.proves(answer.text) is not None:
            title = next(_texts(_TITLE, answer.text), "")
            return f"{door.name or 'The administrators’ login'}{f' (“{title}”)' if title else ''}"
        return any_administrators_login(answer)

    return proof


def _texts(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """What stands in each title or heading, as a person reads it."""
    return (" ".join(html.unescape(match[1]).split()) for match in pattern.finditer(text))


def _at_root(directory: str, path: str) -> str:
    """A path inside one installation, as an address on the host: it is not asked for in every other installation."""
    return "/" + directory.rstrip("/") + path
