"""Documents that are made from the code: ``make docs`` writes them, ``--check`` and a test compare them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scanner.engine.catalogue import Catalogue
from scanner.results.document import ScanDocument
from scanner.results.grade import CAPS, GRADES, MOST_UNCLEAR_CRITICAL, MOST_UNCLEAR_EXPOSURE, POINTS, PROVISIONAL_SHARE
from scanner.results.letter_document import LetterDocument
from scanner.settings.regulators import recorded as recorded_regulators
from scanner.settings.regulators import regulators
from scanner.text.atomic_write import atomic_write
from tools import configuration, manual
from tools.fix_table import catalogue, recorded, table
from tools.metadata import settings

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
_CONTACT = re.compile(r"(<!-- contact: begin .*?-->\n).*?(<!-- contact: end -->)", re.DOTALL)


def generated() -> dict[str, str]:
    """File name → its text."""
    rules = catalogue()
    schema = ScanDocument.model_json_schema(mode="serialization", by_alias=True)
    letters = LetterDocument.model_json_schema(mode="serialization", by_alias=True)
    return {
        "docs/scan.schema.json": json.dumps(schema, indent=2) + "\n",
        "docs/letter.schema.json": json.dumps(letters, indent=2) + "\n",
        "docs/regulators.md": "\n".join(_regulators()) + "\n",
        "docs/configuration.md": configuration.reference(),
        configuration.SCHEMA: json.dumps(configuration.schema(), indent=2, ensure_ascii=False) + "\n",
        **manual.share(),
        "docs/rules.md": "\n".join(_rules(rules)) + "\n",
        "docs/grading.md": "\n".join(_grading()) + "\n",
        "docs/fixes.md": table(rules.articles, recorded()),
        "docs/decisions/README.md": "\n".join(_decisions()) + "\n",
        "SECURITY.md": _CONTACT.sub(
            lambda part: f"{part[1]}{_contact(*settings())}\n{part[2]}", (ROOT / "SECURITY.md").read_text(encoding="utf-8")
        ),
    }


def _rules(catalogue: Catalogue) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield f"{len(catalogue.rules)} rules. `shopwarden rules RULE` explains one. This page is generated (`make docs`)."
    area = ""
    for rule in catalogue.rules_of(catalogue.chosen(letters=True)):
        if rule.area != area:
            area = rule.area
            yield from ("", f"## {area}", "", "| rule | severity | the problem | judged by |", "|---|---|---|---|")
        evidence = ", ".join(need.kind.__name__ for need in rule.needs)
        yield f"| `{rule.id}` | {rule.severity} | {catalogue.articles[rule.id].title} | {evidence} |"


def _regulators() -> Iterator[str]:
    yield "# The authorities for data protection"
    yield ""
    yield "What `regulator` under `[site.breach]` may say: whom to tell of a breach. A shop in Germany tells the authority of"
    yield f"its state. Recorded on {recorded_regulators().isoformat()}, from the sources that `scanner/settings/regulators.toml`"
    yield "names. This page is generated (`make docs`)."
    yield from ("", "| regulator | authority | within | by |", "|---|---|---|---|")
    for one in regulators().values():
        within = f"{one.hours} hours" if one.hours else "as soon as possible"
        yield f"| `{one.key}` | [{one.name}]({one.form or one.site}) | {within} | {one.law} |"


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


def _decisions() -> Iterator[str]:
    """The index of the decisions: their headings, in order."""
    yield "# Decisions"
    yield ""
    yield "What was chosen, and why: one decision a page, never rewritten. Who decides otherwise adds a page that says so, and"
    yield "notes in the old one which page replaces it. A page has the next free number and the headings of the others. This list"
    yield "is generated (`make docs`)."
    yield ""
    for file in sorted(DECISIONS.glob("[0-9]*.md")):
        title = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").partition(". ")[2]
        yield f"- [{file.stem[:4]}]({file.name}) {title}"


def _contact(address: str, contact: str) -> str:
    """Whom to tell, as the two settings of the build have it."""
    if contact:
        return f"Write to <{contact}>."
    if address:
        return f"Use the form for private reports at <{address}>; no other contact has been set up."
    return (
        "This copy is not published: it has no public address and nobody to tell. Whoever publishes it fills in two\n"
        "settings in `pyproject.toml`, `address` and `security-contact` below `[tool.hatch.metadata.hooks.custom]`, and runs\n"
        "`make docs`: this paragraph then names the contact, and the package's metadata names both."
    )


def stale() -> list[str]:
    """The documents that differ from what the code says."""
    return [name for name, text in generated().items() if _text(ROOT / name) != text]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def write() -> list[str]:
    """Write those that differ from what the code says, and name them."""
    made = generated()
    changed = [name for name, text in made.items() if _text(ROOT / name) != text]
    for name in changed:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        atomic_write(ROOT / name, made[name])
    return changed


def main() -> None:
    """Write them; with ``--check`` only say which are stale."""
    if "--check" not in sys.argv[1:]:
        write()
    elif found := stale():
        sys.exit(f"stale: {', '.join(found)}; run `make docs`")


if __name__ == "__main__":
    main()
