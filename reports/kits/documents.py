"""The documents of the kit: policies, notices after a breach and lists, made from templates in a shop's language. Pure.

A template is Markdown with Jinja in it (``reports/i18n/CODE/kit``), so that a page and a text processor get the same. Whatever is
the shop's own is escaped; what only people know is a blank, marked so that nobody overlooks it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from reports.i18n.language import Language
from scanner.text.sanitize import sanitize

DOCUMENTS = (
    "communication-policy",
    "email-policy",
    "customer-identification",
    "breach-notice-customers",
    "breach-notice-regulator",
    "breach-notice-partners",
    "breach-notice-staff",
    "breach-line-website",
    "incident-diary",
    "incident-review",
    "leavers-list",
)
"""In the order in which they are needed: first what every shop has, then what is ready for the day when it happens."""
OPENED, CLOSED = "⟦", "⟧"
BLANK = re.compile(f"{OPENED}[^{OPENED}{CLOSED}]*{CLOSED}")
"""What is left to fill in."""
_MARKS = re.compile(r"[\\`*_\[\]<>|~]|&(?=#?\w+;)")
"""What Markdown would read as a mark in the middle of a line; there, a shop's words always stand."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:/%-]+", re.ASCII)
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Somebody:
    """A member of the breach team."""

    name: str
    role: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the register."""

    name: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who left or will: left is the last day in words, or "". team: whether he stands in the breach team."""

    name: str
    left: str
    accounts: tuple[Login, ...]
    team: bool


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom to tell. hours: 0 where the law names none; all empty where nobody is configured."""

    name: str = ""
    site: str = ""
    form: str = ""
    law: str = ""
    hours: int = 0


@dataclass(frozen=True, slots=True)
class KitFacts:
    """What the documents know of a shop. recorded: the day up to which authorities and deadlines are right.

    trained: the day on which staff was trained last, in words. protected: what protected the data, as far as is known: ``https``,
    ``updates``, ``backups``, ``factor``; looked: the day of the scan that says so, in words. Of an incident, in words or "":
    noticed, deadline: day and hour; happened: what; data: which.
    """

    shop: str
    url: str
    host: str
    today: date
    recorded: date
    team: tuple[Somebody, ...] = ()
    regulator: Authority = Authority()
    accounts: tuple[Login, ...] = ()
    leavers: tuple[Leaver, ...] = ()
    trained: str = ""
    protected: frozenset[str] = frozenset()
    looked: str = ""
    noticed: str = ""
    deadline: str = ""
    happened: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One document. blanks: what is left to fill in, in its order."""

    name: str
    title: str
    markdown: str
    blanks: tuple[str, ...]


class _Ready(str):
    """Markdown of ours, in place of a text to be escaped."""

    __slots__ = ()


def documents(facts: KitFacts, language: Language) -> tuple[Document, ...]:
    """Every document, in a language that has templates for them."""
    return tuple(_document(name, facts, language) for name in DOCUMENTS)


def _document(name: str, facts: KitFacts, language: Language) -> Document:
    values: dict[str, Any] = {one.name: getattr(facts, one.name) for one in fields(KitFacts)}
    values |= {"today": language.day(facts.today), "recorded": language.day(facts.recorded)}
    head, body = (_templates().get_template(f"{language.code}/{part}").render(values).strip() for part in ("_head", name))
    title, _, text = body.partition("\n")
    markdown = re.sub(r"\n{3,}", "\n\n", f"{title}\n\n{head}\n\n{text.strip()}\n")
    blanks = tuple(found.strip(OPENED + CLOSED + " ") for found in BLANK.findall(f"{title}\n{text}"))
    return Document(name, title.removeprefix("# ").replace("\\", ""), markdown, blanks)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        finalize=_escaped,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Markdown: ``finalize`` escapes as Markdown wants it
    )
    made.globals.update(blank=_blank, first=_first, phone=_phone)
    return made


def _source(path: str) -> str:
    code, _, name = path.partition("/")
    return files("reports.i18n").joinpath(code, "kit", f"{name}.md").read_text(encoding="utf-8")


def _escaped(value: object) -> str:
    """What is put into a template: the shop's own words can neither be Markdown nor seem to be a blank."""
    if isinstance(value, _Ready):
        return value
    text = " ".join(re.sub(f"[{OPENED}{CLOSED}]", "", sanitize(str(value), _LONGEST)).split())
    return text if _ADDRESS.fullmatch(text) else _MARKS.sub(r"\\\g<0>", text)


def _blank(what: str) -> _Ready:
    """A place to be filled in. what: what belongs there."""
    return _Ready(f"{OPENED} {what} {CLOSED}")


def _first(team: Sequence[Somebody]) -> str:
    """Who is called first, or ""."""
    return team[0].name if team else ""


def _phone(team: Sequence[Somebody]) -> str:
    return team[0].phone if team else ""
