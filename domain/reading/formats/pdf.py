"""PDF with a text layer: PDFium in a process of its own, its signs as lines, and one sentence for what is no text."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.reading.formats.radicals import without_radicals
from domain.reading.formats.source import SourceText, UnreadableDocument
from domain.reading.formats.typeset import MAX_PAGES, MAX_SIGNS, Placed, page_lines, pages_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Seconds until a reading is ended; a book of 1,000 pages takes a third of it on a slow machine.
MAX_SECONDS = 30

_PROGRAM = Path(__file__).with_name("pdfium.py")
_END = b"%%EOF"
_VALUES = 5
#: A page that pictures cover so far and with fewer signs than this is a scan: the signs are its number or a stamp.
_COVERED, _FEW_SIGNS = 0.4, 50
_REPLACED = "\ufffd"
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}

_REFUSALS = {
    "damaged": "已损坏或不完整，请重新获取后再提供",
    "encrypted": "已加密，请解密后再提供",
    "pages": f"超过 {MAX_PAGES} 页，请只提供公文本身",
    "signs": f"超过 {MAX_SIGNS} 字，请只提供公文本身",
    "slow": "读取用时过长，可能已损坏，请重新导出或另存后再提供",
    "scan": "是扫描件，没有文字层，请先做文字识别（OCR）再提供",
    "no text": "中没有文字，请提供有正文的公文",
    "no characters": "中的文字没有可用的编码，请改用原稿，或先做文字识别（OCR）再提供",
}


def is_pdf(data: bytes) -> bool:
    """Whether a file begins as a PDF does, behind white space or a byte-order mark at most."""
    return data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF")


def pdf_text(data: bytes, filename: str) -> SourceText:
    """Read the pages of a PDF in their order, each from top to bottom.

    Raises UnreadableDocument, naming the file, if it is damaged, encrypted, a scan, or beyond a limit.
    """
    if _is_cut_off(data):
        raise _refusal("damaged", filename)
    *pages, document = _extracted(data, filename)
    scans = [number for number, page in enumerate(pages, 1) if _is_scan(page)]
    read = [page["signs"] for number, page in enumerate(pages, 1) if number not in scans]
    signs = "".join("".join(read).split())
    if not signs:
        raise _refusal("scan" if scans else "no text", filename)
    if signs.count(_REPLACED) > len(signs) / 2:
        raise _refusal("no characters", filename)
    texts, askew = [], []
    for number, page in enumerate(pages, 1):
        lines, left_out = page_lines(_placed(page), page["rules"])
        texts += lines
        if left_out:
            askew.append(number)
    text = without_radicals("\n".join(texts).translate(_LIGATURES))
    hidden = [number for number, page in enumerate(pages, 1) if page["hidden"]]
    return SourceText(text, tuple(_warnings(scans, hidden, askew, document)))


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
            env={"PYTHONPATH": ":".join(folders), "PYTHONUTF8": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise _refusal("slow", filename) from error
    said = [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []
    if not said:
        raise _refusal("damaged", filename)
    if "refused" in said[-1]:
        raise _refusal(said[-1]["refused"], filename)
    return said


def _is_scan(page: dict[str, Any]) -> bool:
    signs = len(page["signs"].strip())
    return page["drawn"] and (not signs or (page["pictures"] > _COVERED and signs < _FEW_SIGNS))


def _placed(page: dict[str, Any]) -> list[Placed]:
    places: Sequence[float] = page["places"]
    return [
        Placed(sign, x, y, int(turn), advance, size)
        for sign, x, y, turn, advance, size in zip(
            page["signs"], *(places[offset::_VALUES] for offset in range(_VALUES)), strict=True
        )
    ]


def _warnings(
    scans: Sequence[int], hidden: Sequence[int], askew: Sequence[int], document: dict[str, Any]
) -> Iterable[str]:
    if scans:
        yield f"{pages_named(scans)}是扫描图像，没有文字层，未读取。"
    if hidden:
        yield f"{pages_named(hidden)}的文字来自图像识别（OCR），可能有错字，请对照原件。"
    if askew:
        yield f"{pages_named(askew)}有倾斜或转向的文字（如水印），未读取。"
    if document["attachments"]:
        yield "PDF 内嵌的附件未读取。"
    if document["form"]:
        yield "PDF 表单中填写的内容未读取。"


def _refusal(reason: str, filename: str) -> UnreadableDocument:
    return UnreadableDocument(f"文件“{filename}”{_REFUSALS[reason]}。")
