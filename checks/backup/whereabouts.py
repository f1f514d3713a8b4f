"""Do the backups lie on the very server that they should outlive?"""

from __future__ import annotations

from urllib.parse import urlsplit

from checks.backup.places import NO_PLACE, findings_at, unread
from scanner import Arrival, BackupPlace, Backups, NotApplicable, Severity, Verdict, check, judge


@check("backup-same-server", severity=Severity.MEDIUM)
def backup_same_server(backups: Backups, arrival: Arrival) -> Verdict:
    """The backups lie on the shop's own server."""
    if not backups.places:
        return NotApplicable(NO_PLACE)
    remote = [place for place in backups.places if place.host]
    if not remote:
        return NotApplicable("Only places on other computers can be compared with the shop; yours are folders of this one.")
    shop = _bare(urlsplit(arrival.origin).hostname or "")
    same: list[tuple[BackupPlace, str]] = []
    apart: list[BackupPlace] = []
    missing: list[str] = []
    for place in remote:
        if _bare(place.host) == shop:
            same.append((place, f"{place.host} is the shop's own name."))
        elif place.address and place.address in arrival.addresses:
            same.append((place, f"{place.host} has the address {place.address}, as the shop does."))
        elif place.address and arrival.addresses:
            apart.append(place)
        else:
            missing.append(unread(place) or "The shop's addresses are not known.")
    return judge(
        findings_at(same),
        (place.location for place in (*apart, *(place for place, _ in same))),
        missing,
        "; ".join(dict.fromkeys(f"{place.host} ({place.address}) is another address than the shop's" for place in apart)),
    )


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")
