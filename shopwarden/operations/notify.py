"""After a night's scans: events that nobody was told of → messages → the outbox → receivers."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote

from reports.alerts.messages import Message, all_quiet, changed, concerning
from reports.alerts.words import Told, Words
from scanner.engine.catalogue import Catalogue
from scanner.history.events import Event, ToldEvent
from scanner.history.outbox import Waiting
from scanner.history.store import History
from scanner.settings.errors import BadSettings
from scanner.settings.models import Agency, Alert, Settings
from shopwarden.delivery.outbox import receivers_of
from shopwarden.delivery.receiver import Receiver
from shopwarden.operations.sites import Shop

QUIET_DAYS = 7


@dataclass(frozen=True, slots=True)
class Report:
    """A shop's report, as messages speak of it. link: where it can be read, or "". language: its code."""

    link: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Post:
    """Whom to tell: each ``[[alert]]`` entry with its receivers, checked."""

    entries: tuple[tuple[Alert, tuple[Receiver, ...]], ...]

    @classmethod
    def of(cls, settings: Settings, keys: Collection[str] | None = None) -> Post:
        """Raises BadSettings: a broken address or a missing secret is found before the first scan, so that no change is lost.

        keys: of all the shops there are, where that is known (others may stand in another CSV file): an alert that names a shop
        beyond them would keep silent for ever.
        """
        for number, alert in enumerate(settings.alert):
            for key in alert.sites or ():
                if keys is not None and key not in keys:
                    close = difflib.get_close_matches(key, keys, n=1)
                    hint = f"; did you mean {close[0]}?" if close else ""
                    raise BadSettings(f"{settings.place('alert', number, 'sites')}: no shop is called {key}{hint}")
        return cls(tuple((alert, _checked(settings, number)) for number, alert in enumerate(settings.alert)))

    @property
    def receivers(self) -> Mapping[str, Receiver]:
        """By fingerprint."""
        return {receiver.fingerprint: receiver for _, receivers in self.entries for receiver in receivers}


def link_to(agency: Agency | None, file: str) -> str:
    """A report's address by the agency's ``report_url``; "" where there is none: what is a path here leads nowhere for others."""
    return agency.report_url.replace("{file}", quote(file)) if agency and agency.report_url else ""


def words_of(catalogue: Catalogue, agency: Agency | None) -> Words:
    """What messages and the terminal take from the articles and the agency."""
    escalations = {rule.id: rule.escalate for rule in catalogue.rules.values() if rule.escalate is not None}
    return Words(catalogue.articles, agency.name if agency else "", (agency.contact or "") if agency else "", escalations)


def _checked(settings: Settings, number: int) -> tuple[Receiver, ...]:
    try:
        receivers = receivers_of(settings.alert[number], settings.folder)
    except BadSettings as error:
        raise BadSettings(f"{settings.place('alert', number)}: {error}") from error
    return tuple(replace(receiver, label=f"alert[{number + 1}], {receiver.label}") for receiver in receivers)


def put_out(
    history: History,
    post: Post,
    shops: Sequence[Shop],
    words: Words,
    now: datetime,
    reports: Mapping[str, Report] = MappingProxyType({}),
) -> tuple[Told, ...]:
    """Make the messages that are due and mark their events as told, both or neither. What there was to tell. Raises HistoryError.

    reports: each shop's, by key.
    """
    mine = {shop.key for shop in shops}
    untold = [one for one in history.outbox.untold() if one.event.site in mine]  # another configuration may share this history
    told = told_of(untold, shops, reports)
    messages = list(_changes(post, told, words, now))
    busy = {receiver for receiver, _ in messages}
    messages += _quiet(history, post, shops, words, now, busy, reports)
    history.outbox.tell(
        [Waiting(message.id, receiver, now, message.as_json()) for receiver, message in messages],
        [one.event for one in untold],
        now,
    )
    return told


def told_of(untold: Iterable[ToldEvent], shops: Sequence[Shop], reports: Mapping[str, Report]) -> tuple[Told, ...]:
    """Events by site, with the grade before the first and after the last of them."""
    named = {shop.key: shop for shop in shops}
    by_site: dict[str, list[ToldEvent]] = {}
    for one in untold:
        by_site.setdefault(one.event.site, []).append(one)
    return tuple(
        Told(
            key=key,
            name=named[key].name if key in named else key,
            url=named[key].site.url if key in named else f"https://{key}/",
            events=_once(one.event for one in events),
            before=next((one.before for one in events if one.before), None),
            after=next((one.after for one in reversed(events) if one.after), None),
            report=reports.get(key, Report()).link,
            language=reports.get(key, Report()).language,
        )
        for key, events in sorted(by_site.items())
    )


def _changes(post: Post, told: Sequence[Told], words: Words, now: datetime) -> Iterable[tuple[str, Message]]:
    for alert, receivers in post.entries:
        if shops := concerning(alert, told):
            for receiver in receivers:
                yield receiver.fingerprint, changed(receiver.fingerprint, shops, words, now)


def _quiet(
    history: History,
    post: Post,
    shops: Sequence[Shop],
    words: Words,
    now: datetime,
    busy: set[str],
    reports: Mapping[str, Report],
) -> Iterable[tuple[str, Message]]:
    """For those who want it, a week after their last message; the first night too, which proves that messages arrive."""
    for alert, receivers in post.entries:
        mine = [shop for shop in shops if alert.concerns(shop.key)] if alert.weekly else []
        due = [
            receiver for receiver in receivers if mine and receiver.fingerprint not in busy and _quiet_due(history, receiver, now)
        ]
        if due:
            standing = [_standing(history, shop, now, reports.get(shop.key, Report())) for shop in mine]
            for receiver in due:
                busy.add(receiver.fingerprint)
                yield receiver.fingerprint, all_quiet(receiver.fingerprint, standing, words, now)


def _quiet_due(history: History, receiver: Receiver, now: datetime) -> bool:
    last = history.outbox.last_message(receiver.fingerprint, now)
    return last is None or (now.date() - last.date()).days >= QUIET_DAYS


def _standing(history: History, shop: Shop, now: datetime, report: Report) -> Told:
    known = history.known(shop.key)
    problems = {rule for rule, _, finding in known.open_findings if finding.sure and not finding.accepted(now.date())}
    return Told(
        shop.key,
        shop.name,
        shop.site.url,
        after=known.letter(known.rules.keys(), now.date()),
        away=known.away,
        open_count=len(problems),
        report=report.link,
        language=report.language,
    )


def _once(events: Iterable[Event]) -> tuple[Event, ...]:
    by_id = {event.id: event for event in events}
    return tuple(sorted(by_id.values(), key=lambda event: (event.severity.rank, event.at, event.rule, event.subject)))
