"""Who runs mail servers and sends mail for others: what their servers, SPF records and DKIM keys are called.

The facts are data (``scanner/data/mail_providers.toml``), each with a source and the day it was written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class MailProvider:
    """One company.

    mx: names below which its mail servers have theirs; none for those who only send. spf: what its customers include, the one for
    new records first. selectors: of its DKIM keys, where all customers have the same. panel: where a customer switches DKIM on.
    """

    key: str
    name: str
    mx: tuple[str, ...]
    spf: tuple[str, ...]
    selectors: tuple[str, ...]
    panel: str
    source: str
    recorded: date

    def runs(self, host: str) -> bool:
        """Whether a mail server is one of its own."""
        return any(_within(host, name) for name in self.mx)

    def is_included(self, name: str) -> bool:
        """Whether the SPF record at a name is its own."""
        return any(_within(name, one) for one in self.spf)


def of_server(host: str, providers: Iterable[MailProvider]) -> MailProvider | None:
    """Whose a mail server is; None where that is not known."""
    return next((one for one in providers if one.runs(host)), None)


def visible(hosts: Iterable[str], included: Iterable[str], providers: Iterable[MailProvider]) -> tuple[MailProvider, ...]:
    """Those that a domain's MX records and SPF record show it to use."""
    hosts, included = tuple(hosts), tuple(included)
    return tuple(one for one in providers if any(map(one.runs, hosts)) or any(map(one.is_included, included)))


def _within(name: str, above: str) -> bool:
    name = name.rstrip(".").lower()
    return name == above or name.endswith(f".{above}")
