"""Mail between a shop's Postfix and those of two mail hosts, by signed names that unbound validates for them; what becomes of it.

A program of its own, in a network of its own (``unshare --net --mount``): there port 25, port 53 and the addresses of documentation
are free. It leaves what it saw as JSON in its folder; ``test_mail_exchange`` judges that.

The mail hosts are real senders: one keeps to DANE, which Postfix does by itself; one to MTA-STS, which Postfix does by a table of
policies, here made by our own reader of policies as RFC 8461 5 asks for.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import re
import smtplib
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import checkdmarc.dmarc
import checkdmarc.utils
import dkim
import spf
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from checks.mail.drafts import sts_file, zone_line
from scanner.engine.letters import look_at_letters
from scanner.evidence import Letter, Mail
from scanner.gatherers.contract import gatherer_of
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.letters.letters import LetterPlace
from scanner.gatherers.mail.mail import MailPlan, WantedDomain, mail
from scanner.gatherers.mail.servers import MailServers, Talks
from scanner.gatherers.net.dns import Dns, Lookups
from scanner.gatherers.net.pace import Paces
from scanner.mail.transport import StsRules, sts_rules
from scanner.rules.verdicts import Found, Verdict
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from scanner.testing import knowledge
from scanner.text.clock import Clock
from tests.loopback import response, serving, site
from tests.patience import eventually, stamp
from tests.scanning import catalogue
from tests.servers.postfix import CARRIERS, postfix
from tests.servers.processes import binary, running
from tests.servers.test_name_servers import LIBRARIES, UNPACKED
from tests.zones import Tree, Zone, served

SHOP, CUSTOMER, STRICT, SELF_SIGNED, CLEAR, STRANGER = (f"192.0.2.{number}" for number in (25, 26, 27, 28, 29, 66))
DOMAIN, ELSEWHERE = "shop.example", "customer.example"
MX = f"mail.{DOMAIN}"
LOOSE = "mail.loose.example"
"""In an unsigned zone."""
SEEN = "seen.json"
SELECTOR = "shop2026"
PORTS = {"shop": 2525, "dane": 2526, "sts": 2527}
RULES = tuple(rule.id for rule in catalogue().rules.values() if rule.area == "mail")
RESOLVER = "127.0.0.1"
MOST_ROUNDS = 6
_ENCRYPTED = re.compile(r"(\w+) TLS connection established")

Fate = tuple[str, str]
"""``sent``, and what Postfix says of the connection: Verified, Trusted, Untrusted, or "" in clear; ``deferred``, and why."""


@dataclass
class World:
    """names: what name servers say; may change. policy: the file of MTA-STS. Each mail has a number, which is in its recipient."""

    folder: Path
    names: Tree
    ca_file: Path
    https: int
    key: bytes
    policy: dict[str, bytes]
    number: int = 0
    zone: Zone = field(init=False)

    def __post_init__(self) -> None:
        self.zone = next(zone for zone in self.names.zones.values() if zone.name == f"{DOMAIN}.")

    # --- records ---

    def publish(self, line: str) -> None:
        """Put a line of a zone file in the place of what it replaces: the record of its kind at its name."""
        owner, _, _, kind, data = line.split(" ", 4)
        kept = [one for one in self._records(owner, kind) if kind == "TXT" and one.partition("=")[0] != data.partition("=")[0]]
        self.withdraw(owner, kind)
        for record in (*kept, data):
            self.zone.add(owner, kind, record)

    def withdraw(self, owner: str, kind: str) -> None:
        """Take all records of a kind away from a name."""
        for name, rdtype in list(self.zone.sets):
            if (name.to_text(), rdtype.name) == (owner, kind):  # type: ignore[attr-defined]  # dnspython's enumeration
                del self.zone.sets[name, rdtype]

    def _records(self, owner: str, kind: str) -> list[str]:
        found = [
            records
            for (name, rdtype), records in self.zone.sets.items()
            if (name.to_text(), rdtype.name) == (owner, kind)  # type: ignore[attr-defined]  # dnspython's enumeration
        ]
        return [one.to_text() for records in found for one in records]

    def announce(self, policy: str) -> None:
        """Lay the file of MTA-STS on the web server."""
        self.policy["/.well-known/mta-sts.txt"] = response(policy.encode())

    # --- our own look ---

    async def verdicts(self) -> dict[str, Verdict]:
        """What the rules say of the domain's mail just now."""
        seen = await self._seen()
        evidence = {"mail": seen, "knowledge": knowledge()}
        rules = catalogue().rules
        return {rule: rules[rule].check(**{need.name: evidence[need.name] for need in rules[rule].needs}) for rule in RULES}

    async def _seen(self) -> Mail:
        host = f"mta-sts.{DOMAIN}"
        ports = {"https": self.https}
        resolve = {host: ("127.0.0.1",), LOOSE: (SHOP,)}  # of other domains, which lead into a private place only where we say so
        target = Target.of(f"https://{DOMAIN}", ports=ports, resolve=resolve, allow_private=True)
        dns, counts = self.dns(), Counter[str]()
        made = gatherer_of(mail)
        assert made is not None

        async def nobody(_host: str) -> tuple[str, ...]:
            return ()

        budget = Budget(100, made.shares)
        fetcher = Fetcher(target, budget=budget, seconds=60, resolve=nobody, paces=Paces(1000), counts=counts, seed=b"")
        foreign = ForeignHosts(fetcher, None, dns, self.ca_file)
        lookups = Lookups(dns, counts, lambda: 60, target.refuses_of_others)
        servers = MailServers(target, Talks(), counts, Clock(), lambda: 60.0, self.ca_file)
        plan = MailPlan((WantedDomain(DOMAIN, (SELECTOR,)),))
        async with fetcher:
            seen = await mail(target, plan, lookups, servers, foreign, knowledge(), Clock())
        await foreign.aclose()
        return seen

    def dns(self) -> Dns:
        """Our own questions and validation, by the resolver that everybody here asks."""
        return Dns(((RESOLVER, 53),), anchors=self.names.anchors)

    # --- mail ---

    async def send(self, by: str, *, signed: bool = False) -> tuple[Fate, bytes]:
        """One mail from the shop to the customer, or from a customer of a mail host to the shop; what came of it, and what arrived."""
        self.number += 1
        out = by == "shop"
        to = f"n{self.number}@{ELSEWHERE if out else DOMAIN}"
        sender = f"orders@{DOMAIN}" if out else f"anna@{ELSEWHERE}"
        raw = self._mail(sender, to, signed=signed)
        await asyncio.to_thread(partial(_hand_over, raw, sender, to, ("127.0.0.1", PORTS[by])))
        fate = await asyncio.to_thread(partial(self._fate, by, to))
        return fate, await self._arrived("dane" if out else "shop", to) if fate[0] == "sent" else b""

    async def forge(self) -> bytes:
        """A mail in the shop's name from somebody else's address; what arrived."""
        self.number += 1
        sender, to = f"orders@{DOMAIN}", f"n{self.number}@{ELSEWHERE}"
        raw = self._mail(sender, to, signed=False)
        await asyncio.to_thread(partial(_hand_over, raw, sender, to, (CUSTOMER, 25), source=STRANGER))
        return await self._arrived("dane", to)

    def _mail(self, sender: str, to: str, *, signed: bool) -> bytes:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = f"Petal and Stem <{sender}>", to, f"Your order {self.number}"
        made["Date"], made["Message-ID"] = format_datetime(Clock().now()), f"<{self.number}@{DOMAIN}>"
        made.set_content("Thank you. The tulips are on their way.\n")
        raw = made.as_bytes().replace(b"\n", b"\r\n")
        if not signed:
            return raw
        headers = [b"from", b"to", b"subject", b"date", b"message-id"]
        signature: bytes = dkim.sign(raw, SELECTOR.encode(), DOMAIN.encode(), self.key, include_headers=headers)
        return signature + raw

    def _fate(self, by: str, to: str) -> Fate:
        said = re.compile(rf"to=<{re.escape(to)}>.*status=(\w+) \((.*)\)")
        log, found = self.folder / by / "log", []

        def told() -> object:
            found[:] = said.findall(log.read_text()) if log.exists() else []
            return found

        eventually(told)
        status, why = found[0]
        encrypted = _ENCRYPTED.findall(log.read_text().rpartition(f"to=<{to}>")[0].rpartition("status=")[2])
        return status, (encrypted[-1] if encrypted else "") if status == "sent" else why

    async def _arrived(self, at: str, to: str) -> bytes:
        box, found = self.folder / at / "mail" / "box" / "new", []

        def there() -> object:
            found[:] = [one for one in box.glob("*") if f"Delivered-To: {to}".encode() in one.read_bytes()]
            return found

        await asyncio.to_thread(eventually, there)
        return bytes(found[0].read_bytes())

    async def sent_and_judged(self) -> dict[str, object]:
        """A signed mail from the shop: what came of it, and what it is worth where it arrived."""
        (status, _), raw = await self.send("shop", signed=True)
        return {"fate": status, **(await self.judged(raw, SHOP) if raw else {})}

    async def judged(self, raw: bytes, address: str) -> dict[str, object]:
        """What others, and what we, say of a mail that arrived."""
        file = self.folder / f"{hashlib.sha256(raw).hexdigest()[:12]}.eml"
        file.write_bytes(raw)
        sent_as = f"orders@{DOMAIN}"
        by_spf, *_ = await asyncio.to_thread(partial(spf.check2, i=address, s=sent_as, h=MX))
        by_dkim = await asyncio.to_thread(dkim.verify, raw.replace(b"\n", b"\r\n"))
        checkdmarc.utils.DNS_CACHE.clear()
        policy = await asyncio.to_thread(partial(checkdmarc.dmarc.check_dmarc, DOMAIN, nameservers=[RESOLVER]))
        rule = ("letter-unauthenticated",)
        look = await look_at_letters((LetterPlace(file, str(file)),), rule, catalogue(), dns=self.dns())
        (letter, _), (judged,) = look.each[0], look.all.judged
        assert isinstance(letter, Letter), letter
        ours = letter.sender
        return {
            "pyspf": by_spf,
            "dkimpy": by_dkim,
            "checkdmarc": policy.get("tags", {}).get("p", {}).get("value"),
            "spf": (ours.spf.value, ours.spf_aligned),
            "dkim": [(one.result.value, one.aligned) for one in ours.signatures],
            "policy": ours.policy if isinstance(ours.policy, str) else ours.policy.because,
            "rule": type(judged.verdict).__name__,
        }


