"""What a notice carried, what of it was told again, and the rows that tell it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain.errors import Refused
from domain.resending import is_still_true, rung_again
from models.acting import state_of
from models.notice import Delivery, Firing, FiringRecipient, FiringState, Notice
from models.obligation import Obligation
from models.overtaken import is_over
from models.session import Transaction


@dataclass(frozen=True, slots=True)
class Carried:
    """One firing that a notice carried, and the first one that it tells (again), with the obligation behind it."""

    firing: Firing
    owed: Obligation | None

    @property
    def root_id(self) -> int:
        """The id of the first firing that told this."""
        return self.firing.again_of_id or self.firing.id or 0

    @property
    def rung(self) -> str:
        """The rung under which it is told again."""
        return self.firing.rung if self.firing.again_of_id else rung_again(self.firing.rung)


def lock_notice(work: Transaction, number: int) -> tuple[Notice, Sequence[Delivery]]:
    """Return a notice, locked against others who would tell it again, and its deliveries; Refused where it is none."""
    statement = select(Notice).where(col(Notice.id) == number).with_for_update(key_share=True)
    notice = work.session.scalars(statement).first()
    if notice is None:
        message = f"没有编号为 {number} 的通知；可用 duban notice list 查看编号。"
        raise Refused(message)
    deliveries = work.session.scalars(select(Delivery).where(col(Delivery.notice_id) == number)).all()
    return notice, deliveries


def carried_by(work: Transaction, notice_id: int) -> list[Carried]:
    """Return what a notice carried, in its order; the obligations are locked, so that no act ends them meanwhile."""
    statement = (
        select(Firing)
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .where(col(FiringRecipient.notice_id) == notice_id)
        .order_by(col(Firing.id))
    )
    firings = work.session.scalars(statement).all()
    owed = (
        select(Obligation)
        .where(col(Obligation.id).in_([each.obligation_id for each in firings]))
        .order_by(col(Obligation.id))
        .with_for_update(read=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    by_id = {each.id: each for each in work.session.scalars(owed)}
    return [Carried(each, by_id.get(each.obligation_id)) for each in firings]


def still_tells(session: Session, each: Carried, now: datetime) -> bool:
    """Tell whether a firing that was told may be told again at `now`: no act has ended or overtaken it."""
    if each.firing.state is not FiringState.OPEN:
        return False
    if each.owed is None:
        return True
    if is_over(session, each.firing, each.owed):
        return False
    return is_still_true(each.firing.kind, state_of(each.owed), each.owed.due_at, now)


def told_again(session: Session, carried: Sequence[Carried]) -> Sequence[Firing]:
    """Return the firings by which any of these was told again, in their order; what was withdrawn does not count."""
    roots = [each.root_id for each in carried]
    statement = select(Firing).where(col(Firing.again_of_id).in_(roots), col(Firing.state) != FiringState.WITHDRAWN)
    return session.scalars(statement.order_by(col(Firing.fired_at), col(Firing.id))).all()


def waits_still(session: Session, firings: Sequence[Firing]) -> bool:
    """Tell whether one of these has not gone out yet: no message of it, one on its way, or no address."""
    numbers = [each.id for each in firings]
    statement = (
        select(col(FiringRecipient.notice_id), col(Delivery.state))
        .outerjoin(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(col(FiringRecipient.firing_id).in_(numbers))
    )
    on_its_way = any(notice is None or state.waits for notice, state in session.execute(statement))
    return on_its_way or any(each.state is FiringState.UNREACHABLE for each in firings)


def next_repeat(session: Session, carried: Sequence[Carried]) -> int:
    """Return a running number that none of these was told again under: what makes the new key unique."""
    statement = select(col(Firing.repeat)).where(
        or_(
            col(Firing.again_of_id).in_([each.root_id for each in carried]),
            col(Firing.obligation_id).in_([each.owed.id for each in carried if each.owed is not None])
            & col(Firing.rung).in_({each.rung for each in carried}),
        )
    )
    return max(session.scalars(statement), default=0) + 1
