"""From the bytes of a file to text, or one clear sentence why not."""

from __future__ import annotations

import codecs

MEBIBYTE = 1024 * 1024
#: Text beyond this is refused undecoded: no circular comes near it.
MAX_BYTES = 10 * MEBIBYTE

_READABLE = "目前只能读取 UTF-8、UTF-16 或 GB18030 编码的纯文本和 Markdown"

#: What a file begins with, and what people call such a file.
_MAGIC = (
    (b"%PDF", "PDF 文件"),
    (b"PK\x03\x04", "压缩包或 DOCX/OFD 文件"),
    (b"PK\x05\x06", "压缩包"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office（DOC/WPS）文件"),
    (b"{\\rtf", "RTF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PLAIN_CONTROLS = frozenset("\t\n\r\f\v\x1a")


class UnreadableDocument(ValueError):
    """The file holds no text that can be read; the message is one sentence for the person who gave it."""


def read_text(data: bytes, filename: str) -> str:
    """Decode a file: byte-order mark first, then strict UTF-8, then strict GB18030; line ends become LF.

    Raises UnreadableDocument, naming the file, if it is empty, too large, no text, or in no encoding it knows.
    """
    if len(data) > MAX_BYTES:
        size, limit = len(data) / MEBIBYTE, MAX_BYTES // MEBIBYTE
        raise UnreadableDocument(f"文件“{filename}”有 {size:.1f} MB，超过 {limit} MB 的上限，请只提供公文本身的文本。")
    if not data.strip(b" \t\r\n\x00"):
        raise UnreadableDocument(f"文件“{filename}”是空的，请提供有正文的公文。")
    if kind := _binary_kind(data):
        raise UnreadableDocument(f"文件“{filename}”是{kind}，{_READABLE}，请转换后再提供。")
    text = _decoded(data)
    if text is None:
        raise UnreadableDocument(f"文件“{filename}”的编码无法识别，{_READABLE}，请另存为 UTF-8 后再提供。")
    if not text.strip():
        raise UnreadableDocument(f"文件“{filename}”是空的，请提供有正文的公文。")
    if any(ord(sign) < 0x20 and sign not in _PLAIN_CONTROLS for sign in set(text)):
        raise UnreadableDocument(f"文件“{filename}”是二进制文件，{_READABLE}，请转换后再提供。")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _binary_kind(data: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    marked = any(data.startswith(bom) for bom, _ in _BOMS)
    return "二进制文件" if b"\x00" in data and not marked else None


def _decoded(data: bytes) -> str | None:
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
