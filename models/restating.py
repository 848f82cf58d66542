"""Restated requirements: where one office owes a report under both, the two are one obligation with the earlier day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, or_
from sqlmodel import col, select

from domain.calendar import local_day
from domain.deadlines import Deadline, format_due
from domain.documents import RequirementKind
from domain.offices import Audience
from domain.planning import Plan, begun, timed
from domain.recurrence import nearest_due_day
from domain.statuses import Status
from models.acting import end, tell
from models.adjusting import set_due
from models.circular import Circular, CircularState, Requirement
from models.circulars import forwardings_of
from models.installation import Installation, calendar_of, policies_of
from models.making import make_obligations, term_of
from models.obligation import AdjustmentKind, Obligation, ObligationSource
from models.session import Transaction
from models.settling import end_holds, lapse_petitions
from models.statements import batches, insert_new

#: The further on, the rather it is kept: what was handed in is not asked for again.
_KEPT_FIRST = (Status.ACCEPTED, Status.SUBMITTED, Status.RETURNED, Status.PENDING)
REASON = "与下级公文重申的同一要求合并，按较早的时限办理"


def unite(work: Transaction, here: Installation, requirement_ids: Iterable[int]) -> int:
    """Make one obligation of each two that are owed under a requirement and under one that restates it.

    The kept one is the upstream's, or that which is further on; it gets the earlier day, and both are its sources. The
    other is superseded and its unsent notices are withdrawn. What is united already is left. Returns how many were.
    """
    wanted = list(requirement_ids)
    statement = select(Requirement).where(
        col(Requirement.restates_id).is_not(None),
        or_(col(Requirement.id).in_(wanted), col(Requirement.restates_id).in_(wanted)),
    )
    united = 0
    for restating in work.session.exec(statement).all():
        upstream = work.session.get_one(Requirement, restating.restates_id)
        united += sum(_merge(work, here, own, above) for own, above in _pairs(work, restating, upstream))
    return united


def _pairs(work: Transaction, restating: Requirement, upstream: Requirement) -> list[tuple[Obligation, Obligation]]:
    """Return what one office owes under both for the same period: that of the restating circular first."""
    statement = (
        select(Obligation)
        .where(
            col(Obligation.requirement_id).in_([restating.id, upstream.id]),
            col(Obligation.status).in_(_KEPT_FIRST),
        )
        .order_by(col(Obligation.id))
    )
    owed = {(each.requirement_id, each.office_id, each.period): each for each in work.session.exec(statement).all()}
    pairs = []
    for (requirement, office, period), own in owed.items():
        if requirement == restating.id:
            above = owed.get((upstream.id, office, _period_above(work, period, restating, upstream)))
            pairs += [(own, above)] if above is not None else []
    return pairs


def _period_above(work: Transaction, period: str, restating: Requirement, upstream: Requirement) -> str:
    """Return the upstream's period that a period restates: each the nearest to the other; '' where there is none."""
    if not period:
        return ""
    day = date.fromisoformat(period)
    above = nearest_due_day(upstream.rrule or "", _begins(work, upstream), day)
    back = nearest_due_day(restating.rrule or "", _begins(work, restating), above) if above else None
    return above.isoformat() if above is not None and back == day else ""


def _begins(work: Transaction, requirement: Requirement) -> date:
    circular = work.session.get_one(Circular, requirement.circular_id)
    return requirement.starts_on or local_day(circular.registered_at)


def _merge(work: Transaction, here: Installation, own: Obligation, above: Obligation) -> bool:
    kept, other = sorted((above, own), key=lambda owed: _KEPT_FIRST.index(owed.status))
    if other.status is Status.ACCEPTED:
        return False  # both are done: there is nothing to spare anybody
    sources = [
        {"obligation_id": kept.id, "requirement_id": number} for number in (own.requirement_id, above.requirement_id)
    ]
    insert_new(work.session, ObligationSource, sources, col(ObligationSource.obligation_id))
    numbers = [other.id or 0]
    end_holds(work.session, numbers, work.now)
    decisions = lapse_petitions(work.session, numbers, work.now)
    end(work, [*numbers, *decisions], Status.SUPERSEDED)
    work.session.refresh(other)
    if kept.status.runs and other.due_at is not None and (kept.due_at is None or other.due_at < kept.due_at):
        _tighten(work, here, kept, other)
    payload = {"kept": kept.id, "requirements": [own.requirement_id, above.requirement_id], "due_at": kept.due_at}
    work.record("obligation.united", f"obligation:{other.id}", payload)
    return True


