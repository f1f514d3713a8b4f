"""``shopwarden kit``."""

from __future__ import annotations

import re
import stat
import time
from pathlib import Path

import pytest

from reports.kits.documents import DOCUMENTS
from scanner.history.store import History
from shopwarden.operations import kit
from tests.command_line import shopwarden
from tests.nights import night

SITE = """[[site]]
url = "https://petalandstem.example"
name = "Petal & Stem"
language = "de"
[[site.account]]
name = "Shop administration"
people = ["B. Root"]
[[site.person]]
name = "B. Root"
left = 2026-10-31
[site.breach]
team = [{ name = "A. Stem", phone = "+44 20 7946 0000", role = "decides" }]
regulator = "uk-ico"
"""


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shopwarden.toml").write_text(SITE)


def test_every_document_in_the_shops_language() -> None:
    result = shopwarden("kit", "petalandstem.example", "kit")
    assert result.exit_code == 0, result.output
    files = sorted(Path("kit").iterdir())
    assert [file.name for file in files if file.suffix == ".md"] == [f"{n:02}-{name}.md" for n, name in enumerate(DOCUMENTS, 1)]
    assert len(files) == 2 * len(DOCUMENTS)
    assert "04-breach-notice-customers: Nachricht an Kunden; to be filled in: 9" in " ".join(result.output.split())
    assert "Petal & Stem" in Path("kit/04-breach-notice-customers.md").read_text()
    assert "B. Root" in Path("kit/11-leavers-list.md").read_text()
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_what_was_filled_in_is_not_written_over() -> None:
    assert shopwarden("kit", "Petal & Stem", "kit", "--language", "en").exit_code == 0
    Path("kit/09-incident-diary.md").write_text("filled in")
    result = shopwarden("kit", "Petal & Stem", "kit", "--language", "en")
    assert (result.exit_code, "is there already" in " ".join(result.output.split())) == (2, True)
    assert Path("kit/09-incident-diary.md").read_text() == "filled in"
    assert shopwarden("kit", "Petal & Stem", "kit", "--replace").exit_code == 0
    assert "filled in" not in Path("kit/09-incident-diary.md").read_text()


def test_what_is_missing_is_said() -> None:
    Path("shopwarden.toml").write_text('[[site]]\nurl = "https://petalandstem.example"\n')
    result = shopwarden("kit", "petalandstem.example", "kit")
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert "the authority that must be told is not written down" in words
    assert "nobody of the breach team is written down" in words


def test_without_the_extra_markdown_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "can_make_docx", lambda: False)
    result = shopwarden("kit", "petalandstem.example", "kit")
    assert result.exit_code == 5
    assert "pip install 'shopwarden[people]'" in " ".join(result.output.split())
    assert {file.suffix for file in Path("kit").iterdir()} == {".md"}


def test_bad_input_is_told() -> None:
    assert shopwarden("kit", "petalandstems.example", "kit").exit_code == 2
    Path("file").touch()
    result = shopwarden("kit", "petalandstem.example", "file", "--language", "en")
    assert (result.exit_code, "is a file; give a folder" in result.output) == (2, True)
    assert shopwarden("kit", "petalandstem.example", "kit", "--language", "xx").exit_code == 2


def blanks(output: str) -> dict[str, int]:
    """How many each document has left, by its name."""
    return {
        name: int(left or 0)
        for name, left in re.findall(r"\d\d-([a-z-]+): .*?(?:in: (\d+)|nothing is)", " ".join(output.split()))
    }


def test_what_is_told_of_an_incident_stands_in_every_notice() -> None:
    told = ["--noticed", "2026-03-28 09:30", "--happened", "Strangers read the *orders*.", "--data", "names, addresses"]
    before = blanks(shopwarden("kit", "petalandstem.example", "kit", "--language", "en").output)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        result = shopwarden("kit", "petalandstem.example", "kit", "--language", "en", "--replace", *told)
    time.tzset()
    assert result.exit_code == 0, result.output
    after = blanks(result.output)
    notices = (
        "breach-notice-customers",
        "breach-notice-regulator",
        "breach-notice-partners",
        "breach-notice-staff",
        "incident-diary",
    )
    assert [before[name] - after[name] for name in notices] == [3, 3, 2, 2, 2]
    texts = {name: next(Path("kit").glob(f"*-{name}.md")).read_text() for name in notices}
    assert all("28 March 2026, 09:30" in text for text in texts.values())
    assert all(r"Strangers read the \*orders\*." in texts[name] for name in notices[:4])
    assert all("names, addresses" in texts[name] for name in notices[:2])
    assert "31 March 2026, 10:30" in texts["incident-diary"], "72 hours, with the change of clocks between them"


def test_what_the_last_scan_and_the_register_know_stands_in_the_notice() -> None:
    extra = '[[site.review]]\nname = "phishing-training"\ndone = 2026-10-05\n'
    account = 'name = "Shop administration"\n'
    Path("shopwarden.toml").write_text(SITE.replace(account, f"{account}second_factor = true\n") + extra)
    said = {"https-missing": "passed /", "hsts-missing": "passed /", "backup-missing": "passed /", "backup-corrupt": "unclear"}
    seen = night(0, said)
    areas = {"https": "transport", "hsts": "transport", "backup": "backup"}
    verdicts = tuple(one.model_copy(update={"area": areas[one.rule.partition("-")[0]]}) for one in seen.verdicts)
    history = History.open("kept.db")
    history.record(seen.model_copy(update={"verdicts": verdicts}))
    history.close()
    assert shopwarden("kit", "petalandstem.example", "kit", "--language", "en", "--database", "kept.db").exit_code == 0
    notice = Path("kit/05-breach-notice-regulator.md").read_text()
    assert (
        "| https on all pages; a second factor at every account; training of staff on 5 October 2026; as of 1 March 2026; ⟦"
        in notice
    )
    assert "| yes, last on 5 October 2026 |" in notice
    assert "backups of the last days" not in notice, "whether they open was not seen"


@pytest.mark.parametrize(("moment", "answer"), [("yesterday", "is no moment; write it like"), ("2999-01-01T10:00", "lies ahead")])
def test_a_moment_that_cannot_be(moment: str, answer: str) -> None:
    result = shopwarden("kit", "petalandstem.example", "kit", "--noticed", moment)
    assert (result.exit_code, answer in " ".join(result.output.split())) == (2, True)
    assert not Path("kit").exists()
