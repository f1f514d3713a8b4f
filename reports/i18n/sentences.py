"""What checks and the engine say in English, said in another language.

``said.toml`` holds templates: an English sentence with ``{placeholders}``, and what it is elsewhere. What stands in a placeholder
may be a sentence of its own, and what is said at once may be several of them, so each part is looked up again. Sentences of
strangers reach this: a text is looked up in a bounded number of steps, and none of them goes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SENTENCE_END = re.compile(r"(?<=[.!?”)]) (?=\S)")
_QUOTED = re.compile(r"“[^”]*”")
_WORDS = re.compile(r"[A-Za-z]{2,}'?s? [a-z]{2,}")
_OURS = re.compile(r"(?:The|This|That|These|Its?|An?|No) ")
"""How words begin that are ours and no stranger's name."""
_BREAKS = ("\n", _SENTENCE_END, "; ", ": ", ", ", " and ")
"""Where a text may be taken apart, the widest first."""
MOST_CHARS = 4_000
MOST_STEPS = 300
MOST_PIECES = 60
DEPTH = 6
LEAST_CERTAIN = 12
"""Characters that a template must have of its own where it keeps words that are not known."""


@dataclass(frozen=True, slots=True)
class Template:
    """An English sentence in pieces: names[i] stands between literals[i] and literals[i + 1]."""

    literals: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    @classmethod
    def of(cls, english: str, translation: str) -> Template:
        """From what ``said.toml`` holds. Raises ValueError where two placeholders touch or the translation has others."""
        pieces = _PLACEHOLDER.split(english)
        literals, names = tuple(pieces[::2]), tuple(pieces[1::2])
        if not all(literals[1:-1]) or len(set(names)) != len(names):
            raise ValueError(f"{english!r}: placeholders touch, or one is there twice")
        if set(_PLACEHOLDER.findall(translation)) != set(names):
            raise ValueError(f"{english!r}: its translation has other placeholders")
        return cls(literals, names, translation)

    def quotes(self, name: str) -> bool:
        """Whether a placeholder stands in quotation marks: what is in it are somebody else's words."""
        return self.literals[self.names.index(name)].endswith("“")

    def match(self, text: str) -> Mapping[str, str] | None:
        """What the placeholders stand for, each at least one character of one line; None where the text is another one."""
        first, last = self.literals[0], self.literals[-1]
        if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
            return None
        at, end, parts = len(first), len(text) - len(last), []
        for literal in self.literals[1:-1]:
            if (found := text.find(literal, at + 1, end)) < 0:
                return None
            parts.append(text[at:found])
            at = found + len(literal)
        parts.append(text[at:end])
        return dict(zip(self.names, parts, strict=True)) if all(parts) and "\n" not in "".join(parts) else None


class Sentences:
    """All that one language knows of what is said. adapt: what is done to the parts that are no sentences, such as a day."""

    def __init__(self, said: Mapping[str, str], adapt: Callable[[str], str] = str) -> None:
        self._whole = {english: translation for english, translation in said.items() if not _PLACEHOLDER.search(english)}
        made = [Template.of(english, translation) for english, translation in said.items() if english not in self._whole]
        self.templates = sorted(made, key=lambda one: -sum(map(len, one.literals)))
        self._adapt = adapt

    def translate(self, text: str) -> str | None:
        """The text in this language, or None where some of it is not known. What holds no English words stays as it is."""
        return _Looking(self).all_of(text, DEPTH) if len(text) <= MOST_CHARS else None

    def known(self, text: str) -> str | None:
        """A sentence without placeholders."""
        return self._whole.get(text)

    def adapted(self, text: str) -> str | None:
        """A part that needs no words: a name, a number, a day, something quoted."""
        return None if _WORDS.search(_QUOTED.sub("", text)) else self._adapt(text)

    def as_it_is(self, text: str) -> str:
        """A part that is not ours to translate."""
        return self._adapt(text)


class _Looking:
    """One text's look-up: what was found so far, and how many steps are left."""

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences
        self._left = MOST_STEPS
        self._seen: dict[str, str | None] = {}

    def all_of(self, text: str, depth: int) -> str | None:
        if text in self._seen:
            return self._seen[text]
        if not depth or self._left <= 0:
            return None
        self._left -= 1
        self._seen[text] = None  # a text that holds itself
        found = self._sentences.known(text)
        partly = None
        if found is None:
            found, partly = self._by_template(text, depth)
        found = self._in_pieces(text, depth) if found is None else found
        found = partly if found is None else found
        found = self._sentences.adapted(text) if found is None else found
        self._seen[text] = found
        return found

    def _by_template(self, text: str, depth: int) -> tuple[str | None, str | None]:
        """By the first template all of whose parts are known; and by the first that keeps somebody else's words as they are."""
        partly = None
        for template in self._sentences.templates:
            if (parts := template.match(text)) is None:
                continue
            said = {name: self.all_of(part, depth - 1) for name, part in parts.items()}
            strange = [name for name, part in said.items() if part is None]
            if any(_SENTENCE_END.search(parts[name]) for name in strange if not template.quotes(name)):
                continue  # it reached over the end of a sentence
            if any(_OURS.match(parts[name]) for name in strange if not template.quotes(name)):
                continue  # half a translation is none
            filled = {name: self._sentences.as_it_is(parts[name]) if part is None else part for name, part in said.items()}
            if all(template.quotes(name) for name in strange):
                return template.translation.format_map(filled), None
            if partly is None and sum(map(len, template.literals)) >= LEAST_CERTAIN:
                partly = template.translation.format_map(filled)
        return None, partly

    def _in_pieces(self, text: str, depth: int) -> str | None:
        for break_ in _BREAKS:
            pieces = text.split(break_) if isinstance(break_, str) else break_.split(text)
            if not 1 < len(pieces) <= MOST_PIECES:
                continue
            said = [self._listed(piece, depth - 1) for piece in pieces]
            between = break_ if isinstance(break_, str) else " "
            if None not in said:
                joined = self._sentences.known(between) or between
                return joined.join(piece for piece in said if piece is not None)
        return self._behind_a_place(text, depth)

    def _behind_a_place(self, text: str, depth: int) -> str | None:
        """``FILE, line 3: KEY: words: with a colon``: the words are one sentence, what stands before them is another."""
        place, colon, words = text.partition(": ")
        if not colon or ": " not in words:
            return None
        before, behind = self.all_of(place, depth - 1), self.all_of(words, depth - 1)
        return None if before is None or behind is None else f"{before}: {behind}"

    def _listed(self, piece: str, depth: int) -> str | None:
        """A piece, which a list may begin with a dash."""
        dash = "- " if piece.startswith("- ") else ""
        said = self.all_of(piece.removeprefix(dash), depth) if piece.strip() else piece
        return None if said is None else dash + said
