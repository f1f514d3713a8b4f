"""``--language`` and ``--pdf`` from the command line and the configuration, and what stays English whatever is asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

import reports.formats.pdf
from scanner.engine.catalogue import Catalogue
from scanner.history.trend import trend
from scanner.results.document import document
from scanner.scope.target import Target
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from scanner.settings.options import ScanOptions
from scanner.settings.reading import read_settings
from shopwarden.cli import group, many
from tests.nights import NO_RULES
from tests.reports.samples import ARTICLES, HARDENED, RULES, WEAK

CATALOGUE = Catalogue(RULES, ARTICLES, {})


def report(tmp_path: Path, **options: object) -> dict[str, str]:
    """Every file that a report consists of, by its name's end."""
    files = {name: tmp_path / f"report.{name}" for name in ("html", "json", "sarif", "junit", "csv", "markdown")}
    asked = ScanOptions.model_validate({name: str(file) for name, file in files.items()} | {"quiet": True} | options)
    assert group._report(WEAK, CATALOGUE, asked, None, files["html"])
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


def test_a_pdf_that_cannot_be_made_loses_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reports.formats.pdf.pdf, "__kwdefaults__", {"seconds": 0.01})
    asked = ScanOptions.model_validate({"pdf": tmp_path / "a.pdf", "markdown": tmp_path / "a.md", "quiet": True})
    assert not group._report(WEAK, CATALOGUE, asked, None, tmp_path / "a.html")
    assert "took longer" in capsys.readouterr().err
    assert (tmp_path / "a.html").is_file()
    assert (tmp_path / "a.md").is_file()
    assert not (tmp_path / "a.pdf").exists()


def test_wrong_usage_is_told_before_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(click.ClickException, match="there are de, en, pl") as told:
        group._check_report(ScanOptions(language="fr"))
    assert told.value.exit_code == group.USAGE
    monkeypatch.setattr(reports.formats.pdf, "find_spec", lambda _name: None)
    group._check_report(ScanOptions())
    with pytest.raises(click.ClickException, match=r"pip install 'shopwarden\[pdf\]'"):
        group._check_report(ScanOptions(pdf=Path("x.pdf")))


def test_a_shop_has_its_own_language(tmp_path: Path) -> None:
    file = tmp_path / "shopwarden.toml"
    file.write_text(
        '[defaults]\nlanguage = "de"\n[[site]]\nurl = "https://kwiaty.example"\nlanguage = "pl"\n[[site]]\nurl = "https://blumen.example"\n',
        encoding="utf-8",
    )
    settings = read_settings(file)
    languages = [settings.options_for(settings.site_for(Target.of(site.url)), {}).language for site in settings.site]
    assert languages == ["pl", "de"]
    file.write_text('[defaults]\nlanguage = "../en"\n', encoding="utf-8")
    with pytest.raises(BadSettings, match="language"):
        read_settings(file)


def test_in_a_batch_each_shop_has_its_language_its_pdf_and_its_progress(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed")
    run = object.__new__(many._Run)
    run._kit = many.Kit(
        group._settings,
        group._catalogue,
        group._check_report,
        group._shop_page,
        group._shop_pdf,
        group._overview_page,
        group.WrongUsage,
    )
    run._catalogue, run._settings = CATALOGUE, Settings(folder=tmp_path)
    options = ScanOptions(language="pl", pdf=Path("petal.pdf"))
    run._orders = [SimpleNamespace(options=options, target=SimpleNamespace(key=WEAK.site.key))]
    before = document(replace(HARDENED, started=WEAK.started - timedelta(days=9)))
    run._write_shop(WEAK, tmp_path / "petal.html", trend([before], document(WEAK), NO_RULES))
    page = (tmp_path / "petal.html").read_text(encoding="utf-8")
    assert '<html lang="pl">' in page
    assert "W porównaniu ze skanowaniem z dnia 12 listopada 2026." in page
    assert (tmp_path / "petal.pdf").read_bytes().startswith(b"%PDF-")
