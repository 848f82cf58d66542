"""The fields of a header block as bytes: unfolded, bounded, with their parameters; and what could not be read."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

#: bytes of one field, and of one that has parameters
FIELD_BYTES = 65_536
STRUCTURED_BYTES = 4_096

_FIELD_NAME = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_PARAMETER = re.compile(rb';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\])')


class Problems:
    """What could not be read, each said once, in the order it was met."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, problem: str) -> None:
        """Keep a problem; '' is none."""
        if problem and len(self._said) < 30:
            self._said[problem] = None

    def all(self) -> tuple[str, ...]:
        """What was met."""
        return tuple(self._said)


def fields_of(block: bytes, limit: int, problems: Problems) -> tuple[tuple[str, bytes], ...]:
    """Names in lower case with their unfolded values; lines that are neither field nor continuation are left out."""
    fields: list[tuple[str, list[bytes], int]] = []
    for line in block.splitlines():
        if line[:1] in (b" ", b"\t"):
            if fields:
                _continue(fields, line, problems)
            continue
        match = _FIELD_NAME.match(line)
        if not match:
            continue
        if len(fields) >= limit:
            problems.add(f"邮件头超过 {limit} 项，其余的没有读取")
            break
        value = line[match.end() :]
        if len(value) > FIELD_BYTES:
            problems.add("邮件头中有过长的一行，只读取了前面的部分")
        fields.append((match[1].decode("ascii").lower(), [value[:FIELD_BYTES].strip()], len(value)))
    return tuple((name, b" ".join(pieces)) for name, pieces, _ in fields)


def _continue(fields: list[tuple[str, list[bytes], int]], line: bytes, problems: Problems) -> None:
    name, pieces, size = fields[-1]
    if size + len(line) > FIELD_BYTES:
        problems.add("邮件头中有过长的一行，只读取了前面的部分")
        return
    pieces.append(line.strip())
    fields[-1] = (name, pieces, size + len(line))


def structured(value: bytes) -> tuple[str, dict[str, tuple[bytes, str]]]:
    """The bare value in lower case and its parameters: name to bytes and charset ('' where none is named)."""
    value = value[:STRUCTURED_BYTES]
    bare = value.partition(b";")[0].strip().decode("ascii", "replace").lower()
    plain: dict[str, bytes] = {}
    pieces: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for match in _PARAMETER.finditer(value):
        name = match[1].decode("ascii", "replace").lower()
        text = _unquoted(match[2])
        stem, star, rest = name.partition("*")
        if not star:
            plain.setdefault(name, text)
            continue
        number = rest.rstrip("*")
        pieces.setdefault(stem, {})[int(number[:4]) if number.isascii() and number.isdigit() else 0] = (
            text,
            rest.endswith("*") or rest == "",
        )
    found = {name: (text, "") for name, text in plain.items()}
    for stem, numbered in pieces.items():
        found[stem] = _extended(numbered)
    return bare, found


def _extended(numbered: dict[int, tuple[bytes, bool]]) -> tuple[bytes, str]:
    """RFC 2231: pieces put together, percent signs undone, the charset taken from the first."""
    charset, joined = "", b""
    for place, (_, (text, encoded)) in enumerate(sorted(numbered.items())):
        piece = text
        if encoded:
            if place == 0 and piece.count(b"'") >= 2:
                name, _, rest = piece.partition(b"'")
                charset, piece = name.decode("ascii", "ignore"), rest.partition(b"'")[2]
            piece = unquote_to_bytes(piece)
        joined += piece
    return joined, charset


def _unquoted(value: bytes) -> bytes:
    value = value.strip()
    if value.startswith(b'"'):
        return _ESCAPED.sub(rb"\1", value[1:-1] if value.endswith(b'"') and len(value) > 1 else value[1:])
    return value
