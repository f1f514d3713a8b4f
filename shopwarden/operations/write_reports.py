"""A result → the files that were asked for: those of one scan, those of each shop of a run, and the run's overview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from reports.formats.brief import brief
from reports.formats.csv import csv_
from reports.formats.html import html
from reports.formats.ics import ics
from reports.formats.junit import junit
from reports.formats.markdown import markdown_
from reports.formats.pdf import PdfError, can_make_pdf, pdf
from reports.formats.sarif import sarif
from reports.formats.tickets import tickets
from reports.i18n.language import codes, language
from reports.kits.drafts import GUIDES
from reports.kits.fix_pack import fix_pack
from reports.overview.page import overview_html
from reports.overview.tables import as_csv, as_json
from reports.view.build import view_of
from reports.view.model import ReportView
from scanner._version import __version__
from scanner.engine.catalogue import Catalogue
from scanner.engine.recording import write_recording
from scanner.engine.replay import recording_of
from scanner.engine.scan import Order, Scan
from scanner.evidence import OwnersRecord
from scanner.history.run_summary import Overview
from scanner.history.trend import Trend, without
from scanner.results.document import to_json
from scanner.results.grade import PEOPLE
from scanner.results.result import ScanResult
from scanner.rules.articles import Article
from scanner.settings.models import Agency, Readers, Settings
from scanner.settings.options import ScanOptions
from scanner.text.atomic_write import atomic_write
from shopwarden.operations.file_names import OVERVIEW_DATA, OVERVIEW_PAGE, OVERVIEW_TABLE, file_stem, paper_of
from shopwarden.operations.report_options import json_file

OWNER_ONLY = 0o600
"""A report says how to break in; whoever else may read one that is asked for by name is its owner's to say."""


@dataclass(frozen=True)
class Reports:
    """What can be written of one result. trend: what the history says. recheck, scan: the commands that look again, whole; no
    recheck where no history has this scan. owner: what the owner keeps about what people look after, for his own eyes.
    """

    result: ScanResult
    catalogue: Catalogue
    options: ScanOptions
    agency: Agency | None = None
    trend: Trend | None = None
    recheck: str = ""
    scan: str = ""
    owner: OwnersRecord | None = None

    @cached_property
    def for_others(self) -> Reports:
        """What leaves the owner's hands: without what he looks after himself, unless the options say so. Nobody is named."""
        if self.options.include_people:
            return replace(self, owner=None)
        judged = tuple(one for one in self.result.judged if one.rule.area != PEOPLE)
        people = {one.rule.id for one in self.result.judged} - {one.rule.id for one in judged}
        trend = without(self.trend, people) if self.trend is not None else None
        return replace(self, result=replace(self.result, judged=judged), trend=trend, owner=None)

    @cached_property
    def view(self) -> ReportView:
        """In the reader's language."""
        return self._in(self.options.language, self.trend)

    @cached_property
    def english(self) -> ReportView:
        """For programs, whose words must not change with the reader."""
        return self.view if self.options.language == "en" else self._in("en")

    def _in(self, code: str, trend: Trend | None = None) -> ReportView:
        return view_of(
            self.result,
            self.catalogue.articles,
            agency=self.agency,
            language=language(code),
            trend=trend,
            recheck=self.recheck,
            scan=self.scan,
            owner=self.owner,
            include_people=self.options.include_people,
        )

    @cached_property
    def page(self) -> str:
        """The remediation page."""
        return html(self.view)

    @property
    def paper(self) -> str:
        """What is printed: two pages, or the whole report where the options say so."""
        return self.page if self.options.pdf_full else brief(self.view)

    @property
    def json(self) -> str:
        """The result for programs."""
        return to_json(self.result, self.catalogue.articles)

    @property
    def calendar(self) -> str:
        """The days on which reviews are due."""
        site = self.result.site
        return ics(self.owner or OwnersRecord(self.result.started), site.key, site.name, language(self.options.language))

    def write(self, html_file: Path | None) -> tuple[str, ...]:
        """Every file that the options ask for, and the page. What could not be written, in words; it keeps no other from it."""
        options, others = self.options, self.for_others
        files: list[tuple[Path | None, Callable[[], str | bytes]]] = [
            (json_file(options), lambda: self.json),
            (html_file, lambda: self.page),
            (options.sarif, lambda: sarif(others.english, others.result)),
            (options.junit, lambda: junit(others.english, others.result)),
            (options.csv, lambda: csv_(others.english, others.result)),
            (options.markdown, lambda: markdown_(others.view)),
            (options.tickets, lambda: tickets(others.view)),
            (options.pdf, lambda: pdf(self.paper)),
            (options.ics, lambda: self.calendar),
        ]
        problems = [_written(file, content) for file, content in files if file is not None]
        if options.fixes is not None:
            problems += _write_fixes(options.fixes, fix_pack(others.view, others.result, self.catalogue.articles))
        return tuple(filter(None, problems))


