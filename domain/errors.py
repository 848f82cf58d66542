"""What a user asked for cannot be done: always one clear Chinese sentence, never a traceback."""

from __future__ import annotations


class Refused(ValueError):
    """The request is refused; the message says why, and what would be right."""
