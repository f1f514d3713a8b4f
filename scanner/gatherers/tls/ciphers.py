"""Which cipher suites a server accepts, by elimination: offer many, strike out the one that it picks, until it wants none.

sslyze itself asks for each suite alone, which takes over five hundred connections. The answers are the same; the command line of
sslyze is what the tests compare with. A refusal is believed where the server says so in an alert; one that only hangs up is asked
twice, since a lost connection looks the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING, Any

from scanner.evidence import TlsCipher

if TYPE_CHECKING:
    from sslyze.plugins.openssl_cipher_suites.cipher_suites import CipherSuite
    from sslyze.server_connectivity import ServerConnectivityInfo, TlsVersionEnum

MOST_AT_ONCE = 32
"""Suites in one ClientHello. It stays under 256 bytes so: some old load balancers hang on longer ones (RFC 7685)."""


class Unclear(Exception):
    """The server neither accepted nor refused. silent: it left us waiting."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__()
        self.silent = silent


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server accepts by one protocol version, and what its handshakes showed besides; None where none of them could,
    since only nassl's old client sees it.

    wordless: whether some refusal was no more than hanging up. lost: whether a connection broke that was no refusal, as a second
    try showed.
    """

    ciphers: tuple[TlsCipher, ...] = ()
    compression: bool | None = None
    insecure_renegotiation: bool | None = None
    wordless: bool = False
    lost: bool = False


class _No(Enum):
    """How a server refuses."""

    VERSION = auto()  # an alert: not this protocol at all
    SUITES = auto()  # an alert: none of these suites
    OTHERWISE = auto()  # another alert, or an answer by another version
    HUNG_UP = auto()  # without a word
    BROKEN = auto()
    SILENT = auto()


_CERTAIN = frozenset({_No.VERSION, _No.SUITES})
_BELIEVED_TWICE = frozenset({_No.OTHERWISE, _No.HUNG_UP})


@dataclass(frozen=True, slots=True)
class _Yes:
    """A handshake. suite: the picked one's OpenSSL name, empty where it ended before that could be read."""

    suite: str
    dh_bits: int = 0
    compression: bool | None = None
    insecure_renegotiation: bool | None = None


def offer(server: ServerConnectivityInfo, version: TlsVersionEnum) -> Offer:
    """All suites that the server accepts by this version, sorted by name. Blocks. Raises Unclear."""
    asking = _Asking(server, version)
    agreed: list[tuple[str, _Yes]] = []
    for legacy, suites in _by_client(version):
        for group in _groups(suites):
            left = {suite.openssl_name: suite for suite in group}
            while left:
                answer = asking.ask(tuple(left), legacy=legacy)
                if isinstance(answer, _No):
                    break
                if answer.suite not in left:
                    agreed += asking.singly(tuple(left.values()), legacy=legacy)
                    break
                agreed.append((left.pop(answer.suite).name, answer))
            if _No.VERSION in asking.refusals and not agreed:
                return Offer(lost=asking.lost)
    return Offer(
        tuple(sorted((TlsCipher(name, yes.dh_bits) for name, yes in agreed), key=lambda cipher: cipher.name)),
        _worst(yes.compression for _, yes in agreed),
        _worst(yes.insecure_renegotiation for _, yes in agreed),
        _No.HUNG_UP in asking.refusals,
        asking.lost,
    )


class _Asking:
    """One version's questions. refusals: how it refused. lost: whether a connection broke that was no refusal."""

    def __init__(self, server: ServerConnectivityInfo, version: TlsVersionEnum) -> None:
        self._server, self._version = server, version
        self.refusals: set[_No] = set()
        self.lost = False

    def ask(self, suites: tuple[str, ...], *, legacy: bool) -> _Yes | _No:
        """A handshake, or a refusal that can be believed. Raises Unclear."""
        first = answer = _shake(self._server, self._version, suites, legacy=legacy)
        if isinstance(first, _No) and first not in _CERTAIN:
            answer = _shake(self._server, self._version, suites, legacy=legacy)
            if isinstance(answer, _No) and answer not in _CERTAIN and (answer is not first or answer not in _BELIEVED_TWICE):
                raise Unclear(silent=_No.SILENT in {first, answer})
            self.lost = self.lost or answer is not first
        if isinstance(answer, _No):
            self.refusals.add(answer)
        return answer

    def singly(self, suites: Sequence[CipherSuite], *, legacy: bool) -> Iterator[tuple[str, _Yes]]:
        """One by one: the server agreed to something that ended the handshake before it could be told which."""
        for suite in suites:
            answer = self.ask((suite.openssl_name,), legacy=legacy)
            if isinstance(answer, _Yes):
                yield suite.name, answer


