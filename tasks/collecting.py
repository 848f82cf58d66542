"""Collecting what came in: the mailbox, message by message, each filed after its transaction; a mail as a file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prefect import task
from sqlalchemy import select
from sqlmodel import col

from config.settings import settings
from domain.calendar import local_day
from domain.deadlines import format_instant
from domain.trail import SYSTEM
from models.audit import COLLECTION, RunLog
from models.inbound import InboundMessage
from models.inbox import alarm_operators
from models.installation import installation
from models.session import reading, transaction
from notifications.mailbox import Found, Mailbox, MailboxTrouble, Unreadable, mailbox_of_settings
from tasks.incoming import Taken, Whole, take

#: So many messages are asked for at once, and so often in one run.
_BATCH = 50
_ROUNDS = 20
#: After a refusal that only a person can mend: providers lock a mailbox that is knocked at every minute.
_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Collected:
    """What one collection did."""

    taken: tuple[Taken, ...] = ()
    #: '' or why the mailbox could not be read to its end, in one Chinese sentence
    trouble: str = ""
    #: False: no mailbox is set up, nothing was looked at
    is_set_up: bool = True
    #: a person has to mend the trouble first: to try again and again makes a provider lock the mailbox
    needs_a_person: bool = False

    @property
    def waiting(self) -> int:
        """How many of them wait for an operator."""
        return sum(each.waits for each in self.taken)


@dataclass(slots=True)
class _Run:
    """One visit to the mailbox: what came of it so far."""

    now: datetime
    #: the message at which the visit before lost the line: it comes last, and holds up no other
    last: int | None = None
    taken: list[Taken] = field(default_factory=list)
    #: the message at which this visit lost the line
    lost_at: int | None = None
    #: what vanished while we looked, or could not be filed: not asked for twice in a run
    done: set[int] = field(default_factory=set)


@task(name="收下一封来信")
def take_mail(raw: bytes, *, now: datetime, folder: str = "", uid: str = "") -> Taken:
    """Take one mail: as an act of the office that wrote it, or leave it to an operator (docs/rules.md, Mail).

    A mail that was taken before changes nothing. `folder` and `uid`: where it lay, '' for a file.
    """
    return take(raw, now=now, folder=folder, uid=uid)


@task(name="收取来信")
def collect_mail(*, now: datetime, at_once: bool = False) -> Collected:
    """Read the mailbox of the settings once: take each message, then file it; one attempt to log in.

    What is filed was recorded before: after a crash between the two the next run files it and acts nothing. Where
    something is wrong with the mailbox the operators are alarmed, once a day for each cause, and what is left waits
    for the next run. A refusal that only a person can mend is not tried again for an hour, unless `at_once`. Every
    visit is logged.
    """
    server = mailbox_of_settings()
    if server is None:
        return Collected(is_set_up=False)
    before = _visit_before(now)
    if not at_once and before is not None and before.counts.get("refused") and now < before.as_of + _PAUSE:
        until = format_instant(before.as_of + _PAUSE)
        return Collected(
            trouble=f"收信邮箱此前拒绝登录或打开，{until}前不再自动重试；改正后请运行 duban mail collect。",
            needs_a_person=True,
        )
    run = _Run(now, last=before.counts.get("lost_at") if before is not None else None)
    trouble, refused = "", False
    try:
        with Mailbox(server) as mailbox:
            _read(mailbox, run)
    except MailboxTrouble as error:
        trouble, refused = str(error), error.needs_a_person
        _alarm(error, now)
    _log(run, failed=bool(trouble), refused=refused)
    return Collected(tuple(run.taken), trouble, needs_a_person=refused)


def _read(mailbox: Mailbox, run: _Run) -> None:
    """Take and file what waits, in batches, until nothing does; what comes meanwhile is left to the next run."""
    for _ in range(_ROUNDS):
        found = [each for each in mailbox.waiting(_BATCH + len(run.done)) if each.uid not in run.done]
        for each in sorted(found, key=lambda each: each.uid == run.last):
            run.done.add(each.uid)
            with suppress(_Gone):
                _take_one(mailbox, run, each)
        if len(found) < _BATCH:
            return


class _Gone(Exception):
    """Somebody moved the message away while we looked."""


def _take_one(mailbox: Mailbox, run: _Run, found: Found) -> None:
    """Take one message and file it; each of its steps may be the last before a crash."""
    try:
        raw, head_of = _fetched(mailbox, found)
    except MailboxTrouble:
        run.lost_at = found.uid
        raise
    chosen = settings()
    taken = take(raw, now=run.now, folder=chosen.imap_folder, uid=str(found.uid), head_of=head_of)
    if taken.is_new:
        run.taken.append(taken)
    mailbox.file(found.uid, chosen.imap_queue_folder if taken.waits else chosen.imap_done_folder)
    with transaction(SYSTEM, run.now) as work:
        message = work.session.get_one(InboundMessage, taken.inbound_id)
        message.filed_at = message.filed_at or run.now


def _fetched(mailbox: Mailbox, found: Found) -> tuple[bytes, Whole | None]:
    """Return a message, or its head and of what it is the head. Raises _Gone."""
    megabytes = settings().inbound_max_megabytes
    limit = megabytes * 1024 * 1024
    whole = Whole(max(found.size or 0, limit + 1), f"邮件超过 {megabytes} MB")
    try:
        if found.size is None or found.size <= limit:
            try:
                return mailbox.fetch(found.uid), None
            except Unreadable as error:
                if error.reason == "gone":
                    raise
                if error.reason == "refused":
                    whole = Whole(found.size or 0, "邮件服务器没有给出全文")
        return mailbox.fetch_head(found.uid), whole
    except Unreadable as error:
        raise _Gone from error


def _alarm(error: MailboxTrouble, now: datetime) -> None:
    """Alarm the operators, once a day for each cause; what may pass by itself is left to the check of silence."""
    if not error.needs_a_person:
        return
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        cause = f"mailbox/{error.kind}/{local_day(now)}"
        alarm_operators(work, here, cause, "收信邮箱无法读取", f"{error}同一原因当日只告警一次。")


def _visit_before(now: datetime) -> RunLog | None:
    """Return what is logged of the last visit: whether it was refused, and where it lost the line."""
    statement = select(RunLog).where(col(RunLog.name) == COLLECTION, col(RunLog.as_of) <= now)
    with reading() as session:
        return session.scalars(statement.order_by(col(RunLog.as_of).desc(), col(RunLog.id).desc()).limit(1)).first()


def _log(run: _Run, *, failed: bool, refused: bool) -> None:
    with transaction(SYSTEM, run.now) as work:
        waits = sum(each.waits for each in run.taken)
        counts = {"taken": len(run.taken), "waiting": waits, "failed": int(failed), "refused": int(refused)}
        counts |= {"lost_at": run.lost_at} if run.lost_at is not None else {}
        work.session.add(RunLog(name=COLLECTION, as_of=run.now, ended_at=datetime.now(UTC), counts=counts))
