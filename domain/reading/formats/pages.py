"""Pages of print as text: which of them hold none, what was left out, and one sentence where nothing can be read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.reading.formats.radicals import without_radicals
from domain.reading.formats.source import SourceText, UnreadableDocument
from domain.reading.formats.stories import front_lines
from domain.reading.formats.typeset import Placed, Rule, page_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: No circular comes near these.
MAX_PAGES = 1_000
MAX_SIGNS = 500_000

#: What a reader writes for a sign whose character the file does not tell.
REPLACED = "\ufffd"
#: A page that pictures cover so far and with fewer signs than this is a scan: the signs are its number or a stamp.
_COVERED, _FEW_SIGNS = 0.4, 50
_PAGES_NAMED = 10
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}

TOO_MANY_PAGES = f"超过 {MAX_PAGES} 页，请只提供公文本身"
TOO_MANY_SIGNS = f"超过 {MAX_SIGNS} 字，请只提供公文本身"
_NO_TEXT = "中没有文字，请提供有正文的公文"
_SCAN = "是扫描件，没有文字层，请先做文字识别（OCR）再提供"
_NO_CHARACTERS = "中的文字没有可用的编码，请改用原稿，或先做文字识别（OCR）再提供"


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """What stands on one page; places are in points, upwards."""

    placed: Sequence[Placed]
    rules: Sequence[Rule]
    #: the part of the page that pictures cover
    pictures: float
    #: it shows more than text
    is_drawn: bool
    #: it holds text that does not show: what OCR lays behind a picture
    has_hidden: bool

    @property
    def signs(self) -> int:
        """How many signs show, blanks left out."""
        return sum(not each.text.isspace() for each in self.placed)

    @property
    def is_scan(self) -> bool:
        """Whether its words are in a picture."""
        return self.is_drawn and (not self.signs or (self.pictures > _COVERED and self.signs < _FEW_SIGNS))


def printed_text(pages: Sequence[PrintedPage], filename: str, *others: str) -> SourceText:
    """The lines of all pages in their order, below a grade of secrecy that lies askew; `others` are further warnings.

    Raises UnreadableDocument if there is no text, as in a scan, or none that tells its characters.
    """
    read = [(number, page) for number, page in enumerate(pages, 1) if not page.is_scan]
    signs = sum(page.signs for _, page in read)
    if not signs:
        raise refusal(filename, _NO_TEXT if len(read) == len(pages) else _SCAN)
    if sum(each.text == REPLACED for _, page in read for each in page.placed) > signs / 2:
        raise refusal(filename, _NO_CHARACTERS)
    lines: list[str] = []
    askew: dict[int, list[str]] = {}
    for number, page in enumerate(pages, 1):
        printed, left_out = page_lines(page.placed, page.rules)
        lines += printed
        if left_out:
            askew[number] = left_out
    marks, said = front_lines("\n".join(lines), [run for runs in askew.values() for run in runs], ())
    text = without_radicals("\n".join([*marks, *lines]).translate(_LIGATURES))
    return SourceText(text, (*_warnings(pages, [*askew]), *said, *others))


def refusal(filename: str, why: str) -> UnreadableDocument:
    """What to raise: one sentence on the file."""
    return UnreadableDocument(f"文件“{filename}”{why}。")


def _warnings(pages: Sequence[PrintedPage], askew: Sequence[int]) -> Iterator[str]:
    scans = [number for number, page in enumerate(pages, 1) if page.is_scan]
    hidden = [number for number, page in enumerate(pages, 1) if page.has_hidden]
    if scans:
        yield f"{_named(scans)}是扫描图像，没有文字层，未读取。"
    if hidden:
        yield f"{_named(hidden)}的文字来自图像识别（OCR），可能有错字，请对照原件。"
    if askew:
        yield f"{_named(askew)}有倾斜或转向的文字（如水印），未读取。"


def _named(numbers: Sequence[int]) -> str:
    """Pages as a warning names them: 第2、5页, or 第1、2、…、10等12页."""
    named = "、".join(map(str, numbers[:_PAGES_NAMED]))
    return f"第{named}页" if len(numbers) <= _PAGES_NAMED else f"第{named}等{len(numbers)}页"
