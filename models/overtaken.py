"""What acts ended while its message was on its way."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlmodel import Session, col

from models.acting import REMINDER_RUNG, state_of
from models.circular import Circular, CircularState
from models.forwarding import Forwarding
from models.notice import Firing, FiringRecipient, FiringState
from models.obligation import Obligation


def drop_ended(session: Session, notice_id: int) -> None:
    """Withdraw what an act ended while its message was on its way, before the message may go again.

    The act could not withdraw it then (it was marked as sending). The obligations are locked after the delivery has
    gone back to the queue: an act that comes later finds it there, one that is under way is waited for.
    """
    rows = session.execute(
        select(Firing, Obligation)
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(col(FiringRecipient.notice_id) == notice_id, col(Firing.state) == FiringState.OPEN)
        .order_by(col(Obligation.id))
        .with_for_update(read=True, of=Obligation)
        .execution_options(populate_existing=True)
    ).all()
    ended = [firing.id for firing, owed in rows if is_over(session, firing, owed)]
    session.execute(update(Firing).where(col(Firing.id).in_(ended)).values(state=FiringState.WITHDRAWN))


def is_over(session: Session, firing: Firing, owed: Obligation) -> bool:
    """Tell whether an act has ended what a firing has to say: another deadline, an end of the matter, a recall."""
    if not firing.rung.startswith("act:") or firing.rung == REMINDER_RUNG:
        return not state_of(owed).runs or firing.revision != owed.revision
    if firing.kind != "circular":
        return False
    recalled = select(col(Forwarding.id)).where(
        col(Forwarding.circular_id) == owed.circular_id,
        col(Forwarding.to_office_id) == owed.office_id,
        col(Forwarding.recalled_at).is_not(None),
    )
    withdrawn = select(col(Circular.id)).where(
        col(Circular.id) == owed.circular_id, col(Circular.state) != CircularState.ACTIVE
    )
    return session.scalar(recalled) is not None or session.scalar(withdrawn) is not None
