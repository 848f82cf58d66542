"""A paper as a Word document, in the layout of an official letter."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from domain.papers import PaperKind, Sheet

#: Body of an official document: 仿宋, size 三号 (16 points); headings 二号 (22 points).
_BODY, _HEADING = "仿宋", "宋体"
_BODY_SIZE, _HEADING_SIZE = 16, 22
#: Characters that the property of a Word document can hold.
_TITLE_LENGTH = 255
_NOT_NUMBERED = "（待签发，未编号）"
_NOT_SIGNED = "（待签发）"
#: Kinds that go to one office, which is named above the text; a bulletin goes to many.
_ADDRESSED = (PaperKind.SUPERVISION_LETTER, PaperKind.LISTED_SUPERVISION)


def as_docx(sheet: Sheet) -> bytes:
    """The bytes of the document."""
    document = Document()
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
        section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    document.core_properties.author = sheet.sender
    document.core_properties.title = f"{sheet.heading} {sheet.number}".strip()[:_TITLE_LENGTH]
    _line(document, sheet.heading, size=_HEADING_SIZE, font=_HEADING, at=WD_ALIGN_PARAGRAPH.CENTER, bold=True)
    _line(document, sheet.number or _NOT_NUMBERED, at=WD_ALIGN_PARAGRAPH.CENTER)
    _line(document, "")
    if sheet.kind in _ADDRESSED:
        _line(document, f"{sheet.office}：")
    for text in sheet.text.splitlines():
        _line(document, text)
    _line(document, "")
    _line(document, sheet.sender, at=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(document, sheet.day or _NOT_SIGNED, at=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(document, f"签发人：{sheet.signer or _NOT_SIGNED}")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _line(
    document: Any, text: str, *, size: int = _BODY_SIZE, font: str = _BODY, at: WD_ALIGN_PARAGRAPH | None = None,
    bold: bool = False,
) -> None:  # fmt: skip
    paragraph = document.add_paragraph()
    paragraph.alignment = at
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = Pt(28)
    run = paragraph.add_run(text)
    run.bold, run.font.size, run.font.name = bold, Pt(size), font
    # Word keeps the font of Chinese characters apart from that of Latin ones.
    run._element.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), font)
