"""Every option of a scan, as ``[defaults]``, a ``[[site]]`` and the command line may give it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from scanner.rules.rule import Severity
from scanner.scope.target import SERVICES, as_address
from scanner.settings.errors import nearest


class Model(BaseModel):
    """Frozen, and closed: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


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
    json_: Annotated[str | None, Field(alias="json")] = None
    sarif: Path | None = None
    junit: Path | None = None
    csv: Path | None = None
    markdown: Path | None = None
    pdf: Path | None = None
    pdf_full: bool = False
    fixes: Path | None = None
    language: Annotated[str, AnyCase, AfterValidator(_language_code)] = "en"
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
    fail_on: Annotated[Severity | None, AnyCase] = None
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
                raise ValueError(f"{entry!r} is not SERVICE=N, as in https=8443; services: {known}{nearest(service, SERVICES)}")
            if not number.isdecimal() or not 0 < int(number) < 65536:
                raise ValueError(f"{entry!r}: the port must be a number from 1 to 65535")
        return value


OPTION_KEYS = frozenset(field.alias or name for name, field in ScanOptions.model_fields.items())
"""The names of all options, as they stand in the file."""
