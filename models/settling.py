"""What ends together with an obligation, or with the state it leaves: its holds, its petitions, an acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from domain.statuses import ObligationKind, Status
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.petition import Petition, PetitionDecision, PetitionKind
from models.statements import batches

#: The rows that hold a ladder.
HOLDS = (AdjustmentKind.SUSPENSION, AdjustmentKind.HOLD)
#: What the decision about a petition is owed as: `extension:12`.
ORIGINS = {
    PetitionKind.EXTENSION: "extension",
    PetitionKind.CONTEST: "contest",
    PetitionKind.RETURNED_PAPER: "paper",
}


def end_holds(session: Session, obligations: Sequence[int], now: datetime) -> None:
    """Date the end of the holds of these obligations; a suspension whose last day is past ended then."""
    _end(session, obligations, HOLDS, now)


def end_acknowledgements(session: Session, obligations: Sequence[int], now: datetime) -> None:
    """Let what was acknowledged be reminded of again: it has a new deadline."""
    _end(session, obligations, (AdjustmentKind.ACKNOWLEDGEMENT,), now)


def _end(session: Session, obligations: Sequence[int], kinds: tuple[AdjustmentKind, ...], now: datetime) -> None:
    lasting = or_(col(Adjustment.ends_at).is_(None), col(Adjustment.ends_at) > now)
    for batch in batches(obligations):
        concerned = [col(Adjustment.obligation_id).in_(batch), col(Adjustment.kind).in_(kinds), lasting]
        session.execute(update(Adjustment).where(*concerned).values(ends_at=now))


def lapse_petitions(session: Session, obligations: Sequence[int], now: datetime) -> list[int]:
    """Let what was asked about these obligations lapse, for they have ended; return the decisions owed about it."""
    decisions: list[int] = []
    for batch in batches(obligations):
        waiting = [col(Petition.obligation_id).in_(batch), col(Petition.decision).is_(None)]
        asked = session.execute(select(col(Petition.id), col(Petition.kind)).where(*waiting)).all()
        if not asked:
            continue
        values = {"decision": PetitionDecision.LAPSED.value, "decided_at": now}
        session.execute(update(Petition).where(*waiting).values(**values))
        origins = [f"{ORIGINS[kind]}:{number}" for number, kind in asked]
        owed = select(col(Obligation.id)).where(
            col(Obligation.subject_id).in_(batch),
            col(Obligation.kind) == ObligationKind.DECIDE,
            col(Obligation.origin).in_(origins),
            col(Obligation.status) == Status.PENDING,
        )
        decisions += [number for number in session.scalars(owed) if number is not None]
    return decisions
