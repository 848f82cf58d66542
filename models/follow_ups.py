"""Follow-ups of an urgent report, owed at stated hours of every day until the final one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta

from sqlalchemy import delete, select
from sqlmodel import col

from domain.calendar import local_day
from domain.deadlines import due_instant
from domain.documents import Duty, RequirementKind
from domain.planning import PeriodPlan, Plan, timed
from domain.policies import PolicySet
from domain.recurrence import next_due_day
from domain.statuses import Act, ObligationKind
from models.acting import move
from models.circular import NextPeriod, Requirement
from models.installation import Installation
from models.making import make_obligations, policy_id, set_next_period
from models.obligation import Obligation, UrgentCase
from models.session import Transaction

_EVERY_DAY = "FREQ=DAILY"
#: The limits that name the hours, in their order in a day; a severity without the limit has no such hour.
_HOURS = ("follow_up_morning_hour", "follow_up_evening_hour")


def follow_up_hours(policies: PolicySet, severity: str) -> dict[int, time]:
    """Return the stated hours of a day by their running number, for a severity."""
    hours = dict[int, time]()
    for ordinal, name in enumerate(_HOURS, start=1):
        if f"{name}.{severity}" in policies.limits or name in policies.limits:
            hours[ordinal] = time(policies.limit(name, severity))
    return hours


def owe_follow_ups(work: Transaction, here: Installation, case: UrgentCase) -> int:
    """Let the reporting office owe a follow-up by each stated hour from now on; return how many were made.

    One requirement per hour, so that its periods are made like those of a circular; what is there already stays.
    """
    made = 0
    there = {each.ordinal: each for each in _requirements(work, case)}
    for ordinal, clock in follow_up_hours(here.policies, case.severity).items():
        requirement = there.get(ordinal) or _require(work, here, case, ordinal, clock)
        if requirement.id is not None and work.session.get(NextPeriod, requirement.id) is None:
            first = local_day(work.now)
            first += timedelta(days=due_instant(first, clock) <= work.now)
            made += _make(work, here, case, requirement, first)
            set_next_period(work.session, _after(requirement, first), requirement.id)
    return made


def _require(work: Transaction, here: Installation, case: UrgentCase, ordinal: int, clock: time) -> Requirement:
    reporter = here.view.office(case.office_id)
    superior = here.view.roster.superior_of(reporter.code)
    requirement = Requirement(
        case_id=case.id, ordinal=ordinal, text=f"每日{clock.hour}时前续报，直到终报", duty=Duty.REPORT,
        kind=RequirementKind.RECURRING, rrule=_EVERY_DAY, due_time=clock, starts_on=local_day(work.now),
        deliver_to=superior.name if superior else None,
        deliver_to_id=here.view.optional_id(superior.code) if superior else None, responsible=reporter.name,
    )  # fmt: skip
    work.session.add(requirement)
    work.session.flush()
    return requirement


def _requirements(work: Transaction, case: UrgentCase) -> Sequence[Requirement]:
    statement = select(Requirement).where(col(Requirement.case_id) == case.id)
    return work.session.scalars(statement.order_by(col(Requirement.ordinal))).all()


def _make(work: Transaction, here: Installation, case: UrgentCase, requirement: Requirement, day: date) -> int:
    due_at = due_instant(day, requirement.due_time)
    plan = Plan(
        kind=ObligationKind.FOLLOW_UP,
        office=here.view.code_of[case.office_id],
        origin=f"requirement:{requirement.id}",
        period=day.isoformat(),
        grade=case.severity,
        issued_at=case.raised_at,
        due_at=due_at,
        requirement_id=requirement.id,
        wake_at=timed(
            ObligationKind.FOLLOW_UP, case.severity, case.raised_at, due_at, here.policies, here.calendar
        ),
    )  # fmt: skip
    made = make_obligations(
        work, [plan], here.view, policy=policy_id(work.session, here.policies, work.now),
        calendar=here.calendar, case_id=case.id,
    )  # fmt: skip
    return len(made)


def _after(requirement: Requirement, made: date) -> PeriodPlan | None:
    """Return the period after `made`: a sweep makes it once `made` is due (docs/rules.md, Deadlines 7)."""
    day = next_due_day(requirement.rrule or "", requirement.starts_on or made, made + timedelta(days=1))
    if day is None:
        return None
    return PeriodPlan(requirement.id or 0, day, due_instant(made, requirement.due_time))


def make_follow_up_periods(work: Transaction, here: Installation, requirement: Requirement, due_on: date) -> int:
    """Make the periods of a case's requirement that are due, those missed in an outage too; a closed case has none."""
    case = work.session.get_one(UrgentCase, requirement.case_id)
    following: PeriodPlan | None = PeriodPlan(requirement.id or 0, due_on, work.now)
    made = 0
    if case.closed_at is not None:
        following = None
    while following is not None and following.wake_at <= work.now:
        made += _make(work, here, case, requirement, following.due_on)
        following = _after(requirement, following.due_on)
    set_next_period(work.session, following, requirement.id or 0)
    return made


