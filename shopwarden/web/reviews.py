"""What the owner looks after himself: what is due, and writing down that it was done."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from reports.view.owner import owner_view
from shopwarden.operations.errors import Refused
from shopwarden.operations.reviews import kept, mark_done
from shopwarden.web.desk import Desk
from shopwarden.web.pages import language_of, page, path_of

router = APIRouter()
Words = Annotated[str, Form(max_length=300)]


@router.get("/reviews")
def reviews(request: Request) -> Response:
    """Shop by shop."""
    desk: Desk = request.app.state.desk
    settings, spoken = desk.settings, language_of(request)
    mine = kept(settings, None, desk.clock) if settings.site else ()
    shops = [(one.shop, path_of(one.shop.key), owner_view(one.record, spoken)) for one in mine]
    return page(request, "reviews.html.j2", shops=shops, today=desk.today)


@router.post("/reviews/done")
def done(request: Request, site: Words = "", review: Words = "", by: Words = "", on: Words = "") -> Response:
    """Write it into the configuration."""
    desk: Desk = request.app.state.desk
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError as error:
        raise Refused(f"{on!r} is no day; write it like 2027-03-31") from error
    mark_done(desk.settings, review, site, by.strip(), day, desk.clock)
    return RedirectResponse("/reviews", 303)
