"""The way in and out, the style sheet and the scripts, and what this program is."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from shopwarden.web.access import Access
from shopwarden.web.desk import Desk
from shopwarden.web.guard import ENTRANCE, session_of
from shopwarden.web.pages import page, sheet_of

router = APIRouter()
_SCRIPTS = ("htmx.min.js", "hx-sse.min.js")
USED_UP = "This address has been used already, or is not the right one. Start shopwarden web again: it prints a new one."


@router.get(ENTRANCE)
def enter(request: Request, token: str = "") -> Response:
    """One use of the token that the terminal shows."""
    access: Access = request.app.state.access
    if access.knows(session_of(request.headers.get("cookie", ""), access.cookie)):
        return RedirectResponse("/", 303)
    session = access.enter(token[:200])
    if session is None:
        return PlainTextResponse(USED_UP, 401)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(access.cookie, session, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/")
    return answer


@router.post("/leave")
def leave(request: Request) -> Response:
    """End the session."""
    access: Access = request.app.state.access
    access.leave(session_of(request.headers.get("cookie", ""), access.cookie))
    answer = PlainTextResponse("shopwarden: the session is over.")
    answer.delete_cookie(access.cookie, path="/")
    return answer


@router.get("/static/style.css")
def style(request: Request) -> Response:
    """In the agency's colour."""
    desk: Desk = request.app.state.desk
    return Response(sheet_of(desk), media_type="text/css", headers={"cache-control": "no-cache"})


@router.get("/static/{name}")
def static(name: str) -> Response:
    """The two scripts."""
    if name not in _SCRIPTS:
        return PlainTextResponse("There is no such file.", 404)
    return Response(files("shopwarden.web").joinpath("static", name).read_bytes(), media_type="text/javascript")


@router.get("/about")
def about(request: Request) -> Response:
    """Versions, and how old what is known of software is."""
    desk: Desk = request.app.state.desk
    data = sorted(desk.catalogue.knowledge.days.items())
    return page(request, "about.html.j2", data=data, file=desk.file, history=desk.history.where, rules=len(desk.catalogue.rules))
