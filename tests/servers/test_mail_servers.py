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
from tests.servers.processes import free_port, running

UNPACKED = Path(__file__).parent.parent / ".cache" / "mail"
FOLDERS = [*sorted(UNPACKED.glob("usr/lib/*-linux-gnu")), UNPACKED / "usr/lib/postfix"]
LIBRARIES = {"LD_LIBRARY_PATH": ":".join(map(str, FOLDERS))}
MX = "mail.petalandstem.example"
KINDS = ("good", "expired", "self-signed", "other name", "none")

PARTS = (
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "anvil unix - - n - 1 anvil",
    "rewrite unix - - n - - trivial-rewrite",
    "proxymap unix - - n - - proxymap",
)
"""Of Postfix, that its server asks."""

Ports = Mapping[str, int]


def _program(name: str) -> str:
    """A missing one is a skip on a laptop and a failure in CI; so is not being root, which both want to begin as."""
    program = UNPACKED / name
    reason = "" if program.exists() else f"{name} is not unpacked (tests/setup.sh)"
    reason = reason or ("" if os.geteuid() == 0 else f"only root may start {name}")
    if reason and os.environ.get("CI"):
        pytest.fail(f"in CI no server may be missing: {reason}", pytrace=False)
    if reason:
        pytest.skip(reason)
    return str(program)


def _certificates(folder: Path) -> Path:
    """A certificate with its key of each kind, ``KIND.pem``; the authority's, ``ca.pem``."""
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    before = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    made = {
        "good": authority.issue_cert(MX),
        "expired": authority.issue_cert(MX, not_before=before, not_after=before + datetime.timedelta(days=90)),
        "self-signed": stranger.issue_cert(MX),
        "other name": authority.issue_cert("other.example"),
    }
    for kind, one in made.items():
        chain = [*one.cert_chain_pems, *([stranger.cert_pem] if kind == "self-signed" else [authority.cert_pem])]
        (folder / f"{kind}.pem").write_bytes(one.private_key_pem.bytes() + b"".join(blob.bytes() for blob in chain))
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder


@contextmanager
def postfix(folder: Path, certificates: Path) -> Iterator[Ports]:
    """One that listens on a port for each kind."""
    master = _program("usr/lib/postfix/sbin/master")
    ports = {kind: free_port() for kind in KINDS}
    queue, data, etc = folder / "queue", folder / "data", folder / "etc"
    for made in (
        data,
        etc,
        *(
            queue / name
            for name in [
                "active",
                "bounce",
                "corrupt",
                "defer",
                "deferred",
                "flush",
                "hold",
                "incoming",
                "maildrop",
                "pid",
                "private",
                "public",
                "saved",
                "trace",
            ]
        ),
    ):
        made.mkdir(parents=True)
    for made in (data, queue, *queue.iterdir()):
        os.chown(made, 65534, 2)
    (etc / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = {UNPACKED}/usr/sbin
daemon_directory = {UNPACKED}/usr/lib/postfix/sbin
shlib_directory = {UNPACKED}/usr/lib/postfix
mail_owner = nobody
default_privs = daemon
setgid_group = bin
myhostname = {MX}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
import_environment = LD_LIBRARY_PATH MAIL_CONFIG
export_environment = LD_LIBRARY_PATH MAIL_CONFIG
"""
    )
    lines = [
        f"127.0.0.1:{port} inet n - n - - smtpd"
        + (
            ""
            if kind == "none"
            else f"\n  -o smtpd_tls_security_level=may\n  -o {{ smtpd_tls_chain_files = {_named(certificates, kind)} }}"
        )
        for kind, port in ports.items()
    ]
    (etc / "master.cf").write_text("\n".join([*lines, *PARTS, ""]))
    with running([master, "-d", "-c", str(etc)], list(ports.values()), environment={**LIBRARIES, "MAIL_CONFIG": str(etc)}):
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
    program = _program("usr/sbin/exim4")
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
    with running([program, "-C", str(folder / "exim.conf"), "-bdf"], list(ports.values()), environment=environment):
        yield ports


Product = Callable[[Path, Path], AbstractContextManager[Ports]]


async def _visit(port: int, ca_file: Path) -> MailTalk:
    target = Target.of("https://petalandstem.example", ports={"smtp": port}, allow_private=True)
    servers = MailServers(target, Talks(), Counter(), Clock(), lambda: 60.0, ca_file)
    (seen,) = await servers.visit([(MX, ("127.0.0.1",))])
    assert isinstance(seen, MailTalk), seen
    return seen


def _dane(seen: MailTalk, record: str) -> tuple[Dane, bool]:
    assert isinstance(seen.encryption, MailEncryption)
    answer = DnsAnswer(Existence.FOUND, (record,), security=Security.SECURE)
    found = dane(MX, seen.encryption.chain, Answers([DnsLookup(tlsa_name(MX), "TLSA", answer)]))
    assert isinstance(found, DaneReading)
    return found.state, found.expects_name


@pytest.mark.parametrize("product", [postfix, exim], ids=["postfix", "exim"])
async def test_what_a_real_mail_server_shows(product: Product, open_folder: Path) -> None:
    certificates, folder = open_folder / "certificates", open_folder / "server"
    certificates.mkdir(mode=0o755)
    folder.mkdir(mode=0o755)
    _certificates(certificates)
    with product(folder, certificates) as ports:
        seen = {kind: await _visit(port, certificates / "ca.pem") for kind, port in ports.items()}
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
