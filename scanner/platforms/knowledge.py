"""What is known beforehand of software, and of who runs mail, as one frozen value.

It is read once, where the program begins (``scanner.platforms.loading``), and handed to whoever asks for it by a parameter of
this type: checks, the functions that choose probes, and gatherers. The same evidence and knowledge give the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from scanner.mail.providers import MailProvider
from scanner.platforms.libraries import LibraryTable
from scanner.platforms.support import Support, SupportTable, support_in
from scanner.platforms.values import Generic, Platform

LIBRARIES = "libraries"
PLATFORMS = "platforms"
Table = SupportTable | LibraryTable


def support_name(key: str) -> str:
    """What the support table of a platform, of ``php`` or of ``apache`` is called among the tables."""
    return f"support/{key}"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything known of platforms, of their releases and of JavaScript libraries.

    platforms: by key. generic: what holds for every platform. tables: what grows old, by name, each with the day ``recorded``, up
    to which it is right: ``libraries``, and ``support/KEY`` for platforms, ``php`` and ``apache``. mail_providers: companies that
    run mail servers or send mail for others.
    """

    platforms: Mapping[str, Platform]
    generic: Generic
    tables: Mapping[str, Table]
    mail_providers: tuple[MailProvider, ...] = ()

    @property
    def libraries(self) -> LibraryTable:
        """JavaScript libraries with published holes."""
        table = self.tables[LIBRARIES]
        if not isinstance(table, LibraryTable):
            raise TypeError(f"the table {LIBRARIES} holds no libraries")
        return table

    def support(self, key: str) -> SupportTable | None:
        """How the branches of a platform, of ``php`` or of ``apache`` are looked after; None where nobody wrote it down."""
        table = self.tables.get(support_name(key))
        return table if isinstance(table, SupportTable) else None

    def support_of(self, key: str, version: str, on: date) -> Support | None:
        """How a version is looked after on a day; None where nobody knows (``scanner.platforms.support``)."""
        table = self.support(key)
        return support_in(table, version, on) if table else None

    @property
    def days(self) -> dict[str, date]:
        """The day up to which each table is right, by its name; ``platforms`` are the facts that do not grow old."""
        platforms = min((platform.recorded for platform in self.platforms.values()), default=self.generic.recorded)
        return {PLATFORMS: platforms, **{name: table.recorded for name, table in sorted(self.tables.items())}}

    def with_tables(self, tables: Mapping[str, Table]) -> Knowledge:
        """The same with these tables in place of those of the same names."""
        return replace(self, tables=MappingProxyType({**self.tables, **tables}))

    def noting(self, opened: set[str]) -> Knowledge:
        """The same; the names of the tables that are looked up are put into ``opened``."""
        return replace(self, tables=_Noting(self.tables, opened))


class _Noting(Mapping[str, Table]):
    """Tables that remember which of them were looked up."""

    def __init__(self, tables: Mapping[str, Table], opened: set[str]) -> None:
        self._tables = tables
        self._opened = opened

    def __getitem__(self, name: str) -> Table:
        table = self._tables[name]
        self._opened.add(name)
        return table

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)
