"""Messages that wait → their receivers. At least once: a message is marked only after its receiver took it, and carries the same
``Message-ID`` or ``Idempotency-Key`` each time it is tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from scanner.history.store import History
from scanner.settings.models import Alert
from shopwarden.delivery.apprise import apprise_service
from shopwarden.delivery.receiver import NotDelivered, Receiver, in_time
from shopwarden.delivery.webhook import webhook

GIVE_UP = timedelta(days=7)
"""Then a message is dropped whose receiver no run knows any more."""


def receivers_of(alert: Alert, folder: Path) -> tuple[Receiver, ...]:
    """An entry's receivers, checked as far as goes without sending. folder: where relative paths start. Raises BadSettings."""
    made = [apprise_service(address, folder) for address in alert.to]
    if alert.webhook is not None and alert.secret is not None:
        made.append(webhook(alert.webhook, alert.secret, folder))
    return tuple(made)


def deliver(history: History, receivers: Mapping[str, Receiver], now: datetime) -> tuple[str, ...]:
    """Send what waits, the oldest first; one sentence for each receiver that could not be reached. Raises HistoryError.

    After a receiver's first failure its other messages wait too. A receiver that is not configured here may be another
    configuration's on the same history; what has waited for it for a week is taken out, and said.
    """
    problems: dict[str, str] = {}
    for message in history.outbox.waiting():
        receiver = receivers.get(message.receiver)
        if receiver is None:
            if now - message.created < GIVE_UP:
                continue
            history.outbox.drop(message.id, "the receiver is no longer configured", now)
            subject = message.message.get("subject", "")
            problems[f"gone {message.id}"] = f"dropped, since its receiver is no longer configured: {subject}"
        elif message.receiver not in problems:
            try:
                in_time(partial(receiver.send, message))
            except NotDelivered as problem:
                history.outbox.undelivered(message.id, str(problem))
                problems[message.receiver] = f"{receiver.label}: not delivered ({problem}); it is tried again next time"
            else:
                history.outbox.delivered(message.id, now)
    return tuple(problems.values())
