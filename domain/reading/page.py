"""The text of a file as one reads it: marks, page breaks and broken lines gone, one width for all signs."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from domain.reading.formats.radicals import RADICALS
from domain.reading.tables import is_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.documents import Span

#: A stretch of clean text and where in the source it stands.
Piece = tuple[str, int]

_TAGS = r"</?(?:p|br|b|i|u|div|span|strong|em|font|center|td|th|tr|table)(?:\s[^<>]{0,80})?/?>"
_DROPPED = re.compile(
    rf"\*\*|[\u200b-\u200f\u2060\ufeff\u00ad]|—\s?\d{{1,3}}\s?—|&(?:nbsp|ensp|emsp)[;；]|{_TAGS}", re.IGNORECASE
)
_CELL_END = re.compile(r"</t[dh]>", re.IGNORECASE)
#: A paragraph indent in text whose line breaks were lost counts as a line break (but not 通　　知, nor 标　　题：).
_LINE = re.compile(
    r"\n|\\r\\n|\\n(?![a-z])|(?i:</tr>)|(?<!\u3000)(?<!\n[一-鿿])(?<!\A[一-鿿])\u3000{2,}+(?=[^\n\u3000]{4})"
)
_NO_TEXT = re.compile(
    r"[-*_=—－–~]{3,}|[-—－–·\s]*\d{1,3}[-—－–·\s]*|第\s?\d{1,3}\s?页(?:[\s,，/]{0,3}共\s?\d{1,3}\s?页)?|!\[[^\]]{0,200}\]\([^)]{0,500}\)"
)
_PAGE_NUMBER = re.compile(r"[-—－–·]\s?\d{1,3}\s?[-—－–·]|第\s?\d{1,3}\s?页(?:[\s,，/]{0,3}共\s?\d{1,3}\s?页)?")
_ANY_LINE = re.compile(r"[^\n]+")
_LEADING = re.compile(r"[\s>]*(?:(#{1,6})\s*)?(?:\*\*)?\s*")
_LETTER_SPACED = re.compile(r"[一-鿿](?:[ \u3000]{1,3}[一-鿿]){2,40}")
_BLANK = re.compile(r"[ \t\u3000\xa0]+")

_ENDS = tuple("。！？；：:;.!?")
_STARTS = re.compile(
    r"[一二三四五六七八九十]{1,3}(?:、|要|是)|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、]|第[一二三四五六七八九十百]{1,4}[章条节]"
    r"|[^\n。，：]{2,6}：$|附\s?[件表]|抄[送报]|主题词|联系|电话|传真|邮箱|电子邮|[（(]?此件|[（(]|印发"
    r"|[^\n。，]{0,40}(?:\d{4}|[〇零○一二三四五六七八九]{4})年\S{1,3}月\S{1,3}日\s?(?:印发)?$|[^\n。，]{2,60}文件$"
    r"|[^\n。，《（(]{1,30}[〔\[［]\s?\d{4}\s?[〕\]］]\s?第?\d{1,5}\s?号$"
)
_NUMBERED = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|第[一二三四五六七八九十百]{1,4}[章节]"
)
#: A line that wide blanks or a document number arrange is no prose, nor is what a web page prints about a document.
_TYPESET = re.compile(
    r"\S[ \u3000]{3}|^[^\n。，《（(]{1,30}[〔\[［]\s?\d{4}\s?[〕\]］]\s?第?\d{1,5}\s?号"
    r"|^(?:发布|浏览|点击|阅读|来源|作者|发文|成文|信息来源)[一-鿿]{0,4}："
)
#: A line that ends as titles do, with no stop in it.
_TITLE = re.compile(r"\s*[^。，；：]{4,100}(?:通知|通报|的[复公]?函|意见|公告|通告|批复|决定|请示)\s*")
#: A line of nothing but a name, as under a text.
_SIGNER = re.compile(r"[一-鿿]{3,40}(?:委员会|[委局办厅部院会司处署室组府])")
#: Digits and letters are of half width, whatever the typist chose.
_HALF = str.maketrans({chr(sign): chr(sign - 0xFEE0) for sign in map(ord, "０１２３４５６７８９．＠／％＋＿＝＆")})
_HALF |= {sign: chr(sign - 0xFEE0) for first in "Ａａ" for sign in range(ord(first), ord(first) + 26)}
_SIGNS = RADICALS | _HALF
#: Stops and brackets beside Chinese are of full width, the colon of an hour of half width.
_FULL = str.maketrans(",;:!?()", "，；：！？（）")
_BESIDE_CHINESE = re.compile(r"(?<=[一-鿿“”《》（）〔〕])[,;:!?()]|[,;:!?()](?=[一-鿿“”《》（）〔〕])")
_HOUR_COLON = re.compile(r"(?<=\d)：(?=\d\d(?!\d))")
#: 二00三年, 二OO三年: a year in Chinese numerals whose zeros are what the keyboard had
_YEAR_WITH_ZEROS = re.compile(r"[一二][0OoΟО○〇零一二三四五六七八九]{3}(?=\s?[年〕\]）)])")
_ZEROS = str.maketrans(dict.fromkeys("0OoΟО○", "〇"))
_HEADING_LENGTH = 40
_FULL_LINE = 24
_SHORT_LINE = 12
#: What tells that a typist broke the lines: so many unfinished ones, most of them of one width.
_NARROWEST = 16
_ENOUGH_LINES = 4
_MOST = 0.6


@dataclass(frozen=True, slots=True)
class Page:
    """Clean text, to which all spans refer; `original` leads back to the source."""

    text: str
    source: str
    _clean_offsets: tuple[int, ...]
    _source_offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The half-open range without the white space at both ends."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return start, end

    def original(self, start: int, end: int) -> str:
        """The source behind text[start:end], as it was printed; white space at both ends is left out."""
        start, end = self.span(start, end)
        return self.source[self._at(start) : self._at(end - 1) + 1] if start < end else ""

    def _at(self, offset: int) -> int:
        index = bisect_right(self._clean_offsets, offset) - 1
        if index < 0:
            return 0
        return min(self._source_offsets[index] + offset - self._clean_offsets[index], len(self.source))


@dataclass(frozen=True, slots=True)
class _Line:
    pieces: tuple[Piece, ...]
    text: str
    is_heading: bool
    #: a page number stood between it and the line before
    is_on_new_page: bool = False


def clean(source: str) -> Page:
    """Leave out Markdown marks, page numbers, rules and empty lines, and join lines that a page break parted.

    Signs of full and of half width become alike, and look-alike radicals what is meant, each by one sign.
    """
    alike = _HOUR_COLON.sub(":", _BESIDE_CHINESE.sub(_of_full_width, source.translate(_SIGNS)))
    alike = _YEAR_WITH_ZEROS.sub(lambda match: match[0].translate(_ZEROS), alike)
    pieces: list[Piece] = []
    before: _Line | None = None
    lines = list(_lines(alike))
    wrapped_at = _wrapped_at(lines)
    for line in lines:
        if before is not None and not _goes_on(before, line, wrapped_at):
            pieces.append(("\n", line.pieces[0][1]))
        pieces.extend(line.pieces)
        before = line
    clean_offsets, offset = [], 0
    for text, _ in pieces:
        clean_offsets.append(offset)
        offset += len(text)
    return Page("".join(text for text, _ in pieces), source, tuple(clean_offsets), tuple(at for _, at in pieces))


def _of_full_width(match: re.Match[str]) -> str:
    return match[0].translate(_FULL)


def _lines(source: str) -> Iterator[_Line]:
    start = 0
    running, new_page = _running_heads(source), False
    for match in (*_LINE.finditer(source), None):
        end = match.start() if match else len(source)
        line = None if start in running else _line(source, start, end)
        if line is None:
            new_page = new_page or bool(_PAGE_NUMBER.fullmatch(source[start:end].strip()))
        else:
            yield replace(line, is_on_new_page=True) if new_page else line
            new_page = False
        start = match.end() if match else end


def _running_heads(source: str) -> set[int]:
    """Where the lines begin that are printed again beside a page number: the same head or foot on every page."""
    printed = [(match.start(), match[0].strip()) for match in _ANY_LINE.finditer(source)]
    printed = [(start, words) for start, words in printed if words]
    seen = Counter(words for _, words in printed)
    beside = ((before, after) for before, after in pairwise(printed))
    found: set[int] = set()
    for before, after in beside:
        for number, line in ((before, after), (after, before)):
            repeated = seen[line[1]] > 1 and len(line[1]) <= _HEADING_LENGTH and not line[1].endswith(_ENDS)
            if repeated and _PAGE_NUMBER.fullmatch(number[1]):
                found.add(line[0])
    firsts = {words: start for start, words in reversed(printed)}
    return found - set(firsts.values())


def _line(source: str, start: int, end: int) -> _Line | None:
    raw = source[start:end].strip()
    if not raw or _NO_TEXT.fullmatch(raw):
        return None
    leading = _LEADING.match(source, start, end)
    pieces = tuple(_pieces(source, leading.end() if leading else start, end))
    text = "".join([text for text, _ in pieces])
    return _Line(pieces, text, is_heading=bool(leading and leading[1])) if text.strip() else None


def _pieces(source: str, start: int, end: int) -> Iterator[Piece]:
    """The line without marks and trailing blanks; a letter-spaced line without its blanks."""
    end = start + len(source[start:end].rstrip())
    spaced = _LETTER_SPACED.fullmatch(source, start, end)
    dropped = _BLANK if spaced else _DROPPED
    for match in dropped.finditer(source, start, end):
        if match.start() > start:
            yield source[start : match.start()], start
        if _CELL_END.fullmatch(match[0]):
            yield "\t", match.start()
        start = match.end()
    if end > start:
        yield source[start:end], start


def _wrapped_at(lines: list[_Line]) -> float:
    """The width at which a typist broke every line, a sign of half width being half a one; infinite where none did."""
    widths = [_width(line.text) for line in lines if not line.text.rstrip().endswith(_ENDS)]
    unfinished = [width for width in widths if width >= _NARROWEST]
    if len(unfinished) < _ENOUGH_LINES:
        return math.inf
    widest = max(unfinished)
    full = sum(width >= widest - 2 for width in unfinished)
    return widest - 2 if full >= _MOST * len(unfinished) else math.inf


def _width(text: str) -> float:
    return sum(0.5 if sign.isascii() else 1 for sign in text.rstrip())


def _goes_on(before: _Line, after: _Line, wrapped_at: float) -> bool:
    """Whether the second line is the rest of a sentence that the first one began."""
    if before.is_heading or after.is_heading or is_row(before.text) or is_row(after.text):
        return False
    head, tail = before.text.rstrip(), after.text.lstrip()
    is_signer = _SIGNER.fullmatch(tail) and not after.is_on_new_page
    if is_signer or head.endswith(_ENDS) or _STARTS.match(tail) or _TITLE.fullmatch(head) or _TYPESET.search(head):
        return False
    if _width(before.text) >= wrapped_at:
        return True
    if _NUMBERED.match(head) and "。" not in head and len(head) <= _HEADING_LENGTH:
        return False
    if after.is_on_new_page and len(head) > _SHORT_LINE:
        return True
    return len(head) >= _FULL_LINE or "。" in head or (head.endswith(("，", "、")) and len(head) > 8)
