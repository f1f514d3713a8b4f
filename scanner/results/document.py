"""A result as the JSON that other programs rely on (schema ``shopwarden/scan/1``), and the way back for what judges it again.

The JSON Schema in ``docs/scan.schema.json`` is generated from these models.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scanner.results.grade import Letter
from scanner.results.result import Accepted, Judged, OpenFinding, ScanResult, Status
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Confidence, Found, Inconclusive, NotApplicable, Passed
from scanner.text.sanitize import sanitize_json

SCHEMA: Literal["shopwarden/scan/1"] = "shopwarden/scan/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolPart(_Part):
    """What made the document.

    data: the day up to which each table of what is known of software is right; data_as_of: of the oldest that a verdict of this
    scan relied on.
    """

    name: Literal["shopwarden"] = "shopwarden"
    version: str
    data_as_of: str
    data: dict[str, str] = {}


class PlatformPart(_Part):
    """What the shop runs on."""

    name: str
    version: str | None
    confidence: Literal["certain", "probable"]


class SitePart(_Part):
    """The shop."""

    key: str
    url: str
    host: str
    name: str
    addresses: tuple[str, ...]
    platform: PlatformPart | None


class AcceptedPart(_Part):
    """A risk that the owner accepted."""

    reason: str
    until: date


class FindingPart(_Part):
    """One problem. id: the first 16 hex digits of sha256 over site key, rule and subject, one a line. ready: a text made for this
    shop that mends it, or empty."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    subject: str
    shown: str
    locations: tuple[str, ...]
    places: Annotated[tuple[str, ...], Field(max_length=3)]
    confidence: Confidence
    accepted: AcceptedPart | None
    ready: str = ""


class VerdictPart(_Part):
    """One rule's verdict."""

    rule: str
    area: str
    severity: Severity
    verdict: Literal["passed", "found", "not-applicable", "inconclusive"]
    because: str | None
    examined: tuple[str, ...]
    findings: tuple[FindingPart, ...]


class CountsPart(_Part):
    """Open, unaccepted findings by severity."""

    critical: int
    high: int
    medium: int
    low: int
    info: int


class RequestsPart(_Part):
    """What was sent, by protocol."""

    http: int
    tls: int
    dns: int
    ftp: int
    ssh: int
    other: int
    bytes_received: int


class ScanDocument(_Part):
    """One scan of one shop."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="shopwarden scan", serialize_by_alias=True)

    schema_: Annotated[Literal["shopwarden/scan/1"], Field(alias="schema")] = SCHEMA
    tool: ToolPart
    site: SitePart
    started: datetime
    finished: datetime
    seconds: float
    status: Status
    because: str | None
    notes: tuple[str, ...]
    grade: Letter | None
    provisional: bool
    score: Annotated[int, Field(ge=0, le=100)] | None
    counts: CountsPart
    verdicts: tuple[VerdictPart, ...]
    requests: RequestsPart


def document(result: ScanResult) -> ScanDocument:
    """The result as a document: sorted and stable."""
    grade = result.grade
    by_rule: dict[str, list[OpenFinding]] = {}
    for found in result.findings:
        by_rule.setdefault(found.rule.id, []).append(found)
    site = result.site
    platform = None
    if site.platform is not None:
        name, version, confidence = site.platform
        platform = PlatformPart(name=name, version=version, confidence="certain" if confidence == "certain" else "probable")
    return ScanDocument(
        tool=ToolPart(version=result.tool_version, data_as_of=result.data_as_of, data=dict(sorted(result.data.items()))),
        site=SitePart(key=site.key, url=site.url, host=site.host, name=site.name, addresses=site.addresses, platform=platform),
        started=result.started.astimezone(UTC),
        finished=result.finished.astimezone(UTC),
        seconds=round(result.seconds, 3),
        status=result.status,
        because=result.because,
        notes=result.notes,
        grade=grade.letter if grade else None,
        provisional=grade.provisional if grade else False,
        score=grade.score if grade else None,
        counts=CountsPart(**{str(severity): count for severity, count in result.counts.items()}),
        verdicts=tuple(_verdict(judged, by_rule.get(judged.rule.id, [])) for judged in result.judged),
        requests=RequestsPart(
            http=result.requests.http,
            tls=result.requests.tls,
            dns=result.requests.dns,
            ftp=result.requests.ftp,
            ssh=result.requests.ssh,
            other=result.requests.other,
            bytes_received=result.requests.bytes_received,
        ),
    )


def to_json(result: ScanResult) -> str:
    """The document as text, ending with a newline. What a terminal would obey or could not show is escaped."""
    return sanitize_json(document(result).model_dump_json(indent=2)) + "\n"


def _verdict(judged: Judged, findings: list[OpenFinding]) -> VerdictPart:
    because: str | None = None
    examined: tuple[str, ...] = ()
    name: Literal["passed", "found", "not-applicable", "inconclusive"]
    match judged.verdict:
        case Passed(seen, reason):
            name, examined, because = "passed", seen, reason
        case Found(_, seen):
            name, examined = "found", seen
        case NotApplicable(reason):
            name, because = "not-applicable", reason
        case Inconclusive(reason, seen):
            name, because, examined = "inconclusive", reason, seen
    rule = judged.rule
    return VerdictPart(
        rule=rule.id,
        area=rule.area,
        severity=rule.severity,
        verdict=name,
        because=because,
        examined=tuple(sorted(examined)),
        findings=tuple(_finding(found) for found in sorted(findings, key=lambda found: found.finding.subject)),
    )


def _finding(found: OpenFinding) -> FindingPart:
    return FindingPart(
        id=found.id,
        subject=found.finding.subject,
        shown=found.finding.shown,
        locations=found.finding.locations,
        places=found.finding.places,
        confidence=found.finding.confidence,
        accepted=_accepted(found.accepted),
        ready=found.finding.ready,
    )


def _accepted(accepted: Accepted | None) -> AcceptedPart | None:
    return AcceptedPart(reason=accepted.reason, until=accepted.until) if accepted else None
