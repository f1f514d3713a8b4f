"""A real vsftpd, weak and hardened, and the articles' fixes put into it."""

from __future__ import annotations

import ftplib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

import checks.services
from checks.services.ftp import ftp_anonymous, ftp_open, ftp_plaintext, ftp_version_leak
from scanner import Found, FtpReply, FtpServer, Inconclusive, Passed
from scanner.gatherers.services.ftp import ftp_server
from scanner.rules.articles import read_article
from tests.connectors import HOST, look
from tests.patience import PATIENCE, eventually
from tests.servers.processes import binary, free_port, needs, running

WEAK = {
    "listen": "YES",
    "listen_address": "127.0.0.1",
    "background": "NO",
    "seccomp_sandbox": "NO",  # this kernel's system calls are newer than its list
    "anonymous_enable": "YES",
    "local_enable": "YES",
    "pam_service_name": "other",
    "nopriv_user": "nobody",
    "xferlog_enable": "NO",
    "delay_failed_login": "0",
}
KEEPS_TO_ITSELF = {"anonymous_enable": "NO", "ftpd_banner": "Welcome."}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the FTP user may enter (pytest's own are closed to other users)."""
    made = Path(tempfile.mkdtemp(prefix="vsftpd-"))
    made.chmod(0o755)
    for name in ("empty", "anonymous"):
        (made / name).mkdir(mode=0o755)
    certificate = trustme.CA().issue_cert(HOST)
    certificate.cert_chain_pems[0].write_to_path(made / "cert.pem")
    certificate.private_key_pem.write_to_path(made / "key.pem")
    yield made
    shutil.rmtree(made)


@contextmanager
def vsftpd(folder: Path, **options: str) -> Iterator[int]:
    """Run it; yields its port."""
    needs("vsftpd", root=True)
    port = free_port()
    lines = {
        **WEAK,
        "listen_port": str(port),
        "secure_chroot_dir": str(folder / "empty"),
        "anon_root": str(folder / "anonymous"),
        **options,
    }
    config = folder / "vsftpd.conf"
    config.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
    config.chmod(0o600)
    with running([binary("vsftpd"), str(config)], ports=(port,)):
        yield port


def tls(folder: Path) -> dict[str, str]:
    return {
        "ssl_enable": "YES",
        "rsa_cert_file": str(folder / "cert.pem"),
        "rsa_private_key_file": str(folder / "key.pem"),
        "allow_anon_ssl": "YES",
    }


def fix(rule: str) -> dict[str, str]:
    """The options that a rule's article gives for vsftpd."""
    article = read_article(rule, Path(checks.services.__file__).with_name(f"{rule}.md"))
    (block,) = [block for fix in article.fixes for block in fix.blocks if block.language == "vsftpd"]
    assert block.proven
    return dict(line.split("=", 1) for line in block.text.splitlines())


async def ask(port: int) -> FtpServer:
    seen = look(ftp=port)
    server = await ftp_server(seen.arrival, seen.target, seen.connector)
    assert seen.counts["ftp"] <= 5
    return server


@contextmanager
def connected(port: int) -> Iterator[None]:
    """The one client that is allowed; the connection that saw the server start must be gone first."""
    with ftplib.FTP() as client:

        def welcome() -> bool:
            try:
                client.connect("127.0.0.1", port, timeout=PATIENCE)
            except ftplib.error_temp:
                client.close()
            return client.sock is not None

        eventually(welcome)
        yield


async def test_plain_and_anonymous(folder: Path) -> None:
    with vsftpd(folder) as port:
        server = await ask(port)
    assert isinstance(server.greeting, FtpReply)
    assert server.greeting.text.startswith("(vsFTPd 3.")
    assert isinstance(server.features, tuple)
    assert "EPSV" in server.features
    assert server.user == FtpReply(331, "Please specify the password.")
    for rule in (ftp_plaintext, ftp_anonymous, ftp_open, ftp_version_leak):
        verdict = rule(server)
        assert isinstance(verdict, Found), rule
        assert verdict.findings[0].subject == f"ftp:{port}"


async def test_nothing_is_stored_by_looking(folder: Path) -> None:
    (folder / "anonymous" / "upload").mkdir(mode=0o777)
    (folder / "anonymous" / "upload").chmod(0o777)
    with vsftpd(folder, write_enable="YES", anon_upload_enable="YES") as port:
        assert isinstance(ftp_anonymous(await ask(port)), Found)
    assert list((folder / "anonymous" / "upload").iterdir()) == []


async def test_anonymous_only(folder: Path) -> None:
    with vsftpd(folder, local_enable="NO") as port:
        server = await ask(port)
    assert isinstance(ftp_plaintext(server), Passed)
    assert isinstance(ftp_anonymous(server), Found)


async def test_encryption_offered_but_not_enforced(folder: Path) -> None:
    with vsftpd(folder, **tls(folder), force_local_logins_ssl="NO", force_local_data_ssl="NO", anonymous_enable="NO") as port:
        server = await ask(port)
    verdict = ftp_plaintext(server)
    assert isinstance(verdict, Found)
    assert "does not insist" in verdict.findings[0].shown
    assert isinstance(ftp_anonymous(server), Passed)


@pytest.mark.parametrize(("anonymous", "expected"), [("YES", Found), ("NO", Passed)])
async def test_encryption_enforced_for_all(folder: Path, anonymous: str, expected: type) -> None:
    """Anonymous is asked over TLS, where the server insists."""
    forced = dict.fromkeys(("force_local_logins_ssl", "force_anon_logins_ssl"), "YES")
    with vsftpd(folder, **tls(folder), **forced, anonymous_enable=anonymous) as port:
        server = await ask(port)
    assert isinstance(server.auth_tls, FtpReply)
    assert server.auth_tls.code == 234
    assert isinstance(ftp_plaintext(server), Passed)
    assert isinstance(ftp_anonymous(server), expected)


async def test_a_list_of_users_settles_nothing(folder: Path) -> None:
    (folder / "users").write_text("florist\n")
    listed = {"userlist_enable": "YES", "userlist_deny": "NO", "userlist_file": str(folder / "users")}
    with vsftpd(folder, **listed, anonymous_enable="NO") as port:
        assert isinstance(ftp_plaintext(await ask(port)), Inconclusive)


async def test_a_limit_of_connections_is_no_verdict(folder: Path) -> None:
    with vsftpd(folder, max_clients="1") as port, connected(port):
        server = await ask(port)
    for rule in (ftp_plaintext, ftp_anonymous, ftp_open, ftp_version_leak):
        assert isinstance(rule(server), Inconclusive), rule


async def test_a_stopped_server_is_seen_as_fixed(folder: Path) -> None:
    with vsftpd(folder) as port:
        assert isinstance(ftp_open(await ask(port)), Found)
    assert isinstance(ftp_open(await ask(port)), Passed)


async def test_the_articles_fix_for_passwords_in_clear_works(folder: Path) -> None:
    given = fix("ftp-plaintext")
    given |= {key: str(folder / ("cert.pem" if key == "rsa_cert_file" else "key.pem")) for key in given if key.startswith("rsa_")}
    with vsftpd(folder, **KEEPS_TO_ITSELF, **given) as port:
        server = await ask(port)
        with ftplib.FTP_TLS() as client:  # uploading still begins as before, over TLS
            client.connect("127.0.0.1", port, timeout=PATIENCE)
            client.auth()
            assert client.sendcmd("USER florist").startswith("331")
    for rule in (ftp_plaintext, ftp_anonymous, ftp_version_leak):
        assert isinstance(rule(server), Passed), rule


async def test_the_articles_fix_for_anonymous_works(folder: Path) -> None:
    with vsftpd(folder, **fix("ftp-anonymous")) as port:
        assert isinstance(ftp_anonymous(await ask(port)), Passed)


async def test_the_articles_fix_for_the_greeting_works(folder: Path) -> None:
    with vsftpd(folder, **fix("ftp-version-leak")) as port:
        assert isinstance(ftp_version_leak(await ask(port)), Passed)
