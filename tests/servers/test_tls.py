"""Real TLS servers: each certificate, protocol and cipher judged as it should be, and what is cut off stays unknown."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from checks.tls.certificates import (
    tls_certificate_expired,
    tls_certificate_expiring,
    tls_certificate_name_mismatch,
    tls_certificate_untrusted,
    tls_certificate_weak_key,
)
from checks.tls.settings import tls_dated_cipher, tls_legacy_protocol, tls_no_tls13, tls_vulnerability, tls_weak_cipher
from scanner.evidence import Arrival, TlsScan, Unavailable, Welcome
from scanner.evidence.codec import decode, encode, known_classes
from scanner.gatherers.apart.children import Child, Failed
from scanner.gatherers.contract import CouldNotGather, NothingToGather
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import NoSuchName
from scanner.gatherers.tls import gate, looking
from scanner.gatherers.tls import tls_scan as module
from scanner.gatherers.tls.tls_scan import TrustStore, tls
from scanner.rules.verdicts import Found, Inconclusive, Passed, Verdict
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from scanner.testing import installations
from scanner.text.clock import Clock
from tests.loopback import serving as raw_serving
from tests.patience import PATIENCE, eventually
from tests.scanning import catalogue
from tests.servers.cutting import Cutter, Dripper
from tests.servers.processes import binary, free_port, needs, running

pytestmark = pytest.mark.usefixtures("here")

HOST = "petalandstem.example"
WWW = f"www.{HOST}"
DAY = timedelta(days=1)
CERTIFICATES = (
    tls_certificate_expired,
    tls_certificate_expiring,
    tls_certificate_untrusted,
    tls_certificate_name_mismatch,
    tls_certificate_weak_key,
)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
SIGNING = x509.KeyUsage(
    digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
    key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
)  # fmt: skip


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and what is sent with it."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = ()

    def write(self, folder: Path) -> tuple[Path, Path]:
        folder.mkdir(parents=True, exist_ok=True)
        chain, key = folder / "chain.pem", folder / "key.pem"
        chain.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (self.certificate, *self.above)))
        key.write_bytes(
            self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return chain, key


def issue(
    by: Issued | None,
    *names: str,
    start: timedelta = -30 * DAY,
    end: timedelta = 60 * DAY,
    key: Key | None = None,
    hashed: hashes.HashAlgorithm | None = None,
    authority: bool = False,
    above: tuple[x509.Certificate, ...] = (),
) -> Issued:
    """A certificate for these names; signed by itself without ``by``. start, end: from now."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start)
        .not_valid_after(now + end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key((by.key if by else key).public_key()), critical=False)
    )
    if authority:
        builder = builder.add_extension(SIGNING, critical=True)
    if not authority:
        alternatives: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return Issued(builder.sign(by.key if by else key, hashed or hashes.SHA256()), key, above)


def signed_with_sha1(issued: Issued, by: Issued) -> Issued:
    """The same certificate signed anew with SHA-1, which cryptography refuses to do: its hash's name and the signature are changed."""
    assert isinstance(by.key, rsa.RSAPrivateKey)
    old, new = bytes.fromhex("06092a864886f70d01010b"), bytes.fromhex("06092a864886f70d010105")  # sha256, sha1WithRSAEncryption
    signed = issued.certificate.tbs_certificate_bytes.replace(old, new)
    digest = hashlib.sha1(signed).digest()
    info = bytes.fromhex("3021300906052b0e03021a05000414") + digest  # RFC 8017 9.2
    numbers = by.key.private_numbers()
    size = (by.key.key_size + 7) // 8
    padded = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
    signature = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
    algorithm = bytes.fromhex("300d") + new + b"\x05\x00"
    body = signed + algorithm + b"\x03\x82" + (size + 1).to_bytes(2, "big") + b"\x00" + signature
    whole = b"\x30\x82" + len(body).to_bytes(2, "big") + body
    return Issued(x509.load_der_x509_certificate(whole), issued.key, issued.above)


@dataclass(frozen=True)
class Authorities:
    root: Issued
    middle: Issued
    other: Issued
    ca_file: Path


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    folder = tmp_path_factory.mktemp("authorities")
    key = rsa.generate_private_key(65537, 2048)
    root = issue(None, "Root", authority=True, end=4000 * DAY, key=key)
    middle = issue(root, "Middle", authority=True, end=1000 * DAY)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(root.certificate.public_bytes(serialization.Encoding.PEM))
    return Authorities(root, middle, issue(None, "Stranger", authority=True), ca_file)


@dataclass
class Look:
    """One look by the gatherer: what it found and what it sent."""

    scan: TlsScan
    connections: int = 0
    asked: list[str] = field(default_factory=list)


