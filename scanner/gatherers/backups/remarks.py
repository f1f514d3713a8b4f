"""What the tools that write dumps say in comments: who they are, when they worked, and that they came to the end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from scanner.text.calendar_words import MONTHS
from scanner.text.words import plain_words

_LONGEST = 400


class _Tool(NamedTuple):
    """What a tool writes first, and last."""

    first: re.Pattern[bytes]
    last: re.Pattern[bytes]


_TOOLS = tuple(
    _Tool(re.compile(first), re.compile(last))
    for first, last in (
        (rb"-- (?:MySQL|MariaDB) dump \d", rb"-- Dump completed"),  # mysqldump, mariadb-dump
        (rb"-- mysqldump-php", rb"-- Dump completed"),  # the PHP library in many plugins
        (rb"-- PostgreSQL database dump\s*\Z", rb"-- PostgreSQL database dump complete"),
        (rb"-- PostgreSQL database cluster dump\s*\Z", rb"-- PostgreSQL database cluster dump complete"),
        (rb"-- Dump created by MySQL (?:pump|dump) utility", rb"-- Dump end time:"),  # mysqlpump
        (rb"-- Adminer \d", rb"-- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
        (rb"/\* DUPLICATOR(?!_MYSQLDUMP_EOF)", rb"/\* DUPLICATOR_MYSQLDUMP_EOF"),
    )
)
_FAILED = (
    (re.compile(rb"/\*{3,} CORRUPTION ERROR"), "was made of a damaged database, as SQLite says in it"),
    (re.compile(rb"-- due to errors"), "ends with ROLLBACK, because SQLite met errors: restoring it leaves nothing"),
)

_MONTH = r"(?P<month>[^\W\d_]{3,12})\.?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?P<half>\s*[ap]m)?"
_AT = r"(?:[^\W\d_]{1,4} ){0,2}"
_DAYS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?:[ T]+{_CLOCK})?",
        rf"(?P<day>\d{{1,2}})\.? {_MONTH},? (?P<year>\d{{4}})(?:,? +{_AT}{_CLOCK})?",
        rf"(?P<day>\d{{1,2}})(?P<mark>[.-]) ?(?P<month>\d\d?)(?P=mark) ?(?P<year>\d{{4}})(?:,? +{_AT}{_CLOCK})?",
        rf"{_MONTH} (?P<day>\d{{1,2}}), (?P<year>\d{{4}})(?:,? +{_AT}{_CLOCK})?",
        rf"{_MONTH} +(?P<day>\d{{1,2}}) {_CLOCK} (?P<year>\d{{4}})",
    )
)
_OF_THE_DUMP = re.compile(
    rb"complet|gener|start(?:ed| time)|finish|end time|created? (?:on|at)|timestamp|erstell|\bdate\b|\A-- \d{4}-\d\d-\d\d "
    rb"|g\xc3\xa9n\xc3\xa9r|gegener|gera\xc3\xa7|czas gen|vytvo|l\xc3\xa9trehoz|skapa|luonti|olu\xc5\x9ft"
    rb"|\xd1\x81\xd1\x82\xd0\xb2\xd0\xbe\xd1\x80",
    re.IGNORECASE,
)
"""Not every day in a comment is the dump's own: phpMyAdmin writes the words in the language of whoever asked for the dump."""


class Remarks:
    """Reads a dump's comments. failed: why it is no good by its tool's own word; empty where nothing is said."""

    def __init__(self) -> None:
        self.tool = False
        self.failed = ""
        self.made: datetime | None = None
        self._open: list[_Tool] = []
        self._broke_off = False

    @property
    def closed(self) -> bool:
        """Whether every tool that named itself also wrote its last line."""
        return not self._open and not self._broke_off

    def see(self, comment: bytes) -> None:
        """One comment, with its marks: a line, or ``/* … */``."""
        text = comment[:_LONGEST].strip()
        if closed := next((tool for tool in reversed(self._open) if tool.last.match(text)), None):
            self._broke_off = self._broke_off or closed is not self._open[-1]
            del self._open[self._open.index(closed) :]
        elif opened := next((tool for tool in _TOOLS if tool.first.match(text)), None):
            self._broke_off = self._broke_off or opened in self._open
            self._open.append(opened)
            self.tool = True
        self.failed = self.failed or next((words for sign, words in _FAILED if sign.match(text)), "")
        if _OF_THE_DUMP.search(text):
            self.made = moment_in(text.decode("utf-8", "replace")) or self.made


def moment_in(text: str) -> datetime | None:
    """The first day in a text, with its time where one stands behind it. Taken as UTC: most tools name no zone."""
    moments = (_moment(found) for form in _DAYS for found in form.finditer(text))
    return next((moment for moment in moments if moment is not None), None)


def _moment(found: re.Match[str]) -> datetime | None:
    month, half = found["month"], (found["half"] or "").strip().lower()
    hour = int(found["hour"] or 0)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return datetime(
            int(found["year"]),
            int(month) if month.isdecimal() else MONTHS[plain_words(month)],
            int(found["day"]),
            hour,
            int(found["minute"] or 0),
            min(int(found["second"] or 0), 59),
            tzinfo=UTC,
        )
    except (ValueError, KeyError):
        return None
