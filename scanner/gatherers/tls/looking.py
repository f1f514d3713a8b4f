"""Looks at one server's encryption, by sslyze: what the child process of ``tls_scan`` does.

It blocks, and every connection passes the gate of ``gate``, which ends it in time: what is not complete then is Unavailable.
Cipher suites are found by ``ciphers``. Whether a chain ends at a known root, Python's own OpenSSL says, dates and name left
aside: each has its own rule. A last handshake tells whether the server still answers: one that shut us out in the middle refuses
everything, which must not look like good settings.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.evidence import Certificate, TlsCipher, TlsEndpoint, TlsProtocol, TlsWeakness, Unavailable
from scanner.evidence.codec import encode
from scanner.gatherers.tls.certificates import read_chain
from scanner.gatherers.tls.ciphers import Offer, Unclear, answers, offer
from scanner.gatherers.tls.gate import Gate, gated_location
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:
    from cryptography import x509
    from sslyze.plugins.scan_commands import ScanCommand
    from sslyze.scanner.models import AllScanCommandsAttempts
    from sslyze.server_connectivity import ServerConnectivityInfo

HANDSHAKE_SECONDS = 5
CONNECTIONS = 4
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME; Python has no name for it

SWEEP_SECONDS = 0.2

PROTOCOLS = {
    "SSL 2.0": "SSL_2_0",
    "SSL 3.0": "SSL_3_0",
    "TLS 1.0": "TLS_1_0",
    "TLS 1.1": "TLS_1_1",
    "TLS 1.2": "TLS_1_2",
    "TLS 1.3": "TLS_1_3",
}
"""Protocol → sslyze's name, oldest first."""
_NOT_ASKED = Unavailable("The certificates were not asked for again.")
_ROBOT_UNCLEAR = Unavailable("The server answered the ROBOT test differently each time.")
WEAKNESSES: dict[str, tuple[str, Callable[[Any], bool | Unavailable]]] = {
    "heartbleed": ("heartbleed", lambda result: bool(result.is_vulnerable_to_heartbleed)),
    "robot": ("robot", lambda result: _robot(result.robot_result.value)),
    "ccs-injection": ("openssl_ccs_injection", lambda result: bool(result.is_vulnerable_to_ccs_injection)),
}
"""Weakness → sslyze's command, and how its result is read."""
SHOWN_BY_HANDSHAKES: dict[str, Callable[[Offer], bool | None]] = {
    "insecure-renegotiation": lambda offered: offered.insecure_renegotiation,
    "compression": lambda offered: offered.compression,
}
"""Weakness → whether the handshakes of a version show it; the newest before TLS 1.3, which knows neither, counts."""


@dataclass(frozen=True, slots=True)
class Place:
    """A name at an address, and where a connection for it goes."""

    host: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be looked at. ca_file: roots besides certifi's. seconds: for all of it."""

    places: tuple[Place, ...]
    ca_file: Path | None
    seconds: float


def prepare(_what: tuple[str, ...]) -> None:
    """Read what takes memory of its own, before memory is counted."""
    import sslyze  # noqa: F401  loading it is what is wanted

    gated_location()
    _contexts(None)


def run(errand: Errand, say: Callable[[Any], None]) -> None:
    """Say of each place, in order, what it shows and how many connections that took. Blocks, until the time is up at the latest:
    then what blocks comes back at once, with what it has."""
    gate = Gate(errand.seconds)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="tls") as threads:
        looking = threads.submit(_look_at_all, errand.places, _contexts(errand.ca_file), gate, say)
        while not wait({looking}, SWEEP_SECONDS).done:
            gate.sweep()
    looking.result()


def _look_at_all(places: tuple[Place, ...], contexts: _Contexts, gate: Gate, say: Callable[[Any], None]) -> None:
    """The first name at an address in full; another one too, but where it shows the same certificate its settings are the same.
    Another address may be another server: it is looked at in full."""
    looked: list[TlsEndpoint] = []
    for place in places:
        before = gate.connections
        beside = [one for one in looked if one.address == place.address and not one.same_as]
        endpoint = _look(place, contexts, gate, certificates=True, settings=not beside)
        same = next((one for one in beside if _shown(one) == _shown(endpoint) is not None), None)
        if same is not None:
            endpoint = replace(endpoint, protocols=same.protocols, weaknesses=same.weaknesses, same_as=same.host)
        elif beside:
            settings = _look(place, contexts, gate, certificates=False, settings=True)
            endpoint = replace(settings, certificates=endpoint.certificates)
        looked.append(endpoint)
        say([encode(endpoint), gate.connections - before])


