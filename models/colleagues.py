"""Others in the same office whom a firing also means, once mail to the first came back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, or_, select
from sqlmodel import Session, col

from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation
from models.statements import among

_GONE = (DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.WITHDRAWN)


def reaches_another(session: Session, firing: Firing, address: str) -> bool:
    """Tell whether the same has reached a colleague, or is on its way to one."""
    failed = exists().where(
        col(Delivery.notice_id) == col(FiringRecipient.notice_id),
        col(Delivery.address) == col(FiringRecipient.address),
        col(Delivery.state).in_(_GONE),
    )  # fmt: skip
    statement = select(col(FiringRecipient.address)).where(
        col(FiringRecipient.firing_id) == firing.id, col(FiringRecipient.address) != address,
        or_(col(FiringRecipient.notice_id).is_(None), ~failed),
    )  # fmt: skip
    return session.scalar(statement.limit(1)) is not None


def on_its_way_to_another(session: Session, obligations: Sequence[int]) -> Sequence[int]:
    """Return those obligations of which the office's next person is being told, somebody before being out of reach."""
    if not obligations:
        return []
    statement = (
        select(col(Firing.obligation_id))
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .outerjoin(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(
            among(Firing.obligation_id, obligations), col(Firing.office_id) == col(Obligation.office_id),
            col(Firing.state) == FiringState.OPEN, col(FiringRecipient.why) != "",
            or_(
                col(FiringRecipient.notice_id).is_(None),
                col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.SENDING]),
            ),
        )
        .distinct()
    )  # fmt: skip
    return [number or 0 for number in session.scalars(statement)]
