"""What an earlier name of a rule or a subject is called today."""

from __future__ import annotations

import re

from scanner.rules.renames import changes, makers, today
from scanner.rules.rule import Rule, Severity, Was
from scanner.rules.verdicts import Passed


def rule(rule_id: str, *was: Was) -> Rule:
    return Rule(rule_id, Severity.LOW, "x", Passed, (), lambda _known, _knowledge: (), "", was=was)


HOST = re.compile(r"(\S+) \S+")
RULES = (
    rule("admin-over-http"),
    rule("admin-page-over-http", Was("admin-over-http")),
    rule("renamed-again", Was("renamed", since="2"), Was("first", since="1")),
    rule("tls-dated-cipher", Was("tls-weak-cipher", lambda old: HOST.sub(r"\1", old) if "AES" in old else None)),
    rule("tls-weak-cipher", Was("tls-weak-cipher", HOST)),
)


def test_changes_in_the_order_of_time() -> None:
    assert changes(RULES) == ("admin-over-http", "renamed 2", "tls-weak-cipher", "first 1")
    assert [one.id for one, _ in makers("tls-weak-cipher", RULES)] == ["tls-dated-cipher", "tls-weak-cipher"]


def test_every_name_of_today() -> None:
    assert today("hsts-missing", "x", RULES) == (("hsts-missing", "x"),)
    assert today("admin-over-http", "/a/", RULES) == (("admin-over-http", "/a/"), ("admin-page-over-http", "/a/"))
    assert set(today("tls-weak-cipher", "h AES", RULES)) == {
        ("tls-weak-cipher", "h AES"), ("tls-weak-cipher", "h"), ("tls-dated-cipher", "h"),
    }  # fmt: skip
    assert set(today("tls-weak-cipher", None, RULES)) == {("tls-weak-cipher", None), ("tls-dated-cipher", None)}
