"""``--language`` and ``--pdf``, from the command line and the configuration: what cannot be done is said before the scan."""

from __future__ import annotations

from pathlib import Path

import pytest

import reports.formats.pdf
from scanner.scope.target import Target
from scanner.settings.errors import BadSettings
from scanner.settings.options import ScanOptions
from scanner.settings.reading import read_settings
from shopwarden.operations.report_options import unreportable


def test_what_cannot_be_made_is_told_with_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(unreportable(ScanOptions(language="fr"))) == [("language", "there is no language 'fr'; there are de, en, pl")]
    monkeypatch.setattr(reports.formats.pdf, "find_spec", lambda _name: None)
    assert list(unreportable(ScanOptions())) == []
    ((option, problem),) = unreportable(ScanOptions(pdf=Path("x.pdf")))
    assert option == "pdf"
    assert "pip install 'shopwarden[pdf]'" in problem


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
