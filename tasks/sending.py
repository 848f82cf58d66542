"""Sending what is claimed: over kept connections, one message on its way each, every result recorded."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from threading import Lock

from sqlalchemy.exc import OperationalError

from config.settings import settings
from domain.matters import Outgoing
from domain.refusals import Fault
from domain.trail import SYSTEM
from models import outbox
from models.choices import MailMode
from models.installation import Installation
from models.notice import DeliveryState
from models.pace import Pace
from models.results import UNREACHABLE, UNSENDABLE, Ended, record_result
from models.session import reading, transaction
from notifications.capture import CaptureFolder
from notifications.compose import BadAddress, checked_address, with_token
from notifications.messages import Attachment
from notifications.smtp import Connection, SendResult, SmtpServer
from tasks.verdicts import blames_the_server, refuses_a_return_path, verdict
from tasks.writing import Prepared, prepare, token_of

#: How long a claim lasts: a killed worker's claims come back after it.
LEASE = timedelta(minutes=10)
#: So many failures of the server in a row end a connection: what is queued has not failed.
_BROKEN_AT_MOST = 3
#: How often in one run a message is made anew because an act took an item from it.
_MAKINGS_AT_MOST = 5
#: Bytes a second that even a slow line carries.
_SLOW_LINE = 20_000
_NO_REPLY = "邮件服务器没有应答"

Clock = Callable[[], datetime]


@dataclass
class Delivered:
    """What one delivery run did, in messages."""

    assembled: int = 0
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    uncertain: int = 0
    withdrawn: int = 0
    captured: bool = False
    #: why the server could not be reached; empty if it could
    trouble: str = ""
    #: what the server said when it asked us to go slower, or took us for spam: the run has ended there
    held_up: str = ""
    #: whether it took us for spam
    is_blocked: bool = False
    #: until when only what passes at any hour is sent, because the server asked for it (aware)
    paused_until: datetime | None = None
    offices: Counter[str] = field(default_factory=Counter)


@dataclass
class Run:
    """One delivery run: its clock, its name as a worker, what it works by and what it has done."""

    clock: Clock
    #: only what passes at any hour
    urgent_only: bool = False
    done: Delivered = field(default_factory=Delivered)
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}")
    #: what was tried since then is left to the next run
    began: datetime = field(init=False)
    failed: bool = False
    mode: MailMode = MailMode.CAPTURE
    pace: Pace = field(default_factory=Pace)
    #: seconds that it may still wait where messages a minute are limited
    patience: float = 0
    #: the server takes no envelope sender but the login's
    only_login: bool = False
    #: how often each message was made anew, because an act took an item from it
    makings: Counter[int] = field(default_factory=Counter)
    #: one connection at a time writes: two writers that meet on SQLite sleep before they try again
    turn: Lock = field(default_factory=Lock)
    _here: Installation | None = None
    _counting: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def here(self) -> Installation:
        if self._here is None:
            message = "nothing was claimed yet"
            raise RuntimeError(message)
        return self._here

    @here.setter
    def here(self, here: Installation) -> None:
        self._here = here

    @cached_property
    def original(self) -> Callable[[int], Attachment]:
        """Originals by their document's id, read once for all offices they go to."""
        return lru_cache(maxsize=8)(_original)

    def way(self) -> Connection | CaptureFolder:
        chosen = settings()
        if self.mode is MailMode.CAPTURE and not chosen.capture_to:
            return CaptureFolder(chosen.capture_folder)
        return Connection(mail_server(), messages_each=chosen.smtp_messages_each)

    def envelope_sender(self, message_id: str) -> str:
        """Return where bounces of a message go: the return path with the message's own token, where there is one."""
        if settings().return_path and not self.only_login:
            return with_token(settings().return_path, token_of(message_id))
        return login_sender() if self.only_login else settings().sender_address

    def hold_up(self, ended: Ended) -> None:
        """Let this run end here: more of the same would only be refused."""
        self.done.held_up, self.done.is_blocked = ended.reply, self.done.is_blocked or ended.fault is Fault.CONTENT

    @property
    def ends(self) -> bool:
        """Whether no connection is to take a further message."""
        return self.failed or bool(self.done.held_up)

    def count(self, name: str, number: int = 1) -> None:
        """Count messages; the connections do so from threads of their own."""
        with self._counting:
            setattr(self.done, name, getattr(self.done, name) + number)

    def counts(self) -> dict[str, int]:
        names = ("accepted", "refused", "deferred", "uncertain", "withdrawn")
        return {name: getattr(self.done, name) for name in names} | {
            "failed": int(self.failed),
            "trouble": int(bool(self.done.trouble) or self.done.is_blocked),
        }


