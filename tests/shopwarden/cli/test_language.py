"""What the program asks, says and complains of, in the language of whoever types."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reports.i18n.language import english
from shopwarden.cli.group import main
from shopwarden.cli.language import of_terminal
from tests.reports.i18n.test_languages import ENGLISH_WORDS

SAID = {"en": "holds no shop", "de": "keinen Shop", "pl": "nie zawiera żadnego sklepu"}


def typed(*words: str, answers: str = "", **environment: str) -> Result:
    return CliRunner().invoke(main, [*words], input=answers, env={"LC_ALL": "", **environment}, catch_exceptions=False)


@pytest.fixture(autouse=True)
def _in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("set_to", "code"),
    [("de_DE.UTF-8", "de"), ("pl", "pl"), ("en_GB.UTF-8", "en"), ("cs_CZ.UTF-8", "en"), ("C", "en"), ("", "en"), ("../x", "en")],
)
def test_the_terminals_language_is_spoken_where_there_is_one(monkeypatch: pytest.MonkeyPatch, set_to: str, code: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", set_to)
    assert of_terminal() == code
    monkeypatch.setenv("LC_ALL", "pl_PL")
    assert of_terminal() == "pl", "it goes before LANG"


@pytest.mark.parametrize(("option", "configured", "terminal", "spoken"), [
    (None, None, "C", "en"),
    (None, None, "de_DE.UTF-8", "de"),
    (None, "pl", "de_DE.UTF-8", "pl"),
    (None, "en", "de_DE.UTF-8", "en"),
    (None, "xx", "de_DE.UTF-8", "en"),
])  # fmt: skip
def test_the_configuration_goes_before_the_terminal(
    option: str | None, configured: str | None, terminal: str, spoken: str
) -> None:
    if configured:
        Path("shopwarden.toml").write_text(f'[defaults]\nlanguage = "{configured}"\n')
    Path("shops.csv").write_text("url\n")
    answer = typed("batch", "shops.csv", LANG=terminal)
    assert answer.exit_code == 2
    assert SAID[spoken] in answer.output
    assert option is None


@pytest.mark.parametrize(
    ("code", "words"), [("de", "ist eine E-Mail-Adresse"), ("pl", "to adres e-mail"), ("en", "is an e-mail address")]
)
def test_the_option_goes_before_both(code: str, words: str) -> None:
    Path("shopwarden.toml").write_text('[defaults]\nlanguage = "pl"\n')
    answer = typed("scan", "jo@petal.example", "--language", code, LANG="de_DE.UTF-8")
    assert answer.exit_code == 2
    assert words in answer.output


def test_wrong_usage_is_said_in_it_too() -> None:
    answer = typed("scna", LANG="de_DE.UTF-8")
    assert answer.exit_code == 2
    assert "Fehler: 'scna' ist kein Befehl. Meinten Sie: shopwarden scan" in answer.output
    assert "Aufruf: " in answer.output
    assert "Die Option '--langauge' gibt es nicht." in typed("scan", "--langauge", "de", "x", LANG="de_DE.UTF-8").output


@pytest.mark.parametrize(
    ("code", "yes", "asked"), [("de", "j", "Trotzdem aufschreiben? [j/N]"), ("pl", "t", "Zapisać mimo to? [t/N]")]
)
def test_init_asks_in_it_and_takes_its_yes(code: str, yes: str, asked: str) -> None:
    answers = "\n".join(["127.0.0.1:1", "what", yes, "Petal", "", "", "", "", "", ""]) + "\n"
    answer = typed("init", "--language", code, "--allow-private", answers=answers)
    assert answer.exit_code == 0, answer.output
    assert asked in answer.output
    made = Path("shopwarden.toml").read_text()
    assert f'language = "{code}"' in made
    assert 'name = "Petal"' in made
    comments = re.findall(r"(?: {2,}# |^# (?=[A-Z]))(.+)$", made, re.MULTILINE)
    assert len(comments) > 10
    assert ENGLISH_WORDS.findall("\n".join(comments).replace("shopwarden scan", "")) == []
    assert tomllib.loads(made)["site"][0]["name"] == "Petal"


def test_rules_are_explained_in_it() -> None:
    german = typed("rules", "hsts-missing", "--language", "de").output
    assert "## Warum es wichtig ist" in german
    assert english().say("card.why") not in german


@pytest.mark.parametrize("command", ["", "scan", "reviews", "reviews done"])
@pytest.mark.parametrize(("code", "heading"), [("de", "Optionen:"), ("pl", "Opcje:")])
def test_help_is_in_it(command: str, code: str, heading: str) -> None:
    printed = typed(*command.split(), "--help", LANG=f"{code}_XX.UTF-8").output
    assert heading in printed
    assert {line for line in printed.splitlines() if ENGLISH_WORDS.search(line)} == set()
    assert "Options:" in typed(*command.split(), "--help", LANG="C").output


@pytest.mark.parametrize("code", ["de", "pl"])
def test_a_plan_is_in_it(code: str) -> None:
    printed = typed("plan", "petal.example", "--language", code).output
    prose = [line for line in printed.splitlines() if not line.lstrip().startswith("https://")]
    assert {line[:200] for line in prose if ENGLISH_WORDS.search(re.sub(r"/\S+|\([^)]*\)", "", line))} == set()
    assert typed("plan", "petal.example", LANG="C").output != printed
