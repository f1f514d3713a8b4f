"""Documents that are made from the code: ``make docs`` writes them, a test compares them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from scanner.engine.catalogue import Catalogue, load
from scanner.results.document import ScanDocument
from scanner.results.grade import CAPS, GRADES, MOST_UNCLEAR_CRITICAL, MOST_UNCLEAR_EXPOSURE, POINTS, PROVISIONAL_SHARE
from scanner.text.atomic_write import atomic_write


def generated() -> dict[str, str]:
    """File name below ``docs`` → its text."""
    catalogue = load(plugins=False)
    return {
        "scan.schema.json": json.dumps(ScanDocument.model_json_schema(mode="serialization", by_alias=True), indent=2) + "\n",
        "rules.md": "\n".join(_rules(catalogue)) + "\n",
        "grading.md": "\n".join(_grading()) + "\n",
    }


def _rules(catalogue: Catalogue) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield f"{len(catalogue.rules)} rules. `shopwarden rules RULE` explains one. This page is generated (`make docs`)."
    area = ""
    for rule in catalogue.rules_of(catalogue.chosen()):
        if rule.area != area:
            area = rule.area
            yield from ("", f"## {area}", "", "| rule | severity | the problem | judged by |", "|---|---|---|---|")
        evidence = ", ".join(need.kind.__name__ for need in rule.needs)
        yield f"| `{rule.id}` | {rule.severity} | {catalogue.articles[rule.id].title} | {evidence} |"


def _grading() -> Iterator[str]:
    yield "# The grade"
    yield ""
    yield "A shop starts at 100. Each rule with an open finding that was not accepted subtracts once, by its severity. What is"
    yield "only possible, and what could not be checked, neither adds nor subtracts. This page is generated (`make docs`)."
    yield from ("", "| severity | points |", "|---|---|")
    yield from (f"| {severity} | {points} |" for severity, points in POINTS.items())
    yield from ("", "| grade | from |", "|---|---|")
    yield from (f"| {letter} | {least} |" for letter, least in GRADES)
    yield ""
    yield from (f"With an open {severity} finding the grade is {letter} at most." for severity, letter in CAPS)
    yield ""
    yield f"When over {PROVISIONAL_SHARE:.0%} of the rules could not be judged, or rules of medium severity and below were left"
    yield "out (`--skip`), the grade is provisional."
    yield ""
    yield "There is no grade at all where"
    yield ""
    yield "- the shop blocked the scan or could not be reached,"
    yield "- only some rules were asked for (`--only`), or one of critical or high severity was left out (`--skip`),"
    yield f"- more than {MOST_UNCLEAR_EXPOSURE} of the exposure rules, or more than {MOST_UNCLEAR_CRITICAL} critical rule, came"
    yield "  to no answer."
    yield ""
    yield "A report says so before anything else, and `limited` in the JSON says what a scan was limited to."


def main() -> None:
    """Write them."""
    folder = Path(__file__).parent.parent / "docs"
    for name, text in generated().items():
        atomic_write(folder / name, text)


if __name__ == "__main__":
    main()
