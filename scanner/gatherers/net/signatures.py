"""One DNSSEC signature over one set of records (RFC 4034 3.1.8.1, 6), checked with ``cryptography``.

dnspython checks them too, but wants a newer ``cryptography`` than sslyze takes.
"""

from __future__ import annotations

import dns.name
import dns.rdatatype
import dns.rrset
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG

_RSA: dict[int, hashes.HashAlgorithm] = {
    8: hashes.SHA256(),
    10: hashes.SHA512(),
}
_EC: dict[int, tuple[ec.EllipticCurve, hashes.HashAlgorithm, int]] = {
    13: (ec.SECP256R1(), hashes.SHA256(), 32),
    14: (ec.SECP384R1(), hashes.SHA384(), 48),
}
_ED: dict[int, type[ed25519.Ed25519PublicKey] | type[ed448.Ed448PublicKey]] = {
    15: ed25519.Ed25519PublicKey,
    16: ed448.Ed448PublicKey,
}
ALGORITHMS = frozenset({*_RSA, *_EC, *_ED})
"""DNSKEY algorithms that count (RFC 5702, 6605, 8080). Those of SHA-1 do no more: what has no other is unsigned (RFC 9905 2)."""
MOST_RSA_BITS = 4096
"""Longer keys are allowed by nobody (RFC 3110 2) and only cost time."""


class BadSignature(Exception):
    """It does not hold; the text says why."""


class Unreadable(Exception):
    """Signed in a way, or by a key, that cannot be checked here."""


def check(data: bytes, signature: RRSIG, key: DNSKEY, now: float) -> None:
    """data: what ``signed_data`` gives. now: seconds since 1970. Raises BadSignature, Unreadable."""
    if signature.expiration < now:
        raise BadSignature("has expired")
    if signature.inception > now:
        raise BadSignature("is not valid yet")
    try:
        _verify(int(key.algorithm), key.key, signature.signature, data)
    except InvalidSignature as error:
        raise BadSignature("does not fit its records") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unreadable(str(error)) from error


def signed_data(found: dns.rrset.RRset, signature: RRSIG) -> bytes:
    """What a signature is over: its own fields, then the records in canonical form and order (RFC 4034 3.1.8.1, 6)."""
    owner = found.name
    if signature.labels < len(owner) - 1 - owner.is_wild():
        owner = dns.name.Name((b"*", *owner.labels[-(signature.labels + 1) :]))
    head = owner.to_digestable() + found.rdtype.to_bytes(2, "big") + found.rdclass.to_bytes(2, "big")
    head += signature.original_ttl.to_bytes(4, "big")
    datas = sorted({one.to_digestable() for one in found})
    return _fields(signature) + b"".join(head + len(data).to_bytes(2, "big") + data for data in datas)


def _fields(signature: RRSIG) -> bytes:
    return b"".join((
        int(signature.type_covered).to_bytes(2, "big"),
        int(signature.algorithm).to_bytes(1, "big"),
        signature.labels.to_bytes(1, "big"),
        signature.original_ttl.to_bytes(4, "big"),
        signature.expiration.to_bytes(4, "big"),
        signature.inception.to_bytes(4, "big"),
        signature.key_tag.to_bytes(2, "big"),
        signature.signer.to_digestable(),
    ))  # fmt: skip


def _verify(algorithm: int, key: bytes, signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature, ValueError, UnsupportedAlgorithm."""
    if algorithm in _RSA:
        _rsa_key(key).verify(signature, data, padding.PKCS1v15(), _RSA[algorithm])
    elif algorithm in _EC:
        curve, digest, size = _EC[algorithm]
        if len(key) != 2 * size or len(signature) != 2 * size:
            raise InvalidSignature
        point = ec.EllipticCurvePublicNumbers(int.from_bytes(key[:size], "big"), int.from_bytes(key[size:], "big"), curve)
        halves = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        point.public_key().verify(encode_dss_signature(*halves), data, ec.ECDSA(digest))
    elif algorithm in _ED:
        _ED[algorithm].from_public_bytes(key).verify(signature, data)
    else:
        raise ValueError(f"algorithm {algorithm}")


def _rsa_key(key: bytes) -> rsa.RSAPublicKey:
    """RFC 3110 2: the exponent's length, the exponent, the modulus."""
    size, start = (key[0], 1) if key[:1] != b"\0" else (int.from_bytes(key[1:3], "big"), 3)
    exponent, modulus = int.from_bytes(key[start : start + size], "big"), int.from_bytes(key[start + size :], "big")
    if modulus.bit_length() > MOST_RSA_BITS or exponent.bit_length() > 64:
        raise ValueError("a key that is too long")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()
