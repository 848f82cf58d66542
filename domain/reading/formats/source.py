"""What every reader of a file gives, and what it says of one that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


class UnreadableDocument(ValueError):
    """The file holds no text that can be read; the message is one sentence for the person who gave it."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a file; lines end in LF."""

    text: str
    #: one Chinese sentence each: what of the file is not in the text
    warnings: tuple[str, ...] = ()


def in_megabytes(size: int) -> str:
    """A number of bytes as people write it: 12.5 MB."""
    return f"{size / MEBIBYTE:.1f} MB"
