"""The kit: policies, breach notices and lists of one shop, written into a folder as documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from reports.i18n.language import Language, UnknownLanguage, language
from reports.kits.documents import Authority, Document, KitFacts, Leaver, Login, Somebody, documents
from reports.kits.docx import NEEDS_EXTRA, can_make_docx, docx_of
from scanner.evidence import OwnersRecord, Person
from scanner.history.store import REACHED
from scanner.history.trend import MOST_SCANS
from scanner.results.document import ScanDocument
from scanner.rules.rule import Severity
from scanner.scope.target import Target, written_name
from scanner.settings.models import Settings
from scanner.settings.regulators import recorded, regulators
from scanner.text.atomic_write import atomic_write
from scanner.text.clock import Clock
from shopwarden.operations.errors import Refused
from shopwarden.operations.recorded import opened
from shopwarden.operations.reviews import Kept, kept

OWNER_ONLY = 0o600
"""The documents name people and their phones."""


TRAINING = "phishing-training"
"""The usual review that says when staff was trained."""
_PROTECTS = {"https": "transport", "updates": "versions", "backups": "backup"}
"""What protects a shop's data → the area whose rules pass where it does."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What is known when something has happened, so that no notice asks for it again. noticed: by the clock on the wall."""

    noticed: datetime | None = None
    happened: str = ""
    data: str = ""


def kit_of(
    settings: Settings,
    site: str,
    code: str | None,
    clock: Clock,
    incident: Incident = Incident(),
    database: str | None = None,
) -> tuple[KitFacts, Language]:
    """What the documents say of a shop, and their language. code: as the caller says; None: as the configuration says. database:
    as for ``opened``: the shop's last scan tells what protected it.

    Raises Refused and BadSettings.
    """
    (one,) = kept(settings, site, clock)
    given = {"language": code} if code else {}
    try:
        spoken = language(settings.options_for(one.shop.site, given).language)
    except UnknownLanguage as error:
        raise Refused(str(error)) from error
    if incident.noticed is not None and incident.noticed.astimezone() > clock.now():
        raise Refused(f"{incident.noticed:%Y-%m-%d %H:%M} lies ahead; give the moment at which it was noticed")
    with opened(settings, database) as history:
        seen = next((scan for scan in history.documents(one.shop.key, MOST_SCANS) if scan.status in REACHED), None)
    return _facts(one, spoken, incident, seen), spoken


def _facts(one: Kept, spoken: Language, incident: Incident, seen: ScanDocument | None) -> KitFacts:
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
        trained=next((spoken.day(review.done) for review in record.reviews if review.name == TRAINING and review.done), ""),
        protected=_protected(record, seen),
        looked=spoken.day(seen.started) if seen is not None else "",
        noticed=_hour(incident.noticed, spoken),
        deadline=_deadline(incident.noticed, known.hours if known else 0, spoken),
        happened=incident.happened,
        data=incident.data,
    )


def _protected(record: OwnersRecord, seen: ScanDocument | None) -> frozenset[str]:
    """As far as the last scan and the register tell."""
    known = set()
    for what, area in _PROTECTS.items():
        verdicts = [one for one in seen.verdicts if one.area == area] if seen is not None else []
        said = {one.verdict for one in verdicts if one.severity.rank <= Severity.MEDIUM.rank}
        known |= {what} if "passed" in said <= {"passed", "not-applicable"} else set()
    factor = bool(record.accounts) and all(account.second_factor for account in record.accounts)
    return frozenset(known | ({"factor"} if factor else set()))


def _hour(moment: datetime | None, spoken: Language) -> str:
    return f"{spoken.day(moment)}, {moment:%H:%M}" if moment is not None else ""


def _deadline(noticed: datetime | None, hours: int, spoken: Language) -> str:
    """So many hours later by the clock on the wall, which may have changed meanwhile."""
    return _hour((noticed.astimezone(UTC) + timedelta(hours=hours)).astimezone(), spoken) if noticed and hours else ""


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
