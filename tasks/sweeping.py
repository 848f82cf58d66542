"""The sweep: periods that do not exist yet, rungs that are due, urgent matters that climb; any number at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prefect import task
from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from domain.deadlines import due_instant, format_instant
from domain.errors import Refused
from domain.planning import Asked, ForwardingMode, Hop, PeriodPlan
from domain.trail import SYSTEM, Actor, ActorKind
from models.audit import RunLog
from models.circular import Circular, CircularState, NextPeriod, Requirement
from models.circulars import asked, forwardings_of
from models.firings import climb
from models.forwarding import Forwarding, ForwardRequest
from models.installation import Installation, installation
from models.making import make_obligations, policy_id, set_next_period
from models.obligation import Obligation, Wake
from models.session import Transaction, reading, transaction
from models.urgent import pass_to_next_level

#: Obligations per transaction: bounded memory, and a kill loses no more than one batch's work.
_BATCH = 1000
SWEEP = "sweep_deadlines"
SWEEP_URGENT = "sweep_urgent"


@dataclass
class Sweep:
    """What one sweep did."""

    periods: int = 0
    looked_at: int = 0
    fired: int = 0
    superseded: int = 0
    escalated: int = 0
    passed_on: int = 0
    calls: tuple[int, ...] = ()


@dataclass(frozen=True)
class OpenRequest:
    """A forwarding that was asked for and that no event has started."""

    id: int
    number: str
    sender: str
    actor: Actor


@task(name="巡检时限")
def sweep(*, now: datetime, explicit: bool = False, urgent_only: bool = False) -> Sweep:
    """Make the periods that are due and fire every due rung exactly once; `now` is aware.

    The steps, each batch a transaction of its own: lock the wake-ups that are due (what another sweep holds is
    skipped), decide by the ladder in force, insert the firings (the key is the claim), set the next wake-ups.
    Raises Refused where an *explicit* `now` lies before this sweep's last one; a clock that went back just runs.
    """
    name = SWEEP_URGENT if urgent_only else SWEEP
    if explicit:
        _refuse_the_past(name, now)
    done = Sweep()
    if not urgent_only:
        done.periods = _make_periods(now)
    while _sweep_batch(done, now, urgent_only=urgent_only):
        pass
    with transaction(SYSTEM, now) as work:
        counts = {"fired": done.fired, "superseded": done.superseded, "escalated": done.escalated}
        work.session.add(RunLog(name=name, as_of=now, ended_at=datetime.now(UTC), counts=counts))
    return done


def _refuse_the_past(name: str, now: datetime) -> None:
    with reading() as session:
        last = session.scalar(
            select(col(RunLog.as_of)).where(col(RunLog.name) == name).order_by(col(RunLog.as_of).desc()).limit(1)
        )
    if last is not None and now < last:
        message = f"基准时刻{format_instant(now)}早于上次巡检（{format_instant(last)}），不能倒着巡检。"
        raise Refused(message)


def _sweep_batch(done: Sweep, now: datetime, *, urgent_only: bool) -> bool:
    """Sweep up to a batch of due obligations; tell whether there may be more."""
    with transaction(SYSTEM, now) as work:
        obligations = _due(work.session, now, urgent_only=urgent_only)
        if not obligations:
            return False
        here = installation(work.session)
        running = [each for each in obligations if each.status.runs]
        swept = climb(work, here, running)
        for owed in swept.climbing:
            done.passed_on += pass_to_next_level(work, here, owed)
        _set_wakes(work.session, obligations, swept.wakes, now)
    done.looked_at += len(obligations)
    done.fired += swept.fired
    done.superseded += swept.superseded
    done.escalated += swept.escalated
    done.calls += tuple(swept.calls)
    return len(obligations) == _BATCH


def _due(session: Session, now: datetime, *, urgent_only: bool) -> Sequence[Obligation]:
    """Return obligations whose wake-up is due, their wake-ups locked: an act that ends one waits for this sweep."""
    statement = select(col(Wake.obligation_id)).where(col(Wake.wake_at) <= now)
    if urgent_only:
        statement = statement.where(col(Wake.urgent))
    statement = statement.order_by(col(Wake.wake_at), col(Wake.obligation_id)).limit(_BATCH)
    numbers = list(session.scalars(statement.with_for_update(skip_locked=True)))
    if not numbers:
        return []
    return session.scalars(select(Obligation).where(col(Obligation.id).in_(numbers)).order_by(col(Obligation.id))).all()


def _set_wakes(
    session: Session, obligations: Sequence[Obligation], wakes: dict[int, datetime | None], now: datetime
) -> None:
    ended = [each.id for each in obligations if wakes.get(each.id or 0) is None]
    session.execute(delete(Wake).where(col(Wake.obligation_id).in_(ended)))
    by_instant: dict[datetime, list[int]] = {}
    for number, at in wakes.items():
        if at is not None:
            # A ladder never asks to be looked at again at once: that would be a loop.
            by_instant.setdefault(max(at, now), []).append(number)
    for at, numbers in by_instant.items():
        if at <= now:
            message = f"梯级要求在 {at} 立即再看，应在此后：{numbers[:3]}"
            raise RuntimeError(message)
        session.execute(update(Wake).where(col(Wake.obligation_id).in_(numbers)).values(wake_at=at))


def _make_periods(now: datetime) -> int:
    """Make every period that is due to exist, those missed in an outage too; return how many obligations."""
    made = 0
    with transaction(SYSTEM, now) as work:
        due = work.session.scalars(
            select(NextPeriod).where(col(NextPeriod.wake_at) <= now).with_for_update(skip_locked=True)
        ).all()
        if not due:
            return 0
        here = installation(work.session)
        for row in due:
            made += _make_periods_of(work, here, row)
    return made


def _make_periods_of(work: Transaction, here: Installation, row: NextPeriod) -> int:
    stored = work.session.get_one(Requirement, row.requirement_id)
    circular = work.session.get_one(Circular, stored.circular_id)
    requirement, made = asked(stored, here.view), 0
    following: PeriodPlan | None = PeriodPlan(row.requirement_id, row.due_on, row.wake_at)
    if circular.state is not CircularState.ACTIVE:
        following = None
    while following is not None and following.wake_at <= work.now:
        made += _make_period(work, here, circular, requirement, following)
        following = here.planner.after_period(requirement, circular.urgency, circular.registered_at, following.due_on)
    set_next_period(work.session, following, row.requirement_id)
    return made


def _make_period(
    work: Transaction, here: Installation, circular: Circular, requirement: Asked, period: PeriodPlan
) -> int:
    due_at = due_instant(period.due_on, requirement.due_time)
    plans = [
        plan
        for hop in _hops(forwardings_of(work.session, circular.id or 0), circular, here)
        if hop.sent_at < due_at
        for plan in here.planner.period(requirement, hop, period.due_on)
    ]
    made = make_obligations(
        work, plans, here.view, policy=policy_id(work.session, here.policies, work.now),
        calendar_digest=here.calendar.digest, circular_id=circular.id,
    )  # fmt: skip
    return len(made)


def _hops(forwardings: Sequence[Forwarding], circular: Circular, here: Installation) -> list[Hop]:
    """Return the forwardings of a circular as the hops they were made in."""
    groups: dict[tuple[int | None, datetime, ForwardingMode], dict[str, int]] = {}
    for row in forwardings:
        key = (row.from_office_id, row.sent_at, row.mode)
        groups.setdefault(key, {})[here.view.code_of[row.to_office_id]] = row.id or 0
    return [
        Hop(
            sender=here.view.code_of[sender] if sender else None, forwardings=members, grade=circular.urgency,
            sent_at=sent_at, issued_at=sent_at, by_level=mode is ForwardingMode.BY_LEVEL,
        )
        for (sender, sent_at, mode), members in groups.items()
    ]  # fmt: skip


@task(name="未转发的请求")
def open_requests() -> list[OpenRequest]:
    """Return the forwardings that were asked for and not done: the net under the event."""
    statement = (
        select(ForwardRequest, col(Circular.number))
        .join(Circular, col(Circular.id) == col(ForwardRequest.circular_id))
        .where(col(ForwardRequest.done_at).is_(None), col(ForwardRequest.refused).is_(None))
    )
    with reading() as session:
        rows = session.execute(statement).all()
        here = installation(session) if rows else None
        return [
            OpenRequest(
                request.id or 0, number or "", here.view.code_of[request.from_office_id],
                Actor(ActorKind(request.actor["kind"]), request.actor["name"]),
            )
            for request, number in rows
            if here is not None
        ]  # fmt: skip


@task(name="记下不能转发")
def refuse_request(request_id: int, reason: str, *, now: datetime) -> None:
    """Record why a requested forwarding cannot be done, so that no sweep tries it again."""
    with transaction(SYSTEM, now) as work:
        request = work.session.get_one(ForwardRequest, request_id)
        request.refused = reason
        work.record("forward.refused", f"circular:{request.circular_id}", {"reason": reason})


def is_awake(now: datetime) -> bool:
    """Tell whether a sweep at `now` has anything to look at."""
    with reading() as session:
        wakes = session.scalar(select(func.min(col(Wake.wake_at))))
        periods = session.scalar(select(func.min(col(NextPeriod.wake_at))))
    return any(each is not None and each <= now for each in (wakes, periods))


def next_wake(after: datetime) -> datetime | None:
    """Return the next instant after `after` at which a sweep has something to do; None where nothing is planned."""
    with reading() as session:
        wakes = session.scalar(
            select(col(Wake.wake_at)).where(col(Wake.wake_at) > after).order_by(col(Wake.wake_at)).limit(1)
        )
        periods = session.scalar(
            select(col(NextPeriod.wake_at))
            .where(col(NextPeriod.wake_at) > after)
            .order_by(col(NextPeriod.wake_at))
            .limit(1)
        )
    return min((each for each in (wakes, periods) if each is not None), default=None)
