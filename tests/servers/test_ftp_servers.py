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

import checks.services
from checks.services.ftp import ftp_anonymous, ftp_open, ftp_plaintext, ftp_version_leak
from scanner import Found, FtpReply, FtpServer, Passed, Verdict
from scanner.articles import read_article
from scanner.gatherers.ftp import ftp_server
from tests.doors import HOST, look
from tests.servers.processes import free_port, running

UNPACKED = Path(__file__).parent.parent / ".cache" / "servers"
LIBRARIES = {"LD_LIBRARY_PATH": ":".join(str(found) for found in sorted(UNPACKED.glob("usr/lib/*-linux-gnu")))}

Server = Callable[[Path, str, bool], AbstractContextManager[int]]
"""A folder, the encryption (``none``, ``offered``, ``enforced``), whether anonymous is let in → its port."""


def unpacked(name: str) -> str:
    """The path of a server that was unpacked. A missing one is a skip on a laptop and a failure in CI."""
    program = UNPACKED / "usr" / "sbin" / name
    reason = "" if program.exists() else f"{name} is not unpacked (tests/setup.sh does it)"
    reason = reason or ("" if os.geteuid() == 0 else f"only root may start {name}")
    if reason and os.environ.get("CI"):
        pytest.fail(f"in CI no server may be missing: {reason}", pytrace=False)
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
def pure_ftpd(folder: Path, encryption: str, anonymous: bool) -> Iterator[int]:
    program, port = unpacked("pure-ftpd"), free_port()
    if anonymous:
        try:
            Path(pwd.getpwnam("ftp").pw_dir).mkdir(parents=True, exist_ok=True)
        except KeyError:
            pytest.skip("pure-ftpd lets anonymous in only where the system has a user “ftp” (vsftpd's package makes it)")
    command = [program, "-S", f"127.0.0.1,{port}", "-H", "-l", "unix", "-g", str(folder / "pid")]
    command += ["-2", str(folder / "both.pem"), "-Y", {"none": "0", "offered": "1", "enforced": "2"}[encryption]]
    command += [] if anonymous else ["-E"]
    with running(command, ports=(port,), environment=LIBRARIES):
        yield port


SERVERS: dict[str, Server] = {"proftpd": proftpd, "pure-ftpd": pure_ftpd}


@pytest.mark.parametrize("anonymous", [True, False])
@pytest.mark.parametrize("encryption", ["none", "offered", "enforced"])
@pytest.mark.parametrize("server", SERVERS)
async def test_every_verdict(folder: Path, server: str, encryption: str, anonymous: bool) -> None:
    with SERVERS[server](folder, encryption, anonymous) as port:
        seen = look(ftp=port)
        found = await ftp_server(seen.arrival, seen.target, seen.door)
    assert isinstance(found.greeting, FtpReply)
    assert isinstance(found.auth_tls, FtpReply)
    assert (found.auth_tls.code == 234) is (encryption != "none")
    assert seen.counts["ftp"] <= 4

    plaintext = ftp_plaintext(found)
    assert isinstance(plaintext, Passed if encryption == "enforced" else Found), found.user
    if isinstance(plaintext, Found):
        assert ("does not insist" in plaintext.findings[0].shown) is (encryption == "offered")
    assert isinstance(ftp_anonymous(found), Found if anonymous else Passed), found.anonymous
    assert isinstance(ftp_open(found), Found)


async def test_a_stopped_server_is_seen_as_fixed(folder: Path) -> None:
    with proftpd(folder, "none", anonymous=True) as port:
        pass
    seen = look(ftp=port)
    found = await ftp_server(seen.arrival, seen.target, seen.door)
    for rule in (ftp_plaintext, ftp_anonymous, ftp_open):
        assert isinstance(rule(found), Passed), rule


@pytest.mark.parametrize(("rule", "check"), [("ftp-plaintext", ftp_plaintext), ("ftp-version-leak", ftp_version_leak)])
async def test_the_articles_fixes_for_proftpd_work(folder: Path, rule: str, check: Callable[[FtpServer], Verdict]) -> None:
    """The article's lines are put into the weak configuration; only the certificate's paths are ours."""
    article = read_article(rule, Path(checks.services.__file__).with_name(f"{rule}.md"))
    (block,) = [block for fix in article.fixes if fix.where == "proftpd" for block in fix.blocks if block.language == "proftpd"]
    ours = {"TLSRSACertificateFile": folder / "cert.pem", "TLSRSACertificateKeyFile": folder / "key.pem"}
    lines = [
        f"{line.split()[0]} {ours[line.split()[0]]}" if line.split()[0] in ours else line for line in block.text.splitlines()
    ]
    for more, expected in (('ServerIdent on "ProFTPD 1.3.8 Server (Petal & Stem)"\n', Found), ("\n".join(lines) + "\n", Passed)):
        with proftpd(folder, "none", anonymous=False, more=more) as port:
            seen = look(ftp=port)
            assert isinstance(check(await ftp_server(seen.arrival, seen.target, seen.door)), expected)
