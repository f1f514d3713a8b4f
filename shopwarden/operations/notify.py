"""After a night's scans: events that nobody was told of → messages → the outbox → receivers."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from reports.alerts.messages import Message, all_quiet, changed, concerning
from reports.alerts.words import Told, Words
from reports.text.brand import mail_logo_of
from scanner.engine.catalogue import Catalogue
from scanner.history.events import Event, Health, ToldEvent
from scanner.history.outbox import Waiting
from scanner.history.store import History
from scanner.results.grade import PEOPLE
from scanner.settings.errors import BadSettings, dotted
from scanner.settings.models import Agency, Alert, Settings
from shopwarden.delivery.outbox import receivers_of
from shopwarden.delivery.receiver import Receiver
from shopwarden.operations.sites import Shop

QUIET_DAYS = 7
_RUNNERS = frozenset({Health.DATA_TOO_OLD, Health.CHECK_DEAD})
"""What only whoever runs this program can do something about: a client (``report_to``) is not told."""
MOST_PAPER_BYTES = 5_000_000
"""Of a report that is sent along; mail servers take little more."""


@dataclass(frozen=True, slots=True)
class Report:
    """A shop's report, as messages speak of it. link: where it can be read, or "". language: its code. paper: its PDF, for the
    shop's own people (``report_to``). people: whether others may be told what the owner looks after himself.
    """

    link: str = ""
    language: str = "en"
    paper: Path | None = None
    people: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """Whom to tell: each ``[[alert]]`` entry with its receivers, checked; and each shop's own people, as if by an entry."""

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
        told = [(alert, _checked(settings, alert, "alert", number)) for number, alert in enumerate(settings.alert)]
        for number, site in enumerate(settings.site):
            if site.report_to:
                own = Alert(to=site.report_to, sites=(site.url,))
                receivers = _checked(settings, own, "site", number, "report_to")
                own_ones = (replace(one, fingerprint=own_people(one.fingerprint), outside=True) for one in receivers)
                told.append((own, tuple(own_ones)))
        return cls(tuple(told))

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
    people = frozenset(rule.id for rule in catalogue.rules.values() if rule.area == PEOPLE)
    if agency is None:
        return Words(catalogue.articles, escalations=escalations, people=people)
    return Words(catalogue.articles, agency.name, agency.contact or "", escalations, mail_logo_of(agency), people)


def _checked(settings: Settings, alert: Alert, *path: int | str) -> tuple[Receiver, ...]:
    try:
        receivers = receivers_of(alert, settings.folder)
    except BadSettings as error:
        raise BadSettings(f"{settings.place(*path)}: {error}") from error
    return tuple(replace(receiver, label=f"{dotted(path)}, {receiver.label}") for receiver in receivers)


def own_people(fingerprint: str) -> str:
    """Of a receiver that stands in ``report_to``: whoever is told of all shops too gets two messages, and two are marked."""
    return f"own-{fingerprint}"


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
    messages = list(_changes(post, told, words, now, reports))
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


def _changes(
    post: Post, told: Sequence[Told], words: Words, now: datetime, reports: Mapping[str, Report]
) -> Iterable[tuple[str, Message]]:
    outside = tuple(one if reports.get(one.key, Report()).people else _without_people(one, words) for one in told)
    clients = tuple(replace(one, events=tuple(event for event in one.events if event.kind not in _RUNNERS)) for one in outside)
    for alert, receivers in post.entries:
        for receiver in receivers:
            own = receiver.fingerprint.startswith(own_people(""))
            if shops := concerning(alert, clients if own else outside if receiver.outside else told):
                message = changed(receiver.fingerprint, shops, words, now)
                if own:
                    message = replace(message, paper=_paper(reports.get(shops[0].key, Report()).paper))
                yield receiver.fingerprint, message


def _without_people(shop: Told, words: Words) -> Told:
    """Without what its owner looks after himself."""
    return replace(shop, events=tuple(event for event in shop.events if event.rule not in words.people))


def _paper(file: Path | None) -> tuple[str, bytes] | None:
    """A report to be sent along: its name and what it holds; without it the message goes all the same."""
    try:
        content = file.read_bytes() if file is not None else b""
    except OSError:
        return None
    return (file.name, content) if file is not None and 0 < len(content) <= MOST_PAPER_BYTES else None


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
