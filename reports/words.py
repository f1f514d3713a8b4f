"""The report's own words: what areas and severities are called, and the glossary. Plain words for a shop's owner."""

from __future__ import annotations

from datetime import date, datetime

from scanner.plain import plain
from scanner.rules import Severity

AREAS = {
    "transport": "Secure connection (HTTPS)",
    "tls": "Certificate and encryption",
    "exposure": "Files that should not be public",
    "admin": "The administrators' door",
    "versions": "Software and its versions",
    "cohosted": "Other software beside the shop",
    "services": "FTP, SSH and other services",
    "backup": "Backups",
    "browser": "Protection in the visitor's browser",
    "third-party": "Scripts from other companies",
    "mail": "E-mail",
    "policy": "Policies and contacts",
}

SEVERITY_MEANS = {
    Severity.CRITICAL: "Fix today, if you can.",
    Severity.HIGH: "Fix this week.",
    Severity.MEDIUM: "Fix this month.",
    Severity.LOW: "Fix when somebody works on the shop anyway.",
    Severity.INFO: "Good to know; costs no points.",
}

POLITENESS = (
    "We only read: no form was submitted, nothing was changed and nobody's password was tried. "
    "Requests are spaced out, each address is asked for once, and we slow down when the shop does."
)

GLOSSARY = (
    ("Backup", "A copy of the shop's files and database, kept somewhere else, from which the shop can be restored."),
    ("Certificate", "The shop's proof of identity, shown by the padlock. It runs out and must be renewed, mostly automatically."),
    ("Cookie", "A small note that the shop leaves in the visitor's browser, for instance to remember the basket or a login."),
    ("DNS", "The internet's address book: it says which server answers for a name, and who may send mail for it."),
    ("FTP", "An old way to copy files to a server. It sends passwords readable on the way; SFTP replaces it."),
    ("Header", "A line that the server sends along with every page, invisible to visitors. Several protect the browser."),
    ("HSTS", "A header by which a browser remembers to visit the shop by HTTPS only."),
    (".htaccess", "A text file in the shop's folder with settings for the web server Apache. Most shared hosting reads it."),
    ("HTTPS", "The encrypted connection to the shop (https:// in the address). By plain http:// others can read and change it."),
    ("SFTP", "Copying files through SSH: encrypted, and offered by nearly every host. Not the same as FTP."),
    ("SPF, DKIM, DMARC", "Three DNS entries that stop strangers from sending mail in the shop's name."),
    ("SSH", "An encrypted command line on the server, for whoever maintains it."),
    ("TLS", "The encryption behind HTTPS. Old versions of it (1.0 and 1.1) are no longer considered safe."),
    ("Web server", "The program that answers the browser: Apache, nginx, LiteSpeed, Caddy or IIS."),
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def area_name(area: str) -> str:
    """What an area is called on a page."""
    return AREAS.get(area) or plain(area.replace("-", " ").capitalize(), 60)


def counted(number: int, thing: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """Bytes for people, in powers of 1000: ``912 bytes``, ``48 KB``, ``1.3 MB``."""
    if number < 1000:
        return counted(number, "byte")
    if number < 1_000_000:
        return f"{number / 1000:.0f} KB"
    return f"{number / 1_000_000:,.1f} MB"


def duration(seconds: float) -> str:
    """Seconds for people: ``0.8 s``, ``42 s``, ``2 min 14 s``."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def moment(when: datetime) -> str:
    """``21 November 2026, 04:05 UTC``. Times are UTC already."""
    return f"{day(when)}, {when:%H:%M} UTC"


def day(when: date) -> str:
    """``21 November 2026``, in English on every machine."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
