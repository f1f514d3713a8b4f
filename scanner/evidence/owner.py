"""What the owner keeps about what only people can look after: what his configuration says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Review:
    """Something that is looked after again and again.

    every: how often, as it is written (``31d``). done: when it was done last, None: never. due: the day on which it is to be done
    again; None where it never was. by: who did it.
    """

    name: str
    every: str
    done: date | None = None
    due: date | None = None
    by: str = ""

    def days_left(self, today: date) -> int:
        """Until it is due; 0 and less: it is. What was never done is due today."""
        return (self.due - today).days if self.due is not None else 0


@dataclass(frozen=True, slots=True)
class Account:
    """Something that one logs in to. people: who can. second_factor: None:
    nobody wrote it down."""

    name: str
    where: str = ""
    people: tuple[str, ...] = ()
    second_factor: bool | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for the shop, or did: left is the last day."""

    name: str
    left: date | None = None

    def gone(self, today: date) -> bool:
        """Whether the last day has come."""
        return self.left is not None and self.left <= today


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody of the breach team."""

    name: str
    phone: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class OwnersRecord:
    """What the configuration says. Names of people are spelt as at the accounts, where two spellings are one person's.

    records: the places of records, as BackupPlace shows locations. team: who acts after a breach; None where nothing is said.
    """

    GIVEN_BY_THE_OWNER: ClassVar[bool] = True
    KNOWN_WHOLE: ClassVar[bool] = True
    """What it does not name is not there: an account that was deleted is no account that could not be looked at."""

    gathered_at: datetime
    reviews: tuple[Review, ...] = ()
    accounts: tuple[Account, ...] = ()
    persons: tuple[Person, ...] = ()
    records: tuple[str, ...] = ()
    team: tuple[TeamMember, ...] | None = None
    regulator: str = ""

    @property
    def today(self) -> date:
        """The day of looking, where that was."""
        return self.gathered_at.date()

    @property
    def empty(self) -> bool:
        """Whether nothing at all is kept."""
        return self.team is None and not (self.reviews or self.accounts or self.persons or self.records)

    @property
    def nameless(self) -> OwnersRecord:
        """For others' eyes: each person is a number, and telephone numbers are hidden. Rules say the same of it."""
        names = (*(one for account in self.accounts for one in account.people), *(one.name for one in self.persons))
        called = {name: f"person {number}" for number, name in enumerate(dict.fromkeys((*names, *self._team_names)), 1)}
        team = tuple(TeamMember(called[one.name], HIDDEN if one.phone else "", one.role) for one in self.team or ())
        return replace(
            self,
            reviews=tuple(replace(one, by="") for one in self.reviews),
            accounts=tuple(replace(one, people=tuple(called[name] for name in one.people)) for one in self.accounts),
            persons=tuple(replace(one, name=called[one.name]) for one in self.persons),
            team=None if self.team is None else team,
        )

    @property
    def _team_names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.team or ())

    def leavers(self, account: Account) -> tuple[Person, ...]:
        """Who has left and can still log in there, the first first."""
        gone = {person.name: person for person in self.persons if person.gone(self.today)}
        return tuple(sorted((gone[name] for name in account.people if name in gone), key=lambda one: (str(one.left), one.name)))

    def reached_by(self, name: str) -> tuple[Account, ...]:
        """The accounts that a person can log in to."""
        return tuple(account for account in self.accounts if name in account.people)
