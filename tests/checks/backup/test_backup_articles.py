"""The articles of the backup rules: well-formed, and what they tell people to configure is a valid configuration."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import checks.backup
from checks.backup import age, content, presence, sizes, whereabouts
from scanner.gatherers.backups.places import locate
from scanner.rules.articles import markdown, read_article
from scanner.rules.rule import Severity, rule_of
from scanner.settings.reading import read_settings

FOLDER = Path(checks.backup.__file__).parent
RULES = [
    rule for module in (age, content, presence, sizes, whereabouts) for thing in vars(module).values() if (rule := rule_of(thing))
]
FENCES = [
    (file.stem, token.info.split()[0], token.content)
    for file in sorted(FOLDER.glob("*.md"))
    for token in markdown().parse(file.read_text(encoding="utf-8"))
    if token.type == "fence"
]


def test_every_rule_has_its_article_and_its_severity():
    assert {rule.id: rule.severity for rule in RULES} == {
        "backup-not-configured": Severity.INFO,
        "backup-missing": Severity.CRITICAL,
        "backup-database-stale": Severity.HIGH,
        "backup-site-stale": Severity.MEDIUM,
        "backup-suspicious-size": Severity.HIGH,
        "backup-corrupt": Severity.HIGH,
        "backup-same-server": Severity.MEDIUM,
    }
    assert {file.stem for file in FOLDER.glob("*.md")} == {rule.id for rule in RULES}
    for rule in RULES:
        assert rule.area == "backup"
        article = read_article(rule.id, FOLDER / f"{rule.id}.md")
        assert any(fix.where == "Any server" for fix in article.fixes)


@pytest.mark.parametrize("text", [text for _, language, text in FENCES if language == "toml"])
def test_what_we_tell_people_to_configure_is_valid(tmp_path, text):
    (tmp_path / "shopwarden.toml").write_text(text)
    settings = read_settings(tmp_path / "shopwarden.toml")
    places = [place for site in settings.site for place in site.backup]
    assert places
    for place in places:
        locate(place.location, tmp_path)


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, language, text in FENCES if language == "sh" and text.startswith("#!")]
)
def test_scripts_are_valid_bash_and_keep_unfinished_files_apart(rule, text):
    assert rule
    assert subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False).stderr == ""
    assert "set -euo pipefail" in text
    assert ".part" in text
