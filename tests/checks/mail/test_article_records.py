"""The lines of zone files in the articles are read by a DNS library, put in place of what is wrong, and make their rule pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import dns.exception
import dns.rdatatype
import dns.zone
import pytest

from scanner import Inconclusive, Lead, Passed, Verdict
from scanner.evidence import Fate, MailDomain, MailEncryption
from scanner.rules.articles import Block
from scanner.rules.rule import Rule
from scanner.testing import Zone, knowledge, mail, mail_domain, mail_server, mail_talk, names, tls_scan
from tests.scanning import catalogue

DOMAIN = "shop.example"
SHIPPED = catalogue()
HEAD = f"$ORIGIN {DOMAIN}.\n@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 300\n@ 3600 IN NS ns1\n"
AROUND: Zone = {
    f"A {DOMAIN}": ("192.0.2.7",),
    "TXT _spf.newsletter.example": ("v=spf1 ip4:192.0.2.64/26 -all",),
    "TXT _dmarc.example": (),
}


def blocks() -> Iterator[tuple[Rule, Block]]:
    for rule in SHIPPED.rules.values():
        if rule.area in {"mail", "names"}:
            yield from (
                (rule, block) for fix in SHIPPED.articles[rule.id].fixes for block in fix.blocks if block.language == "zone"
            )


def read(text: str) -> dict[str, tuple[str, ...]]:
    """A zone file's lines, as a name server would answer from them."""
    zone = dns.zone.from_text(HEAD + text, relativize=False)
    found: dict[str, tuple[str, ...]] = {}
    for name, rdataset in zone.iterate_rdatasets():
        kind = dns.rdatatype.to_text(rdataset.rdtype)
        records = (
            b"".join(one.strings).decode() if kind == "TXT" else one.to_text().replace(". ", " ").rstrip(".") for one in rdataset
        )
        if kind not in {"SOA", "NS"}:
            found[f"{kind} {name.to_text(omit_final_dot=True)}"] = tuple(
                record + "." if record.endswith(" ") else record for record in records
            )
    return found


def domain_of(zone: dict[str, tuple[str, ...]]) -> MailDomain:
    """The shop of the articles, in order but for what these lines say."""
    host = f"mail.{DOMAIN}"
    talk = mail_talk()
    assert isinstance(talk.encryption, MailEncryption)
    announced = next((records[0].rpartition(" ")[2] for key, records in zone.items() if key.startswith("TLSA ")), "")
    chain = (replace(talk.encryption.chain[0], key_sha256=announced or "b1" * 32),)
    server = mail_server(host, replace(talk, encryption=replace(talk.encryption, chain=chain)))
    selectors = tuple((key.removeprefix("TXT ").partition("._domainkey.")[0], "given") for key in zone if "._domainkey." in key)
    takes = {f"MX {DOMAIN}": (f"10 {host}",), f"A {host}": ("192.0.2.25",), f"TXT {DOMAIN}": ("v=spf1 mx -all",)}
    mended = mail_domain({**AROUND, **takes, **zone}, server, domain=DOMAIN, policy=None, selectors=selectors)
    return mended if zone.get(f"MX {DOMAIN}") != ("0 .",) else replace(mended, servers=())


@pytest.mark.parametrize(("rule", "block"), list(blocks()), ids=[f"{rule.id}-{block.text[:30]}" for rule, block in blocks()])
def test_the_lines_are_read_and_the_rule_passes(rule: Rule, block: Block) -> None:
    zone = read(block.text)
    assert zone
    evidence: dict[str, object] = {
        "mail": mail(domain_of(zone)),
        "knowledge": knowledge(),
        "names": replace(names(zone), domain=DOMAIN, host=DOMAIN),
        "tls": tls_scan(),
    }
    if rule.id == "dns-dangling":  # the line is one that may stay: its service is the shop's
        (key,) = zone
        evidence["names"] = names({}, Lead(key.removeprefix("CNAME "), "CNAME", zone[key][0], Fate.HELD))
    verdict: Verdict = rule.check(**{need.name: evidence[need.name] for need in rule.needs})
    if rule.id == "mta-sts-broken":  # the line alone: the file that it announces is a second part
        assert verdict == Inconclusive("The MTA-STS policy was not read.")
    else:
        assert isinstance(verdict, Passed), verdict


def test_the_policies_of_the_articles_are_whole() -> None:
    from scanner.mail.transport import sts_rules

    for rule in ("mta-sts-missing", "mta-sts-broken"):
        texts = [block.text for fix in SHIPPED.articles[rule].fixes for block in fix.blocks if block.text.startswith("version:")]
        assert texts
        for text in texts:
            assert (sts_rules(text).mode, sts_rules(text).faults) == ("testing", ())


def test_each_step_of_dmarc_is_in_the_article_in_this_order() -> None:
    from scanner.mail.dmarc import parsed

    texts = [
        block.text.strip() for fix in SHIPPED.articles["dmarc-missing"].fixes for block in fix.blocks if block.language == "text"
    ]
    read_ = [parsed(text) for text in texts]
    assert [one.policy for one in read_] == ["none", "quarantine", "reject"]
    assert not any(one.problems for one in read_)


def test_a_line_that_is_wrong_is_refused() -> None:
    with pytest.raises(dns.exception.SyntaxError):
        read('shop.example. 3600 IN TXT "v=spf1 a mx ~all\n')