def load(run: Run, numbers: Sequence[int]) -> list[Outgoing]:
    """Read what these messages tell; where that fails, each half by itself, down to the one at fault."""
    try:
        with reading() as session:
            return outbox.claimed(session, run.worker, run.here.view, numbers)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - what is wrong with one must not stop all the others
        if len(numbers) == 1:
            _record(run, _failed(run, numbers[0], error, UNSENDABLE))
            return []
        middle = len(numbers) // 2
        return [*load(run, numbers[:middle]), *load(run, numbers[middle:])]


def with_matters(run: Run, letters: Sequence[Outgoing]) -> list[Outgoing]:
    """Withdraw what has nothing left to tell and return the rest."""
    empty = [each.delivery_id for each in letters if not each.matters]
    if empty:
        with transaction(SYSTEM, run.clock()) as work:
            outbox.withdraw_empty(work.session, empty, work.now)
        run.count("withdrawn", len(empty))
    return [each for each in letters if each.matters]


def mail_server() -> SmtpServer:
    """Return the mail server of the settings."""
    chosen = settings()
    return SmtpServer(
        host=chosen.smtp_host, port=chosen.smtp_port, username=chosen.smtp_username, password=chosen.smtp_password,
        security=chosen.smtp_security, timeout=chosen.smtp_timeout_seconds, sender=chosen.sender_address,
        final_timeout=chosen.smtp_final_timeout_seconds,
    )  # fmt: skip


def login_sender() -> str:
    """Return the address that a server cannot refuse as envelope sender: the login, where that is one."""
    login = settings().smtp_username or ""
    return login if "@" in login else settings().sender_address


