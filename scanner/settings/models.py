"""What ``shopwarden.toml`` holds, as frozen values. An unknown key is an error that names the nearest one.

``docs/configuration.md`` and the schema for editors are made from these models: from the text below each key, and its example.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from scanner.results.result import Accepted
from scanner.rules.rule import Severity
from scanner.scope.target import BadAddress, Target, ascii_name
from scanner.settings.errors import BadSettings, dotted, line_of, nearest, what_is_wrong
from scanner.settings.options import OPTION_KEYS, AnyCase, Model, ScanOptions
from scanner.settings.owner import (
    AccountSettings,
    BreachSettings,
    PersonSettings,
    RecordsSettings,
    ReviewSettings,
    once,
)
from scanner.settings.places import PlaceSettings
from scanner.settings.secrets import is_reference


class BackupSettings(PlaceSettings):
    """One ``[[site.backup]]``: a place where backups of this shop lie. max_age in days once it is read."""

    kind: Literal["database", "site"]
    """What these backups hold: ``database`` or ``site`` (the shop's files). A shop should have both.
    Example: "database"
    """
    max_age: float | None = None
    """How old the newest may be: hours, days or weeks; a plain number is days. Left out: 7 days for a database, 31 for files.
    Example: "26h"
    """

    @field_validator("max_age", mode="before")
    @classmethod
    def _days(cls, value: Any) -> Any:
        if isinstance(value, str):
            match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(h|d|w)", value.strip())
            if not match:
                raise ValueError(f'{value!r} is no age; write it like "26h", "7d" or "2w"')
            return float(match[1]) * {"h": 1 / 24, "d": 1, "w": 7}[match[2]]
        return value


class LetterSettings(Model):
    """One ``[[site.letter]]``: where newsletters or order mails are kept. Each night looks at the newest one there."""

    location: str
    """A mailbox (mbox), a Maildir, or a folder of .eml files on this computer.
    Example: "~/Mail/newsletters"
    """
    pattern: str | None = None
    """What the files in a folder are called like, with ``*`` and ``?``. Left out: as mail programs call them.
    Example: "*.eml"
    """
    authserv_id: str | None = None
    """The mail host of that mailbox, as its ``Authentication-Results`` begin: what it says of the sender is believed.
    Example: "mx.mailhost.example"
    """

    @field_validator("location")
    @classmethod
    def _here(cls, value: str) -> str:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", value) or not value.strip():
            raise ValueError(f"{value!r} is no place on this computer; give a folder or a mailbox file")
        return value


class AcceptedSettings(Model):
    """One ``[[site.accepted]]``: a risk the owner accepts until a day."""

    rule: str
    """The rule, as ``shopwarden rules`` lists it.
    Example: "ssh-password-login"
    """
    reason: str
    """Why it is accepted; stands in every report.
    Example: "Key login planned for spring"
    """
    until: date
    """The last day on which it is accepted; then it counts again, and the next message says so. Example: 2027-03-31"""
    subject: str | None = None
    """What exactly is accepted, as the report names it. Left out: everything that the rule finds.
    Example: "ssh:22"
    """

    def accepted(self) -> Accepted:
        """As results carry it."""
        return Accepted(self.rule, self.reason, self.until, self.subject)


class Agency(Model):
    """``[agency]``: whose name stands on the reports."""

    name: str
    """The name on reports, overview and messages.
    Example: "Harbour Web"
    """
    logo: Path | None = None
    """A PNG, JPEG or SVG of at most 200 KB, from this file's folder; it stands on pages, PDF and (no SVG there) mails.
    Example: "logo.svg"
    """
    colour: str | None = None
    """The colour of headings: ``#`` and six digits.
    Example: "#0b6e4f"
    """
    contact: str | None = None
    """A mail or web address for clients.
    Example: "care@harbourweb.example"
    """
    report_url: str | None = None
    """What messages link to: the address of the folder of reports on the web, ``{file}`` for a report's name.
    Example: "https://reports.harbourweb.example/{file}"
    """

    @field_validator("report_url")
    @classmethod
    def _for_a_file(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s<>\"`\\{}]+\{file\}[^\s<>\"`\\{}]*", value, re.ASCII):
            raise ValueError(f'{value!r} leads to no report; write it like "https://reports.agency.example/{{file}}"')
        return value

    @field_validator("colour")
    @classmethod
    def _six_digits(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError(f'{value!r} is no colour that can be read here; write it like "#2e7d32"')
        return value


class Alert(Model):
    """One ``[[alert]]``: who is told what changed. ``${NAME}`` anywhere in an address is taken from the environment."""

    to: tuple[str, ...] = ()
    """Addresses of [Apprise](https://github.com/caronc/apprise): mail, Slack, Teams and many more; need the extra ``notify``.
    Example: ["mailtos://robot:${SMTP_PASSWORD}@mail.harbourweb.example/?from=robot@harbourweb.example&to=care@harbourweb.example"]
    """
    webhook: str | None = None
    """An address that gets JSON, signed with ``secret``.
    Example: "https://desk.harbourweb.example/hooks/shopwarden"
    """
    secret: str | None = None
    """What the webhook's messages are signed with: never itself, only where it is to be had.
    Example: "${HOOK_SECRET}"
    """
    from_: Annotated[Severity, AnyCase, Field(alias="from")] = Severity.MEDIUM
    """The least severity told.
    Example: "high"
    """
    sites: tuple[str, ...] | None = None
    """The shops that this entry is about, by address or key. Left out: all. Example: ["petalandstem.example"]"""
    weekly: bool = False
    """Also say that all is quiet, after a week without a message; the first night too, as a test. Example: true"""

    @field_validator("secret")
    @classmethod
    def _reference(cls, value: str | None) -> str | None:
        if value is not None and not is_reference(value):
            raise ValueError(
                "a secret is never written in this file; use ${NAME} from the environment, keyring:service/user or file:PATH"
            )
        return value

    @field_validator("webhook")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://.|\$\{\w+\}", value):
            raise ValueError(f"{value!r} is no web address; a webhook begins with https://")
        return value

    @field_validator("sites")
    @classmethod
    def _keys(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(_site_key(site) for site in value)

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.to and self.webhook is None:
            raise ValueError('an alert needs somebody to tell: give to = ["mailto://…"] or webhook = "https://…"')
        if (self.webhook is None) != (self.secret is None):
            raise ValueError("webhook and secret go together: what is sent is signed")
        return self

    def concerns(self, site: str) -> bool:
        """Whether this entry speaks of the site with this key."""
        return self.sites is None or site in self.sites


class Readers(StrEnum):
    """Who may read the files of a folder of reports."""

    OWNER = "owner"
    GROUP = "group"
    ALL = "all"

    @property
    def mode(self) -> int:
        """A file's permissions."""
        return {"owner": 0o600, "group": 0o640, "all": 0o644}[self]

    @property
    def folder_mode(self) -> int:
        """A folder's: whoever may read the files may open it."""
        return self.mode | (self.mode & 0o444) >> 2


class Nightly(Model):
    """``[nightly]``: how ``batch`` and ``nightly`` run."""

    at_once: Annotated[int, Field(ge=1, le=256)] = 4
    """Shops at the same time. Example: 8"""
    processes: Annotated[int, Field(ge=1, le=256)] | None = None
    """Processes that share them; left out: as many as the computer has processors, if there are shops enough. Example: 2"""
    folder: Path = Path("shopwarden-reports")
    """Where the reports and the overview go, from this file's folder.
    Example: "/srv/reports"
    """
    readable_by: Annotated[Readers, AnyCase] = Readers.OWNER
    """Who may read the reports there: you alone, your group, or everybody on this computer (as a web server needs it).
    Example: "group"
    """
    heartbeat: str | None = None
    """An address that is asked for after each complete night, for a dead-man's switch.
    Example: "${HEARTBEAT}"
    """
    long_tail: Annotated[int, Field(ge=0, le=1000)] = 40
    """How many names of the long list ``nightly`` asks each shop for, besides the usual ones; 0: none. Example: 80"""
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    """How many days scans are kept in the history. Example: 400"""
    unconfirmed_days: Annotated[int, Field(ge=1, le=365)] = 7
    """After how many days without a confirmation an open problem is mentioned. Example: 14"""


class MailSettings(Model):
    """One ``[[site.mail]]``: a domain that the shop's mail goes by."""

    domain: str
    """The domain behind the ``@``.
    Example: "petalandstem.example"
    """
    selectors: tuple[str, ...] = ()
    """The names of its DKIM keys, as the mail host's pages or a sent letter (``s=`` in its DKIM-Signature) show them.
    Example: ["mail2026"]
    """
    sends: bool = True
    """Whether anybody writes in its name; ``false`` for a domain that is only there. Example: false"""
    from_: Annotated[tuple[str, ...], Field(alias="from")] = ()
    """Addresses that the shop writes from at other domains, which are looked at too.
    Example: ["news@letters.petalandstem.example"]
    """

    @property
    def domains(self) -> tuple[str, ...]:
        """The domain, and those of its senders' addresses."""
        return tuple(dict.fromkeys((self.domain, *(_domain(one.rpartition("@")[2]) for one in self.from_))))

    @field_validator("domain")
    @classmethod
    def _name(cls, value: str) -> str:
        return _domain(value)

    @field_validator("selectors")
    @classmethod
    def _labels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", one):
                raise ValueError(f"{one!r} is no name of a DKIM key; it is what stands before ._domainkey, like mail2026")
        return tuple(one.lower() for one in value)

    @field_validator("from_")
    @classmethod
    def _senders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            local, _, domain = one.rpartition("@")
            if not local:
                raise ValueError(f"{one!r} is no mail address")
            _domain(domain)
        return value


class SiteSettings(Model):
    """One ``[[site]]``: a shop. ``options``: what it says over ``[defaults]``."""

    url: str
    """The shop's address; a shop in a folder keeps its path.
    Example: "https://petalandstem.example"
    """
    name: str | None = None
    """What people call it.
    Example: "Petal & Stem"
    """
    also: tuple[str, ...] = ()
    """Further addresses of the same shop, looked at with it. Example: ["https://blog.petalandstem.example"]"""
    authorised_by: str = ""
    """Who allowed the scans; stands on the report.
    Example: "J. Stem, contract of 2026-03-01"
    """
    report_to: tuple[str, ...] = ()
    """Addresses of Apprise, as ``to`` of ``[[alert]]``: the shop's own people, told of their shop alone, in its language; by mail
    with the report as PDF.
    Example: ["mailtos://robot:${SMTP_PASSWORD}@mail.harbourweb.example/?from=robot@harbourweb.example&to=jo@petals.example"]
    """
    mail: tuple[MailSettings, ...] = ()
    mail_off: bool = Field(default=False, exclude=True)
    backup: tuple[BackupSettings, ...] = ()
    accepted: tuple[AcceptedSettings, ...] = ()
    review: tuple[ReviewSettings, ...] = ()
    account: tuple[AccountSettings, ...] = ()
    person: tuple[PersonSettings, ...] = ()
    records: tuple[RecordsSettings, ...] = ()
    breach: BreachSettings | None = None
    letter: tuple[LetterSettings, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        mail = data.get("mail", ())
        if isinstance(mail, str) and mail != "off":
            raise ValueError(f'mail = {mail!r} is not known; say mail = "off", or name domains by [[site.mail]]')
        own = set(cls.model_fields) - {"options", "mail_off"}
        options = {key: value for key, value in data.items() if key in OPTION_KEYS}
        unknown = set(data) - own - set(options)
        if unknown:
            key = min(unknown)
            raise ValueError(f"unknown key {key!r}{nearest(key, own | OPTION_KEYS)}")
        kept = {key: value for key, value in data.items() if key in own} | {"options": options}
        return kept | {"mail": (), "mail_off": True} if mail == "off" else kept

    @field_validator("options")
    @classmethod
    def _valid(cls, value: dict[str, Any]) -> dict[str, Any]:
        ScanOptions.model_validate(value)
        return value

    @field_validator("review", "account", "person")
    @classmethod
    def _once(cls, value: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        once((entry.name for entry in value), str(info.field_name))
        return value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            Target.of(value)
        except BadAddress as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("also")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            _site_key(one)
        return value


class Settings(Model):
    """The whole file. ``folder``: where relative paths start. ``file``: None where there is none."""

    defaults: dict[str, Any] = Field(default_factory=dict)
    agency: Agency | None = None
    alert: tuple[Alert, ...] = ()
    nightly: Nightly = Field(default_factory=Nightly)
    breach: BreachSettings | None = None
    site: tuple[SiteSettings, ...] = ()
    folder: Path = Field(default_factory=Path, exclude=True)
    file: Path | None = Field(default=None, exclude=True)

    @field_validator("defaults")
    @classmethod
    def _known(cls, value: dict[str, Any]) -> dict[str, Any]:
        for key in sorted(value):
            if key not in OPTION_KEYS:
                raise ValueError(f"unknown key {key!r}{nearest(key, OPTION_KEYS)}")
        ScanOptions.model_validate(value)
        return value

    def place(self, *path: int | str) -> str:
        """``shopwarden.toml, line 12: alert[1].to`` for a mistake that shows only when a value is used."""
        if self.file is None:
            return dotted(path)
        try:
            text = self.file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            text = ""
        return f"{self.file}{line_of(text, path)}: {dotted(path)}"

    def site_for(self, target: Target) -> SiteSettings | None:
        """The site's own entry, found by its key."""
        return next((site for site in self.site if Target.of(site.url).key == target.key), None)

    def with_defaults(self, site: SiteSettings | None) -> SiteSettings | None:
        """A site's entry, with what stands at the top of the file for all."""
        if site is None or site.breach is not None or self.breach is None:
            return site
        return site.model_copy(update={"breach": self.breach})

    def options_for(self, site: SiteSettings | None, given: dict[str, Any]) -> ScanOptions:
        """Options by precedence. given: what the command line says. Raises BadSettings."""
        merged = {**self.defaults, **(site.options if site else {}), **given}
        try:
            return ScanOptions.model_validate(merged)
        except ValidationError as error:
            problem = error.errors()[0]  # of the command line: the file was checked when it was read
            option = str(problem["loc"][0]).replace("_", "-")
            raise BadSettings(f"--{option}: {what_is_wrong(problem)}") from error


def _domain(value: str) -> str:
    """Raises ValueError."""
    try:
        name = ascii_name(value.rstrip("."))
    except BadAddress as error:
        raise ValueError(str(error)) from error
    if not re.fullmatch(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}", name):
        raise ValueError(f"{value!r} is no domain; write it like petalandstem.example")
    return name


def _site_key(site: str) -> str:
    try:
        return Target.of(site).key
    except BadAddress as error:
        raise ValueError(str(error)) from error
