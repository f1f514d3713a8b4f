"""The other names in the shop's certificate, and where they lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class OtherName:
    """A name that is not the shop's own. addresses: where it leads, as text; none where the name does not exist."""

    name: str
    addresses: tuple[str, ...] | Unavailable


@dataclass(frozen=True, slots=True)
class CertificateNames:
    """Names of the shop's own domain that its certificate is issued for besides the shop's, or was when they were found.

    addresses: where the shop itself is. others: in order of name. left_out: how many more there are that were not looked up.
    strangers: how many names of other domains there are. Nobody can tell whose they are, so they are counted and no more.
    unread: why further certificates of the shop's could not be read.
    """

    addresses: tuple[str, ...]
    others: tuple[OtherName, ...]
    gathered_at: datetime
    left_out: int = 0
    strangers: int = 0
    unread: tuple[str, ...] = ()
