"""An article's Markdown → HTML for a page, or plain text for a mail or a terminal; strangers' text → Markdown that does nothing.

Nothing in what is made can load or run anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from markdown_it.token import Token
from markupsafe import Markup

from reports.i18n.language import Language, Term, english
from reports.text.addresses import breakable
from scanner.rules.articles import markdown

_LANGUAGES = {
    "apache": "Apache", "nginx": "nginx", "caddy": "Caddy", "lighttpd": "lighttpd", "iis": "IIS", "php": "PHP", "yaml": "YAML",
    "xml": "XML", "html": "HTML", "toml": "TOML", "sql": "SQL", "postfix": "Postfix",
}  # fmt: skip
_MARKS = re.compile(r"([\\`*_\[\]<>#|~&!@:])")
_STARTS = re.compile(r"\A(\d*)([-+=.)])")
_TICKS = re.compile("`+")
_BARE = re.compile(r"https?://[^\s<>\"'()]+[^\s<>\"'().,;:!?]")
"""An address that stands in a text as it is."""
_NAMED_ADDRESS = re.compile(rf"(?s)(.+): ({_BARE.pattern})")
"""A whole paragraph or entry of a list that is an address and its name."""
_REMARKS = {"unproven": "untested", "first": "first"}
"""What a fence says of its block → the remark's class and phrase."""
_NAMED = {"sh": "code.shell", "bash": "code.shell", "ini": "code.settings", "text": "code.text"}


@lru_cache(maxsize=1_024)
def to_html(text: str, page: Language | None = None, lang: str = "en") -> Markup:
    """HTML of a section. Headings inside become bold paragraphs, since the page has its own order of headings; images become
    their words; links lead only to http(s) and tell nothing of where they were clicked; code blocks can be scrolled by key. The
    first of each technical word opens what the glossary says of it (``#word-1`` is the page's first entry).

    What was made is kept: the reports of a run say most of it again and again.

    page: the language that the page around it is in; left out, English. lang: the language of the text.
    """
    tokens = markdown().parse(text)
    page = page or english()
    _tame(tokens, page, lang)
    if lang == page.code:
        _explain(tokens, page.glossary)
    return Markup(markdown().renderer.render(tokens, markdown().options, {}))  # noqa: S704  rendered with html=False


def to_html_line(text: str) -> Markup:
    """The same for one line, without a paragraph around it."""
    tokens = markdown().parseInline(text)
    _tame(tokens, english(), "en")
    return Markup(markdown().renderer.render(tokens, markdown().options, {}))  # noqa: S704  rendered with html=False


def to_text(text: str) -> str:
    """Words without marks: a paragraph is one line, list items begin with a dash or number, code is indented by four spaces."""
    return "\n".join(_text_lines(markdown().parse(text))).strip("\n")


def to_text_line(text: str) -> str:
    """The words of one line."""
    return " ".join(to_text(text).split())


