"""The parts of a mail, found in its bytes without recursion limits to run into: bounded in depth, number and time."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as BinasciiError
from binascii import a2b_qp
from dataclasses import dataclass, field

from notifications.mime_fields import FIELD_BYTES, Problems, fields_of, structured

#: levels of parts within parts
DEPTH = 20
#: parts in all
PARTS = 500
#: bytes of a header block that are read: of the mail itself, and of a part
HEAD_BYTES = 524_288
PART_HEAD_BYTES = 16_384
#: fields of the header block of the mail and of a part
FIELDS = 2_000
PART_FIELDS = 100
#: lines that look like a boundary and are none
_DELIMITERS = 20_000

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


@dataclass(slots=True)
class Part:
    """One part: its fields, where its body lies in the bytes of the mail, and the parts within it."""

    raw: bytes
    fields: tuple[tuple[str, bytes], ...]
    start: int
    end: int
    children: list[Part] = field(default_factory=list)
    #: in lower case
    media_type: str = "text/plain"
    parameters: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    #: attachment, inline, or ''
    disposition: str = ""
    disposition_parameters: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def first(self, name: str) -> bytes:
        """The first field of this name (in lower case), unfolded; empty where there is none."""
        return next((value for each, value in self.fields if each == name), b"")

    def every(self, name: str) -> list[bytes]:
        """All fields of this name, the uppermost first."""
        return [value for each, value in self.fields if each == name]

    def parameter(self, name: str) -> str:
        """A parameter of the content type that is ASCII by nature; '' where it is not."""
        return self.parameters.get(name, (b"", ""))[0].decode("ascii", "ignore").strip()

    def body(self, limit: int | None = None) -> bytes:
        """The bytes of the body as sent, at most so many."""
        return self.raw[self.start : self.end if limit is None else min(self.end, self.start + limit)]

    def decoded(self, limit: int | None = None) -> bytes:
        """The bytes of the body with base64 or quoted-printable undone; about `limit` of them at most."""
        encoding = self.first("content-transfer-encoding").strip().lower()
        if encoding.startswith(b"base64"):
            return _from_base64(self.body(None if limit is None else limit // 3 * 4 + limit // 16))
        body = self.body(limit)
        return a2b_qp(body) if encoding.startswith(b"quoted") else body

    def walk(self) -> list[Part]:
        """This part and all within it, in order."""
        found, waiting = [], [self]
        while waiting:
            part = waiting.pop()
            found.append(part)
            waiting.extend(reversed(part.children))
        return found


def _from_base64(body: bytes) -> bytes:
    """What is no base64 is passed over, missing padding added."""
    try:
        return b64decode(body)
    except BinasciiError:
        signs = _NOT_BASE64.sub(b"", body)
        signs = signs[: len(signs) - 1] if len(signs) % 4 == 1 else signs
        return b64decode(signs + b"=" * (-len(signs) % 4))


def read_parts(raw: bytes, problems: Problems, *, only_headers: bool = False) -> Part:
    """The mail as a tree of parts. Never raises; what is beyond the limits is left out and named."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    start = raw.find(b"\n") + 1 if raw.startswith((b"From ", b">From ")) else 0
    top = _part(raw, start, len(raw), problems, (HEAD_BYTES, FIELDS))
    if not top.fields:
        top.start = start
    if not only_headers:
        _Reading(raw, problems).divide(top)
    return top


