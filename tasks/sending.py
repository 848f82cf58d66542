"""Sending what is claimed: over kept connections, one message on its way each, every result recorded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from config.settings import settings
from domain.matters import Outgoing
from domain.refusals import Fault, is_too_fast
from domain.trail import SYSTEM
from models import outbox
from models.notice import DeliveryState
from models.results import UNREACHABLE, UNSENDABLE, Ended, record_results
from models.session import reading, transaction
from notifications.compose import BadAddress, checked_address
from notifications.smtp import SendResult
from tasks.delivery_run import Clock, Delivered, Run, Way, mail_server
from tasks.verdicts import blames_the_server, verdict
from tasks.writing import Prepared, prepare

__all__ = ["LEASE", "Clock", "Delivered", "Prepared", "Run", "load", "mail_server", "send_all", "with_matters"]

#: How long a claim lasts: a killed worker's claims come back after it.
LEASE = timedelta(minutes=10)
#: So many failures of the server in a row end a connection: what is queued has not failed.
_BROKEN_AT_MOST = 3
#: How often in one run a message is made anew because an act took an item from it.
_MAKINGS_AT_MOST = 5
#: Bytes a second that even a slow line carries.
_SLOW_LINE = 20_000
#: Seconds for which a commit waits for connections that are nearly back.
_MOMENT = 0.005
#: Bytes of messages that are made before they are needed.
_AHEAD = 2**25
_NO_REPLY = "邮件服务器没有应答"


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


async def send_all(run: Run, letters: deque[Outgoing]) -> None:
    """Share the letters among the connections; the run is in trouble where none of them is left."""
    writer = _Writer(run, letters)
    ways = run.ways(min(run.pace.connections(settings().smtp_connections), len(letters)))
    ends = await asyncio.gather(*(_Line(run, writer, way).send() for way in ways), return_exceptions=True)
    left = await asyncio.gather(writer.settled(), return_exceptions=True)
    for end in (*ends, *left):
        if isinstance(end, BaseException):
            raise end
    if any(is_too_fast(str(end)) for end in ends):
        run.is_crowded = True
    if ends and all(ends):
        run.done.trouble = str(ends[0])


_Waiting = tuple["_Line", "asyncio.Future[Prepared | None]"]


class _Line:
    """One connection, with one message on its way at a time; it stays open for the next batch."""

    def __init__(self, run: Run, writer: _Writer, way: Way) -> None:
        self._run, self._writer, self._way = run, writer, way
        #: the message before, not recorded yet
        self.ended: Ended | None = None

    async def send(self) -> str:
        """Send until nothing is left; return why the server cannot be used any more, else ''."""
        trouble: str | None = None
        try:
            trouble = await self._send()
        except BaseException:
            self._run.failed = True
            raise
        finally:
            self._writer.left(self)
            try:
                await asyncio.to_thread(self._finish)
            finally:
                if trouble != "":
                    await self._way.close()
        return trouble

    async def _send(self) -> str:
        broken, trouble = 0, await self._way.connect()
        if trouble is not None:
            return trouble.reply or _NO_REPLY
        while (prepared := await self._writer.next(self)) is not None:
            result = await self._run.hand_over(
                self._way, prepared.outgoing.message_id, prepared.to_address, prepared.message
            )
            self.ended = ended = _ended(self._run, prepared, result)
            if ended.fault in (Fault.PACE, Fault.CONTENT):
                self._run.hold_up(ended)
                return ""
            broken = broken + 1 if blames_the_server(result) else 0
            if ended.outcome == UNREACHABLE or broken >= _BROKEN_AT_MOST:
                return result.reply or _NO_REPLY
        return ""

    def _finish(self) -> None:
        if self.ended is not None:
            _record(self._run, self.ended)
            self.ended = None


class _Writer:
    """Writes for all connections: one transaction records what has ended and marks what goes next, one for each.

    So many connections cost one commit, and no connection has more than one message marked
    (docs/decisions/0016-one-commit-for-all-connections.md). Meanwhile the next messages are made. The database is
    spoken to from a thread: a lock waited for must not look like a server that is silent.
    """

    def __init__(self, run: Run, letters: deque[Outgoing]) -> None:
        self._run, self._letters = run, letters
        #: made, and not marked yet
        self._ready: deque[Prepared] = deque()
        self._waiting: list[_Waiting] = []
        self._sending: set[_Line] = set()
        self._all_back = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._making: asyncio.Task[None] | None = None

    async def next(self, line: _Line) -> Prepared | None:
        """Record a connection's message before and mark its next one; None where nothing is left."""
        self.left(line)
        answer: asyncio.Future[Prepared | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await answer

    def left(self, line: _Line) -> None:
        """Wait for this connection no longer: its message has ended."""
        self._sending.discard(line)
        if not self._sending:
            self._all_back.set()

    async def settled(self) -> None:
        """Wait until nothing is done any more; raise what went wrong meanwhile."""
        making, self._making = self._making, None
        if making is not None:
            await making

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._linger()
                group, self._waiting = self._waiting, []
                try:
                    marked = await self._turn(group)
                except BaseException as error:
                    self._fail(group, error)
                    raise
                await self._hand_out(group, marked)
        finally:
            self._writing = None

    async def _linger(self) -> None:
        """Let others come along whose message is nearly there: a commit for more of them costs the same."""
        if self._sending:
            with suppress(TimeoutError):  # the moment is over: those that are back go without the others
                async with asyncio.timeout(_MOMENT):
                    await self._all_back.wait()

    async def _turn(self, group: Sequence[_Waiting]) -> list[Prepared]:
        await self.settled()
        if len(self._ready) < len(group):
            await asyncio.to_thread(self._make, len(group))
        prepared = self._take(len(group))
        writing = asyncio.to_thread(self._advance, [line for line, _ in group], prepared)
        self._making = asyncio.create_task(asyncio.to_thread(self._make, len(group)))
        return await writing

    def _fail(self, group: Sequence[_Waiting], error: BaseException) -> None:
        """Let every connection know that waits; each then records by itself what it has sent."""
        self._run.failed = True
        waiting, self._waiting = self._waiting, []
        for _, answer in (*group, *waiting):
            if not answer.done():
                answer.set_exception(error)

    async def _hand_out(self, group: Sequence[_Waiting], marked: Sequence[Prepared]) -> None:
        """Give each connection one message; who gets none waits for the next turn while anything is left."""
        for (line, answer), prepared in zip(group, marked, strict=False):
            if not answer.done():
                self._sending.add(line)
                self._all_back.clear()
                answer.set_result(prepared)
        without = group[len(marked) :]
        if not without:
            return
        try:
            await self.settled()
        except BaseException as error:
            self._fail(without, error)
            raise
        if (self._letters or self._ready) and not self._run.ends:
            self._waiting = [*without, *self._waiting]
            return
        for _, answer in without:
            if not answer.done():
                answer.set_result(None)

    def _take(self, number: int) -> list[Prepared]:
        """Take up to so many; one that could not be marked with others is alone: it waits for who holds it."""
        found: list[Prepared] = []
        while self._ready and len(found) < number:
            alone = bool(self._run.makings[self._ready[0].outgoing.delivery_id])
            if alone and found:
                break
            found.append(self._ready.popleft())
            if alone:
                break
        return found

    def _make(self, number: int) -> None:
        """Make up to so many; of large ones fewer, so that copies of an original do not fill the memory."""
        size = sum(len(each.message) for each in self._ready)
        while len(self._ready) < number and size < _AHEAD and self._letters and not self._run.ends:
            prepared = _prepared(self._run, self._letters.popleft())
            if prepared is not None:
                self._ready.append(prepared)
                size += len(prepared.message)

    def _advance(self, lines: Sequence[_Line], prepared: Sequence[Prepared]) -> list[Prepared]:
        ended = [line.ended for line in lines if line.ended is not None]
        if not ended and not prepared:
            return []
        marked = _advance(self._run, ended, prepared)
        for line in lines:
            line.ended = None
        for each in reversed(prepared):
            if each.outgoing.delivery_id not in marked:
                self._letters.extendleft(reversed(_made_anew(self._run, each.outgoing)))
        return [each for each in prepared if each.outgoing.delivery_id in marked]


def _ended(run: Run, prepared: Prepared, result: SendResult) -> Ended:
    outcome, fault = verdict(result)
    return Ended(
        prepared.outgoing.delivery_id, run.worker, outcome, result.code, result.reply, prepared.subject,
        prepared.digest, run.clock(), fault,
    )  # fmt: skip


def _advance(run: Run, ended: Sequence[Ended], prepared: Sequence[Prepared]) -> set[int]:
    """Record what has ended and mark what goes next, in one commit; return the ids of the deliveries marked.

    What is not marked is no longer to be sent, or an act holds what it tells.
    """
    with run.turn, transaction(SYSTEM, run.clock()) as work:
        states = record_results(work, run.here, ended)
        marked = set[int]()
        # What was recorded before this turn may have ended the run.
        if prepared and not run.ends:
            lease = work.now + max(map(_lease, prepared))
            letters = [each.outgoing for each in prepared]
            marked = outbox.mark_sending(work.session, letters, run.worker, work.now, lease)
    for each in ended:
        _tally(run, each, states[each.delivery_id])
    return marked


def _lease(prepared: Prepared) -> timedelta:
    """How long the sending may take: each step of the conversation, and the message over a slow line."""
    steps = 20 * settings().smtp_timeout_seconds + settings().smtp_final_timeout_seconds
    slow = timedelta(seconds=steps + len(prepared.message) / _SLOW_LINE)
    return max(LEASE, slow)


def _record(run: Run, ended: Ended) -> None:
    _advance(run, [ended], [])


def _tally(run: Run, ended: Ended, state: DeliveryState) -> None:
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
