"""Tables and documents as the usual programs write them: a number is found wherever a reader would see it."""

from __future__ import annotations

from io import BytesIO

import docx
import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment

from tests.scanner.gatherers.owner.test_contents import searched

CARD = "4111 1111 1111 1111"
ORDER = "4111111111111111"


def table(where: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "order number", "card number"])
    sheet.append(["A", f"order {ORDER}", "none"])
    match where:
        case "text":
            sheet["A3"] = f"card {CARD}"
        case "number":
            sheet["C2"] = int(ORDER)
        case "two fonts":
            sheet["A3"] = CellRichText("card 4111 11", TextBlock(InlineFont(b=True), "11 1111 1111"))
        case "comment":
            sheet["A2"].comment = Comment(f"card {CARD}", "A")
        case "hidden sheet":
            other = book.create_sheet("old")
            other.sheet_state = "hidden"
            other.append(["card", CARD])
        case "header":
            sheet.oddHeader.center.text = f"card {CARD}"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def text(where: str) -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph(f"Order {ORDER}, thank you.")
    match where:
        case "text":
            document.add_paragraph(f"card {CARD}")
        case "two fonts":
            paragraph = document.add_paragraph("card 4111 11")
            paragraph.add_run("11 1111").bold = True
            paragraph.add_run(" 1111")
        case "table":
            cells = document.add_table(rows=2, cols=2).rows
            cells[0].cells[1].text, cells[1].cells[1].text = "card number", CARD
        case "header":
            document.sections[0].header.paragraphs[0].text = f"card {CARD}"
        case "footer":
            document.sections[0].footer.paragraphs[0].text = f"card {CARD}"
        case "comment":
            document.add_comment(paragraph.runs, text=f"card {CARD}", author="A")
        case "title":
            document.core_properties.title = f"card {CARD}"
    out = BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("where", ["text", "number", "two fonts", "comment", "hidden sheet", "header"])
def test_a_number_in_a_table(where: str) -> None:
    found, why = searched(table(where), "book.xlsx")
    assert (found.last if found else (), why) == (("1111",), "")


@pytest.mark.parametrize("where", ["text", "two fonts", "table", "header", "footer", "comment", "title"])
def test_a_number_in_a_document(where: str) -> None:
    found, why = searched(text(where), "letter.docx")
    assert (found.last if found else (), why) == (("1111",), "")


def test_another_number_in_either() -> None:
    assert searched(table(""), "book.xlsx") == (None, "")
    assert searched(text(""), "letter.docx") == (None, "")
