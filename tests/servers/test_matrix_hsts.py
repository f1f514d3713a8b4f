"""Strict-Transport-Security as servers send it (RFC 6797), shown by a real nginx, in whole scans: at most one rule speaks of a host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner.rules.verdicts import Found, Passed
from scanner.settings.options import ScanOptions
from tests.servers.vhosts import Host, Hosts, nginx, words

MISSING, INVALID, SHORT, SUBDOMAINS = "hsts-missing", "hsts-invalid", "hsts-max-age-short", "hsts-subdomains-missing"
RULES = (MISSING, INVALID, SHORT, SUBDOMAINS)
BOTH, APEX = ("@", "www.@"), ("@",)
Headers = tuple[str, ...]

# Case → the header's values, in the order sent; the rule that finds it (None: all pass); the hosts that it names.
SENT: dict[str, tuple[Headers, str | None, tuple[str, ...]]] = {
    "none": ((), MISSING, BOTH),
    "a year, all below": (("max-age=31536000; includeSubDomains",), None, ()),
    "a year, on the preload list": (("max-age=63072000; includeSubDomains; preload",), None, ()),
    "www is not below": (("max-age=31536000",), SUBDOMAINS, APEX),
    "preload without what is below": (("max-age=31536000; preload",), SUBDOMAINS, APEX),
    "quoted": (('max-age="31536000"; includeSubDomains',), None, ()),
    "capitals and blanks": (("MAX-AGE = 31536000 ;\tINCLUDESUBDOMAINS ;; ",), None, ()),
    "small letters": (("includesubdomains; max-age=31536000",), None, ()),
    "an unknown directive": (('max-age=31536000; includeSubDomains; report="a; b"; 3600',), None, ()),
    "more seconds than anybody counts": (("max-age=99999999999999999999999; includeSubDomains",), None, ()),
    "half a year": (("max-age=15552000; includeSubDomains",), None, ()),
    "a second less": (("max-age=15551999; includeSubDomains",), SHORT, BOTH),
    "five minutes": (("max-age=300; includeSubDomains",), SHORT, BOTH),
    "switched off": (("max-age=0",), MISSING, BOTH),
    "switched off, with zeros": (('max-age="000"; includeSubDomains',), MISSING, BOTH),
    "no max-age": (("includeSubDomains; preload",), INVALID, BOTH),
    "an empty max-age": (("max-age=; includeSubDomains",), INVALID, BOTH),
    "in words": (("max-age=1year",), INVALID, BOTH),
    "below zero": (("max-age=-31536000",), INVALID, BOTH),
    "quoted as a whole": (('"max-age=31536000; includeSubDomains"',), INVALID, BOTH),
    "a quote that does not end": (('max-age="31536000; includeSubDomains',), INVALID, BOTH),
    "max-age twice": (("max-age=31536000; max-age=63072000; includeSubDomains",), INVALID, BOTH),
    "includeSubDomains twice": (("max-age=31536000; includeSubDomains; includesubdomains",), INVALID, BOTH),
    "includeSubDomains with a value": (("max-age=31536000; includeSubDomains=1",), INVALID, BOTH),
    "a comma for a semicolon": (("max-age=31536000, includeSubDomains",), INVALID, BOTH),
    "two headers joined on the way": (("max-age=31536000; includeSubDomains, max-age=0",), INVALID, BOTH),
    "two headers, the first is good": (("max-age=31536000; includeSubDomains", "max-age=0"), None, ()),
    "two headers, the first switches off": (("max-age=0", "max-age=31536000; includeSubDomains"), MISSING, BOTH),
    "two headers, the first is malformed": (("max-age", "max-age=31536000; includeSubDomains"), INVALID, BOTH),
}
ONLY_WWW = 'set $sts ""; if ($host ~ ^www) { set $sts "max-age=31536000"; }'
PLACES: dict[str, tuple[Host, str | None, tuple[str, ...]]] = {
    "by http only": (Host('add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;'), MISSING, BOTH),
    "only on pages that are found": (Host(https='add_header Strict-Transport-Security "max-age=31536000; includeSubDomains";'), None, ()),
    "only www": (Host(https=f"{ONLY_WWW} add_header Strict-Transport-Security $sts always;"), MISSING, APEX),
    "apex without it passes on to www": (Host(https=f"{ONLY_WWW} add_header Strict-Transport-Security $sts always; "
                                                   "if ($host !~ ^www) { return 301 https://www.HOST$request_uri; }"), MISSING, APEX),
    "www only passes on to an apex that speaks for it": (
        Host(https='if ($host ~ ^www) { return 301 https://HOST$request_uri; } add_header Strict-Transport-Security "max-age=31536000; includeSubDomains";'),
        None, ()),
}  # fmt: skip


REMARKS = (
    ("two headers, the first is good", INVALID, "2 times"),
    ("half a year", SHORT, "180 days"),
    ("a year, on the preload list", MISSING, "preload"),
)


def host(values: Headers) -> Host:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return Host(https="".join(f'add_header Strict-Transport-Security "{value}" always; ' for value in quoted))


CASES = {name: (host(values), rule, names) for name, (values, rule, names) in SENT.items()} | PLACES


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with nginx({name: case[0] for name, case in CASES.items()}) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
async def test_hsts(name: str, hosts: Hosts) -> None:
    _, rule, named = CASES[name]
    verdicts = await hosts.verdicts(name, *RULES)
    found = {rule: [one.subject for one in verdict.findings] for rule, verdict in verdicts.items() if isinstance(verdict, Found)}
    assert found == ({rule: [one.replace("@", hosts.names[name]) for one in named]} if rule else {})
    assert words(verdicts) == ({rule: "found"} if rule else {})


@pytest.mark.parametrize(("name", "rule", "remark"), REMARKS)
async def test_what_a_pass_says_all_the_same(name: str, rule: str, remark: str, hosts: Hosts) -> None:
    verdict = (await hosts.verdicts(name, rule))[rule]
    assert isinstance(verdict, Passed)
    assert remark in (verdict.because or "")


async def test_a_shop_that_is_asked_for_by_number(hosts: Hosts) -> None:
    """RFC 6797 8.1.1: the header means nothing for an address."""
    by_number = Hosts(hosts.http, hosts.https, {"number": "127.0.0.1"}, hosts.catalogue)
    verdicts = await by_number.verdicts("number", *RULES, options=ScanOptions(rate=1000))
    assert set(words(verdicts).values()) == {"not applicable"}
