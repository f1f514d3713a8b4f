"""Rules that were split, and subjects that changed: what is known goes along, and nobody is told of what did not happen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.history.comparison import Comparison, compare
from scanner.history.known import KnownSite
from scanner.history.renames import renamed
from scanner.history.store import History
from scanner.history.trend import trend
from scanner.results.document import ScanDocument
from scanner.rules.renames import changes
from scanner.rules.rule import Rule, Severity, Was
from scanner.rules.verdicts import Passed
from tests.nights import KEY, compared, night, told

BEFORE = Path(__file__).parents[3] / "fixtures" / "histories" / "0.1.0.sqlite3"
WWW = f"www.{KEY}"
DATED = re.compile(r"(\S+) TLS_(?:ECDHE_\w+|RSA_WITH_AES_\w+)")


def weak(subject: str) -> str | None:
    host, _, suite = subject.partition(" ")
    return host if "3DES" in suite else None


def rule(rule_id: str, severity: Severity, *was: Was) -> Rule:
    return Rule(rule_id, severity, "x", Passed, (), lambda _known, _knowledge: (), "", was=was)


RULES = {
    one.id: one
    for one in (
        rule("tls-weak-cipher", Severity.MEDIUM, Was("tls-weak-cipher", weak)),
        rule("tls-dated-cipher", Severity.INFO, Was("tls-weak-cipher", DATED)),
        rule("admin-over-http", Severity.CRITICAL),
        rule("admin-page-over-http", Severity.MEDIUM, Was("admin-over-http")),
    )
}
"""One rule's findings go to two, one a host; another rule is split, and its subjects do not tell which half they belong to."""
STILL = {
    "tls-weak-cipher": f"found {KEY}@{KEY} + {WWW}",
    "tls-dated-cipher": f"found {KEY}@{KEY} {WWW}@{WWW}",
    "admin-over-http": "found /admin/@/admin/ + /backoffice/ /gone/",
    "admin-page-over-http": "found /backoffice/@/backoffice/ + /admin/ /gone/",
    "hsts-missing": f"found {KEY}@{KEY}",
    "exposed-log": "passed /debug.log",
}
"""Nothing has changed at the shop since the version before looked at it last; only its rules have."""


def seen(day: int, said: Mapping[str, str], rules: Mapping[str, Rule] = RULES) -> ScanDocument:
    """A night, judged by these rules."""
    made = night(day, dict(said))
    return made.model_copy(update={"tool": made.tool.model_copy(update={"renames": changes(rules.values())})})


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    shutil.copy(BEFORE, tmp_path / "history.sqlite3")
    opened = History.open(str(tmp_path / "history.sqlite3"))
    yield opened
    opened.close()


def record(history: History, day: int, **other: str) -> Comparison:
    said = {**STILL, **{rule.replace("_", "-"): word for rule, word in other.items()}}
    step = history.record(seen(day, said), compare=partial(compare, rules=RULES))
    assert step is not None
    return step


def names(known: KnownSite) -> set[tuple[str, str]]:
    return {(rule, subject) for rule, subject, _ in known.open_findings}


def test_a_history_of_the_version_before_goes_on_without_a_word(history: History) -> None:
    assert len(names(history.known(KEY))) == 8
    first, second = record(history, 3), record(history, 4)
    assert (told(first.events), told(second.events)) == ([], [])
    assert names(second.known) == names(history.known(KEY)) == {
        ("tls-weak-cipher", KEY), ("tls-dated-cipher", KEY), ("tls-dated-cipher", WWW), ("hsts-missing", KEY),
        ("admin-over-http", "/admin/"), ("admin-page-over-http", "/backoffice/"),
    }  # fmt: skip
    assert all((finding.since - night(0).started).days == 0 for _, _, finding in second.known.open_findings)
    assert history.outbox.untold() == ()


def test_without_what_the_rules_say_there_would_be_false_news(history: History) -> None:
    bare = night(3, STILL)
    step = history.record(bare, compare=compared)
    assert step is not None
    assert len(told(step.events)) > 8


