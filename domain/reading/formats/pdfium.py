"""A program of its own: a PDF from standard input, the signs of its pages and where they stand to standard output.

PDFium is C++ that reads what strangers send: it can crash, hang and is not thread-safe. So it runs in a process that
knows nothing of ours, has limits and is ended with all its memory (`pdf.py` starts it). It renders nothing, runs no
script, follows no link and opens no attachment: PDFium does so only for a program that asks it to.
Its arguments are how many pages and signs may be read.
One line of JSON for each page, then one for the document or, alone, for why it was not read.
"""

from __future__ import annotations

import ctypes
import json
import math
import struct
import sys
from array import array
from itertools import islice
from typing import TYPE_CHECKING, Any

import pypdfium2_raw as pdfium

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Objects of a page that are looked at, and lines of it that are told: with more it is a drawing.
MAX_OBJECTS = 20_000
MAX_RULES = 4_000
#: Seconds of computing and bytes of memory: 500,000 signs take seven seconds on a busy core, and 60 MB.
MAX_SECONDS = 20
MAX_MEMORY = 2 * 1024**3

_ERRORS = {pdfium.FPDF_ERR_PASSWORD: "encrypted", pdfium.FPDF_ERR_SECURITY: "encrypted"}
_RIGHT_ANGLE = math.pi / 2
#: How far from upright (radians) text may lie as a crooked original leaves it.
_CROOKED = 0.1
#: A path thinner than this (points) is a line, whether it was drawn or filled.
_THIN = 3.0
_REPLACED = "\ufffd"
#: PDFium gives a character beyond the basic plane as the two halves of UTF-16.
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


class Unreadable(Exception):
    """Why there is no text, in one word that `pdf.py` knows."""


def pages(data: bytes, most_pages: int, most_signs: int) -> Iterator[dict[str, Any]]:
    """Yield what stands on each page, then what the document holds besides. Raises Unreadable."""
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        raise Unreadable(_ERRORS.get(pdfium.FPDF_GetLastError(), "damaged"))
    try:
        count = pdfium.FPDF_GetPageCount(document)
        if count > most_pages:
            raise Unreadable("pages")
        if count < 1:
            raise Unreadable("damaged")
        left = most_signs
        for number in range(count):
            page = _page(document, number, left)
            left -= len(page["signs"])
            yield page
        yield {
            "attachments": pdfium.FPDFDoc_GetAttachmentCount(document) > 0,
            "form": pdfium.FPDF_GetFormType(document) != pdfium.FORMTYPE_NONE,
        }
    finally:
        pdfium.FPDF_CloseDocument(document)


def _page(document: Any, number: int, most: int) -> dict[str, Any]:
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        raise Unreadable("damaged")
    try:
        text = pdfium.FPDFText_LoadPage(page)
        if not text:
            raise Unreadable("damaged")
        try:
            if pdfium.FPDFText_CountChars(text) > most * 2:  # PDFium adds blanks and line ends
                raise Unreadable("signs")
            signs, places = _signs(text)
        finally:
            pdfium.FPDFText_ClosePage(text)
        if len(signs) > most:
            raise Unreadable("signs")
        return {"signs": "".join(signs), "places": places, **_objects(page)}
    finally:
        pdfium.FPDF_ClosePage(page)


def _signs(text: Any) -> tuple[list[str], list[float]]:
    """The signs that are printed, and for each: x, y (points, upwards), quarter turns to the left (-1: slanting), its
    advance and its size."""
    signs, places = [], []
    x, y, box, matrix = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    for index in range(pdfium.FPDFText_CountChars(text)):
        sign = _sign(text, index)
        if not sign or pdfium.FPDFText_IsGenerated(text, index) == 1:  # blanks and line ends that PDFium supposes
            continue
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        pdfium.FPDFText_GetLooseCharBox(text, index, box)
        pdfium.FPDFText_GetMatrix(text, index, matrix)
        angle = math.atan2(matrix.b, matrix.a)
        turn = round(angle / _RIGHT_ANGLE)
        is_slanting = abs(angle - turn * _RIGHT_ANGLE) > _CROOKED
        turn %= 4
        ends = (box.right - x.value, box.top - y.value, x.value - box.left, y.value - box.bottom)
        size = pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d)
        signs.append(sign)
        places += [
            _rounded(x.value),
            _rounded(y.value),
            -1 if is_slanting else turn,
            _rounded(ends[turn]),
            _rounded(size),
        ]
    return signs, places


def _rounded(value: float) -> float:
    """Hundredths of a point; what is no number at all is nowhere."""
    return round(value, 2) if math.isfinite(value) else 0.0


def _sign(text: Any, index: int) -> str:
    """The character, or U+FFFD where the font does not tell which one it is; '' for the second half of one."""
    code = pdfium.FPDFText_GetUnicode(text, index)
    if code in _HIGH and (low := pdfium.FPDFText_GetUnicode(text, index + 1)) in _LOW:
        return chr(0x10000 + ((code - _HIGH.start) << 10) + low - _LOW.start)
    if code in _LOW and index and pdfium.FPDFText_GetUnicode(text, index - 1) in _HIGH:
        return ""
    is_character = 0x20 <= code < 0x110000 and code not in _HIGH and code not in _LOW
    if not is_character or pdfium.FPDFText_HasUnicodeMapError(text, index) == 1:
        return _REPLACED
    return chr(code)


