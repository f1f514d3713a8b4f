"""A real OpenSSH server, weak and hardened, and the articles' fixes put into it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import checks.services
from checks.services.ssh import ssh_password_login, ssh_version_leak, ssh_weak_algorithms, weak_algorithms
from scanner import Found, Passed, SshAlgorithms, SshServer
from scanner.gatherers.services.ssh import ssh_server
from scanner.rules.articles import read_article
from tests.connectors import look
from tests.servers.processes import binary, free_port, needs, running

WEAK = """
KexAlgorithms +diffie-hellman-group14-sha1,diffie-hellman-group1-sha1
HostKeyAlgorithms +ssh-rsa
Ciphers +aes128-cbc,3des-cbc
MACs +hmac-md5,hmac-sha1-96
PasswordAuthentication yes
KbdInteractiveAuthentication yes
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("sshd", "ssh-keygen")
    folder = tmp_path_factory.mktemp("sshd")
    for kind in ("ed25519", "rsa"):
        subprocess.run([binary("ssh-keygen"), "-q", "-t", kind, "-N", "", "-f", folder / kind], check=True)
    return folder


def fingerprint(key: Path) -> str:
    shown = subprocess.run([binary("ssh-keygen"), "-l", "-f", key], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


@contextmanager
def sshd(keys: Path, lines: str = "", *, fix: str = "") -> Iterator[int]:
    """Run it; yields its port. fix: lines that stand before the others, as the first value counts."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it confines itself; a system service makes it at boot
    port = free_port()
    config = keys / f"sshd-{port}.conf"
    config.write_text(
        f"{fix}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {keys / 'ed25519'}\nHostKey {keys / 'rsa'}\nPidFile none\n"
        f"UsePAM no\nLogLevel VERBOSE\n{lines}\n"
    )
    with running([binary("sshd"), "-D", "-e", "-f", str(config)], ports=(port,)):
        yield port


def fix(rule: str) -> str:
    """The lines that a rule's article gives for OpenSSH."""
    article = read_article(rule, Path(checks.services.__file__).with_name(f"{rule}.md"))
    (block,) = [block for fix in article.fixes for block in fix.blocks if block.language == "sshd_config"]
    assert block.proven
    return block.text


async def ask(port: int) -> SshServer:
    seen = look(ssh=port)
    server = await ssh_server(seen.arrival, seen.target, seen.connector)
    assert seen.counts["ssh"] == 2
    return server


async def test_passwords(keys: Path) -> None:
    with sshd(keys, "PasswordAuthentication yes\nKbdInteractiveAuthentication no") as port:
        server = await ask(port)
    assert server.methods == ("publickey", "password")
    verdict = ssh_password_login(server)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == f"ssh:{port}"
    assert isinstance(server.greeting, str)
    assert server.greeting.startswith("SSH-2.0-OpenSSH_")


async def test_keys_only(keys: Path) -> None:
    with sshd(keys, "PasswordAuthentication no\nKbdInteractiveAuthentication no") as port:
        server = await ask(port)
    assert server.methods == ("publickey",)
    assert isinstance(ssh_password_login(server), Passed)


async def test_a_key_before_the_password(keys: Path) -> None:
    with sshd(keys, "PasswordAuthentication yes\nAuthenticationMethods publickey,password") as port:
        assert isinstance(ssh_password_login(await ask(port)), Passed)


async def test_questions_at_the_keyboard_count_as_passwords(keys: Path) -> None:
    needs("sshd", root=True)
    lines = "UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes"
    with sshd(keys, fix=lines) as port:
        server = await ask(port)
    assert server.methods == ("publickey", "keyboard-interactive")
    assert isinstance(ssh_password_login(server), Found)


async def test_the_host_key_is_the_servers_own(keys: Path) -> None:
    with sshd(keys) as port:
        server = await ask(port)
    assert server.host_key == f"ssh-ed25519 {fingerprint(keys / 'ed25519.pub')}"


async def test_what_the_server_offers_by_itself_passes(keys: Path) -> None:
    with sshd(keys) as port:
        server = await ask(port)
    assert isinstance(server.algorithms, SshAlgorithms)
    assert "curve25519-sha256" in server.algorithms.kex
    assert weak_algorithms(server.algorithms) == ()


async def test_weak_algorithms(keys: Path) -> None:
    with sshd(keys, WEAK) as port:
        server = await ask(port)
    assert isinstance(server.algorithms, SshAlgorithms)
    assert set(weak_algorithms(server.algorithms)) == {
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
        "ssh-rsa",
        "aes128-cbc",
        "3des-cbc",
        "hmac-md5",
        "hmac-sha1-96",
    }
    assert isinstance(ssh_weak_algorithms(server), Found)


async def test_a_server_of_old_algorithms_only_is_read_without_a_login(keys: Path) -> None:
    old = "KexAlgorithms diffie-hellman-group1-sha1\nCiphers 3des-cbc\nMACs hmac-md5\nHostKeyAlgorithms ssh-rsa"
    with sshd(keys, old) as port:
        server = await ask(port)
    assert isinstance(ssh_weak_algorithms(server), Found)
    assert "too old for us" in getattr(ssh_password_login(server), "because", "")


@pytest.mark.parametrize(
    ("rule", "check"),
    [
        ("ssh-password-login", ssh_password_login),
        ("ssh-weak-algorithms", ssh_weak_algorithms),
        ("ssh-version-leak", ssh_version_leak),
    ],
)
async def test_the_articles_fixes_work(keys: Path, rule: str, check: object) -> None:
    assert callable(check)
    with sshd(keys, WEAK) as port:
        before = await ask(port)
    if rule == "ssh-version-leak" and isinstance(check(before), Passed):
        pytest.skip("this build of OpenSSH adds nothing to its greeting")
    assert isinstance(check(before), Found)
    with sshd(keys, WEAK, fix=fix(rule)) as port:
        after = await ask(port)
    assert isinstance(check(after), Passed)
    assert isinstance(after.methods, tuple)  # and one can still connect


async def test_a_stopped_server_is_seen_as_fixed(keys: Path) -> None:
    with sshd(keys, WEAK) as port:
        pass
    seen = look(ssh=port)
    server = await ssh_server(seen.arrival, seen.target, seen.connector)
    assert isinstance(ssh_password_login(server), Passed)
