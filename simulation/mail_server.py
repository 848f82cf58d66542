"""A mail server that keeps what it gets in a folder: for the demo, for `duban simulate` and for capture mode."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from aiosmtpd.smtp import Envelope, Session

_NOT_IN_A_NAME = re.compile(r"[^\w.@+-]+")
_NUMBER = re.compile(r"(\d+)-[0-9a-f]+\.eml")


class MailFolderServer:
    """An SMTP server on a thread of its own; each message goes to `<folder>/<recipient>/<number>-<hash>.eml`.

    Port 0 takes a free one, known as `port` from the start on. What an earlier run left in the folder stays.
    """

    def __init__(self, folder: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        self.folder = folder
        self.host = host
        self.port = port
        self._keeper = _Keeper(folder)
        self._running: _Running | None = None

    @property
    def count(self) -> int:
        """How many messages it has taken since it was made."""
        return self._keeper.taken

    def start(self) -> None:
        """Make the folder and listen; started twice it goes on.

        Raises OSError when the port is taken or the folder cannot be made.
        """
        if self._running is not None:
            return
        self._keeper.prepare()
        # bound here: a port found free and bound later may be gone
        listening = socket.create_server((self.host, self.port))
        self.port = listening.getsockname()[1]
        self._running = _Running(self._keeper, listening)

    def stop(self) -> None:
        """Stop listening and hang up; stopping twice does nothing."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


class _Running:
    """The thread with its loop; connections wait in the socket until the loop takes them."""

    def __init__(self, keeper: _Keeper, listening: socket.socket) -> None:
        self._keeper = keeper
        self._sessions: WeakSet[SMTP] = WeakSet()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="mail-folder-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self, listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(listening))

    async def _serve(self, listening: socket.socket) -> None:
        server = await self._loop.create_server(self._session, sock=listening)
        async with server:
            await self._stopping.wait()
        for session in list(self._sessions):
            if isinstance(session.transport, asyncio.WriteTransport):
                session.transport.abort()
        # one turn of the loop, in which the connections close
        await asyncio.sleep(0)

    def _session(self) -> SMTP:
        session = SMTP(
            self._keeper,
            hostname="localhost",
            ident="Duban",
            enable_SMTPUTF8=True,
            data_size_limit=None,
            loop=self._loop,
        )
        self._sessions.add(session)
        return session


class _Keeper:
    """Writes each message as it came, byte by byte, under a name of its own."""

    def __init__(self, folder: Path) -> None:
        self.taken = 0
        self._folder = folder
        self._numbers = count(1)

    def prepare(self) -> None:
        """Make the folder, and go on counting where an earlier run stopped."""
        self._folder.mkdir(parents=True, exist_ok=True)
        matches = (_NUMBER.fullmatch(path.name) for path in self._folder.glob("*/*.eml"))
        self._numbers = count(max((int(match[1]) for match in matches if match), default=0) + 1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd once the message is complete; a full disk is a 452, which the sender tries again."""
        content = envelope.original_content or b""
        try:
            for recipient in envelope.rcpt_tos:
                self._keep(str(recipient), content)
        except OSError as error:
            return f"452 cannot be stored: {error.strerror}"
        self.taken += 1
        return "250 OK kept"

    def _keep(self, recipient: str, content: bytes) -> None:
        folder = self._folder / folder_name(recipient)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{next(self._numbers):06}-{sha256(content).hexdigest()[:12]}.eml"
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)


def folder_name(address: str) -> str:
    """The name of an address's folder; one that had to be changed carries a hash, so that no two share a folder."""
    name = _NOT_IN_A_NAME.sub("_", address).strip(".")[:100]
    return (
        name
        if name and name == address
        else f"{name or 'unnamed'}-{sha256(address.encode('utf-8', 'replace')).hexdigest()[:8]}"
    )
