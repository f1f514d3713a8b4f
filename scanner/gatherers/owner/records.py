"""Looks at the places where the owner keeps chat logs, exports and mails: how old they are, and whether card numbers are in them.

As with backups, each place is read by a child process of its own, which is told this place's login and no other secret.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from scanner.evidence import Unavailable
from scanner.evidence.codec import decode, known_classes
from scanner.evidence.records import Records, RecordsPlace
from scanner.gatherers.apart.child import Limits
from scanner.gatherers.apart.children import Failed, Pool, Unexpected
from scanner.gatherers.backups.backups import server_of
from scanner.gatherers.backups.login import login_at
from scanner.gatherers.backups.looking import needs
from scanner.gatherers.backups.places import PATH_CUT, CannotLook, Heartbeat, locate, shown_location
from scanner.gatherers.contract import gatherer
from scanner.gatherers.owner.reading import MOST_NAMED, MOST_REASONS, Errand, Told
from scanner.gatherers.owner.register import OwnerPlan
from scanner.settings.owner import RecordsSettings
from scanner.text.cards import name_without_card_numbers
from scanner.text.clock import Clock
from scanner.text.durations import Duration

DEEP_SECONDS = 600.0
SPARE_SECONDS = 5.0
"""For the last file, and for saying what was seen."""

CHILDREN = Pool("scanner.gatherers.owner.reading", Limits(memory=200_000_000, cpu=900), orders=1, most=4)
"""Of the whole program."""
_CLASSES = known_classes([Told])


@gatherer(ceiling="1 login a place of records", doing="Looking at the records that are kept")
async def records(plan: OwnerPlan, now: Clock) -> Records:
    """Every configured place, looked at side by side. One that cannot be looked at never hides another."""
    looked = now.now()
    configured = plan.site.records if plan.site else ()
    return Records(tuple(await asyncio.gather(*(_look(settings, plan, looked) for settings in configured))), looked)


async def _look(settings: RecordsSettings, plan: OwnerPlan, now: datetime) -> RecordsPlace:
    limit = Duration.of(settings.keep).before(now.date()) if settings.keep else None
    place = RecordsPlace(shown_location(settings.location), settings.keep, limit)
    try:
        location = locate(settings.location, plan.folder)
        if isinstance(location, Heartbeat):
            raise CannotLook("A web address tells no files; give the folder in which the records lie.")
        place = replace(place, location=location.shown)
        login = login_at(location, settings, plan.folder)
        seconds = min(DEEP_SECONDS if plan.deep else plan.deadline, plan.left() - SPARE_SECONDS)
        if seconds <= 0:
            raise CannotLook("The scan's time was used up before this could be looked at.")
        server = await server_of(getattr(location, "host", ""), plan.resolve, seconds)
        async with CHILDREN.child(needs(location)) as child:
            child.send(Errand(location, login, settings.pattern, limit, seconds, plan.deep, now.date(), server))
            return _told(place, await child.hear(seconds + SPARE_SECONDS))
    except CannotLook as reason:
        return replace(place, problem=Unavailable(str(reason)))
    except TimeoutError:
        return replace(place, problem=Unavailable("What lies there could not be read in time."))
    except Unexpected as reason:
        return replace(place, problem=Unavailable(f"Our own defect in looking at this ({reason.error}); please report it."))
    except Failed as reason:
        return replace(place, problem=Unavailable(f"What lies there could not be read: the process that reads it {reason}."))


def _told(place: RecordsPlace, said: Any) -> RecordsPlace:
    """Raises Failed where it is not what is told of a place."""
    try:
        told = decode(said, _CLASSES)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise Failed("gave an answer that is none") from error
    if not isinstance(told, Told) or not _proper(told):
        raise Failed("gave an answer that is none")
    return replace(place, **{one.name: getattr(told, one.name) for one in fields(Told)})


def _proper(told: Told) -> bool:
    """Whether it says no more than can be said of a place; above all no more of a card's number than may be kept."""
    names = (*(file.name for file in told.old), *(file.name for file in told.cards))
    return (
        len(told.old) <= MOST_NAMED
        and len(told.cards) <= MOST_NAMED
        and len(told.reasons) <= MOST_REASONS
        and all(0 < len(name) <= PATH_CUT for name in names)
        and all(said == name_without_card_numbers(said) for said in (*names, *told.reasons))
        and all(len(reason) <= 2 * PATH_CUT for reason in told.reasons)
        and all(len(last) == 4 and last.isdecimal() for file in told.cards for last in file.last)
    )
