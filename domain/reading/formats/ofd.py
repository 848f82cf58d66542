"""OFD (GB/T 33190): the text objects of its pages and templates, sign by sign where they are printed."""

from __future__ import annotations

import math
import posixpath
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree

from domain.reading.formats.pages import (
    MAX_PAGES,
    MAX_SIGNS,
    REPLACED,
    TOO_MANY_PAGES,
    TOO_MANY_SIGNS,
    PrintedPage,
    printed_text,
    refusal,
)
from domain.reading.formats.typeset import Placed, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.reading.formats.archive import Archive
    from domain.reading.formats.source import SourceText

#: Points in a millimetre, the unit of OFD.
_POINTS = 72 / 25.4
_A4 = (210.0, 297.0)
_RIGHT_ANGLE = math.pi / 2
#: How far from upright (radians) text may lie as a crooked original leaves it.
_CROOKED = 0.1
#: A path thinner than this (millimetres) is a line.
_THIN = 1.0
_MOST_RULES = 4_000
_FAR = 1e6
_NUMBER = re.compile(r"[-+]?(?:\d{1,12}\.?\d{0,12}|\.\d{1,12})(?:[eE][-+]?\d{1,2})?")
_STEP = re.compile(r"([A-Z])([^A-Z]{0,400})")
#: What a text code holds for a sign without a code of its own (GB/T 33190, 11.3), and what XML was indented with.
_SIGNS = {ord("¤"): REPLACED} | dict.fromkeys(map(ord, "\r\n\t"), "")
#: A part that only an encrypted package has (GM/T 0099).
_ENCRYPTED = ("encryptions.xml", "encryptinfo.xml")
_DRAWN = frozenset({"PathObject", "ImageObject", "CompositeObject"})

#: a, b, c, d, e, f of x' = ax + cy + e, y' = bx + dy + f
_Matrix = tuple[float, float, float, float, float, float]
_PLAIN: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def is_ofd(archive: Archive) -> bool:
    """Whether a container is an OFD, encrypted or not."""
    return "OFD.xml" in archive or _is_encrypted(archive)


def ofd_text(archive: Archive, filename: str) -> SourceText:
    """Read the pages of all documents in a container in the order that each gives, each page from top to bottom.

    Seals, annotations and attachments are no part of the text. Raises UnreadableDocument, naming the file, if it is
    damaged, encrypted, without text, or beyond a limit.
    """
    if _is_encrypted(archive):
        raise refusal(filename, "已加密，请解密后再提供")
    package = _Package(archive, filename)
    roots = [_text(body, "DocRoot") for body in _named(archive.xml("OFD.xml"), "DocBody")]
    if not any(roots):
        raise archive.damaged()
    pages = [page for root in roots if root for page in package.pages_of(root)]
    return printed_text(pages, filename, *package.left_out())


def _is_encrypted(archive: Archive) -> bool:
    return any(posixpath.basename(name) in _ENCRYPTED for name in archive.names)


@dataclass
class _Content:
    """What a page or a template prints."""

    placed: list[Placed] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    #: square millimetres
    pictures: float = 0.0
    is_drawn: bool = False
    has_hidden: bool = False
    has_composite: bool = False