async def look(
    port: int,
    ca_file: Path | None = None,
    *,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    host: str = HOST,
    www: bool = False,
    seconds: float = 60,
    origin: str = "",
    stop: float | None = None,
) -> Look:
    async def resolve(name: str) -> tuple[str, ...]:
        if name == host or www:
            return addresses
        raise NoSuchName(f"The name {name} has no address.")

    target = Target.of(f"https://{host}/", ports={"https": port}, allow_private=True)
    arrival = Arrival(Welcome.OPEN, origin or f"https://{host}", "/", datetime.now(UTC))
    async with Fetcher(
        target, budget=Budget(400, catalogue().shares), seconds=seconds, resolve=resolve, paces=Paces(100)
    ) as fetcher:
        if stop is not None:
            asyncio.get_running_loop().call_later(stop, fetcher.stop)
        scan = await tls(fetcher, target, arrival, Clock(), TrustStore(ca_file))
        return Look(scan, fetcher.counts["tls"])


@contextlib.asynccontextmanager
async def serving(context: ssl.SSLContext, folder: Path, *pairs: Issued) -> AsyncIterator[int]:
    """A server that shakes hands and says nothing more."""
    for number, pair in enumerate(pairs):
        context.load_cert_chain(*pair.write(folder / str(number)))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ssl.SSLError):
            await reader.read(1)

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # handshakes that fail are what we came for
    async with raw_serving(handle, ssl=context) as port:
        yield port


def modern() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=0")
    return context


def complaints(scan: TlsScan, rules: tuple[object, ...] = CERTIFICATES) -> dict[str, list[str]]:
    """Rule → subjects, of what was found; everything else must have passed."""
    found = {}
    for rule in rules:
        verdict: Verdict = rule(scan)
        if isinstance(verdict, Found):
            found[rule.__name__.removeprefix("tls_certificate_")] = [one.subject for one in verdict.findings]
        else:
            assert isinstance(verdict, Passed), (rule, verdict)
    return found


