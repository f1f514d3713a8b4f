"""A result as the JSON that other programs rely on (schema ``shopwarden/scan/1``), and the way back for what judges it again.

The JSON Schema in ``docs/scan.schema.json`` is generated from these models. Fields are only ever added: each that came later has
what an older document means by its absence, and a newer document is read without what is not known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from scanner.results.grade import Letter
from scanner.results.result import Accepted, Judged, OpenFinding, ScanResult, Status
from scanner.rules.articles import Article
from scanner.rules.renames import changes
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Confidence, Found, Inconclusive, NotApplicable, Passed
from scanner.text.sanitize import sanitize_json

SCHEMA: Literal["shopwarden/scan/1"] = "shopwarden/scan/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ToolPart(_Part):
    """What made the document.

    data: the day up to which each table of what is known of software is right; data_as_of: of the oldest that a verdict of this
    scan relied on. renames: changes of rules that these verdicts were made after; what was found before may have another name.
    """

    name: Literal["shopwarden"] = "shopwarden"
    version: str
    data_as_of: str
    data: dict[str, str] = {}
    renames: tuple[str, ...] = ()


class ProductPart(_Part):
    """A program, and the version that it shows."""

    name: str
    version: str | None


class PlatformPart(_Part):
    """What the shop runs on. id: what its data is filed under; version: of the platform itself; parts: its plugins that are
    platforms themselves, which name says too."""

    id: str = ""
    name: str
    version: str | None
    confidence: Literal["certain", "probable"]
    parts: tuple[ProductPart, ...] = ()


class SitePart(_Part):
    """The shop. front: where a browser ends that opens url. server: how its web server names itself."""

    key: str
    url: str
    host: str
    name: str
    addresses: tuple[str, ...]
    platform: PlatformPart | None
    front: str = ""
    server: str = ""


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


class ReferencesPart(_Part):
    """Where a rule stands in the catalogues that auditors use, as its article says."""

    cwe: tuple[str, ...] = ()
    owasp: tuple[str, ...] = ()
    asvs: tuple[str, ...] = ()
    pci_dss: tuple[str, ...] = ()
    gdpr: tuple[str, ...] = ()


class VerdictPart(_Part):
    """One rule's verdict."""

    rule: str
    area: str
    severity: Severity
    verdict: Literal["passed", "found", "not-applicable", "inconclusive"]
    because: str | None
    examined: tuple[str, ...]
    references: ReferencesPart = ReferencesPart()
    findings: tuple[FindingPart, ...]


class CountsPart(_Part):
    """Numbers by severity."""

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
    smtp: int = 0
    other: int
    bytes_received: int


class LimitedPart(_Part):
    """A scan of a part of the rules: how many of how many ran, and why."""

    rules: int
    of: int
    because: str


class LongTailPart(_Part):
    """How many names of the long list were asked for, of how many."""

    asked: int = 0
    of: int = 0


class CoveragePart(_Part):
    """How far the scan looked. pages: that the crawl read."""

    long_tail: LongTailPart = LongTailPart()
    pages: int = 0


class ScanDocument(_Part):
    """One scan of one shop. Readers must ignore fields that they do not know: fields are added, none is ever taken away.

    counts: open, unaccepted findings by severity; problems: rules with such findings. limited: null where every rule ran.
    elsewhere: the address of the other shop that this one leads to, where that is why it was not scanned.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", title="shopwarden scan", serialize_by_alias=True)

    schema_: Annotated[Literal["shopwarden/scan/1"], Field(alias="schema")] = SCHEMA
    tool: ToolPart
    site: SitePart
    started: datetime
    finished: datetime
    seconds: float
    status: Status
    because: str | None
    elsewhere: str = ""
    notes: tuple[str, ...]
    grade: Letter | None
    provisional: bool
    score: Annotated[int, Field(ge=0, le=100)] | None
    counts: CountsPart
    problems: CountsPart
    limited: LimitedPart | None = None
    coverage: CoveragePart = CoveragePart()
    verdicts: tuple[VerdictPart, ...]
    requests: RequestsPart

    @model_validator(mode="before")
    @classmethod
    def _older(cls, data: Any) -> Any:
        """Documents of the first edition do not say how many problems there are; their verdicts do."""
        if isinstance(data, dict) and "problems" not in data and "verdicts" in data:
            return {**data, "problems": _problems(_VERDICTS.validate_python(data["verdicts"]))}
        return data


_VERDICTS = TypeAdapter(tuple[VerdictPart, ...])


def _problems(verdicts: Iterable[VerdictPart]) -> CountsPart:
    open_ = Counter(one.severity for one in verdicts if any(finding.accepted is None for finding in one.findings))
    return _counts(open_)


def _counts(counted: Mapping[Severity, int]) -> CountsPart:
    return CountsPart(**{str(severity): counted.get(severity, 0) for severity in Severity})


def document(result: ScanResult, articles: Mapping[str, Article] | None = None) -> ScanDocument:
    """The result as a document: sorted and stable. articles: by rule, whose references it gives; left out, none."""
    grade, limited = result.grade, result.limited
    by_rule: dict[str, list[OpenFinding]] = {}
    for found in result.findings:
        by_rule.setdefault(found.rule.id, []).append(found)
    site = result.site
    platform = None
    if site.platform is not None:
        name, version, confidence = site.platform
        platform = PlatformPart(
            id=site.platform_id,
            name=name,
            version=version,
            confidence="certain" if confidence == "certain" else "probable",
            parts=tuple(ProductPart(name=part, version=shown) for part, shown in site.platform_parts),
        )
    return ScanDocument(
        tool=ToolPart(
            version=result.tool_version,
            data_as_of=result.data_as_of,
            data=dict(sorted(result.data.items())),
            renames=tuple(sorted(changes(judged.rule for judged in result.judged))),
        ),
        site=SitePart(
            key=site.key,
            url=site.url,
            host=site.host,
            name=site.name,
            addresses=site.addresses,
            platform=platform,
            front=site.front,
            server=site.server,
        ),
        started=result.started.astimezone(UTC),
        finished=result.finished.astimezone(UTC),
        seconds=round(result.seconds, 3),
        status=result.status,
        because=result.because,
        elsewhere=result.elsewhere,
        notes=result.notes,
        grade=grade.letter if grade else None,
        provisional=grade.provisional if grade else False,
        score=grade.score if grade else None,
        counts=_counts(result.counts),
        problems=_counts(result.problems),
        limited=LimitedPart(rules=limited.rules, of=limited.of, because=limited.because) if limited else None,
        coverage=CoveragePart(
            long_tail=LongTailPart(asked=result.coverage.tail_asked, of=result.coverage.tail_of), pages=result.coverage.pages
        ),
        verdicts=tuple(
            _verdict(judged, by_rule.get(judged.rule.id, []), (articles or {}).get(judged.rule.id)) for judged in result.judged
        ),
        requests=RequestsPart(
            http=result.requests.http,
            tls=result.requests.tls,
            dns=result.requests.dns,
            ftp=result.requests.ftp,
            ssh=result.requests.ssh,
            smtp=result.requests.smtp,
            other=result.requests.other,
            bytes_received=result.requests.bytes_received,
        ),
    )


def to_json(result: ScanResult, articles: Mapping[str, Article] | None = None) -> str:
    """The document as text, ending with a newline. What a terminal would obey or could not show is escaped."""
    return sanitize_json(document(result, articles).model_dump_json(indent=2)) + "\n"


def _verdict(judged: Judged, findings: list[OpenFinding], article: Article | None) -> VerdictPart:
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
        references=ReferencesPart(**dict(article.standards.each())) if article else ReferencesPart(),
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
