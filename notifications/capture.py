"""Capture mode: mails go to a folder instead of to people, one file each, until an operator turns it off."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from notifications.conversation import Outcome, SendResult, Stage, trouble

_UNSAFE = re.compile(r"[^A-Za-z0-9@._+-]")


class CaptureFolder:
    """Takes messages like a connection, and keeps each as .eml in a folder of its recipient."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def connect(self) -> SendResult | None:
        """Make the folder; None: it is there."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return trouble(Outcome.DEFERRED, Stage.CONNECT, error, lost=True)
        return None

    async def send(self, sender: str, recipient: str, message: bytes) -> SendResult:  # noqa: ARG002 - as a connection
        """Keep one message; the same bytes twice are one file. A disk that is full is a result, as with a server."""
        folder = self._folder / _UNSAFE.sub("_", recipient)[:200]
        path = folder / f"{hashlib.sha256(message).hexdigest()[:24]}.eml"
        unfinished = path.with_suffix(".part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(message)
            unfinished.replace(path)
        except OSError as error:
            return trouble(Outcome.DEFERRED, Stage.MESSAGE, error, lost=False)
        return SendResult(Outcome.ACCEPTED, 250, f"captured as {path.name}", connection_lost=False, stage=Stage.MESSAGE)

    async def close(self) -> None:
        """Nothing is open."""
