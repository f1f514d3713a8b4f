"""From events to messages, each event once."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

import pytest

from reports.alerts.words import Words
from scanner.history.events import Change
from scanner.history.store import History
from scanner.settings.models import Agency, Settings
from shopwarden.delivery.outbox import deliver
from shopwarden.operations.notify import Post, Report, link_to, put_out
from shopwarden.operations.sites import read_shops
from tests.messages import NOW, waiting
from tests.nights import FIRST, KEY, compared, night
from tests.receivers import Hook


def test_a_problem_names_its_entry_in_the_file(history: History) -> None:
    addresses = ["json://127.0.0.1:1/", "mailto://127.0.0.1:1/?from=a@b.example"]
    post = Post.of(Settings.model_validate({"alert": [{"to": [address]} for address in addresses]}))
    history.outbox.tell([waiting(key) for key in post.receivers], [], NOW)
    problems = sorted(deliver(history, post.receivers, NOW))
    assert [problem.partition(":")[0] for problem in problems] == ["alert[1], json to 127.0.0.1", "alert[2], mail by 127.0.0.1"]


def test_events_are_told_once_and_a_changed_password_changes_no_receiver(
    history: History, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K", "one")
    settings = Settings.model_validate(
        {
            "site": [{"url": f"https://{KEY}", "name": "Petal & Stem"}],
            "alert": [{"webhook": f"http://127.0.0.1:{hook.port}/", "secret": "${K}", "from": "low"}],
        }
    )
    shops = read_shops(None, settings).shops
    for day, said in enumerate(["passed /a", "found x@/a", "passed /a"]):
        history.record(night(day, {"exposed-log": said}), compare=compared)
    hook.status = 500
    post = Post.of(settings)
    (told,) = put_out(history, post, shops, Words(), NOW)
    assert [event.kind for event in told.events] == [Change.NEW, Change.FIXED]
    assert deliver(history, post.receivers, NOW)
    monkeypatch.setenv("K", "two")
    hook.status = 204
    post = Post.of(settings)
    assert put_out(history, post, shops, Words(), NOW) == ()
    assert deliver(history, post.receivers, NOW) == ()
    assert json.loads(hook.requests[0][3])["subject"] == "Petal & Stem: new, high: Exposed log; 1 new, 1 fixed"


def test_all_quiet_comes_on_the_first_night_and_a_week_after_the_last_message(history: History) -> None:
    settings = Settings.model_validate(
        {
            "site": [{"url": f"https://{KEY}"}],
            "alert": [{"to": ["json://127.0.0.1:1"], "weekly": True}, {"to": ["json://127.0.0.1:2"]}],
        }
    )
    post, shops = Post.of(settings), read_shops(None, settings).shops
    said = {9: "found x@/a"}
    subjects: dict[int, list[str]] = {}
    for day in range(20):
        history.record(night(day, {"exposed-log": said.get(day, "passed /a") if day < 10 else "found x@/a"}), compare=compared)
        before = {one.id for one in history.outbox.waiting()}
        put_out(history, post, shops, Words(), FIRST + timedelta(days=day, minutes=-day))
        if new := [one.message["subject"] for one in history.outbox.waiting() if one.id not in before]:
            subjects[day] = new
    assert subjects == {
        0: [f"{KEY}: all quiet, grade A+"],
        7: [f"{KEY}: all quiet, grade A+"],
        9: [f"{KEY}: new, high: Exposed log, grade A+ → B"] * 2,
        16: [f"{KEY}: still open, high: Exposed log"] * 2,
    }


# ---- links and languages


@pytest.mark.parametrize(
    ("report_url", "link"),
    [
        (None, ""),
        ("https://reports.agency.example/{file}", "https://reports.agency.example/petalandstem.example.html"),
        ("https://a.example/r?of={file}&x=1", "https://a.example/r?of=petalandstem.example.html&x=1"),
    ],
)
def test_messages_link_where_the_agency_says_and_never_to_a_path(report_url: str | None, link: str) -> None:
    assert link_to(Agency(name="Harbour Web", report_url=report_url), "petalandstem.example.html") == link
    assert link_to(None, "petalandstem.example.html") == ""


def test_a_message_has_the_shops_link_and_language(history: History) -> None:
    settings = Settings.model_validate(
        {"site": [{"url": f"https://{KEY}", "name": "Petal & Stem"}], "alert": [{"to": ["json://127.0.0.1:1"], "from": "low"}]}
    )
    post, shops = Post.of(settings), read_shops(None, settings).shops
    history.record(night(0, {"exposed-log": "found x@/a y@/b"}), compare=partial(compared, answers=True))
    reports = {KEY: Report("https://reports.agency.example/x.html", "de")}
    put_out(history, post, shops, Words(), NOW, reports)
    (message,) = (one.message for one in history.outbox.waiting())
    assert message["subject"] == "Petal & Stem: erster Blick: 1 hoch, Note B"
    assert "Bericht: https://reports.agency.example/x.html" in message["text"]
