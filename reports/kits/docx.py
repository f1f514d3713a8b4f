"""Markdown → a document for a text processor (DOCX), with python-docx of the extra ``people``. Its blanks are highlighted.

Only what the kit's templates use is laid out: headings, paragraphs, lists, boxes to tick, quotations, tables, bold, italics.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from reports.kits.documents import BLANK, Document

if TYPE_CHECKING:
    from datetime import date

    from markdown_it.token import Token

NEEDS_EXTRA = "documents for a text processor need the extra people: pip install 'shopwarden[people]'"
_BOX = re.compile(r"\A\[ \] ")
_LANGUAGES = {"en": "en-GB", "de": "de-DE", "pl": "pl-PL"}
_PAPER, _MARGIN = 21.0, 2.2
"""Centimetres: the width of an A4 sheet, and its left and right margin."""
_LETTERS, _PADDING, _WRITTEN = 78, 2, 12
"""So many letters a line of text holds, so many a column's borders take, and so many somebody writes into an empty cell."""


def can_make_docx() -> bool:
    """Whether this installation can."""
    return find_spec("docx") is not None


def docx_of(document: Document, language: str, day: date) -> bytes:
    """The document. language: its code. day: on which it was made. Raises ImportError."""
    import docx
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    made = docx.Document()
    properties = made.core_properties
    properties.title, properties.author, properties.language = document.title, "shopwarden", _LANGUAGES.get(language, language)
    properties.created = properties.modified = datetime.combine(day, time(), UTC).replace(tzinfo=None)
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    normal.paragraph_format.space_after = Pt(6)
    spoken = normal.element.get_or_add_rPr().makeelement(qn("w:lang"), {qn("w:val"): _LANGUAGES.get(language, language)})
    normal.element.get_or_add_rPr().append(spoken)
    for section in made.sections:
        section.page_width, section.page_height = Cm(_PAPER), Cm(29.7)
        section.left_margin = section.right_margin = Cm(_MARGIN)
        section.top_margin = section.bottom_margin = Cm(2)
    _Layout(made).lay_out(MarkdownIt("commonmark").enable("table").parse(document.markdown))
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


class _Layout:
    """Goes through a document's tokens once."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._lists: list[str] = []
        self._quoted = 0
        self._restart = False
        self._rows: list[list[Token]] | None = None
        self._heading = ""

    def lay_out(self, tokens: Sequence[Token]) -> None:
        """Every token, in order."""
        for token in tokens:
            if token.type == "inline" and self._rows is not None:
                self._rows[-1].append(token)
            elif token.type == "inline":
                self._paragraph(token)
            elif token.type.startswith("table") or token.type == "tr_open":
                self._in_table(token.type)
            else:
                self._around(token)

    def _in_table(self, kind: str) -> None:
        if kind == "table_open":
            self._rows = []
        elif kind == "tr_open" and self._rows is not None:
            self._rows.append([])
        elif kind == "table_close":
            self._table(self._rows or [])
            self._rows = None

    def _around(self, token: Token) -> None:
        """What the paragraphs after it stand in."""
        name, _, step = token.type.rpartition("_")
        opens = step == "open"
        if name == "heading":
            self._heading = token.tag if opens else ""
        elif name in {"bullet_list", "ordered_list"} and opens:
            self._lists.append("List Bullet" if name == "bullet_list" else "List Number")
            self._restart = name == "ordered_list"
        elif name in {"bullet_list", "ordered_list"}:
            self._lists.pop()
        elif name == "blockquote":
            self._quoted += 1 if opens else -1

    def _paragraph(self, token: Token) -> None:
        if self._heading:
            style = "Title" if self._heading == "h1" else f"Heading {int(self._heading[1:]) - 1}"
        elif self._lists:
            style = self._lists[-1]
        else:
            style = "Quote" if self._quoted else "Normal"
        boxed = bool(self._lists) and _BOX.match(token.content)
        paragraph = self._made.add_paragraph(style="Normal" if boxed else style)
        if style == "List Number" and self._restart:
            self._number_anew(paragraph)
        if boxed:
            from docx.shared import Cm, Pt

            paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(0.6), Cm(-0.6)
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.add_run("☐ ")
        self._words(paragraph, token.children or [], box=bool(boxed))

    def _number_anew(self, paragraph: Any) -> None:
        """A list that begins counts from one: it gets a numbering of its own, of the same style."""
        numbering = self._made.part.numbering_part.numbering_definitions._numbering  # noqa: SLF001  python-docx has no list styles to choose
        style = self._made.styles["List Number"].element.pPr.numPr.numId.val
        abstract = next(one.abstractNumId.val for one in numbering.num_lst if one.numId == style)
        number = numbering.add_num(abstract)
        number.add_lvlOverride(ilvl=0).add_startOverride(1)
        self._restart = False
        paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = number.numId  # noqa: SLF001  nor a call that sets one

    def _table(self, rows: Sequence[Sequence[Token]]) -> None:
        if not rows:
            return
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt

        table = self._made.add_table(rows=len(rows), cols=max(map(len, rows)), style="Table Grid")
        table.autofit = False
        widths = [
            Cm(share * (_PAPER - 2 * _MARGIN)) for share in shares([["".join(_said(cell)) for cell in row] for row in rows])
        ]
        for number, row in enumerate(rows):
            for place, token in enumerate(row):
                cell = table.cell(number, place)
                cell.width = table.columns[place].width = widths[place]
                cell.paragraphs[0].paragraph_format.space_after = Pt(1)
                self._words(cell.paragraphs[0], token.children or [], bold=number == 0)
        header = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001  it has no call for a head on each page
        header.append(header.makeelement(qn("w:tblHeader"), {}))
        self._made.add_paragraph().paragraph_format.space_after = Pt(0)

    @staticmethod
    def _words(paragraph: Any, children: Sequence[Token], *, bold: bool = False, box: bool = False) -> None:
        from docx.enum.text import WD_COLOR_INDEX

        strong, emphasised = int(bold), 0
        for child in children:
            strong += {"strong_open": 1, "strong_close": -1}.get(child.type, 0)
            emphasised += {"em_open": 1, "em_close": -1}.get(child.type, 0)
            text = " " if child.type == "softbreak" else "\n" if child.type == "hardbreak" else child.content
            if child.type not in {"text", "code_inline", "softbreak", "hardbreak"} or not text:
                continue
            if box:
                text, box = _BOX.sub("", text), False
            at = 0
            pieces: list[tuple[str, bool]] = []
            for found in BLANK.finditer(text):
                pieces += [(text[at : found.start()], False), (found[0], True)]
                at = found.end()
            for piece, blank in [*pieces, (text[at:], False)]:
                if piece:
                    run = paragraph.add_run(piece)
                    run.bold, run.italic = strong > 0 or None, emphasised > 0 or None
                    run.font.highlight_color = WD_COLOR_INDEX.YELLOW if blank else None


def shares(rows: Sequence[Sequence[str]]) -> list[float]:
    """What part of a table's width each column gets: room for its longest word, and of the rest more where more is said."""
    columns = [[row[place] for row in rows if place < len(row)] for place in range(max(map(len, rows)))]
    needed = [_PADDING + max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    longest = [max(_WRITTEN, *map(len, column)) for column in columns]
    room = max(0, _LETTERS - sum(needed))
    wanted = [word + room * cell / sum(longest) for word, cell in zip(needed, longest, strict=True)]
    return [one / sum(wanted) for one in wanted]


def _said(cell: Token) -> list[str]:
    return [child.content or " " for child in cell.children or [] if not child.type.endswith(("_open", "_close"))]
