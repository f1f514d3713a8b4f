"""What every page works with: the configuration file, the history, the catalogue, and the scans under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from reports.i18n.language import Language, codes, language
from scanner.engine.catalogue import Catalogue
from scanner.history.store import History, PastScan
from scanner.results.document import ScanDocument
from scanner.scope.target import BadAddress, Target
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings, SiteSettings
from scanner.settings.reading import read_settings
from scanner.text.clock import Clock
from shopwarden.operations.edit_configuration import edited, with_entry, with_site
from shopwarden.operations.errors import Refused
from shopwarden.operations.new_configuration import NewConfiguration, NewShop, write_new
from shopwarden.operations.past_report import reports_of
from shopwarden.operations.sites import Shop
from shopwarden.operations.write_reports import Reports

MOST_DOCUMENTS = 256
"""Recorded scans that are kept read; one has some 100 KB."""


@dataclass(frozen=True, slots=True)
class Row:
    """One shop of the list. last: its last scan; configured: whether it stands in the file."""

    shop: Shop
    last: PastScan | None
    configured: bool


@dataclass
class Desk:
    """file: the configuration, which need not be there yet. history: stays open.

    The configuration is read anew whenever it has changed: what somebody writes into it counts from the next page on.
    """

    file: Path
    history: History
    catalogue: Catalogue
    database: str | None = None
    clock: Clock = field(default_factory=Clock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _read: tuple[tuple[int, int, int], Settings] | None = None

    def __post_init__(self) -> None:
        self.document: Callable[[str], ScanDocument] = lru_cache(MOST_DOCUMENTS)(self.history.document)
        """A recorded scan, which never changes. Raises HistoryError."""

    @property
    def settings(self) -> Settings:
        """What the file says now. Raises BadSettings."""
        try:
            seen = self.file.stat()
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            raise BadSettings(f"{self.file}: cannot be read ({error.strerror})") from error
        mark = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        with self._lock:
            if self._read is None or self._read[0] != mark:
                self._read = mark, read_settings(self.file, self.clock)
            return self._read[1]

    @property
    def today(self) -> date:
        """Where this computer is."""
        return self.clock.now().astimezone().date()

    def rows(self) -> tuple[Row, ...]:
        """Every shop of the file, in its order, and those that are in the history alone."""
        last = {past.site: past for past in self.history.latest()}
        shops = {(key := Target.of(site.url).key): Shop(key, site) for site in self.settings.site}
        mine = [Row(shop, last.pop(key, None), configured=True) for key, shop in shops.items()]
        others = [Row(_shop_of(past), past, configured=False) for past in last.values()]
        return (*mine, *others)

    def row(self, key: str) -> Row:
        """One of them. Raises Refused."""
        site = next((one for one in self.settings.site if Target.of(one.url).key == key), None)
        past = next(iter(self.history.scans(key, last=1)), None)
        if site is not None:
            return Row(Shop(key, site), past, configured=True)
        if past is None:
            raise Refused(f"no shop is called {key!r}")
        return Row(_shop_of(past), past, configured=False)

    def reports(self, scan_id: str, spoken: Language) -> Reports:
        """What can be written of a recorded scan. Raises HistoryError and BadSettings."""
        return reports_of(self.history, scan_id, self.settings, self.catalogue, language=spoken.code)

    def speaks(self, wanted: str) -> Language:
        """The language of pages: the configuration's, else the first that a browser asks for (RFC 9110, 12.5.4) and we have."""
        try:
            configured = str(self.settings.defaults.get("language", "")).strip().lower()
        except BadSettings:
            configured = ""
        asked = (part.partition(";")[0].strip()[:2].lower() for part in wanted[:200].split(","))
        return language(next((code for code in (configured, *asked) if code in codes()), "en"))

    # ---- changes to the file

    def add_site(self, url: str, name: str, authorised_by: str) -> str:
        """Write one more shop into the file, which is made where it is missing; its key. Raises Refused and BadSettings."""
        try:
            key = Target.of(url).key
        except BadAddress as error:
            raise Refused(str(error)) from error
        entry: dict[str, Any] = {"url": url}
        entry |= {name: value for name, value in (("name", name), ("authorised_by", authorised_by)) if value}
        if not self.file.exists():
            write_new(self.file, NewConfiguration((NewShop(url, name, authorised_by=authorised_by),)))
        else:
            edited(self.file, lambda text: with_site(text, entry), self.clock)
        return key

    def accept(self, key: str, rule: str, subject: str | None, reason: str, until: date) -> None:
        """Accept a risk of a shop. Raises Refused and BadSettings."""
        entry: Mapping[str, Any] = {"rule": rule} | ({"subject": subject} if subject else {}) | {"reason": reason, "until": until}
        edited(self._file(), lambda text: with_entry(text, key, "accepted", entry), self.clock)

    def _file(self) -> Path:
        if not self.file.exists():
            raise Refused(f"{self.file} is not there yet; add a shop first")
        return self.file


def _shop_of(past: PastScan) -> Shop:
    return Shop(past.site, SiteSettings(url=f"https://{past.site}", name=past.name))
