"""Reading what an IMAP server answers: each message of a FETCH, whatever was said around and between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from notifications.imap_wire import Lines

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
_QUOTED = re.compile(rb'\bBODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"')
_EMPTY = re.compile(rb'\bBODY\[[^\]]*\](?:<\d+>)? (?:NIL|"")')
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]*>|\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one untagged FETCH says of one message."""

    uid: int
    size: int | None
    flags: frozenset[str]
    #: the part that was asked for; None where the answer holds none
    content: bytes | None


def fetched(lines: Lines) -> Iterator[Fetched]:
    """Each answer that names its UID. Reports of flags that somebody else changed meanwhile come out like the rest."""
    for text, literal in _answers(lines):
        number = _UID.search(text)
        if number:
            size, flags = _SIZE.search(text), _FLAGS.search(text)
            yield Fetched(
                int(number[1]),
                int(size[1]) if size else None,
                frozenset(flags[1].decode("ascii", "replace").lower().split()) if flags else frozenset(),
                literal if literal is not None else _short(text),
            )


def numbers(lines: Lines) -> list[int]:
    """The UIDs of a SEARCH, ascending; a server may say nothing at all, or say it on several lines."""
    found = {int(word) for line in lines if isinstance(line, bytes) for word in line.split() if word.isdigit()}
    return sorted(found)


def message_id(head: bytes) -> bytes:
    """The Message-ID in a block of header lines, b"" where there is none."""
    found = _MESSAGE_ID.search(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    return found[1] if found else b""


def said(lines: Lines) -> str:
    """The words of a server on one line, at most 120 characters; Chinese providers answer in GBK or UTF-8."""
    words = b" ".join(line for line in lines if isinstance(line, bytes))
    try:
        text = words.decode("utf-8")
    except UnicodeDecodeError:
        text = words.decode("gb18030", "replace")
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:120]


def _answers(lines: Lines) -> Iterator[tuple[bytes, bytes | None]]:
    """`imaplib` gives a line up to a literal and the literal as a pair, and what follows it as the next item."""
    text, literal = b"", None
    for line in lines:
        if isinstance(line, tuple):
            text, literal = text + line[0], line[1]
        elif line is not None:
            yield text + line, literal
            text, literal = b"", None


def _short(text: bytes) -> bytes | None:
    """A content so short that it came as a quoted text."""
    if _EMPTY.search(text):
        return b""
    quoted = _QUOTED.search(text)
    return re.sub(rb"\\(.)", rb"\1", quoted[1]) if quoted else None
