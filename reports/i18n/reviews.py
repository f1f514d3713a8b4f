"""What is said of the reviews that small shops usually do: one file a language, beside its words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ReviewWords:
    """One review. how: three steps. who: who usually does it."""

    title: str
    why: str
    how: tuple[str, ...]
    who: str


@lru_cache(maxsize=8)
def review_words(code: str) -> Mapping[str, ReviewWords]:
    """By the review's name, in the language with this code."""
    table = tomllib.loads(files("reports.i18n").joinpath(code, "reviews.toml").read_text(encoding="utf-8"))
    return {name: ReviewWords(one["title"], one["why"], tuple(one["how"]), one["who"]) for name, one in table.items()}
