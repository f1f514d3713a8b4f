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

_TEXTS = frozenset({"html", "inline", "text", "words", "comments", "head", "records"})
"""Fields that hold no addresses but a text in which some may stand; and what name servers tell everybody: there public keys would
look like secrets."""


def without_secrets(gathered: Gathered) -> Gathered:
    """The same evidence; what holds nothing to hide is the same object."""
    return {kind: _redacted(value, fronts=not isinstance(value, Probes)) for kind, value in gathered.items()}


def _redacted(value: Any, *, fronts: bool) -> Any:
    """Evidence, or a part of it. fronts: whether answers hold texts that nobody has redacted yet; a probe's were, by stricter
    rules."""
    kind = type(value)
    if kind is str:
        if "/" not in value and "?" not in value:
            return value
        redacted = _once(value)
        return value if redacted == value else redacted
    if kind is tuple:
        parts = tuple([_redacted(part, fronts=fronts) for part in value])
        return parts if any(new is not old for new, old in zip(parts, value, strict=True)) else value
    if kind is Answer and fronts:
        value = _front(value)
    changed = {}
    for name in _parts(value.__class__):
        old = getattr(value, name)
        new = _redacted(old, fronts=fronts)
        if new is not old:
            changed[name] = new
    return replace(value, **changed) if changed else value


_once = lru_cache(maxsize=8192)(redact_address)
"""The pages of a shop name the same addresses again and again."""


def _front(answer: Answer) -> Answer:
    text = redact_page(answer.text)
    if text == answer.text:
        return answer
    return replace(answer, text=text, head=text[: len(answer.head)].encode(errors="replace")[: len(answer.head)])


@lru_cache(maxsize=512)
def _parts(kind: Any) -> tuple[str, ...]:
    """The fields of an evidence's class that a recording keeps and that may hold addresses; none of what is no such class."""
    return tuple(one.name for one in fields(kind) if one.compare and one.name not in _TEXTS) if is_dataclass(kind) else ()
