"""Storing what was planned: obligations with their wake-ups, periods, and the policy they were made under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import WorkCalendar
from domain.deadlines import RunningTerm
from domain.planning import PeriodPlan, Plan, is_urgent
from domain.policies import PolicySet
from domain.statuses import Status
from models.bulk import insert_many, insert_numbered
from models.circular import NextPeriod
from models.obligation import CalendarVersion, Obligation, PolicyVersion, Wake
from models.roster import RosterView
from models.session import Transaction
from models.statements import batches, insert_new

#: Obligations that are made ready at once: a hop may make a hundred thousand.
_AT_ONCE = 5000


def policy_id(session: Session, policies: PolicySet, now: datetime) -> int:
    """Return the id of this policy set, stored once by its digest."""
    found = session.scalar(select(col(PolicyVersion.id)).where(col(PolicyVersion.digest) == policies.digest))
    if found is not None:
        return int(found)
    row = {"digest": policies.digest, "canonical": policies.canonical(), "first_used_at": now}
    insert_new(session, PolicyVersion, [row], col(PolicyVersion.id))
    return int(session.scalar(select(col(PolicyVersion.id)).where(col(PolicyVersion.digest) == policies.digest)) or 0)


def calendar_digest(session: Session, calendar: WorkCalendar, now: datetime) -> str:
    """Return the digest that obligations keep of their calendar, stored with all its days when it is first used."""
    if session.get(CalendarVersion, calendar.digest) is None:
        row = {"digest": calendar.digest, "canonical": calendar.canonical(), "first_used_at": now}
        insert_new(session, CalendarVersion, [row], col(CalendarVersion.digest))
    return calendar.digest


def make_obligations(
    work: Transaction,
    plans: Iterable[Plan],
    view: RosterView,
    *,
    policy: int,
    calendar: WorkCalendar,
    circular_id: int | None = None,
    case_id: int | None = None,
) -> dict[int, Plan]:
    """Insert the obligations that do not exist yet, with their wake-ups; return those made by their ids.

    One audit entry for all that differ only in the office: it lists them.
    """
    shared = {
        "policy_id": policy,
        "calendar_digest": calendar_digest(work.session, calendar, work.now),
        "circular_id": circular_id,
        "case_id": case_id,
        "made_at": work.now, "revision": 0, "status": Status.PENDING, "hold": "", "version": 1,
    }  # fmt: skip
    made: dict[int, Plan] = {}
    for batch in batches(list(plans), _AT_ONCE):
        rows = insert_numbered(work.session, Obligation, [_row(plan, view) for plan in batch], shared=shared)
        made |= {row["id"]: row["plan"] for row in rows}
        insert_many(
            work.session, Wake, [_wake(row["id"], row["plan"]) for row in rows if row["plan"].wake_at], new=True
        )
    _record(work, made)
    return made


def _row(plan: Plan, view: RosterView) -> dict[str, Any]:
    return {
        "plan": plan, "kind": plan.kind, "office_id": view.id_of[plan.office], "origin": plan.origin,
        "period": plan.period, "requirement_id": plan.requirement_id, "grade": plan.grade,
        "issued_at": plan.issued_at, "base_due_at": plan.due_at, "due_at": plan.due_at,
        "provisional": plan.provisional, "receipt_not_confirmed": plan.receipt_not_confirmed,
        "reviewer_id": view.optional_id(plan.reviewer), "subject_id": plan.subject_id, **term_columns(plan.term),
    }  # fmt: skip


def _wake(number: int, plan: Plan) -> dict[str, Any]:
    return {"obligation_id": number, "wake_at": plan.wake_at, "urgent": is_urgent(plan.grade)}


def term_columns(term: RunningTerm | None) -> dict[str, Any]:
    """Return the columns that keep what a deadline ends; all None for a day as written or as a person set it."""
    if term is None:
        return {"term_start": None, "term_amount": None, "term_unit": None}
    return {"term_start": term.start, "term_amount": term.amount, "term_unit": term.unit}


def term_of(owed: Obligation) -> RunningTerm | None:
    """Return the term that the deadline of an obligation ends, if it ends one."""
    if owed.term_start is None or owed.term_amount is None or owed.term_unit is None:
        return None
    return RunningTerm(owed.term_start, owed.term_amount, owed.term_unit)


def _record(work: Transaction, made: Mapping[int, Plan]) -> None:
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, plan in made.items():
        key = (plan.kind, plan.requirement_id, plan.period, plan.due_at, plan.reviewer, plan.subject_id)
        groups.setdefault(key, []).append(number)
    for members in groups.values():
        first = made[members[0]]
        subject = f"requirement:{first.requirement_id}" if first.requirement_id else first.origin
        work.record(
            "obligation.made",
            subject,
            {
                "kind": first.kind, "period": first.period, "due_at": first.due_at, "reviewer": first.reviewer,
                "grade": first.grade, "provisional": first.provisional,
                "offices": {made[number].office: number for number in members},
            },
        )  # fmt: skip


def set_next_period(session: Session, plan: PeriodPlan | None, requirement_id: int) -> None:
    """Store when the period after this one has to be made; none: the rule has ended."""
    row = session.get(NextPeriod, requirement_id)
    if plan is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        session.add(NextPeriod(requirement_id=requirement_id, due_on=plan.due_on, wake_at=plan.wake_at))
    else:
        row.due_on, row.wake_at = plan.due_on, plan.wake_at
