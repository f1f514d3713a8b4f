"""The languages of a report: each is a folder with the page's words and, for some rules, articles.

``languages/CODE/words.toml`` holds phrases with ``{placeholders}``; a list holds a phrase's plural forms, chosen by gettext's
plural expression. ``said.toml`` translates sentences of the checks, ``articles/RULE.md`` rules. What a language does not have
falls back to English, and says so: a page marks it with ``lang="en"``.
"""

from __future__ import annotations

import gettext
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from reports.i18n.sentences import Sentences
from scanner.rules.articles import Article, parse_article
from scanner.text.sanitize import sanitize

Forms = tuple[str, ...]
"""A phrase: one form, or as many as the language's plural has."""
_ENGLISH_DAY = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2,8}) (\d{4})\b")
_REFERENCES = "\n## References\nThose of the English article.\n"
"""What a translated article ends with: its own file leaves them out, because they are the same in every language."""


class UnknownLanguage(Exception):
    """There is no such language; the text names those that there are."""


class Said(str):
    """Text that knows its language (a code of BCP 47), so that a page can mark what is not in its own."""

    __slots__ = ("lang",)
    lang: str

    def __new__(cls, text: str, lang: str) -> Said:
        """The text itself."""
        made = super().__new__(cls, text)
        made.lang = lang
        return made


