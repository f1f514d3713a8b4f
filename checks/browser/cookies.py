"""Cookies as RFC 6265 and its successor (draft-ietf-httpbis-rfc6265bis) read them, and sessions that travel in addresses.

Subject is the cookie's or the parameter's name; places are the pages that set it. Only the shop's own cookies count, and of these
only what its owner can change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_tz
from urllib.parse import parse_qsl, urlsplit

from checks.browser.cookie_names import FOR_SCRIPTS, NOT_SESSIONS, NOT_THE_OWNERS, SESSION_LIKE, SESSION_PARAMETERS
from checks.hosted import why_not_the_owners
from scanner import Cookie, Finding, Installations, NotApplicable, Page, Pages, Severity, Unavailable, Verdict, check, judge

MOST_LOCATIONS = 10
_RANDOM_TAIL = re.compile(r"(?<=^aspsessionid)[a-z]{8}$", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z0-9,._-]{16,256}|…")
_PATH_PARAMETER = re.compile(r";(jsessionid|sid|phpsessid)=([^;/?]+)", re.IGNORECASE)


@check("cookie-insecure", severity=Severity.MEDIUM, fix_group="cookie-insecure")
def cookie_insecure(pages: Pages, installations: Installations | Unavailable) -> Verdict:
    """The session cookie also travels by unencrypted http."""

    def problem(cookie: Cookie) -> str:
        return "" if cookie.attribute("secure") is not None or not is_session(cookie) else "no Secure attribute"

    if not any(_secure(page) for page in pages.all):
        return NotApplicable("The shop has no https yet; that comes first.")
    return _judge(pages, installations, problem, _secure)


@check("cookie-script-readable", severity=Severity.MEDIUM, fix_group="cookie-script-readable", fix_by_hand=["nginx"])
def cookie_script_readable(pages: Pages, installations: Installations | Unavailable) -> Verdict:
    """Scripts can read the session cookie, foreign ones too."""

    def problem(cookie: Cookie) -> str:
        if cookie.attribute("httponly") is not None or not is_session(cookie) or FOR_SCRIPTS.search(cookie.name):
            return ""
        return "no HttpOnly attribute"

    return _judge(pages, installations, problem)


@check("cookie-samesite-missing", severity=Severity.LOW)
def cookie_samesite_missing(pages: Pages, installations: Installations | Unavailable) -> Verdict:
    """A cookie does not say whether it goes along when another site calls the shop."""

    def problem(cookie: Cookie) -> str:
        value = (cookie.attribute("samesite") or "").strip().lower()
        if value == "none":
            return "" if cookie.attribute("secure") is not None else "SameSite=None without Secure (browsers refuse it)"
        return "" if value in {"lax", "strict"} else f"SameSite={value[:20]} (unknown)" if value else "no SameSite attribute"

    return _judge(pages, installations, problem)


@check("session-id-in-url", severity=Severity.MEDIUM)
def session_id_in_url(pages: Pages) -> Verdict:
    """The visitor's session stands in the shop's addresses."""
    findings = []
    hosts = {urlsplit(page.address).hostname for page in pages.all}
    for page in pages.all:
        for cookie in page.cookies:
            if cookie.parameter and is_session(cookie) and not NOT_THE_OWNERS.match(cookie.name):
                shown = f"{page.path} links to addresses with {cookie.parameter}=…, the value of the cookie {cookie.name}"
                findings.append(Finding(cookie.parameter, shown, (_without_query(page.address),), (page.path,)))
        for address in (page.address, *(link.address for link in page.links), *(form.action for form in page.forms)):
            for name in _sessions_in(address, hosts):
                shown = f"{page.path} links to addresses with {name}=…"
                findings.append(Finding(name, shown, (_without_query(page.address),), (page.path,)))
    return judge(findings, (page.path for page in pages.all))


def is_session(cookie: Cookie) -> bool:
    """Whether it is a session's: the same value also travels in addresses, or the name is one of a session and the value, where
    it is known, is long and random enough to be one."""
    if NOT_SESSIONS.match(cookie.name):
        return False
    named = SESSION_PARAMETERS.match(cookie.name) or (SESSION_LIKE.search(cookie.name) and cookie.opaque is not False)
    return bool(cookie.parameter or named)


def _sessions_in(address: str, hosts: set[str | None]) -> Iterator[str]:
    """The parameters of an address of the shop that hold a session; a short value is a choice and no session."""
    try:
        parts = urlsplit(address)
        if parts.hostname not in hosts:
            return
        pairs = parse_qsl(parts.query, max_num_fields=100)
    except ValueError:
        return
    for name, value in [*pairs, *_PATH_PARAMETER.findall(parts.path)]:
        digits = any(character.isdigit() for character in value) or value == "…"
        if SESSION_PARAMETERS.match(name) and _IDENTIFIER.fullmatch(value) and digits:
            yield name


def _judge(
    pages: Pages,
    installations: Installations | Unavailable,
    problem: Callable[[Cookie], str],
    counts: Callable[[Page], bool] = lambda _page: True,
) -> Verdict:
    if why := why_not_the_owners(installations):
        return NotApplicable(why)
    findings, spared = [], set()
    for page in pages.all:
        for cookie in _kept(page.cookies, pages.gathered_at) if counts(page) else ():
            wrong = problem(cookie)
            if wrong and NOT_THE_OWNERS.match(cookie.name):
                spared.add(cookie.name)
            elif wrong:
                name = _RANDOM_TAIL.sub("…", cookie.name)
                findings.append(
                    Finding(name, f"Set-Cookie: {name}=… has {wrong}.", (_without_query(page.address),), (page.path,))
                )
    because = f"Set by services that you cannot change: {', '.join(sorted(spared)[:5])}." if spared else None
    return judge(findings, (page.path for page in pages.all), because=because)


def _kept(cookies: Iterable[Cookie], now: datetime) -> Iterator[Cookie]:
    """What a browser holds in the end: of equal names for the same place the last, and none that was only taken away (RFC 6265
    5.3)."""
    last = {(cookie.name, cookie.attribute("path"), cookie.attribute("domain")): cookie for cookie in cookies}
    return (cookie for cookie in last.values() if not _deleted(cookie, now))


def _deleted(cookie: Cookie, now: datetime) -> bool:
    age = (cookie.attribute("max-age") or "").strip()
    if re.fullmatch(r"-?[0-9]{1,12}", age):
        return int(age) <= 0
    date = parsedate_tz((cookie.attribute("expires") or "")[:100])
    try:
        return date is not None and datetime(*date[:6], tzinfo=UTC) < now
    except (ValueError, OverflowError):  # a day that no calendar has
        return False


def _secure(page: Page) -> bool:
    """A cookie that is set by http has another, worse problem: the missing https."""
    return urlsplit(page.address).scheme == "https"


def _without_query(address: str) -> str:
    """Where a session may stand, nothing is shown."""
    parts = urlsplit(address)
    return parts._replace(query="", fragment="", path=_PATH_PARAMETER.sub("", parts.path)).geturl()
