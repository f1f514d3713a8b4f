"""A scan judged by what was known of software then, and judged again by the same, whatever was learnt since."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from checks.versions.age import software_end_of_life
from scanner import Found, Inconclusive, Passed, Version
from scanner.engine.catalogue import Catalogue, load
from scanner.engine.recording import Recording, _checksum, read_recording, write_recording
from scanner.engine.replay import recording_of, result_of
from scanner.engine.scan import Order, Scan, judged
from scanner.evidence import Arrival, Installations, Pages, Probes, Welcome
from scanner.gatherers.contract import Gathered
from scanner.platforms import newer
from scanner.platforms.loading import read_knowledge
from scanner.results.document import to_json
from scanner.results.result import ScanResult
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from scanner.testing import NOW, ORIGIN, answer, installation, installations, knowledge, page, pages, probes

RULE = "software-end-of-life"
ORDER = Order(Target.of(f"{ORIGIN}/"), (RULE,), ScanOptions())
WORDPRESS = installations(installation("wordpress", versions=[Version("6.9.1", "generator", ORIGIN)]))
ENDED = {"recorded": "2027-01-01", "source": "https://elsewhere.example/", "branch": [{"name": "6.9", "ended": True}]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder."""
    monkeypatch.setattr(newer, "folder", lambda: tmp_path / "data")
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def learn(folder: Path) -> None:
    """What ``update-data`` would leave: the branch has ended."""
    (folder / newer.SUPPORT).write_text(json.dumps({"wordpress": ENDED}))


def catalogue() -> Catalogue:
    return load(plugins=False)


def evidence(*, php: str = "") -> Gathered:
    headers = (("content-type", "text/html"), *([("x-powered-by", f"PHP/{php}")] if php else []))
    return {
        Arrival: Arrival(Welcome.OPEN, ORIGIN, "/", NOW, home=answer(200, "Roses")),
        Installations: WORDPRESS,
        Pages: pages(page(headers=headers)),
        Probes: probes(software_end_of_life, platforms=[("/", "wordpress")]),
    }


def result(gathered: Gathered) -> ScanResult:
    now = catalogue()
    return judged(ORDER, now, gathered, now.knowledge, NOW, NOW, Counter())


def recorded(to: Path, seen: ScanResult, gathered: Gathered) -> Recording:
    write_recording(to, recording_of(Scan(ORDER, seen, gathered, read_knowledge())), "1")
    return read_recording(to, catalogue().gatherers)


def test_the_same_evidence_gives_the_same_verdict_whatever_was_learnt_since(folder: Path) -> None:
    given = (probes(software_end_of_life, platforms=[("/", "wordpress")]), WORDPRESS, pages(), read_knowledge())
    before = software_end_of_life(*given)
    learn(folder)
    assert software_end_of_life(*given) == before
    assert isinstance(before, Passed)
    assert isinstance(software_end_of_life(*given[:-1], read_knowledge()), Found)


def test_a_recording_is_judged_by_what_was_known_then(folder: Path, tmp_path: Path) -> None:
    gathered = evidence()
    then = result(gathered)
    recording = recorded(tmp_path / "recording", then, gathered)
    learn(folder)
    assert to_json(result_of(recording, ORDER, catalogue())) == to_json(then)
    assert to_json(result(gathered)) != to_json(then)


def test_a_recording_made_after_an_update_needs_no_data_folder(folder: Path, tmp_path: Path) -> None:
    learn(folder)
    gathered = evidence()
    then = result(gathered)
    recording = recorded(tmp_path / "recording", then, gathered)
    (folder / newer.SUPPORT).unlink()
    assert to_json(result_of(recording, ORDER, catalogue())) == to_json(then)
    assert then.data["support/wordpress"] == "2027-01-01"


def test_a_recording_of_an_older_version_is_judged_by_what_is_known_now(tmp_path: Path) -> None:
    gathered = evidence()
    folder = tmp_path / "recording"
    recorded(folder, result(gathered), gathered)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "knowledge.json").unlink()
    del manifest["knowledge"], manifest["checksum"]
    (folder / "manifest.json").write_text(json.dumps({**manifest, "checksum": _checksum(manifest)}))
    recording = read_recording(folder, catalogue().gatherers)
    assert recording.tables == {}
    assert isinstance(result_of(recording, ORDER, catalogue()).judged[0].verdict, Passed)


def test_the_data_are_as_old_as_the_oldest_table_that_a_verdict_relied_on() -> None:
    days = {name: day.isoformat() for name, day in knowledge().days.items()}
    alone, with_php = result(evidence()), result(evidence(php="8.4.1"))
    assert alone.data == with_php.data == days
    assert alone.judged[0].relied == ("support/wordpress",)
    assert alone.data_as_of == days["support/wordpress"]
    assert with_php.judged[0].relied == ("support/php", "support/wordpress")
    assert with_php.data_as_of == min(days["support/wordpress"], days["support/php"])
    assert min(days.values()) < with_php.data_as_of, "some table is older, and nothing here relies on it"


def test_a_table_that_knows_no_answer_was_relied_on_too() -> None:
    unknown = {
        **evidence(),
        Installations: installations(installation("wordpress", versions=[Version("99.1", "generator", ORIGIN)])),
    }
    seen = result(unknown)
    assert isinstance(seen.judged[0].verdict, Inconclusive)
    assert seen.judged[0].relied == ("support/wordpress",)