def _hand_over(raw: bytes, sender: str, to: str, server: tuple[str, int], source: str = "127.0.0.1") -> None:
    with smtplib.SMTP(*server, local_hostname=MX, source_address=(source, 0)) as client:
        client.sendmail(sender, [to], raw)


# --- the three parts of what is proven -----------------------------------------------------------------------------------------


async def drafts(world: World) -> dict[str, object]:
    """Paste whatever the findings have to paste, until they have nothing more; send a mail after each time."""
    bare = await world.verdicts()
    rounds: list[dict[str, object]] = []
    verdicts = bare
    for _ in range(MOST_ROUNDS):
        pasted = dict(_ready(verdicts))
        if not pasted:
            break
        for line in pasted.values():
            world.publish(line)
        if not rounds:
            world.announce(sts_file([MX]))
            world.publish(zone_line(f"{SELECTOR}._domainkey.{DOMAIN}", f"v=DKIM1; k=rsa; p={_public(world.key)}"))
        rounds.append({"pasted": sorted(pasted), **await world.sent_and_judged()})
        verdicts = await world.verdicts()
    steps: list[dict[str, object]] = []
    for policy in _steps_of_dmarc():
        world.publish(zone_line(f"_dmarc.{DOMAIN}", policy))
        steps.append(await world.sent_and_judged())
    forged = await world.judged(await world.forge(), STRANGER)
    return {"bare": _named(bare), "rounds": rounds, "mended": _named(verdicts), "steps": steps, "forged": forged}


