"""A rule's article: Markdown with strict headings → its parts. A missing heading refuses to start and names the file.

::

    # <the problem, in an owner's words>
    When it is good: <one line>
    ## Why it matters
    ## How to fix it
    Effort: <number> minutes.
    What may break: <a sentence or more; where to try it first>
    ### Apache (.htaccess) | ### nginx | ### WordPress | ### Any server | …
    ## How to verify
    ## Ask your host         (a text to send; or "Not for your host: …", and why)
    ## References            (a list of links; one line of it names entries of catalogues, see ``standards``)

Effort and risk may be left out, together, by rules that are not ours.

The strict form makes a line enough to tell what is what: headings begin with ``#``, blocks stand between fences. So nothing but a
page, which shows the Markdown itself, needs the Markdown library. Where CommonMark would see other headings or blocks, the laws
of articles refuse (``scanner.rules.article_laws``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.rules.rule import RuleError
from scanner.rules.standards import NO_STANDARDS, Standards, standards_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

SECTIONS = ("Why it matters", "How to fix it", "How to verify", "Ask your host", "References")
SERVERS = (
    "Apache (.htaccess)", "Apache", "nginx", "Caddy", "lighttpd", "IIS",
    "WordPress", "PrestaShop", "Magento", "OpenCart", "Joomla", "Shopware",
    "PHP", "Hosting panel", "cPanel", "Plesk", "DNS panel", "Mail host", "Postfix",
    "vsftpd", "proftpd", "pure-ftpd", "OpenSSH", "Your shop's settings", "Any server",
)  # fmt: skip
GOOD = "When it is good:"
_UNPROVEN = re.compile(r"^( *)(`{3,}\S+) unproven *(.*)$", re.MULTILINE)
_FIRST = re.compile(r"^( *`{3,}\S+) first$", re.MULTILINE)
NOT_FOR_HOST = "Not for your host"
_HEADING = re.compile(r"(#{1,6})(?: +(.*?))?(?: +#+)? *\Z")
_FENCE = re.compile(r"( *)(`{3,}|~{3,}) *([^`]*?) *\Z")
_LEAD = re.compile(r"Effort: ([1-9][0-9]{0,3}) minutes\.\s+What may break: (\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. ``language`` is the fence's first word (``apache``, ``nginx``, ``sh`` …); ``proven`` is False where the
    fence says ``unproven``, and ``because`` is what stands behind that word. ``first``: it says ``first``, for what is tried out
    before the block that follows."""

    language: str
    text: str
    proven: bool
    because: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do on one server, platform or panel: the heading, the Markdown, and its fenced blocks."""

    where: str
    markdown: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """The words of one rule. All texts are Markdown.

    minutes: what the usual way to fix it takes; None where the article does not say. risk: what may break by it, or "".
    standards: where the rule stands in the catalogues that auditors use.
    """

    rule: str
    title: str
    good: str
    why: str
    fixes: tuple[Fix, ...]
    verify: str
    ask: str
    references: str
    minutes: int | None = None
    risk: str = ""
    standards: Standards = NO_STANDARDS

    @property
    def for_host(self) -> bool:
        """Whether ``ask`` is a text to send, and not the reason why there is nothing to ask a hosting company for."""
        return not self.ask.startswith(NOT_FOR_HOST)


def read_article(rule_id: str, file: Path) -> Article:
    """Read and check one article. Raises RuleError that names the file and what is wrong with it."""
    try:
        source = file.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(f"rule {rule_id} has no article: {file.name} ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise RuleError(f"{file.name}: it is not UTF-8 text") from error
    return parse_article(rule_id, source, file.name)


def parse_article(rule_id: str, source: str, called: str) -> Article:
    """The same, from text."""
    title, lead, sections = "", "", {}
    for level, heading, body in _sections(source):
        if level == 1 and not title:
            title, lead = heading, body
        elif level == 2 and heading in SECTIONS and heading not in sections:
            sections[heading] = body
        else:
            raise RuleError(f"{called}: unexpected heading {heading!r}")
    if list(sections) != list(SECTIONS) or not title:
        missing = [name for name in ("# title" if not title else "", *SECTIONS) if name and name not in sections]
        raise RuleError(
            f"{called}: needs the headings {', '.join(SECTIONS)} in this order; missing: {', '.join(missing) or 'none'}"
        )
    if not lead.startswith(GOOD):
        raise RuleError(f"{called}: below the title comes one line beginning with {GOOD!r}")
    if empty := [name for name, body in sections.items() if not body.strip()]:
        raise RuleError(f"{called}: nothing below {', '.join(empty)}")
    above, fixes = _above_first_heading(sections["How to fix it"])
    minutes, risk = _effort_and_risk(above, called)
    return Article(
        rule=rule_id,
        title=title,
        good=lead.removeprefix(GOOD).strip(),
        why=sections["Why it matters"],
        fixes=tuple(_fixes(fixes, called)),
        verify=sections["How to verify"],
        ask=sections["Ask your host"],
        references=sections["References"],
        minutes=minutes,
        risk=risk,
        standards=standards_of(sections["References"], called),
    )


def readable(text: str, untried: str = "") -> str:
    """The same Markdown for whoever reads it as it is: what a fence says of its block stands above it as a sentence.

    untried: that sentence in the reader's language; left out, in English, with the reason.
    """
    text = _FIRST.sub(r"\1", text)  # the sentence above such a block says so
    return _UNPROVEN.sub(lambda fence: f"{fence[1]}{untried or _untried(fence[3])}\n\n{fence[1]}{fence[2]}", text)


def _untried(because: str) -> str:
    return f"Not tried on a real server: {because}." if because else "Not tried on a real server."


@lru_cache(maxsize=1)
def markdown() -> MarkdownIt:
    """The one Markdown dialect: CommonMark without raw HTML."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False})


