"""A certificate authority made on the spot, and a certificate of it for the demo shop's names."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner.text.atomic_write import atomic_write

LIFETIME = timedelta(days=90)


def make_certificates(
    folder: Path, names: tuple[str, ...], now: datetime, others: tuple[str, ...] = ()
) -> tuple[Path, ssl.SSLContext]:
    """Write the authority's certificate and the shop's certificate and key; give the authority's file and a server context.

    The context speaks TLS 1.2 with forward secrecy and TLS 1.3, and no renegotiation. others: names that get a certificate of
    their own, chosen by the name that a client asks for (RFC 6066 3).
    """
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Demo shop"), _common("Demo shop authority")])
    start = now - timedelta(hours=1)
    authority = (
        _builder(ca_name, ca_name, ca_key.public_key(), start)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    ca_file = folder / "ca.pem"
    atomic_write(ca_file, authority.public_bytes(serialization.Encoding.PEM))
    context = _serving(_leaf(folder / "shop.pem", names, authority, ca_key))
    if others:
        other = _serving(_leaf(folder / "others.pem", others, authority, ca_key))

        def choose(connection: ssl.SSLObject, name: str | None, _first: ssl.SSLContext) -> None:
            if name in others:
                connection.context = other

        context.sni_callback = choose
    return ca_file, context


def key_hash(chain_file: Path) -> bytes:
    """SHA-256 of a certificate's public key, as a TLSA record 3 1 1 announces it (RFC 6698 2.1)."""
    public = x509.load_pem_x509_certificate(chain_file.read_bytes()).public_key()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize()


def _leaf(file: Path, names: tuple[str, ...], authority: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey) -> Path:
    """Write a certificate for these names, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        _builder(x509.Name([_common(names[0])]), authority.subject, key.public_key(), authority.not_valid_before_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    atomic_write(file, secret + leaf.public_bytes(serialization.Encoding.PEM), mode=0o600)
    return file


def _serving(chain_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(chain_file)
    return context


def _common(name: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, name)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
