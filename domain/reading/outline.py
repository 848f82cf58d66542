"""The numbered order of a text: where its items begin, and its sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from domain.reading.dates import numeral
from domain.reading.tables import is_row, row_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_HAN = "一二三四五六七八九十"
_MARK = re.compile(
    rf"(?P<chapter>第[{_HAN}百]{{1,4}}[章节])|(?P<article>第[{_HAN}百]{{1,4}}条)"
    rf"|(?P<one>[{_HAN}]{{1,3}})、|(?P<must>[{_HAN}])要(?!是|求|么|素|点)|(?P<is>[{_HAN}])是(?!否|的)"
    rf"|[（(](?P<two>[{_HAN}]{{1,3}})[）)]|(?P<three>\d{{1,2}})[.．、](?:(?!\d)|(?=\d{{1,2}}月))|[（(](?P<four>\d{{1,2}})[）)]"
)
_LEVELS = {"chapter": 0, "article": 1, "one": 1, "must": 1, "two": 2, "three": 3, "four": 4, "is": 5}
_WIDEST_BLANK = 12
#: What parts an item from the words before it where their line break was lost.
_BLANKS_BEFORE = re.compile(r"(?P<stop>[。；;：:！？!?）)”])?(?P<blank>[ \u3000]*)\Z")
_SENTENCE_END = re.compile(r"[。！？!?]+[”’」』）)]*|\n")
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """The number of an item: where it stands, how deep, and where the item's own words begin."""

    start: int
    end: int
    level: int
    number: str
    style: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of text up to its full stop, or a row of a table; `paragraph` is the same where they stand together."""

    start: int
    end: int
    text: str
    paragraph: int
    is_row: bool = False


def marks(text: str, start: int, end: int) -> list[Mark]:
    """The item numbers of a stretch of text; inside a line only where they come after a stop and in their order."""
    found: list[Mark] = []
    last: dict[str, int] = {}
    for match in _MARK.finditer(text, start, end):
        style = match.lastgroup or ""
        number = match[style]
        value = numeral(re.sub("[第章节条]", "", number)) or 0
        at_line_start = match.start() == start or text[match.start() - 1] == "\n"
        if style in ("chapter", "article", "must") and not at_line_start:
            continue
        if not at_line_start and not _follows(text, match, found, value, last.get(style)):
            continue
        last = {name: number for name, number in last.items() if _LEVELS[name] <= _LEVELS[style]} | {style: value}
        found.append(Mark(match.start(), match.end(), _LEVELS[style], number if style != "two" else match[0], style))
    return found


def _follows(text: str, match: re.Match[str], found: list[Mark], value: int, last: int | None) -> bool:
    """Inside a line: the next number after a stop, or a first one after a stop or a heading without one."""
    if value not in (1, (last or 0) + 1):
        return False
    stop = _BLANKS_BEFORE.search(text, max(0, match.start() - _WIDEST_BLANK), match.start())
    if stop and (stop["stop"] or (match.lastgroup in ("one", "two") and stop["blank"])):
        return True
    heading = text[found[-1].end : match.start()] if found else "。"
    return value == 1 and len(heading) <= 40 and not re.search(r"[。，；\d]", heading)


def sentences(text: str, start: int, end: int) -> Iterator[Sentence]:
    """The sentences of a stretch of text without their item numbers; 一是…；二是… are sentences of their own."""
    items = marks(text, start, end)
    begins = {mark.start: mark for mark in items}
    rows = [(line.start(), line.end()) for line in _LINE.finditer(text, start, end) if is_row(line[0])]
    ends = (m.end() for m in _SENTENCE_END.finditer(text, start, end))
    cuts = {start, end, *begins, *ends} - {at for first, after in rows for at in range(first + 1, after)}
    cuts |= {at for row in rows for at in row}
    row_starts = {first for first, _ in rows}
    paragraph = 0
    for first, after in pairwise(sorted(cuts)):
        if first in row_starts:
            paragraph += 1
            if body := row_text(text[first:after]):
                yield Sentence(first, after, body, paragraph, is_row=True)
            continue
        mark = begins.get(first)
        if text[first - 1 : first] == "\n" or (mark and mark.level <= 3):
            paragraph += 1
        words = mark.end if mark and mark.style != "is" else first
        body = text[words:after].replace("\n", "").strip()
        if len(body) > 1:
            yield Sentence(words, after, body, paragraph)
