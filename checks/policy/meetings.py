"""Meeting rooms that stand on a page for everybody: whoever finds the link can walk in, as long as the room is open."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scanner import Finding, Pages, Severity, Verdict, check, judge
from scanner.text.patterns import lazy

_ROOMS = (
    (("zoom.us", "zoom.com", "zoomgov.com"), lazy(r"/(?:j|my|s)/[^/]+")),
    (("meet.google.com",), lazy(r"/(?:[a-z]{3}-[a-z]{4}-[a-z]{3}|lookup/[\w-]+)/?")),
    (("teams.microsoft.com", "teams.live.com", "gov.teams.microsoft.us"), lazy(r"/(?:l/meetup-join|meet|dl/launcher)/.+")),
    (("webex.com",), lazy(r"/(?:(?:meet|join)/[^/]+|[^/]+/j\.php)/?")),
    (("whereby.com", "meet.jit.si", "8x8.vc", "gotomeet.me", "chime.aws", "join.skype.com"), lazy(r"/[^/]{3,}(?:/[^/]+)?/?")),
    (("meet.goto.com", "gotomeeting.com", "bluejeans.com", "lifesizecloud.com"), lazy(r"/(?:join/|meeting/)?\d{5,}/?")),
    (("ringcentral.com",), lazy(r"/(?:j|join)/\d+")),
    (("kmeet.infomaniak.com", "meet.zoho.com", "meet.zoho.eu"), lazy(r"/[\w-]{6,}")),
)
"""Services, each with the paths of its rooms. Those to book or to register for are for everybody, and are none."""
_NO_ROOM = lazy(
    r"/(?:about|blog|business|careers?|contact|developers?|download|features?|help|home|information|integrations?|legal|login|new"
    r"|news|plans?|pricing|privacy|product|recent|register|security|sign-?(?:in|up)|solutions?|start|static|support|terms|user"
    r"|webinars?)(?:/|\Z)",
    re.IGNORECASE,
)
_PASSWORD = lazy(r"(?:\A|&)(?:pwd|passcode|password|p)=[^&]")


@check("meeting-link-public", severity=Severity.LOW)
def meeting_link_public(pages: Pages) -> Verdict:
    """A page leads everybody into a meeting room."""
    findings = [
        Finding(room, _shown(link.address), (page.address,), (page.path,))
        for page in pages.all
        for link in page.links
        if (room := _room(link.address))
    ]
    return judge(findings, (page.path for page in pages.all))


def _room(address: str) -> str:
    """The room that an address leads into, as host and path; empty where it leads into none."""
    try:
        parts = urlsplit(address[:2000])
    except ValueError:
        return ""
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme not in {"http", "https"} or _NO_ROOM.match(parts.path):
        return ""
    for hosts, path in _ROOMS:
        if any(host == one or host.endswith(f".{one}") for one in hosts) and path.match(parts.path):
            return f"{host}{parts.path.rstrip('/')}"
    return ""


def _shown(address: str) -> str:
    if _PASSWORD.search(urlsplit(address[:2000]).query):
        return "The link leads into a meeting room, and holds its password."
    return "The link leads into a meeting room."
