"""The result as SARIF 2.1.0 (OASIS), for code-scanning pages and other tools."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from reports.formats.rows import Kind, Row, rows
from reports.text.markdown import to_text
from reports.text.words import area_name
from reports.view.model import Card, ReportView
from scanner.results.result import ScanResult, Status
from scanner.rules.rule import Severity
from scanner.rules.standards import Catalogue, catalogues

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "shopwardenFinding/v1"
MOST_LOCATIONS = 50
_BASE = "SHOP"
_STRAY = re.compile("%(?![0-9A-Fa-f]{2})")
_LEVELS = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "note",
}  # fmt: skip
_NUMBERS = {
    Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0", Severity.INFO: "0.0",
}  # fmt: skip
"""``security-severity`` as code-scanning pages read it: a number from 0 to 10, middle of CVSS's ranges."""
_KINDS: Mapping[Kind, str] = {"found": "fail", "passed": "pass", "not-applicable": "notApplicable", "inconclusive": "open"}

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def sarif(view: ReportView, result: ScanResult) -> str:
    """One run. A finding is a result of kind ``fail`` with the finding's id as its partial fingerprint, an accepted one is
    suppressed; a rule without findings is one result of kind ``pass``, ``notApplicable`` or ``open`` (could not be checked).

    Locations are the addresses' paths below the shop; what is no web address (``ftp:21``) is a logical location.
    """
    every = rows(view, result)
    rules = list(dict.fromkeys(row.rule.id for row in every))
    cards = {card.rule: card for group in view.groups for card in group.cards}
    titles = {row.rule.id: row for row in every}
    taxonomies = _taxonomies(view)
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "shopwarden",
                "version": view.tool_version,
                "rules": [_rule(titles[rule], cards.get(rule), taxonomies) for rule in rules],
                "supportedTaxonomies": [{"name": one.catalogue.name, "index": n} for n, one in enumerate(taxonomies)],
            }
        },
        "taxonomies": [one.component() for one in taxonomies],
        "invocations": [_invocation(view, result)],
        "originalUriBaseIds": {_BASE: {"uri": _base(result)}},
        "results": [_result(row, rules.index(row.rule.id), _base(result)) for row in every],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "site": view.host, "status": str(view.status), "grade": view.grade.letter if view.grade else None,
        },
    }  # fmt: skip
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class _Taxonomy:
    """One catalogue with those of its entries that the run's rules refer to."""

    catalogue: Catalogue
    entries: tuple[str, ...]

    def component(self) -> Json:
        """As SARIF's ``toolComponent`` (3.19)."""
        catalogue = self.catalogue
        return {
            "name": catalogue.name,
            "version": catalogue.version,
            "organization": catalogue.publisher,
            "informationUri": catalogue.address,
            "taxa": [self._taxon(entry) for entry in self.entries],
        }

    def _taxon(self, entry: str) -> Json:
        name = self.catalogue.names.get(entry)
        return {"id": entry, "shortDescription": {"text": _sentence(name)}} if name else {"id": entry}

    def relationship(self, number: int, entry: str) -> Json:
        """What a rule says of an entry (3.53). number: of this catalogue in the run."""
        component: Json = {"name": self.catalogue.name, "index": number}
        return {
            "target": {"id": entry, "index": self.entries.index(entry), "toolComponent": component},
            "kinds": ["relevant"],
        }


def _taxonomies(view: ReportView) -> tuple[_Taxonomy, ...]:
    """The catalogues that some rule of the run refers to."""
    used: dict[str, set[str]] = {}
    for standards in view.standards.values():
        for field, entries in standards.each():
            used.setdefault(field, set()).update(entries)
    return tuple(_Taxonomy(one, tuple(sorted(used[one.field]))) for one in catalogues() if used.get(one.field))