def for_own_people(order: Order) -> bool:
    """Whether a shop's own people get its report on paper: they are named, and this installation makes PDF."""
    return order.site is not None and bool(order.site.report_to) and can_make_pdf()


def write_of_shop(reports: Reports, order: Order, folder: Path, readers: Readers) -> str:
    """A shop's page and JSON into the folder of a run, and its PDF where its settings say so; two pages for the shop's own people
    lie beside them. The page's name. Raises OSError.
    """
    stem = file_stem(order.key)
    atomic_write(folder / f"{stem}.html", reports.page, always=readers.mode)
    if reports.options.pdf is not None:
        atomic_write(order.folder / reports.options.pdf.expanduser(), _pdf(reports.paper), mode=OWNER_ONLY)
    if for_own_people(order):
        atomic_write(folder / paper_of(order.key), _pdf(brief(reports.for_others.view)), always=readers.mode)
    atomic_write(folder / f"{stem}.json", reports.json, always=readers.mode)
    return f"{stem}.html"


def write_overview(overview: Overview, settings: Settings, articles: Mapping[str, Article], folder: Path) -> None:
    """The whole run as a page in the language of ``[defaults]``, a table and data. Raises OSError."""
    spoken = str(settings.defaults.get("language", "en")).strip().lower()
    page = overview_html(
        overview, agency=settings.agency, articles=articles, language=language(spoken if spoken in codes() else "en")
    )
    mode = settings.nightly.readable_by.mode
    atomic_write(folder / OVERVIEW_PAGE, page, always=mode)
    atomic_write(folder / OVERVIEW_TABLE, as_csv(overview), always=mode)
    atomic_write(folder / OVERVIEW_DATA, as_json(overview), always=mode)


def write_recorded(scan: Scan, folder: Path) -> str:
    """Keep a scan's evidence in a folder, for replay. Why it could not, or ""."""
    try:
        write_recording(folder, recording_of(scan), __version__)
    except OSError as error:
        return f"{folder}: the recording cannot be written ({error.strerror})"
    return ""


def _written(file: Path, content: Callable[[], str | bytes]) -> str:
    """Why a file could not be written, or ""."""
    try:
        atomic_write(file, content(), mode=OWNER_ONLY)
    except PdfError as error:
        return f"{file}: {error}"
    except OSError as error:
        return f"{file}: cannot be written ({error.strerror})"
    return ""


def _pdf(page: str) -> bytes:
    try:
        return pdf(page)
    except PdfError as error:
        raise OSError(None, str(error)) from error


def _write_fixes(folder: Path, files: Mapping[str, str]) -> list[str]:
    """The fix pack; mails and drafts of an older one are removed, so that nobody sends or pastes what is out of date."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in (*folder.glob("mail-*.txt"), *(folder / name for name in GUIDES)):
            old.unlink(missing_ok=True)
    except OSError as error:
        return [f"{folder}: cannot be written ({error.strerror})"]
    return [_written(folder / name, partial(str, content)) for name, content in files.items()]
