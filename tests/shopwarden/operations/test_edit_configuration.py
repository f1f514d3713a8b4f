"""What is put into a configuration stands where it belongs, and nothing else in the file changes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from scanner.settings.errors import BadSettings
from shopwarden.operations.edit_configuration import edited, with_entry, with_site
from shopwarden.operations.errors import Refused

FILE = """\
# Our clients.
[defaults]
language = "de"   # for all

[[site]]
url = "https://petalandstem.example"
# It runs on WooCommerce.

[[site.backup]]
kind = "database"
location = "/srv/db"

# Since March:
[[site]]
url = "https://oak.example/shop"

  [[site.accepted]]
  rule = "caa-missing"
  reason = "none yet"
  until = 2027-01-01

[[alert]]
webhook = "https://desk.example/hook"
secret = "${HOOK}"
# the end
"""
RISK = {"rule": "ssh-password-login", "subject": 'ssh:22 "old"', "reason": "Keys in spring\n", "until": date(2027, 3, 31)}


def changed_lines(before: str, after: str) -> list[str]:
    kept = iter(after.splitlines())
    assert all(line in kept for line in before.splitlines()), "a line went, or changed its place"
    return [line for line in after.splitlines() if line not in before.splitlines()]


@pytest.mark.parametrize(("key", "number"), [("petalandstem.example", 0), ("oak.example/shop", 1)])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_an_entry_of_a_shop(key: str, number: int, ends: str) -> None:
    text = FILE.replace("\n", ends)
    after = with_entry(text, key, "accepted", RISK)
    assert tomllib.loads(after)["site"][number]["accepted"][-1] == RISK
    put = changed_lines(text, after)
    assert put[:2] == ["[[site.accepted]]", 'rule = "ssh-password-login"']
    assert ("\r\n" in after) == (ends == "\r\n")
    twice = with_entry(after, key, "accepted", RISK | {"subject": "x"})
    assert [one["subject"] for one in tomllib.loads(twice)["site"][number]["accepted"][-2:]] == [RISK["subject"], "x"]


def test_a_comment_above_the_next_shop_stays_with_it() -> None:
    after = with_entry(FILE, "petalandstem.example", "accepted", RISK)
    assert "\n\n# Since March:\n[[site]]\n" in after


def test_another_shop() -> None:
    after = with_site(FILE, {"url": "https://new.example", "name": "Ümlaut & Co"})
    assert after.startswith(FILE.rstrip())
    assert tomllib.loads(after)["site"][-1] == {"url": "https://new.example", "name": "Ümlaut & Co"}
    assert tomllib.loads(with_site("", {"url": "https://new.example"})) == {"site": [{"url": "https://new.example"}]}


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (FILE, "strange.example", "strange.example is not in the configuration"),
        ('site = [{url = "https://a.example"}]\n', "a.example", r"cannot be changed here; write it yourself:\n\[\[site.accepted"),
        ('[[site]]\nurl = "https://a.example"\naccepted = []\n', "a.example", "cannot be changed here"),
        ('[[site]]\nurl = "https://a.example"\nname = """\n[[alert]]\n"""\n', "a.example", "cannot be changed here"),
    ],
)
def test_what_cannot_be_put_in_is_said_with_its_lines(text: str, key: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        with_entry(text, key, "accepted", RISK)


def test_a_shop_that_is_there_already() -> None:
    with pytest.raises(Refused, match=r"oak\.example/shop is in the configuration already"):
        with_site(FILE, {"url": "https://OAK.example/shop/"})


def test_what_would_be_no_configuration_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "shopwarden.toml"
    file.write_text(FILE)
    with pytest.raises(BadSettings, match=r"shopwarden\.toml, line \d+"):
        edited(file, lambda text: with_site(text, {"url": "https://new.example", "colour": "red"}))
    assert file.read_text() == FILE


def test_what_somebody_else_writes_meanwhile_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "shopwarden.toml"
    file.write_bytes(b"\xef\xbb\xbf" + FILE.encode())
    asked = []

    def change(text: str) -> str:
        asked.append(text)
        if len(asked) == 1:
            file.write_bytes(file.read_bytes() + b'\n[[site]]\nurl = "https://meanwhile.example"\n')
        return with_site(text, {"url": "https://new.example"})

    settings = edited(file, change)
    assert [site.url for site in settings.site][-2:] == ["https://meanwhile.example", "https://new.example"]
    assert file.read_bytes().startswith(b"\xef\xbb\xbf#")
    assert len(asked) == 2


def test_a_file_that_never_rests(tmp_path: Path) -> None:
    file = tmp_path / "shopwarden.toml"
    file.write_text(FILE)

    def change(text: str) -> str:
        file.write_text(f"{text}#\n")
        return with_site(text, {"url": "https://new.example"})

    with pytest.raises(Refused, match="somebody else keeps writing"):
        edited(file, change)
    assert "new.example" not in file.read_text()
