"""Reminders by hand (手动催办): what was pressed, and which of it was sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import Refused
from models.acting import REMINDER_RUNG
from models.notice import Firing, FiringState
from models.obligation import Obligation
from models.session import Transaction


def lock_obligation(work: Transaction, number: int) -> Obligation:
    """Return an obligation, locked against other acts on it; raises Refused where there is none."""
    statement = select(Obligation).where(col(Obligation.id) == number).with_for_update(key_share=True)
    found = work.session.scalars(statement.execution_options(populate_existing=True)).first()
    if found is None:
        message = f"没有编号为 {number} 的事项；可用 duban status 文号 --office 单位 查看编号。"
        raise Refused(message)
    return found


def reminders_of(session: Session, obligation_id: int) -> Sequence[Firing]:
    """Return every reminder that was pressed for an obligation, the held back ones too, in their order."""
    statement = select(Firing).where(col(Firing.obligation_id) == obligation_id, col(Firing.rung) == REMINDER_RUNG)
    return session.scalars(statement.order_by(col(Firing.repeat))).all()


def was_sent(reminder: Firing) -> bool:
    """Tell whether a reminder counts: it went out, or waits to; one held back or withdrawn does not."""
    return reminder.state in (FiringState.OPEN, FiringState.UNREACHABLE)
