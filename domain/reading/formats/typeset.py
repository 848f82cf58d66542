"""From signs that stand somewhere on a page to lines as a person reads them."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import groupby, pairwise, zip_longest
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from domain.reading.formats.grid import Box, grids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Parts of the size of a sign. Lines of print lie a full size apart; a raised figure lies a third higher.
_SAME_LINE = 0.6
#: From which gap on two signs are parted: two letters, two characters, one of each (between which Word itself puts a
#: quarter). What spaces out a whole line, such as a margin to be reached, parts nothing.
_LETTER_GAP, _GAP, _MIXED_GAP = 0.15, 0.2, 0.4
_ENOUGH_GAPS = 4
_HEAD_LINES = 12
_NAME = re.compile(r"[一-鿿（）()、 \u3000]{4,40}")
_BESIDE_NAMES = re.compile(r"(?:(?P<name>[一-鿿（）()、 \u3000]{4,40}?)[ \u3000]{1,8})?文[ \u3000]{0,8}件")
#: A line that wide blanks or dots arrange is no prose.
_ARRANGED = re.compile(r"\u3000{3}|\.{4}|…{3}|·{4}")
_MOST_BLANKS = 8
#: How far from sign to sign what lies askew is still printed in one go.
_RUN_STEP = 2.2
#: The same sign printed twice, to look bold.
_OVERPRINTED = 0.15
#: How far from the margin a line ends that reached it, and begins that is not indented, and one that is.
_MARGIN, _FLUSH, _INDENT = 1.6, 0.5, (1.75, 2.5)
#: Two columns of prose: so many lines one below the other with a gap in the same place and so much on both sides.
_COLUMN_LINES, _COLUMN_SIGNS, _GUTTER = 8, 10, 1.2

_SENTENCE_ENDS = "。！？；：!?;:"
_LATIN = re.compile(r"[!-~]")
_LETTER = re.compile(r"[A-Za-z]")
_LATIN_RUN = re.compile(r"[!-~]{1,20}")
#: Letters that a ligature gives twice in one place.
_IN_LIGATURES = "ft"


#: What a cell leaves free beside a full line, its own margins included.
_ROOM = 2.5
#: A cell of more signs is no task of a table, but a page in a frame.
_LONGEST_CELL = 400


class Placed(NamedTuple):
    """A sign on a page: where it begins on its base line (any unit, y upwards), how it is turned, how far it reaches.

    `turn` counts quarter turns to the left; -1 is any other angle.
    """

    text: str
    x: float
    y: float
    turn: int
    advance: float
    size: float


class Sign(NamedTuple):
    """A sign of an upright page: `base` grows downwards."""

    text: str
    left: float
    right: float
    base: float
    size: float


class Line(NamedTuple):
    """What stands on one line, in its order."""

    text: str
    left: float
    right: float
    base: float
    size: float


#: A straight line from (x, y) to (x, y), y upwards.
Rule = tuple[float, float, float, float]


def page_lines(placed: Sequence[Placed], rules: Iterable[Rule] = ()) -> tuple[list[str], list[str]]:
    """Return the lines of a page from top to bottom, and what is left out because it lies askew.

    The way most signs are turned is upright. A row of a ruled table is one line, its cells parted by tabs.
    """
    turns = Counter(each.turn for each in placed if each.turn >= 0)
    main = turns.most_common(1)[0][0] if turns else 0
    signs = [_upright(each) for each in placed if each.turn == main]
    blocks = [*_blocks(signs, [(*_turned(rule[0], rule[1], main), *_turned(rule[2], rule[3], main)) for rule in rules])]
    askew = [each for each in placed if each.turn != main and not each.text.isspace()]
    return [text for _, text in sorted(blocks, key=lambda block: block[0])], [*_runs(askew)]


def _runs(askew: Sequence[Placed]) -> Iterator[str]:
    """What was printed in one go, wherever it lies."""
    run = ""
    before = askew[0] if askew else None
    for each in askew:
        if before and math.dist(before[1:3], each[1:3]) > max(each.size, before.size) * _RUN_STEP:
            yield run
            run = ""
        run += each.text
        before = each
    if run:
        yield run


def _upright(each: Placed) -> Sign:
    left, base = _turned(each.x, each.y, each.turn)
    return Sign(each.text, left, left + max(each.advance, 0.0), base, max(each.size, 0.1))


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """To the right and downwards, for a page that has been turned upright."""
    return ((x, -y), (y, x), (-x, y), (-y, -x))[turn]


def _blocks(signs: list[Sign], rules: list[Box]) -> Iterator[tuple[float, str]]:
    """Yield texts and how far down they stand: rows of tables, and the lines outside them."""
    outside = signs
    for grid in grids(rules):
        cells: dict[Box, list[Sign]] = {}
        rest: list[Sign] = []
        for sign in outside:
            cell = grid.cell((sign.left + sign.right) / 2, sign.base - sign.size * 0.35)
            (rest if cell is None else cells.setdefault(cell, [])).append(sign)
        outside = rest
        yield from _rows(cells)
    yield from _running([[*line] for line in _on_lines(outside)])


def _rows(cells: dict[Box, list[Sign]]) -> Iterator[tuple[float, str]]:
    for top, boxes in groupby(sorted(cells, key=lambda cell: (cell[1], cell[0])), key=lambda cell: cell[1]):
        filled = {box: lines for box in boxes if (lines := [*_on_lines(cells[box])])}
        shown = [*filled.values()]
        texts = [_in_cell(box, [_line(line) for line in lines]) for box, lines in filled.items()]
        if len(shown) == 1:  # a frame around prose
            yield from _running(shown[0])
        elif any(len(text) > _LONGEST_CELL for text in texts):
            yield from ((top, text) for lines in shown for _, text in _running(lines))
        else:
            yield top, "\t".join(texts)


def _in_cell(box: Box, lines: list[Line]) -> str:
    """The lines of a cell as one: without a blank where the next sign, or number, had found no room."""
    parts = [lines[0].text]
    for line, after in pairwise(lines):
        number = _LATIN_RUN.match(after.text)
        needed = _ROOM + (len(number[0]) / 2 if number else 0)
        is_full = box[2] - box[0] - (line.right - line.left) < line.size * needed
        parts.append(f"{'' if is_full else ' '}{after.text}")
    return "".join(parts)


def _on_lines(signs: list[Sign]) -> Iterator[list[Sign]]:
    """Yield the signs of each line that shows any, from left to right, without blanks at its ends."""
    line: list[Sign] = []
    for sign in sorted(signs, key=lambda each: each.base):
        if line and sign.base - line[0].base > min(sign.size, line[0].size) * _SAME_LINE:
            yield from _in_order(line)
            line = []
        line.append(sign)
    yield from _in_order(line)


def _in_order(line: list[Sign]) -> Iterator[list[Sign]]:
    ordered = sorted(line, key=lambda each: each.left)
    shown = [index for index, sign in enumerate(ordered) if sign.text.strip()]
    if shown:
        yield ordered[shown[0] : shown[-1] + 1]


def _line(signs: Sequence[Sign]) -> Line:
    shown = [signs[0]]
    for sign in signs[1:]:
        if sign.text.strip() and not _is_overprint(shown[-1], sign):
            shown.append(sign)
    gaps = [(after.left - before.right) / min(before.size, after.size) for before, after in pairwise(shown)]
    usual = max(median(gaps), 0.0) if len(gaps) >= _ENOUGH_GAPS else 0.0
    blanks = ["", *(_blanks(*pair, gap, usual) for pair, gap in zip(pairwise(shown), gaps, strict=True))]
    text = "".join(blank + sign.text for blank, sign in zip(blanks, shown, strict=True))
    size = Counter(round(sign.size, 1) for sign in shown).most_common(1)[0][0]
    return Line(text, shown[0].left, max(sign.right for sign in shown), shown[0].base, size)


def _is_overprint(before: Sign, sign: Sign) -> bool:
    return (
        sign.text == before.text
        and sign.text not in _IN_LIGATURES
        and sign.left - before.left < sign.size * _OVERPRINTED
        and abs(sign.base - before.base) < sign.size * _OVERPRINTED
    )


def _blanks(before: Sign, sign: Sign, gap: float, usual: float) -> str:
    """The blanks that stand for a gap, in parts of a size; `usual` is how far all signs of the line are spaced out."""
    are_letters = bool(_LATIN.match(before.text[-1])), bool(_LATIN.match(sign.text[0]))
    if all(are_letters):
        return "" if gap < _LETTER_GAP else " " * min(max(round(gap), 1), _MOST_BLANKS)
    if gap - usual < (_MIXED_GAP if any(are_letters) else _GAP):
        return ""
    return "\u3000" * min(round(gap), _MOST_BLANKS) or " "


def _running(lines: list[list[Sign]]) -> Iterator[tuple[float, str]]:
    """Yield running text: two columns one after the other, and what only the margin broke as one line."""
    for columns in _stretches(lines):
        for column in columns:
            for top, text in _paragraphs(_with_joint_head([_line(signs) for signs in column if signs])):
                # what stands in columns keeps its order, however far down it is
                yield (columns[0][0][0].base if len(columns) > 1 else top), text


def _with_joint_head(lines: list[Line]) -> list[Line]:
    """The names of a joint red head and the 文件 that stands beside all of them, wherever in height, as one line."""
    for index, line in enumerate(lines[:_HEAD_LINES]):
        match = _BESIDE_NAMES.fullmatch(line.text)
        if match is None:
            continue
        if not match["name"] and index + 1 == len(lines):
            continue
        name = line if match["name"] else lines[index + 1]
        size, left = name.size, name.left
        first, last = index, index + 1
        while first and _is_name(lines[first - 1], size, left, line):
            first -= 1
        while last < len(lines) and _is_name(lines[last], size, left, line):
            last += 1
        names = [match["name"] if each is line else each.text for each in lines[first:last]]
        text = "\u3000".join(filter(None, names)) + "文件"
        if last - first > 1:
            return [*lines[:first], line._replace(text=text, base=lines[first].base), *lines[last:]]
    return lines


def _is_name(line: Line, size: float, left: float, beside: Line) -> bool:
    return (
        abs(line.size - size) < size * 0.1
        and abs(line.left - left) < size
        and line.right < beside.right - size
        and _NAME.fullmatch(line.text) is not None
    )


def _paragraphs(lines: list[Line]) -> Iterator[tuple[float, str]]:
    """Join the lines that only the margin ended."""
    long = [line for line in lines if len(line.text) >= _COLUMN_SIGNS]
    left = min((line.left for line in long), default=0.0)
    right = max((line.right for line in long), default=0.0)
    begun: list[Line] = []
    for line, after in zip_longest(lines, lines[1:]):
        begun.append(line)
        if after is None or not _goes_on(begun, after, left, right):
            yield begun[0].base, _joined(each.text for each in begun)
            begun = []


def _goes_on(begun: list[Line], after: Line, left: float, right: float) -> bool:
    """Whether the next line goes on a paragraph: the last one reached the margin, and the next one is not indented.

    After the end of a sentence this is known only of paragraphs that begin with an indent. A title in the middle of
    the page is neither flush nor indented by two signs.
    """
    line = begun[-1]
    indent = (begun[0].left - left) / line.size
    is_indented = _INDENT[0] < indent < _INDENT[1]
    return (
        line.right > right - line.size * _MARGIN
        and after.left < left + after.size * _FLUSH
        and (is_indented or (indent < _FLUSH and line.text[-1] not in _SENTENCE_ENDS))
        and not _ARRANGED.search(line.text)
        and not _ARRANGED.search(after.text)
        and abs(line.size - after.size) < line.size * 0.1
        and after.base - line.base < line.size * 2.5
    )


def _joined(texts: Iterable[str]) -> str:
    """Lines that the margin broke, as one: only words are parted, for a number may be broken anywhere (20|20年)."""
    whole = ""
    for text in texts:
        parted = whole and _LETTER.match(whole[-1]) and _LETTER.match(text[0])
        whole += f" {text}" if parted else text
    return whole


def _stretches(lines: list[list[Sign]]) -> Iterator[list[list[list[Sign]]]]:
    """Yield stretches of lines: those that run over the page by themselves, those in two columns as left and right."""
    plain: list[list[Sign]] = []
    index = 0
    while index < len(lines):
        found = _two_columns(lines, index)
        if found is None:
            plain.append(lines[index])
            index += 1
            continue
        if plain:
            yield [plain]
            plain = []
        columns, index = found
        yield columns
    if plain:
        yield [plain]


def _two_columns(lines: list[list[Sign]], first: int) -> tuple[list[list[list[Sign]]], int] | None:
    """The two columns that begin with a line, and the number of the line after them; None if there are none."""
    gap = _gap(lines[first])
    if gap is None:
        return None
    (low, high), both, filled, index = gap, 0, 0, first
    while index < len(lines):
        left, right = _parted(lines[index], (low + high) / 2)
        edges = (max((sign.right for sign in left), default=low), min((sign.left for sign in right), default=high))
        narrowed = max(low, edges[0]), min(high, edges[1])
        if narrowed[1] - narrowed[0] < lines[index][0].size:
            break
        low, high = narrowed
        if len(left) >= _COLUMN_SIGNS and len(right) >= _COLUMN_SIGNS:
            both += 1
            filled += edges[0] > low - left[0].size * 2
        index += 1
    if both < _COLUMN_LINES or filled < both * 0.6:
        return None
    halves = [_parted(line, (low + high) / 2) for line in lines[first:index]]
    return [[left for left, _ in halves if left], [right for _, right in halves if right]], index


def _gap(line: list[Sign]) -> tuple[float, float] | None:
    """The first wide gap with much text on both of its sides."""
    for index in range(_COLUMN_SIGNS, len(line) - _COLUMN_SIGNS + 1):
        before, after = line[index - 1], line[index]
        if after.left - before.right > after.size * _GUTTER:
            return before.right, after.left
    return None


def _parted(line: list[Sign], at: float) -> tuple[list[Sign], list[Sign]]:
    return [sign for sign in line if sign.right <= at], [sign for sign in line if sign.right > at]
