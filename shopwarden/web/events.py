"""What changed lately, over all shops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from reports.i18n.language import Language, Said
from reports.text.markdown import to_text_line
from reports.view.changes import kind_of
from scanner.history.events import Change, Event
from scanner.rules.rule import Severity
from scanner.text.sanitize import sanitize
from shopwarden.web.desk import Desk
from shopwarden.web.pages import language_of, page, path_of

router = APIRouter()
MOST_SCANS = 500
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One change. where: plain."""

    kind: str
    severity: Severity
    title: Said
    shop: str
    link: str
    where: str


@router.get("/changes")
def changes(request: Request) -> Response:
    """By day, the newest first: what nights told, and what by hand was found is told by the shop's page."""
    desk: Desk = request.app.state.desk
    spoken = language_of(request)
    past = desk.history.scans(last=MOST_SCANS)
    found = desk.history.events([one.id for one in past])
    days: dict[date, list[Line]] = {}
    lines = 0
    for one in past:
        for told in found[one.id]:
            if told.event.counts and _told(told.event) and lines < MOST_LINES:
                days.setdefault(one.started.date(), []).append(_line(desk, told.event, one.name, spoken))
                lines += 1
    return page(request, "changes.html.j2", days=days, cut=lines == MOST_LINES)


def _told(event: Event) -> bool:
    return not isinstance(event.kind, Change) or event.kind.told


def _line(desk: Desk, event: Event, name: str, spoken: Language) -> Line:
    article = desk.catalogue.articles.get(event.rule)
    if article is not None:
        said, of = spoken.article(article)
        title = Said(to_text_line(said.title), of.code)
    else:
        title = Said(sanitize(event.because or event.rule, 200), "en")
    link = path_of(event.site, "problems", event.rule) if event.rule else path_of(event.site)
    where = sanitize(event.location or event.subject, 300)
    return Line(kind_of(event).replace("-", "_"), event.severity, title, sanitize(name, 120), link, where)
