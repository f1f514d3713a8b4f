"""Evidence ↔ JSON: what a recording keeps, and what a child process says. Read back, every field has the type that its class
names.

Kinds of plugins are called by their modules too, so that two of one name are told apart.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

_RENAMED: Mapping[str, Mapping[str, str]] = {"Probed": {"twins": "controls", "alike": "soft404"}}
"""Class → earlier name of a field → today's: a recording of an earlier version is judged too."""


def class_name(kind: type) -> str:
    """What a class is called: a plugin's with its module, since somebody else's may have the same name."""
    return kind.__name__ if kind.__module__.partition(".")[0] == "scanner" else f"{kind.__module__}.{kind.__qualname__}"


def encode(value: Any) -> Any:
    """A value of evidence → JSON, its class kept as ``$``."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {one.name: encode(getattr(value, one.name)) for one in fields(value) if one.compare}
        return {"$": class_name(type(value)), **kept}
    if isinstance(value, Enum):
        return {"$": class_name(type(value)), "value": value.value}
    if isinstance(value, datetime | date):
        return {"$": "time" if isinstance(value, datetime) else "day", "value": value.isoformat()}
    if isinstance(value, bytes):
        return {"$": "bytes", "value": base64.b64encode(value).decode("ascii")}
    if isinstance(value, tuple):
        return [encode(one) for one in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"evidence holds a {type(value).__name__}, which is none of its types")


def decode(data: Any, classes: Mapping[str, type]) -> Any:
    """The way back. Raises ValueError, TypeError, KeyError."""
    if isinstance(data, list):
        return tuple(decode(one, classes) for one in data)
    if not isinstance(data, dict):
        return data
    rest = {key: decode(value, classes) for key, value in data.items() if key != "$"}
    match data["$"]:
        case "bytes":
            return base64.b64decode(rest["value"], validate=True)
        case "time":
            moment = datetime.fromisoformat(rest["value"])
            if moment.tzinfo is None:
                raise ValueError("a time without its time zone")
            return moment
        case "day":
            return date.fromisoformat(rest["value"])
        case name:
            kind = classes[name]
            if issubclass(kind, Enum):
                return kind(rest["value"])
            today = _RENAMED.get(name, {})
            made = kind(**{today.get(key, key): value for key, value in rest.items()})
            _check_types(made)
            return made


def known_classes(kinds: Iterable[type]) -> dict[str, type]:
    """Every class that can stand inside these kinds, by name."""
    found: dict[str, type] = {}
    waiting: list[Any] = list(kinds)
    while waiting:
        hint = waiting.pop()
        if get_origin(hint) is not None:
            waiting += get_args(hint)
        elif isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, Enum)) and class_name(hint) not in found:
            found[class_name(hint)] = hint
            if is_dataclass(hint):
                waiting += get_type_hints(hint).values()
    return found


def _check_types(made: Any) -> None:
    hints = get_type_hints(type(made))
    for one in fields(made):
        if one.compare and not _fits(getattr(made, one.name), hints[one.name]):
            raise TypeError(f"{type(made).__name__}.{one.name} is no {one.type}")


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return any(_fits(value, one) for one in arguments)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return all(_fits(one, arguments[0]) for one in value)
        return len(value) == len(arguments) and all(_fits(one, two) for one, two in zip(value, arguments, strict=True))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint) if isinstance(hint, type) else True
