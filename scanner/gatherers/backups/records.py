"""Lists in XML, read as they arrive: one record after the other, and nothing kept of what was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from xml.parsers import expat

DEEPEST = 50
MOST_FIELDS = 100
FIELD_CHARS = 4_096


class NoList(Exception):
    """What was sent is no list."""


Record = dict[str, str]
"""The text of each element in a record, by its name without namespace; the record's own text by the empty name."""


def records(parts: Iterable[bytes], wanted: Collection[str]) -> Iterator[tuple[str, Record]]:
    """Each element of these names (without namespace) that lies in no other one: its name, and what it holds. Of two elements of
    one name the first with a text counts. Raises NoList."""
    reading = _Reading(wanted)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.doctype
    try:
        for part in parts:
            parser.Parse(part)
            yield from reading.taken()
        parser.Parse(b"", True)
        yield from reading.taken()
    except (expat.ExpatError, ValueError) as error:
        raise NoList from error


class _Reading:
    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = wanted
        self._depth = 0
        self._record: Record | None = None
        self._begun = 0
        self._name = ""
        self._field = ""
        self._told: list[str] = []
        self._size = 0
        self._found: list[tuple[str, Record]] = []

    def taken(self) -> list[tuple[str, Record]]:
        found, self._found = self._found, []
        return found

    def doctype(self, *_: object) -> None:
        raise NoList  # no list needs one, and entities are made of it

    def start(self, name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NoList
        local = name.rpartition(" ")[2]
        if self._record is not None:
            self._keep()
            self._field = local
            if len(self._record) < MOST_FIELDS:
                self._record.setdefault(local, "")
        elif local in self._wanted:
            self._record, self._begun, self._name, self._field = {"": ""}, self._depth, local, ""

    def text(self, data: str) -> None:
        if self._record is not None and self._size < FIELD_CHARS:
            self._told.append(data[: FIELD_CHARS - self._size])
            self._size += len(data)

    def end(self, _name: str) -> None:
        if self._record is not None:
            self._keep()
            self._field = ""
            if self._depth == self._begun:
                self._found.append((self._name, self._record))
                self._record = None
        self._depth -= 1

    def _keep(self) -> None:
        """What was heard is the text of the field that is open."""
        text = "".join(self._told).strip()
        self._told.clear()
        self._size = 0
        if text and self._record is not None and not self._record.get(self._field, text):
            self._record[self._field] = text
