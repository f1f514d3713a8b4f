"""SPF by rule, each case agreed with pyspf; and what a record is worth against strangers."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

import pytest
import spf as oracle

from scanner.evidence import DnsAnswer, DnsLookup, Existence, Unavailable
from scanner.mail.answers import Answers, completed, existence_in
from scanner.mail.spf import SpfFault, SpfReading, check_host, examined
from tests.scanner.mail.spf_cases import CASES, HELO, IN, SENDER, ZONE, Case

UNANSWERED = Unavailable("No answer within 5 s.")
OTHERWISE: Mapping[str, str] = {
    "an address of IPv4 in IPv6 is one of IPv4": "pyspf takes it as an address of IPv6; RFC 7208 5 says IPv4",
    "a name that is too long loses its first labels": "pyspf takes off one label; RFC 7208 7.3 as many as needed",
    "nought parts": "pyspf takes none; RFC 7208 7.3 says that the number is not zero",
    "a macro that does not end": "pyspf takes the brace as a letter; the grammar of RFC 7208 7.1 has no such",
}
"""Cases in which the oracle errs, and why."""


def _zone(record: str | None) -> dict[tuple[str, str], DnsAnswer | Unavailable]:
    records = {**ZONE, **({"TXT shop.example": (record,)} if record is not None else {})}
    held = {(key.partition(" ")[2].lower(), key.partition(" ")[0]): found for key, found in records.items()}
    return {key: DnsAnswer(Existence.FOUND, found) if found else UNANSWERED for key, found in held.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_by_rule(case: Case) -> None:
    _, record, address, sender, expected = case
    zone = _zone(record)

    def read(answers: Answers) -> object:
        return check_host(ipaddress.ip_address(address), "shop.example", sender, HELO, answers)

    check = check_host(ipaddress.ip_address(address), "shop.example", sender, HELO, Answers(completed(read, (), zone)))
    assert str(check.result) == expected, check


@pytest.mark.parametrize("case", [case for case in CASES if case[0] not in OTHERWISE], ids=lambda case: case[0])
def test_the_oracle_agrees(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    _, record, address, sender, expected = case
    zone = _zone(record)

    def look_up(name: str, kind: str, *_: object) -> list[object]:
        answer = zone.get((name.rstrip(".").lower(), kind))
        if isinstance(answer, Unavailable):
            raise oracle.TempError("DNS timeout")
        records = answer.records if answer else ()
        return [((name, kind), _as_pyspf(kind, one)) for one in records]

    monkeypatch.setattr(oracle, "DNSLookup", look_up)
    result, _ = oracle.check2(i=address, s=sender, h=HELO, querytime=0)
    assert result == expected


def _as_pyspf(kind: str, record: str) -> object:
    if kind == "MX":
        preference, _, host = record.partition(" ")
        return int(preference), host
    return (record.encode(),) if kind == "TXT" else record


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 120
    assert len({case[0] for case in CASES}) == len(CASES)


def _examined(record: str | None, **more: tuple[str, ...] | None) -> SpfReading:
    zone = _zone(record)
    for key, found in more.items():
        kind, name = key.split("_", 1)
        zone[name.replace("_", "."), kind] = DnsAnswer(Existence.FOUND, found) if found else UNANSWERED
    return examined("shop.example", Answers(completed(lambda answers: examined("shop.example", answers), (), zone)))


@pytest.mark.parametrize(
    ("record", "result", "ending"),
    [
        ("v=spf1 a mx -all", "fail", "-"),
        ("v=spf1 a mx ~all", "softfail", "~"),
        ("v=spf1 a mx ?all", "neutral", "?"),
        ("v=spf1 a mx +all", "pass", "+"),
        ("v=spf1 a mx", "neutral", ""),
        ("v=spf1 redirect=soft.example", "softfail", "~"),
        ("v=spf1 include:fail.example", "neutral", ""),
        ("v=spf1 include:open.example -all", "pass", ""),
        ("v=spf1 ip4:0.0.0.0/0 -all", "pass", ""),
        ("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "pass", ""),
        ("v=spf1 ip6:::/0 -all", "pass", ""),
        ("v=spf1 a/0 -all", "pass", ""),
        ("v=spf1 ip4:17.0.0.0/8 -all", "fail", "-"),
        ("v=spf1 ptr -all", "fail", "-"),
        ("v=spf1 -all", "fail", "-"),
        (None, "none", ""),
    ],
)
def test_what_a_record_is_worth(record: str | None, result: str, ending: str) -> None:
    reading = _examined(record)
    assert (str(reading.result), reading.ending) == (result, ending)
    assert reading.problems == ()


def test_a_network_of_the_whole_world_is_named_with_where_it_stands() -> None:
    reading = _examined("v=spf1 include:wide.example -all", TXT_wide_example=("v=spf1 ip4:0.0.0.0/2 -all",))
    assert (reading.matched, reading.included) == ("include:wide.example", ("wide.example",))


def test_how_many_look_ups_a_record_needs_is_counted_beyond_the_limit() -> None:
    reading = _examined("v=spf1 a mx include:ten.example -all")
    assert reading.look_ups == 13
    assert [problem.fault for problem in reading.problems] == [SpfFault.LOOK_UPS]
    assert str(reading.result) == "permerror"


def test_a_record_that_needs_exactly_ten_is_sound() -> None:
    reading = _examined("v=spf1 include:nine.example -all")
    assert (reading.look_ups, str(reading.result)) == (10, "fail")


@pytest.mark.parametrize(
    ("record", "fault", "where"),
    [
        ("v=spf1 ipv4:192.0.2.1 -all", SpfFault.SYNTAX, "shop.example"),
        ("v=spf1 include:broken.example -all", SpfFault.SYNTAX, "broken.example"),
        ("v=spf1 include:nowhere.example -all", SpfFault.NO_RECORD, "shop.example"),
        ("v=spf1 include:two.example -all", SpfFault.SEVERAL, "two.example"),
        ("v=spf1 include:loop1.example -all", SpfFault.LOOP, "loop2.example"),
        ("v=spf1 mx:eleven.example -all", SpfFault.NAMES, "shop.example"),
        ("v=spf1 include:void3.example -all", SpfFault.VOID, "void3.example"),
    ],
)
def test_what_is_wrong_is_named_with_where(record: str, fault: SpfFault, where: str) -> None:
    reading = _examined(record)
    assert [(one.fault, one.where) for one in reading.problems] == [(fault, where)]
    assert str(reading.result) == "permerror"


def test_what_nobody_answered_is_unknown_not_broken() -> None:
    reading = _examined("v=spf1 include:slow.example -all")
    assert (reading.unknown, reading.problems, str(reading.result)) == (UNANSWERED, (), "temperror")


def test_a_macro_of_the_sender_is_asked_with_an_address_that_nobody_has() -> None:
    lookups = completed(
        lambda answers: examined("shop.example", answers), (), _zone("v=spf1 include:%{i}._spf.%{d}.mta.example ~all")
    )
    assert DnsLookup("198.51.100.254._spf.shop.example.mta.example", "TXT", DnsAnswer(existence_in((), "x"))) in lookups


def test_a_record_of_the_longest_size_is_read_in_its_time() -> None:
    assert check_host(
        ipaddress.ip_address(IN),
        "shop.example",
        SENDER,
        HELO,
        Answers([DnsLookup("shop.example", "TXT", DnsAnswer(Existence.FOUND, ("v=spf1 " + "%{" * 30_000,)))]),
    ).problem
