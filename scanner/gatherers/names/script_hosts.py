"""Do the hosts that others' scripts come from still exist? Names only: nothing is sent to them."""

from __future__ import annotations

import asyncio
import hashlib
from urllib.parse import urlsplit

from scanner.evidence import Pages, ScriptHost, ScriptHosts, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.net.resolver import NoSuchName
from scanner.scope.suffixes import public_suffix, registrable_domain
from scanner.scope.target import Target, as_address
from scanner.text.clock import Clock

MOST = 20
RESERVED = frozenset({"alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"})
"""Top-level names in which nobody can register anything (RFC 6761, 6762, 7686, 9476; ICANN for internal)."""
STAND_IN = "example"
"""Reserved too (RFC 2606), but what made-up shops live under: there it stands for an ordinary top-level name."""


@gatherer(
    ceiling=f"{MOST} names looked up, and the domains of those without an address",
    doing="Looking up the hosts of others' scripts",
)
async def script_hosts(foreign: ForeignHosts, target: Target, pages: Pages, clock: Clock) -> ScriptHosts:
    """The shop's own name and a made-up one are looked up in the same way: they show whether a "no" can be believed."""
    scripts = {script.src for page in pages.all for script in page.scripts if script.src}
    found = {_host(address) for address in scripts if not target.covers(address)}
    hosts = sorted(host for host in found if host and as_address(host) is None)
    asked, left_out = hosts[:MOST], tuple(hosts[MOST:])
    if not asked:
        return ScriptHosts((), None, clock.now())
    everything = await _knows_everything(foreign, target)
    known = [everything] * len(asked) if everything else await asyncio.gather(*(_resolves(foreign, host) for host in asked))
    doubt = await _doubt(foreign, target) if False in known else None
    seen = await asyncio.gather(*(_judged(foreign, host, there, doubt) for host, there in zip(asked, known, strict=True)))
    return ScriptHosts(tuple(seen), doubt, clock.now(), left_out)


def registrable(host: str) -> str:
    """The part of a host's name that a registrar gives away; "" where none does. Services that give names away below a domain of
    their own (github.io) do not count: that domain exists."""
    last = host.rpartition(".")[2]
    if last in RESERVED or (last != STAND_IN and not public_suffix(host, registrars=True)):
        return ""
    return registrable_domain(host, registrars=True)


async def _resolves(foreign: ForeignHosts, host: str) -> bool | Unavailable:
    try:
        await foreign.resolves(host)
    except NoSuchName:
        return False
    except CouldNotGather as failure:
        return Unavailable(str(failure))
    return True


async def _judged(foreign: ForeignHosts, host: str, resolves: bool | Unavailable, doubt: Unavailable | None) -> ScriptHost:
    """A host with an address is answer enough; of the others, the name servers are asked about the domain."""
    domain = registrable(host)
    registered = resolves
    if resolves is False:
        registered = doubt or Unavailable("Nobody can register this name.")
        if domain and doubt is None:
            try:
                registered = await foreign.registered(domain)
            except CouldNotGather as failure:
                registered = Unavailable(str(failure))
    return ScriptHost(host, domain, resolves, registered)


async def _knows_everything(foreign: ForeignHosts, target: Target) -> Unavailable | None:
    """Some providers' resolvers answer with an address of their own where there is no such name."""
    last = (registrable(target.host) or "shop.com").partition(".")[2]
    try:
        await foreign.looked_up(f"shopwarden-{hashlib.sha256(target.key.encode()).hexdigest()[:12]}.{last}")
    except CouldNotGather:
        return None
    return Unavailable("The resolver knows every name, made-up ones too, so its answers prove nothing here.")


async def _doubt(foreign: ForeignHosts, target: Target) -> Unavailable | None:
    """Why a "no such name" proves nothing: the same resolvers do not know the shop either."""
    domain = registrable(target.host)
    if not domain:
        return Unavailable("The shop's own name is none that resolvers can be tried with.")
    try:
        await foreign.looked_up(target.host)
        known = await foreign.registered(domain)
    except NoSuchName:
        return Unavailable("The resolver does not know the shop's own name either, so its answers prove nothing here.")
    except CouldNotGather as failure:
        return Unavailable(str(failure))
    return None if known else Unavailable(f"The name servers do not know {domain} either, so their answers prove nothing here.")


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".").lower()
    except ValueError:  # what a page wrote in the place of a host
        return ""