def test_what_is_mended_later_is_told_once_under_the_name_of_today(history: History) -> None:
    record(history, 3)
    mended = record(history, 4, admin_over_http="passed /admin/ /backoffice/ /gone/")
    assert [(event.rule, *told([event])) for event in mended.events] == [("admin-over-http", "4 fixed /admin/")]
    mended = record(history, 5, admin_over_http="passed /admin/", admin_page_over_http="passed /admin/ /backoffice/")
    assert [(event.rule, *told([event])) for event in mended.events] == [("admin-page-over-http", "5 fixed /backoffice/")]


def test_what_is_mended_in_the_night_of_the_release_is_told_once(history: History) -> None:
    gone = dict.fromkeys(("admin_over_http", "admin_page_over_http"), "passed /admin/ /backoffice/ /gone/")
    mended = record(history, 3, **gone, tls_dated_cipher=f"passed {KEY} {WWW}")
    assert [(event.rule, event.kind, event.subject) for event in mended.events] == [
        ("admin-over-http", "fixed", "/admin/"),
        ("admin-over-http", "fixed", "/backoffice/"),
        ("tls-dated-cipher", "fixed", KEY),
        ("tls-dated-cipher", "fixed", WWW),
    ]


def test_half_of_it_could_not_be_looked_at(history: History) -> None:
    unclear = record(history, 3, admin_page_over_http="unclear", tls_weak_cipher="unclear")
    assert told(unclear.events) == []
    assert ("admin-page-over-http", "/backoffice/") in names(unclear.known)
    assert told(record(history, 4).events) == []
    both = dict.fromkeys(("admin_over_http", "admin_page_over_http"), "passed /admin/ /backoffice/ /gone/")
    assert told(record(history, 5, **both).events) == ["5 fixed /admin/", "5 fixed /backoffice/"]


def test_a_half_that_turns_out_to_be_the_other_is_new_when_it_comes(history: History) -> None:
    record(history, 3)
    worse = record(history, 4, admin_over_http="found /admin/@/admin/ /backoffice/@/backoffice/ + /gone/")
    assert [(event.rule, *told([event])) for event in worse.events] == [("admin-over-http", "4 new /backoffice/")]


def test_a_real_change_in_the_night_of_the_release_is_told(history: History) -> None:
    worse = record(
        history,
        3,
        exposed_log="found /debug.log@/debug.log",
        admin_over_http="found /admin/@/admin/ /gone/@/gone/ + /backoffice/",
    )
    assert [(event.rule, *told([event])) for event in worse.events] == [
        ("admin-over-http", "3 came-back /gone/"),
        ("exposed-log", "3 new /debug.log"),
    ]


def test_what_was_accepted_stays_so_where_all_of_it_was(history: History) -> None:
    known = renamed(history.known(KEY), RULES)
    dated = known.rules["tls-dated-cipher"].findings
    assert (dated[KEY].accepted_until, dated[WWW].accepted_until) == (None, night(0).started.date().replace(month=6, day=30))


def test_a_release_alone_changes_no_grade_that_is_told(history: History) -> None:
    before = history.known(KEY).letter(["tls-weak-cipher", "admin-over-http", "hsts-missing"], night(3).started.date())
    step = record(history, 3, new_rule=f"found {KEY}@{KEY}")
    assert before is not None
    assert step.before == step.after
    worse = record(history, 4, new_rule=f"found {KEY}@{KEY}", exposed_log="found /debug.log@/debug.log")
    assert told(worse.events) == ["4 new /debug.log"]


def test_the_grade_that_a_message_shows_is_over_rules_that_were_known() -> None:
    known = compared(KnownSite(), night(0, {"exposed-log": "passed /a"})).known
    brought = compared(known, night(1, {"exposed-log": "passed /a", "exposed-config": "found /x@/x"}))
    assert (brought.before, brought.after) == ("D", "D")
    both = compared(known, night(1, {"exposed-log": "found /a@/a", "exposed-config": "found /x@/x"}))
    assert (both.before, both.after) == ("A+", "B")
    assert (compared(brought.known, night(2, {"exposed-log": "passed /a", "exposed-config": "passed /x"})).before) == "D"


