"""Delivering notices: assemble, claim, mark, send over kept connections, record; nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from time import perf_counter

from prefect import task
from sqlmodel import Session

from config.secret_key import secret_key
from config.settings import settings
from domain.trail import SYSTEM, Actor
from models import outbox
from models.audit import DELIVERY, DELIVERY_URGENT, RunLog
from models.choices import MailMode, choose_mail_mode, mail_mode
from models.installation import installation, work_calendar
from models.pace import allowance, pace, slow_down, speed_up
from models.results import requeue_lost
from models.session import reading, transaction
from notifications.compose import message_id_for, token_for
from notifications.messages import NoticeKind
from tasks.sending import LEASE, Clock, Delivered, Run, load, send_all, with_matters

__all__ = ["DELIVERY", "Delivered", "anything_to_deliver", "deliver", "set_mail_mode"]

#: Deliveries in a batch; between two of them what is urgent gets its turn. While a batch takes no time they grow.
_CLAIM = 100
_CLAIM_AT_MOST = 1000
#: So many batches are assembled at once: to find what waits takes longer the more there is.
_STOCK = 5
#: Seconds: a batch that takes less is followed by a larger one, one that takes more by a smaller one.
_NO_TIME, _LONG = 1, 5
#: Seconds for which a run waits in all where messages a minute are limited: the next one comes after a minute.
_PATIENCE = 50
_KINDS = frozenset(kind.value for kind in NoticeKind)


@task(name="投递通知")
def deliver(*, now: datetime | None = None, urgent_only: bool = False) -> Delivered:
    """Deliver everything that may leave. `now` (aware) is a simulated clock that stands still; None: the real one.

    `urgent_only` leaves all but 【特急】 and 【紧急】 to the next run; any number may run beside others at once.

    A server that asks us to go slower is obeyed by all runs: fewer connections, and a pause in which only what passes
    at any hour is sent. Where messages a minute are limited, a run on the real clock waits for its turn, for less than
    a minute in all.

    The steps: take back what killed workers left, then in batches assemble notices, claim, render, mark as sending one
    message for each connection (one commit for them all, which also records those before), send, record.
    A server in trouble ends the run with `trouble` set. However it ends, claims not marked go back to the queue.
    """
    run = Run((lambda: now) if now is not None else (lambda: datetime.now(UTC)), urgent_only=urgent_only)
    run.patience, run.claims = _PATIENCE if now is None else 0, _CLAIM
    name = DELIVERY_URGENT if urgent_only else DELIVERY
    try:
        _recover(run.clock)
        _heed_the_pace(run)
        _deliver_all(run)
    except BaseException:
        run.failed = True
        raise
    finally:
        with transaction(SYSTEM, run.clock()) as work:
            outbox.release(work.session, run.worker)
            if run.is_crowded:
                slow_down(work, timedelta(0))  # fewer connections, no pause
            elif run.pace.level and run.done.accepted and not run.done.held_up:
                speed_up(work)
            work.session.add(RunLog(name=name, as_of=work.now, ended_at=datetime.now(UTC), counts=run.counts()))
    return run.done


def _deliver_all(run: Run) -> None:
    with asyncio.Runner() as runner:
        try:
            while not run.done.trouble and not run.ends and _deliver_batch(run, runner):
                pass
        finally:
            runner.run(run.hang_up())


def _heed_the_pace(run: Run) -> None:
    with reading() as session:
        run.pace, run.mode = pace(session), mail_mode(session)
    if run.mode is MailMode.LIVE and run.pace.holds(run.began):
        run.urgent_only, run.done.paused_until = True, run.pace.until


def _recover(clock: Clock) -> None:
    with transaction(SYSTEM, clock()) as work:
        lost = list(outbox.expired(work.session, work.now))
        if lost:
            requeue_lost(work, installation(work.session), lost)


def _assemble(clock: Clock, *, urgent_only: bool = False, limit: int | None = None) -> int:
    with transaction(SYSTEM, clock()) as work:
        here = installation(work.session)
        return outbox.assemble(
            work.session, work.now, working=not urgent_only and here.calendar.is_working_time(work.now),
            merges=kind_merges, message_id=notice_message_id, limit=limit,
        )  # fmt: skip


def kind_merges(kind: str) -> bool:
    """Tell whether notices of a kind join others; one nobody knows goes alone: it fails alone, where it is made."""
    return kind in _KINDS and NoticeKind(kind).merges


def notice_message_id(notice_id: int, address: str) -> str:
    """Return the Message-ID of a notice to an address: the same whenever it is made."""
    domain = settings().sender_address.rpartition("@")[2]
    return message_id_for(token_for(notice_id, address, secret_key()), domain)


def _deliver_batch(run: Run, runner: asyncio.Runner) -> bool:
    """Deliver up to a batch of claims, what is urgent first; tell whether there may be more."""
    begun = perf_counter()
    urgent_only = run.urgent_only or run.in_stock >= run.claims
    made = _assemble(run.clock, urgent_only=urgent_only, limit=_STOCK * run.claims)
    run.done.assembled += made
    now = run.clock()
    with transaction(SYSTEM, now) as work:
        run.here, run.mode = installation(work.session), mail_mode(work.session)
        limit = _limit(work.session, run, now)
        working = not run.urgent_only and run.here.calendar.is_working_time(now)
        numbers = outbox.claim(
            work.session, now, worker=run.worker, lease_until=now + LEASE, limit=limit, untried_since=run.began,
            working=working,
        )  # fmt: skip
        if not numbers and limit and run.in_stock:
            run.in_stock = 0  # others have claimed what was made: there may be more to make
            return True
        if not numbers:
            return not limit and outbox.is_waiting(work.session, now, working=working) and _turn_comes(run)
    run.in_stock = max(0, run.in_stock + made - len(numbers))
    run.done.captured = run.mode is MailMode.CAPTURE
    runner.run(send_all(run, deque(with_matters(run, load(run, numbers)))))
    _size_next(run, len(numbers), perf_counter() - begun)
    return True


def _size_next(run: Run, claimed: int, seconds: float) -> None:
    if seconds > _LONG:
        run.claims = max(run.claims // 2, _CLAIM)
    elif seconds < _NO_TIME and claimed == run.claims:
        run.claims = min(2 * run.claims, _CLAIM_AT_MOST)


def _limit(session: Session, run: Run, now: datetime) -> int:
    """Return how many messages may be claimed at once: fewer where so many a minute are allowed, by all workers."""
    per_minute = settings().smtp_per_minute
    if per_minute is None or run.mode is MailMode.CAPTURE:
        return run.claims
    return min(run.claims, allowance(session, now, per_minute))


def _turn_comes(run: Run) -> bool:
    """Wait a second for messages of the last minute to be older than that; False where the next run has to go on."""
    if run.patience < 1:
        return False
    run.patience -= 1
    time.sleep(1)
    return True


def anything_to_deliver(now: datetime) -> bool:
    """Tell whether a delivery at `now` has anything to send."""
    working = work_calendar().is_working_time(now)
    with reading() as session:
        return outbox.is_waiting(session, now, working=working)


@task(name="演练模式")
def set_mail_mode(mode: str, *, actor: Actor, now: datetime) -> None:
    """Choose where mail goes from now on: `capture` or `live`."""
    with transaction(actor, now) as work:
        choose_mail_mode(work, MailMode(mode))
