"""A recorded document gives the report that was written on the day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.view.build import view_of
from scanner.results.document import document
from scanner.results.recalled import result_of
from scanner.results.result import ScanResult
from scanner.rules.rule import Severity
from tests.reports.samples import ARTICLES, SAMPLES, WEAK

SCANS = {name: result for name, result in SAMPLES.items() if not result.letters}


def recalled(result: ScanResult) -> ScanResult:
    site = result.site
    return result_of(
        document(result),
        {judged.rule.id: judged.rule for judged in result.judged},
        headings={site.platform_id: site.article_heading},
        accepted=result.accepted,
        authorised_by=site.authorised_by,
    )


def with_platform_id(result: ScanResult) -> ScanResult:
    return replace(result, site=replace(result.site, platform_id="the-platform")) if result.site.platform else result


@pytest.mark.parametrize("name", SCANS)
def test_the_same_document_and_the_same_page(name: str) -> None:
    result = with_platform_id(SCANS[name])
    assert document(recalled(result)) == document(result)
    assert view_of(recalled(result), ARTICLES) == view_of(result, ARTICLES)


def test_a_rule_that_weighed_more_on_that_day_weighs_so_still() -> None:
    today = {judged.rule.id: replace(judged.rule, severity=Severity.INFO) for judged in WEAK.judged}
    assert result_of(document(WEAK), today).grade == WEAK.grade


def test_a_rule_that_is_no_longer_there_keeps_its_verdict() -> None:
    seen = document(WEAK)
    assert document(result_of(seen, {})) == seen
    assert view_of(result_of(seen, {}), {}).problems == tuple(WEAK.problems.items())