class _Package:
    """The documents of one container, within limits for all of them together."""

    def __init__(self, archive: Archive, filename: str) -> None:
        self._archive = archive
        self._filename = filename
        self._pages = 0
        self._signs = 0
        self._has_attachments = False
        self._has_composites = False

    def left_out(self) -> Iterator[str]:
        """Yield a sentence for each thing that is no text of a page and may hold words."""
        if self._has_attachments:
            yield "OFD 内嵌的附件未读取。"
        if self._has_composites:
            yield "OFD 组合图形中的文字未读取。"

    def pages_of(self, root: str) -> Iterator[PrintedPage]:
        """Yield the pages of one document in their order."""
        root = self._found("", root)
        document = self._archive.xml(root)
        self._has_attachments |= bool(_text(document, "Attachments"))
        size = _size(document)
        templates = {each.get("ID"): each.get("BaseLoc") for each in document.iter() if _name(each) == "TemplatePage"}
        resources = [self._found(root, _text(document, name)) for name in ("PublicRes", "DocumentRes")]
        has_words = any(name in self._archive and self._has_words(name) for name in resources)
        contents: dict[str, _Content] = {}
        for page in (page for pages in _named(document, "Pages") for page in _named(pages, "Page")):
            self._pages += 1
            if self._pages > MAX_PAGES:
                raise refusal(self._filename, TOO_MANY_PAGES)
            element = self._archive.xml(self._found(root, page.get("BaseLoc", "")))
            parts = [_content(element)]
            for template in _named(element, "Template"):
                place = templates.get(template.get("TemplateID"))
                if place and place not in contents:
                    contents[place] = _content(self._archive.xml(self._found(root, place)))
                if place:
                    parts.append(contents[place])
            self._signs += sum(len(part.placed) for part in parts)
            if self._signs > MAX_SIGNS:
                raise refusal(self._filename, TOO_MANY_SIGNS)
            self._has_composites |= has_words and any(part.has_composite for part in parts)
            yield _page(parts, _size(element, size))

    def _has_words(self, resource: str) -> bool:
        """Whether the figures that pages only refer to hold text."""
        return any(_name(each) == "TextObject" for each in self._archive.xml(resource).iter())

    def _found(self, base: str, place: str) -> str:
        """The name of a part: from the root, beside the part that names it, or, as some write, from the root again."""
        place = place.strip()
        beside = posixpath.normpath(posixpath.join("/", posixpath.dirname(base), place))
        return beside if beside in self._archive else posixpath.normpath(posixpath.join("/", place))


def _page(parts: list[_Content], size: tuple[float, float]) -> PrintedPage:
    return PrintedPage(
        placed=[sign for part in parts for sign in part.placed],
        rules=[rule for part in parts for rule in part.rules],
        pictures=sum(part.pictures for part in parts) / (size[0] * size[1]),
        is_drawn=any(part.is_drawn for part in parts),
        has_hidden=any(part.has_hidden for part in parts),
    )


def _content(page: Any) -> _Content:
    content = _Content()
    for element in page.iter():
        name = _name(element)
        if element.get("Visible") == "false":
            continue
        if name == "TextObject":
            content.placed += _text_object(element)
            content.has_hidden |= _is_hidden(element)
        elif name in _DRAWN:
            content.is_drawn = True
            content.has_composite |= name == "CompositeObject"
            if name == "ImageObject":
                _, _, width, height = _box(element)
                content.pictures += abs(width * height)
            elif name == "PathObject" and len(content.rules) < _MOST_RULES:
                content.rules += islice(_rules(element), _MOST_RULES)
    return content


def _text_object(element: Any) -> Iterator[Placed]:
    x, y, _, _ = _box(element)
    matrix = _matrix(element)
    a, b, c, d, _, _ = matrix
    size = _value(element, "Size", 0.0)
    angle = math.atan2(-b, a)
    turn = round(angle / _RIGHT_ANGLE)
    is_slanting = abs(angle - turn * _RIGHT_ANGLE) > _CROOKED
    along, across = math.hypot(a, b) * _value(element, "HScale", 1.0), math.hypot(c, d)
    here = (0.0, 0.0)
    for code in _named(element, "TextCode"):
        here = _value(code, "X", here[0]), _value(code, "Y", here[1])
        text = "".join(code.itertext()).translate(_SIGNS)
        rights, downs = _deltas(code, "DeltaX", len(text)), _deltas(code, "DeltaY", len(text))
        at = here
        for index, sign in enumerate(text):
            natural = size if unicodedata.east_asian_width(sign) in "WFA" else size / 2
            right = rights[index] if index < len(rights) else (0.0 if downs else natural)
            # letters are of any width: the next one is where this one ends
            width = natural if natural == size or index >= len(rights) else min(right, size)
            across_x, across_y = _moved(matrix, *at)
            yield Placed(
                sign, (x + across_x) * _POINTS, -(y + across_y) * _POINTS, -1 if is_slanting else turn % 4,
                width * along * _POINTS, size * across * _POINTS,
            )  # fmt: skip
            at = at[0] + right, at[1] + (downs[index] if index < len(downs) else 0.0)


