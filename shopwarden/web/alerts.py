"""Who is told what: the receivers, a test message, what waits to be delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from scanner.text.sanitize import sanitize
from shopwarden.operations.check_config import State, Tried, try_receiver
from shopwarden.operations.errors import Refused
from shopwarden.operations.nightly import Run, run_of
from shopwarden.web.desk import Desk
from shopwarden.web.pages import page

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """A receiver. label: where it stands and what it is, without a secret. least: the least severity told."""

    fingerprint: str
    label: str
    least: str
    sites: tuple[str, ...]
    weekly: bool


@router.get("/alerts")
def alerts(request: Request) -> Response:
    """All receivers, and what waits."""
    return _page(request)


@router.post("/alerts/test")
def send_test(request: Request, receiver: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Send one of them a test message."""
    run = _run(request.app.state.desk)
    tried = try_receiver(run, receiver) if run is not None else None
    if tried is None:
        raise Refused("There is no such receiver any more.")
    return _page(request, tried)


def _page(request: Request, tried: Tried | None = None) -> Response:
    desk: Desk = request.app.state.desk
    run = _run(desk)
    return page(
        request,
        "alerts.html.j2",
        lines=list(_lines(run)),
        waiting=desk.history.outbox.waiting(),
        file=desk.file,
        tried=tried,
        failed=tried is not None and tried.state is State.FAILED,
    )


def _run(desk: Desk) -> Run | None:
    settings = desk.settings
    if settings.file is None or not settings.site:
        return None
    return run_of("nightly", settings.file, {}, desk.catalogue, database=desk.database)


def _lines(run: Run | None) -> Iterator[Line]:
    seen: set[str] = set()
    for alert, receivers in run.post.entries if run is not None and run.post else ():
        for one in receivers:
            if one.fingerprint not in seen:
                seen.add(one.fingerprint)
                yield Line(one.fingerprint, sanitize(one.label, 200), str(alert.from_), alert.sites or (), alert.weekly)
