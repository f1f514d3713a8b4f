"""What the owner looks after himself, in the reader's language: the chapter of his own page, and of his terminal.

Persons are named here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.i18n.language import Language, Said
from reports.i18n.reviews import review_words
from scanner.evidence import Account, OwnersRecord, Review, TeamMember
from scanner.text.sanitize import sanitize


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review. when: when it is due; last: when it was done, or "". days: until then, 0 and less where it is due."""

    name: str
    title: str
    when: str
    last: str
    days: int
    why: str = ""
    how: tuple[str, ...] = ()
    who: str = ""

    @property
    def due(self) -> bool:
        """Whether it is."""
        return self.days <= 0


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who left, and what that person can still reach."""

    who: str
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class OwnerView:
    """The chapter. reviews: those that are due first. summary: in one sentence. team: None where nobody is written down."""

    heading: str
    summary: str
    empty: bool
    reviews: tuple[ReviewRow, ...] = ()
    leavers: tuple[Leaver, ...] = ()
    bare: tuple[str, ...] = ()
    team: tuple[TeamMember, ...] = ()
    regulator: str = ""


def owner_view(record: OwnersRecord, language: Language) -> OwnerView:
    """Everything in it is plain text, to be escaped by who writes it."""
    heading = language.say("reviews.heading")
    if record.empty:
        return OwnerView(heading, language.say("reviews.nothing"), empty=True)
    rows = sorted((_row(one, record, language) for one in record.reviews), key=lambda row: (row.days, row.name))
    return OwnerView(
        heading,
        _summary(rows, language),
        empty=False,
        reviews=tuple(rows),
        leavers=_leavers(record, language),
        bare=tuple(_plain(account.name) for account in record.accounts if account.second_factor is False),
        team=tuple(TeamMember(_plain(one.name), _plain(one.phone), _plain(one.role)) for one in record.team or ()),
        regulator=language.say("reviews.regulator", name=_plain(record.regulator)) if record.regulator else "",
    )


def _summary(rows: list[ReviewRow], language: Language) -> str:
    due = sum(row.due for row in rows)
    words = [language.count("reviews.due", due) if due else language.say("reviews.none_due")] if rows else []
    if ahead := [row for row in rows if not row.due]:
        words.append(language.say("reviews.next", title=ahead[0].title, when=ahead[0].when))
    return " ".join(words)


def _row(review: Review, record: OwnersRecord, language: Language) -> ReviewRow:
    known = review_words(language.code).get(review.name)
    return ReviewRow(
        _plain(review.name),
        known.title if known else _plain(review.name),
        _when(review, record, language),
        _last(review, language),
        review.days_left(record.today),
        known.why if known else "",
        known.how if known else (),
        language.say("reviews.who", who=known.who) if known else "",
    )


def _when(review: Review, record: OwnersRecord, language: Language) -> Said:
    days = review.days_left(record.today)
    if review.due is None:
        return language.say("reviews.never")
    if not days:
        return language.say("reviews.due_today")
    key = "reviews.due_since" if days < 0 else "reviews.in_days"
    return language.count(key, abs(days), day=language.day(review.due))


def _last(review: Review, language: Language) -> str:
    if review.done is None:
        return ""
    day = language.day(review.done)
    return language.say("reviews.last_by", day=day, who=_plain(review.by)) if review.by else language.say("reviews.last", day=day)


def _leavers(record: OwnersRecord, language: Language) -> tuple[Leaver, ...]:
    gone = [person for person in record.persons if person.gone(record.today)]
    return tuple(
        Leaver(language.say("reviews.left", name=_plain(person.name), day=language.day(person.left or record.today)), accounts)
        for person in sorted(gone, key=lambda one: (str(one.left), one.name))
        if (accounts := tuple(Account(_plain(one.name), _plain(one.where)) for one in record.reached_by(person.name)))
    )


def _plain(text: str) -> str:
    return sanitize(text, 300)
