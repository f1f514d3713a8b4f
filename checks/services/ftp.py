"""FTP: passwords in clear, visitors without a name, and what the greeting gives away (RFC 959, RFC 4217)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from scanner import (
    Certificate,
    Finding,
    Found,
    FtpReply,
    FtpServer,
    ImplicitFtps,
    Inconclusive,
    Passed,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
)

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
    place = ftp.place
    if not ftp.open:
        return Passed((place,), f"FTP is not open from here. {ftp.because}".rstrip())
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
    return _at_each(ftp, _nobody)


@check("ftp-open", severity=Severity.INFO)
def ftp_open(ftp: FtpServer) -> Verdict:
    """The FTP server answers strangers."""
    return _at_each(ftp, lambda listener: _answers(listener, ftp.host, ftp.gathered_at))


@check("ftp-version-leak", severity=Severity.LOW)
def ftp_version_leak(ftp: FtpServer) -> Verdict:
    """The FTP server's greeting names its program and version."""
    return _at_each(ftp, _named)


@dataclass(frozen=True, slots=True)
class _Listener:
    """One of the two ports where FTP answers."""

    service: str
    port: int
    greeting: FtpReply | Unavailable
    anonymous: FtpReply | Unavailable
    certificate: Certificate | Unavailable

    @property
    def place(self) -> str:
        return f"{self.service}:{self.port}"


def _listeners(ftp: FtpServer) -> Iterator[_Listener]:
    """Those that are open."""
    if ftp.open:
        yield _Listener("ftp", ftp.port, ftp.greeting, ftp.anonymous, ftp.certificate)
    other = ftp.implicit
    if isinstance(other, ImplicitFtps) and other.open:
        yield _Listener("ftps", other.port, other.greeting, other.anonymous, other.certificate)


def _at_each(ftp: FtpServer, look: Callable[[_Listener], Finding | Unavailable | None]) -> Verdict:
    """look: what is wrong behind a listener, why it stays unknown, or None where all is well."""
    seen = [(listener, look(listener)) for listener in _listeners(ftp)]
    missing = [said.because for _, said in seen if isinstance(said, Unavailable)]
    closed = set() if ftp.open else {ftp.place}
    if isinstance(ftp.implicit, Unavailable):
        missing.append(ftp.implicit.because)
    elif not ftp.implicit.open:
        closed.add(f"ftps:{ftp.implicit.port}")
    examined = closed | {listener.place for listener, said in seen if not isinstance(said, Unavailable)}
    findings = [said for _, said in seen if isinstance(said, Finding)]
    return judge(findings, examined, missing, None if seen else f"FTP is not open from here. {ftp.because}".rstrip())


def _nobody(listener: _Listener) -> Finding | Unavailable | None:
    if isinstance(listener.anonymous, Unavailable):
        return listener.anonymous
    said = _said(listener.anonymous)
    if listener.anonymous.code in LETS_IN:
        return Finding(listener.place, f"The server let “anonymous” in: “{said}”. We looked at nothing and left.")
    if listener.anonymous.wants_tls:
        return Unavailable(f"The server takes logins over TLS only, and we could not ask it there: “{said}”.")
    if listener.anonymous.code >= 500:
        return None
    return Unavailable(f"The server's answer to “anonymous” settles nothing: “{said}”.")


def _answers(listener: _Listener, host: str, now: datetime) -> Finding | Unavailable:
    if isinstance(listener.greeting, Unavailable):
        return listener.greeting
    encrypted = " (encrypted from the start)" if listener.service == "ftps" else ""
    greets = f"An FTP server answers on port {listener.port}{encrypted}: “{_first_line(listener.greeting)}”."
    if isinstance(listener.certificate, Unavailable):
        return Finding(listener.place, greets)
    return Finding(listener.place, f"{greets} {_certificate(listener.certificate, host, now)}")


def _named(listener: _Listener) -> Finding | Unavailable | None:
    if isinstance(listener.greeting, Unavailable):
        return listener.greeting
    named = _VERSION.search(listener.greeting.text)
    return named and Finding(listener.place, f"The greeting names {' '.join(named[0].split())}.")


def _certificate(shown: Certificate, host: str, now: datetime) -> str:
    """What an FTP program will say of it. Nothing here is a finding: on shared hosting the certificate is the host's."""
    if now > shown.not_after:
        fault = f"ran out on {_day(shown.not_after)}"
    elif now < shown.not_before:
        fault = f"is not valid before {_day(shown.not_before)}"
    elif shown.self_signed:
        fault = "was issued by the server itself"
    elif not shown.covers:
        others = ", ".join(shown.names[:3]) or "no name at all"
        return f"Its certificate is for {others}, not for {host}: use the name in the certificate in your FTP program."
    else:
        return f"Its certificate is for {host} and runs until {_day(shown.not_after)}."
    return (
        f"Its certificate {fault}: FTP programs warn of it each time, and a warning that always comes is one that nobody reads."
    )


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _offers_tls(ftp: FtpServer) -> bool:
    return isinstance(ftp.auth_tls, FtpReply) and ftp.auth_tls.code == 234


def _said(reply: FtpReply) -> str:
    return f"{reply.code} {_first_line(reply)}".strip()


def _first_line(reply: FtpReply) -> str:
    """The first line that says something; servers frame their greeting with dashes and stars."""
    lines = (line.strip(" -*=#").rstrip(".") for line in reply.text.split("\n"))
    return next((line for line in lines if line), "")