def lock_periods(work: Transaction, case: UrgentCase) -> None:
    """Keep sweeps from making periods of a case until this transaction has ended.

    Taken before anything else of the case is read: what a sweep is making meanwhile is seen afterwards.
    """
    numbers = select(col(Requirement.id)).where(col(Requirement.case_id) == case.id)
    statement = select(NextPeriod).where(col(NextPeriod.requirement_id).in_(numbers))
    work.session.scalars(statement.order_by(col(NextPeriod.requirement_id)).with_for_update()).all()


def open_follow_ups(work: Transaction, case: UrgentCase) -> list[Obligation]:
    """Return the follow-ups a case still owes, the earliest first."""
    return [each for each in _all(work, case) if each.status.runs]


def _all(work: Transaction, case: UrgentCase) -> Sequence[Obligation]:
    statement = select(Obligation).where(
        col(Obligation.case_id) == case.id, col(Obligation.kind) == ObligationKind.FOLLOW_UP
    )
    order = (col(Obligation.due_at), col(Obligation.id))
    return work.session.scalars(statement.order_by(*order).execution_options(populate_existing=True)).all()


def fulfil_follow_ups(work: Transaction, case: UrgentCase) -> int:
    """Let a follow-up fulfil those that are overdue, else the one due next; return how many it fulfilled.

    The one due next is that of the next stated hour: a second follow-up before the same hour fulfils no later one.
    """
    every = [each for each in _all(work, case) if each.due_at is not None]
    overdue = [each for each in every if each.status.runs and each.due_at is not None and each.due_at <= work.now]
    coming = [each for each in every if each.due_at is not None and each.due_at > work.now]
    chosen = overdue or [each for each in coming[:1] if each.status.runs]
    return _end(work, chosen, Act.FOLLOW_UP)


def end_follow_ups(work: Transaction, case: UrgentCase) -> None:
    """Let the final report end them all: it fulfils what is overdue or due next, withdraws the rest, ends the periods.

    The periods must be locked (`lock_periods`).
    """
    fulfil_follow_ups(work, case)
    _end(work, open_follow_ups(work, case), Act.WITHDRAW)
    numbers = [each.id for each in _requirements(work, case)]
    work.session.execute(delete(NextPeriod).where(col(NextPeriod.requirement_id).in_(numbers)))


def drop_other_hours(work: Transaction, here: Installation, case: UrgentCase) -> None:
    """End the hours that the severity of the case no longer asks for; what is overdue there stays owed."""
    kept = follow_up_hours(here.policies, case.severity)
    gone = [each.id for each in _requirements(work, case) if each.ordinal not in kept]
    if not gone:
        return
    work.session.execute(delete(NextPeriod).where(col(NextPeriod.requirement_id).in_(gone)))
    coming = [each for each in _coming(work, case) if each.requirement_id in gone]
    _end(work, coming, Act.WITHDRAW)


def _coming(work: Transaction, case: UrgentCase) -> Iterator[Obligation]:
    return (each for each in open_follow_ups(work, case) if each.due_at is not None and each.due_at > work.now)


def _end(work: Transaction, obligations: Sequence[Obligation], act: Act) -> int:
    for owed in obligations:
        move(work, owed, act)
        payload = {"kind": owed.kind, "act": act, "period": owed.period}
        work.record(
            "obligation.fulfilled" if act is Act.FOLLOW_UP else "obligation.withdrawn", f"obligation:{owed.id}", payload
        )
    return len(obligations)
