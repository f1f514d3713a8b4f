"""Until when a domain is paid for, by RDAP (RFC 9082, 9083, 9224): asked for only where the owner wants it, since it tells the
registry that somebody looks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from scanner.evidence import Registration, Unavailable
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.net.dns import Lookups
from scanner.scope.budget import Share
from scanner.text.sanitize import sanitize

BOOTSTRAP = "https://data.iana.org/rdap/dns.json"
MOST_BYTES = 512 * 1024


async def registration(domain: str, lookups: Lookups, foreign: ForeignHosts, share: Share) -> Registration | Unavailable:
    """Two GETs: which registry's server answers for the top-level domain, and what it says of the domain."""
    try:
        server = _server(await _json(BOOTSTRAP, lookups, foreign, share), domain)
        if not server:
            return Unavailable(f"No registry of .{domain.rpartition('.')[2]} answers by RDAP.")
        return _read(await _json(f"{server.rstrip('/')}/domain/{domain}", lookups, foreign, share))
    except CouldNotGather as reason:
        return Unavailable(str(reason))


async def _json(address: str, lookups: Lookups, foreign: ForeignHosts, share: Share) -> Any:
    """Raises CouldNotGather."""
    answer, body = await foreign.get(address, share=share, most=MOST_BYTES, by=lookups.addresses)
    if answer.status != 200:
        raise CouldNotGather(f"{address} answered {answer.status}.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CouldNotGather(f"{address} sent no JSON.") from error


def _server(bootstrap: Any, domain: str) -> str:
    """The address of the registry's server, by https; "" where none is named (RFC 9224 4)."""
    best, found = "", ""
    for service in _list(bootstrap, "services"):
        if not isinstance(service, list) or len(service) != 2 or not all(isinstance(part, list) for part in service):
            continue
        for name in service[0]:
            if isinstance(name, str) and f".{domain}".endswith(f".{name.lower()}") and len(name) > len(best):
                secure = [one for one in service[1] if isinstance(one, str) and one.startswith("https://")]
                best, found = (name, secure[0]) if secure else (best, found)
    return found


def _read(data: Any) -> Registration:
    dates = [
        moment
        for event in _list(data, "events")
        if isinstance(event, dict) and event.get("eventAction") == "expiration" and (moment := _moment(event.get("eventDate")))
    ]
    return Registration(min(dates, default=None), _registrar(data))


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _registrar(data: Any) -> str:
    for entity in _list(data, "entities"):
        if isinstance(entity, dict) and "registrar" in _list(entity, "roles"):
            card = _list(entity, "vcardArray")
            for line in card[1] if len(card) == 2 and isinstance(card[1], list) else ():
                if isinstance(line, list) and len(line) == 4 and line[0] == "fn" and isinstance(line[3], str):
                    return sanitize(line[3], 100)
    return ""


def _list(data: Any, key: str) -> list[Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []
