"""A letter's verdicts as JSON for programs (schema ``shopwarden/letter/1``): as a scan's, but for what it is about.

One document a letter. There is no grade, and no site: the file takes its place. Fields are only ever added.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scanner.evidence import Letter, LetterKind, UnreadLetter
from scanner.results.document import CountsPart, LimitedPart, RequestsPart, ToolPart, VerdictPart, document
from scanner.results.result import ScanResult
from scanner.rules.articles import Article
from scanner.text.sanitize import sanitize_json

LETTER_SCHEMA: Literal["shopwarden/letter/1"] = "shopwarden/letter/1"


class LetterFilePart(BaseModel):
    """The file. sha256: of the letter's own bytes, in hexadecimal; empty, and bytes 0, where it could not be read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    bytes: int


class LetterDocument(BaseModel):
    """One look at one letter. Readers must ignore fields that they do not know: fields are added, none is ever taken away.

    from_domain: of its From line. kind: what it is for, by which some rules do not apply. sent: its Date, or null. status:
    ``unreadable`` where because says why no rule could be asked.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", title="shopwarden letter", serialize_by_alias=True)

    schema_: Annotated[Literal["shopwarden/letter/1"], Field(alias="schema")] = LETTER_SCHEMA
    tool: ToolPart
    file: LetterFilePart
    from_domain: str
    kind: LetterKind | None
    sent: datetime | None
    started: datetime
    finished: datetime
    seconds: float
    status: Literal["complete", "unreadable"]
    because: str | None
    notes: tuple[str, ...]
    counts: CountsPart
    problems: CountsPart
    limited: LimitedPart | None
    verdicts: tuple[VerdictPart, ...]
    requests: RequestsPart


def letter_document(
    letter: Letter | UnreadLetter, result: ScanResult, articles: Mapping[str, Article] | None = None
) -> LetterDocument:
    """A letter's document. result: of this letter alone."""
    whole = document(result, articles)
    read = letter if isinstance(letter, Letter) else None
    return LetterDocument(
        tool=whole.tool,
        file=LetterFilePart(name=letter.file, sha256=read.digest if read else "", bytes=read.size if read else 0),
        from_domain=read.from_domain if read else "",
        kind=read.kind if read else None,
        sent=read.sent if read else None,
        started=whole.started,
        finished=whole.finished,
        seconds=whole.seconds,
        status="complete" if read else "unreadable",
        because=letter.because if isinstance(letter, UnreadLetter) else None,
        notes=whole.notes,
        counts=whole.counts,
        problems=whole.problems,
        limited=whole.limited,
        verdicts=whole.verdicts,
        requests=whole.requests,
    )


def letter_line(document: LetterDocument) -> str:
    """The document as one line of text. What a terminal would obey or could not show is escaped."""
    return sanitize_json(document.model_dump_json()) + "\n"
