"""A paper that an office has sent back: all it owes under it is held, what a new period makes too."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from domain.statuses import Act, Hold, ObligationKind, Status
from models.acting import move
from models.holding import start_hold
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.petition import Petition, PetitionKind
from models.session import Transaction

_RUNNING = [status for status in Status if status.runs]


def hold_paper(work: Transaction, petition: Petition, circular_id: int, office_id: int) -> list[int]:
    """Hold all that runs of an office under a circular; what is held for another reason stays as it is."""
    statement = select(Obligation).where(
        col(Obligation.circular_id) == circular_id,
        col(Obligation.office_id) == office_id,
        col(Obligation.kind) != ObligationKind.DECIDE,
        col(Obligation.status).in_(_RUNNING),
        col(Obligation.hold) == Hold.NONE.value,
    )
    owed = work.session.scalars(statement.order_by(col(Obligation.id))).all()
    for each in owed:
        _hold(work, petition, each)
    return [each.id or 0 for each in owed]


def _hold(work: Transaction, petition: Petition, owed: Obligation) -> None:
    move(work, owed, Act.RETURN_PAPER)
    start_hold(work, owed, AdjustmentKind.HOLD, petition.reason, petition_id=petition.id)


def hold_new(work: Transaction, circular_id: int, made: Sequence[int]) -> None:
    """Hold what a period has just made for an office whose returned paper still waits for a decision."""
    if not made:
        return
    statement = (
        select(Petition, col(Obligation.office_id))
        .join(Obligation, col(Obligation.id) == col(Petition.obligation_id))
        .where(
            col(Petition.kind) == PetitionKind.RETURNED_PAPER,
            col(Petition.decision).is_(None),
            col(Obligation.circular_id) == circular_id,
        )
    )
    for petition, office_id in work.session.execute(statement).all():
        new = select(Obligation).where(col(Obligation.id).in_(made), col(Obligation.office_id) == office_id)
        for owed in work.session.scalars(new).all():
            _hold(work, petition, owed)


def held_by(session: Session, petition: Petition) -> Sequence[Obligation]:
    """Return what is held because of this returned paper."""
    statement = (
        select(Obligation)
        .join(Adjustment, col(Adjustment.obligation_id) == col(Obligation.id))
        .where(col(Adjustment.petition_id) == petition.id, col(Obligation.hold) == Hold.PAPER.value)
    )
    return session.scalars(statement.order_by(col(Obligation.id))).all()
