"""The periods of a recurring requirement: each made in its turn, those missed in an outage too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from domain.planning import Asked, ForwardingMode, Hop, PeriodPlan
from models.circular import Circular, CircularState, NextPeriod, Requirement
from models.circulars import asked, forwardings_of
from models.follow_ups import make_follow_up_periods
from models.forwarding import Forwarding
from models.installation import Installation, installation
from models.making import make_obligations, policy_id, set_next_period
from models.restating import unite
from models.returned import hold_new
from models.session import Transaction


def make_periods_of(work: Transaction, requirement_id: int) -> int:
    """Make what is due of one requirement; nothing where another sweep holds it or has made it meanwhile."""
    statement = select(NextPeriod).where(
        col(NextPeriod.requirement_id) == requirement_id, col(NextPeriod.wake_at) <= work.now
    )
    row = work.session.scalars(statement.with_for_update(skip_locked=True)).first()
    if row is None:
        return 0
    here = installation(work.session)
    stored = work.session.get_one(Requirement, requirement_id)
    if stored.case_id is not None:
        return make_follow_up_periods(work, here, stored, row.due_on)
    circular = work.session.get_one(Circular, stored.circular_id)
    requirement, made = asked(stored, here.view), 0
    hops = _hops(forwardings_of(work.session, circular.id or 0), circular, here)
    following: PeriodPlan | None = PeriodPlan(requirement_id, row.due_on, row.wake_at)
    if circular.state is not CircularState.ACTIVE:
        following = None
    while following is not None and following.wake_at <= work.now:
        made += _make_period(work, here, hops, circular, requirement, following)
        following = here.planner.after_period(requirement, circular.urgency, circular.registered_at, following.due_on)
    if made:
        unite(work, here, [requirement_id])
    set_next_period(work.session, following, requirement_id)
    return made


def _make_period(
    work: Transaction, here: Installation, hops: Sequence[Hop], circular: Circular, requirement: Asked,
    period: PeriodPlan,
) -> int:  # fmt: skip
    due_at = here.planner.due(requirement, period.due_on).at
    plans = [
        plan for hop in hops if hop.sent_at < due_at for plan in here.planner.period(requirement, hop, period.due_on)
    ]
    made = make_obligations(
        work, plans, here.view, policy=policy_id(work.session, here.policies, work.now),
        calendar=here.calendar, circular_id=circular.id,
    )  # fmt: skip
    hold_new(work, circular.id or 0, list(made))
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
