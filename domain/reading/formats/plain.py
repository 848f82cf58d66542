"""Plain text and Markdown: byte-order mark first, then strict UTF-8, then strict GB18030."""

from __future__ import annotations

import codecs

from domain.reading.formats.source import SourceText, UnreadableDocument

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PLAIN_CONTROLS = frozenset("\t\n\r\f\v\x1a")


def plain_text(data: bytes, filename: str, readable: str) -> SourceText:
    """Decode a file; line ends become LF. `readable` names what could be read instead.

    Raises UnreadableDocument, naming the file, if it is empty, no text, or in no encoding it knows.
    """
    if b"\x00" in data and not any(data.startswith(bom) for bom, _ in _BOMS):
        raise UnreadableDocument(f"文件“{filename}”是二进制文件，{readable}，请转换后再提供。")
    text = decoded(data)
    if text is None:
        raise UnreadableDocument(f"文件“{filename}”的编码无法识别，{readable}，请另存为 UTF-8 后再提供。")
    if not text.strip():
        raise UnreadableDocument(f"文件“{filename}”是空的，请提供有正文的公文。")
    if any(ord(sign) < 0x20 and sign not in _PLAIN_CONTROLS for sign in set(text)):
        raise UnreadableDocument(f"文件“{filename}”是二进制文件，{readable}，请转换后再提供。")
    return SourceText(text.replace("\r\n", "\n").replace("\r", "\n"))


def decoded(data: bytes) -> str | None:
    """The text, or None if no encoding takes every byte: a replaced character could be a digit of a date."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data[len(bom) :], encoding)
    text = _strictly(data, "utf-8")
    return _strictly(data, "gb18030") if text is None else text


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