def _shown(endpoint: TlsEndpoint) -> frozenset[str] | None:
    if isinstance(endpoint.certificates, Unavailable):
        return None
    return frozenset(certificate.fingerprint for certificate in endpoint.certificates)


def _look(place: Place, contexts: _Contexts, gate: Gate, *, certificates: bool, settings: bool) -> TlsEndpoint:
    from sslyze.plugins.scan_commands import ScanCommand

    gate.late = False
    commands = {ScanCommand.CERTIFICATE_INFO} if certificates else set()
    commands |= {ScanCommand(name) for name, _ in WEAKNESSES.values()} if settings else set()
    looked = _sslyze(place, commands, gate)
    if isinstance(looked, Unavailable):
        return unknown(place, looked)
    server, attempts = looked
    offers, lossy = _offers(server, place, gate) if settings else ({}, False)
    info = _result(attempts.certificate_info, place, gate) if certificates else _NOT_ASKED
    shown = info if isinstance(info, Unavailable) else _certificates(info, place, _Handshakes(place, contexts, gate))
    doubt = None if answers(server) and not gate.late else _broken_off(place, gate)
    return TlsEndpoint(
        place.host,
        place.address,
        place.port,
        shown,
        tuple(TlsProtocol(name, _ciphers(offered, doubt)) for name, offered in offers.items()),
        tuple(_weaknesses(attempts, offers, place, gate, _broken_off(place, gate) if lossy else doubt)) if settings else (),
    )


def _offers(server: ServerConnectivityInfo, place: Place, gate: Gate) -> tuple[dict[str, Offer | Unavailable], bool]:
    """What the server accepts by each protocol; and whether connections get lost on the way to it: then one that hung up has not
    refused."""
    from sslyze.server_connectivity import TlsVersionEnum

    def one(name: str) -> tuple[Offer | Unavailable, bool]:
        try:
            offered = offer(server, TlsVersionEnum[PROTOCOLS[name]])
        except Unclear as reason:
            if reason.silent and gate.open:
                return Unavailable(f"{place.host} ({place.address}) left {name} handshakes unanswered."), False
            return _broken_off(place, gate), True
        return offered, offered.lost

    with ThreadPoolExecutor(max_workers=CONNECTIONS, thread_name_prefix="tls-ciphers") as threads:
        asked = dict(zip(PROTOCOLS, threads.map(one, PROTOCOLS), strict=True))
    lossy = any(lost for _, lost in asked.values())
    doubted = {name for name, (offered, _) in asked.items() if lossy and isinstance(offered, Offer) and offered.wordless}
    return {name: _broken_off(place, gate) if name in doubted else offered for name, (offered, _) in asked.items()}, lossy


def _ciphers(offered: Offer | Unavailable, doubt: Unavailable | None) -> tuple[TlsCipher, ...] | Unavailable:
    """doubt: why a refusal cannot be believed."""
    if isinstance(offered, Unavailable):
        return offered
    return doubt if doubt and (offered.wordless or not offered.ciphers) else offered.ciphers


def _weaknesses(
    attempts: AllScanCommandsAttempts,
    offers: dict[str, Offer | Unavailable],
    place: Place,
    gate: Gate,
    doubt: Unavailable | None,
) -> Iterator[TlsWeakness]:
    for name, (command, read) in WEAKNESSES.items():
        result = _result(getattr(attempts, command), place, gate)
        present = result if isinstance(result, Unavailable) else read(result)
        yield TlsWeakness(name, doubt if doubt and present is False else present)
    for name, shows in SHOWN_BY_HANDSHAKES.items():
        present = _shown_by_handshakes(offers, shows, place)
        yield TlsWeakness(name, doubt if doubt and present is False else present)


def _shown_by_handshakes(
    offers: dict[str, Offer | Unavailable], shows: Callable[[Offer], bool | None], place: Place
) -> bool | Unavailable:
    """By the newest version before TLS 1.3, which knows neither weakness."""
    before = [offered for name, offered in reversed(offers.items()) if name not in {"SSL 2.0", "TLS 1.3"}]
    newest = next((offered for offered in before if isinstance(offered, Unavailable) or offered.ciphers), None)
    if newest is None or isinstance(newest, Unavailable):
        return newest or False
    newer = offers["TLS 1.3"]
    present = shows(newest)
    if present is None and isinstance(newer, Offer) and newer.ciphers:  # software that new has neither
        return False
    return present if present is not None else Unavailable(f"{place.host} ({place.address}) shares no old cipher suite with us.")


