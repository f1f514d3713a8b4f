"""Our validation beside those of others: delv on a tree of zones of our own, and BIND's own signatures, asked by unbound."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from scanner.evidence import DnsAnswer, Security
from scanner.gatherers.net.anchors import anchors_in_file
from scanner.gatherers.net.dns import Dns
from scanner.text.clock import Clock
from tests.patience import PATIENCE
from tests.servers.processes import free_port, running
from tests.signed_names import ANSWERS, LINES, signed_tree
from tests.zones import served

UNPACKED = Path(__file__).parent.parent / ".cache" / "names"
LIBRARIES = {"LD_LIBRARY_PATH": ":".join(str(found) for found in sorted(UNPACKED.glob("usr/lib/*-linux-gnu")))}
SECURE, INSECURE, BROKEN, UNKNOWN = Security.SECURE, Security.INSECURE, Security.BROKEN, Security.UNKNOWN


def program(name: str) -> str:
    for folder in ("usr/bin", "usr/sbin"):
        if (found := UNPACKED / folder / name).exists():
            return str(found)
    pytest.skip(f"{name} is not unpacked (tests/setup.sh)")


# --- delv, on our zones ------------------------------------------------------------------------------------------------------

LENIENT = {("nothing.example", "A"): "delv takes an absence that an opt-out leaves open as validated; RFC 5155 9.2 does not"}


def _by_delv(said: str) -> Security:
    """The weakest part of an answer, as delv words it."""
    if "no valid RRSIG" in said or "broken trust chain" in said or "insecurity proof failed" in said:
        return BROKEN
    if "unsigned answer" in said or "negative response, unsigned answer" in said:
        return INSECURE
    return SECURE if "fully validated" in said else UNKNOWN


async def _delv(port: int, anchor: Path, name: str, kind: str) -> Security:
    asked = await asyncio.create_subprocess_exec(
        program("delv"), "@127.0.0.1", "-p", str(port), "-a", str(anchor), "+root=.", f"{name}.", kind,
        env={**os.environ, **LIBRARIES}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return _by_delv((await asked.communicate())[0].decode())


@pytest.mark.parametrize("how", ["", "bad", "expired", "future", "unsigned"])
async def test_delv_agrees(how: str, tmp_path: Path) -> None:
    """Of every name where nothing is wrong, and of one of each kind where something is."""
    program("delv")
    tree = signed_tree(now=Clock().now().timestamp())
    tag, algorithm, digest, data = tree.anchors[0].split()
    anchor = tmp_path / "anchor"
    anchor.write_text(f'trust-anchors {{ . static-ds {tag} {algorithm} {digest} "{data}"; }};\n')
    names = [(name, kind) for name, kind, *_ in ANSWERS]
    if how:
        wanted = ("mail.signed.example", "mail.hashed.example", "any.wild.signed.example", "nothing.signed.example")
        names = [(name, kind) for name, kind in names if name in wanted]
        for name, kind in names:
            tree.spoil(name, kind, how)
    async with served(tree, ["127.0.0.1"]) as port:
        ours = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
        places = asyncio.Semaphore(4)

        async def both(name: str, kind: str) -> tuple[Security, Security]:
            async with places:
                return (await ours.ask(name, kind)).security, await _delv(port, anchor, name, kind)

        seen = await asyncio.gather(*(both(*one) for one in names))
    differ = {
        one: (mine.value, theirs.value)
        for one, (mine, theirs) in zip(names, seen, strict=True)
        if one not in LENIENT and mine is not theirs and not {mine, theirs} <= {BROKEN, UNKNOWN}
    }
    assert differ == {}
    if not how:
        assert len(names) >= 60


# --- BIND's signatures, and unbound -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signed:
    """A zone as dnssec-signzone makes it. more: its options. ds: whether the zone above knows of its key."""

    name: str
    algorithm: str = "ECDSAP256SHA256"
    more: tuple[str, ...] = ()
    ds: bool = True


ZONES = (
    Signed("signed.example"),
    Signed("hashed.example", "RSASHA256", ("-3", "AABB", "-H", "1")),
    Signed("edwards.example", "ED25519", ("-3", "-", "-H", "0")),
    Signed("large.example", "ECDSAP384SHA384"),
    Signed("old.example", "RSASHA512"),
    Signed("expired.example", more=("-P", "-s", "20200101000000", "-e", "20200201000000")),
    Signed("lost.example", ds=False),
)
QUESTIONS = (
    ("{}", "A"), ("{}", "MX"), ("{}", "TXT"), ("{}", "CAA"), ("mail.{}", "AAAA"), ("_25._tcp.mail.{}", "TLSA"), ("www.{}", "A"),
    ("nothing.{}", "A"), ("b.c.{}", "A"), ("x.b.c.{}", "A"), ("any.wild.{}", "A"), ("any.wild.{}", "MX"), ("x.deep.wild.{}", "A"),
)  # fmt: skip


def _zone_file(name: str, lines: tuple[str, ...]) -> str:
    head = f"$ORIGIN {name}\n$TTL 300\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 127.0.0.1\n"
    return head + "\n".join(lines) + "\n"


def _sign(folder: Path, name: str, lines: tuple[str, ...], zone: Signed) -> str:
    """Write and sign a zone; its DS records, as the zone above takes them."""
    (folder / f"{name}.zone").write_text(_zone_file(f"{name}." if name != "root" else ".", lines))
    origin = "." if name == "root" else name
    for kind in (["-f", "KSK"], []):
        _run(
            folder,
            "dnssec-keygen",
            "-a",
            zone.algorithm,
            *(["-b", "2048"] if zone.algorithm.startswith("RSA") else []),
            *kind,
            origin,
        )
    _run(folder, "dnssec-signzone", "-S", "-o", origin, "-f", f"{name}.signed", *zone.more, f"{name}.zone")
    return (folder / f"dsset-{'' if name == 'root' else name}.").read_text()


def _run(folder: Path, name: str, *words: str) -> None:
    subprocess.run([program(name), *words], cwd=folder, env={**os.environ, **LIBRARIES}, check=True, capture_output=True)


@contextmanager
def _bind(folder: Path) -> Iterator[int]:
    """BIND with all zones; its port. ``root.key`` holds the root's DS records."""
    known = []
    for zone in ZONES:
        lines = tuple(
            line.replace(".example.", ".example.") for line in LINES if not line.startswith(("far", "away", "gone", "moved"))
        )
        records = _sign(folder, zone.name, lines, zone)
        known += [f"{zone.name}. NS ns1.{zone.name}.", f"ns1.{zone.name}. A 127.0.0.1"]
        known += records.splitlines() if zone.ds else []
    (folder / "plain.example.zone").write_text(
        _zone_file("plain.example.", tuple(line for line in LINES if "CNAME" not in line and "DNAME" not in line))
    )
    known += ["plain.example. NS ns1.plain.example.", "ns1.plain.example. A 127.0.0.1"]
    above = _sign(folder, "example", tuple(known), Signed("example", more=("-3", "-", "-A")))
    top = _sign(folder, "root", ("example. NS ns1.example.", "ns1.example. A 127.0.0.1", *above.splitlines()), Signed("."))
    (folder / "root.key").write_text(top)
    port = free_port()
    zones = {
        **{zone.name: f"{zone.name}.signed" for zone in ZONES},
        "example": "example.signed",
        ".": "root.signed",
        "plain.example": "plain.example.zone",
    }
    text = f'options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; pid-file none; }};\n'
    text += "controls { };\n" + "".join(f'zone "{name}" {{ type primary; file "{file}"; }};\n' for name, file in zones.items())
    (folder / "named.conf").write_text(text)
    with running([program("named"), "-g", "-c", str(folder / "named.conf")], [port], environment=LIBRARIES, folder=folder):
        yield port


