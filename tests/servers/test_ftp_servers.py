"""proftpd and pure-ftpd beside vsftpd: plain, encryption offered, encryption enforced, anonymous or not; each verdict as it should be.

Their packages conflict with each other, so ``tests/setup.sh`` does not install them: it unpacks them into UNPACKED.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import trustme

from checks.services.ftp import ftp_anonymous, ftp_open, ftp_plaintext
from scanner import Found, FtpReply, ImplicitFtps, Passed
from scanner.gatherers.services.ftp import ftp_server
from tests.connectors import HOST, closed_port, look
from tests.servers.processes import free_port, running

UNPACKED = Path(__file__).parent.parent / ".cache" / "servers"
LIBRARIES = {"LD_LIBRARY_PATH": ":".join(str(found) for found in sorted(UNPACKED.glob("usr/lib/*-linux-gnu")))}

Server = Callable[[Path, str, bool, str], AbstractContextManager[int]]
"""A folder, the encryption (``none``, ``offered``, ``enforced``), whether anonymous is let in, more settings → its port."""


def unpacked(name: str) -> str:
    """The path of a server that was unpacked. A missing one is a skip."""
    program = UNPACKED / "usr" / "sbin" / name
    reason = "" if program.exists() else f"{name} is not unpacked (tests/setup.sh does it)"
    reason = reason or ("" if os.geteuid() == 0 else f"only root may start {name}")
    if reason:
        pytest.skip(reason)
    return str(program)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the FTP user may enter (pytest's own are closed to other users)."""
    made = Path(tempfile.mkdtemp(prefix="ftp-servers-"))
    made.chmod(0o755)
    (made / "anonymous").mkdir(mode=0o755)
    certificate = trustme.CA().issue_cert(HOST)
    certificate.cert_chain_pems[0].write_to_path(made / "cert.pem")
    certificate.private_key_pem.write_to_path(made / "key.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(made / "both.pem")
    for file in made.glob("*.pem"):
        file.chmod(0o600)
    yield made
    shutil.rmtree(made)


@contextmanager
def proftpd(folder: Path, encryption: str, anonymous: bool, more: str = "") -> Iterator[int]:
    program, port = unpacked("proftpd"), free_port()
    lines = f"""
        ModulePath {UNPACKED / "usr/lib/proftpd"}
        LoadModule mod_tls.c
        ServerType standalone
        Port {port}
        DefaultAddress 127.0.0.1
        SocketBindTight on
        UseReverseDNS off
        User nobody
        Group nogroup
        RequireValidShell off
        UseFtpUsers off
        WtmpLog off
        TransferLog none
        SystemLog none
        PidFile {folder / "pid"}
        ScoreboardFile {folder / "scoreboard"}
        DelayTable none
        AuthOrder mod_auth_unix.c
    """
    if encryption != "none":
        lines += f"""
        <IfModule mod_tls.c>
          TLSEngine on
          TLSLog none
          TLSRequired {"on" if encryption == "enforced" else "off"}
          TLSRSACertificateFile {folder / "cert.pem"}
          TLSRSACertificateKeyFile {folder / "key.pem"}
        </IfModule>
        """
    if anonymous:
        lines += f"<Anonymous {folder / 'anonymous'}>\nUser nobody\nGroup nogroup\nUserAlias anonymous nobody\n</Anonymous>\n"
    (folder / "proftpd.conf").write_text(lines + more)
    with running([program, "-n", "-q", "-c", str(folder / "proftpd.conf")], ports=(port,), environment=LIBRARIES):
        yield port


@contextmanager
def pure_ftpd(folder: Path, encryption: str, anonymous: bool, more: str = "") -> Iterator[int]:
    program, port = unpacked("pure-ftpd"), free_port()
    if anonymous:
        try:
            Path(pwd.getpwnam("ftp").pw_dir).mkdir(parents=True, exist_ok=True)
        except KeyError:
            pytest.skip("pure-ftpd lets anonymous in only where the system has a user “ftp” (vsftpd's package makes it)")
    lines = f"""
        Bind 127.0.0.1,{port}
        DontResolve yes
        UnixAuthentication yes
        PIDFile {folder / "pid"}
        CertFile {folder / "both.pem"}
        TLS {["none", "offered", "enforced"].index(encryption)}
        NoAnonymous {"no" if anonymous else "yes"}
    """
    (folder / "pure-ftpd.conf").write_text(_replaced(lines, more))
    with running([program, str(folder / "pure-ftpd.conf")], ports=(port,), environment=LIBRARIES):
        yield port


def _replaced(lines: str, more: str) -> str:
    """Settings, with those that ``more`` has instead of their namesakes: Pure-FTPd reads each once."""
    given = {line.split()[0]: line.strip() for text in (lines, more) for line in text.splitlines() if line.strip()}
    return "\n".join(given.values()) + "\n"


SERVERS: dict[str, Server] = {"proftpd": proftpd, "pure-ftpd": pure_ftpd}


@pytest.mark.parametrize("anonymous", [True, False])
@pytest.mark.parametrize("encryption", ["none", "offered", "enforced"])
@pytest.mark.parametrize("server", SERVERS)
async def test_every_verdict(folder: Path, server: str, encryption: str, anonymous: bool) -> None:
    with SERVERS[server](folder, encryption, anonymous, "") as port:
        seen = look(ftp=port)
        found = await ftp_server(seen.arrival, seen.target, seen.connector)
    assert isinstance(found.greeting, FtpReply)
    assert isinstance(found.auth_tls, FtpReply)
    assert (found.auth_tls.code == 234) is (encryption != "none")
    assert seen.counts["ftp"] <= 5

    plaintext = ftp_plaintext(found)
    assert isinstance(plaintext, Passed if encryption == "enforced" else Found), found.user
    if isinstance(plaintext, Found):
        assert ("does not insist" in plaintext.findings[0].shown) is (encryption == "offered")
    assert isinstance(ftp_anonymous(found), Found if anonymous else Passed), found.anonymous
    opened = ftp_open(found)
    assert isinstance(opened, Found)
    assert (f"Its certificate is for {HOST} and runs until" in opened.findings[0].shown) is (encryption != "none")


async def test_a_stopped_server_is_seen_as_fixed(folder: Path) -> None:
    with proftpd(folder, "none", anonymous=True) as port:
        pass
    seen = look(ftp=port)
    found = await ftp_server(seen.arrival, seen.target, seen.connector)
    for rule in (ftp_plaintext, ftp_anonymous, ftp_open):
        assert isinstance(rule(found), Passed), rule


@pytest.mark.parametrize("anonymous", [True, False])
async def test_implicit_tls(folder: Path, anonymous: bool) -> None:
    with proftpd(folder, "enforced", anonymous, more="TLSOptions UseImplicitSSL\n") as port:
        seen = look(ftp=closed_port(), ftps=port)
        found = await ftp_server(seen.arrival, seen.target, seen.connector)
    assert isinstance(found.implicit, ImplicitFtps)
    assert isinstance(ftp_plaintext(found), Passed)
    assert isinstance(ftp_anonymous(found), Found if anonymous else Passed), found.implicit
    opened = ftp_open(found)
    assert isinstance(opened, Found)
    assert opened.findings[0].subject == f"ftps:{port}"
    assert "encrypted from the start" in opened.findings[0].shown
    assert f"Its certificate is for {HOST} and runs until" in opened.findings[0].shown
