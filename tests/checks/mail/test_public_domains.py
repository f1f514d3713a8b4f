"""What public domains say of their mail in the DNS (``fixtures/mail/domains.toml``), each with the right verdicts."""

from __future__ import annotations

import base64
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checks.mail.dane import mail_dane_missing
from checks.mail.dkim import dkim_missing, dkim_weak_key
from checks.mail.dmarc import dmarc_invalid, dmarc_missing, dmarc_not_enforced
from checks.mail.exchanges import mx_broken
from checks.mail.policies import mta_sts_broken, mta_sts_missing, tls_rpt_missing
from checks.mail.spf import spf_invalid, spf_missing, spf_permissive
from scanner import (
    DnsAnswer,
    DnsLookup,
    Existence,
    Found,
    Inconclusive,
    Knowledge,
    MailDomain,
    MailServer,
    Security,
    StsPolicy,
    Unavailable,
    Verdict,
)
from scanner.mail import dkim, dmarc, spf, transport
from scanner.mail.answers import Answers, Question, completed, existence_in
from scanner.rules.rule import rule_of
from scanner.testing import knowledge, mail
from tests.checks.mail.keys import rsa_key

FILE = Path(__file__).parents[3] / "fixtures" / "mail" / "domains.toml"
CHECKS = (
    spf_missing, spf_invalid, spf_permissive, dmarc_missing, dmarc_invalid, dmarc_not_enforced, dkim_missing, dkim_weak_key,
    mx_broken, mta_sts_missing, mta_sts_broken, tls_rpt_missing, mail_dane_missing,
)  # fmt: skip
FAR = Unavailable("Port 25 cannot be reached from here.")
KEYS = {f"{{key{bits}}}": rsa_key(bits) for bits in (512, 768, 1024, 2048)} | {
    "{ed25519}": base64.b64encode(bytes(range(32))).decode()
}


@cache
def read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def evidence(one: dict[str, Any]) -> MailDomain:
    """As a gatherer that asked all that the evaluators want to know would have it; port 25 is closed from here."""
    security = Security.SECURE if one.get("signed") else Security.INSECURE
    zone: dict[Question, DnsAnswer | Unavailable] = {
        (name, "TXT"): DnsAnswer(Existence.FOUND, (text,)) for name, text in read()["includes"].items()
    }
    for key, records in one["zone"].items():
        kind, name = key.split(" ")
        found = tuple(_with_keys(record) for record in records)
        zone[name, kind] = DnsAnswer(Existence.FOUND if found else Existence.NO_DATA, found, security=security)
    domain = one["name"]
    selectors = [
        name.partition("._domainkey.")[0] for name, kind in zone if name.endswith(f"._domainkey.{domain}") and kind == "TXT"
    ]
    there = Answers(DnsLookup(name, kind, answer) for (name, kind), answer in zone.items())
    mx = transport.exchanges(domain, there)
    hosts = () if isinstance(mx, Unavailable) else mx.hosts

    def addresses(host: str) -> tuple[str, ...]:
        known = zone.get((host, "A"))
        return known.records if isinstance(known, DnsAnswer) else ()

    def everything(answers: Answers) -> object:
        asked: list[object] = [
            spf.examined(domain, answers),
            dmarc.examined(domain, answers),
            transport.exchanges(domain, answers),
        ]
        asked += [dkim.key_of(domain, selector, answers) for selector in selectors]
        asked += [transport.dane(host, (), answers) for _, host in hosts]
        return [
            *asked,
            answers.get(f"_domainkey.{domain}", "TXT"),
            transport.sts_record(domain, answers),
            transport.tls_reports(domain, answers),
        ]

    known = tuple(DnsLookup(name, kind, answer) for (name, kind), answer in zone.items())
    lookups = completed(everything, known, {**zone, **_absent(zone, [host for _, host in hosts], security)})
    servers = tuple(MailServer(host, preference, addresses(host), FAR) for preference, host in hosts)
    policy = StsPolicy(200, one["policy"]) if "policy" in one else None
    return MailDomain(domain, lookups, servers, 0, policy, tuple((name, "given") for name in selectors))


def _absent(
    zone: dict[Question, DnsAnswer | Unavailable], hosts: list[str], security: Security
) -> dict[Question, DnsAnswer | Unavailable]:
    """That there is no TLSA record is signed or proven to be unsigned as well."""
    names = [transport.tlsa_name(host) for host in hosts]
    return {
        (name, "TLSA"): DnsAnswer(existence_in(zone, name), security=security) for name in names if (name, "TLSA") not in zone
    }


def _with_keys(record: str) -> str:
    for name, value in KEYS.items():
        record = record.replace(name, value)
    return record


def judged(domain: MailDomain, known: Knowledge) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    for check in CHECKS:
        rule = rule_of(check)
        assert rule is not None
        verdicts[rule.id] = rule.check(mail(domain), *([known] if len(rule.needs) > 1 else []))
    return verdicts


@pytest.mark.parametrize("one", read()["domain"], ids=lambda one: one["what"])
def test_each_has_the_right_verdicts(one: dict[str, Any]) -> None:
    verdicts = judged(evidence(one), knowledge())
    found = sorted(rule for rule, verdict in verdicts.items() if isinstance(verdict, Found))
    unknown = sorted(rule for rule, verdict in verdicts.items() if isinstance(verdict, Inconclusive))
    if "policy" not in one:
        unknown = [rule for rule in unknown if rule != "mta-sts-broken"]  # the policy is no record, so nobody read it
    assert (found, unknown) == (one["found"], one.get("unknown", [])), verdicts


def test_there_are_enough_of_different_providers_and_each_has_a_source() -> None:
    domains = read()["domain"]
    assert len(domains) >= 150
    assert len({one["name"] for one in domains}) == len(domains)
    assert all(one["source"].startswith("https://") for one in domains)
    assert len({one["what"].partition(":")[0] for one in domains}) >= 100


def test_a_night_asks_few_questions(measured: list[str]) -> None:
    """Without validation: 60 at the median, 200 at most."""
    asked = sorted(len(evidence(one).lookups) - len(read()["includes"]) + _included(one) for one in read()["domain"])
    measured.append(
        f"DNS questions of {len(asked)} domains without validation: median {asked[len(asked) // 2]}, most {asked[-1]}"
    )
    assert asked[len(asked) // 2] <= 60
    assert asked[-1] <= 200


def _included(one: dict[str, Any]) -> int:
    """Questions about others' SPF records."""
    return len(spf.examined(one["name"], Answers(evidence(one).lookups)).included)