def _steps_of_dmarc() -> list[str]:
    """The records that the article gives one after the other."""
    fixes = catalogue().articles["dmarc-missing"].fixes
    return [block.text.strip() for fix in fixes for block in fix.blocks if block.language == "text"]


def _ready(verdicts: dict[str, Verdict]) -> Iterator[tuple[str, str]]:
    for rule, verdict in verdicts.items():
        found = verdict.findings if isinstance(verdict, Found) else ()
        yield from ((rule, finding.ready) for finding in found if finding.ready)


def _named(verdicts: dict[str, Verdict]) -> dict[str, str]:
    return {rule: type(verdict).__name__ for rule, verdict in verdicts.items()}


async def by_dane(world: World, keys: dict[str, tuple[str, str]]) -> dict[str, object]:
    """Mail to the shop from who keeps to DANE. keys: what digests the servers' certificates have, of their keys and of the
    authority's certificate."""
    stale = f"3 1 1 {'ab' * 32}"
    (good, above), (own, _) = keys["good"], keys["self-signed"]
    cases = {
        "none": (MX, ""),
        "right": (MX, f"3 1 1 {good}"),
        "stale": (MX, stale),
        "stale beside right": (MX, f"{stale}|3 1 1 {good}"),
        "authority": (MX, f"2 0 1 {above}"),
        "another authority": (MX, f"2 0 1 {'cd' * 32}"),
        "self-signed": (f"own.{DOMAIN}", f"3 1 1 {own}"),
        "self-signed, stale": (f"own.{DOMAIN}", f"3 1 1 {good}"),
        "no encryption": (f"clear.{DOMAIN}", f"3 1 1 {good}"),
        "usage that senders leave out": (MX, f"1 1 1 {'ab' * 32}"),
        "stale, in an unsigned zone": (LOOSE, ""),
    }
    seen: dict[str, object] = {}
    for case, (host, records) in cases.items():
        world.publish(f"{DOMAIN}. 300 IN MX 10 {host}.")
        world.withdraw(f"_25._tcp.{host}.", "TLSA")
        for record in filter(None, records.split("|")):
            world.zone.add(f"_25._tcp.{host}.", "TLSA", record)
        fate, _ = await world.send("dane")
        verdicts = await world.verdicts()
        seen[case] = (*fate, _named(verdicts)["mail-dane-broken"], _named(verdicts)["mail-certificate-invalid"])
    return seen


