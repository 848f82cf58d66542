"""The text of a mail: which of its parts a person reads, as characters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notifications.html_text import text_of
from notifications.mail_charsets import decoded
from notifications.mime import Part
from notifications.mime_fields import Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

#: bytes of one part that are read as text, and characters in all
TEXT_BYTES = 524_288
TEXT_LENGTH = 262_144

_TOO_LONG = "正文过长，只读取了前面的部分"
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ENDS = re.compile(r"\r\n?|\u2028|\u2029")


def is_file(part: Part) -> bool:
    """Whether a part is a file that comes along, not something to read in place."""
    if part.children or part.media_type.startswith("multipart/"):
        return False
    named = "filename" in part.disposition_parameters or "name" in part.parameters
    if part.media_type in ("text/plain", "text/html"):
        return part.disposition == "attachment" or (named and part.disposition != "inline")
    return part.media_type not in ("text/rfc822-headers", "message/delivery-status", "text/enriched")


def body_text(top: Part, problems: Problems) -> str:
    """What a person reads, line ends as `\\n`; messages within the message are not entered."""
    pieces: list[str] = []
    length = 0
    for piece in _texts(top, problems):
        pieces.append(piece)
        length += len(piece)
        if length > TEXT_LENGTH:
            problems.add(_TOO_LONG)
            break
    return "\n".join(pieces)[:TEXT_LENGTH]


def _texts(top: Part, problems: Problems) -> Iterator[str]:
    """One after another, as they are wanted; depth is bounded by the reading of the parts."""
    if top.media_type.startswith("multipart/"):
        children = top.children
        if top.media_type == "multipart/alternative":
            yield from _best(children, problems)
            return
        if top.media_type in ("multipart/related", "multipart/report", "multipart/signed"):
            children = children[:1]
        for child in children:
            yield from _texts(child, problems)
    elif top.media_type.startswith("text/") and top.media_type != "text/rfc822-headers" and not is_file(top):
        text = part_text(top, problems)
        if text.strip():
            yield text


def _best(alternatives: list[Part], problems: Problems) -> list[str]:
    """Plain text is preferred, unless it is empty."""
    for wanted in ("text/plain", "", "text/html"):
        for part in alternatives:
            if (part.media_type == wanted) if wanted else part.media_type.startswith("multipart/"):
                texts = list(_texts(part, problems))
                if texts:
                    return texts
    return []


def part_text(part: Part, problems: Problems) -> str:
    """The characters of one part of text."""
    data = part.decoded(TEXT_BYTES + 1)
    if len(data) > TEXT_BYTES:
        problems.add(_TOO_LONG)
        data = data[:TEXT_BYTES]
        # what is cut may be cut within a character
        while data and data[-1] >= 0x80 and len(data) > TEXT_BYTES - 8:
            data = data[:-1]
    charset = part.parameter("charset")
    is_html = part.media_type == "text/html"
    if is_html and not charset:
        found = _META.search(data[:4_096])
        charset = found[1].decode("ascii") if found else ""
    text, problem = decoded(data, charset)
    problems.add(problem)
    text = _CONTROLS.sub("", _ENDS.sub("\n", text))
    return text_of(text) if is_html else text
