"""Messages that wait, and who they are for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from reports.alerts.messages import changed
from reports.alerts.words import Told, Words
from scanner.history.events import Change, Event
from scanner.history.outbox import Waiting
from scanner.history.store import History
from scanner.rules.rule import Severity
from scanner.settings.models import Alert
from shopwarden.delivery.outbox import receivers_of
from shopwarden.delivery.receiver import Receiver
from tests.nights import FIRST, KEY
from tests.receivers import MailServer

NOW = FIRST + timedelta(days=3)
EVENT = Event(
    site=KEY, at=NOW, kind=Change.NEW, severity=Severity.HIGH, rule="exposed-log", subject="/ü.log", shown="Zeile — eins"
)
SHOPS = [Told(KEY, "Blumen Müller", f"https://{KEY}/", (EVENT,), "C", "D")]


def alert(*to: str, **more: object) -> Alert:
    return Alert.model_validate({"to": to, **more})


def receivers(entry: Alert) -> dict[str, Receiver]:
    return {one.fingerprint: one for one in receivers_of(entry, Path())}


def waiting(receiver: str, number: int = 0) -> Waiting:
    message = changed(receiver, SHOPS, Words(), NOW + timedelta(days=number))
    return Waiting(f"{message.id}{number}", receiver, NOW + timedelta(days=number), message.as_json())


def queue(history: History, entry: Alert, count: int = 1) -> dict[str, Receiver]:
    made = receivers(entry)
    history.outbox.tell([waiting(key, number) for key in made for number in range(count)], [], NOW)
    return made


def mail_to(server: MailServer) -> Alert:
    return alert(f"mailto://127.0.0.1:{server.port}/?from=warden@agency.example&to=owner@petal.example&name=Harbour")
