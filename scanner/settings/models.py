"""``shopwarden.toml`` and the command line's options → frozen settings. An unknown key is an error that names the nearest one.

Precedence: command line, then the site's own entry, then ``[defaults]``, then what stands here.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from scanner.results.result import Accepted
from scanner.rules.rule import Severity
from scanner.scope.target import SERVICES, BadAddress, Target, as_address

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME = "shopwarden.toml"
MOST_BYTES = 5_000_000
_REFERENCE = re.compile(r"\$\{\w+\}|keyring:[^/]+/.+|file:.+")


class BadSettings(Exception):
    """The configuration cannot be used; the text names the file, the key and what to do."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


_AnyCase = BeforeValidator(_lower)


def _language_code(value: str) -> str:
    if not re.fullmatch("[a-z]{2,8}", value):
        raise ValueError(f'{value!r} is no language; write its code, like "pl"')
    return value


class ScanOptions(_Model):
    """Every option of ``scan``, by its long name with underscores. Units: requests a second, seconds, requests, pages."""

    html: Path | None = None
    json_: Annotated[str | None, Field(alias="json")] = None
    sarif: Path | None = None
    junit: Path | None = None
    csv: Path | None = None
    markdown: Path | None = None
    pdf: Path | None = None
    fixes: Path | None = None
    language: Annotated[str, _AnyCase, AfterValidator(_language_code)] = "en"
    rate: Annotated[float, Field(gt=0, le=1000)] = 5.0
    max_requests: Annotated[int, Field(ge=1, le=100_000)] = 400
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 60
    max_time: Annotated[float, Field(ge=1, le=86_400)] = 300.0
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    ca_file: Path | None = None
    resolve: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    allow_private: bool = False
    follow: bool = False
    deep: bool = False
    fail_on: Annotated[Severity | None, _AnyCase] = None
    record: Path | None = None
    database: str | None = None
    no_history: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    @property
    def resolved(self) -> dict[str, tuple[str, ...]]:
        """``--resolve`` as host → addresses."""
        found: dict[str, tuple[str, ...]] = {}
        for entry in self.resolve:
            host, _, address = entry.partition(":")
            found[host.lower()] = (*found.get(host.lower(), ()), address.strip("[]"))
        return found

    @property
    def ports(self) -> dict[str, int]:
        """``--port`` as service → port."""
        return {service: int(number) for service, _, number in (entry.partition("=") for entry in self.port)}

    @field_validator("resolve")
    @classmethod
    def _check_resolve(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            host, colon, address = entry.partition(":")
            if not host or not colon or as_address(address) is None:
                raise ValueError(f"{entry!r} is not HOST:ADDRESS, as in shop.example:192.0.2.7")
        return value

    @field_validator("port")
    @classmethod
    def _check_port(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            service, equals, number = entry.partition("=")
            if not equals or service not in SERVICES:
                known = ", ".join(SERVICES)
                raise ValueError(f"{entry!r} is not SERVICE=N, as in https=8443; services: {known}{_nearest(service, SERVICES)}")
            if not number.isdecimal() or not 0 < int(number) < 65536:
                raise ValueError(f"{entry!r}: the port must be a number from 1 to 65535")
        return value


class BackupSettings(_Model):
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
        if value is not None and not _REFERENCE.fullmatch(value):
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


class AcceptedSettings(_Model):
    """One ``[[site.accepted]]``: a risk the owner accepts until a day."""

    rule: str
    reason: str
    until: date
    subject: str | None = None

    def accepted(self) -> Accepted:
        """As results carry it."""
        return Accepted(self.rule, self.reason, self.until, self.subject)


class Agency(_Model):
    """``[agency]``: whose name stands on the reports."""

    name: str
    logo: Path | None = None
    colour: str | None = None
    contact: str | None = None

    @field_validator("colour")
    @classmethod
    def _six_digits(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError(f'{value!r} is no colour that can be read here; write it like "#2e7d32"')
        return value


class Alert(_Model):
    """One ``[[alert]]``: who is told. to: Apprise addresses. webhook: an address that gets JSON, signed with ``secret``.

    from: the least severity told. sites: addresses or keys (None: all). weekly: also say that all is quiet, after a week without
    a message. ``${NAME}`` anywhere in an address is taken from the environment.
    """

    to: tuple[str, ...] = ()
    webhook: str | None = None
    secret: str | None = None
    from_: Annotated[Severity, _AnyCase, Field(alias="from")] = Severity.MEDIUM
    sites: tuple[str, ...] | None = None
    weekly: bool = False

    @field_validator("secret")
    @classmethod
    def _reference(cls, value: str | None) -> str | None:
        if value is not None and not _REFERENCE.fullmatch(value):
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


class Nightly(_Model):
    """``[nightly]``: how ``batch`` and ``nightly`` run. at_once: shops at the same time. folder: where the reports go.

    heartbeat: an address asked for after each complete run. keep_days: how long scans are kept. unconfirmed_days: after how many
    days without a confirmation an open finding is mentioned.
    """

    at_once: Annotated[int, Field(ge=1, le=256)] = 4
    folder: Path = Path("shopwarden-reports")
    heartbeat: str | None = None
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    unconfirmed_days: Annotated[int, Field(ge=1, le=365)] = 7


class SiteSettings(_Model):
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
        options = {key: value for key, value in data.items() if key in _OPTION_KEYS}
        unknown = set(data) - own - set(options)
        if unknown:
            key = min(unknown)
            raise ValueError(f"unknown key {key!r}{_nearest(key, own | _OPTION_KEYS)}")
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


class Settings(_Model):
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
            if key not in _OPTION_KEYS:
                raise ValueError(f"unknown key {key!r}{_nearest(key, _OPTION_KEYS)}")
        ScanOptions.model_validate(value)
        return value

    def place(self, *path: int | str) -> str:
        """``shopwarden.toml, line 12: alert[1].to`` for a mistake that shows only when a value is used."""
        if self.file is None:
            return _dotted(path)
        try:
            text = self.file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            text = ""
        return f"{self.file}{_line(text, path)}: {_dotted(path)}"

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


_OPTION_KEYS = frozenset(field.alias or name for name, field in ScanOptions.model_fields.items())


def read_settings(file: Path | None) -> Settings:
    """Read a configuration file; without one, ``shopwarden.toml`` in the current folder if it is there. Raises BadSettings."""
    if file is None:
        file = Path(FILE_NAME)
        if not file.exists():
            return Settings()
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadSettings(f"{file}: cannot be read ({reason})") from error
    if len(content) > MOST_BYTES:
        raise BadSettings(f"{file}: is larger than {MOST_BYTES // 1_000_000} MB, which no configuration is")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # besides its own error: numbers and nesting beyond what Python takes
        raise BadSettings(f"{file}: not valid TOML: {error}") from error
    for ours in {"folder", "file"} & set(data):
        raise BadSettings(f"{file}{_line(text, (ours,))}: unknown key {ours!r}")
    try:
        return _placed(Settings.model_validate({**data, "folder": file.resolve().parent, "file": file}))
    except ValidationError as error:
        raise BadSettings(_first(error, str(file), text)) from error


def _placed(settings: Settings) -> Settings:
    """Relative paths start where the file lies."""
    if settings.agency is None or settings.agency.logo is None:
        return settings
    agency = settings.agency.model_copy(update={"logo": settings.folder / settings.agency.logo.expanduser()})
    return settings.model_copy(update={"agency": agency})


def secret(reference: str, folder: Path) -> str:
    """The value behind ``${NAME}``, ``keyring:service/user`` or ``file:PATH``. Raises BadSettings, never with the value."""
    if match := re.fullmatch(r"\$\{(\w+)\}", reference):
        value = os.environ.get(match[1])
        if value is None:
            raise BadSettings(f"the environment has no {match[1]}; set it before the scan, for instance: export {match[1]}=…")
        return value
    if reference.startswith("file:"):
        path = folder / Path(reference.removeprefix("file:")).expanduser()
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise BadSettings(f"{path}: the secret cannot be read ({reason})") from error
    service, _, user = reference.removeprefix("keyring:").partition("/")
    try:
        import keyring
    except ImportError as error:
        raise BadSettings("keyring: secrets need the extra: pip install 'shopwarden[secrets]'") from error
    found = keyring.get_password(service, user)
    if found is None:
        raise BadSettings(f"the keyring has no password for {service}/{user}")
    return str(found)


def is_reference(value: str) -> bool:
    """Whether a value as a whole stands for a secret elsewhere."""
    return _REFERENCE.fullmatch(value) is not None


def expanded(address: str, folder: Path) -> str:
    """An address with its secrets in place: one that is a reference as a whole, or holds ``${NAME}``. Raises BadSettings."""
    if is_reference(address):
        return secret(address, folder)
    return re.sub(r"\$\{\w+\}", lambda match: quote(secret(match[0], folder), safe=""), address)


def _site_key(site: str) -> str:
    try:
        return Target.of(site).key
    except BadAddress as error:
        raise ValueError(str(error)) from error


def _nearest(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _first(error: ValidationError, where: str, text: str = "") -> str:
    """The first problem as one sentence: file, line where it can be found, key's path, what is wrong."""
    problem = error.errors()[0]
    path = tuple(part for part in problem["loc"] if part != "options")
    message = what_is_wrong(problem)
    if problem["type"] == "extra_forbidden":
        parent: dict[str, type[BaseModel]] = {
            "alert": Alert,
            "agency": Agency,
            "nightly": Nightly,
            "backup": BackupSettings,
            "accepted": AcceptedSettings,
        }
        names = [part for part in path if isinstance(part, str)]
        model = parent.get(names[-2], Settings) if len(names) > 1 else Settings
        known = [field.alias or name for name, field in model.model_fields.items() if not field.exclude]
        message = f"unknown key {names[-1]!r}{_nearest(names[-1], known)}"
    quoted = re.search(r"unknown key '([^']+)'", message)
    keys = tuple(path) + ((quoted[1],) if quoted and (not path or path[-1] != quoted[1]) else ())
    return f"{where}{_line(text, keys)}: {_dotted(path)}{': ' if path else ''}{message}"


_WRONG = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "path_type": "must be text in quotes",
    "tuple_type": 'must be a list, like ["…"]',
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
}
"""Our words for pydantic's types of errors."""
_SEVERAL = ("site", "alert", "backup", "accepted")


def what_is_wrong(problem: ErrorDetails) -> str:
    """The end of a sentence that begins with the key."""
    kind, names = problem["type"], [part for part in problem["loc"] if isinstance(part, str) and part != "options"]
    if kind in {"tuple_type", "model_type", "model_attributes_type", "dict_type"} and names:
        table = ".".join(names)
        if names[-1] in _SEVERAL:
            return f"must be a table of its own below the heading [[{table}]], in double brackets"
        if kind != "tuple_type":
            return f"must be a table below the heading [{table}], in single brackets"
    if kind.startswith("date_"):
        return "must be a day, like 2027-04-30"
    if kind in _WRONG:
        return _WRONG[kind].format_map(problem.get("ctx", {}))
    return problem["msg"].removeprefix("Value error, ")


def _dotted(path: tuple[int | str, ...]) -> str:
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else ("." if words else "") + part
    return words


def _line(text: str, path: tuple[int | str, ...]) -> str:
    """``, line N`` of the last key of a path, where it can be found by walking the tables; else nothing."""
    start, lines = 0, text.splitlines()
    names = [part for part in path if isinstance(part, str)]
    for i, part in enumerate(path):
        if isinstance(part, int) and i:
            heading = re.compile(
                r"\s*\[\[\s*" + r"\s*\.\s*".join(map(re.escape, [p for p in path[:i] if isinstance(p, str)])) + r"\s*\]\]"
            )
            seen = [n for n, line in enumerate(lines) if heading.match(line) and n >= start]
            if part < len(seen):
                start = seen[part]
        elif isinstance(part, str) and (i + 1 == len(path) or isinstance(path[i + 1], str)):
            table = re.compile(r"\s*\[\s*" + re.escape(part) + r"\s*\]")
            start = next((n for n, line in enumerate(lines) if n >= start and table.match(line)), start)
    if names:
        key = re.compile(r"\s*\[*\s*[\"']?" + re.escape(names[-1]) + r"\b")
        for number, line in enumerate(lines[start:], start + 1):
            if key.match(line):
                return f", line {number}"
    return ""
