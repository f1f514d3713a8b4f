"""A shop that moved to another address: by whatever command it is followed, it stays known as its owner typed it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.history.store import History
from tests.command_line import shopwarden
from tests.street import HTML, Street, response

pytestmark = pytest.mark.usefixtures("folder")

OLD, NEW = "old.example", "new.example"
LEAK = response(b"<html><title>New</title></html>", headers=HTML + "X-Powered-By: PHP/5.6.40\r\n")


@pytest.fixture
def moved(shops: Street) -> list[str]:
    """The command line's words to reach both shops."""
    shops.pages[OLD] = {"/": response(b"", "301 Moved Permanently", headers=f"Location: http://{NEW}/\r\n")}
    shops.pages[NEW] = {"/": LEAK}
    return shops.options(OLD, NEW)


def the_same(file: Path) -> dict[str, str]:
    site = json.loads(file.read_text())["site"]
    assert (site["key"], site["url"], site["host"]) == (OLD, f"http://{OLD}/", NEW)
    return dict(site)


def test_each_command_keeps_key_address_and_file_names(moved: list[str]) -> None:
    followed = shopwarden("scan", f"http://{OLD}", "--follow", "--json", "scan.json", "--record", "kept", *moved)
    assert followed.exit_code == 0, followed.output
    assert f"http://{OLD}/ leads to http://{NEW}/" in followed.stderr
    the_same(Path("scan.json"))
    assert Path(f"{OLD}.html").is_file()

    Path("shopwarden.toml").write_text(f'[[site]]\nurl = "http://{OLD}"\nfollow = true\n')
    for command in ("batch", "nightly"):
        ran = shopwarden(command, *moved)
        assert ran.exit_code == 0, ran.output
        the_same(Path(f"shopwarden-reports/{OLD}.json"))
        assert Path(f"shopwarden-reports/{OLD}.html").is_file()
        assert [shop["url"] for shop in json.loads(Path("shopwarden-reports/shops.json").read_text())["shops"]] == [
            f"http://{OLD}/"
        ]
    history = History.open()
    assert [past.site for past in history.scans()] == [OLD] * 3
    history.close()

    checked = shopwarden("recheck", OLD, "version-leak-header", *moved)
    assert "still there" in checked.stdout, checked.output

    again = shopwarden("replay", "kept", "--json", "replayed.json", "--quiet", "--allow-private")
    assert again.exit_code == 0, again.output
    assert Path("replayed.json").read_text() == Path("scan.json").read_text()


def test_a_recheck_goes_where_the_scan_went_without_being_told(moved: list[str]) -> None:
    """No configuration says that the shop is to be followed; its owner said so when he scanned it."""
    assert shopwarden("scan", f"http://{OLD}", "--follow", *moved).exit_code == 0
    checked = shopwarden("recheck", OLD, "version-leak-header", *moved)
    assert "still there" in checked.stdout, checked.output


@pytest.mark.parametrize("led", ["http://jane:secret@new.example/", "http://new.example:99999/", 7])
def test_a_recording_that_says_it_went_nowhere_is_refused(moved: list[str], led: object) -> None:
    assert shopwarden("scan", f"http://{OLD}", "--follow", "--record", "kept", *moved).exit_code == 0
    from scanner.engine.recording import _checksum

    manifest = json.loads(Path("kept/manifest.json").read_text())
    manifest["facts"]["followed"] = led
    manifest["checksum"] = _checksum(manifest)
    Path("kept/manifest.json").write_text(json.dumps(manifest))
    refused = shopwarden("replay", "kept")
    assert (refused.exit_code, "manifest cannot be read" in refused.stderr) == (2, True)
