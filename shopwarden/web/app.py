"""The application: FastAPI over one desk, behind the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import Response

from scanner.history.connect import HistoryError
from scanner.settings.errors import BadSettings
from shopwarden.operations.errors import Refused
from shopwarden.web import alerts, entrance, events, problems, reviews, shops
from shopwarden.web.access import Access
from shopwarden.web.desk import Desk
from shopwarden.web.guard import App, Guard
from shopwarden.web.pages import language_of, notice, own_words, page
from shopwarden.web.scans import Scans

NO_PAGE = "There is no such page."


def application(desk: Desk, access: Access, hosts: frozenset[str], scans: Scans | None = None) -> App:
    """The whole of it, for an ASGI server. hosts: the ``Host`` headers by which it may be reached."""
    under_way = scans or Scans(desk)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        under_way.close()

    app = FastAPI(title="shopwarden", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.state.desk, app.state.scans, app.state.access, app.state.streams = desk, under_way, access, 0
    for module in (entrance, shops, problems, events, reviews, alerts):
        app.include_router(module.router)
    for kind in (Refused, BadSettings, HistoryError):
        app.add_exception_handler(kind, _refused)
    for status in (404, 405):
        app.add_exception_handler(status, _missing)
    return Guard(app, access, hosts)


def _refused(request: Request, error: Exception) -> Response:
    """What an operation says instead of doing what it was asked for."""
    return page(request, "refused.html.j2", 422, words=notice(str(error), language_of(request)))


def _missing(request: Request, error: Exception) -> Response:
    status = int(getattr(error, "status_code", 404))
    return page(request, "refused.html.j2", status, words=own_words(language_of(request).code).get(NO_PAGE, NO_PAGE))