def certificate(kind: str, by: Authorities) -> Issued:  # noqa: C901  a table
    ec_root, sent = by.middle, (by.middle.certificate,)
    match kind:
        case "good" | "20 days left":
            return issue(ec_root, HOST, WWW, above=sent, end=60 * DAY if kind == "good" else 20 * DAY)
        case "10 days left":
            return issue(ec_root, HOST, above=sent, start=-80 * DAY, end=10 * DAY)
        case "14½ days left of 90":
            return issue(ec_root, HOST, above=sent, start=-75.5 * DAY, end=14.5 * DAY)
        case "14½ days left of a year":
            return issue(ec_root, HOST, above=sent, start=-350.5 * DAY, end=14.5 * DAY)
        case "16 days left of 45" | "10 days left of 45" | "5 days left of 45":
            left = int(kind.split(maxsplit=1)[0])
            return issue(ec_root, HOST, above=sent, start=(left - 45) * DAY, end=left * DAY)
        case "short-lived":
            return issue(ec_root, HOST, above=sent, start=-DAY, end=5 * DAY)
        case "expired":
            return issue(ec_root, HOST, above=sent, start=-90 * DAY, end=-DAY)
        case "not yet valid":
            return issue(ec_root, HOST, above=sent, start=DAY, end=90 * DAY)
        case "wrong name":
            return issue(ec_root, "hosting.example", "*.hosting.example", above=sent)
        case "wildcard":
            return issue(ec_root, f"*.{HOST}", HOST, above=sent)
        case "wildcard without the name itself":
            return issue(ec_root, f"*.{HOST}", above=sent)
        case "self-signed":
            return issue(None, HOST)
        case "missing intermediate":
            return issue(ec_root, HOST)
        case "unknown authority":
            return issue(by.other, HOST, above=(by.other.certificate,))
        case "1024 bits":
            return issue(ec_root, HOST, above=sent, key=rsa.generate_private_key(65537, 1024))
        case "SHA-1":
            return signed_with_sha1(issue(by.root, HOST), by.root)
        case "SHA-1 in between":
            middle = signed_with_sha1(issue(by.root, "Old middle", authority=True, end=900 * DAY), by.root)
            return issue(middle, HOST, above=(middle.certificate,))
    raise KeyError(kind)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("good", []),
        ("20 days left", []),
        ("14½ days left of a year", []),
        ("16 days left of 45", []),
        ("10 days left of 45", ["expiring"]),
        ("5 days left of 45", ["expiring"]),
        ("short-lived", []),
        ("wildcard", []),
        ("10 days left", ["expiring"]),
        ("14½ days left of 90", ["expiring"]),
        ("expired", ["expired"]),
        ("not yet valid", ["expired"]),
        ("wrong name", ["name_mismatch"]),
        ("wildcard without the name itself", ["name_mismatch"]),
        ("self-signed", ["untrusted"]),
        ("missing intermediate", ["untrusted"]),
        ("unknown authority", ["untrusted"]),
        ("1024 bits", ["weak_key"]),
        ("SHA-1", ["weak_key"]),
        ("SHA-1 in between", ["weak_key"]),
    ],
)
async def test_certificates(
    kind: str, expected: list[str], authorities: Authorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PROTOCOLS", {})
    monkeypatch.setattr(looking, "WEAKNESSES", {})
    async with serving(modern(), tmp_path, certificate(kind, authorities)) as port:
        seen = await look(port, authorities.ca_file)
    assert complaints(seen.scan) == {rule: [HOST] for rule in expected}


async def test_without_the_owners_authority_his_certificate_is_not_trusted(authorities: Authorities, tmp_path: Path) -> None:
    async with serving(modern(), tmp_path, certificate("good", authorities)) as port:
        seen = await look(port)
    assert complaints(seen.scan) == {"untrusted": [HOST]}
    verdict = tls_certificate_untrusted(seen.scan)
    assert isinstance(verdict, Found)
    assert "Middle" in verdict.findings[0].shown


async def test_a_server_with_an_rsa_and_an_ec_certificate_is_judged_by_both(authorities: Authorities, tmp_path: Path) -> None:
    good = certificate("good", authorities)
    bad = issue(authorities.other, HOST, key=rsa.generate_private_key(65537, 2048), end=-DAY, start=-90 * DAY)
    async with serving(modern(), tmp_path, good, bad) as port:
        seen = await look(port, authorities.ca_file)
    assert complaints(seen.scan) == {"untrusted": [HOST], "expired": [HOST]}
    assert len(seen.scan.endpoints[0].certificates) == 2


async def test_www_has_another_certificate(authorities: Authorities, tmp_path: Path) -> None:
    """By SNI; both names are looked at, and the other one's certificate is the worse one."""
    main = modern()
    other = modern()
    other.load_cert_chain(*issue(authorities.root, HOST, end=-DAY).write(tmp_path / "other"))
    main.sni_callback = lambda wrapped, name, _: setattr(wrapped, "context", other) if name == WWW else None
    async with serving(main, tmp_path, issue(authorities.root, HOST)) as port:
        seen = await look(port, authorities.ca_file, www=True)
    assert complaints(seen.scan) == {"expired": [WWW], "name_mismatch": [WWW]}
    assert [one.same_as for one in seen.scan.endpoints] == ["", ""]


async def test_equal_names_are_tested_once_and_every_address_is(authorities: Authorities, tmp_path: Path) -> None:
    async with serving(modern(), tmp_path, certificate("good", authorities)) as port:
        one = await look(port, authorities.ca_file)
        two = await look(port, authorities.ca_file, www=True)
        with_v6 = await look(port, authorities.ca_file, addresses=("127.0.0.1", "::1"))
    assert [(e.host, e.same_as) for e in two.scan.endpoints] == [(HOST, ""), (WWW, HOST)]
    assert two.scan.endpoints[0].protocols == two.scan.endpoints[1].protocols
    assert two.connections < one.connections + 20
    assert [e.address for e in with_v6.scan.endpoints] == ["127.0.0.1"]  # nothing listens on ::1: visitors come by the other one
    assert complaints(with_v6.scan) == {}
    for seen in (one, two):
        assert decode(encode(seen.scan), known_classes([TlsScan, Unavailable])) == seen.scan


# --- protocols and ciphers, by real nginx --------------------------------------------------------------------------

NGINX = """daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; user {user};
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; {servers} }}"""
SERVER = """server {{ listen {address}:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {key};
ssl_protocols {protocols}; ssl_ciphers "{ciphers}"; {more} return 200 "A shop"; }}
"""
STRONG = "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=0"


@contextlib.contextmanager
def nginx(
    folder: Path, pair: Issued, protocols: str, ciphers: str = STRONG, more: str = "", others: Mapping[str, str] | None = None
) -> Iterator[int]:
    """others: further addresses (``[::1]``) → the protocols that the server there offers."""
    needs("nginx")
    chain, key = pair.write(folder)
    port = free_port()
    values = {"port": port, "chain": chain, "key": key, "ciphers": ciphers, "more": more}
    servers = {"127.0.0.1": protocols, **(others or {})}
    written = "".join(SERVER.format(address=address, protocols=those, **values) for address, those in servers.items())
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, servers=written, user="root" if os.geteuid() == 0 else "nobody"))
    with running([binary("nginx"), "-c", str(config), "-p", str(folder)], ports=(port,)):
        yield port


