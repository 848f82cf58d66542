"""A mail server that takes everything as fast as it can, in a process of its own: what senders are measured against."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

_END = b"\r\n.\r\n"
_EHLO = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 26214400\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
_ANSWERS = {
    b"EHLO": _EHLO, b"HELO": b"250 sink\r\n", b"MAIL": b"250 2.1.0 OK\r\n", b"RCPT": b"250 2.1.5 OK\r\n",
    b"DATA": b"354 go on\r\n", b"RSET": b"250 2.0.0 OK\r\n", b"QUIT": b"221 2.0.0 bye\r\n",
}  # fmt: skip


class Sink(asyncio.Protocol):
    """One connection: commands, one after the other or several at once, and bodies that are counted and forgotten."""

    taken = 0

    def __init__(self) -> None:
        self._held = b""
        self._in_body = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer whatever has come in whole."""
        held, answers = self._held + data, []
        while held:
            end = _END if self._in_body else b"\r\n"
            found = held.find(end)
            if found < 0:
                break
            answers.append(self._taken(held[:4].upper()))
            held = held[found + len(end) :]
        self._held = held
        if answers:
            self._transport.write(b"".join(answers))
            if answers[-1].startswith(b"221"):
                self._transport.close()

    def _taken(self, verb: bytes) -> bytes:
        if self._in_body:
            self._in_body = False
            Sink.taken += 1
            return b"250 2.0.0 kept as %d\r\n" % Sink.taken
        self._in_body = verb == b"DATA"
        return _ANSWERS.get(verb, b"500 5.5.2 what?\r\n")


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(Sink.taken, flush=True)


class Running:
    """A sink that runs, and what it says how many messages it got once it has ended."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process, self.port = process, port
        self.taken = 0

    def stop(self) -> None:
        """Let it end and tell what it took."""
        told, _ = self._process.communicate()
        self.taken = int(told)


@contextmanager
def running() -> Iterator[Running]:
    """Let a sink run for a while."""
    command, root = [sys.executable, "-m", "benchmarks.mail_sink"], Path(__file__).resolve().parent.parent
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)  # noqa: S603
    sink = Running(process, int(process.stdout.readline() if process.stdout else 0))
    try:
        yield sink
    finally:
        sink.stop()


if __name__ == "__main__":
    asyncio.run(_serve())
