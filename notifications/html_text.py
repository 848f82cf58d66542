"""HTML of a mail to plain text: blocks are lines, nothing is fetched, nothing hidden is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "h1",
     "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody",
     "thead", "tfoot", "tr", "ul", "includetail")
)  # fmt: skip
_CELLS = frozenset(("td", "th"))
_DROPPED = frozenset(
    ("script", "style", "head", "title", "meta", "link", "object", "embed", "iframe", "noscript", "template", "svg",
     "math", "select", "textarea", "button", "audio", "video", "canvas", "map")
)  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_SPACES = re.compile(r"[ \t\r\n\f\xa0\u200b]+")
_CITED = re.compile(r"gmail_quote|moz-cite|replycontent|protonmail_quote|yahoo_quoted", re.IGNORECASE)


def text_of(markup: str) -> str:
    """The visible text; a block quotation that a mail client made stands behind `> `. '' for what is no HTML.

    Read tag by tag: to make a tree of it takes, with 100,000 attributes in a tag, longer than anybody waits.
    """
    parser = etree.HTMLParser(target=_Lines(), encoding="utf-8", no_network=True, huge_tree=False, recover=True)
    data = markup.replace("\x00", "").encode("utf-8", "replace")
    try:
        return str(etree.fromstring(data, parser))
    except (etree.LxmlError, ValueError, AssertionError):
        return ""


class _Lines:
    """Lines as they come about while tags are read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current: list[str] = []
        self.quoted = 0
        self.pre = 0
        #: for each open tag: whether it is a quotation
        self.citations: list[bool] = []
        #: how deep within what is not seen
        self.unseen = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        cited = _is_citation(tag, attributes)
        self.citations.append(cited)
        if self.unseen or _is_unseen(tag, attributes):
            self.unseen += 1
        elif tag == "br":
            self._break(always=True)
        elif tag in _BLOCKS:
            self._break()
            self.quoted += cited
            self.pre += tag == "pre"
        elif tag in _CELLS and "".join(self.current).strip():
            self.current.append(" ")

    def end(self, tag: str) -> None:
        """End an element."""
        cited = self.citations.pop()
        if self.unseen:
            self.unseen -= 1
        elif tag in _BLOCKS:
            self._break(always=tag == "p")
            self.quoted -= cited
            self.pre -= tag == "pre"

    def data(self, text: str) -> None:
        """Take what stands between two tags."""
        if not self.unseen:
            self._add(text)

    def close(self) -> str:
        """Return all lines."""
        self._break()
        return "\n".join(_folded(self.lines))

    def _add(self, text: str) -> None:
        if not self.pre:
            self.current.append(_SPACES.sub(" ", text))
            return
        first, *rest = text.split("\n")
        self.current.append(first)
        for line in rest:
            self._break(always=True)
            self.current.append(line)

    def _break(self, *, always: bool = False) -> None:
        line = _SPACES.sub(" ", "".join(self.current)).strip()
        self.current.clear()
        if line or always:
            self.lines.append(f"{'> ' * min(self.quoted, 3)}{line}".rstrip())


def _folded(lines: list[str]) -> list[str]:
    """At most one empty line in a row, none at the ends."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _is_unseen(tag: str, attributes: Mapping[str, str]) -> bool:
    if tag in _DROPPED or "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN.search(style[:2_000]))


def _is_citation(tag: str, attributes: Mapping[str, str]) -> bool:
    """Clients also indent with block quotations: only what a client marks as quoted is."""
    if tag != "blockquote":
        return False
    marks = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return (
        (attributes.get("type") or "").lower() == "cite"
        or "cite" in attributes
        or _CITED.search(marks) is not None
        or "border-left" in (attributes.get("style") or "").lower()
    )
