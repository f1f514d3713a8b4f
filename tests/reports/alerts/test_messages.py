"""Events → messages: who is told what, in which words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from reports.alerts.messages import all_quiet, changed, concerning
from reports.alerts.words import Told, Words
from reports.text.brand import Picture
from scanner.history.events import Change, Event, Health
from scanner.rules.rule import Severity
from scanner.settings.models import Alert
from shopwarden.operations.notify import words_of
from tests.nights import FIRST, KEY
from tests.reports.samples import article
from tests.scanning import catalogue

NOW = FIRST + timedelta(days=3)
TITLE = "A settings file with passwords can be downloaded"
FIX = """### nginx
Put this there:

```nginx
location ~ [.]env { return 404; }
```
### Hosting panel
About 10 minutes. Delete the file. Change the passwords that stood in it.
"""
LEAD = "Effort: 10 minutes.\nWhat may break: nothing. Try it first at a quiet hour.\n\n"
ARTICLES = {
    "exposed-config": article("exposed-config", TITLE, "g", fixes=LEAD + FIX),
    "ftp-plaintext": article("ftp-plaintext", "FTP sends your password readable", "g"),
}
WORDS = Words(ARTICLES, "Harbour Web", "care@harbourweb.example")


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


def shop(*events: Event, key: str = KEY, name: str = "Petal & Stem", before: str | None = "C", after: str | None = "D") -> Told:
    return Told(key, name, f"https://{key}/", events, before, after)


def alert(**more: object) -> Alert:
    return Alert.model_validate({"to": ["json://127.0.0.1"], **more})


NEW, FIXED = event(Change.NEW), event(Change.FIXED, Severity.LOW, "/b")


CRITICAL = event(Change.NEW, Severity.CRITICAL)
ROSE = {"key": "rose.example", "name": "Rose Garden"}


@pytest.mark.parametrize(
    ("shops", "subject"),
    [
        ([shop(NEW)], f"Petal & Stem: new, high: {TITLE}, grade C → D"),
        ([shop(NEW, before="C", after="C")], f"Petal & Stem: new, high: {TITLE}"),
        ([shop(NEW, FIXED)], f"Petal & Stem: new, high: {TITLE}, grade C → D; 1 new, 1 fixed"),
        ([shop(event(Change.NEW, Severity.LOW, "/b"), CRITICAL)], f"Petal & Stem: new, critical: {TITLE}, grade C → D"),
        ([shop(event(Change.CAME_BACK), after=None)], f"Petal & Stem: came back, high: {TITLE}"),
        ([shop(event(Health.STILL_OPEN), after="C")], f"Petal & Stem: still open, high: {TITLE}"),
        ([shop(event(Health.RISK_EXPIRED), after="C")], f"Petal & Stem: acceptance ran out, high: {TITLE}"),
        ([shop(FIXED, before="D", after="C")], "Petal & Stem: 1 fixed, grade D → C"),
        ([shop(event(Health.UNREACHABLE, rule=""), before=None, after=None)], "Petal & Stem: cannot be reached"),
        ([shop(event(Health.BACK, rule=""), NEW)], f"Petal & Stem: new, high: {TITLE}, grade C → D; 1 new, can be reached again"),
        ([shop(NEW, key="a.example", name="")], f"a.example: new, high: {TITLE}, grade C → D"),
        ([shop(event(Change.FIRST_LOOK, Severity.CRITICAL), event(Change.FIRST_LOOK, subject="/b", rule="ftp-plaintext"), before=None)],
         "Petal & Stem: first look: 1 critical, 1 high, grade D"),
        ([shop(NEW), shop(FIXED, before="D", after="C", **ROSE), shop(event(Health.UNREACHABLE, rule=""), key="c.example")],
         f"Petal & Stem: new, high: {TITLE}, grade C → D; 3 shops in all: 1 new, 1 fixed, 1 cannot be reached"),
        ([shop(event(Health.STILL_OPEN), after="C"), shop(event(Health.STILL_OPEN, site="rose.example"), after="C", **ROSE)],
         f"Petal & Stem: still open, high: {TITLE}; 2 shops in all: 2 still open"),
    ],
)  # fmt: skip
def test_the_subject_names_the_shop_and_what_is_new_and_worst_there(shops: list[Told], subject: str) -> None:
    assert changed("r", shops, WORDS, NOW).subject == subject


def test_what_is_new_comes_before_what_was_mended_however_bad_that_was() -> None:
    mended = shop(event(Change.FIXED, Severity.CRITICAL), key="a.example", name="Mended")
    reminded = shop(event(Health.STILL_OPEN, Severity.CRITICAL), key="b.example", name="Reminded")
    news = shop(event(Change.NEW, Severity.MEDIUM), key="z.example", name="News")
    chosen = concerning(alert(**{"from": "info"}), [mended, reminded, news])
    assert [one.name for one in chosen] == ["News", "Reminded", "Mended"]
    assert changed("r", chosen, WORDS, NOW).subject.startswith(f"News: new, medium: {TITLE}")


def test_places_are_no_problems() -> None:
    places = [event(Change.NEW, Severity.MEDIUM, f"/{n}") for n in range(24)]
    message = changed("r", [shop(*places, event(Change.FIXED, rule="ftp-plaintext", left=2))], WORDS, NOW)
    assert message.subject == f"Petal & Stem: new, medium: {TITLE}, grade C → D; 1 new, 1 fixed in part"
    assert message.text.count(TITLE) == 2  # in the subject, and once below
    assert "and 19 more places" in message.text
    assert "Fixed in part" in message.text


def test_one_event_may_stand_for_many_places() -> None:
    places = [event(Change.NEW, subject=f"/{n}") for n in range(6)]
    places[-1] = places[-1].model_copy(update={"more": 194})
    message = changed("r", [shop(*places)], WORDS, NOW)
    assert "and 195 more places" in message.text
    assert [one["more"] for one in message.payload["shops"][0]["events"]] == [0, 0, 0, 0, 0, 194]


def test_what_is_brought_to_mind_says_when_it_was_seen_last() -> None:
    seen, unseen = (changed("r", [shop(event(Health.STILL_OPEN, because=day))], WORDS, NOW).text for day in ("", "2026-03-02"))
    assert "Open since 1 March 2026." in seen
    assert "Seen last" not in seen
    assert "Open since 1 March 2026. Seen last on 2 March 2026; since then it could not be looked at." in " ".join(unseen.split())


def test_how_to_fix_it_takes_two_lines_and_a_link() -> None:
    told = replace(shop(NEW), report=f"https://reports.agency.example/{KEY}.html")
    message = changed("r", [told], WORDS, NOW)
    lines = [line.strip() for line in message.text.splitlines()]
    at = lines.index("What to do: Delete the file. Change the passwords that stood in it.")
    assert lines[at + 1 : at + 3] == [
        "About 10 minutes; step by step in the report.",
        f"https://reports.agency.example/{KEY}.html#rule-exposed-config",
    ]
    assert f"Report: https://reports.agency.example/{KEY}.html" in lines
    links = [str(tag["href"]) for tag in BeautifulSoup(message.html, "lxml").find_all("a")]
    assert links == [
        f"https://reports.agency.example/{KEY}.html#rule-exposed-config",
        f"https://reports.agency.example/{KEY}.html",
    ]
    assert message.payload["shops"][0]["report"] == f"https://reports.agency.example/{KEY}.html"


def test_without_an_address_for_reports_there_is_no_link() -> None:
    message = changed("r", [shop(NEW)], WORDS, NOW)
    assert "Report:" not in message.text
    assert not BeautifulSoup(message.html, "lxml").find_all("a")
    assert message.payload["shops"][0]["report"] == ""


@pytest.mark.parametrize(("code", "new", "what"), [("de", "neu, hoch", "Was zu tun ist"), ("pl", "nowy, wysoki", "Co zrobić")])
def test_a_message_speaks_the_language_of_its_shops(code: str, new: str, what: str) -> None:
    told = replace(shop(*(event(kind) for kind in (*Change, *Health)), NEW), language=code)
    message = changed("r", [told], WORDS, NOW)
    assert message.subject.startswith(f"Petal & Stem: {new}: ")
    assert what in message.text
    assert BeautifulSoup(message.html, "lxml").html["lang"] == code
    mixed = changed("r", [told, shop(NEW, key="b.example")], WORDS, NOW)
    assert "What to do" in mixed.text


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


def test_of_two_shops_with_news_as_bad_the_one_with_more_of_it_comes_first() -> None:
    one, two = event(Change.NEW, Severity.CRITICAL), event(Change.NEW, Severity.HIGH, rule="ftp-plaintext")
    places = [event(Change.NEW, Severity.CRITICAL, subject=f"/{n}") for n in range(3)]
    told = [shop(*places, key="a.example"), shop(one, key="b.example"), shop(one, two, key="c.example")]
    assert [each.key for each in concerning(alert(), told)] == ["c.example", "a.example", "b.example"]


def test_text_and_html_say_the_same() -> None:
    message = changed("r", [shop(*(event(kind) for kind in (*Change, *Health)))], WORDS, NOW)
    words = " ".join(BeautifulSoup(message.html.replace("<wbr>", ""), "lxml").get_text(" ").split())
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
    for part in (TITLE, f"https://{KEY}/.env", "DB_PASSWORD=…", "Petal & Stem"):
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
    told = Told(KEY, HOSTILE, f"https://{KEY}/", (bad,), "C", "D")
    message = changed("r", [told], Words({"exposed-config": article("exposed-config", HOSTILE.splitlines()[0], "g")}), NOW)
    soup = BeautifulSoup(message.html, "lxml")
    assert not soup.find_all(["script", "img", "iframe", "form", "link", "a"])
    assert not [tag for tag in soup.find_all() if any(name.startswith("on") for name in tag.attrs)]
    assert "49" not in soup.get_text()
    for text in (message.subject, message.text, message.html):
        assert not re.search("[\x00\u202e\r]", text)
    assert "\n" not in message.subject
    assert "\nBcc:" not in message.text


def test_long_lists_are_cut_and_counted() -> None:
    message = changed("r", [shop(*(event(Change.NEW, rule=f"rule-{n}") for n in range(80)))], WORDS, NOW)
    assert message.subject == "Petal & Stem: new, high: Rule 0, grade C → D; 80 new"
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


def test_the_payload_holds_neither_a_secret_nor_what_misleads_a_terminal() -> None:
    """A finding of a time when nobody redacted addresses, and a subject in which a stranger wrote."""
    one = event(
        Change.NEW,
        subject="/reset?token=tulips9",
        shown="It leads to https://u:tulips9@a.example/?sid=tulips9.",
        location="https://a.example/#id_token=tulips9",
        because="\u202etxt.exe",
    )
    (told,) = changed("r", [shop(one)], WORDS, NOW).payload["shops"][0]["events"]
    assert "tulips9" not in str(told)
    assert told["subject"] == "/reset?token=…"
    assert told["because"] == "‹U+202E›txt.exe"
    assert told["id"] == one.id


def test_a_logo_is_shown_from_within_the_mail_and_never_from_elsewhere() -> None:
    logo = Picture("png", b"\x89PNG\r\n\x1a\n")
    message = changed("r", [shop(event(Change.NEW))], replace(WORDS, logo=logo), NOW)
    (picture,) = BeautifulSoup(message.html, "lxml").select("img")
    assert picture["src"] == f"cid:{logo.name}"
    assert message.as_json()["logo"]["kind"] == "png"
    assert "base64" not in str(message.payload)
    assert changed("r", [shop(event(Change.NEW))], WORDS, NOW).html.count("<img") == 0
