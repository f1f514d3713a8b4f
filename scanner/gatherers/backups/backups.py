"""Looks at the places where the owner says that his backups are, with the read-only login that he gave for it."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from scanner.evidence import BackupContent, BackupFile, BackupPlace, Backups, Unavailable
from scanner.gatherers.backups.content import inspect
from scanner.gatherers.backups.ftps import FtpsVisit
from scanner.gatherers.backups.heartbeat import HeartbeatVisit
from scanner.gatherers.backups.names import looks_like
from scanner.gatherers.backups.places import (
    BackupPlan,
    CannotLook,
    FolderMissing,
    FtpsFolder,
    Heartbeat,
    Listing,
    LocalFolder,
    LocalVisit,
    Place,
    SftpFolder,
    StoreFolder,
    locate,
    shown_location,
)
from scanner.gatherers.backups.sftp import SftpVisit
from scanner.gatherers.backups.stores import StoreVisit
from scanner.gatherers.backups.streams import Source
from scanner.gatherers.contract import gatherer
from scanner.settings.models import BackupSettings
from scanner.text.clock import Clock

log = logging.getLogger(__name__)

OPEN_SECONDS = 20.0
"""For opening the newest file of a place, unless all of it is to be read."""
DEEP_SECONDS = 240.0
STILL_WRITING = timedelta(minutes=15)

USUAL_MAX_AGE_DAYS = {"database": 7.0, "site": 31.0}

_SNAPSHOTS = {
    "restic": ("snapshots", re.compile(r"[0-9a-f]{64}")),
    "borg": ("", re.compile(r"(?:index|hints|integrity)\.\d+")),
}
"""Of a repository: the folder in which a run leaves a file, and how that file is named."""

_T = TypeVar("_T")


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
    visit: Visit | None = None
    looks = looks_like(settings.kind, settings.pattern)
    ends = time.monotonic() + plan.deadline
    try:
        location = locate(settings.location, plan.folder)
        place = replace(place, location=location.shown, host=getattr(location, "host", ""))
        visit = _visit(settings, location, plan)
        listing = await _in_a_thread(lambda: _listed(visit, looks, ends), plan.deadline)
        place = replace(
            place,
            files=listing.files,
            seen=listing.seen,
            empty=listing.empty,
            folders=listing.folders,
            complete=listing.complete,
        )
        if (newest := _newest_finished(listing, now)) is not None:
            place = replace(place, content=await _content(newest, listing, visit, plan, settings.kind))
    except FolderMissing:
        place = replace(place, folder_missing=True)
    except CannotLook as reason:
        place = replace(place, files=Unavailable(str(reason)))
    except TimeoutError:
        place = replace(place, files=Unavailable(f"The folder could not be read within {plan.deadline:g} seconds."))
    except Exception as error:
        log.exception("looking at the backups in %s failed", place.location)
        place = replace(place, files=Unavailable(_defect(error)))
    finally:
        if visit is not None:
            # Closing waits for paramiko's thread: not here, where it would hold up the whole scan.
            threading.Thread(target=visit.close, name="backup-close", daemon=True).start()
    return replace(place, address=visit.address) if visit is not None else place


class Visit(Protocol):
    """One place, looked at from one thread. address: the server's, once connected. ``close`` may be called from any thread."""

    address: str

    def look(self, looks: Callable[[str], bool], ends: float, under: str = "") -> Listing:
        """The folder, or one in it. Raises CannotLook, FolderMissing."""

    def open(self, name: str, ends: float) -> AbstractContextManager[Source]:
        """One file of the folder looked at last. Raises CannotLook."""

    def close(self) -> None:
        """End it; whatever waits for it fails."""


def _visit(settings: BackupSettings, location: Place, plan: BackupPlan) -> Visit:
    """Raises CannotLook."""
    match location:
        case LocalFolder():
            return LocalVisit(location)
        case SftpFolder():
            return SftpVisit(settings, location, plan)
        case FtpsFolder():
            return FtpsVisit(settings, location, plan)
        case StoreFolder():
            return StoreVisit(settings, location, plan)
        case Heartbeat():
            return HeartbeatVisit(location)


def _listed(visit: Visit, looks: Callable[[str], bool], ends: float) -> Listing:
    """The folder's backups; of a repository, its snapshots. Raises CannotLook, FolderMissing."""
    listing = visit.look(looks, ends)
    if listing.files or listing.repository not in _SNAPSHOTS:
        return listing
    under, name = _SNAPSHOTS[listing.repository]
    return replace(visit.look(lambda text: name.fullmatch(text) is not None, ends, under), repository=listing.repository)


def _newest_finished(listing: Listing, now: datetime) -> BackupFile | None:
    """The newest file, unless it may still be being written: then the one before it. A clock that runs ahead is no writer."""
    return next((file for file in listing.files if not timedelta(hours=-1) < now - file.modified < STILL_WRITING), None)


async def _content(file: BackupFile, listing: Listing, visit: Visit, plan: BackupPlan, kind: str) -> BackupContent | Unavailable:
    """The newest file, opened. That it could not be is no reason to forget the list."""
    if tool := listing.repository:
        return Unavailable(f"Only {tool} itself can tell whether its repository is whole: run “{tool} check”.")
    seconds = DEEP_SECONDS if plan.deep else OPEN_SECONDS
    ends = time.monotonic() + seconds

    def read() -> BackupContent:
        if "/" in file.name:
            raise CannotLook("The newest file has a name that cannot be asked for.")
        with visit.open(file.name, ends) as source:
            return inspect(source, file.name, deep=plan.deep, ends=ends, kind=kind)

    try:
        return await _in_a_thread(read, seconds + 1)
    except CannotLook as reason:
        return Unavailable(str(reason))
    except TimeoutError:
        return Unavailable(f"The newest file could not be read within {seconds:g} seconds.")
    except Exception as error:
        log.exception("opening the newest backup, %s, failed", file.name)
        return Unavailable(_defect(error))


def _defect(error: Exception) -> str:
    return f"Our own defect in looking at this ({type(error).__name__}); please report it."


async def _in_a_thread(work: Callable[[], _T], seconds: float) -> _T:
    """Run blocking work in a thread of its own. Raises TimeoutError, and whatever the work raises.

    Not an executor: a program waits for an executor's threads before it ends, and a network folder whose server is gone can hold
    one for ever.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error it is the work's own result

    def run() -> None:
        result, failed = None, None
        try:
            result = work()
        except BaseException as error:  # whatever it is, it belongs to the waiting coroutine
            failed = error
        with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, name="backup-look", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await future
