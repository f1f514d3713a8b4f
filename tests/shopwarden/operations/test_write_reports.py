"""What is written of one result: everything that was asked for, in the reader's language, and for programs in English."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from stat import S_IMODE

import pytest

import reports.formats.pdf
from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order
from scanner.history.run_summary import Overview
from scanner.history.trend import trend
from scanner.results.document import document
from scanner.scope.target import Target
from scanner.settings.models import Nightly, Readers, Settings
from scanner.settings.options import ScanOptions
from shopwarden.operations.write_reports import Reports, write_of_shop, write_overview
from tests.nights import NO_RULES
from tests.reports.samples import ARTICLES, HARDENED, RULES, WEAK

CATALOGUE = Catalogue(RULES, ARTICLES, {})


def report(tmp_path: Path, **options: object) -> dict[str, str]:
    """Every file that a report consists of, by its name's end."""
    files = {name: tmp_path / f"report.{name}" for name in ("html", "json", "sarif", "junit", "csv", "markdown")}
    asked = ScanOptions.model_validate({name: str(file) for name, file in files.items()} | {"quiet": True} | options)
    assert Reports(WEAK, CATALOGUE, asked).write(files["html"]) == ()
    return {name: file.read_text(encoding="utf-8") for name, file in files.items()}


def test_people_read_polish_and_programs_read_english(tmp_path: Path) -> None:
    english, polish = report(tmp_path), report(tmp_path, language="pl")
    for name in ("json", "sarif", "junit", "csv"):
        assert polish[name] == english[name], name
    assert '<html lang="pl">' in polish["html"]
    assert "# Petal \\& Stem: raport bezpieczeństwa" in polish["markdown"]


def test_every_format_tells_the_same_findings(tmp_path: Path) -> None:
    """One view: what one format has, every other has."""
    made = report(tmp_path)
    found = [
        (verdict["rule"], finding["subject"])
        for verdict in json.loads(made["json"])["verdicts"]
        for finding in verdict["findings"]
        if finding["accepted"] is None
    ]
    assert len(found) == sum(WEAK.counts.values())
    for rule, subject in found:
        for name in ("html", "markdown", "sarif", "junit", "csv"):
            assert rule in made[name], (name, rule)
            assert subject in made[name].replace("&amp;", "&").replace("&lt;", "<"), (name, subject)


def test_a_pdf_is_written(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed")
    report(tmp_path, pdf=str(tmp_path / "report.pdf"))
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_pdf_that_cannot_be_made_loses_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports.formats.pdf.pdf, "__kwdefaults__", {"seconds": 0.01})
    asked = ScanOptions.model_validate({"pdf": tmp_path / "a.pdf", "markdown": tmp_path / "a.md", "quiet": True})
    (problem,) = Reports(WEAK, CATALOGUE, asked).write(tmp_path / "a.html")
    assert "took longer" in problem
    assert (tmp_path / "a.html").is_file()
    assert (tmp_path / "a.md").is_file()
    assert not (tmp_path / "a.pdf").exists()


def test_in_a_batch_each_shop_has_its_language_its_pdf_and_its_progress(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed")
    order = Order(Target.of(WEAK.site.url), (), ScanOptions(language="pl", pdf=Path("petal.pdf")), folder=tmp_path)
    before = document(replace(HARDENED, started=WEAK.started - timedelta(days=9)))
    reports = Reports(WEAK, CATALOGUE, order.options, trend=trend([before], document(WEAK), NO_RULES))
    assert write_of_shop(reports, order, tmp_path, Readers.OWNER) == f"{order.key}.html"
    page = (tmp_path / f"{order.key}.html").read_text(encoding="utf-8")
    assert '<html lang="pl">' in page
    assert "W porównaniu ze skanowaniem z dnia 12 listopada 2026." in page
    assert (tmp_path / "petal.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(("readers", "mode"), [(Readers.OWNER, 0o600), (Readers.GROUP, 0o640), (Readers.ALL, 0o644)])
def test_whoever_may_read_the_folder_of_reports(tmp_path: Path, readers: Readers, mode: int) -> None:
    """Also a file of earlier, which everybody read, and whatever the umask says."""
    order = Order(Target.of(WEAK.site.url), (), ScanOptions(), folder=tmp_path)
    (tmp_path / f"{order.key}.html").write_text("of yesterday", encoding="utf-8")
    (tmp_path / f"{order.key}.html").chmod(0o644)
    umask = os.umask(0o077)
    try:
        write_of_shop(Reports(WEAK, CATALOGUE, order.options), order, tmp_path, readers)
        settings = Settings(nightly=Nightly(readable_by=readers))
        write_overview(Overview(WEAK.started, WEAK.finished, ()), settings, ARTICLES, tmp_path)
    finally:
        os.umask(umask)
    assert {S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {mode}
    assert readers.folder_mode == {0o600: 0o700, 0o640: 0o750, 0o644: 0o755}[mode]


def test_single_reports_are_their_owner_s(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        report(tmp_path, fixes=str(tmp_path / "fixes"))
    finally:
        os.umask(umask)
    made = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(made) > 6
    assert {S_IMODE(file.stat().st_mode) for file in made} == {0o600}
    assert S_IMODE((tmp_path / "fixes").stat().st_mode) == 0o700
