"""What a scan has seen of the requirements of PCI DSS that a small shop answers itself in a questionnaire. Pure.

It is evidence of a part of each and never says that one is met.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.i18n.language import Language, Said
from scanner.results.result import ScanResult
from scanner.rules.standards import Standards, catalogues
from scanner.rules.verdicts import Found, Inconclusive, Passed

SCRIPTS = frozenset({"6.4.3", "11.6.1"})
"""In their place SAQ A has a condition about attacks by scripts, since 31 March 2025."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement and what was seen of it. number: in PCI DSS, or "" for what SAQ A wants before anything else.

    saq: the questionnaires that are known to ask for it, "" where none is. open: rules with open problems; passed, unanswered:
    numbers of rules.
    """

    number: str
    asks: Said
    saq: str
    open: tuple[str, ...]
    passed: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Edition:
    """A catalogue that the report refers to. name: with its version; day: when its entries were taken down."""

    name: str
    address: str
    day: str


def requirements(result: ScanResult, standards: Mapping[str, Standards], language: Language) -> tuple[Requirement, ...]:
    """Each requirement that some rule of the scan says something about, by number; that of SAQ A first."""
    by_number: dict[str, set[str]] = {}
    for rule, of_rule in standards.items():
        for number in of_rule.pci_dss:
            by_number.setdefault(number, set()).add(rule)
    asking = next(one.questionnaires for one in catalogues() if one.field == "pci_dss")
    about_scripts = set[str]().union(*(by_number.get(number, set()) for number in SCRIPTS))
    made = [
        _requirement(
            number,
            by_number[number],
            ", ".join(name for name, numbers in asking.items() if number in numbers),
            language.say(f"pci.{number}"),
            result,
        )
        for number in sorted(by_number, key=_place)
        if language.has(f"pci.{number}")
    ]
    first = [_requirement("", about_scripts, "A", language.say("standards.scripts"), result)] if about_scripts else []
    return (*first, *made)


def editions(language: Language) -> tuple[Edition, ...]:
    """The catalogues, each with the day of its data."""
    return tuple(Edition(f"{one.name} {one.version}", one.address, language.day(one.recorded)) for one in catalogues())


def _requirement(number: str, rules: set[str], saq: str, asks: Said, result: ScanResult) -> Requirement:
    judged = [judged for judged in result.judged if judged.rule.id in rules]
    open_ = {found.rule.id for found in result.findings if found.accepted is None}
    return Requirement(
        number=number,
        asks=asks,
        saq=saq,
        open=tuple(one.rule.id for one in judged if isinstance(one.verdict, Found) and one.rule.id in open_),
        passed=sum(isinstance(one.verdict, Passed) for one in judged),
        unanswered=sum(isinstance(one.verdict, Inconclusive) for one in judged),
    )


def _place(number: str) -> list[int]:
    return [int(part) for part in number.split(".")]
