"""Events → messages: who is told what, in which words."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from reports.alerts.messages import all_quiet, changed, concerning
from reports.alerts.words import Told, Words
from scanner.history.events import Change, Event, Health
from scanner.rules.rule import Severity
from scanner.settings.models import Alert
from shopwarden.operations.notify import words_of
from tests.nights import FIRST, KEY
from tests.scanning import catalogue

NOW = FIRST + timedelta(days=3)
WORDS = Words({"exposed-config": "A settings file with passwords can be downloaded"}, "Harbour Web", "care@harbourweb.example")


def event(kind: Change | Health, severity: Severity = Severity.HIGH, subject: str = "/.env", **more: object) -> Event:
    said = {
        "site": KEY,
        "at": NOW,
        "kind": kind,
        "severity": severity,
        "rule": "exposed-config",
        "subject": subject,
        "since": FIRST,
    }
    return Event.model_validate(said | {"location": f"https://{KEY}{subject}", "shown": "DB_PASSWORD=…"} | more)


def shop(*events: Event, key: str = KEY, before: str | None = "C", after: str | None = "D") -> Told:
    return Told(key, "Petal & Stem", f"https://{key}/", events, before, after)


def alert(**more: object) -> Alert:
    return Alert.model_validate({"to": ["json://127.0.0.1"], **more})


NEW, FIXED = event(Change.NEW), event(Change.FIXED, Severity.LOW, "/b")


@pytest.mark.parametrize(
    ("shops", "subject"),
    [
        ([shop(NEW, event(Change.NEW, subject="/c"), event(Change.FIXED))], f"{KEY}: 2 new, 1 fixed, grade C → D"),
        ([shop(NEW, before="C", after="C")], f"{KEY}: 1 new"),
        ([shop(event(Health.UNREACHABLE), before=None, after=None)], f"{KEY}: cannot be reached"),
        ([shop(event(Health.BACK), event(Change.CAME_BACK))], f"{KEY}: 1 came back, can be reached again, grade C → D"),
        (
            [shop(NEW), shop(NEW, event(Change.FIXED), key="b.example", after=None), shop(event(Health.UNREACHABLE), key="c.example")],
            f"3 shops: 2 new, 1 fixed, 1 cannot be reached; worst {KEY}: 1 new, grade C → D",
        ),
        ([shop(event(Health.STILL_OPEN)), shop(event(Health.RISK_EXPIRED), key="b.example")],
         f"2 shops: 1 accepted risk ran out, 1 still open; worst {KEY}: 1 still open, grade C → D"),
    ],
)  # fmt: skip
def test_the_subject_says_it_all(shops: list[Told], subject: str) -> None:
    assert changed("r", shops, WORDS, NOW).subject == subject


def test_who_is_told_what() -> None:
    told = [shop(NEW, FIXED), shop(FIXED, key="b.example")]
    assert [[e.kind for e in one.events] for one in concerning(alert(), told)] == [["new"]]
    assert [one.key for one in concerning(alert(**{"from": "low"}), told)] == [KEY, "b.example"]
    assert [one.key for one in concerning(alert(**{"from": "low", "sites": ["https://www.B.example"]}), told)] == ["b.example"]
    assert concerning(alert(**{"from": "critical"}), told) == ()


@pytest.mark.parametrize(
    "one", [event(Change.FIRST_SEEN), event(Change.NEW, counts=False), event(Health.RISK_EXPIRED, counts=False)]
)
def test_what_is_first_seen_accepted_or_merely_possible_is_told_to_nobody(one: Event) -> None:
    assert concerning(alert(**{"from": "info"}), [shop(one)]) == ()


def test_the_worst_shop_comes_first() -> None:
    told = [shop(FIXED, key="a.example"), shop(event(Change.NEW, Severity.CRITICAL), key="z.example")]
    assert [one.key for one in concerning(alert(**{"from": "info"}), told)] == ["z.example", "a.example"]


def test_text_and_html_say_the_same() -> None:
    message = changed("r", [shop(*(event(kind) for kind in (*Change, *Health)))], WORDS, NOW)
    words = " ".join(BeautifulSoup(message.html, "lxml").get_text(" ").split())
    for heading in (
        "New",
        "Came back",
        "Fixed",
        "No longer applies",
        "Cannot be reached",
        "Still open",
        "Not confirmed for a while",
    ):
        assert heading in words
        assert heading in message.text
    for part in ("A settings file with passwords can be downloaded", f"https://{KEY}/.env", "DB_PASSWORD=…", "Petal & Stem"):
        assert part in words
        assert part in message.text
    assert "care@harbourweb.example" in message.text
    assert max(map(len, message.text.splitlines())) < 400


def test_a_script_at_the_checkout_is_told_in_words_of_its_own() -> None:
    script = event(Change.NEW, rule="third-party-script", subject="evil.example@checkout", location="")
    message = changed("r", [shop(script)], words_of(catalogue(), None), NOW)
    assert "A script from evil.example on the checkout page, where it was not before" in message.text
    assert "treat it as an attack" in message.text


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\r\nBcc: all@evil.example\x00\u202etxt.exe {{7*7}}"


def test_hostile_words_stay_words() -> None:
    bad = event(Change.NEW, subject=HOSTILE, shown=HOSTILE, location="javascript:alert(1)//" + HOSTILE, rule="exposed-config")
    message = changed("r", [Told(KEY, HOSTILE, f"https://{KEY}/", (bad,), "C", "D")], Words({"exposed-config": HOSTILE}), NOW)
    soup = BeautifulSoup(message.html, "lxml")
    assert not soup.find_all(["script", "img", "iframe", "form", "link", "a"])
    assert not [tag for tag in soup.find_all() if any(name.startswith("on") for name in tag.attrs)]
    assert "49" not in soup.get_text()
    for text in (message.subject, message.text, message.html):
        assert not re.search("[\x00\u202e\r]", text)
    assert "\n" not in message.subject
    assert "\nBcc:" not in message.text


def test_long_lists_are_cut_and_counted() -> None:
    message = changed("r", [shop(*(event(Change.NEW, subject=f"/{n}") for n in range(80)))], WORDS, NOW)
    assert message.subject == f"{KEY}: 80 new, grade C → D"
    assert "… and 30 more" in message.text
    assert "… and 30 more" in message.html
    assert len(message.payload["shops"][0]["events"]) == 80


def test_ids_are_the_same_for_the_same_events_and_receiver_alone() -> None:
    first = changed("r", [shop(NEW, FIXED)], WORDS, NOW)
    assert changed("r", [shop(FIXED, NEW)], WORDS, NOW + timedelta(days=1)).id == first.id
    assert len({first.id, changed("q", [shop(NEW, FIXED)], WORDS, NOW).id, changed("r", [shop(NEW)], WORDS, NOW).id}) == 3


def test_all_quiet() -> None:
    one = Told(KEY, KEY, f"https://{KEY}/", after="B", open_count=3)
    message = all_quiet("r", [one], WORDS, NOW)
    assert message.subject == f"{KEY}: all quiet, grade B"
    assert "3 open" in message.text
    away = Told("b.example", "B", "https://b.example/", away=FIRST)
    assert all_quiet("r", [one, away], WORDS, NOW).subject == "2 shops: 1 cannot be reached, otherwise quiet"
    assert "cannot be reached since 1 March 2026" in all_quiet("r", [away], WORDS, NOW).text
    assert all_quiet("r", [one], WORDS, NOW).id != all_quiet("r", [one], WORDS, NOW + timedelta(days=7)).id
