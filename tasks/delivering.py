"""Delivering notices: assemble, claim, mark, send over kept connections, record; nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from prefect import task

from config.settings import settings
from domain.errors import Refused
from domain.matters import Outgoing
from domain.trail import SYSTEM, Actor
from models import outbox
from models.audit import RunLog
from models.choices import MailMode, choose_mail_mode, mail_mode
from models.installation import Installation, installation, work_calendar
from models.notice import DeliveryState
from models.results import UNREACHABLE, Ended, record_result, requeue_lost
from models.session import reading, transaction
from notifications.capture import CaptureFolder
from notifications.compose import compose, message_id_for
from notifications.messages import Attachment, Envelope, Letter, NoticeKind
from notifications.render import Rendered, render
from notifications.smtp import Connection, Outcome, SendResult, SmtpServer, Stage
from notifications.wording import letter_for

DELIVERY = "deliver_notices"
#: How long a claim lasts: a killed worker's claims come back after it.
LEASE = timedelta(minutes=10)
_CLAIM = 200

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
    offices: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One message ready to go."""

    outgoing: Outgoing
    to_address: str
    subject: str
    message: bytes
    digest: str


@task(name="投递通知")
def deliver(*, now: datetime | None = None) -> Delivered:
    """Deliver everything that may leave. `now` (aware) is a simulated clock that stands still; None: the real one.

    The steps: take back what killed workers left, assemble notices, then in batches claim, render, and for each
    message mark as sending (a commit of its own, which also records the message before), send, record.
    An unreachable server ends the run with `trouble` set; every claim goes back to the queue.
    """
    clock: Clock = (lambda: now) if now is not None else (lambda: datetime.now(UTC))
    done, worker = Delivered(), f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
    _recover(clock)
    done.assembled = _assemble(clock)
    try:
        while not done.trouble and _deliver_batch(done, worker, clock):
            pass
    finally:
        with transaction(SYSTEM, clock()) as work:
            outbox.release(work.session, worker)
            work.session.add(RunLog(name=DELIVERY, as_of=clock(), ended_at=datetime.now(UTC), counts=_counts(done)))
    return done


def _counts(done: Delivered) -> dict[str, int]:
    return {name: getattr(done, name) for name in ("accepted", "refused", "deferred", "uncertain", "withdrawn")}


def _recover(clock: Clock) -> None:
    with transaction(SYSTEM, clock()) as work:
        lost = list(outbox.expired(work.session, clock()))
        if lost:
            requeue_lost(work, installation(work.session), lost)


def _assemble(clock: Clock) -> int:
    now = clock()
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        return outbox.assemble(
            work.session, now, working=here.calendar.is_working_time(now),
            merges=lambda kind: NoticeKind(kind).merges, message_id=_message_id,
        )  # fmt: skip


def _message_id(notice_id: int, address: str) -> str:
    chosen = settings()
    domain = chosen.sender_address.rpartition("@")[2]
    return message_id_for(notice_id, address, f"{chosen.operating_office}/{chosen.url}", domain)


def _deliver_batch(done: Delivered, worker: str, clock: Clock) -> bool:
    """Deliver up to a batch of claims; tell whether there may be more."""
    now = clock()
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        working = here.calendar.is_working_time(now)
        count = outbox.claim(work.session, now, worker=worker, lease_until=now + LEASE, working=working, limit=_CLAIM)
    if not count:
        return False
    with reading() as session:
        mode = mail_mode(session)
        claimed = outbox.claimed(session, worker, here.view)
    done.captured = mode is MailMode.CAPTURE
    empty = [each.delivery_id for each in claimed if not each.matters]
    if empty:
        with transaction(SYSTEM, clock()) as work:
            outbox.withdraw_empty(work.session, empty)
        done.withdrawn += len(empty)
    letters = [each for each in claimed if each.matters]
    asyncio.run(_send_all(_Run(done, worker, clock, here, mode), letters))
    return bool(letters or empty)


@dataclass
class _Run:
    done: Delivered
    worker: str
    clock: Clock
    here: Installation
    mode: MailMode

    def way(self) -> Connection | CaptureFolder:
        chosen = settings()
        if self.mode is MailMode.CAPTURE and not chosen.capture_to:
            return CaptureFolder(chosen.capture_folder)
        return Connection(mail_server())


def mail_server() -> SmtpServer:
    """Return the mail server of the settings."""
    chosen = settings()
    return SmtpServer(
        host=chosen.smtp_host, port=chosen.smtp_port, username=chosen.smtp_username, password=chosen.smtp_password,
        security=chosen.smtp_security, timeout=chosen.smtp_timeout_seconds, sender=chosen.sender_address,
    )  # fmt: skip


async def _send_all(run: _Run, letters: Sequence[Outgoing]) -> None:
    """Share the letters among the connections; each connection has one message on its way at a time."""
    queue = iter(letters)
    size = min(settings().smtp_connections, len(letters))
    await asyncio.gather(*(_send_over_one(run, queue) for _ in range(size)))


async def _send_over_one(run: _Run, queue: Iterator[Outgoing]) -> None:
    way, ended = run.way(), None
    try:
        trouble = await way.connect()
        if trouble is not None:
            run.done.trouble = trouble.reply
            return
        for outgoing in queue:
            prepared = prepare(outgoing, run.here, run.clock(), run.mode)
            if not _advance(run, ended, prepared):
                ended = None
                continue
            ended = await _send_one(way, prepared, run.clock)
            if ended.outcome == UNREACHABLE:
                run.done.trouble = ended.reply
            if run.done.trouble:
                break
    finally:
        if ended is not None:
            _advance(run, ended, None)
        await way.close()


