"""An office receives a circular, by whatever door it says so; the terms that run from it."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from domain.deadlines import RunningTerm, format_instant
from domain.offices import Audience, Office
from domain.planning import term_from_receipt
from domain.statuses import Act, Status
from models.acting import move, tell
from models.adjusting import set_due
from models.circular import Circular, Requirement
from models.circulars import requirements_of
from models.forwarding import Forwarding
from models.installation import Installation, calendar_of
from models.lookup import need_receipt
from models.making import term_of
from models.obligation import AdjustmentKind, Obligation
from models.session import Transaction


def receive_paper(work: Transaction, here: Installation, circular: Circular, receiver: Office) -> Obligation:
    """Record an office's receipt of a circular, date the terms that run from it, and confirm it to the officer.

    Returns the receipt. Raises Refused: not addressed, received already.
    """
    receipt = need_receipt(work.session, circular, receiver, here)
    move(work, receipt, Act.RECEIVE)
    forwarding = work.session.get_one(Forwarding, forwarding_of(receipt))
    forwarding.received_at = work.now
    date_from_receipt(work, here, circular, receipt.office_id)
    tell(
        work, here.view, receipt, here.view.roster.audience(receiver.code, Audience.OFFICER, work.now),
        "receipt_confirmed", why="贵单位已签收本文，此为回执。",
        detail={"reference": receipt_number(receipt), "at": format_instant(work.now), "by": work.actor.name},
    )  # fmt: skip
    payload = {"office": receiver.code, "circular": circular.number}
    work.record("receipt.received", f"obligation:{receipt.id}", payload)
    return receipt


def receipt_number(receipt: Obligation) -> str:
    """Return the number under which a receipt is confirmed."""
    return f"签收-{receipt.id}"


def forwarding_of(receipt: Obligation) -> int:
    """Return which forwarding a receipt confirms: `forwarding:12`, after a recall `forwarding:12/2`."""
    return int(receipt.origin.partition(":")[2].partition("/")[0])


def date_from_receipt(work: Transaction, here: Installation, circular: Circular, office_id: int) -> None:
    """Let terms that run from receipt run from the receipt itself, now (rule 8), unless a person has moved them."""
    terms = {row.id: row for row in requirements_of(work.session, circular.id or 0)}
    statement = select(Obligation).where(
        col(Obligation.circular_id) == circular.id,
        col(Obligation.office_id) == office_id,
        col(Obligation.receipt_not_confirmed),
        col(Obligation.status) == Status.PENDING,
    )
    for owed in work.session.scalars(statement).all():
        term = term_of(owed) or _term_asked(terms.get(owed.requirement_id), owed)
        if term is None:
            # A person has set another day since: that stands.
            owed.receipt_not_confirmed = False
            continue
        deadline = term.starting(work.now).end(calendar_of(work.session, owed.calendar_digest))
        set_due(work, here, owed, deadline, AdjustmentKind.RECOMPUTATION, "签收已确认，期限自签收起算")


def _term_asked(requirement: Requirement | None, owed: Obligation) -> RunningTerm | None:
    """Return the term of an obligation that was made before terms were stored beside it."""
    if requirement is None or owed.due_at != owed.base_due_at:
        return None
    return term_from_receipt(requirement.workdays, requirement.days, owed.issued_at)
