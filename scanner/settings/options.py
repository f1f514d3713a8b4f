"""Every option of a scan, as ``[defaults]``, a ``[[site]]`` and the command line may give it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from scanner.rules.rule import Severity
from scanner.scope.target import SERVICES, BadAddress, as_address, ascii_name
from scanner.settings.errors import nearest


class Cell(str):
    """The text of a spreadsheet's cell: it stands for a number, or for true or false, where one belongs."""

    __slots__ = ()


_PLAIN: dict[object, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "must be true or false"),
    int: ((int, float), "must be a whole number"),
    float: ((int, float), "must be a number"),
}
"""What a value may be in TOML, by its type here, and what is said of others."""


class Model(BaseModel):
    """Frozen, and closed: an unknown key is an error, and so is a text where a number belongs, or true and false."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_other_type(cls, value: object, info: ValidationInfo) -> object:
        wanted = cls.model_fields[info.field_name or ""].annotation
        if wanted in _PLAIN and not isinstance(value, Cell):
            allowed, said = _PLAIN[wanted]
            if not isinstance(value, allowed) or (isinstance(value, bool) and wanted is not bool):
                raise ValueError(said)
        return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


AnyCase = BeforeValidator(_lower)


def _language_code(value: str) -> str:
    if not re.fullmatch("[a-z]{2,8}", value):
        raise ValueError(f'{value!r} is no language; write its code, like "pl"')
    return value


class ScanOptions(Model):
    """Every option of ``scan``, by its long name with underscores. Units: requests a second, seconds, requests, pages."""

    html: Path | None = None
    """Where the page of one scan goes; the folder of many shops has its own names.
    Example: "report.html"
    """
    json_: Annotated[str | None, Field(alias="json")] = None
    """The result for programs; ``-`` is stdout. Of one scan.
    Example: "result.json"
    """
    sarif: Path | None = None
    """SARIF 2.1.0, for code-scanning dashboards. Of one scan.
    Example: "result.sarif"
    """
    junit: Path | None = None
    """JUnit XML, for build servers. Of one scan.
    Example: "result.xml"
    """
    csv: Path | None = None
    """A table for a spreadsheet. Of one scan.
    Example: "result.csv"
    """
    markdown: Path | None = None
    """The report as Markdown. Of one scan.
    Example: "report.md"
    """
    tickets: Path | None = None
    """The problems as tickets for GitHub and Jira, to be sent by you. Of one scan.
    Example: "tickets.json"
    """
    pdf: Path | None = None
    """The report as PDF; needs the extra ``pdf``. Say it for each shop, or they write over each other.
    Example: "petalandstem.pdf"
    """
    pdf_full: bool = False
    """The PDF holds the whole page, not two sheets. Example: true"""
    fixes: Path | None = None
    """A folder for what to do: lines for the web server, a checklist, mails. Of one scan.
    Example: "fixes"
    """
    ics: Path | None = None
    """A calendar file with the days on which reviews are due. Of one scan.
    Example: "reviews.ics"
    """
    include_people: bool = False
    """Letters, CSV, SARIF and webhooks, too, tell what the owner looks after himself; otherwise only his own page, terminal and
    mails do. Example: true"""
    language: Annotated[str, AnyCase, AfterValidator(_language_code)] = "en"
    """The language of reports and messages: ``en``, ``de`` or ``pl``.
    Example: "pl"
    """
    rate: Annotated[float, Field(gt=0, le=1000)] = 5.0
    """Requests a second to one server, evenly spaced. Example: 2"""
    max_requests: Annotated[int, Field(ge=1, le=100_000)] = 400
    """HTTP requests at most, retries and redirects included. Example: 300"""
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 60
    """Pages that the crawl reads at most. Example: 40"""
    max_time: Annotated[float, Field(ge=1, le=86_400)] = 300.0
    """Seconds at most; what is not looked at by then could not be checked. Example: 600"""
    only: tuple[str, ...] = ()
    """Run these rules alone; there is no grade then. Example: ["hsts-missing"]"""
    skip: tuple[str, ...] = ()
    """Leave these rules out. Example: ["third-party-script"]"""
    ca_file: Path | None = None
    """Trust the root certificates in this file as well.
    Example: "our-ca.pem"
    """
    resolve: tuple[str, ...] = ()
    """Use these addresses for names, as before a DNS switch. Example: ["petalandstem.example:192.0.2.7"]"""
    port: tuple[str, ...] = ()
    """Other ports than the usual ones, as SERVICE=N. Example: ["https=8443"]"""
    allow_private: bool = False
    """The shop may be at a private or loopback address. Example: true"""
    nameserver: str | None = None
    """Ask this name server about the domain and its mail, not this computer's: ADDRESS or ADDRESS:PORT.
    Example: "192.0.2.53"
    """
    trust_anchor: Path | None = None
    """A file of DS or DNSKEY records of the DNS's root, in place of the root's keys that come with the program.
    Example: "root.key"
    """
    rdap: bool = False
    """Ask the registry until when the domain is paid for, once a scan. Example: true"""
    follow: bool = False
    """If the address redirects to another shop, scan that one. Example: true"""
    deep: bool = False
    """Read backups to their end. Example: true"""
    fail_on: Annotated[Severity | None, AnyCase] = None
    """End with 1 on a problem at or above this severity.
    Example: "high"
    """
    record: Path | None = None
    """A folder that keeps the evidence, for ``replay``. Of one scan.
    Example: "evidence"
    """
    database: str | None = None
    """The history: a file, from this file's folder, or an address of PostgreSQL. Left out: a file of your own account.
    Example: "postgresql://shopwarden@db.example/history"
    """
    no_history: bool = False
    """Record nothing, and compare with nothing. Example: true"""
    quiet: bool = False
    """Say nothing but errors. Example: true"""
    verbose: bool = False
    """Say what the program itself does as well. Example: true"""
    no_color: bool = False
    """No colours on the terminal. Example: true"""

    @property
    def resolved(self) -> dict[str, tuple[str, ...]]:
        """``--resolve`` as host → addresses."""
        found: dict[str, tuple[str, ...]] = {}
        for entry in self.resolve:
            name, _, address = entry.partition(":")
            host = ascii_name(name)
            found[host] = (*found.get(host, ()), address.strip("[]"))
        return found

    @property
    def ports(self) -> dict[str, int]:
        """``--port`` as service → port."""
        return {service: int(number) for service, _, number in (entry.partition("=") for entry in self.port)}

    @property
    def name_servers(self) -> tuple[tuple[str, int], ...]:
        """``--nameserver`` as (address, port); none where it was not given."""
        return (_name_server(self.nameserver),) if self.nameserver else ()

    @field_validator("nameserver")
    @classmethod
    def _check_nameserver(cls, value: str | None) -> str | None:
        if value is not None:
            _name_server(value)
        return value

    @field_validator("resolve")
    @classmethod
    def _check_resolve(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            host, colon, address = entry.partition(":")
            if not host or not colon or as_address(address) is None:
                raise ValueError(f"{entry!r} is not HOST:ADDRESS, as in shop.example:192.0.2.7")
            try:
                ascii_name(host)
            except BadAddress as error:
                raise ValueError(str(error)) from error
        return value

    @field_validator("port")
    @classmethod
    def _check_port(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            service, equals, number = entry.partition("=")
            if not equals or service not in SERVICES:
                known = ", ".join(SERVICES)
                raise ValueError(f"{entry!r} is not SERVICE=N, as in https=8443; services: {known}{nearest(service, SERVICES)}")
            if not number.isdecimal() or not 0 < int(number) < 65536:
                raise ValueError(f"{entry!r}: the port must be a number from 1 to 65535")
        return value


def _name_server(value: str) -> tuple[str, int]:
    """ADDRESS, ADDRESS:PORT, or an IPv6 address in brackets with a port. Raises ValueError."""
    found = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?|([^:]+)(?::(\d{1,5}))?", value)
    address, port = (found[1] or found[3], int(found[2] or found[4] or 53)) if found else (value, 53)
    if as_address(address) is None or not 0 < port < 65536:
        raise ValueError(f"{value!r} is not ADDRESS or ADDRESS:PORT, as in 192.0.2.53 or [2001:db8::53]:5353")
    return address, port


OPTION_KEYS = frozenset(field.alias or name for name, field in ScanOptions.model_fields.items())
"""The names of all options, as they stand in the file."""
