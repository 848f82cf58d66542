"""What a check of the mail settings found, line by line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is right, and one Chinese sentence that says what is, or would be."""

    ok: bool
    text: str
