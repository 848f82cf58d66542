"""What the styles of a DOCX say of a paragraph: its list, whether it is hidden, whether it is a line of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from domain.reading.formats.markup import attribute, child, children, switched_on, whole

_CONTENTS = re.compile(r"toc \d", re.IGNORECASE)
#: A style rests on others; Word allows eleven levels.
_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Style:
    """One style as written, without what it takes from the style it rests on."""

    id: str
    name: str
    based_on: str | None
    list_id: int | None
    level: int | None
    is_hidden: bool | None


class Styles:
    """The styles of one document by their ids."""

    def __init__(self, root: Any) -> None:
        """`root` is the root element of styles.xml, or None where there is none."""
        self._styles: dict[str, Style] = {}
        self._default: str | None = None
        self._chains: dict[str, tuple[Style, ...]] = {}
        for element in children(root, "style"):
            style = _style(element)
            self._styles[style.id] = style
            if attribute(element, "type") == "paragraph" and attribute(element, "default") in ("1", "true", "on"):
                self._default = style.id

    def chain(self, style_id: str | None) -> tuple[Style, ...]:
        """A paragraph's style and those that it rests on, the nearest first; None is the default style."""
        known = style_id if style_id in self._styles else self._default
        if known is None:
            return ()
        if known not in self._chains:
            chain: list[Style] = []
            follow: str | None = known
            while follow in self._styles and len(chain) < _LONGEST_CHAIN:
                chain.append(self._styles[follow])
                follow = chain[-1].based_on
            self._chains[known] = tuple(chain)
        return self._chains[known]

    def list_of(self, style_id: str) -> int | None:
        """The list that a numbering style stands for."""
        return self._styles[style_id].list_id if style_id in self._styles else None

    def is_hidden(self, style_id: str | None) -> bool:
        """Whether words of that style are not shown."""
        if style_id is None:
            return False
        return next((style.is_hidden for style in self.chain(style_id) if style.is_hidden is not None), False)

    def is_contents(self, style_id: str | None) -> bool:
        """Whether it is a line of a table of contents, which says again what the headings say."""
        chain = self.chain(style_id)
        return bool(chain and _CONTENTS.match(chain[0].name))


def _style(element: Any) -> Style:
    numbering = child(element, "pPr", "numPr")
    return Style(
        id=attribute(element, "styleId") or "",
        name=attribute(child(element, "name")) or "",
        based_on=attribute(child(element, "basedOn")),
        list_id=whole(attribute(child(numbering, "numId"))),
        level=whole(attribute(child(numbering, "ilvl"))),
        is_hidden=switched_on(child(element, "rPr", "vanish")),
    )
