"""Events → messages. Pure: one message a run and receiver, with a subject that says it all, as text, as HTML and as JSON.

Who is told what is said by ``[[alert]]``: the least severity, and which sites. What is accepted, merely possible or first seen is
told to nobody. Sending is ``shopwarden.delivery``'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from reports.alerts.templates import as_html, as_text
from reports.alerts.words import Told, Words, sections, subject_of
from scanner.history.events import Change, Event
from scanner.settings.models import Alert
from scanner.text.sanitize import sanitize

SCHEMA = "shopwarden/alert/1"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. id: the same for the same events to the same receiver, on every retry."""

    id: str
    subject: str
    text: str
    html: str
    payload: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        return {"subject": self.subject, "text": self.text, "html": self.html, "payload": self.payload}


def concerning(alert: Alert, shops: Iterable[Told]) -> tuple[Told, ...]:
    """What this entry's receivers are told: the sites with something to tell, the worst first."""
    chosen = []
    for shop in shops:
        if not alert.concerns(shop.key):
            continue
        events = tuple(event for event in shop.events if _tells(alert, event))
        if events:
            chosen.append((min(event.severity.rank for event in events), shop.key, events, shop))
    return tuple(replace(shop, events=events) for _, _, events, shop in sorted(chosen, key=lambda one: one[:2]))


def changed(receiver: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    """The message about what happened. shops: from ``concerning``, at least one. receiver: its fingerprint."""
    subject = subject_of(shops)
    ids = sorted(event.id for shop in shops for event in shop.events)
    return _message(_id(receiver, *ids), subject, shops, words, now)


def all_quiet(receiver: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    """The weekly word that everything is watched and nothing changed. shops: all that the receiver's entry concerns."""
    away = [shop for shop in shops if shop.away]
    state = f"{len(away)} cannot be reached, otherwise quiet" if away else "all quiet"
    if len(shops) == 1:
        (shop,) = shops
        subject = f"{shop.key}: {'cannot be reached' if away else 'all quiet'}" + (f", {shop.grade}" if shop.grade else "")
    else:
        subject = f"{len(shops)} shops: {state}"
    return _message(_id(receiver, "quiet", now.date().isoformat()), subject, shops, words, now)


def _tells(alert: Alert, event: Event) -> bool:
    return event.counts and event.kind is not Change.FIRST_SEEN and event.severity.rank <= alert.from_.rank


def _message(message_id: str, subject: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    subject = sanitize(subject, 250)
    told = [(shop, sections(shop, words)) for shop in shops]
    text, html = as_text(subject, told, words, now), as_html(subject, told, words, now)
    return Message(message_id, subject, text, html, _payload(message_id, subject, shops, words, now))


def _payload(message_id: str, subject: str, shops: Sequence[Told], words: Words, now: datetime) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "id": message_id,
        "created": now.astimezone(UTC).isoformat(),
        "subject": subject,
        "shops": [
            {
                "site": shop.key,
                "name": sanitize(shop.name, 200),
                "url": shop.url,
                "grade": {"before": shop.before, "after": shop.after},
                "away_since": shop.away.astimezone(UTC).isoformat() if shop.away else None,
                "events": [
                    {"id": event.id, "title": sanitize(words.titles.get(event.rule, ""), 200), **event.model_dump(mode="json")}
                    for event in shop.events
                ],
            }
            for shop in shops
        ],
    }


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
