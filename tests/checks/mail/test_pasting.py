"""What is drafted is pasted into a real zone: the rules pass, and a receiver takes the shop's mail and stops a stranger's.

A name server on loopback has the zone, signed; a mail server on loopback judges what comes by SPF, DKIM and DMARC. The signatures
are another program's (dkimpy).
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import smtplib
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email.message import EmailMessage

import dkim as dkimpy
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from checks.mail.dane import mail_dane_missing
from checks.mail.dmarc import dmarc_invalid, dmarc_missing, dmarc_not_enforced
from checks.mail.policies import mta_sts_missing, tls_rpt_missing
from checks.mail.spf import spf_invalid, spf_missing, spf_permissive
from scanner import DnsLookup, Found, Knowledge, Mail, MailDomain, MailServer, Passed, StsPolicy, Verdict
from scanner.gatherers.net.dns import Dns, Lookups
from scanner.mail import dkim, dmarc, spf, transport
from scanner.mail.answers import Answers
from scanner.rules.rule import rule_of
from scanner.testing import NOW, knowledge, mail_talk
from tests.zones import Tree, Zone, served

DOMAIN = "petal.example"
STRANGER = "127.0.0.9"
BEFORE = ("@ A 127.0.0.1", "@ MX 10 mx", "mx A 127.0.0.1")
KNOWN = knowledge()
Check = Callable[..., Verdict]


def _key() -> tuple[bytes, str]:
    """A new key: its private half as PEM, and the DKIM record of the other half."""
    made = rsa.generate_private_key(65537, 2048)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


async def gathered(lines: Iterable[str]) -> MailDomain:
    """What name servers say of the zone with these lines, asked over loopback; its mail server encrypts."""
    tree = Tree(Zone("."), Zone("example."), Zone(f"{DOMAIN}.", tuple(lines)))

    def read(answers: Answers) -> None:
        spf.examined(DOMAIN, answers)
        dmarc.examined(DOMAIN, answers)
        transport.sts_record(DOMAIN, answers)
        transport.tls_reports(DOMAIN, answers)
        transport.dane(f"mx.{DOMAIN}", (), answers)
        transport.exchanges(DOMAIN, answers)
        for name in (DOMAIN, f"mx.{DOMAIN}"):
            transport.addresses(name, answers)
        dkim.key_of(DOMAIN, "shop", answers)

    async with served(tree, ["127.0.0.1"]) as port:
        dns = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
        known = await Lookups(dns, Counter(), lambda: 60, lambda *_: None).completed(read)
    server = MailServer(f"mx.{DOMAIN}", 10, ("127.0.0.1",), mail_talk())
    return MailDomain(DOMAIN, known, (server,), selectors=(("shop", "given"),))


def judged(check: Check, domain: MailDomain, known: Knowledge = KNOWN) -> Verdict:
    rule = rule_of(check)
    assert rule is not None
    return check(Mail((domain,), NOW), *([known] if len(rule.needs) > 1 else []))


def pasted(check: Check, domain: MailDomain) -> tuple[str, str]:
    """The zone line that a finding brings, and the file below it."""
    verdict = judged(check, domain)
    assert isinstance(verdict, Found), verdict
    line, _, file = verdict.findings[0].ready.partition("\n\n")
    name, _, _, kind, data = line.split(" ", 4)
    owner = name.removesuffix(f"{DOMAIN}.").removesuffix(".")
    return f"{owner or '@'} {kind} {data}", file


async def test_each_drafted_record_makes_its_rule_pass() -> None:
    lines = list(BEFORE)
    domain = await gathered(lines)
    file = ""
    for check in (spf_missing, dmarc_missing, mta_sts_missing, mail_dane_missing):
        line, more = pasted(check, domain)
        lines.append(line)
        file = file or more
    domain = replace(await gathered(lines), policy=StsPolicy(200, file))
    line, _ = pasted(tls_rpt_missing, domain)
    lines.append(line)
    domain = replace(await gathered(lines), policy=StsPolicy(200, file))
    checks: tuple[Check, ...] = (
        spf_missing, spf_invalid, spf_permissive, dmarc_missing, dmarc_invalid, mta_sts_missing, mail_dane_missing, tls_rpt_missing,
    )  # fmt: skip
    assert {check.__name__: type(judged(check, domain)) for check in checks} == {check.__name__: Passed for check in checks}


async def test_what_a_drafted_record_leaves_to_be_found_is_its_next_step() -> None:
    """``p=none`` first, and reports about encryption once it is announced: neither is news for who pastes what we drafted."""
    judges: tuple[Check, ...] = (
        spf_missing, spf_invalid, spf_permissive, dmarc_missing, dmarc_invalid, dmarc_not_enforced, mta_sts_missing,
        mail_dane_missing, tls_rpt_missing,
    )  # fmt: skip
    there = await gathered(BEFORE)
    steps = set()
    for check in (spf_missing, dmarc_missing, mta_sts_missing, mail_dane_missing):
        line, file = pasted(check, there)
        after = replace(await gathered([*BEFORE, line]), policy=StsPolicy(200, file) if file else None)
        brought = [one for one in judges if not isinstance(judged(one, there), Found) and isinstance(judged(one, after), Found)]
        for one in brought:
            rule, pasted_for = rule_of(one), rule_of(check)
            assert rule is not None
            assert pasted_for is not None
            assert pasted_for.id in rule.next_step_of, f"{pasted_for.id} brings {rule.id}"
            steps.add(rule.id)
    assert steps == {"dmarc-not-enforced", "tls-rpt-missing"}


@pytest.mark.parametrize(
    "there",
    [
        ("v=spf1 a mx", "v=spf1 ip4:192.0.2.0/24 ?all"),
        ("v=spf1 ipv4:127.0.0.1 +all",),
        ("v=spf1 a mx ptr include:gone.petal.example all",),
    ],
)
async def test_what_was_merged_or_mended_still_names_the_shops_own_server(there: tuple[str, ...]) -> None:
    domain = await gathered([*BEFORE, *(f'@ TXT "{record}"' for record in there)])
    broken = [check for check in (spf_invalid, spf_permissive) if isinstance(judged(check, domain), Found)]
    line, _ = pasted(broken[0], domain)
    after = await gathered([*BEFORE, line])
    assert [judged(check, after) for check in (spf_invalid, spf_permissive)] == [Passed((DOMAIN,))] * 2
    assert by_spf("127.0.0.1", after.lookups) == "pass"
    assert by_spf(STRANGER, after.lookups) == "softfail"


# --- a receiver ------------------------------------------------------------------------------------------------------


def by_spf(address: str, lookups: Iterable[DnsLookup]) -> str:
    check = spf.check_host(ipaddress.ip_address(address), DOMAIN, f"orders@{DOMAIN}", f"mx.{DOMAIN}", Answers(lookups))
    return str(check.result)


@dataclass
class Receiver:
    """A mail host that does what DMARC asks for. lookups: what it knows of the sender's records."""

    lookups: tuple[DnsLookup, ...]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.original_content, bytes)
        aligned = by_spf(session.peer[0], self.lookups) == "pass" or self._signed(envelope.original_content)
        policy = dmarc.examined(DOMAIN, Answers(self.lookups)).policy
        if aligned or policy in {"", "none"}:
            return "250 2.0.0 into the inbox" if aligned or not policy else "250 2.0.0 into the inbox, reported"
        return "250 2.0.0 into the spam folder" if policy == "quarantine" else "550 5.7.1 refused by DMARC"

    def _signed(self, message: bytes) -> bool:
        """By another program, with the key that the zone shows; signed for the very domain that is in From."""

        def text(name: bytes, timeout: int = 5) -> bytes | None:
            records = Answers(self.lookups).records(name.decode().rstrip("."), "TXT")
            return records[0].encode() if isinstance(records, tuple) and records else None

        return bool(dkimpy.verify(message, dnsfunc=text))