def unknown(place: Place, why: Unavailable) -> TlsEndpoint:
    """A place of which nothing was seen."""
    return TlsEndpoint(
        place.host,
        place.address,
        place.port,
        why,
        tuple(TlsProtocol(name, why) for name in PROTOCOLS),
        tuple(TlsWeakness(name, why) for name in (*WEAKNESSES, *SHOWN_BY_HANDSHAKES)),
    )


def _sslyze(
    place: Place, commands: set[ScanCommand], gate: Gate
) -> tuple[ServerConnectivityInfo, AllScanCommandsAttempts] | Unavailable:
    """One server's scan: how to reach it, and what came of each command. Blocks."""
    from sslyze.errors import ServerHostnameCouldNotBeResolved
    from sslyze.scanner.models import ServerScanRequest
    from sslyze.scanner.scanner import Scanner
    from sslyze.server_connectivity import ServerConnectivityInfo
    from sslyze.server_setting import ServerNetworkConfiguration

    location_class: Any = gated_location()
    try:
        request = ServerScanRequest(
            server_location=location_class(hostname=place.host, port=place.port, ip_address=place.address, gate=gate),
            network_configuration=ServerNetworkConfiguration(
                tls_server_name_indication=place.host, network_timeout=HANDSHAKE_SECONDS, network_max_retries=2
            ),
            scan_commands=commands,
        )
        scanner = Scanner(per_server_concurrent_connections_limit=CONNECTIONS, concurrent_server_scans_limit=1)
        scanner.queue_scans([request])
        result = next(iter(list(scanner.get_results())))
    except (ServerHostnameCouldNotBeResolved, UnicodeError, ValueError, OSError, StopIteration) as error:
        return Unavailable(f"{place.host} ({place.address}) could not be tested ({type(error).__name__}).")
    if result.scan_result is None or result.connectivity_result is None:
        none = Unavailable(f"{place.host} ({place.address}) made no TLS connection with us.")
        return none if gate.open and not gate.late else _broken_off(place, gate)
    server = ServerConnectivityInfo(result.server_location, result.network_configuration, result.connectivity_result)
    return server, result.scan_result


def _result(attempt: Any, place: Place, gate: Gate) -> Any:
    """What an attempt found, or Unavailable: nothing but COMPLETED counts."""
    from sslyze.scanner.scan_command_attempt import ScanCommandAttemptStatusEnum, ScanCommandErrorReasonEnum

    if attempt.status is ScanCommandAttemptStatusEnum.COMPLETED:
        return attempt.result
    if attempt.error_reason is ScanCommandErrorReasonEnum.CLIENT_CERTIFICATE_NEEDED:
        return Unavailable(f"{place.host} ({place.address}) asks visitors for a certificate of their own.")
    return _broken_off(place, gate)


def _broken_off(place: Place, gate: Gate) -> Unavailable:
    """Why something of this place stays unknown."""
    where = f"{place.host} ({place.address})"
    if not gate.open:
        return Unavailable(f"The time for testing the encryption of {where} was used up.")
    return Unavailable(f"{where} {'answers too slowly' if gate.late else 'broke off while its encryption was tested'}.")


def _robot(value: str) -> bool | Unavailable:
    return _ROBOT_UNCLEAR if value.startswith("UNKNOWN") else value.startswith("VULNERABLE")


# --- certificates --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Contexts:
    """reading takes every certificate; verifying wants a chain to a known root, whatever its dates and names."""

    reading: ssl.SSLContext
    verifying: ssl.SSLContext


@lru_cache(maxsize=2)
def _contexts(ca_file: Path | None) -> _Contexts:
    """Raises OSError."""
    import certifi

    reading, verifying = _context(), _context()
    verifying.verify_mode = ssl.CERT_REQUIRED
    verifying.verify_flags |= _NO_CHECK_TIME
    verifying.load_verify_locations(certifi.where())
    if ca_file is not None:
        verifying.load_verify_locations(ca_file)
    return _Contexts(reading, verifying)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


