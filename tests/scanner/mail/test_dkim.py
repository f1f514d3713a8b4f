"""DKIM keys: how long, revoked, testing, broken; and when "none" is a fact. Lengths agreed with dkimpy."""

from __future__ import annotations

import base64
from functools import cache

import dkim as oracle
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.evidence import Existence, Unavailable
from scanner.mail.dkim import DkimFault, examined, parsed
from scanner.testing import HOST, Zone, mail_domain

KEYLESS: Zone = {f"TXT shop._domainkey.{HOST}": Existence.NO_NAME, f"TXT _domainkey.{HOST}": Existence.NO_NAME}


@cache
def _rsa(bits: int) -> rsa.RSAPublicKey:
    return rsa.generate_private_key(65537, bits).public_key()


def _key(bits: int, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return base64.b64encode(_rsa(bits).public_bytes(Encoding.DER, form)).decode()


def _short_key() -> str:
    """512 bits, which libraries refuse to make: a public key is any odd number and an exponent."""
    number = ((1 << 511) | 0x1234567890ABCDEF01).to_bytes(64, "big")
    inner = b"\x02\x41\x00" + number + b"\x02\x03\x01\x00\x01"
    sequence = b"\x30" + bytes([len(inner)]) + inner
    bits = b"\x03" + bytes([len(sequence) + 1]) + b"\x00" + sequence
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    body = algorithm + bits
    return base64.b64encode(b"\x30" + bytes([len(body)]) + body).decode()


def _ed25519() -> str:
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(("bits", "weak"), [(1024, True), (2048, False), (3072, False)])
def test_a_key_of_rsa_is_measured_as_dkimpy_measures_it(bits: int, weak: bool) -> None:
    text = f"v=DKIM1; k=rsa; p={_key(bits)}"
    key = parsed("shop", text)
    assert (key.kind, key.bits, key.weak, key.too_short, key.fault) == ("rsa", bits, weak, False, None)
    assert oracle.evaluate_pk("shop._domainkey", text.encode())[1] == bits


def test_a_key_of_512_bits_must_not_be_believed() -> None:
    key = parsed("shop", f"v=DKIM1; p={_short_key()}")
    assert (key.bits, key.too_short, key.weak) == (512, True, True)
    assert oracle.evaluate_pk("shop._domainkey", f"v=DKIM1; p={_short_key()}".encode())[1] == 512


def test_a_key_without_its_wrapping_is_one_too() -> None:
    assert parsed("shop", f"p={_key(2048, PublicFormat.PKCS1)}").bits == 2048


def test_a_key_of_ed25519() -> None:
    key = parsed("shop", f"v=DKIM1; k=ed25519; p={_ed25519()}")
    assert (key.kind, key.bits, key.weak, key.fault) == ("ed25519", 256, False, None)


def test_an_empty_key_is_revoked() -> None:
    key = parsed("shop", "v=DKIM1; p=")
    assert (key.revoked, key.fault, key.bits) == (True, None, 0)


def test_a_key_that_is_tried_out() -> None:
    assert parsed("shop", f"v=DKIM1; t=s:y; p={_key(1024)}").testing
    assert not parsed("shop", f"v=DKIM1; t=s; p={_key(1024)}").testing


def test_spaces_in_a_key_are_none_of_it() -> None:
    key = _key(1024)
    assert parsed("shop", f"v=DKIM1;k=rsa; p={key[:70]} {key[70:140]}\t{key[140:]} ;").bits == 1024


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("v=DKIM2; p=AAAA", DkimFault.VERSION),
        ("v=DKIM1; k=rsa", DkimFault.NO_KEY),
        ("v=DKIM1; k=dsa; p=AAAA", DkimFault.KIND),
        ("v=DKIM1; p=AAAA", DkimFault.NOT_A_KEY),
        ("v=DKIM1; p=!!!!", DkimFault.NOT_A_KEY),
        ("v=DKIM1; p=MIIB", DkimFault.NOT_A_KEY),
        ("v=DKIM1; p=MIT/////AAAA", DkimFault.NOT_A_KEY),
        ("v=DKIM1; k=ed25519; p=AAAA", DkimFault.NOT_A_KEY),
    ],
)
def test_what_is_no_key(text: str, fault: DkimFault) -> None:
    assert parsed("shop", text).fault is fault


def test_any_end_of_a_key_is_no_key_and_nothing_worse() -> None:
    der = base64.b64decode(_key(1024))
    for end in range(len(der)):
        assert parsed("shop", f"p={base64.b64encode(der[:end]).decode()}").bits == 0


def test_a_key_that_is_there() -> None:
    reading = examined(mail_domain())
    assert ([key.selector for key in reading.keys], reading.absent) == (["shop"], False)
    assert reading.keys[0].bits == 2048


def test_no_name_above_the_keys_means_no_key() -> None:
    assert examined(mail_domain(KEYLESS)).absent is True


def test_room_for_keys_is_not_their_absence() -> None:
    reading = examined(mail_domain({f"TXT shop._domainkey.{HOST}": Existence.NO_NAME}))
    assert reading.absent is None


def test_name_servers_that_deny_names_with_others_below_prove_nothing() -> None:
    liar: Zone = {f"TXT _tls.{HOST}": Existence.NO_NAME, f"TXT _smtp._tls.{HOST}": ("v=TLSRPTv1; rua=mailto:a@x.example",)}
    reading = examined(mail_domain({**KEYLESS, **liar}))
    assert reading.absent is None
    assert "_smtp._tls" in reading.why


def test_no_answer_is_unknown() -> None:
    silent = Unavailable("No answer within 5 s.")
    reading = examined(mail_domain({f"TXT shop._domainkey.{HOST}": silent, f"TXT _domainkey.{HOST}": silent}))
    assert (reading.absent, reading.unknown) == (None, (("shop", silent),))


def test_two_records_at_one_selector_count_for_nothing() -> None:
    both = (f"v=DKIM1; p={_key(1024)}", f"v=DKIM1; p={_key(2048)}")
    assert examined(mail_domain({f"TXT shop._domainkey.{HOST}": both})).keys[0].fault is DkimFault.SEVERAL
