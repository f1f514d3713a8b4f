"""Where a rule stands in the catalogues that auditors use: one line of its article, below ``## References``.

::

    - Catalogues: CWE-319, CWE-829; OWASP A04:2025; ASVS 12.2.1; PCI DSS 4.2.1, 6.4.3; GDPR Art. 32

The editions are those of ``standards.toml``, which names what the line gives by number and says where it was read, and when.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from importlib.resources import files

from scanner.rules.rule import RuleError

LINE = "- Catalogues:"
NONE = f"{LINE} none"
"""The line of a rule that no catalogue has: somebody looked. The laws of the tree let no article go without a line."""
_FORMS = {
    "cwe": ("", r"CWE-[1-9]\d*"),
    "owasp": ("OWASP ", r"A(?:0[1-9]|10):2025"),
    "asvs": ("ASVS ", r"[1-9]\d?\.[1-9]\d?\.[1-9]\d?"),
    "pci_dss": ("PCI DSS ", r"[1-9]\d?(?:\.[1-9]\d?){1,4}"),
    "gdpr": ("GDPR Art. ", r"[1-9]\d?"),
}
"""By field: what stands before its entries, and the form of one."""


@dataclass(frozen=True, slots=True)
class Standards:
    """Entries of each catalogue by number: ``CWE-319``, ``A04:2025``, ``12.2.1`` (ASVS), ``4.2.1`` (PCI DSS), ``Art. 32``."""

    cwe: tuple[str, ...] = ()
    owasp: tuple[str, ...] = ()
    asvs: tuple[str, ...] = ()
    pci_dss: tuple[str, ...] = ()
    gdpr: tuple[str, ...] = ()

    def each(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The name of each catalogue's field, and its entries."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))


NO_STANDARDS = Standards()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One catalogue. names: of its entries, by number; an entry may have none. recorded: the day.

    questionnaires: by name, the entries that one is known to ask for; one that it does not name may be asked for all the same.
    """

    field: str
    name: str
    version: str
    publisher: str
    address: str
    recorded: date
    names: Mapping[str, str]
    questionnaires: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)


def standards_of(references: str, called: str) -> Standards:
    """The entries that an article's references give; none where it has no such line, or says so. called: the article's file.

    Raises RuleError where the line has another form.
    """
    lines = [line for line in references.splitlines() if line.startswith(LINE)]
    if not lines:
        return NO_STANDARDS
    if len(lines) > 1:
        raise RuleError(f"{called}: {LINE!r} stands twice below References")
    if lines[0].rstrip() == NONE:
        return NO_STANDARDS
    found: dict[str, tuple[str, ...]] = {}
    for part in lines[0].removeprefix(LINE).split(";"):
        field, entries = _entries(part.strip(), called)
        if field in found:
            raise RuleError(f"{called}: {LINE!r} names a catalogue twice: {part.strip()!r}")
        found[field] = entries
    return Standards(**found)


def _entries(part: str, called: str) -> tuple[str, tuple[str, ...]]:
    for field, (before, form) in _FORMS.items():
        if part.startswith(before) and re.fullmatch(rf"{form}(?:, {form})*", part.removeprefix(before)):
            entries = part.removeprefix(before).split(", ")
            return field, tuple(f"Art. {entry}" if field == "gdpr" else entry for entry in entries)
    raise RuleError(
        f"{called}: {part!r} is none of 'CWE-319, …', 'OWASP A04:2025, …', 'ASVS 12.2.1, …', 'PCI DSS 4.2.1, …', "
        "'GDPR Art. 32, …'"
    )


@lru_cache(maxsize=1)
def catalogues() -> tuple[Catalogue, ...]:
    """Each catalogue that articles refer to."""
    table = tomllib.loads(files("scanner.rules").joinpath("standards.toml").read_text(encoding="utf-8"))
    return tuple(Catalogue(field, **entry) for field, entry in table.items())
