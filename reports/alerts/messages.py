"""Events → messages. Pure: one message a run and receiver, with a subject that says it all, as text, as HTML and as JSON.

Who is told what is said by ``[[alert]]``: the least severity, and which sites. What is accepted, merely possible or first seen is
told to nobody. Sending is ``shopwarden.delivery``'s.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from reports.alerts.templates import Parts, as_html, as_text
from reports.alerts.words import Section, Told, Words, most_urgent, quiet_subject, sections, spoken_of, subject_of, trial_subject
from reports.i18n.language import Language, english
from reports.text.brand import Picture
from scanner.history.events import Change, Event
from scanner.settings.models import Alert
from scanner.text.redact import redact_address
from scanner.text.sanitize import sanitize
from scanner.text.words import in_order

SCHEMA = "shopwarden/alert/1"
MOST_IN_SUBJECT = 250
MOST_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message. id: the same for the same events to the same receiver, on every retry. sender: in whose name it goes, or "".
    paper: a report to be sent along, its file's name and what it holds. logo: what the HTML shows, by its Content-ID.
    """

    id: str
    subject: str
    text: str
    html: str
    payload: dict[str, Any]
    sender: str = ""
    paper: tuple[str, bytes] | None = None
    logo: Picture | None = None

    def as_json(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        along = {"paper": {"name": self.paper[0], "base64": b64encode(self.paper[1]).decode()}} if self.paper else {}
        if self.logo:
            along["logo"] = {
                "name": self.logo.name,
                "kind": self.logo.kind,
                "base64": b64encode(self.logo.content).decode(),
            }
        said = {"subject": self.subject, "text": self.text, "html": self.html, "payload": self.payload}
        return said | {"sender": self.sender} | along


def concerning(alert: Alert, shops: Iterable[Told]) -> tuple[Told, ...]:
    """What this entry's receivers are told: the sites with something to tell, the worst news first."""
    chosen = []
    for shop in shops:
        if not alert.concerns(shop.key):
            continue
        events = tuple(event for event in shop.events if _tells(alert, event))
        if events:
            chosen.append((most_urgent(events), in_order(shop.key), replace(shop, events=events)))
    return tuple(shop for _, _, shop in sorted(chosen, key=lambda one: one[:2]))


def changed(receiver: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    """The message about what happened. shops: from ``concerning``, at least one. receiver: its fingerprint."""
    spoken = spoken_of(shops)
    ids = sorted(event.id for shop in shops for event in shop.events)
    return _message(_id(receiver, *ids), subject_of(shops, words, spoken), shops, words, now, spoken)


def all_quiet(receiver: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    """The weekly word that everything is watched and nothing changed. shops: all that the receiver's entry concerns."""
    spoken = spoken_of(shops)
    return _message(_id(receiver, "quiet", now.date().isoformat()), quiet_subject(shops, spoken), shops, words, now, spoken)


def trial(receiver: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    """What shows that messages arrive. shops: all that the receiver's entry concerns, at least one."""
    spoken = spoken_of(shops)
    here = Section(spoken.say("alert.trial_arrived"), (), 0)
    subject = trial_subject(shops, spoken)
    return _written(_id(receiver, "test", now.isoformat()), subject, [(shop, (here,)) for shop in shops], words, now, spoken)


def _tells(alert: Alert, event: Event) -> bool:
    return event.counts and (not isinstance(event.kind, Change) or event.kind.told) and event.severity.rank <= alert.from_.rank


def _message(message_id: str, subject: str, shops: Sequence[Told], words: Words, now: datetime, spoken: Language) -> Message:
    return _written(message_id, subject, [(shop, sections(shop, words, spoken)) for shop in shops], words, now, spoken)


def _written(message_id: str, subject: str, told: Parts, words: Words, now: datetime, spoken: Language) -> Message:
    subject = sanitize(subject, MOST_IN_SUBJECT)
    text, html = as_text(subject, told, words, now, spoken), as_html(subject, told, words, now, spoken)
    payload = _payload(message_id, subject, [shop for shop, _ in told], words, now)
    return Message(message_id, subject, text, html, payload, sanitize(words.sender, 120), logo=words.logo)


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
                "report": shop.report,
                "away_since": shop.away.astimezone(UTC).isoformat() if shop.away else None,
                "events": [
                    {
                        "id": event.id,
                        "title": words.title(event.rule, english()) if event.rule else "",
                        **event.model_dump(mode="json"),
                        **{part: _shown(getattr(event, part)) for part in ("subject", "shown", "location", "because")},
                    }
                    for event in shop.events
                ],
            }
            for shop in shops
        ],
    }


def _shown(text: str) -> str:
    """What a stranger may have written, without secrets, also of a time when they were not redacted."""
    return sanitize(redact_address(text), MOST_SHOWN)


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
