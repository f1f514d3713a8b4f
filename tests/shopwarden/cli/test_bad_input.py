"""What people type by mistake: each ends with 2 before anything is asked, and says which option, file or address, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import configured, shopwarden

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("scan", "Missing argument 'URL'"),
        ("scan a.example --rate abc", "--rate"),
        ("scan a.example --rate 0", "--rate: must be more than 0"),
        ("scan a.example --max-time -1", "--max-time: must be at least 1"),
        ("scan a.example --max-requests 1e3", "--max-requests"),
        ("scan a.example --only nope", "--only: no rule is called 'nope'"),
        ("scan a.example --only ,", "names no rule"),
        ("scan a.example --port web=80", "--port: 'web=80' is not SERVICE=N, as in https=8443"),
        ("scan a.example --port https=99999", "a number from 1 to 65535"),
        ("scan a.example --resolve a.example", "--resolve: 'a.example' is not HOST:ADDRESS"),
        ("scan a.example --ca-file nope.pem", "--ca-file: nope.pem: there is no such file"),
        ("scan a.example --fail-on bad", "--fail-on: must be 'critical', 'high'"),
        ("scan a.example --language fr", "there are de, en, pl"),
        ("scan a.example --pdf-full", "--pdf FILE says where it goes"),
        ("letter empty.toml --pdf-full", "--pdf FILE says where it goes"),
        ("demo --pdf-full", "--pdf FILE says where it goes"),
        ("scan a.example --html .", ".: is a folder; give a file name"),
        ("scan a.example --json no/r.json", "there is no folder no"),
        ("scan a.example --database mysql://x", "only SQLite and PostgreSQL"),
        ("scan a.example --config nope.toml", "nope.toml: cannot be read"),
        ("scan http://", "names no host; write it like https://"),
        ("scan https://a.example:99999", "ports go from 1 to 65535"),
        ("scan ftp://a.example", "ftp:// cannot be scanned; give the shop's web address"),
        ("scan javascript:alert(1)", "is not a web address"),
        ("scan https://a..example", "is no name that a host can have"),
        ("scan ht!tp:/x", "is no name that a host can have"),
        ("scan --- ", "No such option"),
        ("scan /etc/hosts", "names no host"),
        ("scan 127.0.0.1", "add --allow-private"),
        ("scan a.example b.example", "For many shops: shopwarden batch FILE"),
        ("batch nope.csv", "nope.csv: cannot be read"),
        ("batch", "write [[site]] entries into shopwarden.toml"),
        ("batch shops.csv", "shops.csv, line 2: rate: must be a number"),
        ("nightly --at-once 0", "--at-once"),
        ("recheck nobody.example", "no scan of 'nobody.example' is recorded"),
        ("history nobody.example", "shopwarden history lists the shops"),
        ("history a.example --forget-after soon", "'soon' is no day; write it like 2026-11-30"),
        ("diff nobody.example", "no scan of 'nobody.example' is recorded"),
        ("replay nope", "give the folder that --record wrote"),
        ("rules nope", "shopwarden rules lists them"),
        ("init --yes", "name the shops, as in shopwarden init --yes"),
        ("init --yes me@x.example --config new.toml", "is an e-mail address; give the shop's web address"),
        ("check-config nope.toml", "nope.toml: cannot be read"),
        ("check-config --config empty.toml", "write [[site]] entries into empty.toml"),
        ("update-data --libraries nope", "write one that begins with https://"),
        ("demo --rate 0", "--rate"),
        ("--verzion", "Did you mean '--version'"),
    ],
)  # fmt: skip
def test_it_is_told_with_the_way_out(typed: str, said: str) -> None:
    Path("shops.csv").write_text("url,rate\na.example,fast\n")
    Path("empty.toml").write_text("")
    result = shopwarden(*typed.split())
    assert (result.exit_code, said in " ".join(result.output.split())) == (2, True), result.output
    assert "Traceback" not in result.output
    assert "defect" not in result.output


def test_a_spreadsheet_says_numbers_and_yes_in_text() -> None:
    configured("a.example")
    Path("shops.csv").write_text(
        "url,rate,follow,max_pages\nhttp://127.0.0.1:1/,7.5,yes,9\nhttp://127.0.0.1:1/b/,7.5,perhaps,9\n"
    )
    assert "shops.csv, line 3: follow: must be true or false" in shopwarden("batch", "shops.csv").stderr
