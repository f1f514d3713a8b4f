"""The shops: all of them, one, a new one; scans under way; reports; two scans side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from reports.i18n.language import Said
from reports.overview.page import OverviewView, overview_view
from reports.text.markdown import to_text_line
from reports.view.trend import since_last
from scanner.history.connect import HistoryError
from scanner.history.run_summary import Overview, ShopLine, backup_of, why_ungraded
from scanner.history.trend import MOST_SCANS, trend
from scanner.results.grade import GRADES
from scanner.text.words import in_order
from shopwarden.operations.again import WAY
from shopwarden.operations.errors import Refused
from shopwarden.operations.new_configuration import look_at
from shopwarden.web.desk import Desk, Row
from shopwarden.web.pages import key_from, language_of, page, path_of, query, rendered
from shopwarden.web.scans import Scans, State, UnderWay

router = APIRouter()
A_PAGE = 50
"""Shops of the list; the others are on further pages."""
TICK_SECONDS = 0.5
MOST_STREAMS = 32
MOST_STREAM_SECONDS = 900.0
"""Then a page that watches a scan asks anew."""
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Beside the report's own, which allows no style but its own sheet; both hold."""
_LETTERS = [letter for letter, _ in GRADES]
Words = Annotated[str, Form(max_length=2000)]


