"""PDF with a text layer: PDFium in a process of its own, and its pages as text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.reading.formats.pages import (
    MAX_PAGES,
    MAX_SIGNS,
    TOO_MANY_PAGES,
    TOO_MANY_SIGNS,
    PrintedPage,
    printed_text,
    refusal,
)
from domain.reading.formats.typeset import Placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.reading.formats.source import SourceText

#: Seconds until a reading is ended: the longest file allowed takes seven on a busy core.
MAX_SECONDS = 30

_PROGRAM = Path(__file__).with_name("pdfium.py")
_END = b"%%EOF"
#: What `pdfium.py` tells of each sign.
_VALUES = 5

_REFUSALS = {
    "damaged": "已损坏或不完整，请重新获取后再提供",
    "encrypted": "已加密，请解密后再提供",
    "pages": TOO_MANY_PAGES,
    "signs": TOO_MANY_SIGNS,
    "slow": "读取用时过长，可能已损坏，请重新导出或另存后再提供",
}


def is_pdf(data: bytes) -> bool:
    """Whether a file begins as a PDF does, behind white space or a byte-order mark at most."""
    return data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF")


def pdf_text(data: bytes, filename: str) -> SourceText:
    """Read the pages of a PDF in their order, each from top to bottom.

    Raises UnreadableDocument, naming the file, if it is damaged, encrypted, a scan, or beyond a limit.
    """
    if _is_cut_off(data):
        raise refusal(filename, _REFUSALS["damaged"])
    *pages, document = _extracted(data, filename)
    return printed_text([_page(each) for each in pages], filename, *_left_out(document))


def _is_cut_off(data: bytes) -> bool:
    """Whether the end is missing: PDFium would read what is left, and nobody would notice what is not."""
    end = data.rfind(_END)
    return end < 0 or b"endobj" in data[end:] or b"endstream" in data[end:]


def _extracted(data: bytes, filename: str) -> list[dict[str, Any]]:
    """What `pdfium.py` says of each page, then of the document. Its process gets nothing of our environment."""
    folders = [folder for folder in sys.path if Path(folder).is_absolute()]
    command = [sys.executable, "-S", "-P", str(_PROGRAM), str(MAX_PAGES), str(MAX_SIGNS)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the file comes by its standard input
            command, input=data, capture_output=True, check=False, timeout=MAX_SECONDS,
            env={"PYTHONPATH": os.pathsep.join(folders), "PYTHONUTF8": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise refusal(filename, _REFUSALS["slow"]) from error
    said = [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []
    if not said or "refused" in said[-1]:
        raise refusal(filename, _REFUSALS[said[-1]["refused"] if said else "damaged"])
    return said


def _page(page: dict[str, Any]) -> PrintedPage:
    places: Sequence[float] = page["places"]
    columns = (places[offset::_VALUES] for offset in range(_VALUES))
    placed = [Placed(*each) for each in zip(page["signs"], *columns, strict=True)]
    return PrintedPage(placed, page["rules"], page["pictures"], is_drawn=page["drawn"], has_hidden=page["hidden"])


def _left_out(document: dict[str, Any]) -> Iterator[str]:
    if document["attachments"]:
        yield "PDF 内嵌的附件未读取。"
    if document["form"]:
        yield "PDF 表单中填写的内容未读取。"