async def send_all(run: Run, letters: deque[Outgoing]) -> None:
    """Share the letters among the connections; the run is in trouble where none of them is left."""
    size = min(run.pace.connections(settings().smtp_connections), len(letters))
    ends = await asyncio.gather(*(_Line(run, letters).send() for _ in range(size)), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    if ends and all(ends):
        run.done.trouble = str(ends[0])


class _Line:
    """One connection, with one message on its way at a time.

    The database is spoken to from a thread: a lock waited for must not look like a server that is silent.
    """

    def __init__(self, run: Run, letters: deque[Outgoing]) -> None:
        self._run, self._letters = run, letters
        #: the message before, not recorded yet
        self._ended: Ended | None = None

    async def send(self) -> str:
        """Send until nothing is left; return why the server cannot be used any more, else ''."""
        way, broken = self._run.way(), 0
        try:
            trouble = await way.connect()
            if trouble is not None:
                return trouble.reply or _NO_REPLY
            while (prepared := await asyncio.to_thread(self._mark_next)) is not None:
                result = await self._hand_over(way, prepared)
                self._ended = _ended(self._run, prepared, result)
                if self._ended.fault in (Fault.PACE, Fault.CONTENT):
                    self._run.hold_up(self._ended)
                    return ""
                broken = broken + 1 if blames_the_server(result) else 0
                if self._ended.outcome == UNREACHABLE or broken >= _BROKEN_AT_MOST:
                    return result.reply or _NO_REPLY
        except BaseException:
            self._run.failed = True
            raise
        finally:
            try:
                await asyncio.to_thread(self._finish)
            finally:
                await way.close()
        return ""

    async def _hand_over(self, way: Connection | CaptureFolder, prepared: Prepared) -> SendResult:
        """Send one message; where our return path is refused, from the login, and so for the rest of the run."""
        sender = self._run.envelope_sender(prepared.outgoing.message_id)
        result = await way.send(sender, prepared.to_address, prepared.message)
        if settings().return_path and refuses_a_return_path(result) and sender != login_sender():
            # Refused at MAIL: nothing of the message has left.
            self._run.only_login = True
            result = await way.send(login_sender(), prepared.to_address, prepared.message)
        return result

    def _mark_next(self) -> Prepared | None:
        """Record the message before and mark the next one, in one commit; None where nothing is left."""
        while not self._run.ends and (outgoing := _take(self._letters)) is not None:
            prepared = _prepared(self._run, outgoing)
            if prepared is None:
                continue
            marked = _advance(self._run, self._ended, prepared)
            self._ended = None
            if marked:
                return prepared
            self._letters.extendleft(_made_anew(self._run, outgoing))
        self._finish()
        return None

    def _finish(self) -> None:
        if self._ended is not None:
            _record(self._run, self._ended)
            self._ended = None


def _take(letters: deque[Outgoing]) -> Outgoing | None:
    try:
        return letters.popleft()
    except IndexError:
        return None


def _ended(run: Run, prepared: Prepared, result: SendResult) -> Ended:
    outcome, fault = verdict(result)
    return Ended(
        prepared.outgoing.delivery_id, run.worker, outcome, result.code, result.reply, prepared.subject,
        prepared.digest, run.clock(), fault,
    )  # fmt: skip


def _advance(run: Run, ended: Ended | None, prepared: Prepared) -> bool:
    """Record the message before and mark the next one, in one commit; False where the next is no longer to be sent."""
    state = None
    with run.turn, transaction(SYSTEM, run.clock()) as work:
        if ended is not None:
            state = record_result(work, run.here, ended)
        lease = work.now + _lease(prepared)
        # What was recorded before this turn may have ended the run.
        marked = not run.ends and outbox.mark_sending(work.session, prepared.outgoing, run.worker, work.now, lease)
    _tally(run, ended, state)
    return marked


def _lease(prepared: Prepared) -> timedelta:
    """How long the sending may take: each step of the conversation, and the message over a slow line."""
    steps = 20 * settings().smtp_timeout_seconds + settings().smtp_final_timeout_seconds
    slow = timedelta(seconds=steps + len(prepared.message) / _SLOW_LINE)
    return max(LEASE, slow)


def _record(run: Run, ended: Ended) -> None:
    with run.turn, transaction(SYSTEM, run.clock()) as work:
        state = record_result(work, run.here, ended)
    _tally(run, ended, state)


def _tally(run: Run, ended: Ended | None, state: DeliveryState | None) -> None:
    if ended is None or state is None:
        return
    if state in (DeliveryState.ACCEPTED, DeliveryState.REFUSED):
        run.count(state.value)
    else:
        run.count("uncertain" if ended.outcome == "uncertain" else "deferred")


def _made_anew(run: Run, outgoing: Outgoing) -> list[Outgoing]:
    """Read again what could not be marked: an act took an item from it, or all, or another worker took it over."""
    run.makings[outgoing.delivery_id] += 1
    if run.ends or run.makings[outgoing.delivery_id] > _MAKINGS_AT_MOST:
        return []
    return with_matters(run, load(run, [outgoing.delivery_id]))


def _prepared(run: Run, outgoing: Outgoing) -> Prepared | None:
    """Make one message; None where that fails: it is recorded, and stops no other."""
    try:
        return prepare(outgoing, run.here, run.clock(), run.mode, run.original)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - what is wrong with one must not stop all the others
        # An address that nobody can write to stays one; what a mended program or setting can make is tried again.
        outcome, fault = (UNSENDABLE, Fault.NONE) if _is_address(outgoing.address) else ("refused", Fault.ADDRESS)
        _record(run, _failed(run, outgoing.delivery_id, error, outcome, fault))
        return None


def _is_address(address: str) -> bool:
    try:
        checked_address(address)
    except BadAddress:
        return False
    return True


def _failed(run: Run, delivery_id: int, error: Exception, outcome: str, fault: Fault = Fault.NONE) -> Ended:
    reply = f"邮件无法生成：{type(error).__name__}: {error}"[:300]
    return Ended(delivery_id, run.worker, outcome, None, reply, "", "", run.clock(), fault)


def _original(document_id: int) -> Attachment:
    with reading() as session:
        stored = outbox.document(session, document_id)
    return Attachment(filename=stored.filename, content=stored.content, media_type=stored.media_type)
