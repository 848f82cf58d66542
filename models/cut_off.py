"""Offices that no mail can tell of an urgent matter, because the mail server itself takes none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.planning import is_urgent
from models.audit import DELIVERIES, RunLog
from models.notice import Firing, FiringState
from models.obligation import Obligation

#: As long as a superior waits for the mail of an office that was told (docs/rules.md, Ladder 3).
_PATIENCE = timedelta(minutes=15)


def cut_off(session: Session, obligations: Sequence[Obligation], told: Collection[int], now: datetime) -> set[int]:
    """Return the urgent obligations whose office has waited 15 minutes for mail that the server does not take.

    Only where a delivery has tried since and failed as a whole: an outage of ours is no fault of the mail server's,
    and then the office's own notice still goes first. The telephone is what is left; nothing waits for mail any longer.
    """
    waiting = [each.id for each in obligations if is_urgent(each.grade) and each.id not in told]
    if not waiting:
        return set()
    tried_at = _in_trouble_since(session)
    if tried_at is None:
        return set()
    statement = (
        select(col(Firing.obligation_id), func.min(col(Firing.fired_at)))
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(
            col(Firing.obligation_id).in_(waiting), col(Firing.office_id) == col(Obligation.office_id),
            col(Firing.state) == FiringState.OPEN,
        )
        .group_by(col(Firing.obligation_id))
    )  # fmt: skip
    return {
        number for number, fired_at in session.execute(statement)
        if fired_at <= tried_at and fired_at + _PATIENCE <= now
    }  # fmt: skip


def _in_trouble_since(session: Session) -> datetime | None:
    """Return when the last delivery tried, if the server took nothing from it; None where it did."""
    statement = select(RunLog).where(col(RunLog.name).in_(DELIVERIES)).order_by(col(RunLog.id).desc()).limit(1)
    last = session.scalars(statement).first()
    return last.as_of if last is not None and last.counts.get("trouble") else None