@dataclass(frozen=True, slots=True)
class Term:
    """A technical word and what it means, in a sentence. forms: how else it is written in a text: plurals, cases."""

    word: str
    means: str
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Language:
    """One language. code: as in ``lang``. phrases, by key: their forms. glossary: its technical words. articles, by rule.

    plural: number → which form. said: what a check may say, as a template, and its translation.
    """

    code: str
    phrases: Mapping[str, Forms]
    glossary: tuple[Term, ...]
    plural: Callable[[int], int]
    articles: Mapping[str, Article]
    said: Mapping[str, str] = field(default_factory=dict)

    def say(self, key: str, /, **values: str) -> Said:
        """A phrase with its placeholders filled in. Raises KeyError where English has no such phrase either."""
        forms, spoken = self._forms(key)
        return Said(forms[0].format_map(values), spoken.code)

    def count(self, key: str, number: int, /, **values: str) -> Said:
        """A phrase in the plural form for a number; the number itself is ``{n}``."""
        forms, spoken = self._forms(key)
        return Said(forms[spoken.plural(number)].format_map({"n": self.number(number)} | values), spoken.code)

    def _forms(self, key: str) -> tuple[Forms, Language]:
        """A phrase and the language that it is in."""
        spoken = self if key in self.phrases or self.code == "en" else english()
        return spoken.phrases[key], spoken

    def has(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self.phrases or key in english().phrases

    def repeat(self, sentence: str) -> Said:
        """What a check or the engine said in English, translated where this language knows the sentence."""
        if self.code != "en" and (said := self._sentences.translate(sentence)) is not None:
            return Said(said, self.code)
        return Said(sentence, "en")

    @cached_property
    def _sentences(self) -> Sentences:
        return Sentences(self.said, lambda part: _ENGLISH_DAY.sub(self._day_again, part))

    def _day_again(self, english_day: re.Match[str]) -> str:
        """A day that an English sentence names, as this language writes it."""
        months = english().phrases["language.months"]
        if english_day[2] not in months:
            return english_day[0]
        month = self._forms("language.months")[0][months.index(english_day[2])]
        return self.say("language.day", day=english_day[1], month=month, year=english_day[3])

    def article(self, original: Article) -> tuple[Article, Language]:
        """The article in this language, or as it is; and the language that it is in."""
        if self.code != "en" and (translated := self.articles.get(original.rule)) is not None:
            return replace(translated, references=original.references, standards=original.standards), self
        return original, english()

    # ---- numbers and times

    def number(self, number: int) -> str:
        """``12,345``."""
        return f"{number:,}".replace(",", self.say("language.thousands"))

    def decimal(self, number: float, digits: int = 1) -> str:
        """``1,234.5``."""
        whole, _, rest = f"{number:,.{digits}f}".partition(".")
        return whole.replace(",", self.say("language.thousands")) + (self.say("language.decimal") + rest if rest else "")

    def share(self, share: float) -> str:
        """``20%`` of 0.2."""
        return self.say("language.percent", n=f"{100 * share:.0f}")

    def size(self, number: int) -> str:
        """Bytes for people, in powers of 1000: ``912 bytes``, ``48 KB``, ``1.3 MB``."""
        if number < 1000:
            return self.count("language.bytes", number)
        if number < 1_000_000:
            return self.say("language.kilobytes", n=f"{number / 1000:.0f}")
        return self.say("language.megabytes", n=self.decimal(number / 1_000_000))

    def duration(self, seconds: float) -> str:
        """Seconds for people: ``0.8 s``, ``42 s``, ``2 min 14 s``."""
        if seconds < 10:
            return self.say("language.seconds", n=self.decimal(max(seconds, 0)))
        whole = round(seconds)
        if whole < 60:
            return self.say("language.seconds", n=str(whole))
        return self.say("language.minutes", minutes=self.number(whole // 60), seconds=str(whole % 60))

    def effort(self, minutes: int) -> Said:
        """Working time for people: ``about 5 minutes``; from 90 minutes on in hours."""
        return self.count("first.minutes", minutes) if minutes < 90 else self.count("first.hours", round(minutes / 60))

    def day(self, when: date) -> str:
        """``21 November 2026``, on every machine alike."""
        month = self._forms("language.months")[0][when.month - 1]
        return self.say("language.day", day=str(when.day), month=month, year=str(when.year))

    def moment(self, when: datetime) -> str:
        """``21 November 2026, 04:05 UTC``. Times are UTC already."""
        return self.say("language.moment", day=self.day(when), time=f"{when:%H:%M}")

    # ---- names

    def severity(self, severity: str) -> Said:
        """What a severity is called."""
        return self.say(f"severity.{severity}")

    def area(self, area: str) -> str:
        """What an area is called on a page; a plugin's by its own name."""
        key = f"area.{area}"
        return self.say(key) if self.has(key) else sanitize(area.replace("-", " ").capitalize(), 60)

    def where(self, heading: str) -> str:
        """An article's heading below "How to fix it"; the names of products stay as they are."""
        key = f"where.{heading}"
        return self.say(key) if self.has(key) else heading


@cache
def codes() -> tuple[str, ...]:
    """The languages that there are."""
    return tuple(sorted(folder.name for folder in _folder().iterdir() if folder.joinpath("words.toml").is_file()))


@lru_cache(maxsize=8)
def language(code: str) -> Language:
    """The language with this code. Raises UnknownLanguage."""
    if code not in codes():
        raise UnknownLanguage(f"there is no language {code!r}; there are {', '.join(codes())}")
    return read_language(code, _folder().joinpath(code))


def read_language(code: str, folder: Traversable) -> Language:
    """A language from its folder, also one that is not whole and so is not among ``codes``: what it lacks is said in English."""
    words = tomllib.loads(folder.joinpath("words.toml").read_text(encoding="utf-8"))
    glossary = tuple(Term(entry["word"], entry["means"], tuple(entry.get("forms", ()))) for entry in words.pop("glossary", ()))
    said = folder.joinpath("said.toml")
    sentences = tomllib.loads(said.read_text(encoding="utf-8"))["said"] if said.is_file() else {}
    return Language(
        code=code,
        phrases=dict(_phrases(words)),
        glossary=glossary,
        plural=gettext.c2py(words["language"]["plural"]),
        articles={rule: parse_article(rule, source + _REFERENCES, f"{code}/{rule}.md") for rule, source in _articles(folder)},
        said=sentences,
    )


def english() -> Language:
    """The language that everything is there in."""
    return language("en")


def first_capital(text: str) -> str:
    """A word as it begins a line; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def _folder() -> Traversable:
    return files("reports.i18n")


def _phrases(words: Mapping[str, Mapping[str, str | list[str]]]) -> Iterable[tuple[str, Forms]]:
    for table, entries in words.items():
        for key, phrase in entries.items():
            yield f"{table}.{key}", (phrase,) if isinstance(phrase, str) else tuple(phrase)


def _articles(folder: Traversable) -> Iterable[tuple[str, str]]:
    articles = folder.joinpath("articles")
    if articles.is_dir():
        for file in sorted(articles.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".md"):
                yield file.name.removesuffix(".md"), file.read_text(encoding="utf-8")
