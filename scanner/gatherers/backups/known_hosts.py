"""Which host keys the owner has confirmed for a server, as OpenSSH reads ``known_hosts`` (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

Not paramiko's own reader: that knows no patterns, refuses a whole file because of one line that it does not know, and of two
keys of one type, which a server has while it changes them, sees only the first.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

SSH_PORT = 22
_LONGEST_PATTERN = 1022  # OpenSSH takes no longer one
_MARKERS = ("@cert-authority", "@revoked")

Key = tuple[str, bytes]
"""A public key: its type, and its encoding (RFC 4253 6.6)."""


class Standing(StrEnum):
    """What a file of known hosts says of a key that a server shows."""

    CONFIRMED = "confirmed"
    CHANGED = "changed"
    """Other keys are confirmed for this server."""
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """No key is confirmed for this server."""


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What the lines for one name say. authority: whether one names a certificate authority, whose key is none of a host's."""

    keys: tuple[Key, ...] = ()
    revoked: tuple[Key, ...] = ()
    authority: bool = False

    def standing(self, key: Key) -> Standing:
        """Revoked beats all else."""
        if key in self.revoked:
            return Standing.REVOKED
        if key in self.keys:
            return Standing.CONFIRMED
        return Standing.CHANGED if self.keys else Standing.UNKNOWN


@dataclass(frozen=True, slots=True)
class KnownHost:
    """What is known of a server under its name with the port, and under its bare name (equal at port 22)."""

    with_port: KnownKeys
    bare: KnownKeys

    def standing(self, key: Key) -> Standing:
        """As ``ssh`` decides with StrictHostKeyChecking: where the name with the port is not known, the bare name counts."""
        first = self.with_port.standing(key)
        return first if first is not Standing.UNKNOWN else self.bare.standing(key)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that count for this server."""
        return self.with_port.keys or self.bare.keys

    @property
    def authority(self) -> bool:
        """Whether a certificate authority is trusted for this server."""
        return self.with_port.authority or self.bare.authority


def known_host(host: str, port: int, lines: Iterable[str]) -> KnownHost:
    """What these lines say of a server. Lines that cannot be read vouch for nobody."""
    bare = host.lower()
    full = bare if port == SSH_PORT else f"[{bare}]:{port}"
    read = list(_read(lines))
    return KnownHost(_of(full, read), _of(bare, read))


@dataclass(frozen=True, slots=True)
class _Line:
    marker: str
    names: str
    key: Key


def _read(lines: Iterable[str]) -> Iterator[_Line]:
    for line in lines:
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word.strip()]
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#") or (marker and marker not in _MARKERS):
            continue
        if (key := _key(words[1], words[2])) is not None:
            yield _Line(marker, words[0], key)


def _key(kind: str, text: str) -> Key | None:
    """A key whose encoding names the same type as its line."""
    try:
        blob = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    size = int.from_bytes(blob[:4], "big")
    return (kind, blob) if blob[4 : 4 + size] == kind.encode("utf-8", "replace") and len(blob) > 4 + size else None


def _of(name: str, lines: Iterable[_Line]) -> KnownKeys:
    mine = [line for line in lines if _speaks_of(line.names, name)]
    return KnownKeys(
        tuple(dict.fromkeys(line.key for line in mine if not line.marker)),
        tuple(dict.fromkeys(line.key for line in mine if line.marker == "@revoked")),
        any(line.marker == "@cert-authority" for line in mine),
    )


def _speaks_of(names: str, name: str) -> bool:
    """Whether a line's first field means this name: one hash, or patterns with commas between them; ``!`` before one excludes."""
    if names.startswith("|"):
        return _is_hash_of(names, name)
    matched = False
    for pattern in names.lower().split(","):
        excluded = pattern.startswith("!")
        if len(pattern) - excluded > _LONGEST_PATTERN:
            return False
        if matches(pattern[excluded:], name):
            if excluded:
                return False
            matched = True
    return matched


def _is_hash_of(text: str, name: str) -> bool:
    """``|1|salt|hash``: the name's HMAC-SHA1 under the salt, both in base64."""
    parts = text.split("|")
    if len(parts) != 4 or parts[1] != "1":
        return False
    try:
        salt, told = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (binascii.Error, ValueError):
        return False
    return len(salt) == 20 and hmac.compare_digest(hmac.digest(salt, name.encode("utf-8", "replace"), "sha1"), told)


def matches(pattern: str, name: str) -> bool:
    """``*`` stands for any characters, ``?`` for one; all others, brackets too, for themselves. Takes at most length × length."""
    at = seen = 0
    star, resume = -1, 0
    while seen < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, seen
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", name[seen]}:
            at, seen = at + 1, seen + 1
        elif star >= 0:
            resume += 1
            at, seen = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")
