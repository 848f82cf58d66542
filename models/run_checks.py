"""What a check asks about runs and the trail: work that did not come by, entries that do not fit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from domain.deadlines import format_instant
from domain.trail import GENESIS, Entry, Head, verify
from domain.watching import Cadence, Found
from models.audit import AuditEntry, RunLog
from models.notice import Delivery, DeliveryState

#: Entries of the trail that one check walks at most; `duban audit verify` walks all.
_TAIL = 20_000


def last_run(session: Session, name: str, now: datetime) -> RunLog | None:
    """Return the last run of this name that succeeded by `now`."""
    statement = select(RunLog).where(col(RunLog.name) == name, col(RunLog.as_of) <= now)
    runs = session.scalars(statement.order_by(col(RunLog.as_of).desc(), col(RunLog.id).desc()).limit(50)).all()
    return next((run for run in runs if not run.counts.get("failed")), None)


def ever_ran(session: Session, names: Iterable[str]) -> bool:
    """Tell whether any of this regular work has ever been done here."""
    return session.scalar(select(col(RunLog.id)).where(col(RunLog.name).in_(list(names))).limit(1)) is not None


def silence(session: Session, now: datetime, cadence: Cadence) -> Found:
    """Find regular work that has not come by for too long; a delivery that is at work is none."""
    last = last_run(session, cadence.run, now)
    if last is not None and now - last.as_of <= cadence.silent_after:
        return Found(0)
    if cadence.run == "deliver_notices" and _delivers(session, now):
        return Found(0)
    when = f"最近一次完成于{format_instant(last.as_of)}" if last is not None else "从未完成过"
    return Found(1, (f"{cadence.deployment}{when}",))


def _delivers(session: Session, now: datetime) -> bool:
    at_work = select(col(Delivery.id)).where(
        col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.SENDING]),
        col(Delivery.claimed_by) != "", col(Delivery.lease_until) > now,
    )  # fmt: skip
    return session.scalar(at_work.limit(1)) is not None


def audit_tail(session: Session, known: Head | None) -> tuple[Found, Head]:
    """Walk the entries after the head that the last check saw, and see whether that head is still there.

    Returns what is wrong and the new head. Where there are very many, the newest are walked.
    """
    row = session.execute(
        select(col(AuditEntry.seq), col(AuditEntry.hash)).order_by(col(AuditEntry.seq).desc()).limit(1)
    ).first()
    newest = Head(*row) if row else Head(0, GENESIS)
    if known is not None and newest.seq < known.seq:
        words = f"链尾缺失：上次检查时到第 {known.seq} 条，现在只到第 {newest.seq} 条"
        return Found(1, (words,)), known
    start = max(known.seq if known else 0, newest.seq - _TAIL)
    before = session.scalar(select(col(AuditEntry.hash)).where(col(AuditEntry.seq) == start)) if start else GENESIS
    if before is None:
        return Found(1, (f"第 {start} 条缺失：记录被删除过",)), known or newest
    if known is not None and start == known.seq and not before.startswith(known.hash):
        return Found(1, (f"第 {start} 条与上次检查时不一致：该条或其之前的记录被整体改写过",)), known
    columns = [getattr(AuditEntry, name) for name in Entry._fields]
    entries = session.execute(select(*columns).where(col(AuditEntry.seq) > start).order_by(col(AuditEntry.seq)))
    verdict = verify((Entry(*each) for each in entries), after=Head(start, before))
    return Found(1, (verdict.problem,)) if verdict.problem else Found(0), newest
