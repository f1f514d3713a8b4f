"""What the server's TLS settings still allow: old protocols, weak ciphers, known attacks.

The measure is Mozilla's *intermediate* profile (version 5.7 of its guidelines): TLS 1.2 and 1.3, forward secrecy, authenticated
encryption. A finding's subject is the host with the protocol, cipher suite or weakness; its place is the host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.hosted import why_not_the_owners
from scanner import (
    Finding,
    Installations,
    NotApplicable,
    Severity,
    TlsCipher,
    TlsEndpoint,
    TlsScan,
    Unavailable,
    Verdict,
    check,
    judge,
)

LEGACY = ("SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1")
"""RFC 6176, RFC 7568 and RFC 8996 forbid them."""
INTERMEDIATE = frozenset({
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
})  # fmt: skip
HARMLESS = frozenset({"TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"})
"""Not in the profile, but RFC 8446 B.4 defines them for TLS 1.3: nothing is gained by switching them off."""
LEAST_DH_BITS = 2048
BROKEN = ("_NULL_", "_anon_", "_EXPORT", "_RC4_", "_RC2_", "_DES_", "_3DES_", "_WITH_DES", "_IDEA_", "_MD5")
"""What is worth naming even where only an old protocol, which has a rule of its own, still offers it."""
WEAKNESSES = {
    "heartbleed": "Heartbleed (CVE-2014-0160): anybody can read the server's memory",
    "robot": "ROBOT: recorded visits can be decrypted",
    "ccs-injection": "CCS injection (CVE-2014-0224): visits can be decrypted on the way",
    "insecure-renegotiation": "insecure renegotiation (CVE-2009-3555): an attacker can put words before a visitor's",
    "compression": "TLS compression (CRIME, CVE-2012-4929): cookies can be guessed from sizes",
}


@check("tls-legacy-protocol", severity=Severity.MEDIUM, fix_group="tls-legacy-protocol")
def tls_legacy_protocol(tls: TlsScan, installations: Installations | Unavailable) -> Verdict:
    """The server still offers versions of TLS that were withdrawn."""
    if why := why_not_the_owners(installations):
        return NotApplicable(why)
    findings, missing = [], []
    for endpoint in tls.endpoints:
        for protocol in endpoint.protocols:
            if protocol.name in LEGACY and isinstance(protocol.ciphers, Unavailable):
                missing.append(protocol.ciphers.because)
            elif protocol.name in LEGACY and protocol.ciphers:
                findings.append(_finding(endpoint, protocol.name, f"{endpoint.host} still accepts {protocol.name}."))
    return _judge(tls, findings, missing)


@check("tls-weak-cipher", severity=Severity.MEDIUM, fix_group="tls-legacy-protocol")
def tls_weak_cipher(tls: TlsScan, installations: Installations | Unavailable) -> Verdict:
    """The server accepts cipher suites without forward secrecy or with encryption that was broken."""
    if why := why_not_the_owners(installations):
        return NotApplicable(why)
    findings: list[Finding] = []
    missing: list[str] = []
    for endpoint in tls.endpoints:
        for protocol in endpoint.protocols:
            if isinstance(protocol.ciphers, Unavailable):
                missing.append(protocol.ciphers.because)
                continue
            findings += [
                _finding(endpoint, cipher.name, f"{cipher.name} ({protocol.name}): {why}.")
                for cipher in protocol.ciphers
                if (why := _weak(cipher, legacy=protocol.name in LEGACY))
            ]
    return _judge(tls, findings, missing)


@check("tls-vulnerability", severity=Severity.HIGH)
def tls_vulnerability(tls: TlsScan) -> Verdict:
    """The server is open to a known attack on its encryption."""
    findings, missing = [], []
    for endpoint in tls.endpoints:
        for weakness in endpoint.weaknesses:
            if isinstance(weakness.present, Unavailable):
                missing.append(weakness.present.because)
            elif weakness.present:
                shown = WEAKNESSES.get(weakness.name, weakness.name)
                findings.append(_finding(endpoint, weakness.name, f"{shown[0].upper()}{shown[1:]}."))
    return _judge(tls, findings, missing)


@check("tls-no-tls13", severity=Severity.INFO, fix_group="tls-no-tls13")
def tls_no_tls13(tls: TlsScan, installations: Installations | Unavailable) -> Verdict:
    """The server does not offer TLS 1.3 yet."""
    if why := why_not_the_owners(installations):
        return NotApplicable(why)
    findings, missing = [], []
    for endpoint in tls.endpoints:
        for protocol in endpoint.protocols:
            if protocol.name == "TLS 1.3" and isinstance(protocol.ciphers, Unavailable):
                missing.append(protocol.ciphers.because)
            elif protocol.name == "TLS 1.3" and not protocol.ciphers:
                findings.append(_finding(endpoint, "", f"{endpoint.host} does not offer TLS 1.3."))
    return _judge(tls, findings, missing)


def _weak(cipher: TlsCipher, *, legacy: bool) -> str:
    """Why a suite is outside the profile; empty where it is inside, or where the old protocol itself is the matter."""
    name = cipher.name
    if any(part in name for part in BROKEN):
        return "broken or no encryption"
    if 0 < cipher.dh_bits < LEAST_DH_BITS:
        return f"a Diffie-Hellman group of only {cipher.dh_bits} bits"
    if legacy or name in INTERMEDIATE or name in HARMLESS:
        return ""
    if "DHE_" not in name:
        return "no forward secrecy: whoever gets the key later can read what was recorded before"
    return "outdated encryption (CBC)" if "_CBC_" in name else "not in Mozilla's intermediate profile"


def _finding(endpoint: TlsEndpoint, what: str, shown: str) -> Finding:
    return Finding(f"{endpoint.host} {what}".strip(), shown, (f"https://{endpoint.host}/",), (endpoint.host,))


def _judge(tls: TlsScan, findings: Iterable[Finding], missing: Iterable[str]) -> Verdict:
    missing = [*missing, *(why.because for _, why in tls.unseen)]
    return judge(findings, examined=_complete(tls), missing=missing)


def _complete(tls: TlsScan) -> Iterator[str]:
    """The hosts of which everything is known."""
    dark = {
        one.host
        for one in tls.endpoints
        if any(isinstance(protocol.ciphers, Unavailable) for protocol in one.protocols)
        or any(isinstance(weakness.present, Unavailable) for weakness in one.weaknesses)
    }
    return (one.host for one in tls.endpoints if one.host not in dark)
