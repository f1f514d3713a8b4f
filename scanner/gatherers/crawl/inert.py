"""The parts of a page's source that browsers set aside: templates, and what is for browsers without scripts. Pure.

A tree tells too late: the end of a template ends whatever is open in it (HTML 13.2.6.4.4), and with scripts on the inside of
``noscript`` is text up to its end tag, whatever stands in it (13.2.5.2). So the source is read tag by tag, before it is parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-z][^\s/>]*+)"
    r"(?P<attributes>(?:[\s/]++|[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>][^\s>]*+|(?=>)))?+|=)*+)>",
    re.IGNORECASE,
)
_NAMED = re.compile(r"</?[a-z]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
_BOGUS_COMMENT = re.compile(r"<(?:[!?]|/(?![a-z>]))[^>]*+>?", re.IGNORECASE)
_SHADOW = re.compile(r"(?:^|[\s/\"'])shadowrootmode\s*=\s*[\"']?(?:open|closed)(?=[\s\"'/]|$)", re.IGNORECASE)
_TEXT_ONLY = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"})
"""Elements whose inside is text up to their end tag (HTML 13.2.5, with scripts on)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A page's source in parts. shown: what a browser with scripts makes elements of. unscripted: the insides of ``noscript``.
    templates: the insides of templates, which nothing is loaded for. All parts together are no longer than the page."""

    shown: str
    unscripted: str = ""
    templates: str = ""


def sorted_out(text: str) -> Source:
    """The parts of a source; the inside of a template that is a shadow tree is shown (HTML 4.12.3). Linear in the length."""
    lower = text.lower()
    if "<noscript" not in lower and "<template" not in lower:
        return Source(text)
    return _Sorting(text, lower).run()


class _Sorting:
    """Cuts a source at each tag that begins or ends a part."""

    def __init__(self, text: str, lower: str) -> None:
        self._text, self._lower = text, lower
        self._shown: list[str] = []
        self._unscripted: list[str] = []
        self._templates: list[str] = []
        self._shadows: list[bool] = []  # of each open template, whether it is a shadow tree
        self._inert = 0  # how many of them are none
        self._start = 0

    def run(self) -> Source:
        at = 0
        while (at := self._text.find("<", at)) >= 0:
            if aside := _COMMENT.match(self._text, at) or _BOGUS_COMMENT.match(self._text, at):
                at = aside.end()
            elif tag := _TAG.match(self._text, at):
                if tag["name"].lower() == "plaintext":
                    break
                at = self._after(tag)
            elif _NAMED.match(self._text, at):
                break  # a tag that is never closed: browsers drop it, with the rest
            else:
                at += 1
        self._cut(len(self._text), len(self._text))
        return Source("".join(self._shown), "".join(self._unscripted), "".join(self._templates))

    def _after(self, tag: re.Match[str]) -> int:
        """Where to read on after a tag, and after the text inside it where there is nothing but text."""
        name, ends = tag["name"].lower(), bool(tag["end"])
        if name == "template" and (self._shadows or not ends):
            self._cut(tag.start(), tag.end())
            if ends:
                self._inert -= not self._shadows.pop()
            else:
                self._shadows.append(_SHADOW.search(tag["attributes"]) is not None)
                self._inert += not self._shadows[-1]
        if ends or name not in _TEXT_ONLY:
            return tag.end()
        end = _end_tag(self._lower, name, tag.end())
        if name == "noscript":
            self._cut(tag.end(), end)
            self._unscripted += [self._text[tag.end() : end]] if not self._inert else []
        return end

    def _cut(self, end: int, resume: int) -> None:
        (self._templates if self._inert else self._shown).append(self._text[self._start : end])
        self._start = resume


def _end_tag(lower: str, name: str, at: int) -> int:
    """Where the end tag of a text-only element begins; the end of the source where there is none."""
    mark = f"</{name}"
    while (at := lower.find(mark, at)) >= 0:
        if lower[at + len(mark) : at + len(mark) + 1] in {" ", "\t", "\n", "\f", "\r", "/", ">", ""}:
            return at
        at += len(mark)
    return len(lower)