def sent(address: str, receiver: Receiver, key: bytes = b"") -> str:
    """What the receiver says to an order mail from this address."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"orders@{DOMAIN}", "customer@receiver.example", "Your order"
    message.set_content("Twelve roses.")
    content = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    if key:
        content = dkimpy.sign(content, b"shop", DOMAIN.encode(), key) + content
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(receiver, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", port, source_address=(address, 0)) as client:
            client.ehlo()
            client.mail(f"orders@{DOMAIN}")
            client.rcpt("customer@receiver.example")
            code, said = client.data(content)
            return f"{code} {said.decode()}"
    finally:
        controller.stop()


async def test_mail_of_the_shop_arrives_at_each_step_and_a_strangers_is_stopped_at_last() -> None:
    private, public = _key()
    halves = [public[start : start + 200] for start in range(0, len(public), 200)]
    key = "shop._domainkey TXT " + " ".join(f'"{half}"' for half in halves)
    lines = [*BEFORE, key]
    lines.append(pasted(spf_missing, await gathered(lines))[0])
    lines.append(pasted(dmarc_missing, await gathered(lines))[0])
    strangers, steps = [], []
    for _ in range(3):
        domain = await gathered(lines)
        receiver = Receiver(domain.lookups)
        own = await asyncio.to_thread(sent, "127.0.0.1", receiver, private)
        forwarded = await asyncio.to_thread(sent, STRANGER, receiver, private)  # by somebody's server, signature whole
        assert own.endswith("into the inbox")
        assert forwarded.endswith("into the inbox")
        strangers.append(await asyncio.to_thread(sent, STRANGER, receiver))
        steps.append(dmarc.examined(DOMAIN, Answers(domain.lookups)).policy)
        if isinstance(judged(dmarc_not_enforced, domain), Found):
            lines[-1] = pasted(dmarc_not_enforced, domain)[0]
        else:  # the last step is the article's
            lines[-1] = lines[-1].replace("p=quarantine", "p=reject")
    assert steps == ["none", "quarantine", "reject"]
    assert [one.partition(" ")[0] for one in strangers] == ["250", "250", "550"]
    assert [one.rpartition(" ")[2] for one in strangers] == ["reported", "folder", "DMARC"]
