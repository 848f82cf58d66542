"""HTML to text: what a browser shows, a line for each block, a line with tabs for each row of a table.

lxml gives us the tags one by one and builds no tree: 100,000 nested or 400,000 attributes then take no time, where a
tree takes minutes. Nothing is fetched, no script runs, and HTML knows no entities that a page could define.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from domain.reading.formats.furniture import without_furniture
from domain.reading.formats.numbers import written
from domain.reading.formats.plain import decoded
from domain.reading.formats.source import SourceText, UnreadableDocument
from domain.reading.formats.tables import SAID_AGAIN, row_lines

#: Tags left open lie in each other; the parser walks through all that are open at every end tag.
MAX_DEPTH = 1_000
#: Opening and closing tags; a saved page has some thousands.
MAX_TAGS = 300_000

_LOOKED_AT = 4096
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML = re.compile(
    r"\ufeff?(?>\s*(?><!--.{0,4000}?-->|<\?[^>]{0,300}>|<!\[[^>]{0,100}>))*+\s*"
    r"(?:<!doctype\s+html|<(?:html|head|body|meta|title|frameset)[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_MHTML = re.compile(r"\s*(?:[\w-]{1,40}: [^\n]{0,500}\n[ \t]?){1,20}", re.IGNORECASE)
_CHARSET = re.compile(r"<meta\s[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
#: Names that pages bear which are UTF-8 or GB18030 in truth; Western ones are what an editor writes by itself.
_OURS = re.compile(
    r"utf-?(?:8|16)|x-?gbk|gb(?:k|_?2312|_?18030)|(?:cp|windows-)(?:936|1252)|us-ascii|iso-?8859-1|latin-?1"
)

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
     "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "html", "legend", "li",
     "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "td", "th", "ul")
)  # fmt: skip
#: Not the form: some servers put the whole page into one.
_UNREAD = frozenset(
    ("script", "style", "noscript", "template", "title", "nav", "svg", "math", "select", "button", "textarea", "audio",
     "video", "canvas", "map", "iframe", "object", "rt", "rp", "del")
)  # fmt: skip
_ELSEWHERE = frozenset(("iframe", "frame", "object", "embed"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]{1,40})", re.IGNORECASE)
_LIST_KINDS = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "decimal": "decimal", "decimal-leading-zero": "decimalZero", "lower-alpha": "lowerLetter",
    "lower-latin": "lowerLetter", "upper-alpha": "upperLetter", "upper-latin": "upperLetter",
    "lower-roman": "lowerRoman", "upper-roman": "upperRoman", "cjk-ideographic": "chineseCountingThousand",
    "simp-chinese-informal": "chineseCountingThousand", "trad-chinese-informal": "chineseCountingThousand",
}  # fmt: skip
_OWN_NUMBER = re.compile(r"\s*[（(第]?(?:\d{1,3}|[一二三四五六七八九十百]{1,5}|[①-⑳]|[A-Za-z])(?:[、．.）)章条]|\s)")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
#: A line break in the source between two Chinese signs shows no blank.
_SEAM = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])[ \t]*\n[ \t\n]*(?=[\u2e80-\u9fff\uff00-\uffef])")
_FIXED_BLANKS = str.maketrans({"\xa0": " ", "\u2002": " ", "\u2003": "\u3000", "\u200b": None, "\ufeff": None})
_HAN = re.compile("[一-鿿]")


def is_html(data: bytes) -> bool:
    """Whether a file begins as a page does; Markdown with tags in it does not."""
    return _HTML.match(_beginning(data)) is not None


def is_mhtml(data: bytes) -> bool:
    """Whether a file is a page with its pictures in one file, as a mail."""
    headers = _MHTML.match(_beginning(data))
    return headers is not None and "multipart/related" in headers[0].lower()


def html_text(data: bytes, filename: str) -> SourceText:
    """Read a page. The encoding is a byte-order mark's, strict UTF-8 or strict GB18030, whatever the page claims.

    Raises UnreadableDocument, naming the file: another encoding, too large or nested, no words.
    """
    markup = _decoded(data, filename)
    if markup.count("<") > MAX_TAGS:
        raise UnreadableDocument(f"文件“{filename}”的网页内容过于庞大，请只提供公文本身。")
    page = _Page()
    parser = etree.HTMLParser(
        target=page, encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        etree.fromstring(markup.encode(), parser)
    except _TooDeep as error:
        raise UnreadableDocument(f"文件“{filename}”的网页嵌套超过 {MAX_DEPTH} 层，请另存为文本后再提供。") from error
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(f"文件“{filename}”的网页已损坏，请重新保存后再提供。") from error
    lines, furniture = without_furniture(page.lines, page.names)
    text = "\n".join(lines)
    if not text.strip():
        raise UnreadableDocument(
            f"文件“{filename}”的网页中没有文字（可能只有图片，或由脚本生成），请另存为文本后再提供。"
        )
    warnings = [f"网页上公文前后的栏目、导航等 {furniture} 行未读入，请核对。"] if furniture else []
    if page.elsewhere:
        warnings.append(f"网页中有 {page.elsewhere} 处内嵌的其他页面或文件，未读取。")
    if page.hidden:
        warnings.append(f"网页中有 {page.hidden} 处隐藏文字，未读取。")
    return SourceText(text, tuple(warnings))


def _beginning(data: bytes) -> str:
    begin = data[:_LOOKED_AT]
    if begin.startswith(_UTF_16):
        return begin[: len(begin) // 2 * 2].decode("utf-16", "replace")
    return begin.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def _decoded(data: bytes, filename: str) -> str:
    claimed = _CHARSET.search(_beginning(data))
    if claimed and not _OURS.fullmatch(claimed[1].lower()) and not _is_unicode(data):
        raise UnreadableDocument(f"文件“{filename}”的网页编码是“{claimed[1]}”，请另存为 UTF-8 后再提供。")
    text = decoded(data)
    if text is None:
        raise UnreadableDocument(f"文件“{filename}”的网页编码无法识别，请另存为 UTF-8 后再提供。")
    return text


def _is_unicode(data: bytes) -> bool:
    if data.startswith(_UTF_16):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _TooDeep(Exception):
    """Raised from within the parser, which hands it on."""


@dataclass(slots=True)
class _List:
    """A list that is open; `kind` is None where its items bear no numbers."""

    kind: str | None
    next: int = 1


@dataclass(slots=True)
class _Block:
    """The lines of the page or of a cell, and the line that is being written."""

    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def end_line(self) -> None:
        if not self.words:
            return
        line = _BLANKS.sub(" ", _SEAM.sub("", "".join(self.words))).translate(_FIXED_BLANKS).strip()
        self.words.clear()
        if line:
            self.lines.append(line)


@dataclass(slots=True)
class _Table:
    """A table that is open: the cells of its present row, and those of rows above that reach down, by column."""

    cells: list[list[str]] = field(default_factory=list)
    has_own: bool = False
    column: int = 0
    #: rows still to go, width, lines
    reaching: dict[int, tuple[int, int, list[str]]] = field(default_factory=dict)
    #: rows and columns of the cell that is open
    span: tuple[int, int] = (1, 1)

    def take(self, lines: list[str]) -> None:
        """Put a cell behind those that reach down before it."""
        self._carry()
        rows, width = self.span
        if rows > 1:
            again = lines if len("".join(lines)) <= SAID_AGAIN else []
            self.reaching[self.column] = (rows - 1, width, again)
        self.cells.append(lines)
        self.has_own = self.has_own or any(line.strip() for line in lines)
        self.column += width

    def end_row(self) -> list[str]:
        """Return the lines of the row; one without words of its own has none."""
        if not self.cells:
            return []
        self._carry()
        cells, has_own = self.cells, self.has_own
        self.cells, self.has_own, self.column = [], False, 0
        return row_lines(cells) if has_own else []

    def _carry(self) -> None:
        while self.column in self.reaching:
            rows, width, lines = self.reaching.pop(self.column)
            if rows > 1:
                self.reaching[self.column] = (rows - 1, width, lines)
            self.cells.append(lines)
            self.column += width


class _Page:
    """What the parser tells of, in its order: tags, words, the end."""

    def __init__(self) -> None:
        self.hidden = 0
        self.elsewhere = 0
        #: what the page calls its document: ArticleTitle, which official sites have to give, and <title>
        self.names: list[str] = []
        self._open: list[str] = []
        #: how deep the tag lies within which nothing is read, and whether its words are hidden ones
        self._unread_from: int | None = None
        self._is_hidden = False
        self._blocks = [_Block()]
        self._tables: list[_Table] = []
        self._lists: list[_List] = []
        self._number = ""
        self._preformatted = 0

    @property
    def lines(self) -> list[str]:
        return self._blocks[0].lines

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _TooDeep
        self._open.append(tag)
        if self._unread_from is not None:
            return
        self.elsewhere += tag in _ELSEWHERE
        if tag == "meta" and attributes.get("name", "").lower() == "articletitle":
            self.names.append(attributes.get("content", ""))
        is_hidden = "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")))
        if is_hidden or tag in _UNREAD:
            self._unread_from, self._is_hidden = len(self._open), is_hidden
        elif tag in _BLOCKS or tag in ("br", "hr"):
            self._begin(tag, attributes)

    def end(self, tag: str) -> None:
        depth = len(self._open)
        if self._open:
            self._open.pop()
        if self._unread_from is None:
            if tag in _BLOCKS:
                self._finish(tag)
        elif depth <= self._unread_from:
            self._unread_from = None

    def data(self, text: str) -> None:
        if self._unread_from is not None:
            if self._open[-1:] == ["title"]:
                self.names.append(text)
            if self._is_hidden and _HAN.search(text):
                self.hidden += 1
                self._is_hidden = False  # counted
            return
        if self._number and text.strip():
            number, self._number = self._number, ""
            if not _OWN_NUMBER.match(text):
                self._blocks[-1].words.append(number)
        first, *others = text.split("\n") if self._preformatted else (text,)
        self._blocks[-1].words.append(first)
        for line in others:
            self._blocks[-1].end_line()
            self._blocks[-1].words.append(line)

    def close(self) -> None:
        for block in self._blocks:  # the page's own, unless the parser left a table open
            block.end_line()
        self.lines.extend(line for block in self._blocks[1:] for line in block.lines)

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._blocks[-1].end_line()
        if tag == "table":
            self._tables.append(_Table())
        elif tag in ("td", "th") and self._tables:
            self._tables[-1].span = _span(attributes, "rowspan"), _span(attributes, "colspan")
            self._blocks.append(_Block())
        elif tag == "tr":
            self._end_row()
        elif tag in ("ol", "ul"):
            self._lists.append(_list(tag, attributes))
        elif tag == "li" and self._lists:
            self._number = _item(self._lists[-1], attributes)
        self._preformatted += tag == "pre"

    def _finish(self, tag: str) -> None:
        self._blocks[-1].end_line()
        if tag in ("td", "th") and len(self._blocks) > 1:
            self._tables[-1].take(self._blocks.pop().lines)
        elif tag in ("tr", "table"):
            self._end_row()
        if tag == "table" and self._tables:
            self._tables.pop()
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._number = ""
        self._preformatted -= tag == "pre"

    def _end_row(self) -> None:
        if self._tables:
            self._blocks[-1].lines += self._tables[-1].end_row()


def _span(attributes: Mapping[str, str], name: str) -> int:
    """How many rows or columns a cell takes; 0 (as far as the table goes) and nonsense count as one."""
    value = attributes.get(name, "").strip()
    return max(1, int(value)) if re.fullmatch(r"[0-9]{1,3}", value) else 1


def _list(tag: str, attributes: Mapping[str, str]) -> _List:
    style = _LIST_STYLE.search(attributes.get("style", ""))
    kind = style[1].lower() if style else attributes.get("type", "1" if tag == "ol" else "")
    start = attributes.get("start", "1")
    return _List(_LIST_KINDS.get(kind), int(start) if re.fullmatch(r"[0-9]{1,5}", start) else 1)


def _item(items: _List, attributes: Mapping[str, str]) -> str:
    """The number that a browser shows before an item; unless the item's words begin with one of their own."""
    value = attributes.get("value", "")
    number = int(value) if re.fullmatch(r"[0-9]{1,5}", value) else items.next
    items.next = number + 1
    if items.kind is None:
        return ""
    return f"{written(number, items.kind)}{'、' if items.kind == 'chineseCountingThousand' else '. '}"
