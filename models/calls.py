"""Whom to telephone about what is urgent, and the calls that were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text, update
from sqlmodel import Session, col

from domain.inbound import InboundKind
from domain.planning import URGENT_GRADES
from domain.statuses import Status
from models.inbound import InboundMessage
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import ContactLog, Obligation, Wake
from models.office import Contact
from models.session import Transaction

#: How long a message about an urgent matter may be on its way before somebody has to telephone: two rounds of delivery.
ON_ITS_WAY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class CallWanted:
    """A firing whose office is to be telephoned."""

    firing: Firing
    #: no message of it has arrived
    undelivered: bool
    #: calls since it fired that nobody answered
    tried: int
    last_tried_at: datetime | None


def calls_wanted(session: Session, now: datetime, obligation_id: int | None = None) -> list[CallWanted]:
    """Return what has to be telephoned at `now`, in the order in which it fired.

    Extra urgent matters and urgent reports that are open: rungs and acts that say so, and all that no mail has reached
    (no address, refused, or not accepted in two minutes). A call that reached the office since takes it off.
    """
    arrived = exists().where(
        col(FiringRecipient.firing_id) == col(Firing.id),
        col(Delivery.notice_id) == col(FiringRecipient.notice_id),
        col(Delivery.state) == DeliveryState.ACCEPTED,
    )
    undelivered = and_(~arrived, or_(_waits_for_an_address(), _came_back(), col(Firing.not_before) <= now - ON_ITS_WAY))
    statement = (
        select(Firing, col(Obligation.issued_at), undelivered.label("undelivered"))
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(
            # as the partial index has it, word by word
            text("firing.urgency_tag IN ('特急', '紧急')"),
            col(Firing.state).in_([FiringState.OPEN, FiringState.UNREACHABLE]),
            col(Obligation.grade).in_(URGENT_GRADES),
            col(Obligation.status).in_([Status.PENDING, Status.RETURNED]),
            col(Obligation.hold) == "",
            or_(col(Firing.revision) == col(Obligation.revision), col(Firing.rung).startswith("act:")),
            or_(col(Firing.call_list), undelivered),
        )
        .order_by(col(Firing.id))
    )
    if obligation_id is not None:
        statement = statement.where(col(Firing.obligation_id) == obligation_id)
    rows = session.execute(statement).all()
    made = calls_made(session, [firing.obligation_id or 0 for firing, _, _ in rows])
    wanted = [_wanted(firing, issued_at, missing, made) for firing, issued_at, missing in rows]
    return [each for each in wanted if each is not None]


def _waits_for_an_address() -> ColumnElement[bool]:
    return col(Firing.state) == FiringState.UNREACHABLE


def _came_back() -> ColumnElement[bool]:
    return exists().where(
        col(FiringRecipient.firing_id) == col(Firing.id),
        col(Delivery.notice_id) == col(FiringRecipient.notice_id),
        col(Delivery.state).in_([DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.UNCERTAIN]),
    )


def _wanted(firing: Firing, issued_at: datetime, undelivered: bool, made: Sequence[ContactLog]) -> CallWanted | None:
    """Return the call a firing wants; none where one has reached its office since.

    A call that came before the matter was entered here counts for what was told at its beginning.
    """
    own = [
        each for each in made
        if (each.obligation_id, each.office_id) == (firing.obligation_id, firing.office_id)
        and max(each.called_at, issued_at) >= firing.at
    ]  # fmt: skip
    if any(each.reached for each in own):
        return None
    return CallWanted(firing, bool(undelivered), len(own), max((each.called_at for each in own), default=None))


def calls_made(session: Session, obligation_ids: Sequence[int]) -> Sequence[ContactLog]:
    """Return the calls recorded about these obligations, in the order in which they were made."""
    if not obligation_ids:
        return []
    statement = select(ContactLog).where(col(ContactLog.obligation_id).in_(set(obligation_ids)))
    return session.scalars(statement.order_by(col(ContactLog.called_at), col(ContactLog.id))).all()


def contacts_for(
    session: Session, firings: Sequence[Firing]
) -> tuple[dict[int, list[FiringRecipient]], Sequence[Contact]]:
    """Return whom these firings went to, by firing, and the contacts their numbers are found among."""
    numbers = [each.id for each in firings]
    told: dict[int, list[FiringRecipient]] = {}
    if not numbers:
        return told, []
    for row in session.scalars(select(FiringRecipient).where(col(FiringRecipient.firing_id).in_(numbers))):
        told.setdefault(row.firing_id, []).append(row)
    addresses = {row.address for rows in told.values() for row in rows}
    offices = {each.office_id for each in firings}
    statement = select(Contact).where(
        col(Contact.active), col(Contact.address).in_(addresses) | col(Contact.office_id).in_(offices)
    )
    return told, session.scalars(statement.order_by(col(Contact.id))).all()


def reports_by_mail(session: Session, now: datetime) -> list[tuple[InboundMessage, Contact]]:
    """Return the urgent reports of our offices that came by mail and wait for an operator, with who wrote them.

    Of several contacts with the address the first that has a telephone; a stranger's mail is called about by nobody.
    """
    statement = (
        select(InboundMessage, Contact)
        .join(Contact, func.lower(col(Contact.address)) == func.lower(col(InboundMessage.from_address)))
        .where(
            # as the partial index has it, word by word
            text("inbound_message.state IN ('new', 'waiting')"),
            col(InboundMessage.kind) == InboundKind.URGENT_REPORT,
            col(InboundMessage.collected_at) <= now,
            col(Contact.active),
        )
        .order_by(col(InboundMessage.id), col(Contact.phone) == "", col(Contact.id))
    )
    found: dict[int, tuple[InboundMessage, Contact]] = {}
    for message, contact in session.execute(statement):
        found.setdefault(message.id or 0, (message, contact))
    return list(found.values())


def count_as_contact(work: Transaction, obligation_id: int) -> None:
    """Let the sweep look again at once: whom a superior's rung waited for has been reached."""
    statement = update(Wake).where(col(Wake.obligation_id) == obligation_id, col(Wake.wake_at) > work.now)
    work.session.execute(statement.values(wake_at=work.now))
