"""A recorded document → the result that it was made of, as far as reports tell it. Pure.

A scan is kept as its document alone; whoever opens its report months later gets the page that was written then, in any language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from scanner.results.document import FindingPart, ScanDocument, VerdictPart
from scanner.results.result import Accepted, Coverage, Judged, Limited, Requests, ScanResult, Site
from scanner.rules.rule import Rule
from scanner.rules.verdicts import Finding, Found, Inconclusive, NotApplicable, Passed, Verdict


def result_of(
    seen: ScanDocument,
    rules: Mapping[str, Rule],
    *,
    headings: Mapping[str, str] | None = None,
    accepted: Iterable[Accepted] = (),
    authorised_by: str = "",
) -> ScanResult:
    """What the document says, under the severities of its day.

    rules: today's, by id; one that is no longer there keeps its verdict, without a word on how to fix it. headings: what the
    articles call each platform, by its id. accepted, authorised_by: what the configuration says, which no document does: risks
    whose acceptance has run out, and who allowed the scan.
    """
    site, platform = seen.site, seen.site.platform
    of_document = (
        Accepted(verdict.rule, one.accepted.reason, one.accepted.until, one.subject)
        for verdict in seen.verdicts
        for one in verdict.findings
        if one.accepted is not None
    )
    return ScanResult(
        site=Site(
            key=site.key,
            url=site.url,
            host=site.host,
            name=site.name,
            addresses=site.addresses,
            platform=(platform.name, platform.version, platform.confidence) if platform else None,
            platform_id=platform.id if platform else "",
            platform_parts=tuple((part.name, part.version) for part in platform.parts) if platform else (),
            server=site.server,
            authorised_by=authorised_by,
            article_heading=(headings or {}).get(platform.id, "") if platform else "",
            front=site.front,
        ),
        started=seen.started,
        finished=seen.finished,
        status=seen.status,
        judged=tuple(Judged(_rule(verdict, rules), _verdict(verdict)) for verdict in seen.verdicts),
        requests=Requests(**seen.requests.model_dump()),
        because=seen.because,
        notes=seen.notes,
        accepted=(*of_document, *accepted),
        tool_version=seen.tool.version,
        data_as_of=seen.tool.data_as_of,
        data=seen.tool.data,
        elsewhere=seen.elsewhere,
        limited=Limited(**seen.limited.model_dump(), graded=seen.grade is not None) if seen.limited else None,
        coverage=Coverage(seen.coverage.pages, seen.coverage.long_tail.asked, seen.coverage.long_tail.of),
    )


def _rule(verdict: VerdictPart, rules: Mapping[str, Rule]) -> Rule:
    known = rules.get(verdict.rule)
    if known is not None:
        return replace(known, severity=verdict.severity, area=verdict.area)
    return Rule(verdict.rule, verdict.severity, verdict.area, _gone, (), _nothing, "")


def _gone() -> Verdict:
    return Inconclusive("This rule is no longer there.")


def _nothing(*_known: object) -> tuple[()]:
    return ()


def _verdict(part: VerdictPart) -> Verdict:
    match part.verdict:
        case "passed":
            return Passed(part.examined, part.because)
        case "found":
            return Found(tuple(map(_finding, part.findings)), part.examined)
        case "not-applicable":
            return NotApplicable(part.because or "")
        case _:
            return Inconclusive(part.because or "", part.examined)


def _finding(part: FindingPart) -> Finding:
    return Finding(part.subject, part.shown, part.locations, part.places, part.confidence, part.ready)
