"""One problem of a shop: what it is and how to fix it, look again, accept it for a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from scanner.text.sanitize import sanitize
from shopwarden.operations.errors import Refused
from shopwarden.web.desk import Desk
from shopwarden.web.pages import key_from, language_of, page, path_of
from shopwarden.web.scans import Scans

router = APIRouter()
DAYS = 90
"""After so many days the owner is asked again, unless he says otherwise."""
MOST_DAYS = 730
Words = Annotated[str, Form(max_length=2000)]


@router.get("/shops/{coded}/problems/{rule}")
def problem(request: Request, coded: str, rule: str, accepted: str = "") -> Response:
    """As the last scan that reached the shop saw it."""
    desk: Desk = request.app.state.desk
    scans: Scans = request.app.state.scans
    row = desk.row(key_from(coded))
    past = next((one for one in desk.history.scans(row.shop.key) if one.status in {"complete", "partial"}), None)
    if past is None:
        raise Refused(f"{row.shop.key}: no scan is recorded that reached it; run shopwarden scan first")
    view = desk.reports(past.id, language_of(request)).view
    card = next((card for group in view.groups for card in group.cards if card.rule == rule), None)
    return page(
        request,
        "problem.html.j2",
        row=row,
        path=path_of(row.shop.key),
        view=view,
        card=card,
        accepted=[one for one in view.accepted if one.rule == rule],
        just_accepted=accepted == "1",
        scan=past,
        rule=sanitize(rule, 80),
        again=scans.last_look(row.shop.key, rule),
        until=desk.today + timedelta(days=DAYS),
        most=desk.today + timedelta(days=MOST_DAYS),
        today=desk.today,
    )


@router.post("/shops/{coded}/problems/{rule}/look")
def look(request: Request, coded: str, rule: str) -> Response:
    """Look at it again; what comes out stands beside the problem, and the next scan records it."""
    scans: Scans = request.app.state.scans
    key = key_from(coded)
    scans.look_again(key, rule)
    return RedirectResponse(path_of(key, "problems", rule), 303)


@router.post("/shops/{coded}/problems/{rule}/accept")
def accept(request: Request, coded: str, rule: str, reason: Words = "", until: str = Form(""), subject: Words = "") -> Response:
    """Accept it until a day, with a reason; it stands in the configuration, and counts from the next scan on."""
    desk: Desk = request.app.state.desk
    key = key_from(coded)
    if rule not in desk.catalogue.accepting:
        raise Refused(desk.catalogue.no_such_rule(rule))
    if not reason.strip():
        raise Refused("Say why it is accepted: the reason stands in every report.")
    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise Refused(f"{until!r} is no day; write it like 2027-03-31") from error
    if not desk.today <= day <= desk.today + timedelta(days=MOST_DAYS):
        raise Refused(f"{day} is not a day within the next two years")
    desk.accept(key, rule, subject or None, reason.strip(), day)
    return RedirectResponse(path_of(key, "problems", rule) + "?accepted=1", 303)
