"""Looks at the places where the owner says that his backups are, with the read-only login that he gave for it.

Whatever lies there, and whatever answers there, a stranger may have made: each place is looked at by a child process of its own
(``looking``), which is told this place's login and no other secret, and which is believed no more than the place itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

from scanner.evidence import BackupContent, BackupPlace, Backups, Unavailable
from scanner.evidence.codec import decode, known_classes
from scanner.gatherers.apart.child import Limits
from scanner.gatherers.apart.children import Child, Failed, Pool, Unexpected
from scanner.gatherers.backups.login import login_at
from scanner.gatherers.backups.looking import Errand, Told, needs
from scanner.gatherers.backups.places import (
    MOST_FILES,
    NAME_CUT,
    BackupPlan,
    CannotLook,
    locate,
    shown_location,
)
from scanner.gatherers.contract import gatherer
from scanner.settings.models import BackupSettings
from scanner.text.clock import Clock

OPEN_SECONDS = 20.0
"""For opening the newest file of a place, unless all of it is to be read."""
DEEP_SECONDS = 240.0

USUAL_MAX_AGE_DAYS = {"database": 7.0, "site": 31.0}

CHILDREN = Pool("scanner.gatherers.backups.looking", Limits(memory=150_000_000, cpu=300), orders=1, most=8)
"""Of the whole program."""
_CLASSES = known_classes([Told, BackupContent])


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
        seconds, opening = min(plan.deadline, plan.left()), DEEP_SECONDS if plan.deep else OPEN_SECONDS
        if seconds <= 0:
            raise CannotLook("The scan's time was used up before this could be looked at.")
        errand = Errand(location, login, settings.kind, settings.pattern, seconds, opening, plan.deep, now)
        async with CHILDREN.child(needs(location)) as child:
            child.send(errand)
            place = await _folder(place, child, seconds)
            if place.files and not isinstance(place.files, Unavailable):
                place = replace(place, content=await _content(place, child, min(opening, plan.left())))
    except CannotLook as reason:
        return replace(place, files=Unavailable(str(reason)))
    except Failed as reason:
        return replace(place, files=_failed(reason))
    return place


async def _folder(place: BackupPlace, child: Child, seconds: float) -> BackupPlace:
    """What the place holds. Raises CannotLook, Failed."""
    try:
        told = _read(await child.hear(seconds))
    except TimeoutError:
        raise CannotLook(f"The folder could not be read within {seconds:.3g} seconds.") from None
    if not isinstance(told, Told):
        raise Failed("gave an answer that is none")
    found = told.files if isinstance(told.files, tuple) else ()
    if not all(len(files) <= MOST_FILES and _proper(*(file.name for file in files)) for files in (found, told.empty)):
        raise Failed("gave an answer that is none")
    return replace(
        place,
        files=told.files,
        address=told.address[:NAME_CUT],
        seen=told.seen,
        empty=told.empty,
        folders=told.folders,
        complete=told.complete,
        folder_missing=told.folder_missing,
    )


async def _content(place: BackupPlace, child: Child, seconds: float) -> BackupContent | Unavailable | None:
    """The newest file, opened. That it could not be is no reason to forget the list."""
    try:
        said = await child.hear(max(seconds, 0.01) + 1)
        if said is None:
            return None
        content = _read(said)
        names = [file.name for file in place.files] if isinstance(place.files, tuple) else []
        if not isinstance(content, BackupContent | Unavailable):
            raise Failed("gave an answer that is none")
        if isinstance(content, BackupContent) and content.name not in names:
            raise Failed("gave an answer that is none")
        return content
    except TimeoutError:
        return Unavailable(f"The newest file could not be read within {max(seconds, 1):.3g} seconds.")
    except Failed as reason:
        return _failed(reason)


def _read(said: Any) -> object:
    """What a child said, as the values that it may speak of. Raises Failed."""
    try:
        return decode(said, _CLASSES)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise Failed("gave an answer that is none") from error


def _proper(*names: str) -> bool:
    return all(0 < len(name) <= NAME_CUT for name in names)


def _failed(reason: Failed) -> Unavailable:
    if isinstance(reason, Unexpected):
        return Unavailable(f"Our own defect in looking at this ({reason.error}); please report it.")
    return Unavailable(f"What lies there could not be read: the process that reads it {reason}.")