def test_scans_by_hand_before_and_after_a_release_are_compared_without_a_word() -> None:
    subjects = {
        "tls-weak-cipher": f"found {KEY}|TLS_RSA_WITH_3DES@{KEY} {KEY}|TLS_RSA_WITH_AES_128@{KEY}",
        "admin-over-http": "found /a/@/a/",
    }
    old = [ScanDocument.model_validate_json(night(day, subjects).model_dump_json().replace("|", " ")) for day in (0, 1)]
    new = {
        "tls-weak-cipher": f"found {KEY}@{KEY}", "tls-dated-cipher": f"found {KEY}@{KEY}",
        "admin-over-http": "passed /a/", "admin-page-over-http": "found /a/@/a/",
    }  # fmt: skip
    assert trend(old, seen(2, new), RULES).changes == ()
    assert trend([*old, seen(2, new)], seen(3, new), RULES).changes == ()


def test_a_rule_that_got_another_id_keeps_all_it_knew() -> None:
    rules = {"open-log": rule("open-log", Severity.HIGH, Was("exposed-log"))}
    known = compared(KnownSite(), night(0, {"exposed-log": "found x@/a y@/b"})).known
    step = compare(known, seen(1, {"open-log": "found x@/a y@/b"}, rules), rules)
    assert (step.events, names(step.known)) == ((), {("open-log", "x"), ("open-log", "y")})
    assert "exposed-log" not in step.known.rules
    assert [event.kind for event in compare(step.known, seen(2, {"open-log": "found y@/b + /a"}, rules), rules).events] == [
        "fixed"
    ]


def test_changes_are_made_once_and_in_the_order_of_time() -> None:
    rules = {"c": rule("c", Severity.LOW, Was("c", re.compile("a(.*)"), "1"), Was("c", re.compile("b(.*)"), "2"))}
    known = compared(KnownSite(), night(0, {"c": "found abab@/x"})).known
    once = renamed(known, rules)
    assert names(once) == {("c", "ab")}
    assert renamed(once, rules) is once
    assert renamed(KnownSite(), rules).renames == ("c 1", "c 2")


def test_a_rule_that_grew_graver_reminds_of_nothing_in_the_night_of_its_release() -> None:
    rules = {"graver": rule("graver", Severity.HIGH, Was("ssh-password-login"))}
    known = compared(KnownSite(), night(0, {"ssh-password-login": "found x@/a"})).known
    known = compared(known, night(20, {"ssh-password-login": "found x@/a"})).known
    assert compare(known, seen(21, {"graver": "found x@/a"}, rules), rules).events == ()


HOSTS, SUITES = (KEY, WWW), ("TLS_RSA_WITH_3DES", "TLS_RSA_WITH_AES_128", "TLS_ECDHE_X", "TLS_OTHER")
suites = st.lists(st.tuples(st.sampled_from(HOSTS), st.sampled_from(SUITES)), unique=True)


@given(
    suites,
    st.lists(st.sampled_from(("/a/", "/b/", "/c/")), unique=True),
    st.sets(st.sampled_from(("/a/", "/b/", "/c/"))),
    st.integers(0, 2),
)
def test_no_release_makes_a_finding_event(found: list[tuple[str, str]], logins: list[str], pages: set[str], blanks: int) -> None:
    """Whatever was open, and however it falls to the rules of today: as long as the shop is the same, nothing is told."""

    def says(subjects: set[str], examined: tuple[str, ...]) -> str:
        place = {subject: subject.partition("|")[0] for subject in subjects}
        every = " ".join(examined)
        return f"found {' '.join(f'{one}@{place[one]}' for one in sorted(subjects))} + {every}" if subjects else f"passed {every}"

    paths = ("/a/", "/b/", "/c/")
    before = {
        "tls-weak-cipher": says({f"{host}|{suite}" for host, suite in found}, HOSTS),
        "admin-over-http": says(set(logins), paths),
    }
    after = {
        "tls-weak-cipher": says({host for host, suite in found if "3DES" in suite}, HOSTS),
        "tls-dated-cipher": says({host for host, suite in found if "AES" in suite or "ECDHE" in suite}, HOSTS),
        "admin-over-http": says(set(logins) - pages, paths),
        "admin-page-over-http": says(set(logins) & pages, paths),
    }
    known = KnownSite()
    for day in (0, 1):
        old = ScanDocument.model_validate_json(night(day, before).model_dump_json().replace("|", " "))
        known = compare(known, old, RULES).known
    for day in range(2, 3 + blanks):
        said = dict.fromkeys(after, "unclear") if day < 2 + blanks else after
        step = compare(known, seen(day, said), RULES)
        assert told(step.events) == []
        assert step.before == step.after
        known = step.known