class _Handshakes:
    """Handshakes beside sslyze's. kind: ``aRSA`` or ``aECDSA`` asks for that certificate (by TLS 1.2); empty for the usual."""

    def __init__(self, place: Place, contexts: _Contexts, gate: Gate) -> None:
        self._place = place
        self._contexts = contexts
        self._gate = gate
        self._leaves: dict[str, bytes] = {}

    def leaf(self, kind: str = "") -> bytes:
        """The certificate that is shown, empty where there was no handshake."""
        if kind not in self._leaves:
            got = self._shake(self._contexts.reading, kind)
            self._leaves[kind] = got if isinstance(got, bytes) else b""
        return self._leaves[kind]

    def verify(self, leaf: bytes, key: str) -> tuple[bool | Unavailable, str]:
        """Whether the chain behind this certificate ends at a known root, and why not."""
        wanted = {"RSA": "aRSA", "EC": "aECDSA"}.get(key, "")
        for kind in dict.fromkeys(("", wanted)):
            if self.leaf(kind) == leaf:
                got = self._shake(self._contexts.verifying, kind)
                if isinstance(got, ssl.SSLCertVerificationError):
                    return False, _reason(got.verify_code, got.verify_message)
                if got == leaf:
                    return True, ""
        return Unavailable(f"The certificate chain of {self._place.host} ({self._place.address}) could not be verified."), ""

    def _shake(self, context: ssl.SSLContext, kind: str) -> bytes | Exception:
        restricted = context if not kind else None
        try:
            if restricted is None:
                restricted = _narrowed(context, kind, verify=context is self._contexts.verifying)
            with self._gate.connect(self._place.address, self._place.port, HANDSHAKE_SECONDS) as opened:
                return _leaf(opened, restricted, self._place.host)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            return error


def _leaf(connected: socket.socket, context: ssl.SSLContext, host: str) -> bytes:
    """The certificate that a handshake shows, in DER. Raises OSError.

    Not by ``wrap_socket``: that leaves the connection open if the server ends it at the wrong moment.
    """
    arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    shaking = context.wrap_bio(arrived, leaving, server_hostname=host)
    while True:
        try:
            shaking.do_handshake()
        except ssl.SSLWantReadError:
            connected.sendall(leaving.read())
            if not (data := connected.recv(16_384)):
                raise ConnectionError("The server ended the handshake.") from None
            arrived.write(data)
        else:
            connected.sendall(leaving.read())
            return shaking.getpeercert(binary_form=True) or b""


def _narrowed(context: ssl.SSLContext, kind: str, *, verify: bool) -> ssl.SSLContext:
    narrow = _context()
    narrow.maximum_version = ssl.TLSVersion.TLSv1_2
    narrow.set_ciphers(f"{kind}:@SECLEVEL=0")
    if verify:
        narrow.verify_mode = ssl.CERT_REQUIRED
        narrow.verify_flags |= _NO_CHECK_TIME
        for root in context.get_ca_certs(binary_form=True):
            narrow.load_verify_locations(cadata=root)
    return narrow


def _reason(code: int, message: str) -> str:
    """OpenSSL's X509_V_ERR codes (openssl-verification-options(1)), in words."""
    return {
        18: "the certificate is signed by itself",
        19: "it was issued by an authority that browsers do not know",
        20: "the intermediate certificate is missing, or browsers do not know who issued it",
        21: "the intermediate certificate is missing, or browsers do not know who issued it",
    }.get(code, sanitize(message or "the chain is broken", 120))


def _certificates(info: Any, place: Place, handshakes: _Handshakes) -> tuple[Certificate, ...] | Unavailable:
    if not info.certificate_deployments:
        return Unavailable(f"{place.host} ({place.address}) shows no certificate at all.")
    try:
        found = [_certificate(one.received_certificate_chain, place, handshakes) for one in info.certificate_deployments]
    except (ValueError, TypeError) as error:  # what a stranger put into a certificate
        return Unavailable(f"The certificate of {place.host} ({place.address}) cannot be read ({type(error).__name__}).")
    return tuple(sorted(found, key=lambda certificate: certificate.fingerprint))


def _certificate(chain: list[x509.Certificate], place: Place, handshakes: _Handshakes) -> Certificate:
    """Raises ValueError."""
    from cryptography.hazmat.primitives import serialization

    shown = read_chain(chain, place.host)
    trusted, distrust = handshakes.verify(chain[0].public_bytes(serialization.Encoding.DER), shown.key)
    return replace(shown, trusted=trusted, distrust=distrust)
