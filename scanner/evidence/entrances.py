"""How http and https answer on each name of the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.answer import Chain
from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing listens there: the connection was refused, or twice left unanswered while another port of the host answers."""

    because: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """One way in.

    host: the name asked for. scheme: ``http`` or ``https``. path: what was asked for on it (``/`` or a deep page).
    """

    host: str
    scheme: str
    path: str
    seen: Chain | Closed | Unavailable

    @property
    def failure(self) -> Unavailable | None:
        """Why it is not known where this way leads; None where that is known."""
        end = self.seen.end if isinstance(self.seen, Chain) else self.seen
        return end if isinstance(end, Unavailable) else None


@dataclass(frozen=True, slots=True)
class ReadByHttps:
    """A page that the crawl read by https, with its Strict-Transport-Security headers as sent."""

    address: str
    status: int
    hsts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entrances:
    """All the ways in that were tried.

    host: the shop's own host name. names: its names, the shop's own first. entrances: in a stable order.
    gathered_at: UTC; "now" for every check. read: the pages behind them. apart: origins (``http://www.shop.example``) that answer
    for themselves and not as the shop does, as another virtual host would: what lies there is not what was looked at.
    """

    host: str
    names: tuple[str, ...]
    entrances: tuple[Entrance, ...]
    gathered_at: datetime
    read: tuple[ReadByHttps, ...] = ()
    apart: tuple[str, ...] = ()

    def of(self, scheme: str, path: str | None = None) -> tuple[Entrance, ...]:
        """The entrances of one scheme, or of one scheme and path."""
        return tuple(e for e in self.entrances if e.scheme == scheme and path in {None, e.path})


def nothing_looked_for(origins: tuple[str, ...]) -> tuple[str, ...]:
    """What to say of origins that answer for themselves, and where nothing was asked."""
    return tuple(f"{origin} answers with pages of its own, and nothing was looked for there." for origin in origins)
