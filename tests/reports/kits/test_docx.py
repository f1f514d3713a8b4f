"""Documents for a text processor, read back with the library that made them."""

from __future__ import annotations

import io
from datetime import date

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX

from reports.i18n.language import codes, language
from reports.kits.documents import DOCUMENTS, Document, documents
from reports.kits.docx import docx_of, shares
from tests.reports.kits.test_documents import FULL


def read(document: Document, code: str = "en") -> docx.document.Document:
    return docx.Document(io.BytesIO(docx_of(document, code, date(2026, 11, 30))))


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_blank_is_highlighted_and_no_mark_is_left(code: str, name: str) -> None:
    (document,) = (one for one in documents(FULL, language(code)) if one.name == name)
    made = read(document, code)
    cells = [cell for table in made.tables for row in table.rows for cell in row.cells]
    runs = [run for part in (made, *cells) for paragraph in part.paragraphs for run in paragraph.runs]
    marked = [run.text for run in runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW]
    assert len(marked) == len(document.blanks) + 1
    text = "".join(run.text for run in runs)
    assert not {"**", "[ ]", "\\", "| "} & {mark for mark in ("**", "[ ]", "\\", "| ") if mark in text}
    assert made.core_properties.title == document.title


def test_each_numbered_list_counts_from_one() -> None:
    text = "# T\n\n1. a\n2. b\n\nx\n\n1. c\n2. d\n"
    made = read(Document("t", "T", text, ()))
    numbers = [p._p.pPr.numPr.numId.val for p in made.paragraphs if p.style.name == "List Number" and p._p.pPr.numPr is not None]
    assert len(set(numbers)) == 2


def test_boxes_tables_and_headings() -> None:
    made = read(Document("t", "T", "# T\n\n## H\n\n- [ ] box\n- point\n\n| a | b |\n|---|---|\n| **c** | d |\n", ()))
    assert [(p.style.name, p.text) for p in made.paragraphs if p.text] == [
        ("Title", "T"), ("Heading 1", "H"), ("Normal", "☐ box"), ("List Bullet", "point"),
    ]  # fmt: skip
    assert [[cell.text for cell in row.cells] for row in made.tables[0].rows] == [["a", "b"], ["c", "d"]]


def test_a_column_has_room_for_its_longest_word() -> None:
    narrow, wide = shares([["Öffnungszeiten", "ja"], ["Preis", "nein"]])
    assert narrow > wide
    assert narrow + wide == pytest.approx(1)
    one, other = shares([["Was", "x " * 100], ["Wann", "y"]])
    assert one < other / 4
    assert shares([["x" * 60, "y" * 60]]) == [0.5, 0.5]
    assert shares([["", ""]]) == [0.5, 0.5]


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_word_of_a_table_is_broken(code: str, name: str) -> None:
    """At 0.2 cm a letter, more than the font needs, the longest word of every column fits between its borders."""
    (document,) = (one for one in documents(FULL, language(code)) if one.name == name)
    for table in read(document, code).tables:
        for column in table.columns:
            longest = max(len(word) for cell in column.cells for word in cell.text.split() or [""])
            assert column.width.cm - 0.38 >= 0.2 * longest, (column.width.cm, longest)
