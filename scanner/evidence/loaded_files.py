"""Scripts and styles that the shop's pages load, and what is known of the hosts that others' scripts come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.evidence.pages import Resource, Unread
from scanner.evidence.unavailable import Unavailable


class FileKind(StrEnum):
    """What a page loads a file as."""

    SCRIPT = "script"
    STYLE = "style"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A script or style as it was served.

    domain: the registrable part of its host's name. text: its beginning, and its end where it is long. size: bytes after
    decompression, as far as read. digests: Subresource Integrity values (``sha256-…``, ``sha384-…``, ``sha512-…``) of the whole
    body; empty where it was not read whole, or not by https with a certificate that holds. shared: whether it lets the shop's
    pages read it (CORS), without which browsers refuse a file with an integrity attribute. loads: what a style loads in its turn.
    """

    address: str
    kind: FileKind
    status: int
    domain: str = ""
    media: str = ""
    text: str = ""
    size: int = 0
    digests: tuple[str, ...] = ()
    shared: bool = False
    loads: tuple[Resource, ...] = ()

    def digest(self, method: str = "sha384") -> str | None:
        """One of the digests, or None."""
        return next((one for one in self.digests if one.startswith(f"{method}-")), None)


@dataclass(frozen=True, slots=True)
class LoadedFiles:
    """The files of other hosts, the shop's own styles, and its own scripts on pages where customers type. What could not be read
    says whether that is final: a host or file that is not there (``examined``), or a moment's trouble. left_out: addresses that
    nobody asked for, for want of requests or because only ``--resolve`` counts."""

    files: tuple[LoadedFile, ...]
    unread: tuple[Unread, ...]
    gathered_at: datetime
    left_out: tuple[str, ...] = ()

    @property
    def owed(self) -> Mapping[str, str]:
        """The files that a moment's trouble kept from us, each with the reason."""
        return {one.address: one.because for one in self.unread if not one.examined}

    @property
    def unknown(self) -> frozenset[str]:
        """The files that were kept from us, or that nobody asked for, without queries: of addresses that differ in these alone,
        one stands for all."""
        return frozenset(one.partition("?")[0] for one in (*self.owed, *self.left_out))

    def file(self, address: str) -> LoadedFile | None:
        """The file at an address, or None."""
        return next((one for one in self.files if one.address == address), None)


@dataclass(frozen=True, slots=True)
class ScriptHost:
    """A host that pages load scripts from.

    domain: the part of its name that somebody registers, or "" where nobody could. resolves: whether the system's resolver knows
    an address for the host. registered: whether the name servers know the domain; asked only where the host has no address.
    """

    host: str
    domain: str
    resolves: bool | Unavailable
    registered: bool | Unavailable


@dataclass(frozen=True, slots=True)
class ScriptHosts:
    """Every host of others' scripts. doubt: why a "no such name" can not be believed here, or None where it can."""

    hosts: tuple[ScriptHost, ...]
    doubt: Unavailable | None
    gathered_at: datetime
    left_out: tuple[str, ...] = ()

    def host(self, name: str) -> ScriptHost | None:
        """What is known of a host, or None."""
        return next((one for one in self.hosts if one.host == name), None)
