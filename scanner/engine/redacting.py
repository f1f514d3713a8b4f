"""Evidence without secrets, once a scan: after the last request, for which addresses had to be whole, and before the first
verdict, so that a recording is judged exactly as the scan was.

Texts (pages, scripts, files) were redacted by whoever read them, by the rules for such texts; here come all addresses in whatever
evidence, and what the shop's front answered, which others had to read as it was.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from scanner.evidence import Answer, Probes
from scanner.gatherers.contract import Gathered
from scanner.text.redact import redact_address, redact_page

_TEXTS = frozenset({"html", "inline", "text", "words", "comments", "head"})
"""Fields that hold no addresses but a text in which some may stand."""


def without_secrets(gathered: Gathered) -> Gathered:
    """The same evidence; what holds nothing to hide is the same object."""
    return {kind: _redacted(value if isinstance(value, Probes) else _fronts(value)) for kind, value in gathered.items()}


def _redacted(value: Any) -> Any:
    if type(value) is str:
        return redact_address(value) if "/" in value else value
    return _with(value, _redacted, _TEXTS)


def _fronts(value: Any) -> Any:
    """Answers that nobody has redacted yet: a probe's were, by stricter rules."""
    if not isinstance(value, Answer):
        return _with(value, _fronts)
    text = redact_page(value.text)
    if text == value.text:
        return value
    return replace(value, text=text, head=text[: len(value.head)].encode(errors="replace")[: len(value.head)])


def _with(value: Any, made: Any, left_out: frozenset[str] = frozenset()) -> Any:
    """A tuple or an evidence's object with every part made anew; the same one where no part became another."""
    if type(value) is tuple:
        parts = tuple(map(made, value))
        return parts if any(new is not old for new, old in zip(parts, value, strict=True)) else value
    names = _parts(value.__class__)
    changed = {}
    for name in names:
        old = getattr(value, name)
        new = old if name in left_out else made(old)
        if new is not old:
            changed[name] = new
    return replace(value, **changed) if changed else value


@lru_cache(maxsize=512)
def _parts(kind: Any) -> tuple[str, ...]:
    """The fields of an evidence's class that a recording keeps; none of what is no such class."""
    return tuple(field.name for field in fields(kind) if field.compare) if is_dataclass(kind) else ()
