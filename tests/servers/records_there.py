"""The same records, put at each kind of server, and what must be seen of them there."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from scanner.evidence import RecordsPlace
from scanner.gatherers.owner.records import records
from scanner.gatherers.owner.register import OwnerPlan
from scanner.settings.models import SiteSettings
from scanner.text.clock import Clock, StoppedClock

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CARD = b"Guest: my card is 4111 1111 1111 1111, valid until 12/27\n"


def _zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


FILES: Mapping[str, bytes] = {
    "chat-2020-01-05.log": CARD,
    "Anrufe März.txt": b"nothing\n",
    "2026/11/orders.csv.gz": gzip.compress(b"name,card number\nA,5555555555554444\n"),
    "2026/mails.zip": _zipped("a.eml", b"From: a\nTo: b\nSubject: c\n\n" + CARD),
    "2026/scan.pdf": b"%PDF-1.7 x",
}


def put(folder: Path) -> None:
    for name, content in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (NOW.timestamp() - 3600,) * 2)


async def looked(location: str, *, clock: Clock | None = None, **login: object) -> RecordsPlace:
    entry = {"location": location, "keep": "2y", **login}
    site = SiteSettings.model_validate({"url": "https://petalandstem.example", "records": [entry]})
    seen = await records(OwnerPlan(site, Path("/"), 20), clock or StoppedClock(NOW))
    return seen.places[0]


def all_seen(place: RecordsPlace) -> None:
    assert (place.problem, place.complete, place.unlooked) == (None, True, 0)
    assert (place.seen, place.searched, place.unsearched) == (5, 4, 1)
    assert [(one.name, one.day) for one in place.old] == [("chat-2020-01-05.log", date(2020, 1, 5))]
    assert {(one.name, one.count, one.last) for one in place.cards} == {
        ("chat-2020-01-05.log", 1, ("1111",)),
        ("2026/11/orders.csv.gz", 1, ("4444",)),
        ("2026/mails.zip", 1, ("1111",)),
    }
    assert place.reasons == ("“2026/scan.pdf” is encrypted, or of a kind that cannot be searched",)
