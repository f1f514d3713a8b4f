"""Every command on a terminal of 40 and of 80 columns: what it prints fits, nothing is cut, and through a pipe a row is a line."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules

import pytest

import shopwarden.cli.commands
from shopwarden.cli import console
from tests.command_line import configured
from tests.command_line import shopwarden as typed
from tests.street import HTML, Street, response

ROOT = Path(__file__).parents[3]
COMMANDS = sorted(found.name.replace("_", "-") for found in iter_modules(shopwarden.cli.commands.__path__))
A, B = "amber.example", "basil-and-bergamot.example"
LEAK = response(
    b"<html><title>Amber</title></html>", headers=HTML + "Server: Apache/2.4.1 (Debian)\r\nX-Powered-By: PHP/5.6.40\r\n"
)
NOBODY = "http://127.0.0.1:1/"
SAID: dict[str, list[str]] = {
    "batch": ["batch --only directory-listing {to_a} --allow-private", "batch no-such-file.csv"],
    "check-config": ["check-config", "check-config no-such-folder/no-such-file.toml"],
    "demo": ["demo --html no-such-folder/no-such-file.html", "demo --serve --rate 0"],
    "diff": [f"diff {A}", f"diff {A} ffff ffff", "diff nothing-like-that.example"],
    "history": ["history", f"history {A}", "history --accept-clock", f"history {A} --forget-after 2027-01-01"],
    "init": ["init --yes {to_a} --config made.toml amber.example", "init --yes", "init --config shopwarden.toml"],
    "kit": [f"kit {A} kit", f"kit {A} shopwarden.toml", "kit nothing-like-that.example kit"],
    "letter": ["letter no-such-file.eml", f"letter {ROOT}/README.md"],
    "nightly": ["nightly --only directory-listing {to_a}", "nightly no-such-file.csv"],
    "plan": [f"plan {B}", "plan care@petals.example", "plan one.example another.example"],
    "recheck": [f"recheck {A} {{to_a}}", f"recheck {A} no-such-rule"],
    "replay": [f"replay {ROOT}/fixtures/shops/shopify", "replay no-such-folder"],
    "reviews": [f"reviews {A}", "reviews no-such-shop.example", "reviews done x --on soon", f"reviews done nothing --site {A}"],
    "rules": ["rules", "rules hsts-missing", "rules hsts-mising"],
    "scan": [f"scan {A} --only version-leak-header {{to_a}}", f"scan {A} --rate fast", f"scan {A} --only no-such-rule"],
    "update-data": [f"update-data --support {NOBODY} --libraries {NOBODY} --allow-private", "update-data --support nonsense"],
}
"""By command: what is typed; of each command its help and a mistake are read besides. ``{to_a}``: how the shops of the street are reached."""
OF_THE_PAST = {"diff", "history", "recheck"}

pytestmark = pytest.mark.usefixtures("folder")


def give_a_past(shops: Street) -> None:
    """One shop is scanned twice, and changed between."""
    for page in (LEAK, response(b"<html><title>Amber</title></html>")):
        shops.pages[A] = {"/": page}
        typed("batch", "--only", "version-leak-header,https-missing", *shops.options(A, B))


@pytest.fixture
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Stdout and stderr are a terminal of so many columns, that knows nothing but letters."""
    width: int = request.param
    monkeypatch.setattr(console, "terminal_width", lambda *, err=False: width)
    for name, value in {"COLUMNS": str(width), "TERM": "dumb", "NO_COLOR": "1", "LANG": "C"}.items():
        monkeypatch.setenv(name, value)
    return width


def too_long(printed: str, width: int) -> list[str]:
    """Lines that are longer, but for a word that is, and for what is to be pasted: commands, and blocks of an article."""
    found, block = [], False
    for line in printed.splitlines():
        fence = line.strip().startswith("```")
        if not (fence or block or len(line) <= width or len(line.split()) == 1 or line.strip().startswith("shopwarden ")):
            found.append(line)
        block ^= fence
    return found


def words_of(printed: str) -> str:
    return " ".join(printed.split())


def test_what_is_typed_is_a_command() -> None:
    assert set(SAID) <= set(COMMANDS)


@pytest.mark.parametrize("columns", [40, 80], indirect=True)
@pytest.mark.parametrize("command", COMMANDS)
def test_all_that_is_printed_fits(shops: Street, columns: int, command: str) -> None:
    configured(A, B)
    if command in OF_THE_PAST:
        give_a_past(shops)
    to_a = " ".join(shops.options(A, B))
    for line in (f"{command} --help", f"{command} --no-such-option", *SAID.get(command, [])):
        result = typed(*(words := line.format(to_a=to_a).split()))
        assert too_long(result.stdout, columns) == [], words
        assert too_long(result.stderr, columns) == [], words
        assert result.output.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words", [["rules", "hsts-missing"], ["plan", B], ["scan"], ["--help"], ["diff", A], ["batch", "none.csv"]]
)
def test_nothing_is_lost_by_wrapping(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    whole = typed(*words).output
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(console, "terminal_width", lambda *, err=False: 40)
    assert words_of(typed(*words).output) == words_of(whole)


def test_a_table_that_does_not_fit_is_a_block_a_row(shops: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(A, B)
    give_a_past(shops)
    piped = typed("history").stdout.splitlines()
    assert len(piped) == 3, "through a pipe a row is a line"
    monkeypatch.setattr(console, "terminal_width", lambda *, err=False: 40)
    blocks = typed("history").stdout.splitlines()
    assert blocks[0] == A
    assert [line.split("  ")[1].strip() for line in blocks[1:6]] == ["last scan", "command", "state", "grade", "open"]
    assert " ".join(piped[1].split()) == " ".join([blocks[0], *(" ".join(line[13:].split()) for line in blocks[1:6])])


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("name  state  what was found here", "name  state  what was\n             found here"),
        ("a rather long name  what was found", "a rather long name  what\n    was found"),
        ("  further in, and without columns", "  further in, and\n    without columns"),
        ("- a point that is too long for it", "- a point that is too\n  long for it"),
        ("a sentence that is too long for it", "a sentence that is too\nlong for it"),
        ("x https://petals.example/a/very/long/address", "x\nhttps://petals.example/a/very/long/address"),
        ("fits", "fits"),
        ("", ""),
    ],
)
def test_where_a_line_is_wrapped(line: str, shown: str) -> None:
    assert console.wrapped(line, 24) == shown
