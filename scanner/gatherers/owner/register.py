"""The configuration's facts about what people look after, as evidence: nothing is sent and nothing is opened."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scanner.evidence.owner import Account, OwnersRecord, Person, Review, TeamMember
from scanner.gatherers.backups.places import shown_location
from scanner.gatherers.contract import gatherer
from scanner.gatherers.net.resolver import Resolve
from scanner.settings.models import SiteSettings
from scanner.settings.owner import ReviewSettings, same
from scanner.text.clock import Clock
from scanner.text.durations import Duration


@dataclass(frozen=True, slots=True)
class OwnerPlan:
    """What the owner configured for one shop: the tool that the gatherers of this package take.

    site: None where the shop is not configured. folder: where relative paths start. left: seconds that the whole scan has left.
    deadline: seconds for one place of records. deep: read large files to their end. resolve: as in BackupPlan.
    """

    site: SiteSettings | None = None
    folder: Path = Path()
    deadline: float = 60.0
    deep: bool = False
    left: Callable[[], float] = lambda: math.inf
    resolve: Resolve | None = None


@gatherer(ceiling="nothing", doing="Reading what people look after")
async def owners_record(plan: OwnerPlan, now: Clock) -> OwnersRecord:
    """As it stands in the configuration."""
    return record_of(plan.site, now.now())


def record_of(site: SiteSettings | None, now: datetime) -> OwnersRecord:
    """What a site's configuration says, at a moment, which is told by the clock on this computer's wall: a review is due, and
    somebody's last day comes, by its days."""
    now = now.astimezone()
    if site is None:
        return OwnersRecord(now)
    spelt = {same(one.name): one.name for one in site.person}

    def spelling(name: str) -> str:
        return spelt.setdefault(same(name), name)

    return OwnersRecord(
        now,
        reviews=tuple(_review(one) for one in site.review),
        accounts=tuple(Account(one.name, one.where, tuple(map(spelling, one.people)), one.second_factor) for one in site.account),
        persons=tuple(Person(spelling(one.name), one.left) for one in site.person),
        records=tuple(shown_location(one.location) for one in site.records),
        team=tuple(TeamMember(spelling(one.name), one.phone, one.role) for one in site.breach.team) if site.breach else None,
        regulator=site.breach.regulator if site.breach else "",
    )


def _review(entry: ReviewSettings) -> Review:
    due = Duration.of(entry.every).after(entry.done) if entry.done else None
    return Review(entry.name, entry.every, entry.done, due, entry.by)
