"""An office says that it knows: reminders that repeat leave it alone for a while."""

from __future__ import annotations

from datetime import datetime

from domain.holds import acknowledged_until
from domain.ladders import OWN
from domain.statuses import Act
from models.acting import move, withdraw_unsent
from models.installation import Installation, policies_of
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.session import Transaction


def acknowledge_owed(work: Transaction, here: Installation, owed: Obligation) -> datetime:
    """Hold back repeated reminders from now on; return until when (aware). What is higher goes on.

    Raises IllegalTransition: handed in, held or ended already, or nothing to acknowledge.
    """
    move(work, owed, Act.ACKNOWLEDGE)
    until = acknowledged_until(owed.grade, work.now, here.policies, here.calendar)
    row = Adjustment(
        obligation_id=owed.id or 0, kind=AdjustmentKind.ACKNOWLEDGEMENT, reason="知悉", approver=str(work.actor),
        decided_at=work.now, starts_at=work.now, ends_at=until,
    )  # fmt: skip
    work.session.add(row)
    ladder = policies_of(work.session, [owed.policy_id])[owed.policy_id].ladder(owed.kind, owed.grade)
    repeating = [rung.name for rung in ladder.rungs if rung.every_days is not None]
    withdraw_unsent(work.session, [owed.id or 0], rungs=repeating, audiences=[each.value for each in OWN])
    office = here.view.office(owed.office_id)
    work.record("obligation.acknowledged", f"obligation:{owed.id}", {"office": office.code, "until": until})
    return until
