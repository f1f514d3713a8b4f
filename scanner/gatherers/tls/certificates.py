"""Reads X.509 certificates (RFC 5280) that strangers show, whatever the protocol they were shown in."""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scanner.evidence import Certificate, Unavailable
from scanner.scope.addresses import IPAddress
from scanner.scope.target import as_address
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:
    from cryptography import x509

MOST_NAMES = 200
"""Of the names in one certificate."""


def read_leaf(der: bytes, host: str) -> Certificate | Unavailable:
    """A server's own certificate in DER → what it says; whether its chain is trusted stays Unavailable."""
    from cryptography import x509
    from cryptography.utils import CryptographyDeprecationWarning

    # An odd serial number makes cryptography warn; that is nothing for the owner's screen.
    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
    try:
        return read_chain([x509.load_der_x509_certificate(der)], host)
    except (ValueError, TypeError, x509.InvalidVersion) as error:  # what a stranger put into a certificate
        return Unavailable(f"The certificate of {host} cannot be read ({type(error).__name__}).")


def read_chain(chain: list[x509.Certificate], host: str) -> Certificate:
    """A server's own certificate and those sent with it → what it says, for this host; its trust stays Unavailable.

    Raises ValueError, TypeError.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _read(chain, host)
    except (KeyError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(str(error)) from error  # strange types of text, keys on curves of their own, extensions twice


def _read(chain: list[x509.Certificate], host: str) -> Certificate:
    from cryptography.hazmat.primitives import hashes

    leaf = chain[0]
    names = _names(leaf)
    key, bits = _key(leaf)
    signing = [leaf, *(one for one in chain[1:] if one.subject != one.issuer)]
    return Certificate(
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        issuer=sanitize(leaf.issuer.rfc4514_string(), 200),
        names=names,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        key=key,
        bits=bits,
        signatures=tuple(_hash(one) for one in signing),
        covers=covers(names, host),
        trusted=Unavailable("Its chain was not verified."),
        self_signed=leaf.subject == leaf.issuer,
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The subject's alternative names; browsers have not read the common name since 2017."""
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    names = [sanitize(name, 253).lower() for name in found.get_values_for_type(x509.DNSName)]
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return tuple([*names, *addresses][:MOST_NAMES])


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            return "RSA", key.key_size
        case ec.EllipticCurvePublicKey() as key:
            return "EC", key.key_size
        case dsa.DSAPublicKey() as key:
            return "DSA", key.key_size
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256
        case ed448.Ed448PublicKey():
            return "Ed448", 456
        case other:
            return type(other).__name__.strip("_").removesuffix("PublicKey")[:40], 0


def _hash(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        found = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "unknown"
    return found.name.lower() if found is not None else "none"  # Ed25519 hashes by itself


def covers(names: Iterable[str], host: str) -> bool:
    """Whether a certificate's names hold this host (RFC 9525 6.3: a wildcard stands for one whole label, the first)."""
    address: IPAddress | None = as_address(host)
    if address is not None:
        return any(_same_address(name, address) for name in names)
    host = host.lower().rstrip(".")
    _, _, parent = host.partition(".")
    return any(name.rstrip(".") == host or ("." in parent and name.rstrip(".") == f"*.{parent}") for name in names)


def _same_address(name: str, address: IPAddress) -> bool:
    try:
        return ipaddress.ip_address(name) == address
    except ValueError:
        return False
