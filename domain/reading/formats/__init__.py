"""From the bytes of a file to text, or one clear sentence why not. What a file is its content says, not its name."""

from __future__ import annotations

from domain.reading.formats.archive import Archive
from domain.reading.formats.docx import docx_text, has_document
from domain.reading.formats.html import html_text, is_html, is_mhtml
from domain.reading.formats.ofd import is_ofd, ofd_text
from domain.reading.formats.pdf import is_pdf, pdf_text
from domain.reading.formats.plain import plain_text
from domain.reading.formats.source import MEBIBYTE, SourceText, UnreadableDocument, in_megabytes

__all__ = ["MAX_BYTES", "SourceText", "UnreadableDocument", "read_source"]

#: A file beyond this is refused unread: no circular comes near it.
MAX_BYTES = 50 * MEBIBYTE
#: Text beyond this is refused: plain text undecoded, that of other files once it is known.
MAX_TEXT_BYTES = 10 * MEBIBYTE

_READABLE = "目前只能读取 UTF-8、UTF-16 或 GB18030 编码的纯文本、Markdown 和 HTML，以及 DOCX、OFD 和有文字层的 PDF"

#: Office files that are no documents, by the part that only they have.
_OFFICE = (("xl/workbook.xml", "Excel 工作簿"), ("ppt/presentation.xml", "演示文稿"))
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
#: The stream of the OLE container in which Office keeps a DOCX that needs a password.
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")

#: What a file begins with, and what people call such a file.
_UNREAD = (
    (b"PK\x05\x06", "压缩包"),
    (_OLE, "旧版 Office（DOC/WPS）文件"),
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


def read_source(data: bytes, filename: str) -> SourceText:
    """Read the text of a file, whatever its name says that it is.

    Raises UnreadableDocument, naming the file, if it is empty, too large, damaged, encrypted or of no kind we read.
    """
    _limit(data, filename, MAX_BYTES)
    if not data.strip(b" \t\r\n\x00"):
        raise UnreadableDocument(f"文件“{filename}”是空的，请提供有正文的公文。")
    source = _read(data, filename)
    if len(source.text) > MAX_TEXT_BYTES:
        raise UnreadableDocument(f"文件“{filename}”的文字超过 {MAX_TEXT_BYTES // 10_000} 万字，请只提供公文本身。")
    return source


def _read(data: bytes, filename: str) -> SourceText:
    if is_pdf(data):
        return pdf_text(data, filename)
    if data.startswith(_ZIP):
        return _from_archive(data, filename)
    if data.startswith(_OLE) and _ENCRYPTED_OFFICE in data:
        raise UnreadableDocument(f"文件“{filename}”已加密，请解密后再提供。")
    for magic, kind in _UNREAD:
        if data.startswith(magic):
            raise _unread(filename, kind)
    _limit(data, filename, MAX_TEXT_BYTES)
    if is_html(data):
        return html_text(data, filename)
    if is_mhtml(data):
        raise _unread(filename, "单个文件的网页（MHTML）")
    return plain_text(data, filename, _READABLE)


def _from_archive(data: bytes, filename: str) -> SourceText:
    """By the part that only this kind has."""
    archive = Archive(data, filename)
    if is_ofd(archive):
        return ofd_text(archive, filename)
    if has_document(archive):
        return docx_text(archive)
    raise _unread(filename, next((kind for part, kind in _OFFICE if part in archive), "压缩包"))


def _unread(filename: str, kind: str) -> UnreadableDocument:
    return UnreadableDocument(f"文件“{filename}”是{kind}，{_READABLE}，请转换后再提供。")


def _limit(data: bytes, filename: str, most: int) -> None:
    if len(data) > most:
        raise UnreadableDocument(
            f"文件“{filename}”有 {in_megabytes(len(data))}，超过 {most // MEBIBYTE} MB 的上限，请只提供公文本身。"
        )