def settings(scan: TlsScan) -> tuple[list[str], list[str], list[str], list[str], bool]:
    """Legacy protocols, weak and dated ciphers, weaknesses found, and whether TLS 1.3 is missing."""
    own = installations()
    rules = (tls_legacy_protocol, tls_weak_cipher, tls_dated_cipher, tls_no_tls13)
    verdicts = [*(rule(scan, own) for rule in rules), tls_vulnerability(scan)]
    assert not [verdict for verdict in verdicts if isinstance(verdict, Inconclusive)], verdicts
    found = [verdict.findings if isinstance(verdict, Found) else () for verdict in verdicts]
    legacy, attacks = ([one.subject.removeprefix(f"{HOST} ") for one in found[number]] for number in (0, 4))
    weak, dated = ([name for one in found[number] for name in re.findall(r"TLS_\w+", one.shown)] for number in (1, 2))
    return legacy, weak, dated, attacks, bool(found[3])


CBC = "ECDHE-RSA-AES128-SHA"
WEAK = f"{STRONG}:{CBC}:NULL-SHA256:@SECLEVEL=0"
MATRIX = [
    ("TLSv1.2 TLSv1.3", STRONG, ([], [], [], [], False)),
    ("TLSv1.3", STRONG, ([], [], [], [], False)),
    ("TLSv1.2", STRONG, ([], [], [], [], True)),
    ("TLSv1", f"{CBC}:@SECLEVEL=0", (["TLS 1.0"], [], [], [], True)),
    (
        "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3",
        f"{STRONG}:{CBC}",
        (["TLS 1.0", "TLS 1.1"], [], ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"], [], False),
    ),
    ("TLSv1.2 TLSv1.3", f"{STRONG}:AES128-GCM-SHA256", ([], [], ["TLS_RSA_WITH_AES_128_GCM_SHA256"], [], False)),
    ("TLSv1.1", f"{CBC}:@SECLEVEL=0", (["TLS 1.1"], [], [], [], True)),
    ("TLSv1.2 TLSv1.3", f"{STRONG}:ECDHE-RSA-AES256-SHA384", ([], [], ["TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"], [], False)),
    ("TLSv1.2 TLSv1.3", f"{STRONG}:NULL-SHA256:@SECLEVEL=0", ([], ["TLS_RSA_WITH_NULL_SHA256"], [], [], False)),
    ("TLSv1 TLSv1.2", f"{STRONG}:NULL-SHA:@SECLEVEL=0", (["TLS 1.0"], ["TLS_RSA_WITH_NULL_SHA"], [], [], True)),
    ("TLSv1.2 TLSv1.3", f"{STRONG}:CAMELLIA128-SHA", ([], [], ["TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"], [], False)),
    ("TLSv1.2", "aNULL+AES128+SHA256:ECDHE+AESGCM:@SECLEVEL=0", ([], ["TLS_DH_anon_WITH_AES_128_CBC_SHA256"], [], [], True)),
]


@pytest.mark.parametrize(("protocols", "ciphers", "expected"), MATRIX)
async def test_protocols_and_ciphers(
    protocols: str,
    ciphers: str,
    expected: tuple[list[str], list[str], list[str], list[str], bool],
    authorities: Authorities,
    tmp_path: Path,
) -> None:
    pair = issue(authorities.root, HOST, key=rsa.generate_private_key(65537, 2048))
    more = f"ssl_dhparam {dh_group(tmp_path, 2048)};" if "aNULL" in ciphers else ""
    with nginx(tmp_path, pair, protocols, ciphers, more) as port:
        seen = await look(port, authorities.ca_file)
    assert settings(seen.scan) == expected
    if "aNULL" not in ciphers:
        assert complaints(seen.scan) == {}


async def test_a_small_diffie_hellman_group(authorities: Authorities, tmp_path: Path) -> None:
    pair = issue(authorities.root, HOST, key=rsa.generate_private_key(65537, 2048))
    for bits, expected in ((1024, ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"]), (2048, [])):
        folder = tmp_path / str(bits)
        folder.mkdir()
        more = f"ssl_dhparam {dh_group(folder, bits)};"
        with nginx(folder, pair, "TLSv1.2 TLSv1.3", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", more) as port:
            seen = await look(port, authorities.ca_file)
        assert settings(seen.scan)[1] == expected


def dh_group(folder: Path, bits: int) -> Path:
    """A fixed safe group: RFC 2409 6.2 (1024 bits) and RFC 3526 3 (2048 bits)."""
    head = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE"
    tails = {
        1024: "65381FFFFFFFFFFFFFFFF",
        2048: "45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    }
    from cryptography.hazmat.primitives.asymmetric import dh

    numbers = dh.DHParameterNumbers(int(head + tails[bits], 16), 2).parameters()
    file = folder / "dh.pem"
    file.write_bytes(numbers.parameter_bytes(serialization.Encoding.PEM, serialization.ParameterFormat.PKCS3))
    return file


AGREEMENT = {
    "all": ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", f"{STRONG}:{CBC}:AES128-GCM-SHA256"),
    "everything that OpenSSL has": ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"),
    "1.0": ("TLSv1", f"{CBC}:@SECLEVEL=0"),
    "1.1": ("TLSv1.1", f"{CBC}:@SECLEVEL=0"),
    "1.2": ("TLSv1.2", STRONG),
    "1.2, one suite that only the newer client knows": ("TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305"),
    "1.3": ("TLSv1.3", STRONG),
    "no forward secrecy": ("TLSv1.2", "AES256-SHA:AES128-SHA256:CAMELLIA128-SHA:@SECLEVEL=0"),
    "old group": ("TLSv1 TLSv1.2", "DHE-RSA-AES128-SHA:DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0"),
    "no certificate": ("TLSv1.2", "aNULL:ECDHE+AESGCM:@SECLEVEL=0"),
}


@pytest.mark.parametrize("case", AGREEMENT)
async def test_the_sslyze_command_line_sees_the_same(case: str, authorities: Authorities, tmp_path: Path) -> None:
    protocols, ciphers = AGREEMENT[case]
    pair = issue(authorities.root, HOST, key=rsa.generate_private_key(65537, 2048))
    more = f"ssl_dhparam {dh_group(tmp_path, 1024 if case == 'old group' else 2048)};"
    with nginx(tmp_path, pair, protocols, ciphers, more) as port:
        seen = await look(port, authorities.ca_file)
        theirs = sslyze_alone(port, tmp_path)
    agree(seen.scan, theirs)
    assert len(seen.scan.endpoints[0].certificates) == len(theirs["certificate_info"]["result"]["certificate_deployments"])


async def test_a_server_that_wants_to_know_its_visitors(authorities: Authorities, tmp_path: Path) -> None:
    """Handshakes that end before it can be told what was agreed to; the suites are asked for one by one then."""
    context = modern()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authorities.ca_file)
    async with serving(context, tmp_path, issue(authorities.root, HOST, key=rsa.generate_private_key(65537, 2048))) as port:
        seen = await look(port, authorities.ca_file)
        theirs = await asyncio.to_thread(sslyze_alone, port, tmp_path)
    (endpoint,) = seen.scan.endpoints
    for protocol in endpoint.protocols:
        accepted = theirs[f"{looking.PROTOCOLS[protocol.name].lower()}_cipher_suites"]["result"]["accepted_cipher_suites"]
        assert [one.name for one in protocol.ciphers] == sorted(one["cipher_suite"]["name"] for one in accepted)
    assert isinstance(tls_weak_cipher(seen.scan, installations()), Passed)


@pytest.mark.parametrize("kind", ["good", "wildcard", "expired", "wrong name", "unknown authority", "missing intermediate"])
async def test_the_sslyze_command_line_trusts_the_same_certificates(
    kind: str, authorities: Authorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its one answer about chain, dates and name."""
    monkeypatch.setattr(looking, "PROTOCOLS", {})
    monkeypatch.setattr(looking, "WEAKNESSES", {})
    async with serving(modern(), tmp_path, certificate(kind, authorities)) as port:
        seen = await look(port, authorities.ca_file)
        theirs = await asyncio.to_thread(sslyze_alone, port, tmp_path, f"--certinfo_ca_file={authorities.ca_file}")
    (deployment,) = theirs["certificate_info"]["result"]["certificate_deployments"]
    trusted = any(one["was_validation_successful"] for one in deployment["path_validation_results"])
    assert trusted is (complaints(seen.scan) == {}), deployment["path_validation_results"]
    assert trusted is (kind in {"good", "wildcard"})


def sslyze_alone(port: int, folder: Path, *more: str) -> dict[str, Any]:
    """What the command line of sslyze says of the server."""
    file = folder / "sslyze.json"
    program = Path(sys.executable).with_name("sslyze")
    versions = ("--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3")
    attacks = ("--heartbleed", "--robot", "--openssl_ccs", "--reneg", "--compression")
    where = (f"--json_out={file}", f"--sni={HOST}", f"127.0.0.1:{port}")
    command = [program, "--mozilla_config=disable", "--certinfo", *more, *versions, *attacks, *where]
    subprocess.run(command, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(file.read_text())["server_scan_results"][0]["scan_result"]
    return found


def agree(scan: TlsScan, theirs: dict[str, Any]) -> None:
    """Every version, suite, group and weakness."""
    (endpoint,) = scan.endpoints
    for protocol in endpoint.protocols:
        assert not isinstance(protocol.ciphers, Unavailable), protocol
        accepted = theirs[f"{looking.PROTOCOLS[protocol.name].lower()}_cipher_suites"]["result"]["accepted_cipher_suites"]
        keys = {one["cipher_suite"]["name"]: one["ephemeral_key"] or {} for one in accepted}
        groups = {name: key["size"] if key.get("type_name") == "DH" else 0 for name, key in keys.items()}
        assert {cipher.name: cipher.dh_bits for cipher in protocol.ciphers} == groups, protocol.name
    present = {weakness.name: weakness.present for weakness in endpoint.weaknesses}
    for name, command, read in (
        ("heartbleed", "heartbleed", lambda result: result["is_vulnerable_to_heartbleed"]),
        ("robot", "robot", lambda result: result["robot_result"].startswith("VULNERABLE")),
        ("ccs-injection", "openssl_ccs_injection", lambda result: result["is_vulnerable_to_ccs_injection"]),
        ("insecure-renegotiation", "session_renegotiation", lambda result: not result["supports_secure_renegotiation"]),
        ("compression", "tls_compression", lambda result: result["supports_compression"]),
    ):
        result = theirs[command]["result"]
        assert isinstance(present[name], Unavailable) if result is None else present[name] is read(result), name


async def test_each_address_is_a_server_of_its_own_and_the_worst_counts(authorities: Authorities, tmp_path: Path) -> None:
    """The same certificate everywhere: the old settings of the second IPv4 address and of IPv6 show all the same."""
    pair = issue(authorities.root, HOST, WWW, key=rsa.generate_private_key(65537, 2048))
    others = {"127.0.0.2": "TLSv1 TLSv1.2 TLSv1.3", "[::1]": "TLSv1.2"}
    with nginx(tmp_path, pair, "TLSv1.2 TLSv1.3", f"{STRONG}:{CBC}", others=others) as port:
        seen = await look(port, authorities.ca_file, addresses=("127.0.0.1", "127.0.0.2", "::1"), www=True)
    assert [(one.host, one.address, one.same_as) for one in seen.scan.endpoints] == [
        (host, address, same) for host, same in ((HOST, ""), (WWW, HOST)) for address in ("127.0.0.1", "127.0.0.2", "::1")
    ]
    legacy, *_, no_tls13 = settings(seen.scan)
    assert legacy == ["TLS 1.0", f"{WWW} TLS 1.0"]
    assert no_tls13


# --- what cannot be seen stays unknown -----------------------------------------------------------------------------


def unknown_or_true(scan: TlsScan) -> list[Verdict]:
    """All verdicts; none of them may be a pass or a claim about the certificate's trust that is not so."""
    own = installations()
    return [
        *(rule(scan) for rule in CERTIFICATES),
        tls_legacy_protocol(scan, own),
        tls_weak_cipher(scan, own),
        tls_vulnerability(scan),
        tls_no_tls13(scan, own),
        tls_dated_cipher(scan, own),
    ]


@pytest.mark.parametrize("sent", [0, 3, 60, 500])
async def test_cut_in_the_middle_of_every_handshake(sent: int, authorities: Authorities, tmp_path: Path) -> None:
    async with (
        serving(modern(), tmp_path, certificate("good", authorities)) as behind,
        raw_serving(Cutter(behind, sent=sent)) as port,
    ):
        seen = await look(port, authorities.ca_file)
    assert all(isinstance(verdict, Inconclusive) for verdict in unknown_or_true(seen.scan)), unknown_or_true(seen.scan)


@pytest.mark.parametrize("connections", [1, 4, 12, 20, 28])
async def test_shut_out_after_some_connections(connections: int, authorities: Authorities, tmp_path: Path) -> None:
    """A firewall that has enough of us: what it refuses then is not "not offered"."""
    async with (
        serving(modern(), tmp_path, certificate("good", authorities)) as behind,
        raw_serving(Cutter(behind, connections=connections)) as port,
    ):
        seen = await look(port, authorities.ca_file)
    verdicts = unknown_or_true(seen.scan)
    assert all(isinstance(verdict, Inconclusive) for verdict in verdicts[5:8]), verdicts
    assert isinstance(verdicts[8], Passed | Inconclusive)  # TLS 1.3 may have been seen before, and it is there
    assert not any(isinstance(verdict, Found) for verdict in verdicts), verdicts


@pytest.mark.parametrize("every", [2, 3, 4, 5, 7, 11])
async def test_each_so_manieth_connection_is_lost(every: int, authorities: Authorities, tmp_path: Path) -> None:
    """Nothing that a good server lacks is found, nothing that a weak one has is passed."""
    pair = issue(authorities.root, HOST, key=rsa.generate_private_key(65537, 2048))
    for protocols, good in (("TLSv1.2 TLSv1.3", True), ("TLSv1 TLSv1.1 TLSv1.2", False)):
        with nginx(tmp_path / str(good), pair, protocols, STRONG if good else WEAK) as behind:
            async with raw_serving(Cutter(behind, every=every)) as port:
                seen = await look(port, authorities.ca_file)
        verdicts = unknown_or_true(seen.scan)
        assert not any(isinstance(verdict, Found) for verdict in verdicts[:5]), verdicts
        judged = [verdicts[5], verdicts[6], *verdicts[8:]]
        assert not any(isinstance(verdict, Found if good else Passed) for verdict in judged), verdicts


async def test_a_server_that_refuses_without_a_word_is_believed(authorities: Authorities, tmp_path: Path) -> None:
    """Some hang up instead of sending an alert: asked twice, and the verdicts are the same."""
    pair = issue(authorities.root, HOST, key=rsa.generate_private_key(65537, 2048))
    with nginx(tmp_path, pair, "TLSv1.2 TLSv1.3") as behind:
        async with raw_serving(Cutter(behind, alerts=False)) as port:
            seen = await look(port, authorities.ca_file)
    assert settings(seen.scan) == ([], [], [], [], False)
    assert seen.connections < 100


async def test_old_hellos_that_are_dropped_stay_unknown(
    authorities: Authorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence is no refusal: whether SSL 2.0 to TLS 1.1 are on is not known, TLS 1.3 is."""
    monkeypatch.setattr(looking, "HANDSHAKE_SECONDS", 1)
    pair = issue(authorities.root, HOST, key=rsa.generate_private_key(65537, 2048))
    with nginx(tmp_path, pair, "TLSv1.2 TLSv1.3") as behind:
        async with raw_serving(Cutter(behind, alerts=False, silent=True)) as port:
            seen = await look(port, authorities.ca_file)
    verdicts = unknown_or_true(seen.scan)
    assert isinstance(verdicts[5], Inconclusive)
    assert "unanswered" in verdicts[5].because
    assert not any(isinstance(verdict, Found) for verdict in verdicts), verdicts


@pytest.mark.parametrize("sent", [0, 60])
@pytest.mark.parametrize("slow", [0, 1])
async def test_the_look_ends_in_time_whatever_the_server_does(
    slow: int, sent: int, authorities: Authorities, tmp_path: Path
) -> None:
    """A server that drips one byte at a time, or falls silent in the middle, holds nothing up."""
    async with (
        serving(modern(), tmp_path, certificate("good", authorities)) as behind,
        raw_serving(Dripper(behind, sent) if slow else Cutter(behind, sent=sent, silent=True)) as port,
    ):
        seen = await look(port, authorities.ca_file, seconds=1.5)
    assert all(isinstance(verdict, Inconclusive) for verdict in unknown_or_true(seen.scan)), unknown_or_true(seen.scan)


async def test_one_slow_connection_is_ended_and_what_it_tested_stays_unknown(
    authorities: Authorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end that we made ourselves is no refusal of the server's."""
    monkeypatch.setattr(gate, "LONGEST_CONNECTION", 0.5)
    async with (
        serving(modern(), tmp_path, certificate("good", authorities)) as behind,
        raw_serving(Dripper(behind, 60, after=12)) as port,
    ):
        seen = await look(port, authorities.ca_file, seconds=20)
    verdicts = unknown_or_true(seen.scan)
    assert all(isinstance(verdict, Inconclusive) for verdict in verdicts[5:8]), verdicts
    assert not any(isinstance(verdict, Found) for verdict in verdicts), verdicts


async def test_a_server_that_stalls_takes_its_time_and_no_more(
    authorities: Authorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 3.0)
    monkeypatch.setattr(looking, "HANDSHAKE_SECONDS", 1)
    async with (
        serving(modern(), tmp_path, certificate("good", authorities)) as behind,
        raw_serving(Cutter(behind, connections=20, silent=True)) as port,
    ):
        with contextlib.suppress(CouldNotGather):
            seen = await look(port, authorities.ca_file)
            assert not any(isinstance(verdict, Found) for verdict in unknown_or_true(seen.scan))
            assert all(isinstance(verdict, Inconclusive) for verdict in unknown_or_true(seen.scan)[5:8])


async def test_at_most_four_connections_at_once_and_all_are_counted(authorities: Authorities, tmp_path: Path) -> None:
    async with (
        serving(modern(), tmp_path, certificate("good", authorities)) as behind,
        raw_serving(cutter := Cutter(behind)) as port,
    ):
        with watching(port) as open_at_once:
            seen = await look(port, authorities.ca_file, www=True)
    assert seen.connections == cutter.seen > 0
    assert max(open_at_once) <= looking.CONNECTIONS  # as far as a busy machine let us look
    assert cutter.seen < 80  # sslyze alone makes some 550


@contextlib.contextmanager
def watching(port: int) -> Iterator[list[int]]:
    """How many connections to a port of loopback are established, looked at again and again in a thread."""
    seen: list[int] = [0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
            seen.append(sum(row[2].endswith(f":{port:04X}") and row[3] == "01" for row in rows))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


# --- in processes apart --------------------------------------------------------------------------------------------


@pytest.mark.apart
async def test_one_child_looks_at_one_shop_after_the_other(authorities: Authorities, tmp_path: Path) -> None:
    """It sees what is seen here, and is not started again."""
    pids = set()
    async with serving(modern(), tmp_path, certificate("good", authorities)) as port:
        for _ in range(2):
            seen = await look(port, authorities.ca_file, www=True)
            assert complaints(seen.scan) == {}
            assert settings(seen.scan) == ([], [], [], [], False)
            assert [one.same_as for one in seen.scan.endpoints] == ["", HOST]
            assert 40 <= seen.connections < 110
            (idle,) = module.CHILDREN._idle
            pids.add(idle._process.pid)
    assert len(pids) == 1


@pytest.mark.apart
@pytest.mark.parametrize("ending", [signal.SIGSEGV, signal.SIGABRT])
async def test_a_crash_leaves_what_was_told_before(
    ending: int, authorities: Authorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first name was looked at; at the second one the child dies, and the next shop gets another one."""
    heard = Child.hear

    async def hear_and_kill(self: Child, seconds: float) -> Any:
        said = await heard(self, seconds)
        os.kill(self._process.pid, ending)
        return said

    async with serving(modern(), tmp_path, certificate("good", authorities)) as port:
        with monkeypatch.context() as patch:
            patch.setattr(Child, "hear", hear_and_kill)
            seen = await look(port, authorities.ca_file, www=True)
        first, second = seen.scan.endpoints
        assert not isinstance(first.certificates, Unavailable)
        assert isinstance(second.certificates, Unavailable)
        assert "the process that reads it" in second.certificates.because
        assert not any(isinstance(verdict, Passed) for verdict in unknown_or_true(seen.scan)), seen.scan
        assert complaints((await look(port, authorities.ca_file)).scan) == {}


@pytest.mark.apart
async def test_a_stop_ends_it_at_once(authorities: Authorities, tmp_path: Path) -> None:
    """By a server that never answers: it is over only because the scan was stopped."""
    async with raw_serving(silence) as port:
        seen = await look(port, seconds=PATIENCE, stop=0.5)
    (endpoint,) = seen.scan.endpoints
    assert isinstance(endpoint.certificates, Unavailable)


async def silence(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(PATIENCE)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        [1, 2],
        ["x", 3],
        [{"$": "Certificate"}, 1],
        [{"$": "TlsEndpoint"}, 1],
        [
            {
                "$": "TlsEndpoint",
                "host": HOST,
                "address": "192.0.2.1",
                "port": 443,
                "certificates": [],
                "protocols": [],
                "weaknesses": [],
            },
            1,
        ],
    ],
)
def test_a_child_is_believed_only_what_it_was_asked(said: object) -> None:
    """Values of evidence, of the place that was asked for."""
    place = looking.Place(HOST, "127.0.0.1", 443)
    with pytest.raises(Failed):
        module._told(said, place, Counting())
    right = encode(looking.unknown(place, Unavailable("x")))
    assert module._told([right, 10**9], place, Counting()) == looking.unknown(place, Unavailable("x"))


class Counting:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()


async def test_no_https_is_nothing_to_gather(tmp_path: Path) -> None:
    with pytest.raises(NothingToGather):
        await look(free_port())


async def test_silence_is_unknown_unless_http_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.2)
    with unanswering() as port:
        with pytest.raises(CouldNotGather):
            await look(port)
        with pytest.raises(NothingToGather):
            await look(port, origin=f"http://{HOST}")


async def test_what_speaks_no_tls_is_unknown() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with raw_serving(handle) as port:
        seen = await look(port)
    assert all(isinstance(verdict, Inconclusive) for verdict in unknown_or_true(seen.scan))


async def test_an_authority_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(CouldNotGather, match="--ca-file"):
        await look(free_port(), tmp_path / "ca.pem")


@contextlib.contextmanager
def unanswering() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])
        for one in waiting:
            one.close()


def test_no_thread_stays_behind() -> None:
    """sslyze's own threads end with its scan."""
    eventually(
        lambda: not [one for one in threading.enumerate() if "JobsWorker" in type(one).__name__ or one.name.startswith("tls")]
    )
