"""HTML of a mail to plain text: blocks are lines, nothing is fetched, nothing hidden is read."""

from __future__ import annotations

import re

from lxml import etree, html

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
    """The visible text; a block quotation that a mail client made stands behind `> `. '' for what is no HTML."""
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False, recover=True
    )
    data = markup.replace("\x00", "").encode("utf-8", "replace")
    try:
        root = html.document_fromstring(data, parser=parser, ensure_head_body=False)
    except (etree.LxmlError, ValueError, AssertionError):
        return ""
    return _Lines().read(root)


class _Lines:
    """Lines as they come about while a tree is walked."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current: list[str] = []
        self.quoted = 0
        self.pre = 0

    def read(self, root: etree._Element) -> str:
        """Walk with a stack of our own: depth is no matter."""
        waiting: list[tuple[etree._Element, bool]] = [(root, True)]
        while waiting:
            element, opening = waiting.pop()
            if not opening:
                self._close(element)
                self._add(element.tail)
            elif not isinstance(element.tag, str) or _is_unseen(element):
                self._add(element.tail)
            else:
                self._open(element)
                self._add(element.text)
                waiting.append((element, False))
                waiting.extend((child, True) for child in reversed(element))
        self._break()
        return "\n".join(_folded(self.lines))

    def _open(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag == "br":
            self._break(always=True)
        elif tag in _BLOCKS:
            self._break()
            self.quoted += _is_citation(element)
            self.pre += tag == "pre"
        elif tag in _CELLS and "".join(self.current).strip():
            self.current.append(" ")

    def _close(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS:
            self._break(always=tag == "p")
            self.quoted -= _is_citation(element)
            self.pre -= tag == "pre"

    def _add(self, text: str | None) -> None:
        if not text:
            return
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


def _is_unseen(element: etree._Element) -> bool:
    if element.tag in _DROPPED or element.get("hidden") is not None:
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style[:2_000]))


def _is_citation(element: etree._Element) -> bool:
    """Clients also indent with block quotations: only what a client marks as quoted is."""
    if element.tag != "blockquote":
        return False
    marks = f"{element.get('class') or ''} {element.get('id') or ''}"
    return (
        (element.get("type") or "").lower() == "cite"
        or element.get("cite") is not None
        or _CITED.search(marks) is not None
        or "border-left" in (element.get("style") or "").lower()
    )
