"""DOCX to text: what Word prints, in its order, with its automatic numbers.

We walk the XML ourselves and do not use python-docx: it has no numbers, text boxes or revisions, gives a merged cell
twice, and opens every part of a file that we do not trust. Macros, links and embedded files are never followed.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from domain.reading.formats.archive import Archive
from domain.reading.formats.markup import attribute, child, children, chosen, local, switched_on, whole
from domain.reading.formats.numbering import Numbering
from domain.reading.formats.numbers import circled
from domain.reading.formats.source import SourceText
from domain.reading.formats.stories import front_lines, left_out
from domain.reading.formats.styles import Styles
from domain.reading.formats.tables import SAID_AGAIN, row_lines

_MAIN = "word/document.xml"
#: Around words, without a meaning for their text.
_PASSED = frozenset(("hyperlink", "ins", "moveTo", "smartTag", "customXml", "fldSimple", "dir", "bdo"))
_REMOVED = frozenset(("del", "moveFrom"))
_TRACKED = frozenset(("ins", "del", "moveFrom", "moveTo"))
#: Signs of Word's symbol fonts; any other is U+FFFD: what it shows cannot be told.
_SYMBOLS = {
    "symbol": {0xB7: "·", 0xB0: "°", 0xB4: "×", 0xB1: "±", 0xA3: "≤", 0xB3: "≥"},
    "wingdings": {
        0x28: "☎", 0x2A: "✉", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0x75: "◆", 0x76: "❖", 0xA7: "▪", 0xA8: "□", 0xAB: "★",
        0xD8: "➢", 0xFC: "✓", 0xFE: "☑",
        **{first + place: circled(place + 1) for first in (0x81, 0x8C) for place in range(10)},
    },
}  # fmt: skip
#: 带圈字符: a circle and what stands in it, which Word draws from a field.
_CIRCLE_FIELD = re.compile(r"\s*eq\s*\\o\\ac\(\s*[○◯〇]\s*[,，]\s*([^\s()]{1,4})\s*\)", re.IGNORECASE)
#: What a tab looks like. A tab itself parts the cells of a table, and nothing else (see `tables.py`).
_WIDE_BLANK = "    "
#: More of a field's code is not looked at.
_LONGEST_CODE = 200
_SPACES = re.compile(r"[\t\r\n]+")
_WRITING = re.compile(r"\w")
#: What is said of things that were met and not read, by what was met.
_MET = (
    ("revisions", "文件中有未接受的修订：插入的文字已读入，删除的文字未读入，请先接受或拒绝修订后核对。"),
    ("boxes", "文件中有 {} 处文本框，其文字排在所在段落之前，请核对。"),
    ("hidden", "文件中有 {} 处隐藏文字，未读取。"),
    ("images", "文件中有 {} 处图片，未读取。"),
    ("objects", "文件中有 {} 处嵌入的对象、图表或公式，未读取。"),
    ("pieces", "文件中有 {} 处插入的其他文件，未读取。"),
)


def has_document(archive: Archive) -> bool:
    """Whether the container is a Word document."""
    return _main_part(archive) is not None


def docx_text(archive: Archive) -> SourceText:
    """Read a Word document: lines of paragraphs, tables' rows with tabs between the cells.

    Raises UnreadableDocument if it is damaged, beyond a limit, empty, or holds nothing but pictures.
    """
    main = _main_part(archive)
    root = archive.xml(main) if main else None
    body = child(root, "body")
    if main is None or body is None:
        raise archive.damaged()
    parts = _related(archive, main)
    styles = Styles(_first(archive, parts, "styles"))
    numbering = Numbering(_first(archive, parts, "numbering"), styles)
    reader = _Reader(styles, numbering)
    lines = reader.lines(body)
    margins = [line for kind in ("header", "footer") for line in _story(archive, parts, kind, styles, numbering)]
    notes = [line for kind in ("footnotes", "endnotes") for line in _story(archive, parts, kind, styles, numbering)]
    text = "\n".join(lines)
    front, warnings = front_lines(text, margins, reader.box_lines)
    if not _WRITING.search(text):
        if reader.met["images"] or reader.met["objects"]:
            raise archive.refusal("中没有文字，只有图片，像是扫描件；请先做文字识别（OCR）再提供")
        raise archive.refusal("是空的，请提供有正文的公文")
    warnings += [words.format(reader.met[name]) for name, words in _MET if reader.met[name]]
    text = "\n".join((*front, text))
    warnings += left_out(text, margins, notes)
    warnings += [f"自动编号的格式“{kind}”不认识，按数字写出，请核对。" for kind in sorted(numbering.unknown_kinds)]
    return SourceText(text, tuple(warnings))


def _main_part(archive: Archive) -> str | None:
    if _MAIN in archive:
        return _MAIN
    if "[Content_Types].xml" not in archive or "_rels/.rels" not in archive:
        return None
    found = next((part for kind, part in _related(archive, "") if kind == "officeDocument"), None)
    return found if found and found.lower().startswith("word/") and found in archive else None


def _related(archive: Archive, part: str) -> list[tuple[str, str]]:
    """Kind and name of the parts that a part names ('' is the file itself); what lies outside the file is left out."""
    folder, name = posixpath.split(part)
    links = posixpath.join(folder, "_rels", f"{name}.rels")
    if links not in archive:
        return []
    found = []
    for link in children(archive.xml(links), "Relationship"):
        target = attribute(link, "Target") or ""
        if (attribute(link, "TargetMode") or "").lower() != "external" and target:
            kind = (attribute(link, "Type") or "").rpartition("/")[2]
            found.append((kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")))
    return list(dict.fromkeys(found))


def _first(archive: Archive, parts: list[tuple[str, str]], kind: str) -> Any:
    name = next((part for each, part in parts if each == kind and part in archive), f"word/{kind}.xml")
    return archive.xml(name) if name in archive else None


def _story(
    archive: Archive, parts: list[tuple[str, str]], kind: str, styles: Styles, numbering: Numbering
) -> list[str]:
    """The lines of headers, footers or notes, each once."""
    lines: list[str] = []
    for each, part in parts:
        if each == kind and part in archive:
            root = archive.xml(part)
            for container in children(root, kind[:-1]) if kind.endswith("notes") else [root]:
                lines += _Reader(styles, numbering).lines(container)
    return list(dict.fromkeys(line for line in lines if line.strip()))


@dataclass(slots=True)
class _Output:
    """The lines of a container; a paragraph whose end is hidden or deleted runs on into the next."""

    lines: list[str] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.lines += "".join((*self.carried, text)).split("\n")
        self.carried.clear()


@dataclass(slots=True)
class _Paragraph:
    """What has been met of a paragraph."""

    is_hidden: bool
    words: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    #: of each open field the code; None once its result began
    _fields: list[str | None] = field(default_factory=list)
    _open_codes: int = 0

    def say(self, text: str) -> None:
        """Take up words, unless they belong to the code of a field."""
        if not self._open_codes:
            self.words.append(text)

    def code(self, text: str) -> None:
        if self._fields and (before := self._fields[-1]) is not None:
            self._fields[-1] = (before + text)[:_LONGEST_CODE]

    def field(self, kind: str | None) -> None:
        """A field begins, comes to its result, or ends."""
        if kind == "begin":
            self._fields.append("")
            self._open_codes += 1
        elif kind in ("separate", "end") and self._fields:
            code = self._fields.pop()
            self._open_codes -= code is not None
            if kind == "separate":
                self._fields.append(None)
            elif code is not None and (match := _CIRCLE_FIELD.match(code)):
                inside = match[1]
                self.say(circled(int(inside)) if inside.isascii() and inside.isdigit() else inside)


class _Reader:
    def __init__(self, styles: Styles, numbering: Numbering) -> None:
        self._styles = styles
        self._numbering = numbering
        self.met: Counter[str] = Counter()
        self.box_lines: list[str] = []

    def lines(self, container: Any) -> list[str]:
        """The lines of a body, cell, text box or margin."""
        out = _Output()
        self._blocks(container, out)
        if out.carried:
            out.add("")
        return out.lines

    def _blocks(self, container: Any, out: _Output) -> None:
        for element in container:
            name = local(element)
            if name == "p":
                self._paragraph(element, out)
            elif name == "tbl":
                above: dict[int, list[str]] = {}
                for row in self._parts(element, "tr"):
                    out.lines += self._row(row, above)
            elif name in ("altChunk", "subDoc"):
                self.met["pieces"] += 1
            elif (inner := self._inside(element, name)) is not None:
                self._blocks(inner, out)

    def _inside(self, element: Any, name: str) -> Any:
        """What to read of an element that only stands around others; None if nothing."""
        self.met["revisions"] += name in _TRACKED
        if name in _PASSED:
            return element
        if name == "AlternateContent":
            return chosen(element)
        if name == "sdt" and not switched_on(child(element, "sdtPr", "showingPlcHdr")):
            return child(element, "sdtContent")
        return None

    def _parts(self, container: Any, wanted: str) -> list[Any]:
        """The rows of a table or the cells of a row, also where something stands around them."""
        found = []
        for element in container:
            name = local(element)
            if name == wanted:
                found.append(element)
            elif (inner := self._inside(element, name)) is not None:
                found += self._parts(inner, wanted)
        return found

    def _row(self, row: Any, above: dict[int, list[str]]) -> list[str]:
        """The lines of a row; `above` holds the words of cells that reach down, by the column where they begin."""
        properties = child(row, "trPr")
        tracked = {local(each) for each in properties} & _TRACKED if properties is not None else set()
        self.met["revisions"] += bool(tracked)
        if tracked & _REMOVED:
            return []
        if switched_on(child(properties, "hidden")):
            self.met["hidden"] += 1
            return []
        cells: list[list[str]] = []
        has_own = False
        column = whole(attribute(child(properties, "gridBefore"))) or 0
        for cell in self._parts(row, "tc"):
            span = child(cell, "tcPr", "vMerge")
            goes_on = span is not None and attribute(span) != "restart"
            cells.append(above.get(column, []) if goes_on else self._cell(cell))
            if not goes_on:
                has_own = has_own or any(line.strip() for line in cells[-1])
                above[column] = cells[-1] if len("".join(cells[-1])) <= SAID_AGAIN else []
            column += whole(attribute(child(cell, "tcPr", "gridSpan"))) or 1
        return row_lines(cells) if has_own else []

    def _cell(self, cell: Any) -> list[str]:
        properties = child(cell, "tcPr")
        if child(properties, "cellDel") is not None:
            self.met["revisions"] += 1
            return []
        merged = child(properties, "hMerge")
        if merged is not None and attribute(merged) != "restart":
            return []  # it goes on with the cell before, whose words stand there
        return self.lines(cell)

    def _paragraph(self, element: Any, out: _Output) -> None:
        properties = child(element, "pPr")
        style_id = attribute(child(properties, "pStyle"))
        if self._styles.is_contents(style_id):
            return
        paragraph = _Paragraph(is_hidden=self._styles.is_hidden(style_id))
        self._inline(element, paragraph)
        out.lines += paragraph.boxes
        text = "".join(paragraph.words)
        mark = child(properties, "rPr")
        tracked = {local(each) for each in mark} & _TRACKED if mark is not None else set()
        self.met["revisions"] += bool(tracked)
        runs_on = bool(tracked & _REMOVED or switched_on(child(mark, "vanish")))
        if runs_on and not text:
            return
        number = "" if out.carried else self._numbering.next_number(properties, style_id)
        if runs_on:
            out.carried.append(number + text)
        else:
            out.add(number + text)

    def _inline(self, container: Any, paragraph: _Paragraph) -> None:
        for element in container:
            name = local(element)
            if name == "r":
                self._run(element, paragraph, self._is_hidden(element, paragraph))
            elif name in ("oMath", "oMathPara"):
                self.met["objects"] += 1
            elif (inner := self._inside(element, name)) is not None:
                self._inline(inner, paragraph)

    def _is_hidden(self, run: Any, paragraph: _Paragraph) -> bool:
        properties = child(run, "rPr")
        switch = switched_on(child(properties, "vanish"))
        style_id = attribute(child(properties, "rStyle"))
        return (paragraph.is_hidden or self._styles.is_hidden(style_id)) if switch is None else switch

    def _run(self, container: Any, paragraph: _Paragraph, is_hidden: bool) -> None:
        has_hidden_words = False
        for element in container:
            name = local(element)
            if name == "fldChar":
                paragraph.field(attribute(element, "fldCharType"))
            elif name == "instrText":
                paragraph.code(element.text or "")
            elif is_hidden:
                has_hidden_words |= name in _VISIBLE
            else:
                self._content(element, name, paragraph)
        self.met["hidden"] += has_hidden_words

    def _content(self, element: Any, name: str, paragraph: _Paragraph) -> None:
        if name in _SAID:
            paragraph.say(_SAID[name](element))
        elif name == "ruby" and (base := child(element, "rubyBase")) is not None:
            self._inline(base, paragraph)
        elif name == "AlternateContent" and (inner := chosen(element)) is not None:
            self._run(inner, paragraph, is_hidden=False)
        elif name in ("drawing", "pict"):
            self._graphic(element, paragraph)
        elif name == "object":
            self.met["objects"] += 1

    def _graphic(self, container: Any, paragraph: _Paragraph) -> None:
        """Words in text boxes and in letters drawn as pictures (WordArt, watermarks); pictures are counted."""
        for element in container:
            name = local(element)
            if name == "txbxContent":
                self._box(self._lines_apart(element), paragraph)
            elif name == "textpath":
                self._box([attribute(element, "string") or ""], paragraph)
            elif name == "AlternateContent":
                if (inner := chosen(element)) is not None:
                    self._graphic(inner, paragraph)
            else:
                self.met["images"] += name in ("blip", "imagedata")
                self.met["objects"] += name in ("chart", "relIds")
                self._graphic(element, paragraph)

    def _lines_apart(self, container: Any) -> list[str]:
        ours, self._numbering = self._numbering, self._numbering.apart()
        lines = self.lines(container)
        self._numbering = ours
        return lines

    def _box(self, lines: list[str], paragraph: _Paragraph) -> None:
        if any(line.strip() for line in lines):
            self.met["boxes"] += 1
            self.box_lines += lines
            paragraph.boxes += lines


def _words(element: Any) -> str:
    """Word drops blanks at the ends unless told to keep them, and knows no line break in a text."""
    text = _SPACES.sub(" ", element.text or "")
    return text if attribute(element, "space") == "preserve" else text.strip(" ")


def _symbol(element: Any) -> str:
    code = attribute(element, "char") or ""
    try:
        value = int(code, 16)
    except ValueError:
        return "\ufffd"
    if 0xF000 <= value <= 0xF0FF:  # where fonts of signs keep them
        return _SYMBOLS.get((attribute(element, "font") or "").lower(), {}).get(value - 0xF000, "\ufffd")
    return chr(value) if 0x20 <= value <= 0xD7FF or 0xF900 <= value <= 0xFFFD else "\ufffd"


#: What a run shows as words or signs.
_SAID: dict[str, Callable[[Any], str]] = {
    "t": _words,
    "sym": _symbol,
    "tab": lambda _: _WIDE_BLANK,
    "ptab": lambda _: _WIDE_BLANK,
    "br": lambda _: "\n",
    "cr": lambda _: "\n",
    "noBreakHyphen": lambda _: "-",
}
_VISIBLE = frozenset(("t", "sym", "drawing", "pict", "object", "AlternateContent", "ruby"))