async def _send_one(way: Connection | CaptureFolder, prepared: Prepared, clock: Clock) -> Ended:
    result = await way.send(settings().sender_address, prepared.to_address, prepared.message)
    outcome = UNREACHABLE if result.stage is Stage.CONNECT else result.outcome.value
    return Ended(
        prepared.outgoing.delivery_id, outcome, result.code, result.reply, prepared.subject, prepared.digest, clock()
    )  # fmt: skip


def _advance(run: _Run, ended: Ended | None, prepared: Prepared | None) -> bool:
    """Record the message before and mark the next one, in one commit; False where the next is no longer to be sent."""
    now = run.clock()
    with transaction(SYSTEM, now) as work:
        if ended is not None:
            state = record_result(work, run.here, ended)
            _tally(run.done, ended, state)
        if prepared is None:
            return False
        return outbox.mark_sending(work.session, prepared.outgoing, run.worker, now, now + LEASE)


def _tally(done: Delivered, ended: Ended, state: DeliveryState) -> None:
    if state is DeliveryState.ACCEPTED:
        done.accepted += 1
    elif state is DeliveryState.REFUSED:
        done.refused += 1
    elif ended.outcome == "uncertain":
        done.uncertain += 1
    else:
        done.deferred += 1


def prepare(outgoing: Outgoing, here: Installation, now: datetime, mode: MailMode) -> Prepared:
    """Render and compose one message as things stand at `now`."""
    chosen = settings()
    letter = letter_for(
        outgoing, now=now, calendar=here.calendar, sender_office=here.view.roster[chosen.operating_office].name,
        contact_text=chosen.contact_text,
    )  # fmt: skip
    captured = mode is MailMode.CAPTURE
    to_address = chosen.capture_to if captured and chosen.capture_to else outgoing.address
    rendered = render(letter)
    envelope = _envelope(outgoing, letter, now, to_address, captured=captured)
    message = compose(rendered, envelope, _attachments(outgoing))
    return Prepared(outgoing, to_address, rendered.subject, message, hashlib.sha256(message).hexdigest())


def _envelope(outgoing: Outgoing, letter: Letter, now: datetime, to_address: str, *, captured: bool) -> Envelope:
    chosen = settings()
    root = _message_id_of_thread(outgoing.thread) if outgoing.thread else ""
    return Envelope(
        sender=chosen.sender_address, sender_name=chosen.sender_name, to_address=to_address,
        to_name=letter.recipient_name, message_id=outgoing.message_id, references=(root,) if root else (),
        sent_at=now, importance="high" if outgoing.urgency_tag else "normal",
        intended_for=outgoing.address if captured else "",
    )  # fmt: skip


def _message_id_of_thread(thread: str) -> str:
    """Return the id that all messages of one circular and office refer to, so that clients show them together."""
    token = hashlib.sha256(thread.encode()).hexdigest()[:24]
    return f"<thread.{token}@{settings().sender_address.rpartition('@')[2]}>"


def _attachments(outgoing: Outgoing) -> tuple[Attachment, ...]:
    return (_original(outgoing.document_id),) if outgoing.document_id is not None else ()


@lru_cache(maxsize=8)
def _original(document_id: int) -> Attachment:
    with reading() as session:
        stored = outbox.document(session, document_id)
    return Attachment(filename=stored.filename, content=stored.content, media_type=stored.media_type)


def anything_to_deliver(now: datetime) -> bool:
    """Tell whether a delivery at `now` has anything to send."""
    working = work_calendar().is_working_time(now)
    with reading() as session:
        return outbox.is_waiting(session, now, working=working)


@task(name="测试邮件")
def send_test(address: str, *, now: datetime) -> str:
    """Send one test mail to an address past the outbox, whatever the mail mode; return the server's answer.

    Raises Refused with what the server said where it was not accepted.
    """
    letter = Letter(
        kind=NoticeKind.TEST, urgency_tag="", recipient_name="", recipient_office="", items=(),
        sender_office=settings().sender_name, contact_text=settings().contact_text, sent_at=now,
    )  # fmt: skip
    rendered: Rendered = render(letter)
    domain = settings().sender_address.rpartition("@")[2]
    envelope = Envelope(
        sender=settings().sender_address, sender_name=settings().sender_name, to_address=address, to_name="",
        message_id=f"<test.{secrets.token_hex(12)}@{domain}>", sent_at=now,
    )  # fmt: skip
    result = asyncio.run(_send_alone(address, compose(rendered, envelope)))
    if result.outcome is not Outcome.ACCEPTED:
        message = f"测试邮件没有送出（{settings().smtp_host}:{settings().smtp_port}）：{result.reply}"
        raise Refused(message)
    return result.reply


async def _send_alone(address: str, message: bytes) -> SendResult:
    connection = Connection(mail_server())
    try:
        return await connection.send(settings().sender_address, address, message)
    finally:
        await connection.close()


@task(name="演练模式")
def set_mail_mode(mode: str, *, actor: Actor, now: datetime) -> None:
    """Choose where mail goes from now on: `capture` or `live`."""
    with transaction(actor, now) as work:
        choose_mail_mode(work, MailMode(mode))
