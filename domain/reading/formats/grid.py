"""Tables by the lines that are drawn: which cell a place lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: left, top, right, bottom; downwards, in the unit of the page
Box = tuple[float, float, float, float]

#: Lines so near to each other (points; an OFD is converted) are one line, or meet.
NEAR = 3.0
#: A page with more lines than this shows a drawing.
_MOST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A line along one axis: where it lies across, and from where to where it runs."""

    at: float
    start: float
    end: float

    def covers(self, place: float) -> bool:
        return self.start - NEAR <= place <= self.end + NEAR


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines that touch one another."""

    level: tuple[_Stroke, ...]
    upright: tuple[_Stroke, ...]

    def cell(self, x: float, y: float) -> Box | None:
        """The cell around a place, None outside the grid."""
        above, below = _between([line.at for line in self.level if line.covers(x)], y)
        before, after = _between([line.at for line in self.upright if line.covers(y)], x)
        if above is None or below is None or before is None or after is None:
            return None
        return before, above, after, below


def grids(lines: Iterable[Box]) -> Iterator[Grid]:
    """Yield each table that lines (from x, y to x, y) draw: at least four cells' worth of lines that touch."""
    level, upright = [], []
    for x1, y1, x2, y2 in lines:
        if abs(y1 - y2) <= NEAR / 2 < abs(x1 - x2):
            level.append(_Stroke((y1 + y2) / 2, min(x1, x2), max(x1, x2)))
        elif abs(x1 - x2) <= NEAR / 2 < abs(y1 - y2):
            upright.append(_Stroke((x1 + x2) / 2, min(y1, y2), max(y1, y2)))
    if len(level) + len(upright) > _MOST_LINES * 10:
        return
    level, upright = _merged(level), _merged(upright)
    if len(level) + len(upright) > _MOST_LINES:
        return
    while upright:
        ours, others, found = [upright.pop()], level, []
        while True:
            touched = [line for line in others if any(_meet(line, each) for each in ours)]
            others = [line for line in others if line not in touched]
            found += touched
            joined = [line for line in upright if any(_meet(each, line) for each in touched)]
            upright = [line for line in upright if line not in joined]
            ours += joined
            if not joined:
                break
        level = others
        if len(found) > 1 and len(ours) > 1:
            yield Grid(tuple(found), tuple(ours))


def _meet(level: _Stroke, upright: _Stroke) -> bool:
    return level.covers(upright.at) and upright.covers(level.at)


def _merged(lines: list[_Stroke]) -> list[_Stroke]:
    """Lines that lie on one another or go on where the other ends, as one; of one place across, at its first."""
    merged: list[_Stroke] = []
    for at, group in _at_one_place(lines):
        start, end = group[0].start, group[0].end
        for line in group[1:]:
            if line.start <= end + NEAR:
                end = max(end, line.end)
            else:
                merged.append(_Stroke(at, start, end))
                start, end = line.start, line.end
        merged.append(_Stroke(at, start, end))
    return merged


def _at_one_place(lines: list[_Stroke]) -> Iterator[tuple[float, list[_Stroke]]]:
    group: list[_Stroke] = []
    for line in sorted(lines, key=lambda each: each.at):
        if group and line.at - group[0].at > NEAR:
            yield group[0].at, sorted(group, key=lambda each: each.start)
            group = []
        group.append(line)
    if group:
        yield group[0].at, sorted(group, key=lambda each: each.start)


def _between(places: Sequence[float], here: float) -> tuple[float | None, float | None]:
    return (
        max((place for place in places if place <= here), default=None),
        min((place for place in places if place > here), default=None),
    )
