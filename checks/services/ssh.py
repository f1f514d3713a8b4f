"""SSH and SFTP: logins by password, algorithms of yesterday, and what the greeting gives away (RFC 4252, RFC 4253).

Which algorithms are weak follows what the authors of the protocol and of OpenSSH have withdrawn, as of 2026-11:

- RFC 9142 (January 2022): key exchanges that SHOULD NOT or MUST NOT be used.
- RFC 8758 (April 2020): RC4, "arcfour" in SSH.
- RFC 8332 (March 2018) and OpenSSH 8.8 (September 2021): the signature ``ssh-rsa``, which rests on SHA-1.
- OpenSSH's release notes, for what its server no longer offers unless it is told to: 6.7 (October 2014) CBC ciphers and
  arcfour, MD5 and 96-bit MACs; 7.0 (August 2015) ssh-dss and diffie-hellman-group1-sha1; 7.6 (October 2017) hmac-ripemd160,
  blowfish, cast128; 8.2 (February 2020) diffie-hellman-group14-sha1.
- CVE-2023-48795 ("Terrapin", December 2023): ChaCha20-Poly1305, or CBC with encrypt-then-MAC, without strict key exchange.

What OpenSSH still offers by default (``hmac-sha1``, the NIST curves) is no finding: an owner gains nothing by changing it.
"""

from __future__ import annotations

import re

from scanner import Found, Inconclusive, Passed, Severity, SshAlgorithms, SshServer, Unavailable, Verdict, check

MOST_NAMED = 12

_WEAK_KEX = re.compile(r"gss-(?:gex|group1|group14)-sha1-.+|.+-sha1(?:@.+)?")
_WEAK_HOST_KEYS = re.compile(r"ssh-(?:dss|rsa)(?:-cert-v0[01]@openssh\.com)?|x509v3-sign-(?:dss|rsa)(?:-sha1)?(?:@.+)?")
_WEAK_CIPHERS = re.compile(r"none|.+-cbc(?:@.+)?|arcfour(?:128|256)?|(?:blowfish|cast128|3des)-(?:ctr|ecb|cfb|ofb)")
_WEAK_MACS = re.compile(r"none|hmac-md5.*|hmac-(?:sha1|sha2-256|sha2-512)-96(?:-etm@openssh\.com)?|hmac-ripemd160.*")

_STRICT = "kex-strict-s-v00@openssh.com"
_CHACHA = "chacha20-poly1305@openssh.com"

_GREETING = re.compile(r"SSH-(?P<protocol>[\d.]+)-(?P<software>\S*)(?: (?P<comment>.*))?\Z", re.DOTALL)
_UNCHANGEABLE = re.compile(r"OpenSSH_[\w.]+|dropbear(?:_[\w.]+)?")
_NUMBERED = re.compile(r"\d")


@check("ssh-password-login", severity=Severity.MEDIUM)
def ssh_password_login(ssh: SshServer) -> Verdict:
    """The SSH server offers logins by password, which can be guessed."""
    place = ssh.place
    if not ssh.open:
        return _closed(ssh)
    if isinstance(ssh.methods, Unavailable):
        return Inconclusive(ssh.methods.because)
    offered = ", ".join(ssh.methods)
    if "none" in ssh.methods:
        return Found.at(place, "The server let a made-up user in without any password. Act today: anybody can do the same.")
    if {"password", "keyboard-interactive"} & set(ssh.methods):
        return Found.at(place, f"To a made-up user the server offers: {offered}.")
    if "publickey" in ssh.methods:
        return Passed((place,), f"The server asks for a key first (it offers: {offered}).")
    return Inconclusive(f"The server named no login method that we know ({offered or 'none at all'}).", (place,))


@check("ssh-weak-algorithms", severity=Severity.MEDIUM)
def ssh_weak_algorithms(ssh: SshServer) -> Verdict:
    """The SSH server still offers algorithms that are known to be weak."""
    place = ssh.place
    if not ssh.open:
        return _closed(ssh)
    if isinstance(ssh.greeting, str) and (version_one := _speaks_version_one(ssh.greeting)):
        return Found.at(place, version_one)
    if isinstance(ssh.algorithms, Unavailable):
        return Inconclusive(ssh.algorithms.because)
    weak = weak_algorithms(ssh.algorithms)
    if open_to_terrapin(ssh.algorithms):
        weak = ("no protection against the Terrapin attack (CVE-2023-48795)", *weak)
    if not weak:
        return Passed((place,))
    more = f" and {len(weak) - MOST_NAMED} more" if len(weak) > MOST_NAMED else ""
    return Found.at(place, f"The server offers: {', '.join(weak[:MOST_NAMED])}{more}.")


@check("ssh-version-leak", severity=Severity.INFO)
def ssh_version_leak(ssh: SshServer) -> Verdict:
    """The SSH server's greeting tells more about its software than it must."""
    place = ssh.place
    if not ssh.open:
        return _closed(ssh)
    if isinstance(ssh.greeting, Unavailable):
        return Inconclusive(ssh.greeting.because)
    greeting = _GREETING.match(ssh.greeting)
    if greeting is None:
        return Inconclusive(f"The greeting “{ssh.greeting}” is none that SSH knows.", (place,))
    fixed = _UNCHANGEABLE.fullmatch(greeting["software"]) is not None
    if (greeting["comment"] and _NUMBERED.search(greeting["comment"])) or (not fixed and _NUMBERED.search(greeting["software"])):
        return Found.at(place, f"The greeting says “{ssh.greeting}”.")
    return Passed((place,), f"“{ssh.greeting}” is as little as this program can say." if fixed else None)


def weak_algorithms(offered: SshAlgorithms) -> tuple[str, ...]:
    """The offered names that are withdrawn (see above), in a stable order."""
    weak = {
        name
        for names, pattern in (
            (offered.kex, _WEAK_KEX),
            (offered.host_keys, _WEAK_HOST_KEYS),
            (offered.ciphers, _WEAK_CIPHERS),
            (offered.macs, _WEAK_MACS),
        )
        for name in names
        if pattern.fullmatch(name)
    }
    return tuple(sorted(weak))


def open_to_terrapin(offered: SshAlgorithms) -> bool:
    """CVE-2023-48795: a cipher mode that lets messages be dropped unseen, and no strict key exchange."""
    cbc_etm = any("-cbc" in name for name in offered.ciphers) and any("-etm@" in name for name in offered.macs)
    return _STRICT not in offered.kex and (_CHACHA in offered.ciphers or cbc_etm)


def _speaks_version_one(greeting: str) -> str | None:
    """What to show where the greeting offers SSH version 1 (1.x, or 1.99 for both: RFC 4253 5.1)."""
    found = _GREETING.match(greeting)
    if found is None or not found["protocol"].startswith("1."):
        return None
    also = "also" if found["protocol"] == "1.99" else "only"
    return f"The server {also} speaks SSH version 1, which is broken: “{greeting}”."


def _closed(ssh: SshServer) -> Passed:
    return Passed((ssh.place,), f"SSH is not open from here. {ssh.because}".rstrip())
