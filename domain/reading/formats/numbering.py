"""Word's automatic numbers: they are not in the text, and are counted here as Word counts them.

A paragraph names a list (numId) and a level (ilvl), itself or by its style. Lists that share an abstract list go on
counting together, unless one of them says where to start. ECMA-376, 17.9.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from domain.reading.formats.markup import attribute, child, children, local, switched_on, whole
from domain.reading.formats.numbers import written
from domain.reading.formats.styles import Styles

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_HAN = re.compile(r"[一-鿿]")
#: A longer number is no number: it would only make the text grow without bound.
_LONGEST_PATTERN = 60
_LONGEST_NUMBER = 120
#: After these the words follow at once; after 第一条 and 1.1 there is a blank.
_CLOSED = ("、", "．", "。", "）", ")", "】", "〕", "：", "，")


@dataclass(frozen=True, slots=True)
class _Level:
    #: where Word begins if nothing is said
    start: int = 0
    kind: str = "decimal"
    pattern: str = ""
    #: one more than the deepest level whose use lets this one begin again; 0: it never does
    restart: int | None = None
    in_digits: bool = False
    has_blank: bool = True
    style_id: str | None = None


@dataclass(frozen=True, slots=True)
class _List:
    abstract_id: str
    levels: dict[int, _Level]
    #: levels that start anew where this list is first used, and at what
    starts: dict[int, int]


class Numbering:
    """The lists of one document, and how far each has been counted."""

    def __init__(self, root: Any, styles: Styles) -> None:
        """`root` is the root element of numbering.xml, or None where there is none."""
        self._styles = styles
        self._abstract = {attribute(each, "abstractNumId") or "": each for each in children(root, "abstractNum")}
        self._num = {whole(attribute(each, "numId")): each for each in children(root, "num")}
        self._lists: dict[int, _List | None] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[int, int]] = set()
        #: formats that we cannot write: their numbers stand as digits
        self.unknown_kinds: set[str] = set()

    def apart(self) -> Numbering:
        """The same lists, not yet counted: a text box counts for itself, and does not move the text's numbers."""
        other = copy(self)
        other._counts, other._begun = {}, set()
        return other

    def next_number(self, properties: Any, style_id: str | None) -> str:
        """Count on for the paragraph with these properties (w:pPr or None) and say its number; '' if it has none."""
        list_id, level = self._place(child(properties, "numPr"), style_id)
        found = self._list(list_id) if list_id else None
        if not list_id or found is None or level not in found.levels:
            return ""
        counts = self._counts.setdefault(found.abstract_id, [None] * _LEVELS)
        start = found.starts.get(level, found.levels[level].start)
        before = counts[level]
        begins_anew = level in found.starts and (list_id, level) not in self._begun
        counts[level] = start if before is None or begins_anew else before + 1
        self._begun.add((list_id, level))
        for deeper in range(level + 1, _LEVELS):
            restart = found.levels[deeper].restart if deeper in found.levels else None
            if level < min(deeper if restart is None else restart, deeper):
                counts[deeper] = None
        return self._text(found, counts, level)

    def _place(self, direct: Any, style_id: str | None) -> tuple[int | None, int]:
        """The list and level: the paragraph's own, else its style's. In a style the level is the one that names it."""
        list_id, level = whole(attribute(child(direct, "numId"))), whole(attribute(child(direct, "ilvl")))
        if list_id is None:
            chain = self._styles.chain(style_id)
            list_id = next((style.list_id for style in chain if style.list_id is not None), None)
            found = self._list(list_id) if list_id else None
            if level is None and found is not None:
                named = {each.style_id: number for number, each in found.levels.items() if each.style_id}
                level = next((named[style.id] for style in chain if style.id in named), None)
            if level is None:
                level = next((style.level for style in chain if style.level is not None), None)
        return list_id, level or 0

    def _list(self, list_id: int) -> _List | None:
        if list_id not in self._lists:
            self._lists[list_id] = self._read(self._num.get(list_id))
        return self._lists[list_id]

    def _read(self, num: Any) -> _List | None:
        abstract_id = attribute(child(num, "abstractNumId")) or ""
        link = attribute(child(self._abstract.get(abstract_id), "numStyleLink"))
        if link:  # the levels are those of the list that a numbering style stands for
            linked = self._num.get(self._styles.list_of(link))
            abstract_id = attribute(child(linked, "abstractNumId")) or ""
        if abstract_id not in self._abstract:
            return None
        levels = dict(_level(each) for each in children(self._abstract[abstract_id], "lvl"))
        starts: dict[int, int] = {}
        for override in children(num, "lvlOverride"):
            number = whole(attribute(override, "ilvl")) or 0
            if (own := child(override, "lvl")) is not None:
                levels[number] = replace(_level(own)[1], style_id=levels.get(number, _Level()).style_id)
            if (start := whole(attribute(child(override, "startOverride")))) is not None:
                starts[number] = start
        return _List(abstract_id, {number: each for number, each in levels.items() if number < _LEVELS}, starts)

    def _text(self, found: _List, counts: list[int | None], level: int) -> str:
        shown = found.levels[level]
        if shown.kind == "bullet" and not _HAN.search(shown.pattern):
            return ""

        def number(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            if place > level or place not in found.levels:
                return ""
            each = found.levels[place]
            count = counts[place]
            return self._written(each.start if count is None else count, "decimal" if shown.in_digits else each.kind)

        text = _PLACE.sub(number, shown.pattern)[:_LONGEST_NUMBER]
        return f"{text} " if text and shown.has_blank and not text.endswith((*_CLOSED, " ")) else text

    def _written(self, value: int, kind: str) -> str:
        text = written(value, kind)
        if text is None:
            self.unknown_kinds.add(kind[:40])
            return str(value)
        return text


def _level(element: Any) -> tuple[int, _Level]:
    kinds = [
        attribute(each) for each in element.iter() if local(each) == "numFmt"
    ]  # the last is a custom one's fallback
    start = whole(attribute(child(element, "start")))
    return whole(attribute(element, "ilvl")) or 0, _Level(
        start=start or 0,
        kind=(kinds[-1] if kinds else None) or "decimal",
        pattern=(attribute(child(element, "lvlText")) or "")[:_LONGEST_PATTERN],
        restart=whole(attribute(child(element, "lvlRestart"))),
        in_digits=bool(switched_on(child(element, "isLgl"))),
        has_blank=attribute(child(element, "suff")) != "nothing",
        style_id=attribute(child(element, "pStyle")),
    )
