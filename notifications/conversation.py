"""One message to one recipient over an open connection: command by command, and what the answers mean."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from aiosmtplib import SMTPException, SMTPResponseException

from notifications.compose import BadAddress, checked_address

if TYPE_CHECKING:
    from notifications.smtp_wire import Wire

#: What goes wrong with a server, a network or a certificate; the time-outs of asyncio are OSErrors.
TROUBLE = (SMTPException, OSError, ValueError, RuntimeError)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_REPLY_LENGTH = 300
#: A body is written in pieces, so that a loss in its middle is known to be one.
_PIECE = 65_536


class Outcome(StrEnum):
    """What became of one message."""

    ACCEPTED = "accepted"
    #: definitely and for good: 5xx
    REFUSED = "refused"
    #: definitely not taken, may be tried again: 4xx, no connection, lost before the final dot
    DEFERRED = "deferred"
    #: lost or timed out after the final dot: the server may have it
    UNCERTAIN = "uncertain"


class Stage(StrEnum):
    """How far a conversation came."""

    #: greeting, TLS and login included
    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    #: up to the answer that invites the message
    DATA = "data"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of a message, and what the server said: one line of at most 300 characters."""

    outcome: Outcome
    #: None where no answer came
    code: int | None
    reply: str
    #: whether the connection is gone
    connection_lost: bool
    #: where the conversation ended
    stage: Stage = Stage.MESSAGE


async def converse(
    wire: Wire, sender: str, recipient: str, message: bytes, *, timeout: float, final_timeout: float
) -> SendResult:
    """MAIL, RCPT, DATA and the message, each with its time-out in seconds; trouble is a result.

    Where the server has offered PIPELINING (RFC 2920) the three commands leave together, and their answers are judged
    one by one all the same. What the result calls lost must be closed; after another REFUSED or DEFERRED the server
    wants RSET.
    """
    try:
        commands = _commands(wire, sender, recipient, message)
    except (BadAddress, _Unsupported) as error:
        return trouble(Outcome.REFUSED, Stage.MAIL, error, lost=False)
    together = wire.supports("pipelining")
    for number, (stage, command) in enumerate(commands):
        try:
            if not together:
                wire.write(command)
            elif number == 0:
                wire.write(b"".join([each for _, each in commands]), answers=len(commands))
            code, text = await wire.answer(timeout)
        except TROUBLE as error:
            return trouble(Outcome.DEFERRED, stage, error, lost=True)
        if not _goes_on(stage, code):
            outcome = Outcome.REFUSED if 500 <= code < 600 else Outcome.DEFERRED
            # an unasked answer (2xx to DATA) leaves the two out of step
            lost = not wire.is_open or not 400 <= code < 600
            if together and not lost:
                lost = not await _all_refused(wire, len(commands) - 1 - number, timeout)
            return SendResult(outcome, code, _sanitised(text), connection_lost=lost, stage=stage)
    return await _transmit(wire, message, timeout=timeout, final_timeout=final_timeout)


async def _all_refused(wire: Wire, left: int, timeout: float) -> bool:
    """Read the answers to what left with a refused command; False where the server waits for a message now."""
    try:
        answers = [await wire.answer(timeout) for _ in range(left)]
    except TROUBLE:
        return False
    return wire.is_open and not any(_goes_on(Stage.DATA, answer.code) for answer in answers)


def _goes_on(stage: Stage, code: int) -> bool:
    return code == 354 if stage is Stage.DATA else 200 <= code < 300


class _Unsupported(Exception):
    """The server cannot carry this message."""


def _commands(wire: Wire, sender: str, recipient: str, message: bytes) -> list[tuple[Stage, bytes]]:
    from_path = checked_address(sender) if sender else ""
    to_path = checked_address(recipient)
    mail = f"MAIL FROM:<{from_path}>"
    if wire.supports("size"):
        mail += f" SIZE={len(message)}"
    if not message.isascii() and wire.supports("8bitmime"):
        mail += " BODY=8BITMIME"
    if not (from_path + to_path).isascii():
        if not wire.supports("smtputf8"):
            msg = "the server does not take addresses outside ASCII (SMTPUTF8)"
            raise _Unsupported(msg)
        mail += " SMTPUTF8"
    return [
        (Stage.MAIL, f"{mail}\r\n".encode()), (Stage.RCPT, f"RCPT TO:<{to_path}>\r\n".encode()),
        (Stage.DATA, b"DATA\r\n"),
    ]  # fmt: skip


async def _transmit(wire: Wire, message: bytes, *, timeout: float, final_timeout: float) -> SendResult:
    """Write the message and read the answer. Only once the final dot has been written can it be uncertain."""
    outcome = Outcome.DEFERRED
    try:
        last = await _write_all_but_last(wire, _dotted(message), timeout)
        wire.write(last)
        outcome = Outcome.UNCERTAIN
        code, text = await wire.answer(final_timeout)
    except TROUBLE as error:
        return trouble(outcome, Stage.MESSAGE, error, lost=True)
    outcome = _verdict(code)
    lost = outcome is Outcome.UNCERTAIN or not wire.is_open
    return SendResult(outcome, code, _sanitised(text), connection_lost=lost)


def _dotted(message: bytes) -> bytes:
    """As DATA wants it: CRLF, a line's leading dot doubled, a dot at the end.

    Single bytes are looked for, which takes a fraction of what pairs take: most messages need none of it.
    """
    lines = message.replace(b"\n", b"")
    if lines.replace(b"\r", b"\r\n") != message:
        message = _LINE_END.sub(b"\r\n", message)
        lines = message.replace(b"\n", b"")
    if lines.startswith(b".") or any(before.endswith(b"\r") for before in lines.split(b".")[:-1]):
        message = message.replace(b"\r\n.", b"\r\n..")
        message = b"." + message if message.startswith(b".") else message
    return message.removesuffix(b"\r\n") + b"\r\n.\r\n"


async def _write_all_but_last(wire: Wire, body: bytes, timeout: float) -> bytes:
    """Write piece after piece, each when the one before has left; the last piece, with the dot, is returned."""
    start = 0
    while len(body) - start > _PIECE:
        wire.write(body[start : start + _PIECE], answers=0)
        start += _PIECE
        async with asyncio.timeout(timeout):
            await _drained(wire)
    return body[start:]


async def _drained(wire: Wire) -> None:
    pause = 0.0
    while wire.transport.get_write_buffer_size():
        await asyncio.sleep(pause)
        pause = min(pause + 0.001, 0.05)


def _verdict(code: int) -> Outcome:
    """What the answer to the final dot means; one that SMTP does not know leaves it open."""
    verdicts = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.REFUSED}
    return verdicts.get(code // 100, Outcome.UNCERTAIN)


def trouble(outcome: Outcome, stage: Stage, error: Exception, *, lost: bool) -> SendResult:
    """The result that an exception means, with its words made one line."""
    code = error.code if isinstance(error, SMTPResponseException) and error.code > 0 else None
    text = error.message if isinstance(error, SMTPException) else f"{type(error).__name__}: {error}"
    return SendResult(outcome, code, _sanitised(text), connection_lost=lost, stage=stage)


def _sanitised(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())[:_REPLY_LENGTH]