@router.get("/")
def shops(request: Request, q: str = "", by: str = "worst", only: str = "all", at: int = 1) -> Response:
    """All shops: found by their names, in an order, a page at a time."""
    desk: Desk = request.app.state.desk
    rows = desk.rows()
    chosen = sorted(filter(_filter(q, only), rows), key=_ORDERS.get(by, _worst))
    pages = max(1, -(-len(chosen) // A_PAGE))
    at = min(max(at, 1), pages)
    shown = chosen[(at - 1) * A_PAGE : at * A_PAGE]
    asked = {"q": q[:200], "by": by if by in _ORDERS else "worst", "only": only if only in _ONLY else "all"}
    further = {"before": at - 1, "after": at + 1}
    links = {name: f"/?{query(asked | {'at': str(number)})}" for name, number in further.items() if 0 < number <= pages}
    return page(
        request,
        "shops.html.j2",
        view=_overview(request, shown),
        total=len(rows),
        found=len(chosen),
        asked=asked,
        at=at,
        pages=pages,
        links=links,
    )


def _filter(words: str, only: str) -> Callable[[Row], bool]:
    wanted = words.strip().casefold()[:200]
    chosen = _ONLY.get(only, _ONLY["all"])

    def fits(row: Row) -> bool:
        return (not wanted or wanted in row.shop.name.casefold() or wanted in row.shop.key) and chosen(row)

    return fits


_ONLY: dict[str, Callable[[Row], bool]] = {
    "all": lambda _row: True,
    "urgent": lambda row: row.last is not None and sum(row.last.problems[:2]) > 0,
    "unscanned": lambda row: row.last is None or row.last.status not in {"complete", "partial"},
}


def _worst(row: Row) -> Any:
    """What was never scanned, or could not be, comes first: nobody knows how bad it is."""
    grade = row.last.grade if row.last else None
    rank = -_LETTERS.index(grade) if grade in _LETTERS else -len(_LETTERS)
    return rank, tuple(-count for count in (row.last.problems if row.last else ())), in_order(row.shop.key)


_ORDERS: dict[str, Callable[[Row], Any]] = {
    "worst": _worst,
    "name": lambda row: (in_order(row.shop.name), in_order(row.shop.key)),
    "last": lambda row: (row.last is not None, -row.last.started.timestamp() if row.last else 0.0),
}


def _overview(request: Request, rows: Sequence[Row]) -> OverviewView:
    """The rows as the overview of a night shows them, in the order given."""
    desk: Desk = request.app.state.desk
    events = desk.history.events([row.last.id for row in rows if row.last])
    lines = tuple(_line(desk, row, events) for row in rows)
    now = desk.clock.now()
    view = overview_view(Overview(now, now, lines), articles=desk.catalogue.articles, language=language_of(request))
    by_link = {one.link: one for one in view.rows}
    return replace(view, rows=tuple(by_link[line.report] for line in lines))


def _line(desk: Desk, row: Row, events: Any) -> ShopLine:
    link = path_of(row.shop.key)
    if row.last is None:
        return ShopLine(row.shop.key, row.shop.name, row.shop.site.url, "", because="It was never scanned.", report=link)
    past = row.last
    grades = tuple(one.grade for one in reversed(desk.history.scans(row.shop.key, last=MOST_SCANS)))
    try:
        seen = desk.document(past.id)
        backup, ungraded, provisional = backup_of(seen), why_ungraded(seen), seen.provisional
    except HistoryError as error:
        backup, ungraded, provisional = "", str(error), False
    worst = (*past.problems, 0, 0, 0, 0, 0)[:5]
    return ShopLine(
        key=row.shop.key,
        name=row.shop.name,
        url=row.shop.site.url,
        status=past.status,
        because=past.because or "",
        grade=past.grade,
        provisional=provisional,
        score=past.score,
        problems=(worst[0], worst[1], worst[2], worst[3], worst[4]),
        ungraded=ungraded,
        changes=tuple(told.event for told in events.get(past.id, ())),
        trend=grades,
        report=link,
        last=past.started,
        backup=backup,
    )


# ---- a new shop


@router.get("/shops/new")
def new(request: Request) -> Response:
    """Its address first."""
    return page(request, "new.html.j2", url="", seen=None, name="", authorised_by="", problem="")


@router.post("/shops/look")
async def look(request: Request, url: Words = "") -> Response:
    """Look at its front pages: what it calls itself, and what it runs on."""
    desk: Desk = request.app.state.desk
    url = url.strip()
    settings = await asyncio.to_thread(lambda: desk.settings)
    way = {key: value for key, value in settings.defaults.items() if key in WAY}
    (seen,) = await look_at((url,), way, desk.catalogue)
    return page(request, "new.html.j2", url=url, seen=seen, name=seen.name, authorised_by="", problem="")


@router.post("/shops")
def add(request: Request, url: Words = "", name: Words = "", authorised_by: Words = "", may: str = Form("")) -> Response:
    """Write it into the configuration, and scan it."""
    desk: Desk = request.app.state.desk
    scans: Scans = request.app.state.scans
    if may != "yes":
        raise Refused("Only a shop that you may look at is scanned: confirm that its owner agrees.")
    key = desk.add_site(url.strip(), name.strip(), authorised_by.strip())
    return RedirectResponse(f"/scans/{scans.start(key).id}", 303)


# ---- one shop


@router.get("/shops/{coded}")
def shop(request: Request, coded: str) -> Response:
    """How it stands, and how it went."""
    desk: Desk = request.app.state.desk
    scans: Scans = request.app.state.scans
    row = desk.row(key_from(coded))
    past = desk.history.scans(row.shop.key, last=100)
    reached = next((one for one in past if one.status in {"complete", "partial"}), None)
    reports = desk.reports(reached.id, language_of(request)) if reached else None
    return page(
        request,
        "shop.html.j2",
        row=row,
        path=path_of(row.shop.key),
        past=past,
        view=reports.view if reports else None,
        scan=reached,
        under_way=scans.of(row.shop.key),
    )


@router.post("/shops/{coded}/scan")
def begin(request: Request, coded: str) -> Response:
    """Scan it now."""
    scans: Scans = request.app.state.scans
    return RedirectResponse(f"/scans/{scans.start(key_from(coded)).id}", 303)


@router.get("/shops/{coded}/reports/{scan_id}")
def report(request: Request, coded: str, scan_id: str) -> Response:
    """The whole report of one scan, as it was on the day."""
    desk: Desk = request.app.state.desk
    past = _past(desk, key_from(coded), scan_id)
    made = desk.reports(past, language_of(request)).page
    return HTMLResponse(made, headers={"content-security-policy": REPORT_POLICY})


@router.get("/shops/{coded}/compare")
def compare(request: Request, coded: str, old: str = "", new: str = "") -> Response:
    """What is different between two scans."""
    desk: Desk = request.app.state.desk
    key = key_from(coded)
    row = desk.row(key)
    first, second = sorted((desk.document(_past(desk, key, one)) for one in (old, new)), key=lambda seen: seen.started)
    spoken = language_of(request)
    titles = {rule: spoken.article(article)[0].title for rule, article in desk.catalogue.articles.items()}
    said = {rule: Said(to_text_line(title), spoken.code) for rule, title in titles.items()}
    changed = since_last(trend([first], second, desk.catalogue.rules), said, spoken)
    return page(request, "compare.html.j2", row=row, path=path_of(key), changed=changed, first=first, second=second)


def _past(desk: Desk, key: str, scan_id: str) -> str:
    """A scan of this shop, by its id; another shop's is none. Raises Refused."""
    if any(past.id == scan_id for past in desk.history.scans(key)):
        return scan_id
    raise Refused(f"{key}: there is no such scan")


# ---- scans under way


@router.get("/scans/{scan_id}")
def watch(request: Request, scan_id: str) -> Response:
    """A scan under way, or how it ended."""
    return page(request, "scan.html.j2", scan=_under_way(request, scan_id), state=State)


@router.get("/scans/{scan_id}/events")
async def events(request: Request, scan_id: str) -> Response:
    """How far it is, again and again, as server-sent events (HTML Living Standard, 9.2); ``done`` says that it has ended."""
    scan, state = _under_way(request, scan_id), request.app.state
    if state.streams >= MOST_STREAMS:
        return PlainTextResponse("Too many pages watch scans at the moment.", 503)

    async def telling() -> AsyncIterator[str]:
        state.streams += 1
        try:
            async for event in told():
                yield event
        finally:
            state.streams -= 1

    async def told() -> AsyncIterator[str]:
        last = ""
        for _ in range(int(MOST_STREAM_SECONDS / TICK_SECONDS)):
            piece = await asyncio.to_thread(rendered, request, "progress_of.html.j2", scan=scan, state=State)
            if piece != last:
                last = piece
                yield "".join(f"data: {line}\n" for line in piece.splitlines()) + "\n"
            if scan.state.ended:
                break
            await asyncio.sleep(TICK_SECONDS)
        yield "event: done\ndata: \n\n"

    return StreamingResponse(telling(), media_type="text/event-stream")


@router.post("/scans/{scan_id}/stop")
def stop(request: Request, scan_id: str) -> Response:
    """End it with what is known so far."""
    _under_way(request, scan_id).stop()
    return RedirectResponse(f"/scans/{scan_id}", 303)


def _under_way(request: Request, scan_id: str) -> UnderWay:
    scans: Scans = request.app.state.scans
    found = scans.get(scan_id)
    if found is None:
        raise Refused("This scan is no longer under way; its shop's page shows what it found.")
    return found