def _sections(source: str) -> Iterator[tuple[int, str, str]]:
    """Level, heading and body of each heading of level 1 and 2; a ``#`` inside a fence is none."""
    lines = source.splitlines()
    marks = [mark for mark in _headings(lines) if mark[1] <= 2]
    for (line, level, heading), end in zip(marks, [*(mark[0] for mark in marks[1:]), len(lines)], strict=True):
        yield level, heading, "\n".join(lines[line + 1 : end]).strip()


def _above_first_heading(body: str) -> tuple[str, str]:
    """What stands above the first heading, and the rest."""
    lines = body.splitlines()
    start = next((line for line, _, _ in _headings(lines)), len(lines))
    return "\n".join(lines[:start]).strip(), "\n".join(lines[start:])


def _effort_and_risk(text: str, called: str) -> tuple[int | None, str]:
    if not text:
        return None, ""
    match = _LEAD.fullmatch(text)
    if match is None:
        raise RuleError(
            f"{called}: below 'How to fix it' come a ### heading, or 'Effort: <number> minutes.', 'What may break: …' and then it"
        )
    return int(match[1]), " ".join(match[2].split())


def _fixes(body: str, called: str) -> Iterator[Fix]:
    lines = body.splitlines()
    marks = [(line, heading) for line, _, heading in _headings(lines)]
    if not marks:
        raise RuleError(f"{called}: nothing below 'How to fix it' says where: it needs a ### heading")
    for (line, where), end in zip(marks, [*(mark[0] for mark in marks[1:]), len(lines)], strict=True):
        if where not in SERVERS:
            raise RuleError(f"{called}: unknown heading ### {where}; known: {', '.join(SERVERS)}")
        text = "\n".join(lines[line + 1 : end]).strip()
        yield Fix(where, text, tuple(_blocks(text)))


def _headings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Number of the line, level and text of each heading."""
    fence = ""
    for number, line in enumerate(lines):
        fence, inside = _in_fence(line, fence)
        if not inside and (match := _HEADING.match(line)):
            yield number, len(match[1]), match[2] or ""


def _blocks(text: str) -> Iterator[Block]:
    fence, info, indent = "", "", 0
    content: list[str] = []
    for line in text.splitlines():
        before = fence
        fence, _ = _in_fence(line, fence)
        if fence and not before and (opening := _FENCE.match(line)):
            indent, info, content = len(opening[1]), opening[3], []
        elif fence:
            content.append(line[min(indent, len(line) - len(line.lstrip(" "))) :])
        elif before:
            yield _block(info, "".join(one + "\n" for one in content))
    if fence:
        yield _block(info, "".join(one + "\n" for one in content))


def without_blocks(text: str) -> Iterator[str]:
    """The lines of a Markdown text that stand in no fenced block; an empty one in place of each block's opening."""
    fence = ""
    for line in text.splitlines():
        before = fence
        fence, inside = _in_fence(line, fence)
        if not inside:
            yield line
        elif not before:
            yield ""


def _in_fence(line: str, fence: str) -> tuple[str, bool]:
    """The fence that is open after a line, and whether the line belongs to a block. fence: the one that was open before it."""
    match = _FENCE.match(line)
    if not fence:
        return (match[2], True) if match else ("", False)
    closing = match is not None and not match[3] and match[2][0] == fence[0] and len(match[2]) >= len(fence)
    return "" if closing else fence, True


def _block(info: str, text: str) -> Block:
    language, _, marks = info.partition(" ")
    mark, _, because = marks.strip().partition(" ")
    unproven = mark == "unproven"
    return Block(language, text, not unproven, because.strip() if unproven else "", mark == "first")
