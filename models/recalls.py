"""Taking a hop back: which offices it reaches down to, what they owed, and what its sender owes again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.offices import Audience
from domain.planning import Plan, begun, timed
from domain.resending import rung_again
from domain.statuses import ObligationKind, Status
from models.acting import FINAL, end, fire, firing_row, lapse, withdraw_unsent
from models.circular import Circular, NextPeriod, Requirement
from models.circulars import forwardings_of
from models.forwarding import Forwarding
from models.installation import Installation, calendar_of
from models.making import make_obligations, policy_id, term_of
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation
from models.petition import Petition
from models.session import Transaction
from models.settling import end_holds
from models.statements import batches

#: A circular sent, as a firing on its receipt.
CIRCULAR_SENT = "act:circular"


def hops_down(session: Session, circular: Circular, sender_id: int) -> list[Forwarding]:
    """Return what an office passed on of a circular, and what those it reached passed on in their turn."""
    waiting = list(forwardings_of(session, circular.id or 0))
    senders, found = {sender_id}, list[Forwarding]()
    while more := [hop for hop in waiting if hop.from_office_id in senders]:
        found += more
        waiting = [hop for hop in waiting if hop not in more]
        senders = {hop.to_office_id for hop in more}
    return found


def lock_making(session: Session, circular: Circular) -> None:
    """Wait for what is making obligations of this circular, and let nothing begin to until we have committed.

    A forwarding shares the lock of the circular's row; a sweep that makes a period holds the row of its next period.
    What either has made is there when this returns, and so is closed too.
    """
    locked = select(Circular).where(col(Circular.id) == circular.id).with_for_update(key_share=True)
    session.scalars(locked.execution_options(populate_existing=True)).one()
    asked = select(col(Requirement.id)).where(col(Requirement.circular_id) == circular.id)
    periods = select(col(NextPeriod.requirement_id)).where(col(NextPeriod.requirement_id).in_(asked))
    session.scalars(periods.order_by(col(NextPeriod.requirement_id)).with_for_update()).all()


def share_making(session: Session, circular: Circular) -> None:
    """Wait for whoever takes this circular back, and see what it has become; others may pass it on beside us."""
    locked = select(Circular).where(col(Circular.id) == circular.id).with_for_update(read=True)
    session.scalars(locked.execution_options(populate_existing=True)).one()


def close_owed(
    work: Transaction, circular: Circular, offices: Collection[int] | None, status: Status = Status.WITHDRAWN
) -> list[int]:
    """End all that these offices (None: all) still owe under a circular, and what is to be decided about it.

    Returns the ids of what was ended. Call `lock_making` first.
    """
    session = work.session
    mine = [col(Obligation.circular_id) == circular.id, col(Obligation.status).not_in(FINAL)]
    if offices is not None:
        concerned = select(col(Obligation.id)).where(
            col(Obligation.circular_id) == circular.id, col(Obligation.office_id).in_(offices)
        )
        decided = (col(Obligation.kind) == ObligationKind.DECIDE) & col(Obligation.subject_id).in_(concerned)
        own = (col(Obligation.kind) != ObligationKind.DECIDE) & col(Obligation.office_id).in_(offices)
        mine.append(decided | own)
    # An act that is under way is waited for: what it ends is not ended again, what it makes comes to the second round.
    numbers = _open(session, mine)
    end_holds(session, numbers, work.now)
    lapse(work, _asked_about(session, circular, offices))
    end(work, numbers, status)
    late = _open(session, mine)
    end(work, late, status)
    return sorted([*numbers, *late])


def _open(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[int]:
    statement = select(col(Obligation.id)).where(*conditions).order_by(col(Obligation.id))
    return [number for number in session.scalars(statement.with_for_update(key_share=True)) if number is not None]


def _asked_about(session: Session, circular: Circular, offices: Collection[int] | None) -> list[int]:
    """Return the obligations about which something was asked that nobody has decided: a receipt may have ended."""
    statement = (
        select(col(Petition.obligation_id))
        .join(Obligation, col(Obligation.id) == col(Petition.obligation_id))
        .where(col(Petition.decision).is_(None), col(Obligation.circular_id) == circular.id)
    )
    if offices is not None:
        statement = statement.where(col(Obligation.office_id).in_(offices))
    return list(session.scalars(statement))


def take_back_from(work: Transaction, circular: Circular, offices: Collection[int]) -> list[int]:
    """Take a circular back from these offices: what has not gone out, what they owe, the passing-on itself.

    No period asks them again, for the forwarding is marked as recalled. Returns the ids of what was withdrawn.
    """
    lock_making(work.session, circular)
    numbers = [receipt.id or 0 for receipt in receipts_of(work.session, circular, offices).values()]
    for batch in batches(numbers):
        withdraw_unsent(work.session, batch, acts_too=True)
    owed = close_owed(work, circular, offices)
    for hop in forwardings_of(work.session, circular.id or 0):
        if hop.to_office_id in offices:
            hop.recalled_at = work.now
    work.session.flush()
    return sorted([*owed, *_close_compiled(work, circular)])


def _close_compiled(work: Transaction, circular: Circular) -> list[int]:
    """End the compiled reports of superiors to whom nobody has to report any more; return the ids of what was ended.

    A superior that was sent the circular itself owes its report anyway.
    """
    holders = {hop.to_office_id for hop in forwardings_of(work.session, circular.id or 0)}
    below = aliased(Obligation)
    reports = exists().where(
        col(below.requirement_id) == col(Obligation.requirement_id),
        col(below.period) == col(Obligation.period),
        col(below.reviewer_id) == col(Obligation.office_id),
        col(below.status) != Status.WITHDRAWN,
    )
    idle = [
        col(Obligation.circular_id) == circular.id, col(Obligation.kind) == ObligationKind.REPORT,
        col(Obligation.status).not_in(FINAL), col(Obligation.office_id).not_in(holders), ~reports,
    ]  # fmt: skip
    ended: list[int] = []
    while numbers := _open(work.session, idle):  # level by level: what was compiled of it is next
        end(work, numbers, Status.WITHDRAWN)
        ended += numbers
    return ended


def passed_on_by(session: Session, circular: Circular, office_id: int) -> bool:
    """Tell whether an office has passed a circular on, and not taken it back."""
    return any(hop.from_office_id == office_id for hop in forwardings_of(session, circular.id or 0))


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
            col(Firing.rung).in_([CIRCULAR_SENT, rung_again(CIRCULAR_SENT)]),
            or_(
                col(Delivery.state).in_([DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN]),
                col(Delivery.was_uncertain),
            ),
        )
    )
    return {int(number) for number in session.scalars(statement) if number is not None}


def tell_reached(
    work: Transaction, here: Installation, receipts: Mapping[int, Obligation], kind: str, detail: dict[str, str],
    *, why: str, urgency_tag: str,
) -> int:  # fmt: skip
    """Tell each office that the circular has reached, or may have reached, once; return how many were told."""
    have_it = reached(work.session, [receipt.id or 0 for receipt in receipts.values()])
    rows = [
        firing_row(
            here.view, here.view.roster.audience(here.view.code_of[office], Audience.OFFICER, work.now), kind,
            rung=f"act:{kind}", at=work.now, now=work.now, not_before=work.now, obligation_id=receipt.id,
            revision=receipt.revision, urgency_tag=urgency_tag, detail=detail, why=why,
        )
        for office, receipt in receipts.items()
        if receipt.id in have_it
    ]  # fmt: skip
    return len(fire(work, rows))


def owe_forward_again(
    work: Transaction, here: Installation, sender_id: int, *circulars: int | None
) -> None:  # fmt: skip
    """Let the sender owe anew the forwarding of these that a hop had fulfilled; its day does not move by that."""
    for number in circulars:
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
    calendar = calendar_of(work.session, fulfilled.calendar_digest)
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
        wake_at=timed(fulfilled.kind, fulfilled.grade, begun_at, fulfilled.due_at, here.policies, calendar),
    )
    make_obligations(
        work, [plan], here.view, policy=policy_id(work.session, here.policies, work.now),
        calendar=calendar, circular_id=fulfilled.circular_id,
    )  # fmt: skip
