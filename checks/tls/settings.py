"""What the server's TLS settings still allow: old protocols, weak ciphers, known attacks.

The measure is Mozilla's *intermediate* profile (version 5.7 of its guidelines): TLS 1.2 and 1.3, forward secrecy, authenticated
encryption. What is broken weighs more than what is merely outside of it. A finding's subject is the host, with the protocol or
weakness where a host can have several; its place is the host. A host's cipher suites are one finding: one line of the server's
settings mends them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

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
    Was,
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
BROKEN = ("NULL", "_anon_", "EXPORT", "_DES_", "3DES", "RC2", "RC4", "IDEA", "MD5")
"""In the names of suites without encryption or certificate, or with encryption that was broken or cut short (RFC 7465, RFC 9325
4.1, Sweet32): worth naming even where only an old protocol, which has a rule of its own, still offers them."""
MOST_SUITES = 8
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


def _host_of_weak(subject: str) -> str | None:
    """``host SUITE`` → the host, where the suite is or may have been a weak one: its group's size was not kept."""
    host, _, suite = subject.partition(" ")
    return host if _broken(suite) or "_DHE_" in suite or "_DH_" in suite else None


def _host_of_dated(subject: str) -> str | None:
    """``host SUITE`` → the host, where the suite is or may have been a merely dated one."""
    host, _, suite = subject.partition(" ")
    return host if suite and not _broken(suite) and suite not in INTERMEDIATE else None


@check(
    "tls-weak-cipher",
    severity=Severity.MEDIUM,
    fix_group="tls-legacy-protocol",
    was=Was("tls-weak-cipher", _host_of_weak),
)
def tls_weak_cipher(tls: TlsScan, installations: Installations | Unavailable) -> Verdict:
    """The server accepts cipher suites whose encryption is broken or missing."""
    return _suites(tls, installations, lambda _protocol: True, _weak)


@check(
    "tls-dated-cipher",
    severity=Severity.INFO,
    fix_group="tls-legacy-protocol",
    was=Was("tls-weak-cipher", _host_of_dated),
)
def tls_dated_cipher(tls: TlsScan, installations: Installations | Unavailable) -> Verdict:
    """The server accepts cipher suites that are older than what is advised today."""
    return _suites(tls, installations, lambda protocol: protocol == "TLS 1.2", _dated)


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


def _suites(
    tls: TlsScan,
    installations: Installations | Unavailable,
    counts: Callable[[str], bool],
    fault: Callable[[TlsCipher], str],
) -> Verdict:
    """One finding a host, over all its addresses. counts: which protocols; fault: what is wrong with a suite, or ""."""
    if why := why_not_the_owners(installations):
        return NotApplicable(why)
    missing: list[str] = []
    faults: dict[str, dict[str, dict[str, None]]] = {}
    for endpoint in tls.endpoints:
        for protocol in (one for one in endpoint.protocols if counts(one.name)):
            if isinstance(protocol.ciphers, Unavailable):
                missing.append(protocol.ciphers.because)
                continue
            for cipher in protocol.ciphers:
                if why := fault(cipher):
                    faults.setdefault(endpoint.host, {}).setdefault(why, {})[cipher.name] = None
    return _judge(tls, [_of_host(host, _told(host, found)) for host, found in faults.items()], missing)


def _told(host: str, faults: Mapping[str, Iterable[str]]) -> str:
    """``shop.example accepts suites without forward secrecy: A, B and 3 more.``, a sentence a fault."""
    said = []
    for fault, suites in sorted(faults.items()):
        names = list(suites)
        more = f" and {len(names) - MOST_SUITES} more" if len(names) > MOST_SUITES else ""
        said.append(f"{host} accepts suites {fault}: {', '.join(names[:MOST_SUITES])}{more}.")
    return " ".join(said)


def _broken(suite: str) -> bool:
    return any(part in suite for part in BROKEN)


def _weak(cipher: TlsCipher) -> str:
    if _broken(cipher.name):
        return "with broken or no encryption"
    return f"with a Diffie-Hellman group of only {cipher.dh_bits} bits" if 0 < cipher.dh_bits < LEAST_DH_BITS else ""


def _dated(cipher: TlsCipher) -> str:
    """Outside the profile, and not a weak one."""
    if cipher.name in INTERMEDIATE or cipher.name in HARMLESS or _weak(cipher):
        return ""
    return "outside Mozilla's intermediate profile" if "DHE_" in cipher.name else "without forward secrecy"


def _finding(endpoint: TlsEndpoint, what: str, shown: str) -> Finding:
    return _of_host(endpoint.host, shown, what)


def _of_host(host: str, shown: str, what: str = "") -> Finding:
    return Finding(f"{host} {what}".strip(), shown, (f"https://{host}/",), (host,))


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