def code(text: str) -> str:
    """Text as a code span (CommonMark 6.1), whatever it holds; empty text stays empty."""
    line = " ".join(text.split())
    if not line:
        return ""
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fenced(text: str, language: str = "text") -> str:
    """Text as a fenced block that nothing in it can close."""
    fence = "`" * max(3, max((len(ticks) for ticks in _TICKS.findall(text)), default=0) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def words(text: str) -> str:
    """Plain words, with everything escaped that Markdown would read as a mark, a link or HTML."""
    text = _STARTS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", " ".join(text.split())))
    return text.replace("www.", r"www\.")


def _tame(tokens: Sequence[Token], page: Language, lang: str) -> None:
    for token in tokens:
        if token.type == "heading_open":
            token.tag = "p"
            token.attrSet("class", "subheading")
        elif token.type == "heading_close":
            token.tag = "p"
        elif token.type in {"fence", "code_block"}:
            token.type, token.content = "html_block", str(_code(token, page, lang))
        elif token.children:
            named = _NAMED_ADDRESS.fullmatch(token.content)
            token.children = list(_tamed_line(_link(named[2], _children(named[1])) if named else token.children))


def _tamed_line(tokens: Sequence[Token]) -> Iterator[Token]:
    opened: list[bool] = []
    for token in _linked(tokens):
        if token.type == "image":
            yield Token("text", "", 0, content=token.content)
        elif token.type == "link_open":
            opened.append(str(token.attrs.get("href", "")).startswith(("https://", "http://")))
            if opened[-1]:
                token.attrSet("rel", "noopener noreferrer nofollow")
                yield token
        elif token.type == "link_close":
            if opened.pop():
                yield token
        else:
            yield token


def _linked(tokens: Sequence[Token]) -> Iterator[Token]:
    """The same with links in the place of bare addresses."""
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type.startswith("link_") else 0
        if token.type != "text" or inside:
            yield token
            continue
        end = 0
        for bare in _BARE.finditer(token.content):
            yield Token("text", "", 0, content=token.content[end : bare.start()])
            yield from _link(bare[0], [Token("html_inline", "", 0, content=str(breakable(bare[0])))])
            end = bare.end()
        yield Token("text", "", 0, content=token.content[end:])


def _link(address: str, words: Sequence[Token]) -> list[Token]:
    return [Token("link_open", "a", 1, attrs={"href": address}), *words, Token("link_close", "a", -1)]


def _children(line: str) -> Sequence[Token]:
    """The tokens of one line of Markdown."""
    return markdown().parseInline(line)[0].children or ()


def _explain(tokens: Sequence[Token], glossary: Sequence[Term]) -> None:
    """Let the first of each technical word in the text say what it means."""
    left = dict(enumerate(glossary, 1))
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children = list(_explained(token.children, left))


def _explained(tokens: Sequence[Token], left: dict[int, Term]) -> Iterator[Token]:
    """left: the words that are still to be explained, by number; those that were are taken out."""
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type.startswith("link_") else 0
        rest = token.content
        if token.type != "text" or inside:
            yield token
            continue
        while found := _first_term(rest, left):
            number, match = found
            del left[number]
            yield Token("text", "", 0, content=rest[: match.start()])
            button = Markup('<button type="button" class="word" popovertarget="word-{}">{}</button>').format(number, match[0])
            yield Token("html_inline", "", 0, content=str(button))
            rest = rest[match.end() :]
        yield Token("text", "", 0, content=rest)


def _first_term(text: str, left: Mapping[int, Term]) -> tuple[int, re.Match[str]] | None:
    """The first technical word in a text, and its number."""
    found = [(number, match) for number, term in left.items() if (match := _pattern(term).search(text))]
    return min(found, key=lambda one: (one[1].start(), -one[1].end()), default=None)


@lru_cache(maxsize=200)
def _pattern(term: Term) -> re.Pattern[str]:
    """A term as a whole word in any of its forms; in capitals where it is an abbreviation."""
    forms = sorted({term.word, *term.forms}, key=len, reverse=True)
    capitals = all(form.upper() == form for form in forms)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])", 0 if capitals else re.IGNORECASE)


def _code(token: Token, page: Language, lang: str) -> Markup:
    """A block with a caption, which is the page's even where the article is in another language."""
    words = token.info.split()
    called = words[0] if words else "text"
    named = page.say(_NAMED[called]) if called in _NAMED else _LANGUAGES.get(called, called)
    mark = "" if lang == page.code else Markup(' lang="{}"').format(page.code)
    kind = next((kind for mark, kind in _REMARKS.items() if mark in words[1:2]), "")
    remark = Markup(' <span class="{}">{}</span>').format(kind, page.say(f"code.{kind}")) if kind else ""
    return Markup(
        '<figure class="code"><figcaption{}>{}{}</figcaption>'
        '<pre role="group" aria-label="{}" tabindex="0"{}><code>{}</code></pre></figure>\n'
    ).format(mark, named, remark, page.say("code.copy", language=named), mark, token.content)


def _text_lines(tokens: Sequence[Token]) -> Iterator[str]:
    """Walks the blocks and keeps count of the lists they stand in."""
    lists: list[int | None] = []
    lead = ""
    for token in tokens:
        indent = "  " * (len(lists) - 1) if lists else ""
        if token.type == "ordered_list_open":
            lists.append(int(token.attrs.get("start", 1)))
        elif token.type == "bullet_list_open":
            lists.append(None)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            lists.pop()
            if not lists:
                lead = ""
                yield ""
        elif token.type == "list_item_open":
            number = lists[-1]
            lead = "- " if number is None else f"{number}. "
            lists[-1] = None if number is None else number + 1
        elif token.type in {"fence", "code_block"}:
            yield from (f"    {line}".rstrip() for line in token.content.splitlines())
            yield ""
        elif token.type == "inline":
            first, *more = _words(token.children or ()).split("\n")
            yield indent + lead + first
            yield from (indent + " " * len(lead) + line for line in more)
            lead = "  " if lists else ""
            if not lists:
                yield ""


def _words(tokens: Sequence[Token]) -> str:
    words = ""
    target = ""
    for token in tokens:
        if token.type in {"text", "code_inline", "image"}:
            words += token.content
        elif token.type == "softbreak":
            words += " "
        elif token.type == "hardbreak":
            words += "\n"
        elif token.type == "link_open":
            target = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            words += "" if words.endswith(target) else f" ({target})"
    return words