async def by_policy(world: World) -> dict[str, object]:
    """Mail to the shop from who keeps to MTA-STS."""
    policy = "version: STSv1\nmode: {}\nmx: {}\nmax_age: 604800\n"
    cases = {
        "enforce": (MX, "enforce", MX),
        "enforce, a pattern": (MX, "enforce", f"*.{DOMAIN}"),
        "enforce, another server": (MX, "enforce", f"old.{DOMAIN}"),
        "testing, another server": (MX, "testing", f"old.{DOMAIN}"),
        "enforce, self-signed": (f"own.{DOMAIN}", "enforce", f"own.{DOMAIN}"),
        "testing, self-signed": (f"own.{DOMAIN}", "testing", f"own.{DOMAIN}"),
        "enforce, no encryption": (f"clear.{DOMAIN}", "enforce", f"clear.{DOMAIN}"),
        "none, another server": (MX, "none", f"old.{DOMAIN}"),
    }
    seen: dict[str, object] = {}
    for case, (host, mode, allowed) in cases.items():
        text = policy.format(mode, allowed)
        world.announce(text)
        world.publish(f"{DOMAIN}. 300 IN MX 10 {host}.")
        (world.folder / "sts-policies").write_text(_policy_line(sts_rules(text)))
        fate, _ = await world.send("sts")
        seen[case] = (*fate, _named(await world.verdicts())["mta-sts-broken"])
    return seen


