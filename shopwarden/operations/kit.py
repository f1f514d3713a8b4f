"""The kit: policies, breach notices and lists of one shop, written into a folder as documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

from reports.i18n.language import Language, UnknownLanguage, language
from reports.kits.documents import Authority, Document, KitFacts, Leaver, Login, Somebody, documents
from reports.kits.docx import NEEDS_EXTRA, can_make_docx, docx_of
from scanner.evidence import OwnersRecord, Person
from scanner.scope.target import Target, written_name
from scanner.settings.models import Settings
from scanner.settings.regulators import recorded, regulators
from scanner.text.atomic_write import atomic_write
from scanner.text.clock import Clock
from shopwarden.operations.errors import Refused
from shopwarden.operations.reviews import Kept, kept

OWNER_ONLY = 0o600
"""The documents name people and their phones."""


def kit_of(settings: Settings, site: str, code: str | None, clock: Clock) -> tuple[KitFacts, Language]:
    """What the documents say of a shop, and their language. code: as the caller says; None: as the configuration says.

    Raises Refused and BadSettings.
    """
    (one,) = kept(settings, site, clock)
    given = {"language": code} if code else {}
    try:
        spoken = language(settings.options_for(one.shop.site, given).language)
    except UnknownLanguage as error:
        raise Refused(str(error)) from error
    return _facts(one, spoken), spoken


def _facts(one: Kept, spoken: Language) -> KitFacts:
    record = one.record
    target = Target.of(one.shop.site.url)
    known = regulators().get(record.regulator)
    return KitFacts(
        shop=one.shop.name,
        url=str(target.url).rstrip("/"),
        host=written_name(target.host),
        today=record.today,
        recorded=recorded(),
        team=tuple(Somebody(member.name, member.role, member.phone) for member in record.team or ()),
        regulator=Authority(known.name, known.site, known.form, spoken.repeat(known.law), known.hours) if known else Authority(),
        accounts=tuple(Login(account.name, account.where) for account in record.accounts),
        leavers=tuple(_leaver(person, record, spoken) for person in record.persons if person.left is not None),
    )


def _leaver(person: Person, record: OwnersRecord, spoken: Language) -> Leaver:
    reached = tuple(Login(account.name, account.where) for account in record.reached_by(person.name))
    team = person.name in {member.name for member in record.team or ()}
    return Leaver(person.name, spoken.day(person.left) if person.left else "", reached, team)


def made(facts: KitFacts, spoken: Language) -> tuple[Document, ...]:
    """The documents. Pure."""
    return documents(facts, spoken)


def write_kit(folder: Path, made: tuple[Document, ...], code: str, day: date, *, replace: bool) -> tuple[str, ...]:
    """Each document as Markdown, and as DOCX where this installation makes it. What could not be written, in words.

    replace: whether documents that lie there already, which somebody may have filled in, are written over. Raises Refused.
    """
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder}: is a file; give a folder")
    files = dict(_files(made, code, day))
    if not replace and (there := [name for name in files if (folder / name).exists()]):
        raise Refused(f"{folder / there[0]}: is there already, and may have been filled in; give another folder, or --replace")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Refused(f"{folder}: cannot be made ({error.strerror})") from error
    problems = [] if can_make_docx() else [f"only Markdown was written: {NEEDS_EXTRA}"]
    for name, content in files.items():
        try:
            atomic_write(folder / name, content(), mode=OWNER_ONLY)
        except OSError as error:
            problems.append(f"{folder / name}: cannot be written ({error.strerror})")
    return tuple(problems)


def _files(made: tuple[Document, ...], code: str, day: date) -> Iterator[tuple[str, Callable[[], str | bytes]]]:
    """File name → its content, numbered in the order in which they are needed."""
    for number, document in enumerate(made, 1):
        stem = f"{number:02}-{document.name}"
        yield f"{stem}.md", partial(str, document.markdown)
        if can_make_docx():
            yield f"{stem}.docx", partial(docx_of, document, code, day)


def unknown_regulator(facts: KitFacts) -> str:
    """What to write into the configuration so that the authority stands in the notices; "" where it does."""
    return "" if facts.regulator.name else '[site.breach] regulator = "…" (docs/regulators.md)'
