"""The sweep: periods that do not exist yet, rungs that are due, urgent matters that climb; any number at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from prefect import task
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from domain.calendar import local_day
from domain.deadlines import format_instant
from domain.documents import Urgency
from domain.errors import Refused
from domain.offices import Audience
from domain.planning import TAGS
from domain.trail import SYSTEM, Actor, ActorKind
from models.acting import sound, state_of
from models.audit import RunLog
from models.bulk import update_many
from models.circular import Circular, NextPeriod, Requirement
from models.firings import POSTPONED, Swept, climb, looked_at
from models.forwarding import ForwardRequest
from models.holding import resume_due
from models.installation import Installation, installation
from models.looking_back import look_backs, tell_look_backs
from models.obligation import Obligation, Wake
from models.papers import cause_of, draft
from models.periods import make_periods_of
from models.session import Transaction, reading, transaction
from models.statements import among
from models.unreached import reach_again, unreached
from models.urgent import pass_to_next_level
from notifications.drafting import write_paper

#: Obligations per transaction: bounded memory, and a kill loses no more than one batch's work.
_BATCH = 5000
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
    #: rungs that nobody has an address for, up the whole chain: they wait for one
    unreachable: int = 0
    #: such ones that have found an address since
    reached: int = 0
    #: papers that wait for a signature
    drafted: int = 0
    passed_on: int = 0
    #: obligations and periods that could not be dealt with: pushed an hour ahead, the operators alarmed
    postponed: int = 0
    calls: tuple[int, ...] = ()

    def add(self, other: Sweep) -> None:
        """Add what another part of the sweep did."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


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
    A row that cannot be dealt with is pushed an hour ahead and the operators are alarmed; it stops no other.
    Raises Refused where an *explicit* `now` lies before this sweep's last one; a clock that went back just runs.
    """
    name = SWEEP_URGENT if urgent_only else SWEEP
    if explicit:
        _refuse_the_past(name, now)
    done = Sweep()
    _make_periods(done, now, urgent_only=urgent_only)
    _reach_again(done, now)
    if not urgent_only:
        _look_back(now)
    while _sweep_batch(done, now, urgent_only=urgent_only):
        pass
    with transaction(SYSTEM, now) as work:
        if done.unreachable:
            _alarm_unreachable(work, done.unreachable)
        names = ("fired", "superseded", "escalated", "unreachable", "reached", "postponed")
        counts = {each: getattr(done, each) for each in names}
        work.session.add(RunLog(name=name, as_of=now, ended_at=datetime.now(UTC), counts=counts))
    return done


def _look_back(now: datetime) -> None:
    """Tell the operators of the look-backs whose day has come."""
    with reading() as session:
        due = bool(look_backs(session, local_day(now)))
    if due:
        with transaction(SYSTEM, now) as work:
            tell_look_backs(work, installation(work.session))


def _refuse_the_past(name: str, now: datetime) -> None:
    with reading() as session:
        last = session.scalar(
            select(col(RunLog.as_of)).where(col(RunLog.name) == name).order_by(col(RunLog.as_of).desc()).limit(1)
        )
    if last is not None and now < last:
        message = f"基准时刻{format_instant(now)}早于上次巡检（{format_instant(last)}），不能倒着巡检。"
        raise Refused(message)


def _sweep_batch(done: Sweep, now: datetime, *, urgent_only: bool, only: Sequence[int] | None = None) -> bool:
    """Sweep up to a batch of due obligations (of `only`, where given); tell whether there may be more.

    Where the transaction fails, it is rolled back and each half tried by itself, down to the one row at fault. A
    database that cannot be reached is nobody's fault: it ends the sweep.
    """
    numbers: list[int] = []
    try:
        with transaction(SYSTEM, now) as work:
            numbers += _lock_due(work.session, now, urgent_only=urgent_only, only=only)
            part = _sweep_locked(work, numbers) if numbers else Sweep()
    except OperationalError:
        raise
    except Exception as error:
        if not numbers:
            raise
        if len(numbers) == 1:
            part = _postpone(numbers[0], now, error)
        else:
            part, middle = Sweep(), len(numbers) // 2
            for half in (numbers[:middle], numbers[middle:]):
                _sweep_batch(part, now, urgent_only=urgent_only, only=half)
    done.add(part)
    return len(numbers) == _BATCH


def _reach_again(done: Sweep, now: datetime) -> None:
    """Open what waits for an address, where the roster has one by now."""
    with reading() as session:
        pairs = unreached(session)
    if pairs:
        with transaction(SYSTEM, now) as work:
            done.reached += reach_again(work, installation(work.session), pairs)


def _alarm_unreachable(work: Transaction, count: int) -> None:
    """Alarm the operators, once a day, of what reaches nobody; where they have no address either, the alarm waits too.

    Then the count of the sweep, the entry in the trail and `duban check` tell of it.
    """
    here = installation(work.session)
    operators = here.view.roster.audience(here.view.roster.operating, Audience.OPERATORS, work.now)
    detail = {
        "matter": f"{count} 件催办无处可送",
        "reason": "有关单位直到本运行单位都没有登记邮箱。请补充名册并重新导入，下次巡检即行送出。",
    }
    cause = f"unreachable/{local_day(work.now)}"
    sound(work, here.view, operators, "alarm", cause, detail, why="您负责督办系统值守。")


def _sweep_locked(work: Transaction, numbers: Sequence[int]) -> Sweep:
    here = installation(work.session)
    obligations = looked_at(work.session, numbers)
    held = _in_full(work.session, [each.id for each in obligations if each.hold])
    resumed, asleep = resume_due(work, here, list(held.values()))
    obligations = [each for each in obligations if each.id not in resumed]
    swept = climb(work, here, [each for each in obligations if state_of(each).runs])
    part = Sweep(
        looked_at=len(numbers), fired=swept.fired, superseded=swept.superseded, escalated=swept.escalated,
        unreachable=swept.unreachable,
        postponed=len(swept.failed), calls=tuple(swept.calls),
    )  # fmt: skip
    part.drafted = _draft(work, here, swept)
    for owed in _in_full(work.session, swept.climbing).values():
        part.passed_on += pass_to_next_level(work, here, owed)
    _set_wakes(work.session, obligations, swept.wakes | asleep, work.now)
    grades = {each.id or 0: each.grade for each in obligations}
    reasons = {(_words(error), grades[number]): number for number, error in reversed(swept.failed.items())}
    for (words, grade), number in reasons.items():
        _alarm(work, here, f"编号 {number} 的事项", words, TAGS.get(grade, ""))
    return part


def _draft(work: Transaction, here: Installation, swept: Swept) -> int:
    owed = _in_full(work.session, [number for number, _ in swept.drafting])
    papers = {cause_of(owed[number], rung.name): (owed[number], rung.draft) for number, rung in swept.drafting}
    wanted = [(each, kind, cause) for cause, (each, kind) in papers.items() if kind]
    return len(draft(work, here, wanted, write_paper))


def _in_full(session: Session, numbers: Sequence[int | None]) -> dict[int | None, Obligation]:
    """Return these obligations as they can be changed, in the order of their ids."""
    if not numbers:
        return {}
    rows = session.scalars(select(Obligation).where(among(Obligation.id, numbers)).order_by(col(Obligation.id)))
    return {each.id: each for each in rows}


def _lock_due(
    session: Session, now: datetime, *, urgent_only: bool, only: Sequence[int] | None = None
) -> Sequence[int]:
    """Return the ids of obligations whose wake-up is due, the wake-ups locked: an act that ends one waits for us."""
    statement = select(col(Wake.obligation_id)).where(col(Wake.wake_at) <= now)
    if urgent_only:
        statement = statement.where(col(Wake.urgent))
    if only is not None:
        statement = statement.where(among(Wake.obligation_id, only))
    statement = statement.order_by(col(Wake.wake_at), col(Wake.obligation_id)).limit(_BATCH)
    return session.scalars(statement.with_for_update(skip_locked=True)).all()


def _postpone(number: int, now: datetime, error: Exception) -> Sweep:
    """Push the one row at fault ahead, in a transaction that does not look at it."""
    statement = update(Wake).where(col(Wake.obligation_id) == number, col(Wake.wake_at) <= now)
    with transaction(SYSTEM, now) as work:
        urgent = work.session.scalar(select(col(Wake.urgent)).where(col(Wake.obligation_id) == number))
        work.session.execute(statement.values(wake_at=now + POSTPONED))
        tag = TAGS[Urgency.EXTRA_URGENT] if urgent else ""
        _alarm(work, installation(work.session), f"编号 {number} 的事项", _words(error), tag)
    return Sweep(looked_at=1, postponed=1)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _alarm(work: Transaction, here: Installation, what: str, words: str, tag: str = "") -> None:
    """Tell the operators what a sweep cannot deal with: once a day for each error, however many rows share it."""
    cause = f"sweep/{hashlib.sha256((words + tag).encode()).hexdigest()[:16]}/{local_day(work.now)}"
    operators = here.view.roster.audience(here.view.roster.operating, Audience.OPERATORS, work.now)
    detail = {
        "matter": f"巡检无法处理{what}",
        "reason": f"{words}。已推后一小时再试，其他事项不受影响；同一原因当日只告警一次。",
    }
    sound(work, here.view, operators, "alarm", cause, detail, why="您负责督办系统值守。", urgency_tag=tag)


def _set_wakes(
    session: Session, obligations: Sequence[Obligation], wakes: dict[int, datetime | None], now: datetime
) -> None:
    ended = [each.id for each in obligations if wakes.get(each.id or 0) is None]
    if ended:
        session.execute(delete(Wake).where(among(Wake.obligation_id, ended)))
    following = {number: at for number, at in wakes.items() if at is not None}
    for number, at in following.items():
        if at <= now:  # A ladder never asks to be looked at again at once: that would be a loop.
            message = f"梯级要求在 {at} 立即再看，应在此后：{number}"
            raise RuntimeError(message)
    rows = [{"obligation_id": number, "wake_at": at} for number, at in following.items()]
    update_many(session, Wake, "obligation_id", rows)


def _make_periods(done: Sweep, now: datetime, *, urgent_only: bool) -> None:
    """Make every period that is due to exist, those missed in an outage too: each requirement by itself.

    The urgent sweep makes those of urgent reports alone: their follow-ups.
    """
    statement = select(col(NextPeriod.requirement_id)).where(col(NextPeriod.wake_at) <= now)
    if urgent_only:
        of_cases = select(col(Requirement.id)).where(col(Requirement.case_id).is_not(None))
        statement = statement.where(col(NextPeriod.requirement_id).in_(of_cases))
    with reading() as session:
        due = session.scalars(statement).all()
    for number in sorted(due):
        try:
            with transaction(SYSTEM, now) as work:
                made = make_periods_of(work, number)
            done.periods += made
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - a rule that cannot be used must not stop all the others
            with transaction(SYSTEM, now) as work:
                _postpone_period(work, number, error)
            done.postponed += 1


def _postpone_period(work: Transaction, requirement_id: int, error: Exception) -> None:
    statement = update(NextPeriod).where(col(NextPeriod.requirement_id) == requirement_id)
    work.session.execute(statement.values(wake_at=work.now + POSTPONED))
    _alarm(work, installation(work.session), f"编号 {requirement_id} 的要求（下一期次）", _words(error))


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
