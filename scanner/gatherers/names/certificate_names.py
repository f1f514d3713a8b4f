"""Look up where the other names in the shop's certificate lead. Nothing is sent to them: they may be another server's.

Only names of the shop's own registrable domain are looked up. A certificate that a host or a CDN shares among its customers is
full of strangers' names, and who is whose neighbour there is nobody's business.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable

from scanner.evidence import Arrival, CertificateNames, OtherName, TlsScan, Unavailable
from scanner.gatherers.contract import CouldNotGather, Revisits, gatherer
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.net.resolver import NoSuchName
from scanner.scope.focus import Focus
from scanner.scope.target import Target, domain_of
from scanner.text.clock import Clock

MOST = 20
SERVICES = frozenset({
    "autoconfig", "autodiscover", "cpanel", "cpcalendars", "cpcontacts", "ftp", "imap", "mail", "mta-sts", "ns1", "ns2", "pop",
    "pop3", "smtp", "webdisk", "webmail", "whm",
})  # fmt: skip
"""First labels that control panels put into every certificate (cPanel's AutoSSL does) for services that the host looks after."""
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,10}[a-z0-9-]{2,63}")


@gatherer(
    ceiling=f"{MOST} names looked up, nothing sent to them",
    doing="Looking up the other names in the certificate",
    revisits=Revisits.NAMES,
)
async def certificate_names(
    fetcher: Fetcher, target: Target, arrival: Arrival, tls: TlsScan, focus: Focus, clock: Clock
) -> CertificateNames:
    """The names of open findings first, in the certificate still or not: else nobody could tell that one is gone.

    Raises CouldNotGather where no certificate could be read.
    """
    read = [endpoint.certificates for endpoint in tls.endpoints if not isinstance(endpoint.certificates, Unavailable)]
    if not read:
        raise CouldNotGather("The shop's certificate could not be read, so the other names in it are not known.")
    own, strangers = other_names((name for certificates in read for one in certificates for name in one.names), target)
    still_open, _ = other_names((place for _, place in focus.again if not place.startswith("/")), target)
    wanted = tuple(dict.fromkeys((*still_open, *own)))
    asked = await asyncio.gather(*(_look_up(fetcher, name) for name in wanted[:MOST]))
    addresses = {*arrival.addresses, *(endpoint.address for endpoint in tls.endpoints)}
    others = tuple(sorted(asked, key=lambda other: other.name))
    reasons = [reason for _, reason in tls.unseen]
    reasons += [endpoint.certificates for endpoint in tls.endpoints if isinstance(endpoint.certificates, Unavailable)]
    unread = tuple(dict.fromkeys(reason.because for reason in reasons))
    return CertificateNames(tuple(sorted(addresses)), others, clock.now(), len(wanted[MOST:]), len(strangers), unread)


def other_names(names: Iterable[str], target: Target) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that are not the shop's: those of its own domain, likely sites first, and those of others.

    Left out: wildcards, which name no site; addresses; services of the host; and of ``x`` and ``www.x`` the longer.
    """
    clean = {name.rstrip(".").lower() for name in names}
    clean = {name for name in clean if _HOST.fullmatch(name) and not name.rpartition(".")[2].isdigit()}
    shops = {name.removeprefix("www.") for name in target.names}
    others = {name for name in clean if name.removeprefix("www.") not in shops}
    sites = {name for name in others if not (name.startswith("www.") and name[4:] in others)}
    own = {name for name in sites if target.domain == domain_of(name) and not target.is_address}
    wanted = (name for name in own if name.removeprefix("www.").partition(".")[0] not in SERVICES)
    return tuple(sorted(wanted, key=lambda name: (name.count("."), name))), tuple(sorted(sites - own))


async def _look_up(fetcher: Fetcher, name: str) -> OtherName:
    try:
        return OtherName(name, tuple(sorted(str(address) for address in await fetcher.names.anywhere(name))))
    except NoSuchName:
        return OtherName(name, ())
    except CouldNotGather as failure:
        return OtherName(name, Unavailable(str(failure)))
