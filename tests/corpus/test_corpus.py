"""Recall and false alarms of each rule on the corpus: both must be perfect. ``pytest -v tests/corpus`` shows the table."""

from __future__ import annotations

from collections import Counter

from scanner import Found
from tests.corpus.cases import cases
from tests.scanning import catalogue

AREAS = {"exposure", "admin", "versions", "cohosted", "mail", "names"}


def test_recall_and_false_alarms(measured: list[str]) -> None:
    real, found, alikes, alarms = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    wrong = []
    for case in cases():
        said = isinstance(case.verdict(), Found)
        (real if case.real else alikes)[case.rule] += 1
        if said:
            (found if case.real else alarms)[case.rule] += 1
        if said is not case.real:
            wrong.append(f"{case.rule}: {'missed' if case.real else 'false alarm'}: {case.origin}")
    lines = [f"{'rule':26} {'real':>5} {'found':>6} {'recall':>7} {'look-alikes':>12} {'false alarms':>13}"]
    for rule in sorted(real | alikes):
        recall = f"{found[rule] / real[rule]:.0%}" if real[rule] else "–"
        lines.append(f"{rule:26} {real[rule]:5} {found[rule]:6} {recall:>7} {alikes[rule]:12} {alarms[rule]:13}")
    lines.append(f"{'all':26} {real.total():5} {found.total():6} {'':7} {alikes.total():12} {alarms.total():13}")
    measured += lines
    assert wrong == []


def test_every_case_says_where_it_comes_from_and_every_rule_has_two_of_both_kinds() -> None:
    labels: dict[str, Counter[bool]] = {}
    for case in cases():
        assert case.origin
        labels.setdefault(case.rule, Counter())[case.real] += 1
    expected = {rule.id for rule in catalogue().rules.values() if rule.area in AREAS}
    assert expected <= set(labels)
    thin = {rule: kinds for rule, kinds in labels.items() if kinds[True] < 2 or kinds[False] < 2}
    assert thin == {}