def _objects(page: Any) -> dict[str, Any]:
    """Straight lines (x, y, x, y), the part of the page that pictures cover, whether it shows more than text, and
    whether there is text that does not show."""
    rules: list[list[float]] = []
    pictures, has_hidden, is_drawn = 0.0, False, False
    count = pdfium.FPDFPage_CountObjects(page)
    for index in range(min(count, MAX_OBJECTS)):
        thing = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(thing)
        is_drawn |= kind != pdfium.FPDF_PAGEOBJ_TEXT
        if kind == pdfium.FPDF_PAGEOBJ_PATH and len(rules) <= MAX_RULES:
            rules += islice(_rules(thing), MAX_RULES)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = _bounds(thing)
            pictures += (right - left) * (top - bottom)
        elif kind == pdfium.FPDF_PAGEOBJ_TEXT:
            has_hidden |= pdfium.FPDFTextObj_GetTextRenderMode(thing) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
    area = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page)
    return {
        "rules": rules if len(rules) <= MAX_RULES else [], "pictures": _rounded(pictures / area) if area > 0 else 0.0,
        "drawn": is_drawn, "hidden": has_hidden,
    }  # fmt: skip


def _bounds(thing: Any) -> tuple[float, float, float, float]:
    values = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(thing, *values)
    left, bottom, right, top = (_rounded(each.value) for each in values)
    return left, bottom, right, top


def _rules(path: Any) -> Iterator[list[float]]:
    """A thin path as the line in its middle, else the straight edges of what is stroked."""
    left, bottom, right, top = _bounds(path)
    if min(right - left, top - bottom) <= _THIN:
        if right - left > top - bottom:
            yield [left, (bottom + top) / 2, right, (bottom + top) / 2]
        else:
            yield [(left + right) / 2, bottom, (left + right) / 2, top]
        return
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    count = pdfium.FPDFPath_CountSegments(path)
    if not stroke.value or count > MAX_OBJECTS:
        return
    matrix, x, y = pdfium.FS_MATRIX(), ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPageObj_GetMatrix(path, matrix)
    begin = here = (0.0, 0.0)
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        before, here = (
            here,
            (
                _rounded(matrix.a * x.value + matrix.c * y.value + matrix.e),
                _rounded(matrix.b * x.value + matrix.d * y.value + matrix.f),
            ),
        )
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begin = here
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield [*before, *here]
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield [*here, *begin]


def _box_font() -> bytes:
    """A TrueType font of 65,535 boxes for every code and number of a glyph, narrower than any sign is set."""
    box = struct.pack(">5h2H", 1, 0, -120, 100, 880, 3, 0) + bytes([1] * 4)
    box += struct.pack(">8h", 0, 0, 100, 0, -120, 1000, 0, -1000)
    count = 0xFFFF
    places = array("I", range(0, (count + 1) * len(box), len(box)))
    if sys.byteorder == "little":
        places.byteswap()
    codes = struct.pack(">8H", 4, 32, 0, 4, 4, 1, 0, 0xFFFE) + struct.pack(">8H", 0xFFFF, 0, 0, 0xFFFF, 0, 1, 0, 0)
    tables = {
        b"cmap": struct.pack(">4HI", 0, 1, 3, 1, 12) + codes,
        b"glyf": box * count,
        b"head": struct.pack(
            ">4I2H2q4h2H3h", 0x10000, 0, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, -120, 100, 880, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(">I3hH11hH", 0x10000, 880, -120, 0, 1000, 0, 0, 1000, 1, *[0] * 7, 1),
        b"hmtx": struct.pack(">Hh", 1000, 0) + bytes(2 * (count - 1)),
        b"loca": places.tobytes(),
        b"maxp": struct.pack(">I14H", 0x10000, count, 4, 1, 0, 0, 1, *[0] * 8),
    }
    at = 12 + 16 * len(tables)
    head, body = struct.pack(">I4H", 0x10000, len(tables), 64, 2, len(tables) * 16 - 64), b""
    for name, table in tables.items():
        head += struct.pack(">4s3I", name, 0, at + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return head + body


def _only_boxes() -> Any:
    """Give PDFium the boxes for every font that a file names and does not hold, whatever this machine has.

    PDFium drops a sign that stands alone and whose font has nothing to draw for it: 前 would be missing in silence.
    Returns what must live as long as the library does.
    """
    font = _box_font()

    def data_of(_info: Any, _font: Any, table: int, into: Any, size: int) -> int:
        if table:
            return 0
        if into and size >= len(font):
            ctypes.memmove(into, font, len(font))
        return len(font)

    answers: dict[str, Any] = {
        "Release": lambda *_: None, "EnumFonts": lambda *_: None, "MapFont": lambda *_: 1, "GetFont": lambda *_: 1,
        "GetFontData": data_of, "GetFaceName": lambda *_: 0, "GetFontCharset": lambda *_: 0,
        "DeleteFont": lambda *_: None,
    }  # fmt: skip
    fonts = pdfium.FPDF_SYSFONTINFO()
    fonts.version = 1
    kinds = dict(pdfium.FPDF_SYSFONTINFO._fields_)
    for name, answer in answers.items():
        setattr(fonts, name, kinds[name](answer))
    pdfium.FPDF_SetSystemFontInfo(fonts)
    return fonts


def _limit() -> None:
    """Let the system end this process where it takes too much (not on Windows: there the time-out alone)."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read standard input as one PDF."""
    _limit()
    pdfium.FPDF_InitLibrary()
    fonts = _only_boxes()
    data = sys.stdin.buffer.read()
    try:
        for page in pages(data, int(sys.argv[1]), int(sys.argv[2])):
            sys.stdout.write(json.dumps(page) + "\n")
    except Unreadable as reason:
        sys.stdout.write(json.dumps({"refused": str(reason)}) + "\n")
    pdfium.FPDF_DestroyLibrary()
    del fonts  # not before


if __name__ == "__main__":
    main()