def _rule(row: Row, card: Card | None, taxonomies: Sequence[_Taxonomy]) -> Json:
    rule, standards = row.rule, dict(row.standards.each())
    made: dict[str, Json] = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": _sentence(row.title)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _NUMBERS[rule.severity],
            "tags": ["security", rule.area, *(f"external/cwe/{entry.lower()}" for entry in row.standards.cwe)],
            "area": area_name(rule.area),
            "severity": str(rule.severity),
        },
        "relationships": [
            one.relationship(number, entry) for number, one in enumerate(taxonomies) for entry in standards[one.catalogue.field]
        ],
    }
    if card is not None:
        made["fullDescription"] = {"text": to_text(card.why)}
        fixes = "\n\n".join(f"### {fix.where}\n\n{fix.markdown}" for fix in (*card.fixes, *card.other_fixes))
        help_ = f"{card.why}\n\n{fixes}\n\n## How to verify\n\n{card.verify}\n"
        made["help"] = {"text": to_text(help_), "markdown": help_}
    return made


def _result(row: Row, index: int, base: str) -> Json:
    made: dict[str, Json] = {
        "ruleId": row.rule.id,
        "ruleIndex": index,
        "kind": _KINDS[row.kind],
        "level": _LEVELS[row.rule.severity] if row.kind == "found" else "none",
        "message": {"text": _message(row)},
        "locations": _locations(row, base),
    }
    if row.kind == "found":
        made["partialFingerprints"] = {FINGERPRINT: row.id}
        made["properties"] = {"subject": row.subject, "confidence": row.confidence}
        if row.until:
            made["suppressions"] = [
                {"kind": "external", "status": "accepted", "justification": f"{row.accepted} (until {row.until})"}
            ]
    return made


def _message(row: Row) -> str:
    if row.kind == "found":
        return f"{row.title}: {row.subject}" + (f"\n{row.shown}" if row.shown else "")
    lead = {"passed": "Passed", "not-applicable": "Does not apply", "inconclusive": "Could not be checked"}[row.kind]
    return f"{lead}: {row.because or row.title}"


def _locations(row: Row, base: str) -> list[Json]:
    """Web addresses by their path, at most 50; every finding has at least one, for pages that show none without."""
    made: list[Json] = []
    for address in row.locations[:MOST_LOCATIONS]:
        parts = urlsplit(address if _host(address) else "")
        if parts.scheme in {"http", "https"}:
            place: dict[str, Json] = {"uri": _reference(parts.path, parts.query), "uriBaseId": _BASE}
            if parts.hostname != _host(base):
                place = {"uri": _encoded(address)}
            made.append({"physicalLocation": {"artifactLocation": place}})
        else:
            made.append({"logicalLocations": [{"fullyQualifiedName": address, "kind": "resource"}]})
    if not made and row.kind == "found":
        made.append({"logicalLocations": [{"fullyQualifiedName": row.subject, "kind": "resource"}]})
    return made


def _invocation(view: ReportView, result: ScanResult) -> Json:
    told = [
        (view.because, "error" if result.status is not Status.COMPLETE else "note"),
        *((note, "note") for note in view.notes),
    ]
    return {
        "executionSuccessful": result.status in {Status.COMPLETE, Status.PARTIAL} and not result.defective,
        "startTimeUtc": _time(result.started),
        "endTimeUtc": _time(result.finished),
        "toolExecutionNotifications": [{"level": level, "message": {"text": text}} for text, level in told if text],
    }


def _base(result: ScanResult) -> str:
    """The shop's address without its path: what the paths of locations are relative to."""
    try:
        parts = urlsplit(result.site.url)
    except ValueError:
        parts = urlsplit("")
    return f"{parts.scheme or 'https'}://{parts.netloc or quote(result.site.host, safe='')}/"


def _time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _reference(path: str, query: str) -> str:
    """A path below the shop as a URI reference (RFC 3986, 4.2): no slash in front, no colon that would make it a scheme."""
    path = _encoded(path.lstrip("/"))
    if not path or ":" in path.partition("/")[0]:
        path = f"./{path}"
    return path + (f"?{_encoded(query)}" if query else "")


def _encoded(address: str) -> str:
    """Percent-encoded where RFC 3986 wants it; what is encoded already stays."""
    return quote(_STRAY.sub("%25", address), safe="%/:?@!$&'()*+,;=-._~")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