def _tighten(work: Transaction, here: Installation, kept: Obligation, other: Obligation) -> None:
    old = format_due(kept.due_at, provisional=kept.provisional) if kept.due_at else "未定日期"
    deadline = Deadline(other.due_at or work.now, other.provisional, term_of(other))
    set_due(
        work, here, kept, deadline, AdjustmentKind.TIGHTENING, REASON,
        receipt_not_confirmed=other.receipt_not_confirmed,
    )  # fmt: skip
    office = here.view.code_of[kept.office_id]
    tell(
        work, here.view, kept, here.view.roster.audience(office, Audience.OFFICER, work.now), "deadline_moved",
        why="同一项要求在两份公文中提出，合并为一项，只需报送一次。", detail={"old": old, "reason": REASON},
    )  # fmt: skip


def owe_apart(work: Transaction, here: Installation, ended: Sequence[int]) -> int:
    """Let offices owe anew what had become one with an obligation that has ended because its circular was taken back.

    What the other circular asks stands by itself again, in a new turn (`requirement:7/2`): nothing leaves a final
    status. Returns how many are owed anew.
    """
    parted = 0
    for batch in batches(ended):
        statement = select(Obligation, Requirement).where(
            col(Obligation.id).in_(batch),
            col(ObligationSource.obligation_id) == col(Obligation.id),
            col(Requirement.id) == col(ObligationSource.requirement_id),
            col(Requirement.id) != col(Obligation.requirement_id),
        )
        for kept, requirement in work.session.exec(statement).all():
            other = _superseded(work, kept, requirement)
            if other is not None and _still_asked(work, other):
                _owe_again(work, here, other)
                parted += 1
    return parted


def _superseded(work: Transaction, kept: Obligation, requirement: Requirement) -> Obligation | None:
    """Return what the kept one had taken the place of, under this requirement."""
    statement = select(Obligation).where(
        col(Obligation.requirement_id) == requirement.id,
        col(Obligation.office_id) == kept.office_id,
        col(Obligation.status) == Status.SUPERSEDED,
    )
    own = work.session.get_one(Requirement, kept.requirement_id)
    for other in work.session.exec(statement.order_by(col(Obligation.id).desc())).all():
        if requirement.restates_id == own.id and _period_above(work, other.period, requirement, own) == kept.period:
            return other
        if own.restates_id == requirement.id and _period_above(work, kept.period, own, requirement) == other.period:
            return other
    return None


def _still_asked(work: Transaction, other: Obligation) -> bool:
    circular = work.session.get_one(Circular, other.circular_id)
    hops = forwardings_of(work.session, circular.id or 0)
    return circular.state is CircularState.ACTIVE and any(hop.to_office_id == other.office_id for hop in hops)


def _owe_again(work: Transaction, here: Installation, other: Obligation) -> None:
    calendar = calendar_of(work.session, other.calendar_digest)
    policies = policies_of(work.session, [other.policy_id])[other.policy_id]
    origin, term = other.origin.partition("/")[0], term_of(other)
    turns = select(func.count()).where(
        col(Obligation.kind) == other.kind, col(Obligation.office_id) == other.office_id,
        col(Obligation.period) == other.period,
        or_(col(Obligation.origin) == origin, col(Obligation.origin).startswith(f"{origin}/")),
    )  # fmt: skip
    begun_at = begun(other.issued_at, term, receipt_not_confirmed=other.receipt_not_confirmed)
    plan = Plan(
        kind=other.kind, office=here.view.code_of[other.office_id],
        origin=f"{origin}/{work.session.exec(turns).one() + 1}", grade=other.grade, issued_at=other.issued_at,
        due_at=other.due_at, period=other.period, requirement_id=other.requirement_id,
        reviewer=here.view.code_of[other.reviewer_id] if other.reviewer_id else None, provisional=other.provisional,
        term=term, receipt_not_confirmed=other.receipt_not_confirmed,
        wake_at=timed(other.kind, other.grade, begun_at, other.due_at, policies, calendar),
    )  # fmt: skip
    make_obligations(work, [plan], here.view, policy=other.policy_id, calendar=calendar, circular_id=other.circular_id)


def is_recurring_alike(one: Requirement, other: Requirement) -> bool:
    """Tell whether both recur or neither does: only then can one restate the other."""
    return (one.kind is RequirementKind.RECURRING) == (other.kind is RequirementKind.RECURRING)