def _policy_line(rules: StsRules) -> str:
    """A line of Postfix's table of TLS policies: only what is enforced counts, and each pattern stands for one label."""
    assert not rules.faults
    if rules.mode != "enforce":
        return ""
    match = ":".join(pattern.removeprefix("*") for pattern in rules.patterns)
    return f"{DOMAIN} secure match={match} servername=hostname\n"


# --- the world -----------------------------------------------------------------------------------------------------------------


def _network(folder: Path) -> None:
    """Addresses on the loopback device of this network, and the resolver for everybody in it."""
    resolver = folder / "resolv.conf"
    resolver.write_text(f"nameserver {RESOLVER}\noptions trust-ad\n")
    ip = binary("ip")
    commands = [[binary("mount"), "--bind", str(resolver), "/etc/resolv.conf"], [ip, "link", "set", "lo", "up"]]
    addresses = (SHOP, CUSTOMER, STRICT, SELF_SIGNED, CLEAR, STRANGER)
    commands += [[ip, "address", "add", f"{address}/32", "dev", "lo"] for address in addresses]
    for command in commands:
        subprocess.run(command, check=True)


def _tree() -> Tree:
    shop = Zone(
        f"{DOMAIN}.",
        (
            f"@ A {SHOP}", f"mail A {SHOP}", f"own A {SELF_SIGNED}", f"clear A {CLEAR}", "mta-sts A 127.0.0.1", "@ MX 10 mail",
        ),
    )  # fmt: skip
    customer = Zone(f"{ELSEWHERE}.", (f"mx A {CUSTOMER}", "@ MX 10 mx"), signed=False)
    loose = Zone("loose.example.", (f"mail A {SHOP}", f"_25._tcp.mail TLSA 3 1 1 {'ab' * 32}"), signed=False)
    return Tree(Zone("."), Zone("example."), shop, customer, loose, now=stamp())


@contextlib.contextmanager
def _unbound(folder: Path, behind: int, anchor: str) -> Iterator[None]:
    """A validating resolver that keeps nothing."""
    (folder / "unbound.conf").write_text(
        f'server:\n interface: {RESOLVER}@53\n do-daemonize: no\n username: ""\n chroot: ""\n pidfile: ""\n use-syslog: no\n'
        f' directory: "{folder}"\n trust-anchor: ". DS {anchor}"\n do-not-query-localhost: no\n do-ip6: no\n'
        " cache-max-ttl: 0\n cache-max-negative-ttl: 0\n aggressive-nsec: no\n"
        "remote-control:\n control-enable: no\n"
        f'forward-zone:\n name: "."\n forward-addr: 127.0.0.2@{behind}\n'
    )
    command = [str(UNPACKED / "usr/sbin/unbound"), "-d", "-c", str(folder / "unbound.conf")]
    with running(command, [53], environment=LIBRARIES, folder=folder):
        yield


def _certificates(folder: Path) -> dict[str, tuple[str, str]]:
    """``good.pem``, ``self-signed.pem``, ``policy.pem``, ``ca.pem``; digests of the keys and of the authority's certificate."""
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    made = {
        "good": (authority, (MX, LOOSE, f"clear.{DOMAIN}", f"mx.{ELSEWHERE}")),
        "self-signed": (stranger, (f"own.{DOMAIN}",)),
        "policy": (authority, (f"mta-sts.{DOMAIN}",)),
    }
    digests = {}
    for name, (ca, hosts) in made.items():
        one = ca.issue_cert(*hosts)
        chain = [blob.bytes() for blob in (*one.cert_chain_pems, ca.cert_pem)]
        (folder / f"{name}.pem").write_bytes(one.private_key_pem.bytes() + b"".join(chain))
        digests[name] = (_digest(chain[0], whole=False), _digest(chain[-1], whole=True))
    return digests


