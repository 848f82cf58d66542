"""The open connection to a mail server: commands out, answers in, several commands at once where the server agrees."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, cast

from aiosmtplib import SMTPReadTimeoutError, SMTPResponseException, SMTPServerDisconnected

if TYPE_CHECKING:
    from collections.abc import Collection

#: Bytes of one answer at most, all its lines together.
_ANSWER = 32_768
#: The server says goodbye: it takes no further command.
_GOODBYE = 421
#: The code of what is no answer.
_NONSENSE = -1


class Answer(NamedTuple):
    """What the server answered to one command."""

    code: int
    text: str


class Wire(asyncio.Protocol):
    """Takes over an open transport. For one user at a time; answers come in the order of the commands.

    What nobody has asked for is dropped, so that it is never taken for the answer to a later command.
    """

    def __init__(self, transport: asyncio.BaseTransport, extensions: Collection[str]) -> None:
        self._loop = asyncio.get_running_loop()
        self.transport = cast("asyncio.Transport", transport)
        self._extensions = frozenset(extensions)
        self._held = b""
        self._lines: list[bytes] = []
        self._answers: deque[Answer | Exception] = deque()
        #: answers still to come
        self._asked = 0
        self._waiter: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self.transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether commands may still be written."""
        return self._lost is None and not self.transport.is_closing()

    def supports(self, extension: str) -> bool:
        """Whether the server has offered this, in lower case."""
        return extension in self._extensions

    def write(self, data: bytes, *, answers: int = 1) -> None:
        """Write commands, or a piece of a message, to which so many answers come. SMTPServerDisconnected where gone."""
        if not self.is_open:
            raise self._lost or SMTPServerDisconnected("Connection lost")
        self._asked += answers
        self.transport.write(data)

    async def answer(self, timeout: float) -> Answer:
        """Return the next answer, within so many seconds; what aiosmtplib raises where none comes."""
        if not self._answers:
            await self._wait(timeout)
        found = self._answers.popleft() if self._answers else self._lost or SMTPServerDisconnected("Connection lost")
        if isinstance(found, Exception):
            raise found
        if found.code == _GOODBYE:
            self.transport.close()
        return found

    async def ask(self, command: bytes, timeout: float) -> Answer:
        """Write one command and return its answer."""
        self.write(command)
        return await self.answer(timeout)

    async def _wait(self, timeout: float) -> None:
        if self._lost is not None:
            return
        self._waiter = self._loop.create_future()
        clock = self._loop.call_later(timeout, self._expire)
        try:
            await self._waiter
        finally:
            clock.cancel()
            self._waiter = None

    def _expire(self) -> None:
        self._give(SMTPReadTimeoutError("Timed out waiting for server response"))

    def data_received(self, data: bytes) -> None:
        """Cut what came into answers."""
        if not self._asked:
            return
        held = self._held + data
        *whole, self._held = held.split(b"\n") if b"\n" in data else [held]
        for line in whole:
            self._take(line.rstrip(b"\r"))
        if len(self._held) + sum(map(len, self._lines)) > _ANSWER:
            self._held = b""
            self._give(SMTPResponseException(_NONSENSE, "Response too long"))

    def _take(self, line: bytes) -> None:
        if not self._asked:
            return
        if not line[:3].isdigit():
            told = f"Malformed SMTP response line: {line.decode('utf-8', errors='ignore')}"
            self._give(SMTPResponseException(_NONSENSE, told))
            return
        self._lines.append(line[4:].strip(b" \t\r"))
        if line[3:4] != b"-":
            self._give(Answer(int(line[:3]), b"\n".join(self._lines).decode("utf-8", "surrogateescape")))

    def _give(self, answer: Answer | Exception) -> None:
        self._answers.append(answer)
        self._asked -= 1
        self._lines.clear()
        if not self._asked:
            self._held = b""
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def eof_received(self) -> bool:
        """Count as lost; False: the transport closes."""
        self._lost = self._lost or SMTPServerDisconnected("Unexpected EOF received")
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Let whoever waits know."""
        lost = SMTPServerDisconnected("Connection lost")
        lost.__cause__ = exc
        self._lost = self._lost or lost
        self._wake()
