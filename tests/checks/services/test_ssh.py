"""Judging an SSH server: literal evidence, no server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.services.ssh import open_to_terrapin, ssh_password_login, ssh_version_leak, ssh_weak_algorithms, weak_algorithms
from scanner import Found, Inconclusive, Passed, SshAlgorithms, SshServer, Unavailable, Verdict

ALL = (ssh_password_login, ssh_weak_algorithms, ssh_version_leak)
SILENT = Unavailable("The server did not finish its SSH greeting within 8 s.")
# What OpenSSH 9.6 offers by itself (sshd_config(5)).
MODERN = SshAlgorithms(
    kex=(
        "sntrup761x25519-sha512@openssh.com",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group14-sha256",
        "kex-strict-s-v00@openssh.com",
    ),
    host_keys=("rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519"),
    ciphers=("chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-ctr", "aes128-gcm@openssh.com"),
    macs=("umac-64-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha1-etm@openssh.com", "hmac-sha2-256", "hmac-sha1"),
    compression=("none", "zlib@openssh.com"),
)


def server(**parts: Any) -> SshServer:
    """A well-kept server: keys only, today's algorithms, a greeting as short as OpenSSH can make it."""
    hardened = {
        "greeting": "SSH-2.0-OpenSSH_9.6p1",
        "algorithms": MODERN,
        "host_key": "ssh-ed25519 SHA256:abc",
        "methods": ("publickey",),
    }
    return SshServer("shop.example", parts.pop("port", 22), True, datetime(2026, 5, 3, tzinfo=UTC), **{**hardened, **parts})


def found(verdict: Verdict) -> str:
    """What the one finding shows."""
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == "ssh:22"
    assert finding.places == ("ssh:22",)
    return finding.shown


@pytest.mark.parametrize("rule", ALL)
def test_a_well_kept_server_passes(rule: Any) -> None:
    verdict = rule(server())
    assert isinstance(verdict, Passed)
    assert verdict.examined == ("ssh:22",)


@pytest.mark.parametrize("rule", ALL)
def test_a_closed_port_passes_and_says_why(rule: Any) -> None:
    closed = SshServer("shop.example", 22, False, datetime(2026, 5, 3, tzinfo=UTC), because="shop.example refuses connections.")
    assert rule(closed) == Passed(("ssh:22",), "SSH is not open from here. shop.example refuses connections.")


@pytest.mark.parametrize("rule", ALL)
def test_a_silent_server_is_neither_good_nor_bad(rule: Any) -> None:
    parts = dict.fromkeys(("greeting", "algorithms", "host_key", "methods"), SILENT)
    assert rule(server(**parts)) == Inconclusive(SILENT.because)


def test_the_subject_names_the_port_that_was_asked() -> None:
    verdict = ssh_password_login(server(port=2222, methods=("password",)))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "ssh:2222"


@pytest.mark.parametrize("methods", [("publickey", "password"), ("keyboard-interactive",), ("password",)])
def test_passwords_are_found(methods: tuple[str, ...]) -> None:
    assert ", ".join(methods) in found(ssh_password_login(server(methods=methods)))


def test_a_server_that_lets_anybody_in_is_said_strongly() -> None:
    assert "Act today" in found(ssh_password_login(server(methods=("none",))))


@pytest.mark.parametrize("methods", [(), ("gssapi-with-mic",), ("hostbased",)])
def test_methods_that_settle_nothing_are_inconclusive(methods: tuple[str, ...]) -> None:
    assert isinstance(ssh_password_login(server(methods=methods)), Inconclusive)


