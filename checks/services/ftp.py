"""FTP: passwords in clear, visitors without a name, and what the greeting gives away (RFC 959, RFC 4217)."""

from __future__ import annotations

import re

from scanner import Found, FtpReply, FtpServer, Inconclusive, Passed, Severity, Unavailable, Verdict, check

LETS_IN = frozenset({230, 232})
ASKS_ON = frozenset({331, 332}) | LETS_IN
"""What an FTP server answers to a user name that it goes on with (RFC 959 4.2.2, RFC 2228 3)."""
_NOBODY_BUT_ANONYMOUS = re.compile(r"\banonymous (?:access |logins? )?only\b", re.IGNORECASE)

_SUFFIX = r"[a-z]{0,3}\d{0,2}\b(?!\.\d)"
_VERSION = re.compile(
    r"\b(?:[\w-]{0,20}ftp[\w-]{0,20}|serv-u|filezilla|wu|titan|xlight|cerberus|gene6|microsoft)"
    r"(?:[ (/_:-]{1,3}(?:ftps?d?|server|service|daemon|station|turbo|version|release|ver\.?)){0,4}"
    # two or three numbers, not the four of an IPv4 address; after a "v", four are a version too
    rf"[ (/_:-]{{0,3}}(?:-? ?\d{{1,4}}(?:\.\d{{1,5}}){{1,2}}{_SUFFIX}|v\.? ?\d{{1,4}}(?:\.\d{{1,5}}){{1,3}}{_SUFFIX})",
    re.IGNORECASE,
)


@check("ftp-plaintext", severity=Severity.HIGH)
def ftp_plaintext(ftp: FtpServer) -> Verdict:
    """The FTP server takes passwords over an unencrypted connection."""
    place = _place(ftp)
    if not ftp.open:
        return _closed(ftp)
    if isinstance(ftp.user, Unavailable):
        return Inconclusive(ftp.user.because)
    said = _said(ftp.user)
    if ftp.user.code in ASKS_ON:
        asks = "let a user in without any password" if ftp.user.code in LETS_IN else "asked for a password"
        more = " It offers encryption (AUTH TLS), but does not insist on it." if _offers_tls(ftp) else ""
        return Found.at(place, f"Without encryption, the server {asks}: “{said}”.{more}")
    if ftp.user.wants_tls:
        return Passed((place,), f"The server takes no login without encryption: “{said}”.")
    if ftp.user.code == 530 and _NOBODY_BUT_ANONYMOUS.search(ftp.user.text):
        return Passed((place,), f"The server takes no logins with a password of yours: “{said}”.")
    return Inconclusive(f"The server refused our made-up user name before it asked for a password: “{said}”.", (place,))


@check("ftp-anonymous", severity=Severity.HIGH)
def ftp_anonymous(ftp: FtpServer) -> Verdict:
    """Anybody can log in to the FTP server as “anonymous”."""
    place = _place(ftp)
    if not ftp.open:
        return _closed(ftp)
    if isinstance(ftp.anonymous, Unavailable):
        return Inconclusive(ftp.anonymous.because)
    said = _said(ftp.anonymous)
    if ftp.anonymous.code in LETS_IN:
        return Found.at(place, f"The server let “anonymous” in: “{said}”. We looked at nothing and left.")
    if ftp.anonymous.wants_tls:
        return Inconclusive(f"The server takes logins over TLS only, and we could not ask it there: “{said}”.", (place,))
    if ftp.anonymous.code >= 500:
        return Passed((place,), f"The server refused “anonymous”: “{said}”.")
    return Inconclusive(f"The server's answer to “anonymous” settles nothing: “{said}”.", (place,))


@check("ftp-open", severity=Severity.INFO)
def ftp_open(ftp: FtpServer) -> Verdict:
    """The FTP server answers strangers."""
    place = _place(ftp)
    if not ftp.open:
        return _closed(ftp)
    if isinstance(ftp.greeting, Unavailable):
        return Inconclusive(ftp.greeting.because)
    return Found.at(place, f"An FTP server answers on port {ftp.port}: “{_first_line(ftp.greeting)}”.")


@check("ftp-version-leak", severity=Severity.LOW)
def ftp_version_leak(ftp: FtpServer) -> Verdict:
    """The FTP server's greeting names its program and version."""
    place = _place(ftp)
    if not ftp.open:
        return _closed(ftp)
    if isinstance(ftp.greeting, Unavailable):
        return Inconclusive(ftp.greeting.because)
    if (named := _VERSION.search(ftp.greeting.text)) is not None:
        return Found.at(place, f"The greeting names {' '.join(named[0].split())}.")
    return Passed((place,))


def _place(ftp: FtpServer) -> str:
    return f"ftp:{ftp.port}"


def _closed(ftp: FtpServer) -> Passed:
    return Passed((_place(ftp),), f"FTP is not open from here. {ftp.because}".rstrip())


def _offers_tls(ftp: FtpServer) -> bool:
    return isinstance(ftp.auth_tls, FtpReply) and ftp.auth_tls.code == 234


def _said(reply: FtpReply) -> str:
    return f"{reply.code} {_first_line(reply)}".strip()


def _first_line(reply: FtpReply) -> str:
    """The first line that says something; servers frame their greeting with dashes and stars."""
    lines = (line.strip(" -*=#").rstrip(".") for line in reply.text.split("\n"))
    return next((line for line in lines if line), "")
