"""The result as JUnit XML, for build servers: a suite an area, a test case a rule.

A rule fails where it has an open finding that counts and costs points; what is accepted, only possible or only good to know is
told in ``system-out``. What could not be checked or does not apply is skipped; a crash of a check, and a shop that could not be
scanned, are errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reports.formats.rows import Row, rows
from reports.text.words import area_name, counted
from reports.view.model import ReportView
from scanner.results.grade import POINTS
from scanner.results.result import ScanResult, Status

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(view: ReportView, result: ScanResult) -> str:
    """The document, with an XML declaration."""
    root = Element("testsuites", name=_legal(f"shopwarden {view.host}"))
    suites = [_suite(area, list(of_area), result) for area, of_area in groupby(rows(view, result), key=lambda row: row.rule.area)]
    if result.status in {Status.BLOCKED, Status.UNREACHABLE} or not suites:
        suites.insert(0, _not_scanned(view, result))
    for suite in suites:
        root.append(suite)
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in suites)))
    root.set("time", f"{result.seconds:.3f}")
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(area: str, of_area: Sequence[Row], result: ScanResult) -> Element:
    suite = Element("testsuite", name=_legal(area_name(area)), timestamp=f"{result.started:%Y-%m-%dT%H:%M:%S}")
    for rule, of_rule in groupby(of_area, key=lambda row: row.rule.id):
        _case(suite, area, rule, list(of_rule))
    return _counted(suite)


def _case(suite: Element, area: str, rule: str, of_rule: Sequence[Row]) -> None:
    case = SubElement(suite, "testcase", classname=f"shopwarden.{area}", name=rule, time="0")
    first = of_rule[0]
    failing = [row for row in of_rule if row.counts and POINTS[row.rule.severity]]
    others = [row for row in of_rule if row.kind == "found" and row not in failing]
    if first.defect:
        SubElement(case, "error", message="the check crashed; nothing is known", type="defect").text = _legal(first.because)
    elif failing:
        told = _legal(f"{first.title} ({counted(len(failing), 'place')})")
        SubElement(case, "failure", message=told, type=str(first.rule.severity)).text = _legal(_told(failing))
    elif first.kind in {"inconclusive", "not-applicable"}:
        lead = "could not be checked" if first.kind == "inconclusive" else "does not apply"
        SubElement(case, "skipped", message=_legal(f"{lead}: {first.because}"))
    if others:
        SubElement(case, "system-out").text = _legal(f"{first.title}\n{_told(others)}")


def _told(findings: Sequence[Row]) -> str:
    lines = []
    for row in findings:
        remark = f" (accepted until {row.until}: {row.accepted})" if row.until else ""
        remark += " (only possible)" if row.confidence == "possible" else ""
        lines.append(f"{row.subject}{remark}")
        lines += [f"    {line}" for line in (*row.shown.splitlines(), *row.locations)]
    return "\n".join(lines)


def _not_scanned(view: ReportView, result: ScanResult) -> Element:
    suite = Element("testsuite", name="The scan", timestamp=f"{result.started:%Y-%m-%dT%H:%M:%S}")
    case = SubElement(suite, "testcase", classname="shopwarden", name="scan", time="0")
    SubElement(case, "error", message=_legal(view.sentence), type=str(result.status)).text = _legal(
        "\n".join(line for line in (view.because, view.advice) if line)
    )
    return _counted(suite)


def _counted(suite: Element) -> Element:
    suite.set("tests", str(len(suite)))
    for total, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, str(len(suite.findall(f"testcase/{tag}"))))
    return suite


def _legal(text: str) -> str:
    """Without characters that XML 1.0 (section 2.2) forbids."""
    return _ILLEGAL.sub("", text)
