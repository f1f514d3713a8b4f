"""A configuration file → settings. Every mistake is one sentence with file, line and key.

Precedence: command line, then the site's own entry, then ``[defaults]``, then what stands in ``options``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from scanner.settings.errors import BadSettings, KeyPath, dotted, line_of, nearest, what_is_wrong
from scanner.settings.models import Settings
from scanner.text.clock import Clock

FILE_NAME = "shopwarden.toml"
_TWICE = "; the key stands twice, or a table such as [[site.backup]] stands above its [[site]]"
MOST_BYTES = 5_000_000


def read_settings(file: Path | None, clock: Clock | None = None) -> Settings:
    """Read a configuration file; without one, ``shopwarden.toml`` in the current folder if it is there. Raises BadSettings."""
    if file is None:
        file = Path(FILE_NAME)
        if not file.exists():
            return Settings()
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadSettings(f"{file}: cannot be read ({error.strerror})") from error
    return settings_in(read_text(file, content), file, clock)


def read_text(file: Path, content: bytes) -> str:
    """A file's bytes as text. Raises BadSettings for what is larger than any configuration, or no text."""
    if len(content) > MOST_BYTES:
        raise BadSettings(f"{file}: is larger than {MOST_BYTES // 1_000_000} MB, which no configuration is")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSettings(f"{file}: cannot be read (it is not UTF-8 text)") from error


def settings_in(text: str, file: Path, clock: Clock | None = None) -> Settings:
    """What a configuration says that is, or is to be, in a file. Raises BadSettings."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # besides its own error: numbers and nesting beyond what Python takes
        raise BadSettings(f"{file}: not valid TOML: {error}{_TWICE if 'overwrite' in str(error) else ''}") from error
    for ours in {"folder", "file"} & set(data):
        raise BadSettings(f"{file}{line_of(text, (ours,))}: unknown key {ours!r}")
    try:
        settings = _placed(Settings.model_validate({**data, "folder": file.resolve().parent, "file": file}))
    except ValidationError as error:
        raise BadSettings(_first(error, str(file), text)) from error
    _refuse_what_lies_ahead(settings, clock or Clock())
    return settings


def _refuse_what_lies_ahead(settings: Settings, clock: Clock) -> None:
    """Nothing was done tomorrow. Today is the later of the days here and in UTC. Raises BadSettings."""
    now = clock.now()
    today = max(now.date(), now.astimezone().date())
    for number, site in enumerate(settings.site):
        for place, review in enumerate(site.review):
            if review.done is not None and review.done > today:
                where = settings.place("site", number, "review", place, "done")
                raise BadSettings(
                    f"{where}: {review.done} lies ahead; write the day on which it was done last (today is {today})"
                )


def _placed(settings: Settings) -> Settings:
    """Relative paths start where the file lies."""
    if settings.agency is None or settings.agency.logo is None:
        return settings
    agency = settings.agency.model_copy(update={"logo": settings.folder / settings.agency.logo.expanduser()})
    return settings.model_copy(update={"agency": agency})


def _first(error: ValidationError, where: str, text: str = "") -> str:
    """The first problem as one sentence: file, line where it can be found, key's path, what is wrong."""
    problem = error.errors()[0]
    path = tuple(part for part in problem["loc"] if part != "options")
    message = what_is_wrong(problem)
    if problem["type"] == "extra_forbidden":
        message = f"unknown key {path[-1]!r}{nearest(str(path[-1]), _keys_beside(path))}"
    quoted = re.search(r"unknown key '([^']+)'", message)
    keys = tuple(path) + ((quoted[1],) if quoted and (not path or path[-1] != quoted[1]) else ())
    return f"{where}{line_of(text, keys)}: {dotted(path)}{': ' if path else ''}{message}"


def _keys_beside(path: KeyPath) -> list[str]:
    """The keys that the table may hold in which the last key of a path stands."""
    model: type[BaseModel] = Settings
    for part in path[:-1]:
        if isinstance(part, str):
            model = next(_models_in(model.model_fields[part].annotation))
    return [field.alias or name for name, field in model.model_fields.items() if not field.exclude]


def _models_in(hint: Any) -> Iterator[type[BaseModel]]:
    """The models that a type names: ``Agency | None``, ``tuple[Alert, ...]``."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for one in get_args(hint):
        yield from _models_in(one)