@contextmanager
def _unbound(folder: Path, behind: int) -> Iterator[int]:
    """unbound, which asks BIND; its port."""
    port = free_port()
    names = [".", "example", "plain.example", *(zone.name for zone in ZONES)]
    text = (
        f'server:\n interface: 127.0.0.1@{port}\n do-daemonize: no\n username: ""\n chroot: ""\n pidfile: ""\n use-syslog: no\n'
        f' directory: "{folder}"\n trust-anchor-file: "{folder}/root.key"\n do-not-query-localhost: no\n do-ip6: no\n'
        "remote-control:\n control-enable: no\n"
    )
    text += "".join(f'stub-zone:\n name: "{name}"\n stub-addr: 127.0.0.1@{behind}\n' for name in names)
    (folder / "unbound.conf").write_text(text)
    with running([program("unbound"), "-d", "-c", str(folder / "unbound.conf")], [port], environment=LIBRARIES, folder=folder):
        yield port


def _by_unbound(port: int, name: str, kind: str) -> Security:
    query = dns.message.make_query(f"{name}.", kind, want_dnssec=True)
    said, _ = dns.query.udp_with_fallback(query, "127.0.0.1", port=port, timeout=PATIENCE)
    if said.rcode() == dns.rcode.SERVFAIL:
        return BROKEN
    return SECURE if said.flags & dns.flags.AD else INSECURE


def test_unbound_agrees_on_signatures_of_bind(tmp_path: Path) -> None:
    """Of at least 60 names, asked of BIND itself and through unbound: algorithms and proofs as BIND makes them."""
    for one in ("named", "unbound", "dnssec-signzone", "dnssec-keygen"):
        program(one)
    asked = [(name.format(zone), kind) for zone in (*(one.name for one in ZONES), "plain.example") for name, kind in QUESTIONS]
    asked = [(name, kind) for name, kind in asked if not (name.startswith("www.") and name.endswith("plain.example"))]
    with _bind(tmp_path) as behind, _unbound(tmp_path, behind) as port:
        anchors = anchors_in_file(tmp_path / "root.key")

        async def ours(at: int) -> list[DnsAnswer]:
            dns = Dns((("127.0.0.1", at),), anchors=anchors)
            return [await dns.ask(name, kind) for name, kind in asked]

        straight, through = asyncio.run(ours(behind)), asyncio.run(ours(port))
        theirs = [_by_unbound(port, name, kind) for name, kind in asked]
    differ = {
        one: (mine.security.value, other.security.value, yours.value)
        for one, mine, other, yours in zip(asked, straight, through, theirs, strict=True)
        if mine.security is not yours or other.security is not yours
    }
    assert differ == {}
    assert len(asked) >= 60
    assert {one.value for one in theirs} == {"secure", "insecure", "broken"}
