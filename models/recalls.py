"""Taking a hop back: which offices it reaches down to, what they owed, and what its sender owes again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from domain.planning import Plan, begun, timed
from domain.statuses import ObligationKind, Status
from models.acting import rest
from models.circular import Circular
from models.circulars import forwardings_of
from models.forwarding import Forwarding
from models.installation import Installation
from models.making import make_obligations, policy_id, term_of
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation
from models.session import Transaction
from models.statements import batches

#: A circular sent, as a firing on its receipt.
CIRCULAR_SENT = "act:circular"
_FINAL = [status for status in Status if status.is_final]


def hops_down(session: Session, circular: Circular, sender_id: int) -> list[Forwarding]:
    """Return what an office passed on of a circular, and what those it reached passed on in their turn."""
    waiting = list(forwardings_of(session, circular.id or 0))
    senders, found = {sender_id}, list[Forwarding]()
    while more := [hop for hop in waiting if hop.from_office_id in senders]:
        found += more
        waiting = [hop for hop in waiting if hop not in more]
        senders = {hop.to_office_id for hop in more}
    return found


def withdraw_owed(work: Transaction, circular: Circular, offices: Collection[int]) -> list[int]:
    """Withdraw all that these offices still owe under a circular, and the decisions that wait for it."""
    session = work.session
    owed = list(
        session.scalars(
            select(col(Obligation.id)).where(
                col(Obligation.circular_id) == circular.id,
                col(Obligation.office_id).in_(offices),
                col(Obligation.kind) != ObligationKind.DECIDE,
                col(Obligation.status).not_in(_FINAL),
            )
        )
    )
    numbers = [number for number in owed if number is not None]
    for batch in batches(tuple(numbers)):
        decisions = select(col(Obligation.id)).where(
            col(Obligation.subject_id).in_(batch), col(Obligation.status).not_in(_FINAL)
        )
        numbers += [number for number in session.scalars(decisions) if number is not None]
    for batch in batches(numbers):
        session.execute(
            update(Obligation)
            .where(col(Obligation.id).in_(batch), col(Obligation.status).not_in(_FINAL))
            .values(status=Status.WITHDRAWN, ended_at=work.now, version=col(Obligation.version) + 1)
        )
    rest(session, numbers)
    return sorted(numbers)


def receipts_of(session: Session, circular: Circular, offices: Collection[int]) -> dict[int, Obligation]:
    """Return the last receipt of each office."""
    statement = select(Obligation).where(
        col(Obligation.circular_id) == circular.id,
        col(Obligation.kind) == ObligationKind.RECEIPT,
        col(Obligation.office_id).in_(offices),
    )
    return {each.office_id: each for each in session.scalars(statement.order_by(col(Obligation.id)))}


def unsent_circulars(session: Session, receipts: Sequence[int]) -> int:
    """Return how many offices' circular still waits to be sent."""
    statement = select(col(Firing.id)).where(
        col(Firing.obligation_id).in_(receipts),
        col(Firing.rung) == CIRCULAR_SENT,
        col(Firing.state) == FiringState.OPEN,
    )
    return len(session.scalars(statement).all())


def reached(session: Session, receipts: Sequence[int]) -> set[int]:
    """Return the receipts whose circular has reached an address, or may have."""
    statement = (
        select(col(Firing.obligation_id))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(Delivery, col(Delivery.notice_id) == col(FiringRecipient.notice_id))
        .where(
            col(Firing.obligation_id).in_(receipts),
            col(Firing.rung) == CIRCULAR_SENT,
            or_(
                col(Delivery.state).in_([DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN]),
                col(Delivery.was_uncertain),
            ),
        )
    )
    return {int(number) for number in session.scalars(statement) if number is not None}


def owe_forward_again(work: Transaction, here: Installation, circular: Circular, sender_id: int) -> None:
    """Let the sender owe anew what the recalled hop had fulfilled; its day does not move by that."""
    for number in (circular.upstream_id, circular.id):
        if number is None or _is_passed_on(work.session, number, sender_id):
            continue
        statement = select(Obligation).where(
            col(Obligation.circular_id) == number,
            col(Obligation.kind) == ObligationKind.FORWARD,
            col(Obligation.office_id) == sender_id,
        )
        turns = work.session.scalars(statement.order_by(col(Obligation.id))).all()
        if turns and turns[-1].status is Status.ACCEPTED:
            _owe_again(work, here, turns[-1], len(turns) + 1)


def _is_passed_on(session: Session, circular_id: int, sender_id: int) -> bool:
    statement = (
        select(col(Forwarding.id))
        .join(Circular, col(Circular.id) == col(Forwarding.circular_id))
        .where(
            or_(col(Circular.id) == circular_id, col(Circular.upstream_id) == circular_id),
            col(Forwarding.from_office_id) == sender_id,
            col(Forwarding.recalled_at).is_(None),
        )
    )
    return session.execute(statement.limit(1)).first() is not None


def _owe_again(work: Transaction, here: Installation, fulfilled: Obligation, turn: int) -> None:
    term, unconfirmed = term_of(fulfilled), fulfilled.receipt_not_confirmed
    begun_at = begun(fulfilled.issued_at, term, receipt_not_confirmed=unconfirmed)
    plan = Plan(
        kind=ObligationKind.FORWARD,
        office=here.view.code_of[fulfilled.office_id],
        origin=f"{fulfilled.origin.partition('/')[0]}/{turn}",
        grade=fulfilled.grade,
        issued_at=fulfilled.issued_at,
        due_at=fulfilled.due_at,
        provisional=fulfilled.provisional,
        term=term,
        receipt_not_confirmed=unconfirmed,
        wake_at=timed(fulfilled.kind, fulfilled.grade, begun_at, fulfilled.due_at, here.policies, here.calendar),
    )
    make_obligations(
        work, [plan], here.view, policy=policy_id(work.session, here.policies, work.now),
        calendar=here.calendar, circular_id=fulfilled.circular_id,
    )  # fmt: skip
