"""``shopwarden init``: a commented file that the program itself can read, from answers or from addresses alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanner.settings.reading import read_settings
from shopwarden.cli.group import main
from tests.command_line import shopwarden
from tests.street import HTML, Street, response

pytestmark = [pytest.mark.usefixtures("folder"), pytest.mark.slow]

A, B = "amber.example", "birch.example"
FILE = Path("shopwarden.toml")
NAMED = response(b"<html><title>Amber \xe2\x80\x93 stones</title><a href='/roses'>Roses</a><p>Stones</p></html>", headers=HTML)
WORDPRESS = response(
    b"<html><meta property='og:site_name' content='Birch'><meta name='generator' content='WordPress 6.4'><title>x</title>"
    b"<link rel=stylesheet href='/wp-content/themes/a/style.css'><script src='/wp-includes/js/x.js'></script>"
    b"<a href='/roses'>Roses</a></html>",
    headers=HTML,
)


def way(shops: Street, *hosts: str) -> list[str]:
    """How they are reached; a short look has no pace of its own."""
    words = shops.options(*hosts)
    at = words.index("--rate")
    return words[:at] + words[at + 2 :]


def answered(*answers: str, words: list[str]) -> Result:
    return CliRunner().invoke(main, ["init", *words], input="".join(f"{line}\n" for line in answers), catch_exceptions=False)


def test_without_questions_each_shop_is_recognised(shops: Street) -> None:
    shops.pages = {A: {"/": NAMED}, B: {"/": WORDPRESS}}
    shops.closed.add("cedar.example")
    urls = [f"http://{host}" for host in (A, B, A, "cedar.example")]
    result = shopwarden(
        "init", "--yes", *urls, *shops.options(A, B, "cedar.example")[:1], *shops.options(A, B, "cedar.example")[3:]
    )
    assert result.exit_code == 0, result.output
    settings = read_settings(None)
    assert [(site.url, site.name) for site in settings.site] == [
        (f"http://{A}/", "Amber"), (f"http://{B}/", "Birch"), ("http://cedar.example/", None),
    ]  # fmt: skip
    assert settings.defaults["allow_private"] is True
    text = FILE.read_text()
    assert "# It runs on WordPress." in text
    assert "# It could not be looked at when this was written:" in text
    assert sum(shops.asked.values()) < 60


def test_what_stands_as_a_comment_can_be_uncommented(shops: Street) -> None:
    shopwarden("init", "--yes", f"http://{A}", *way(shops, A))
    lines = FILE.read_text().splitlines()
    keys = [line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in lines]
    FILE.write_text("\n".join(line for line in keys if "${HEARTBEAT}" not in line))
    settings = read_settings(None)
    assert len(settings.site[0].backup) == 2
    assert settings.agency is not None
    assert len(settings.alert) == 1


def test_the_first_shop_alone_shows_what_else_there_is(shops: Street) -> None:
    shopwarden("init", "--yes", f"http://{A}", f"http://{B}", *way(shops, A, B))
    text = FILE.read_text()
    assert (text.count("[[site]]"), text.count("# [[site.backup]]"), text.count("# authorised_by")) == (2, 2, 1)
    assert text.rindex("# [[site.backup]]") < text.rindex("[[site]]")


def test_answers_are_asked_for_until_they_are_some(shops: Street) -> None:
    result = answered(
        "ftp://nowhere", f"http://{A}", "Amber & Sons “1”",
        "gopher://x", "sftp://b:pass@nas.example/db", "sftp://b@nas.example/db", "~/.ssh/k",
        "ftps://b@nas.example/files", "my password", "NAS_PASSWORD",
        f"http://www.{A}", "", "", "", "",
        "Harbour Web", "care@harbour.example", "fr", "de",
        "nobody", "care@harbour.example", "mail.harbour.example:465", "robot@harbour.example",
        words=way(shops, A),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    settings = read_settings(None)
    (site,) = settings.site
    database, files = site.backup
    assert (site.name, str(database.key_file), files.password) == ("Amber & Sons “1”", "~/.ssh/k", "${NAS_PASSWORD}")
    assert settings.agency is not None
    assert settings.agency.name == "Harbour Web"
    assert settings.defaults["language"] == "de"
    (address,) = settings.alert[0].to
    assert address.startswith("mailtos://robot%40harbour.example:${SMTP_PASSWORD}@mail.harbour.example:465/?from=robot@")
    assert address.endswith("&to=care@harbour.example&mode=ssl")
    assert "export NAS_PASSWORD=" in result.stdout
    assert "export SMTP_PASSWORD=" in result.stdout
    assert "pass@" not in FILE.read_text()


def test_what_is_there_stays_and_an_end_in_the_middle_writes_nothing(tmp_path: Path) -> None:
    result = answered(words=[])
    assert result.exit_code == 2
    assert "nothing was written" in result.stderr
    assert not FILE.exists()
    FILE.symlink_to(tmp_path / "elsewhere.toml")
    result = shopwarden("init", "--yes", A)
    assert result.exit_code == 2
    assert "is already there and stays as it is" in result.stderr
    assert not (tmp_path / "elsewhere.toml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--yes"], "name the shops"), (["--yes", "x y"], "is not a web address"), (["--yes", "10.0.0.1"], "private")],
)
def test_what_cannot_be_done_is_2(words: list[str], said: str) -> None:
    result = shopwarden("init", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not FILE.exists()