def _is_hidden(element: Any) -> bool:
    """Whether it shows nothing: what OCR lays behind a picture."""
    is_empty = element.get("Fill") == "false" and element.get("Stroke") != "true"
    return bool(is_empty or element.get("Alpha") == "0")


def _rules(path: Any) -> Iterator[Rule]:
    """A thin path as the line in its middle, else the straight edges of what is stroked."""
    x, y, width, height = _box(path)
    if min(width, height) <= _THIN < max(width, height):
        middle = (x, y + height / 2, x + width, y + height / 2) if width > height else (
            x + width / 2, y, x + width / 2, y + height)  # fmt: skip
        yield _upwards(middle)
        return
    if path.get("Stroke") == "false":
        return
    matrix = _matrix(path)
    begin = here = (0.0, 0.0)
    for kind, values in _STEP.findall(_text(path, "AbbreviatedData")):
        numbers = _numbers(values)
        before = here
        if kind == "C":
            yield _upwards((*before, *begin))
            here = begin
        elif len(numbers) >= 2:
            across, down = _moved(matrix, *numbers[-2:])
            here = x + across, y + down
            if kind in "SM":
                begin = here
            elif kind == "L":
                yield _upwards((*before, *here))


def _upwards(line: Rule) -> Rule:
    return line[0] * _POINTS, -line[1] * _POINTS, line[2] * _POINTS, -line[3] * _POINTS


def _moved(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _deltas(code: Any, name: str, most: int) -> list[float]:
    """Steps from sign to sign; "g 3 5.6" stands for three steps of 5.6."""
    deltas: list[float] = []
    words = iter(code.get(name, "").split())
    for word in words:
        if len(deltas) >= most:
            break
        if word == "g":
            count, step = _numbers(next(words, "")), _numbers(next(words, ""))
            deltas += step[:1] * min(int(count[0]) if count else 0, most)
        else:
            deltas += _numbers(word)[:1]
    return deltas


def _box(element: Any) -> tuple[float, float, float, float]:
    numbers = (*_numbers(element.get("Boundary", "")), 0.0, 0.0, 0.0, 0.0)
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _matrix(element: Any) -> _Matrix:
    numbers = _numbers(element.get("CTM", ""))
    if len(numbers) < len(_PLAIN):
        return _PLAIN
    a, b, c, d, e, f = numbers[: len(_PLAIN)]
    return a, b, c, d, e, f


def _size(element: Any, default: tuple[float, float] = _A4) -> tuple[float, float]:
    """Width and height of a page; of a document, that of its pages unless one says otherwise."""
    for box in element.iter():
        if _name(box) == "PhysicalBox":
            numbers = _numbers("".join(box.itertext()))
            if len(numbers) >= len(_PLAIN) - 2 and numbers[2] > 0 and numbers[3] > 0:
                return numbers[2], numbers[3]
    return default


def _value(element: Any, name: str, default: float) -> float:
    numbers = _numbers(element.get(name, ""))
    return numbers[0] if numbers else default


def _numbers(text: str) -> list[float]:
    """Numbers as OFD writes them; what lies beyond any sheet of paper counts as nothing."""
    return [number if abs(number := float(word)) < _FAR else 0.0 for word in _NUMBER.findall(text)]


def _named(element: Any, name: str) -> list[Any]:
    """The children of a name, in whichever namespace: some writers use none, or one of their own."""
    return [child for child in element if _name(child) == name]


def _text(element: Any, name: str) -> str:
    """The text of the first part of an element that has a name, '' if there is none."""
    return next(("".join(each.itertext()).strip() for each in element.iter() if _name(each) == name), "")


def _name(element: Any) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""