def test_methods_that_could_not_be_read_do_not_hide_the_algorithms() -> None:
    old = server(methods=SILENT, algorithms=replace(MODERN, kex=("diffie-hellman-group1-sha1",)))
    assert isinstance(ssh_password_login(old), Inconclusive)
    assert "diffie-hellman-group1-sha1" in found(ssh_weak_algorithms(old))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("kex", "diffie-hellman-group1-sha1"),
        ("kex", "diffie-hellman-group14-sha1"),
        ("kex", "diffie-hellman-group-exchange-sha1"),
        ("kex", "rsa1024-sha1"),
        ("kex", "gss-gex-sha1-toWM5Slw5Ew8Mqkay+al2g=="),
        ("host_keys", "ssh-dss"),
        ("host_keys", "ssh-rsa"),
        ("host_keys", "ssh-rsa-cert-v01@openssh.com"),
        ("ciphers", "3des-cbc"),
        ("ciphers", "aes256-cbc"),
        ("ciphers", "rijndael-cbc@lysator.liu.se"),
        ("ciphers", "arcfour256"),
        ("ciphers", "none"),
        ("macs", "hmac-md5"),
        ("macs", "hmac-md5-96-etm@openssh.com"),
        ("macs", "hmac-sha1-96"),
        ("macs", "hmac-ripemd160@openssh.com"),
        ("macs", "none"),
    ],
)
def test_each_withdrawn_algorithm_is_found(kind: str, name: str) -> None:
    offered = replace(MODERN, **{kind: (*getattr(MODERN, kind), name)})
    assert weak_algorithms(offered) == (name,)
    assert name in found(ssh_weak_algorithms(server(algorithms=offered)))


@pytest.mark.parametrize(
    ("kex", "ciphers", "macs", "open_to_it"),
    [
        (("curve25519-sha256",), ("chacha20-poly1305@openssh.com",), ("hmac-sha2-256",), True),
        (("curve25519-sha256",), ("aes128-cbc",), ("hmac-sha2-256-etm@openssh.com",), True),
        (("curve25519-sha256",), ("aes128-cbc",), ("hmac-sha2-256",), False),
        (("curve25519-sha256",), ("aes128-ctr",), ("hmac-sha2-256-etm@openssh.com",), False),
        (("curve25519-sha256", "kex-strict-s-v00@openssh.com"), ("chacha20-poly1305@openssh.com",), ("hmac-sha2-256",), False),
    ],
)
def test_terrapin(kex: tuple[str, ...], ciphers: tuple[str, ...], macs: tuple[str, ...], open_to_it: bool) -> None:
    assert open_to_terrapin(replace(MODERN, kex=kex, ciphers=ciphers, macs=macs)) is open_to_it


def test_terrapin_is_named() -> None:
    offered = replace(MODERN, kex=("curve25519-sha256",))
    assert "CVE-2023-48795" in found(ssh_weak_algorithms(server(algorithms=offered)))


@pytest.mark.parametrize(("greeting", "how"), [("SSH-1.99-OpenSSH_3.9p1", "also"), ("SSH-1.5-OpenSSH_2.1", "only")])
def test_version_one_of_the_protocol_is_found(greeting: str, how: str) -> None:
    assert f"{how} speaks SSH version 1" in found(ssh_weak_algorithms(server(greeting=greeting, algorithms=SILENT)))


def test_a_hostile_list_of_algorithms_stays_readable() -> None:
    many = tuple(f"x{i}-cbc" for i in range(100))
    shown = found(ssh_weak_algorithms(server(algorithms=replace(MODERN, ciphers=many))))
    assert "and 88 more" in shown
    assert len(shown) < 300


@pytest.mark.parametrize(
    "greeting",
    [
        "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10",
        "SSH-2.0-OpenSSH_8.2p1 Ubuntu-4ubuntu0.5",
        "SSH-2.0-mod_sftp/0.9.9",
        "SSH-1.99-Cisco-1.25",
    ],
)
def test_more_than_need_be_in_the_greeting_is_found(greeting: str) -> None:
    assert greeting in found(ssh_version_leak(server(greeting=greeting)))


@pytest.mark.parametrize(
    "greeting", ["SSH-2.0-OpenSSH_7.4", "SSH-2.0-dropbear_2022.83", "SSH-2.0-mod_sftp", "SSH-2.0-x", "SSH-2.0-"]
)
def test_what_the_owner_cannot_change_passes(greeting: str) -> None:
    assert isinstance(ssh_version_leak(server(greeting=greeting)), Passed)


def test_a_greeting_that_is_none_is_inconclusive() -> None:
    assert isinstance(ssh_version_leak(server(greeting="SSH-")), Inconclusive)
