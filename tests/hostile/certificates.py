"""Certificates in which a stranger wrote: names that lie, addresses to fetch, numbers out of range."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from tests.hostile.harness import Case, Ran, Setting
from tests.hostile.lies import PAYLOADS
from tests.hostile.shop import HOST, shop
from tests.loopback import Handler

CERTIFICATE_RULES = (
    "tls-certificate-expired",
    "tls-certificate-expiring",
    "tls-certificate-untrusted",
    "tls-certificate-name-mismatch",
    "tls-certificate-weak-key",
)
OWN = (x509.DNSName(HOST), x509.DNSName(f"www.{HOST}"))
YEAR = timedelta(days=365)
Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def issued(
    names: Sequence[tuple[x509.ObjectIdentifier, str]],
    extensions: Extensions = (),
    *,
    alternatives: Sequence[x509.GeneralName] = OWN,
    serial: bytes = b"",
    start: datetime | None = None,
    end: datetime | None = None,
) -> ssl.SSLContext:
    """A server's context with a certificate that is signed by itself. serial: replaces the serial number's bytes, unsigned as it
    then is: a scanner does not verify before it reads."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(kind, value, _validate=False) for kind, value in names])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 0x7E7E7E7E7E7E7E7E, start or now - YEAR / 8, end or now + YEAR / 8
    )
    for extension, critical in (*extensions, (x509.SubjectAlternativeName(alternatives), False)):
        builder = builder.add_extension(extension, critical=critical)
    made = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    if serial:
        assert made.count(b"\x7e" * 8) == 1
        made = made.replace(b"\x7e" * 8, serial)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.pem"
        file.write_text(ssl.DER_cert_to_PEM_cert(made) + secret.decode())
        context.load_cert_chain(file)
    return context


def showing(context: Callable[[], ssl.SSLContext], *, canary: bool = False) -> Callable[[Setting], object]:
    async def servers(setting: Setting) -> None:
        await setting.serve(shop()(), "http")
        await setting.serve(shop()(), "https", ssl=context())

    return servers


@cache
def lying() -> ssl.SSLContext:
    """Every payload in subject and issuer; those of ASCII among the alternative names."""
    texts = [payload.encode("utf-8", "replace").decode()[:200] for payload in PAYLOADS.values()]
    kinds = (NameOID.STREET_ADDRESS, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.LOCALITY_NAME)
    names = [(kinds[n % len(kinds)], text) for n, text in enumerate(texts)]
    alternatives = [x509.DNSName(text) for text in texts if text.isascii()]
    return issued([*names, (NameOID.COMMON_NAME, "roses\x00.evil.example")], alternatives=[*alternatives, *OWN])


@cache
def long() -> ssl.SSLContext:
    return issued([(NameOID.ORGANIZATION_NAME, "roses " * 10_000)])


@cache
def too_long() -> ssl.SSLContext:
    return issued([(NameOID.LOCALITY_NAME, "roses " * 17_000), (NameOID.ORGANIZATION_NAME, "<b>" * 20_000)])


@cache
def crowded() -> ssl.SSLContext:
    alternatives = [x509.DNSName(f"{n}.<b>x</b>.example") for n in range(3_000)]
    return issued([(NameOID.COMMON_NAME, HOST)], alternatives=[*alternatives, *OWN])


@cache
def odd() -> ssl.SSLContext:
    return issued([(NameOID.COMMON_NAME, HOST)], serial=b"\xff" + b"\x00" * 7)


@cache
def ancient() -> ssl.SSLContext:
    return issued([(NameOID.COMMON_NAME, HOST)], start=datetime(1950, 1, 1, tzinfo=UTC), end=datetime(9999, 12, 31, tzinfo=UTC))


def luring(port: int) -> ssl.SSLContext:
    """Addresses that a careful client fetches: the issuer's certificate, revocation lists, OCSP."""
    places = [
        f"http://127.0.0.1:{port}/x",
        f"http://{HOST}:{port}/x",
        "http://169.254.169.254/x",
        "file:///etc/passwd",
        f"ldap://{HOST}:{port}/x",
    ]
    descriptions = [
        x509.AccessDescription(kind, x509.UniformResourceIdentifier(place))
        for place in places
        for kind in (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
    ]
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(place)], None, None, None) for place in places]
    return issued(
        [(NameOID.COMMON_NAME, HOST)],
        [
            (x509.AuthorityInformationAccess(descriptions), False),
            (x509.CRLDistributionPoints(points), False),
            (x509.FreshestCRL(points), False),
            (x509.TLSFeature([x509.TLSFeatureType.status_request]), False),
        ],
    )


async def lured(setting: Setting) -> None:
    async def never(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        """Somebody else's server; that nobody connects is asserted at the scanner's sockets."""

    canary = await setting.serve(never)
    await setting.serve(shop()(), "http")
    await setting.serve(shop()(), "https", ssl=luring(canary))


def judged(ran: Ran) -> None:
    """The certificate was read: what is wrong with it was found, what is right with it is not."""
    assert "tls-certificate-untrusted" in ran.found, {rule: one["because"] for rule, one in ran.verdicts.items()}
    assert ran.verdicts["tls-certificate-name-mismatch"]["verdict"] == "passed", ran.verdicts
    assert ran.verdicts["tls-certificate-weak-key"]["verdict"] == "passed", ran.verdicts


def unread(ran: Ran) -> None:
    """A certificate that no client takes: nothing is claimed of it, and nothing is called good."""
    for rule in CERTIFICATE_RULES:
        assert ran.verdicts[rule]["verdict"] != "passed", ran.verdicts[rule]


def dates(ran: Ran) -> None:
    judged(ran)
    assert ran.verdicts["tls-certificate-expired"]["verdict"] == "passed", ran.verdicts


def case(name: str, context: Callable[[], ssl.SSLContext], check: Callable[[Ran], None], handler: Handler | None = None) -> Case:
    return Case(name, servers=showing(context), https=True, only=CERTIFICATE_RULES, check=check)


CASES = [
    case("a certificate that lies", lying, judged),
    case("a certificate with a name of 60 KB", long, unread),
    case("a certificate of 160 KB", too_long, unread),
    case("a certificate with 3,000 names", crowded, lambda ran: None),
    case("a certificate with a negative number", odd, judged),
    case("a certificate from 1950 to 9999", ancient, dates),
    Case(
        "a certificate with addresses to fetch",
        servers=lured,
        https=True,
        only=CERTIFICATE_RULES,
        check=judged,
    ),
]