def _digest(pem: bytes, *, whole: bool) -> str:
    read = x509.load_pem_x509_certificate(pem)
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    der = read.public_bytes(serialization.Encoding.DER) if whole else None
    return hashlib.sha256(der or read.public_key().public_bytes(serialization.Encoding.DER, public)).hexdigest()


def _public(key: bytes) -> str:
    private = serialization.load_pem_private_key(key, None)
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(private.public_key().public_bytes(serialization.Encoding.DER, public)).decode()


def _private() -> bytes:
    return rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


@contextlib.contextmanager
def _host(folder: Path, name: str, addresses: dict[str, str], port: int, domain: str, **more: object) -> Iterator[None]:
    """A mail host: one that takes its own domain's mail from anybody, and any mail from this computer. addresses: where it
    listens, each with its certificate; "" for none."""
    mails = folder / "mail"
    mails.mkdir(parents=True)
    os.chown(mails, 65534, 65534)
    services = [
        f"{address}:25 inet n - n - - smtpd"
        + (f"\n  -o smtpd_tls_security_level=may\n  -o smtpd_tls_chain_files={file}" if file else "")
        for address, file in addresses.items()
    ]
    services += [f"127.0.0.1:{port} inet n - n - - smtpd", "smtp unix - - n - - smtp\n  -o max_use=1", *CARRIERS]
    settings = {
        "inet_interfaces": ", ".join(["127.0.0.1", *addresses]),
        "smtp_bind_address": next(iter(addresses)),
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
        "virtual_mailbox_domains": domain,
        "virtual_mailbox_base": mails,
        "virtual_mailbox_maps": "static:box/",
        "virtual_uid_maps": "static:65534",
        "virtual_gid_maps": "static:65534",
        "virtual_alias_maps": "",
        "maillog_file": folder / "log",
        "maillog_file_prefixes": folder,
        "smtp_tls_loglevel": "1",
        **more,
    }
    with postfix(folder, name, services, [port], settings):
        yield


@contextlib.asynccontextmanager
async def _world(folder: Path) -> AsyncIterator[tuple[World, dict[str, tuple[str, str]]]]:
    folder.chmod(0o755)
    digests, tree, policy = _certificates(folder), _tree(), dict[str, bytes]()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "policy.pem")
    (folder / "sts-policies").write_text("")
    good, own, ca = (folder / f"{name}.pem" for name in ("good", "self-signed", "ca"))
    listens = {SHOP: str(good), SELF_SIGNED: str(own), CLEAR: ""}
    dane = {"smtp_tls_security_level": "dane", "smtp_dns_support_level": "dnssec"}
    sts = {"smtp_tls_security_level": "may", "smtp_tls_policy_maps": f"texthash:{folder}/sts-policies", "smtp_tls_CAfile": ca}
    async with served(tree, ["127.0.0.2"]) as behind, serving(site(policy), ssl=context) as https:
        with (
            _unbound(folder, behind, tree.anchors[0]),
            _host(folder / "shop", MX, listens, PORTS["shop"], DOMAIN, smtp_tls_security_level="may"),
            _host(folder / "dane", f"mx.{ELSEWHERE}", {CUSTOMER: str(good)}, PORTS["dane"], ELSEWHERE, **dane),
            _host(folder / "sts", f"out.{ELSEWHERE}", {STRICT: str(good)}, PORTS["sts"], "nobody.example", **sts),
        ):
            yield World(folder, tree, ca, https, _private(), policy), digests


async def main(folder: Path) -> dict[str, object]:
    """Everything, once."""
    async with _world(folder) as (world, digests):
        seen: dict[str, object] = {"drafts": await drafts(world)}
        world.publish(f"{DOMAIN}. 300 IN MX 10 {MX}.")
        seen["dane"] = await by_dane(world, digests)
        for host in (MX, f"own.{DOMAIN}", f"clear.{DOMAIN}"):
            world.withdraw(f"_25._tcp.{host}.", "TLSA")
        seen["sts"] = await by_policy(world)
        return seen


if __name__ == "__main__":
    _network(Path(sys.argv[1]))
    Path(sys.argv[1], SEEN).write_text(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
