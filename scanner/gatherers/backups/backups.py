"""Looks at the places where the owner says that his backups are, with the read-only login that he gave for it.

Whatever lies there, and whatever answers there, a stranger may have made: each place is looked at by a child process of its own
(``looking``), which is told this place's addresses, its login and no other secret, and is believed no more than the place itself.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from scanner.evidence import BackupContent, BackupFile, BackupPlace, Backups, Unavailable
from scanner.evidence.codec import decode, known_classes
from scanner.gatherers.apart.child import Limits
from scanner.gatherers.apart.children import Child, Failed, Pool, Unexpected
from scanner.gatherers.backups.login import login_at
from scanner.gatherers.backups.looking import MOST_NAMED, Errand, Told, needs
from scanner.gatherers.backups.places import (
    MOST_FILES,
    NAME_CUT,
    PATH_CUT,
    BackupPlan,
    CannotLook,
    locate,
    shown_location,
)
from scanner.gatherers.backups.server import Server
from scanner.gatherers.contract import gatherer
from scanner.gatherers.net.guard import MOST_ADDRESSES, addresses_of
from scanner.gatherers.net.resolver import NameUnanswered, NoSuchName, Resolve, SystemResolver
from scanner.scope.addresses import refusal
from scanner.settings.models import BackupSettings
from scanner.text.clock import Clock

OPEN_SECONDS = 20.0
"""For opening the newest file of a place, unless all of it is to be read."""
DEEP_SECONDS = 240.0
TELLING = 1.0
"""Beyond its own bound a child has so long to tell that its time was over: it knows what it waited for."""

USUAL_MAX_AGE_DAYS = {"database": 7.0, "site": 31.0}

CHILDREN = Pool("scanner.gatherers.backups.looking", Limits(memory=150_000_000, cpu=300), orders=1, most=8)
"""Of the whole program."""
_CLASSES = known_classes([Told])


@gatherer(ceiling="1 login a backup place", doing="Looking at the backups")
async def backups(plan: BackupPlan, now: Clock) -> Backups:
    """Every configured place, looked at side by side. One that cannot be looked at never hides another."""
    looked = now.now()
    places = await asyncio.gather(*(_look(settings, plan, looked) for settings in plan.backups))
    return Backups(tuple(places), looked)


async def _look(settings: BackupSettings, plan: BackupPlan, now: datetime) -> BackupPlace:
    place = BackupPlace(
        kind=settings.kind,
        location=shown_location(settings.location),
        pattern=settings.pattern or "",
        max_age_days=USUAL_MAX_AGE_DAYS[settings.kind] if settings.max_age is None else settings.max_age,
        files=(),
    )
    try:
        location = locate(settings.location, plan.folder)
        place = replace(place, location=location.shown, host=getattr(location, "host", ""))
        login = login_at(location, settings, plan.folder)
        ends, opening = time.monotonic() + min(plan.deadline, plan.left()), DEEP_SECONDS if plan.deep else OPEN_SECONDS
        server = await server_of(place.host, plan.resolve, _left(ends))
        seconds, kind = _left(ends), settings.kind
        errand = Errand(location, login, kind, settings.pattern, place.max_age_days, seconds, opening, plan.deep, now, server)
        async with CHILDREN.child(needs(location)) as child:
            child.send(errand)
            place = await _folder(place, child, seconds)
            if not isinstance(place.files, Unavailable) and not place.folder_missing:
                place = await _opened(place, child, min(opening, plan.left()))
    except CannotLook as reason:
        return replace(place, files=Unavailable(str(reason)))
    except Failed as reason:
        return replace(place, files=_failed(reason))
    return place


def _left(ends: float) -> float:
    """Seconds until then, by time.monotonic(). Raises CannotLook where there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise CannotLook("The scan's time was used up before this could be looked at.")
    return left


async def server_of(host: str, resolve: Resolve | None, seconds: float) -> Server:
    """Where a server's name leads; "": nowhere. It may be in the owner's own network: he wrote it himself. Raises CannotLook."""
    if not host:
        return Server(())
    try:
        found = await addresses_of(host, resolve or SystemResolver(), seconds)
    except NoSuchName:
        raise CannotLook(f"The name {host} cannot be resolved.") from None
    except NameUnanswered as reason:
        raise CannotLook(str(reason)) from reason
    refusals = {address: refusal(ipaddress.ip_address(address), allow_private=True) for address in found}
    allowed = [address for address, refused in refusals.items() if refused is None]
    if not allowed:
        raise CannotLook(next(filter(None, refusals.values()), f"The name {host} cannot be resolved."))
    return Server(tuple(allowed[:MOST_ADDRESSES]))


async def _folder(place: BackupPlace, child: Child, seconds: float) -> BackupPlace:
    """What the place holds. Raises CannotLook, Failed."""
    try:
        told = _read(await child.hear(seconds + TELLING))
    except TimeoutError:
        raise CannotLook(f"The folder could not be read within {seconds:.3g} seconds.") from None
    return _told(place, told)


async def _opened(place: BackupPlace, child: Child, seconds: float) -> BackupPlace:
    """The newest backup, opened. That it could not be is no reason to forget the list."""
    try:
        said = await child.hear(max(seconds, 0.01) + TELLING)
        return place if said is None else _told(place, _read(said))
    except TimeoutError:
        reason = Unavailable(f"The newest file could not be read within {max(seconds, 1):.3g} seconds.")
        return replace(place, content=reason)
    except Failed as reason:
        return replace(place, content=_failed(reason))


def _told(place: BackupPlace, told: object) -> BackupPlace:
    """Raises Failed where it is not what is told of a place."""
    if not isinstance(told, Told):
        raise Failed("gave an answer that is none")
    found = told.files if isinstance(told.files, tuple) else ()
    names = [file.name for file in found]
    proper = (
        len(found) <= MOST_FILES
        and len(told.empty) <= MOST_FILES
        and all(map(_proper, (*found, *told.empty)))
        and len(told.possible) <= MOST_NAMED
        and all(0 < len(name) <= PATH_CUT for name in told.possible)
        and len(told.copied) <= PATH_CUT
        and not (isinstance(told.content, BackupContent) and told.content.name not in names)
    )
    if not proper:
        raise Failed("gave an answer that is none")
    seen = {one.name: getattr(told, one.name) for one in fields(Told)}
    return replace(place, **seen | {"address": told.address[:NAME_CUT]})


def _read(said: Any) -> object:
    """What a child said, as the values that it may speak of. Raises Failed."""
    try:
        return decode(said, _CLASSES)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise Failed("gave an answer that is none") from error


def _proper(file: BackupFile) -> bool:
    """Whether a file, or a set of files, is named and described no longer than one can be."""
    names = (file.name, *(part.name for part in file.parts), *file.lost)
    return len(names) <= 1 + 2 * MOST_FILES and all(0 < len(name) <= PATH_CUT for name in names)


def _failed(reason: Failed) -> Unavailable:
    if isinstance(reason, Unexpected):
        return Unavailable(f"Our own defect in looking at this ({reason.error}); please report it.")
    return Unavailable(f"What lies there could not be read: the process that reads it {reason}.")
