"""What ``shopwarden.toml`` holds, as frozen values. An unknown key is an error that names the nearest one."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from scanner.results.result import Accepted
from scanner.rules.rule import Severity
from scanner.scope.target import BadAddress, Target
from scanner.settings.errors import BadSettings, dotted, line_of, nearest, what_is_wrong
from scanner.settings.options import OPTION_KEYS, AnyCase, Model, ScanOptions
from scanner.settings.secrets import is_reference


class BackupSettings(Model):
    """One ``[[site.backup]]``.

    location: a folder, ``sftp://``, ``ftps://`` or ``webdavs://`` ``user@host[:port]/folder``, ``s3://key@bucket/folder?endpoint=…``,
    or the ``https://`` address of a heartbeat. max_age in days.
    """

    kind: Literal["database", "site"]
    location: str
    pattern: str | None = None
    key_file: Path | None = None
    password: str | None = None
    known_hosts: Path | None = None
    max_age: float | None = None

    @field_validator("max_age", mode="before")
    @classmethod
    def _days(cls, value: Any) -> Any:
        if isinstance(value, str):
            match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(h|d|w)", value.strip())
            if not match:
                raise ValueError(f'{value!r} is no age; write it like "26h", "7d" or "2w"')
            return float(match[1]) * {"h": 1 / 24, "d": 1, "w": 7}[match[2]]
        return value

    @field_validator("password")
    @classmethod
    def _reference(cls, value: str | None) -> str | None:
        if value is not None and not is_reference(value):
            raise ValueError(
                "a password is never written in this file; use ${NAME} from the environment, keyring:service/user or file:PATH"
            )
        return value

    @field_validator("location")
    @classmethod
    def _no_password(cls, value: str) -> str:
        if re.match(r"\w+://[^/@]*:[^/@]*@", value):
            raise ValueError('the location holds a password; leave it out and use password = "${NAME}" or key_file')
        return value


class AcceptedSettings(Model):
    """One ``[[site.accepted]]``: a risk the owner accepts until a day."""

    rule: str
    reason: str
    until: date
    subject: str | None = None

    def accepted(self) -> Accepted:
        """As results carry it."""
        return Accepted(self.rule, self.reason, self.until, self.subject)


class Agency(Model):
    """``[agency]``: whose name stands on the reports.

    report_url: what messages link to: the address that the folder of reports has on the web, with ``{file}`` for a report's name.
    """

    name: str
    logo: Path | None = None
    colour: str | None = None
    contact: str | None = None
    report_url: str | None = None

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
    """One ``[[alert]]``: who is told. to: Apprise addresses. webhook: an address that gets JSON, signed with ``secret``.

    from: the least severity told. sites: addresses or keys (None: all). weekly: also say that all is quiet, after a week without
    a message. ``${NAME}`` anywhere in an address is taken from the environment.
    """

    to: tuple[str, ...] = ()
    webhook: str | None = None
    secret: str | None = None
    from_: Annotated[Severity, AnyCase, Field(alias="from")] = Severity.MEDIUM
    sites: tuple[str, ...] | None = None
    weekly: bool = False

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


class Nightly(Model):
    """``[nightly]``: how ``batch`` and ``nightly`` run. at_once: shops at the same time. folder: where the reports go.

    heartbeat: an address asked for after each complete run. keep_days: how long scans are kept. unconfirmed_days: after how many
    days without a confirmation an open finding is mentioned.
    """

    at_once: Annotated[int, Field(ge=1, le=256)] = 4
    folder: Path = Path("shopwarden-reports")
    heartbeat: str | None = None
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    unconfirmed_days: Annotated[int, Field(ge=1, le=365)] = 7


class SiteSettings(Model):
    """One ``[[site]]``. ``options``: what it says over ``[defaults]``."""

    url: str
    name: str | None = None
    also: tuple[str, ...] = ()
    authorised_by: str = ""
    backup: tuple[BackupSettings, ...] = ()
    accepted: tuple[AcceptedSettings, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        own = set(cls.model_fields) - {"options"}
        options = {key: value for key, value in data.items() if key in OPTION_KEYS}
        unknown = set(data) - own - set(options)
        if unknown:
            key = min(unknown)
            raise ValueError(f"unknown key {key!r}{nearest(key, own | OPTION_KEYS)}")
        return {**{key: value for key, value in data.items() if key in own}, "options": options}

    @field_validator("options")
    @classmethod
    def _valid(cls, value: dict[str, Any]) -> dict[str, Any]:
        ScanOptions.model_validate(value)
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

    def options_for(self, site: SiteSettings | None, given: dict[str, Any]) -> ScanOptions:
        """Options by precedence. given: what the command line says. Raises BadSettings."""
        merged = {**self.defaults, **(site.options if site else {}), **given}
        try:
            return ScanOptions.model_validate(merged)
        except ValidationError as error:
            problem = error.errors()[0]  # of the command line: the file was checked when it was read
            option = str(problem["loc"][0]).replace("_", "-")
            raise BadSettings(f"--{option}: {what_is_wrong(problem)}") from error


def _site_key(site: str) -> str:
    try:
        return Target.of(site).key
    except BadAddress as error:
        raise ValueError(str(error)) from error
