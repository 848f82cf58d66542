"""The wire to an IMAP server: `imaplib` with time-outs at each step, bounded literals, an IDLE that misses nothing."""

from __future__ import annotations

import imaplib
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from imap_tools import BaseMailBox

if TYPE_CHECKING:
    import ssl

    from _typeshed import ReadableBuffer

#: What a command was answered with: the status and the lines that belong to it.
Lines = list[bytes | tuple[bytes, bytes] | None]

_CHUNK = 65536
#: No line of a server is longer; the numbers of half a million messages fit.
_LONGEST_LINE = 4_000_000
#: No literal is larger: whoever announces more is not believed.
_LARGEST_LITERAL = 1 << 30
#: Bytes a second: a server that sends a message more slowly is taken for lost.
_SLOWEST = 8192
_LOGOUT_SECONDS = 5.0

imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))


class Wire(imaplib.IMAP4):
    """One connection. Reads by itself: a buffer of `imaplib` hides lines from a wait for more of them.

    Every line must come within `seconds`, and so must each piece of a literal, at 8 KiB a second or more.
    Raises OSError (with TimeoutError) and `imaplib.IMAP4.abort` when the connection is lost, `imaplib.IMAP4.error`
    when the server says BAD.
    """

    def __init__(self, host: str, port: int, seconds: float, *, tls: ssl.SSLContext | None = None) -> None:
        self._seconds = seconds
        self._tls = tls
        self._kept = bytearray()
        #: bytes of one literal that are kept; the rest is read and thrown away
        self.limit = _LARGEST_LITERAL
        #: whether a literal was cut since this was last set to False
        self.was_cut = False
        #: messages in the folder that is open, and whether some were added since this was last set to False
        self.messages = 0
        self.has_news = False
        super().__init__(host, port, seconds)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connect, with TLS where a context was given."""
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=host)

    def encrypt(self, context: ssl.SSLContext) -> bool:
        """STARTTLS; False when the server refuses. What came in clear behind its answer is not believed: abort."""
        status, _ = self._simple_command("STARTTLS")
        if status != "OK":
            return False
        if self._kept:
            message = "unencrypted bytes after STARTTLS"
            raise self.abort(message)
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self._get_capabilities()
        return True

    def read(self, size: int) -> bytes:
        """The next literal, of which no more than `limit` bytes are kept."""
        if size > _LARGEST_LITERAL:
            message = f"a literal of {size} bytes"
            raise self.abort(message)
        literal = bytearray()
        left, deadline = size, time.monotonic() + self._seconds + size / _SLOWEST
        while left:
            if not self._kept:
                self._receive(min(self._seconds, deadline - time.monotonic()))
            piece = self._kept[:left]
            del self._kept[:left]
            left -= len(piece)
            literal += piece[: max(0, self.limit - len(literal))]
        self.was_cut = self.was_cut or size > self.limit
        return bytes(literal)

    def readline(self) -> bytes:
        deadline = time.monotonic() + self._seconds
        looked_at = 0
        while (end := self._kept.find(b"\n", looked_at)) < 0:
            looked_at = len(self._kept)
            if looked_at > _LONGEST_LINE:
                message = "a line without end"
                raise self.abort(message)
            self._receive(deadline - time.monotonic())
        line = bytes(self._kept[: end + 1])
        del self._kept[: end + 1]
        return line

    def send(self, data: ReadableBuffer) -> None:
        self.sock.settimeout(self._seconds)
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Hang up at once."""
        with suppress(OSError):  # the other side has hung up already
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def goodbye(self) -> None:
        """LOGOUT, for which the server gets a few seconds, and hang up."""
        self._seconds = min(self._seconds, _LOGOUT_SECONDS)
        try:
            self._simple_command("LOGOUT")
        except (OSError, self.error):
            pass  # a goodbye that goes wrong takes nothing back
        finally:
            self.shutdown()

    def stirs(self, seconds: float) -> bool:
        """Whether the server says something within so many seconds; raises abort when it hangs up."""
        if not self._kept:
            try:
                self._receive(seconds)
            except TimeoutError:
                return False
        return True

    def idle_for(self, seconds: float) -> bool:
        """IDLE (RFC 2177) until the server has news, or so many seconds; False where the server refuses to."""
        tag = self._command("IDLE")
        while self._get_response():
            if self.tagged_commands[tag]:
                del self.tagged_commands[tag]
                return False
            self._check_bye()
        deadline = time.monotonic() + seconds
        while not self.has_news and (left := deadline - time.monotonic()) > 0 and self.stirs(left):
            self._get_response()
            self._check_bye()
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", tag)
        return True

    def ask(self, name: str, *arguments: str | bytes) -> tuple[str, Lines]:
        """One command; its status and what the server said with it."""
        status, lines = self._simple_command(name, *arguments)
        return status, lines

    def ask_by_number(self, name: str, *arguments: str | bytes) -> tuple[str, Lines]:
        """One UID command; its status and the untagged answers of its kind, none of an earlier command's."""
        for kind in ("FETCH", "SEARCH", "EXISTS", "RECENT", "EXPUNGE"):
            self.untagged_responses.pop(kind, None)
        status, lines = self.uid(name, *arguments)  # type: ignore[arg-type]
        return status, lines

    def _append_untagged(self, kind: str, text: bytes | tuple[bytes, bytes] | None) -> None:
        """Count the messages as the server tells of them, in the order in which it does."""
        if kind == "EXISTS" and isinstance(text, bytes) and text.isdigit():
            self.has_news = self.has_news or int(text) > self.messages
            self.messages = int(text)
        elif kind == "EXPUNGE":
            self.messages -= 1
        super()._append_untagged(kind, text)  # type: ignore[misc]

    def _receive(self, seconds: float) -> None:
        if seconds <= 0:
            raise TimeoutError
        self.sock.settimeout(seconds)
        data = self.sock.recv(_CHUNK)
        if not data:
            message = "the server hung up"
            raise self.abort(message)
        self._kept += data


class Session(BaseMailBox):
    """imap-tools on our wire: its logins and folder names. Its `flag`, `move` and `delete` expunge: never call them."""

    client: Wire

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return self._wire
