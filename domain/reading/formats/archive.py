"""The ZIP container of DOCX and OFD: its parts and their XML, opened in memory, within limits, following nothing."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

from lxml import etree

from domain.reading.formats.plain import decoded
from domain.reading.formats.source import MEBIBYTE, UnreadableDocument

#: An OFD has three or four parts for each page, a DOCX one for each picture: no circular comes near this.
MAX_MEMBERS = 10_000
#: What one part may be unpacked: the text of a book of 1,000 pages, with all of Word's marks, is about 20 MB.
MAX_PART_BYTES = 32 * MEBIBYTE
#: What all parts that are read may be unpacked together; pictures and fonts are not read.
MAX_TOTAL_BYTES = 96 * MEBIBYTE
#: Deflate cannot pack better than 1,032 to 1; the most monotonous table of Word stays below 200.
MAX_RATIO = 300
#: Below this size any ratio does no harm: a form of empty cells packs well.
_RATIO_FROM = MEBIBYTE
#: Tags and attributes of one part: each may take 200 bytes of memory, and 1,000 pages of Word have fewer.
MAX_NODES = 1_000_000

_CHUNK = 64 * 1024
#: bzip2 and LZMA cannot be unpacked by the piece here, and no Office or OFD writer uses them.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1 | 0x40
#: A name that is no UTF-8 is a ValueError, a method that is not known a RuntimeError.
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error)
_CENTRAL_ENTRY = b"PK\x01\x02"


class Archive:
    """The parts of a file that is a ZIP container. Names are compared as OPC does: without regard to case.

    Nothing is written anywhere, so a name such as ../x or /x is but a name. Every trouble is an UnreadableDocument
    with one sentence that names the file.
    """

    def __init__(self, data: bytes, filename: str) -> None:
        self._filename = filename
        self._left = MAX_TOTAL_BYTES
        if data.count(_CENTRAL_ENTRY) > MAX_MEMBERS:  # before the library makes an object of each
            raise self.refusal(f"内含的部分超过 {MAX_MEMBERS} 个，不像一份公文")
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _DAMAGES as error:
            raise self.damaged() from error
        self._members: dict[str, list[zipfile.ZipInfo]] = {}
        for info in self._zip.infolist():
            self._members.setdefault(_key(info.filename), []).append(info)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts, in lower case, without a slash at the beginning."""
        return tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._members

    def read(self, name: str) -> bytes:
        """Unpack one part. Raises UnreadableDocument: not there, there twice, encrypted, damaged or beyond a limit."""
        found = self._members.get(_key(name), [])
        if not found:
            raise self.damaged()
        if len(found) > 1:
            raise self.refusal("内有两个同名的部分，无法断定以哪个为准")
        info = found[0]
        if info.flag_bits & _ENCRYPTED:
            raise self.refusal("已加密，请解密后再提供")
        if info.compress_type not in _METHODS:
            raise self.damaged()
        try:
            return self._unpack(info)
        except UnreadableDocument:
            raise
        except _DAMAGES as error:
            raise self.damaged() from error

    def xml(self, name: str) -> Any:
        """Unpack one part and return the root element of its XML. Raises UnreadableDocument as `read` does."""
        text = decoded(self.read(name))
        if text is None:
            raise self.damaged()
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise self.refusal("内含实体定义，可能有害，不予读取")
        if text.count("<") + text.count("=") > MAX_NODES:  # before a tree is made of them
            raise self.refusal("内容过于庞大，请只提供公文本身")
        try:
            root = etree.fromstring(text.encode(), _parser())
        except (etree.XMLSyntaxError, ValueError) as error:
            raise self.damaged() from error
        if root is None:
            raise self.damaged()
        return root

    def refusal(self, why: str) -> UnreadableDocument:
        """What to raise: one sentence on this file."""
        return UnreadableDocument(f"文件“{self._filename}”{why}。")

    def damaged(self) -> UnreadableDocument:
        """What to raise where the file is not what its kind should be."""
        return self.refusal("已损坏或不完整，请重新获取后再提供")

    def _unpack(self, info: zipfile.ZipInfo) -> bytes:
        """By what comes out, never by the size that the header claims."""
        most = min(MAX_PART_BYTES, self._left)
        packed = max(info.compress_size, 1)
        chunks, size = [], 0
        with self._zip.open(info) as part:
            while chunk := part.read(_CHUNK):
                size += len(chunk)
                if size > most or (size > _RATIO_FROM and size > packed * MAX_RATIO):
                    raise self.refusal("解压后过于庞大，可能有害，不予读取")
                chunks.append(chunk)
        self._left -= size
        return b"".join(chunks)


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _parser() -> Any:
    """No entity, no DTD, no network, at most 256 levels; the encoding is ours, whatever the declaration says."""
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
