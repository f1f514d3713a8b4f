"""Public keys of any length: only their length is looked at."""

from __future__ import annotations

import base64


def rsa_key(bits: int) -> str:
    """The ``p=`` of a DKIM record."""
    modulus = (1 << (bits - 1)) | 1
    inner = _der(0x30, _der(0x02, modulus.to_bytes(bits // 8 + 1, "big")) + _der(0x02, b"\x01\x00\x01"))
    kind = bytes.fromhex("300d06092a864886f70d0101010500")
    return base64.b64encode(_der(0x30, kind + _der(0x03, b"\x00" + inner))).decode()


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 0xFF])
    return bytes([tag]) + length + content
