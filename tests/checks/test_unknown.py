"""What cannot be seen is neither good nor bad: each rule of critical or high severity, shown a shop that refuses, breaks off, is
overloaded or stays silent. ``docs/unknown.md`` says the same for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner import (
    Answer,
    Entrances,
    FtpServer,
    Inconclusive,
    Installations,
    Knowledge,
    Lead,
    Listings,
    LoadedFiles,
    Mail,
    Names,
    OpenPorts,
    Pages,
    Probes,
    Resource,
    Script,
    ScriptHosts,
    ServicePort,
    TlsScan,
    Unavailable,
    Unlisted,
    Unlooked,
)
from scanner.engine.judging import judge_one
from scanner.evidence import Unread
from scanner.rules.rule import Rule, Severity
from scanner.testing import (
    HEALTHY_ZONE,
    HOST,
    NOW,
    ORIGIN,
    TWIN,
    answer,
    entrances,
    ftp_server,
    installation,
    installations,
    knowledge,
    listings,
    loaded_files,
    mail,
    mail_domain,
    mail_server,
    names,
    page,
    pages,
    probes,
    script_hosts,
    tls_endpoint,
    tls_scan,
)
from tests.scanning import catalogue

SILENT = Unavailable("It did not answer within 20 s.")
CUT = Unavailable("The connection broke off in the middle of the answer.")
REFUSALS: dict[str, Answer | Unavailable] = {
    "403": answer(403),
    "429": answer(429),
    "500": answer(500),
    "502": answer(502),
    "503": answer(503),
    "time-out": SILENT,
    "cut off": CUT,
}
FOREIGN = "https://cdn.petal-metrics.example/a.js"
OWN = f"{ORIGIN}/js/shop.js"
LOADING = pages(page(scripts=[Script(src=FOREIGN), Script(src=OWN)], resources=[Resource("link", "href", OWN, "stylesheet")]))


def rules() -> list[Rule]:
    """Those of critical and high severity that look at the shop; backups have tests of their own."""
    return [
        rule
        for rule in catalogue().rules.values()
        if rule.severity in {Severity.CRITICAL, Severity.HIGH} and rule.area != "backup"
    ]


def partial(kind: type, rule: Rule) -> Iterator[tuple[str, Any]]:
    """Evidence of a kind in which what matters could not be seen, by the way that it could not."""
    if kind is Probes:
        for called, refusal in REFUSALS.items():
            yield called, probes(rule.check, others=refusal, platforms=[("/", "wordpress"), ("/blog/", "wordpress")])
        asked = [probed.place for probed in probes(rule.check).asked]
        yield "no requests left", probes(rule.check, skipped=asked)
    elif kind is Entrances:
        for called, refusal in (("time-out", SILENT), ("cut off", CUT)):
            yield called, entrances({f"{scheme}://{name}/": refusal for scheme in ("http", "https") for name in (HOST, TWIN)})
    elif kind is TlsScan:
        yield "nobody answered", tls_scan(tls_endpoint(HOST, SILENT), unseen=[(TWIN, SILENT)])
        yield (
            "attacks could not be tried",
            tls_scan(tls_endpoint(HOST, CUT, weaknesses=dict.fromkeys(("heartbleed", "robot", "ccs-injection"), CUT))),
        )
    elif kind is FtpServer:
        yield "silent", ftp_server(greeting=SILENT, features=SILENT, auth_tls=SILENT, user=SILENT, anonymous=SILENT)
        yield "cut off", ftp_server(features=CUT, auth_tls=CUT, user=CUT, anonymous=CUT)
    elif kind is OpenPorts:
        yield "silent", OpenPorts(HOST, (ServicePort("redis", 6379, SILENT), ServicePort("mysql", 3306, CUT)), NOW)
    elif kind is ScriptHosts:
        yield "no clear answer", script_hosts({"cdn.petal-metrics.example": (SILENT, SILENT)})
    elif kind is LoadedFiles:
        yield "time-out", loaded_files(unread=[Unread(address, SILENT.because, examined=False) for address in (FOREIGN, OWN)])
    elif kind is Listings:
        yield "time-out", listings(Unlooked("/backup/", SILENT.because), Unlooked("/images/", CUT.because))
        yield "overloaded", listings(Unlisted("/backup/", 503), Unlisted("/images/", 429))
    else:
        yield from partial_records(kind)


def partial_records(kind: type) -> Iterator[tuple[str, Any]]:
    """The same of what name servers and mail servers say."""
    if kind is Mail:
        dark = dict.fromkeys(HEALTHY_ZONE, SILENT)
        yield "name servers fail", mail(replace(mail_domain(dark, policy=SILENT), servers=()))
        yield "no mail server can be reached", mail(mail_domain({}, mail_server(talk=SILENT, addresses=SILENT)))
    elif kind is Names:
        lead = Lead(f"blog.{HOST}", "CNAME", "petal.blogs.example", SILENT)
        yield "nobody answered", names({f"CAA {HOST}": SILENT}, lead, dnssec=SILENT, registration=SILENT)


HEALTHY: dict[type, Callable[[], Any]] = {
    Pages: lambda: LOADING,
    Installations: lambda: installations(installation("wordpress"), installation("wordpress", "/blog/")),
    Knowledge: knowledge,
    LoadedFiles: loaded_files,
}
CASES = [
    pytest.param(rule, need.kind, evidence, id=f"{rule.id}: {need.kind.__name__} {called}")
    for rule in rules()
    for need in rule.needs
    for called, evidence in partial(need.kind, rule)
]


@pytest.mark.parametrize(("rule", "kind", "evidence"), CASES)
def test_what_could_not_be_seen_is_unknown(rule: Rule, kind: type, evidence: Any) -> None:
    given = {need.name: evidence if need.kind is kind else HEALTHY[need.kind]() for need in rule.needs}
    verdict = rule.check(**given)
    assert isinstance(verdict, Inconclusive), verdict
    assert verdict.because


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_without_its_evidence_a_rule_says_nothing(rule: Rule) -> None:
    verdict = judge_one(rule, {need.kind: SILENT for need in rule.needs}, knowledge()).verdict
    assert isinstance(verdict, Inconclusive), verdict


def test_each_such_rule_is_explained() -> None:
    table = (Path(__file__).parents[2] / "docs" / "unknown.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z0-9-]+)` \| \S", table, re.MULTILINE)
    wanted = [rule.id for rule in catalogue().rules.values() if rule.severity in {Severity.CRITICAL, Severity.HIGH}]
    assert sorted(told) == sorted(wanted)
