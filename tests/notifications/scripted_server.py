"""An SMTP server that does at each command what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import defaultdict
from concurrent.futures import Future
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self


class Do(Enum):
    """What a server does instead of answering."""

    #: never answer
    HANG = auto()
    DISCONNECT = auto()
    #: hang up with a reset, as a machine does that has forgotten the connection
    RESET = auto()
    #: answer as usual, then close the connection
    ANSWER_AND_DISCONNECT = auto()
    #: only for BODY: stop reading in the middle of the message
    STOP_READING = auto()
    #: only for BODY: read the message in sips
    READ_SLOWLY = auto()


Step = str | bytes | Do
_USUAL = {
    "CONNECT": "220 scripted",
    "EHLO": "250-scripted\r\n250-8BITMIME\r\n250-SIZE 50000000\r\n250 SMTPUTF8",
    "HELO": "250 scripted",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go ahead",
    "BODY": "",
    "DOT": "250 kept",
    "RSET": "250 OK",
    "QUIT": "221 bye",
    "AUTH": "235 welcome",
    "STARTTLS": "220 go ahead",
}


class ScriptedServer:
    """On a thread of its own; `script` holds for a command what happens the first, second ... time, then as usual.

    Commands are those of SMTP, and CONNECT, BODY (once 354 has been sent), DOT (the message is complete and kept).
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[Step] | Step] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        steps = {
            name: [step] if isinstance(step, str | bytes | Do) else list(step) for name, step in (script or {}).items()
        }
        self._script = defaultdict(list, steps)
        self._tls = tls
        self._starttls = starttls
        self.port = 0
        self.connections = 0
        #: every command line as it came
        self.commands: list[str] = []
        #: every complete message, whatever was answered
        self.messages: list[bytes] = []
        self._started: Future[None] = Future()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.result(timeout=10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        tasks: list[asyncio.Task[None]] = []
        writers: list[asyncio.StreamWriter] = []

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            tasks.append(task)
            writers.append(writer)
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(reader, writer)
            writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set_result(None)
        async with server:
            await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        # one turn of the loop, in which the connections close
        await asyncio.sleep(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await self._step("CONNECT", writer)
        refused = False
        while line := await reader.readline():
            text = line.decode("utf-8", "replace").strip()
            self.commands.append(text)
            command = text.split(" ")[0].split(":")[0].upper()
            usual = "503 nothing to send" if refused and command in ("RCPT", "DATA") else ""
            answer = await self._step(command, writer, usual)
            if command in ("MAIL", "RCPT", "RSET", "DATA"):
                refused = not answer.startswith("2")
            if command == "QUIT":
                return
            if command == "STARTTLS" and self._starttls:
                await writer.start_tls(self._starttls)
            if command == "DATA" and answer.startswith("354"):
                await self._step("BODY", writer)
                self.messages.append(await _read_message(reader))
                await self._step("DOT", writer)

    async def _step(self, name: str, writer: asyncio.StreamWriter, usual: str = "") -> str:
        planned = self._script[name]
        step = planned.pop(0) if planned else usual or _USUAL.get(name, "502 unknown")
        if step is Do.STOP_READING:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(3600)
        if step is Do.READ_SLOWLY:
            await _sip(writer.transport)
        if step is Do.HANG:
            await asyncio.sleep(3600)
        if step is Do.RESET:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if step in (Do.DISCONNECT, Do.RESET):
            raise ConnectionAbortedError
        answer = _USUAL[name] if isinstance(step, Do) else step
        if answer:
            writer.write(answer if isinstance(answer, bytes) else answer.encode() + b"\r\n")
            await writer.drain()
        if step is Do.ANSWER_AND_DISCONNECT:
            raise ConnectionAbortedError
        return answer if isinstance(answer, str) else ""


async def _sip(transport: asyncio.BaseTransport) -> None:
    """Read for a moment and pause for a while, eight times: slow, and never silent for long."""
    assert isinstance(transport, asyncio.ReadTransport)
    for _ in range(8):
        transport.pause_reading()
        await asyncio.sleep(0.1)
        transport.resume_reading()
        await asyncio.sleep(0.01)


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