class _Reading:
    """The work of dividing one mail, with what has been spent of its limits."""

    def __init__(self, raw: bytes, problems: Problems) -> None:
        self.raw = raw
        self.problems = problems
        self.parts = 1
        self.delimiters = 0

    def divide(self, top: Part) -> None:
        waiting = [(top, 1)]
        while waiting:
            part, depth = waiting.pop()
            if not part.media_type.startswith("multipart/"):
                continue
            boundary = part.parameters.get("boundary", (b"", ""))[0].rstrip()
            if not boundary or len(boundary) > 250:
                self.problems.add("多段邮件缺少分隔标记，按普通正文读取")
                part.media_type = "text/plain"
                continue
            if depth >= DEPTH:
                self.problems.add(f"邮件嵌套超过 {DEPTH} 层，更深的内容没有读取")
                continue
            part.children = self._children(part, boundary)
            waiting.extend((child, depth + 1) for child in part.children)

    def _children(self, part: Part, boundary: bytes) -> list[Part]:
        children: list[Part] = []
        digest = part.media_type == "multipart/digest"
        for start, end in self._spans(part, boundary):
            if self.parts >= PARTS:
                self.problems.add(f"邮件超过 {PARTS} 段，其余的没有读取")
                break
            self.parts += 1
            child = _part(self.raw, start, end, self.problems, (PART_HEAD_BYTES, PART_FIELDS))
            if digest and not child.first("content-type"):
                child.media_type = "message/rfc822"
            children.append(child)
        return children

    def _spans(self, part: Part, boundary: bytes) -> list[tuple[int, int]]:
        """Where the parts lie; the last one reaches to the end where the closing line is missing."""
        spans: list[tuple[int, int]] = []
        delimiter, opened, position = b"--" + boundary, -1, part.start
        while len(spans) <= PARTS and self.delimiters < _DELIMITERS:
            found = self._find(delimiter, position, part)
            if found < 0:
                break
            self.delimiters += 1
            line_end = self.raw.find(b"\n", found, part.end)
            after = found + len(delimiter)
            rest = self.raw[after : min(line_end if line_end >= 0 else part.end, after + 80)].strip()
            position = after
            if rest not in (b"", b"--"):
                continue
            if opened >= 0:
                spans.append((opened, _before(self.raw, found, opened)))
            if rest == b"--":
                return spans
            opened = position = line_end + 1 if line_end >= 0 else part.end
        if self.delimiters >= _DELIMITERS:
            self.problems.add("邮件分隔标记过多，其余的没有读取")
        if opened >= 0 and len(spans) <= PARTS:
            spans.append((opened, part.end))
        return spans

    def _find(self, delimiter: bytes, position: int, part: Part) -> int:
        """Where the delimiter next begins a line within the part; -1 where it does not."""
        if position == part.start and self.raw.startswith(delimiter, position):
            return position
        # one back: the line break before it may be the last thing that was read
        found = self.raw.find(b"\n" + delimiter, max(position - 1, part.start), part.end)
        return found + 1 if found >= 0 else -1


def _before(raw: bytes, delimiter: int, start: int) -> int:
    """The line break before a delimiter belongs to it."""
    end = delimiter - 1
    if end > start and raw[end - 1 : end] == b"\r":
        end -= 1
    return max(end, start)


def _part(raw: bytes, start: int, end: int, problems: Problems, limits: tuple[int, int]) -> Part:
    head_end, body = _head(raw, start, end)
    if head_end - start > limits[0]:
        problems.add("邮件头过长，只读取了前面的部分")
        head_end = start + limits[0]
    fields = fields_of(raw[start:head_end], limits[1], problems)
    part = Part(raw=raw, fields=fields, start=body, end=end)
    value = part.first("content-type")
    if value:
        part.media_type, part.parameters = structured(value)
        if not _MEDIA_TYPE.fullmatch(part.media_type):
            part.media_type = "text/plain" if part.media_type in ("", "text") else "application/octet-stream"
    value = part.first("content-disposition")
    if value:
        part.disposition, part.disposition_parameters = structured(value)
    return part


def _head(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block ends, and where the body begins."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return start, min(raw.find(b"\n", start) + 1, end)
    # nearby first: a search through all of a large mail is not for nothing
    for limit in (min(end, start + FIELD_BYTES), end):
        plain = raw.find(b"\n\n", start, limit)
        crlf = raw.find(b"\n\r\n", start, plain if plain >= 0 else limit)
        if crlf >= 0:
            return crlf + 1, crlf + 3
        if plain >= 0:
            return plain + 1, plain + 2
    return end, end
