"""What only people can look after, as dated facts in the configuration: reviews, accounts, persons, records, the breach team."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from scanner.settings.errors import nearest
from scanner.settings.options import Model
from scanner.settings.places import PlaceSettings
from scanner.settings.regulators import regulators
from scanner.text.durations import Duration


def _duration(value: object) -> object:
    """As it is kept: ``31d``. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:g}"
    return str(Duration.of(value)) if isinstance(value, str) else value


def _some(value: str) -> str:
    if not value:
        raise ValueError("is empty")
    if any(unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} for one in value):
        raise ValueError("holds a character that cannot be seen")
    return value


Name = Annotated[str, Field(max_length=120), AfterValidator(_some)]
Written = Annotated[str, BeforeValidator(_duration), Field(json_schema_extra={"pattern": r"^\s*\d{1,5}\s*[hdwmy]\s*$"})]


def same(name: str) -> str:
    """Two spellings of one name are the same by this."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def once(names: Iterable[str], what: str) -> None:
    """Raises ValueError for a name that two entries have."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.get(same(name))
        if other is not None:
            also = "" if other == name else f" (once as {other!r})"
            raise ValueError(f"two entries of [[site.{what}]] are called {name!r}{also}; each name stands once")
        seen[same(name)] = name


@dataclass(frozen=True, slots=True)
class UsualReview:
    """One of the reviews that small shops usually do. every: how often. fits: what a shop must have for it; "" for all."""

    name: str
    every: str
    fits: str


@cache
def usual_reviews() -> Mapping[str, UsualReview]:
    """By name, in the order of the file."""
    return {one.name: one for one in map(_usual, _table())}


def _usual(entry: Mapping[str, str]) -> UsualReview:
    return UsualReview(entry["name"], entry["every"], entry.get("fits", ""))


def _table() -> list[Mapping[str, str]]:
    text = files("scanner.settings").joinpath("reviews.toml").read_text(encoding="utf-8")
    table: list[Mapping[str, str]] = tomllib.loads(text)["review"]
    return table


class ReviewSettings(Model):
    """One ``[[site.review]]``: something that people look after, again and again. ``every`` is never empty once it is read."""

    name: Name
    """What is looked after: one of those that ``shopwarden reviews suggest`` lists, or one of your own.
    Example: "ftp-password"
    """
    every: Written = ""
    """How often: hours, days, weeks, months or years. Left out: as usual, for those that are usual.
    Example: "31d"
    """
    done: date | None = None
    """When it was done last; ``shopwarden reviews done`` writes it. Example: 2026-11-02"""
    by: Annotated[str, Field(max_length=120)] = ""
    """Who did it.
    Example: "A. Stem"
    """

    @model_validator(mode="before")
    @classmethod
    def _as_usual(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "every" in data or not isinstance(name := data.get("name"), str):
            return data
        usual = usual_reviews()
        if name.strip() not in usual:
            raise ValueError(f'{name[:60]!r} is no usual review, so say how often: every = "3m"{nearest(name, usual)}')
        return {**data, "every": usual[name.strip()].every}


class AccountSettings(Model):
    """One ``[[site.account]]``: something that one logs in to, and who can."""

    name: Name
    """What it is. No person's name: it stands in reports.
    Example: "Shop administration"
    """
    where: Annotated[str, Field(max_length=500)] = ""
    """Where one logs in.
    Example: "https://petalandstem.example/admin"
    """
    people: tuple[Name, ...] = ()
    """Who can. Example: ["A. Stem", "B. Root"]"""
    second_factor: bool | None = None
    """Whether it asks for more than a password; left out, that is not known. Example: true"""

    @field_validator("people")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        seen: set[str] = set()
        for name in value:
            if same(name) in seen:
                raise ValueError(f"{name!r} stands here twice")
            seen.add(same(name))
        return value


class PersonSettings(Model):
    """One ``[[site.person]]``: somebody who works for the shop, or did."""

    name: Name
    """As it stands at the accounts.
    Example: "B. Root"
    """
    left: date | None = None
    """The last day; it may lie ahead. From then on no account should have this person. Example: 2026-10-31"""


class RecordsSettings(PlaceSettings):
    """One ``[[site.records]]``: a place where chat logs, exports or order mails are kept."""

    keep: Written = ""
    """How long they may be kept: hours, days, weeks, months or years. Left out: their age is not looked at.
    Example: "2y"
    """


class TeamMember(Model):
    """Somebody of the breach team."""

    name: Name
    """Who it is.
    Example: "A. Stem"
    """
    phone: Annotated[str, Field(max_length=120)] = ""
    """How to reach him at night.
    Example: "+44 20 7946 0000"
    """
    role: Annotated[str, Field(max_length=120)] = ""
    """What he does then.
    Example: "decides"
    """


class BreachSettings(Model):
    """``[site.breach]``, or ``[breach]`` for all shops: who does what when data were stolen."""

    team: tuple[TeamMember, ...] = ()
    regulator: Annotated[str, Field(max_length=60)] = ""
    """Whom to tell: the authority for data protection, as ``shopwarden kit`` calls it.
    Example: "uk-ico"
    """

    @field_validator("regulator")
    @classmethod
    def _known(cls, value: str) -> str:
        key = value.lower()
        if key and key not in regulators():
            raise ValueError(
                f"{value!r} is no authority that is known here (docs/regulators.md lists them){nearest(key, regulators())}"
            )
        return key

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        seen: set[str] = set()
        for one in self.team:
            if same(one.name) in seen:
                raise ValueError(f"{one.name!r} stands in the team twice")
            seen.add(same(one.name))
        return self
