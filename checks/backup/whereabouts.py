"""Do the backups lie on the very server that they should outlive, perhaps even where visitors reach them?"""

from __future__ import annotations

from urllib.parse import urlsplit

from checks.backup.places import NO_PLACE, findings_at, unread
from scanner import Arrival, BackupPlace, Backups, Confidence, Finding, NotApplicable, Severity, Verdict, check, judge

WEB_ROOTS = frozenset({"public_html", "htdocs", "httpdocs", "httpsdocs", "wwwroot", "webroot", "html", "www"})
"""What hosting panels and web servers call the folder that visitors see."""


@check("backup-same-server", severity=Severity.MEDIUM)
def backup_same_server(backups: Backups, arrival: Arrival) -> Verdict:
    """The backups lie on the shop's own server."""
    if not backups.places:
        return NotApplicable(NO_PLACE)
    remote = [place for place in backups.places if place.host]
    shown_to_visitors = [
        Finding(place.location, reach, (place.location,), (place.location,), Confidence.POSSIBLE)
        for place in backups.places
        if not place.host and (reach := _within_web_root(place.location))
    ]
    if not remote and not shown_to_visitors:
        return NotApplicable("Only places on other computers can be compared with the shop; yours are folders of this one.")
    shop = _bare(urlsplit(arrival.origin).hostname or "")
    same: list[tuple[BackupPlace, str]] = []
    apart: list[BackupPlace] = []
    missing: list[str] = []
    for place in remote:
        if _bare(place.host) == shop:
            same.append((place, f"{place.host} is the shop's own name. {_within_web_root(place.location)}".rstrip()))
        elif place.address and place.address in arrival.addresses:
            words = f"{place.host} has the address {place.address}, as the shop does. {_within_web_root(place.location)}"
            same.append((place, words.rstrip()))
        elif place.address and arrival.addresses:
            apart.append(place)
        else:
            missing.append(unread(place) or "The shop's addresses are not known.")
    return judge(
        (*findings_at(same), *shown_to_visitors),
        (place.location for place in (*apart, *(place for place, _ in same))),
        missing,
        "; ".join(dict.fromkeys(f"{place.host} ({place.address}) is another address than the shop's" for place in apart)),
    )


def _within_web_root(location: str) -> str:
    """A sentence where the folder's path goes through one that visitors usually see; empty elsewhere."""
    folder = next((part for part in urlsplit(location).path.split("/") if part.lower() in WEB_ROOTS), "")
    if not folder:
        return ""
    return f"The backups lie below {folder}, which visitors usually reach: then whoever guesses a file's name can fetch it."


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")