def answers(server: ServerConnectivityInfo) -> bool:
    """Whether the handshake that sslyze found at first still comes about. Blocks."""
    from nassl._nassl import OpenSSLError
    from nassl.ssl_client import ClientCertificateRequested
    from sslyze.errors import ConnectionToServerFailed

    connection = server.get_preconfigured_tls_connection()
    try:
        connection.connect()
    except ClientCertificateRequested:
        return True
    except (ConnectionToServerFailed, OpenSSLError, OSError):
        return False
    finally:
        with suppress(OpenSSLError, OSError):
            connection.close()
    return True


def _shake(server: ServerConnectivityInfo, version: TlsVersionEnum, suites: tuple[str, ...], *, legacy: bool) -> _Yes | _No:
    from nassl._nassl import OpenSSLError
    from nassl.ssl_client import ClientCertificateRequested
    from sslyze.connection_helpers.tls_connection import NoCiphersAvailableBugInSSlyze
    from sslyze.errors import (
        ConnectionToServerFailed,
        ServerRejectedTlsHandshake,
        ServerTlsConfigurationNotSupported,
        TlsHandshakeTimedOut,
    )
    from sslyze.server_connectivity import TlsVersionEnum

    connection = server.get_preconfigured_tls_connection(override_tls_version=version, should_use_legacy_openssl=legacy)
    client: Any = connection.ssl_client  # nassl has two classes of them, with different methods
    (client.set_ciphersuites if version is TlsVersionEnum.TLS_1_3 else client.set_cipher_list)(":".join(suites))
    try:
        connection.connect()
        return _Yes(
            client.get_current_cipher_name(),
            _dh_bits(client.get_ephemeral_key()),
            bool(client.get_current_compression_method()) if legacy else None,
            not client.get_secure_renegotiation_support() if legacy else None,
        )
    except (ClientCertificateRequested, ServerTlsConfigurationNotSupported):  # it wants a certificate; its group is tiny
        return _Yes(suites[0] if len(suites) == 1 else "", _dh_bits(client.get_ephemeral_key()))
    except NoCiphersAvailableBugInSSlyze:  # OpenSSL itself has none of these with this version
        return _No.SUITES
    except ServerRejectedTlsHandshake as refusal:
        return _refusal(refusal.error_message)
    except TlsHandshakeTimedOut:
        return _No.SILENT
    except (ConnectionToServerFailed, OpenSSLError, OSError, ValueError, TypeError):  # a stranger's key may be anything
        return _No.BROKEN
    finally:
        with suppress(OpenSSLError, OSError):
            connection.close()


def _worst(seen: Iterable[bool | None]) -> bool | None:
    known = [one for one in seen if one is not None]
    return any(known) if known else None


def _refusal(message: str) -> _No:
    """By sslyze's own words for OpenSSL's errors."""
    if message.startswith("TLS alert: protocol version"):
        return _No.VERSION
    if message.startswith("TLS alert: handshake failure"):
        return _No.SUITES
    hung_up = ("Server closed", "Server interrupted", "Server rejected")
    return _No.HUNG_UP if message.startswith(hung_up) else _No.OTHERWISE


def _dh_bits(key: Any) -> int:
    """The bits of a finite-field group; elliptic curves are named otherwise and are all large enough."""
    return int(key.size) if key is not None and key.type_name == "DH" else 0


def _by_client(version: TlsVersionEnum) -> Iterator[tuple[bool, list[CipherSuite]]]:
    """Whether nassl's old OpenSSL has to ask for them → the suites of a version; no single OpenSSL knows all of TLS 1.2."""
    from nassl.legacy_ssl_client import LegacySslClient
    from nassl.ssl_client import OpenSslVerifyEnum, OpenSslVersionEnum
    from sslyze.plugins.openssl_cipher_suites.cipher_suites import CipherSuitesRepository
    from sslyze.server_connectivity import TlsVersionEnum

    suites = sorted(CipherSuitesRepository.get_all_cipher_suites(version), key=lambda suite: suite.name)
    if version is not TlsVersionEnum.TLS_1_2:
        yield version is not TlsVersionEnum.TLS_1_3, suites
        return
    old = LegacySslClient(ssl_version=OpenSslVersionEnum.TLSV1_2, ssl_verify=OpenSslVerifyEnum.NONE)
    old.set_cipher_list("ALL:COMPLEMENTOFALL")
    known = frozenset(old.get_cipher_list())
    yield True, [suite for suite in suites if suite.openssl_name in known]
    yield False, [suite for suite in suites if suite.openssl_name not in known]


def _groups(suites: Sequence[CipherSuite]) -> Iterator[list[CipherSuite]]:
    rest = iter(suites)
    while group := list(islice(rest, MOST_AT_ONCE)):
        yield group
