"""Looks at the places where the owner says that his backups are, with the read-only login that he gave for it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from scanner.clock import Clock
from scanner.evidence import BackupPlace, Backups, Unavailable
from scanner.gatherers.backup_names import looks_like
from scanner.gatherers.backup_places import (
    BackupPlan,
    CannotLook,
    FolderMissing,
    LocalFolder,
    list_folder,
    locate,
    shown_location,
)
from scanner.gatherers.backup_sftp import SftpVisit
from scanner.gathering import gatherer
from scanner.settings import BackupSettings

log = logging.getLogger(__name__)

USUAL_MAX_AGE_DAYS = {"database": 7.0, "site": 31.0}

_T = TypeVar("_T")


@gatherer(ceiling="1 login a backup place", doing="looking at the backups")
async def backups(plan: BackupPlan, now: Clock) -> Backups:
    """Every configured place, looked at side by side. One that cannot be looked at never hides another."""
    places = await asyncio.gather(*(_look(settings, plan) for settings in plan.backups))
    return Backups(tuple(places), now.now())


async def _look(settings: BackupSettings, plan: BackupPlan) -> BackupPlace:
    place = BackupPlace(
        kind=settings.kind,
        location=shown_location(settings.location),
        pattern=settings.pattern or "",
        max_age_days=USUAL_MAX_AGE_DAYS[settings.kind] if settings.max_age is None else settings.max_age,
        files=(),
    )
    visit: SftpVisit | None = None
    looks = looks_like(settings.kind, settings.pattern)
    ends = time.monotonic() + plan.deadline
    try:
        location = locate(settings.location, plan.folder)
        place = replace(place, location=location.shown)
        if isinstance(location, LocalFolder):
            folder = location
            listing = await _in_a_thread(lambda: list_folder(folder, looks, ends), plan.deadline)
        else:
            place = replace(place, host=location.host)
            visit = SftpVisit(settings, location, plan)
            look = visit.look
            listing = await _in_a_thread(lambda: look(looks, ends), plan.deadline)
        place = replace(
            place,
            files=listing.files,
            seen=listing.seen,
            empty=listing.empty,
            folders=listing.folders,
            complete=listing.complete,
        )
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
