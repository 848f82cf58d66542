"""One kept connection to the mail server, and what became of each message sent over it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from aiosmtplib import SMTP, SMTPHeloError, SMTPServerDisconnected

from notifications.conversation import TROUBLE, Outcome, SendResult, Stage, converse, trouble
from notifications.smtp_wire import Wire

if TYPE_CHECKING:
    from pydantic import SecretStr

__all__ = ["Connection", "Outcome", "SendResult", "SmtpServer", "Stage"]

#: Seconds a server may take to say goodbye.
_QUIT_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A mail server and how to enter it; time-outs are in seconds and for each step."""

    host: str
    port: int
    username: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    security: Literal["none", "starttls", "tls"]
    timeout: float = 30
    #: the envelope sender
    sender: str
    #: how long the answer to the final dot may take; None: as any step. A short one makes uncertain messages.
    final_timeout: float | None = None

    def without_secret(self, text: str) -> str:
        """The text with the password blotted out: some servers repeat the command they refuse."""
        if self.password is None or not (password := self.password.get_secret_value()):
            return text
        plain = f"\0{self.username}\0{password}"
        for secret in (b64encode(plain.encode()).decode(), b64encode(password.encode()).decode(), password):
            text = text.replace(secret, "***")
        return text


class Connection:
    """One connection, kept between messages and renewed after `messages_each` or when the server has closed it.

    For one user at a time. Nothing but cancellation is ever raised: trouble is a result.
    """

    def __init__(
        self, server: SmtpServer, *, messages_each: int = 100, tls_context: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._messages_each = messages_each
        self._tls_context = tls_context
        self._wire: Wire | None = None
        self._sent = 0

    @property
    def is_connected(self) -> bool:
        return self._wire is not None and self._wire.is_open

    async def connect(self) -> SendResult | None:
        """Open the connection where there is none. None when it stands, else why it does not: always DEFERRED,
        since a refused login or certificate says nothing about a recipient."""
        if self.is_connected:
            return None
        self._hang_up()
        try:
            await self._open()
        except TROUBLE as error:
            self._hang_up()
            result = trouble(Outcome.DEFERRED, Stage.CONNECT, error, lost=True)
            return replace(result, reply=self._server.without_secret(result.reply))
        except BaseException:
            self._hang_up()
            raise
        return None

    async def send(self, sender: str, recipient: str, message: bytes) -> SendResult:
        """Hand one message to the server for one recipient; an empty `sender` is the null return path.

        A kept connection found closed at MAIL is opened again, once.
        REFUSED without a code: the address is none, or the server cannot take a non-ASCII one.
        """
        if self._sent >= self._messages_each:
            await self.close()
        is_kept = self.is_connected
        result = await self.connect() or await self._guarded(sender, recipient, message)
        if is_kept and _was_closed_before(result):
            result = await self.connect() or await self._guarded(sender, recipient, message)
        return result

    async def close(self) -> None:
        """Say goodbye and hang up; what was accepted stays accepted whatever the server answers."""
        try:
            if self._wire is not None and self._wire.is_open:
                await self._wire.ask(b"QUIT\r\n", min(self._server.timeout, _QUIT_TIMEOUT))
        except TROUBLE:
            pass  # a goodbye that goes wrong takes nothing back
        finally:
            self._hang_up()

    async def _open(self) -> None:
        """Connect, greet and log in. Raises what aiosmtplib raises."""
        client = self._new_client(await asyncio.to_thread(_local_hostname))
        self._sent = 0
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
            if self._server.username:
                password = self._server.password
                await client.login(self._server.username, password.get_secret_value() if password else "")
            if client.transport is None:
                raise SMTPServerDisconnected("Connection lost")
        except BaseException:
            _abort(client.transport)
            client.close()
            raise
        self._wire = Wire(client.transport, client.esmtp_extensions)

    def _new_client(self, local_hostname: str) -> SMTP:
        server = self._server
        encrypts = server.security != "none"
        return SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=local_hostname,
            timeout=server.timeout,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=(self._tls_context or _default_tls_context()) if encrypts else None,
        )

    async def _guarded(self, sender: str, recipient: str, message: bytes) -> SendResult:
        """One conversation; afterwards the connection is clean for the next message, or closed."""
        wire = self._wire
        if wire is None:
            return SendResult(Outcome.DEFERRED, None, "not connected", connection_lost=True, stage=Stage.CONNECT)
        self._sent += 1
        try:
            result = await self._conversed(wire, sender, recipient, message)
        except BaseException:
            self._hang_up()
            raise
        if result.connection_lost:
            self._hang_up()
        return result

    async def _conversed(self, wire: Wire, sender: str, recipient: str, message: bytes) -> SendResult:
        timeout = self._server.timeout
        final_timeout = self._server.final_timeout or timeout
        result = await converse(wire, sender, recipient, message, timeout=timeout, final_timeout=final_timeout)
        if result.connection_lost or result.outcome not in (Outcome.REFUSED, Outcome.DEFERRED):
            return result
        return result if await _reset(wire, timeout) else replace(result, connection_lost=True)

    def _hang_up(self) -> None:
        """At once: nothing still waiting is written, and TLS waits for no goodbye of the other side."""
        wire, self._wire = self._wire, None
        if wire is not None:
            _abort(wire.transport)


def _abort(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _was_closed_before(result: SendResult) -> bool:
    return result.stage is Stage.MAIL and result.outcome is Outcome.DEFERRED and result.connection_lost


async def _greet(client: SMTP) -> None:
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


async def _reset(wire: Wire, timeout: float) -> bool:
    """RSET, so that nothing of a refused message is left behind; False when that failed."""
    try:
        answer = await wire.ask(b"RSET\r\n", timeout)
    except TROUBLE:
        return False
    return wire.is_open and 200 <= answer.code < 300


@cache
def _local_hostname() -> str:
    """Asked once: the name service may be slow."""
    return socket.getfqdn()


@cache
def _default_tls_context() -> ssl.SSLContext:
    """Built once: reading the authorities' certificates takes tens of milliseconds."""
    return ssl.create_default_context()
