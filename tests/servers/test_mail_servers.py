"""Postfix and Exim themselves, with and without encryption, with certificates that hold and that do not, and their TLSA records."""

from __future__ import annotations

import datetime
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import trustme

from scanner.evidence import Certificate, DnsAnswer, DnsLookup, Existence, MailEncryption, MailTalk, Security
from scanner.gatherers.mail.servers import MailServers, Talks
from scanner.mail.answers import Answers
from scanner.mail.transport import Dane, DaneReading, dane, tlsa_name
from scanner.scope.target import Target
from scanner.text.clock import Clock
from tests.servers.postfix import LIBRARIES, UNPACKED, postfix, program
from tests.servers.processes import free_port, running

MX = "mail.petalandstem.example"
KINDS = ("good", "expired", "self-signed", "other name", "none")

Ports = Mapping[str, int]


def issued(folder: Path, host: str = MX) -> Path:
    """A certificate with its key of each kind, ``KIND.pem``; the authority's, ``ca.pem``."""
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    before = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    made = {
        "good": authority.issue_cert(host),
        "expired": authority.issue_cert(host, not_before=before, not_after=before + datetime.timedelta(days=90)),
        "self-signed": stranger.issue_cert(host),
        "other name": authority.issue_cert("other.example"),
    }
    for kind, one in made.items():
        chain = [*one.cert_chain_pems, *([stranger.cert_pem] if kind == "self-signed" else [authority.cert_pem])]
        (folder / f"{kind}.pem").write_bytes(one.private_key_pem.bytes() + b"".join(blob.bytes() for blob in chain))
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder


@contextmanager
def _postfix(folder: Path, certificates: Path) -> Iterator[Ports]:
    """One that listens on a port for each kind."""
    ports = {kind: free_port() for kind in KINDS}
    lines = [
        f"127.0.0.1:{port} inet n - n - - smtpd"
        + (
            ""
            if kind == "none"
            else f"\n  -o smtpd_tls_security_level=may\n  -o {{ smtpd_tls_chain_files = {_named(certificates, kind)} }}"
        )
        for kind, port in ports.items()
    ]
    with postfix(folder, MX, lines, list(ports.values())):
        yield ports


def _named(certificates: Path, kind: str) -> Path:
    """A file without a space in its name."""
    link = certificates / f"{kind.replace(' ', '-')}-plain.pem"
    if not link.exists():
        link.symlink_to(certificates / f"{kind}.pem")
    return link


@contextmanager
def exim(folder: Path, certificates: Path) -> Iterator[Ports]:
    """The same. Its user is compiled in, and not known to this machine: a library answers for it."""
    exim4 = program("usr/sbin/exim4")
    ports = {kind: free_port() for kind in KINDS}
    for name in ("spool", "log"):
        (folder / name).mkdir()
        os.chown(folder / name, 65534, 65534)
    for kind, port in ports.items():
        if kind != "none":
            (certificates / f"{port}.pem").symlink_to(certificates / f"{kind}.pem")
    for name, line in (("passwd", "Debian-exim:x:65534:65534::/nonexistent:/bin/false"), ("group", "Debian-exim:x:65534:")):
        (folder / name).write_text(Path("/etc", name).read_text() + line + "\n")
    (folder / "exim.conf").write_text(
        f"""primary_hostname = {MX}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/pid
keep_environment =
tls_advertise_hosts = ${{if eq{{$received_port}}{{{ports["none"]}}}{{}}{{*}}}}
tls_certificate = {certificates}/$received_port.pem
exim_user = nobody
exim_group = nogroup
local_interfaces = {" : ".join(f"<; 127.0.0.1.{port}".removeprefix("<; ") for port in ports.values())}
"""
    )
    (folder / "exim.conf").chmod(0o644)
    environment = {
        **LIBRARIES,
        "LD_PRELOAD": str(next(UNPACKED.glob("usr/lib/*-linux-gnu/libnss_wrapper.so"))),
        "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
        "NSS_WRAPPER_GROUP": str(folder / "group"),
    }
    with running([exim4, "-C", str(folder / "exim.conf"), "-bdf"], list(ports.values()), environment=environment):
        yield ports


Product = Callable[[Path, Path], AbstractContextManager[Ports]]


async def visit(port: int, ca_file: Path, host: str = MX) -> MailTalk:
    """What our own look sees of a server there."""
    target = Target.of("https://petalandstem.example", ports={"smtp": port}, resolve={host: ("127.0.0.1",)}, allow_private=True)
    servers = MailServers(target, Talks(), Counter(), Clock(), lambda: 60.0, ca_file)
    (seen,) = await servers.visit([(host, ("127.0.0.1",))])
    assert isinstance(seen, MailTalk), seen
    return seen


def _dane(seen: MailTalk, record: str) -> tuple[Dane, bool]:
    assert isinstance(seen.encryption, MailEncryption)
    answer = DnsAnswer(Existence.FOUND, (record,), security=Security.SECURE)
    found = dane(MX, seen.encryption.chain, Answers([DnsLookup(tlsa_name(MX), "TLSA", answer)]))
    assert isinstance(found, DaneReading)
    return found.state, found.expects_name


@pytest.mark.parametrize("product", [_postfix, exim], ids=["postfix", "exim"])
async def test_what_a_real_mail_server_shows(product: Product, open_folder: Path) -> None:
    certificates, folder = open_folder / "certificates", open_folder / "server"
    certificates.mkdir(mode=0o755)
    folder.mkdir(mode=0o755)
    issued(certificates)
    with product(folder, certificates) as ports:
        seen = {kind: await visit(port, certificates / "ca.pem") for kind, port in ports.items()}
    assert seen["none"].encryption is None
    assert "STARTTLS" not in seen["none"].extensions
    assert "STARTTLS" in seen["good"].extensions
    now = Clock().now()
    shown: dict[str, tuple[bool, object, bool]] = {}
    for kind in KINDS[:-1]:
        encryption = seen[kind].encryption
        assert isinstance(encryption, MailEncryption), (kind, encryption)
        assert isinstance(encryption.certificate, Certificate)
        certificate = encryption.certificate
        shown[kind] = (certificate.covers, certificate.trusted, certificate.not_after > now)
    assert shown == {
        "good": (True, True, True),
        "expired": (True, True, False),
        "self-signed": (True, False, True),
        "other name": (False, True, True),
    }
    good = seen["good"].encryption
    assert isinstance(good, MailEncryption)
    assert good.protocol == "TLSv1.3"
    own, above = good.chain[0], good.chain[1]
    assert _dane(seen["good"], f"3 1 1 {own.key_sha256}") == (Dane.MATCHES, False)
    assert _dane(seen["good"], f"3 0 2 {own.whole_sha512}") == (Dane.MATCHES, False)
    assert _dane(seen["good"], f"2 0 1 {above.whole_sha256}") == (Dane.MATCHES, True)
    assert _dane(seen["other name"], f"3 1 1 {own.key_sha256}") == (Dane.DIFFERS, False)  # a record of the key before
    assert _dane(seen["self-signed"], f"2 0 1 {above.whole_sha256}") == (Dane.DIFFERS, False)
