"""Mail that came back: the address is marked, and what it carried goes to the next person of the office."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col

from domain.offices import Audience, Role
from models.acting import tell_also
from models.colleagues import reaches_another
from models.inbound import AddressTrouble
from models.installation import Installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, Notice
from models.office import Contact
from models.resending import carried_by, still_tells
from models.roster import load_roster, roster_changed
from models.session import Transaction
from models.undeliverable import Failure, tell_undeliverable

#: So many temporary ones in a row count like one for good.
SOFT_AT_MOST = 3
#: A message that nobody has returned for so long has arrived.
_ARRIVED_AFTER = timedelta(days=1)
#: What a bounce can be about: the server has, or may have, taken the message.
_MAY_HAVE_ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.SENDING)


def record_bounce(
    work: Transaction, here: Installation, *, delivery: Delivery | None, address: str, hard: bool, reason: str
) -> bool:
    """Record that a message came back (docs/rules.md, Ladder 7); False where that changed nothing.

    The steps: the delivery becomes bounced, its address is marked, what it carried and is still open goes to the
    office's next person; where none is left, the superior and the operators are told. A second bounce of the same
    delivery changes nothing. Without a `delivery` nobody has proved that we ever wrote there: an address of the roster
    is then listed for the operators, but neither counted nor passed over.
    reason: what the bounce says, kept beside the address, never in the trail.
    """
    if delivery is None:
        return _list(work, address, reason)
    found = work.session.get_one(Delivery, delivery.id, populate_existing=True, with_for_update=True)
    waits_uncertain = found.state is DeliveryState.QUEUED and found.was_uncertain
    if found.state not in _MAY_HAVE_ARRIVED and not waits_uncertain:
        return False
    found.state, found.ended_at, found.claimed_by, found.lease_until = DeliveryState.BOUNCED, work.now, "", None
    found.reply = reason[:300]
    work.session.flush()
    is_hard = mark_address(work, found.address, hard=hard, reason=reason)
    notice = work.session.get_one(Notice, found.notice_id)
    payload = {
        "notice": found.notice_id, "kind": notice.kind, "office": here.view.code_of[notice.office_id], "hard": hard,
        "address_failed": is_hard, "message_id": found.message_id,
    }  # fmt: skip
    work.record("delivery.bounced", f"delivery:{found.id}", payload)
    pass_on(work, here, found, notice, Failure("退信", f"退信说明：{reason}", found.subject))
    return True


def mark_address(work: Transaction, address: str, *, hard: bool, reason: str) -> bool:
    """Count a failure of an address; return whether it is passed over from now on.

    Temporary ones count in a row: a message sent since the last one that nobody has returned within a day ends the
    row. The third is like one for good.
    """
    row = work.session.get(AddressTrouble, address, with_for_update=True)
    if row is None:
        row = AddressTrouble(address=address, first_at=work.now, last_at=work.now)
        work.session.add(row)
    elif _arrived_since(work.session, address, row.last_at, work.now):
        row.soft = 0
    row.soft, row.last_at, row.reason = row.soft + (not hard), work.now, reason[:300]
    if row.hard_at is None and (hard or row.soft >= SOFT_AT_MOST):
        row.hard_at = work.now
        roster_changed(work)
    work.session.flush()
    return row.hard_at is not None


def _arrived_since(session: Session, address: str, since: datetime, now: datetime) -> bool:
    arrived = select(col(Delivery.id)).where(
        col(Delivery.address) == address, col(Delivery.state) == DeliveryState.ACCEPTED,
        col(Delivery.ended_at) > since, col(Delivery.ended_at) <= now - _ARRIVED_AFTER,
    )  # fmt: skip
    return session.scalar(arrived.limit(1)) is not None


def _list(work: Transaction, address: str, reason: str) -> bool:
    known = select(col(Contact.id)).where(col(Contact.address) == address, col(Contact.active)).limit(1)
    if work.session.scalar(known) is None or work.session.get(AddressTrouble, address) is not None:
        return False
    work.session.add(AddressTrouble(address=address, first_at=work.now, last_at=work.now, reason=reason[:300]))
    work.session.flush()
    return True


def pass_on(work: Transaction, here: Installation, delivery: Delivery, notice: Notice, failure: Failure) -> None:
    """Let what a failed delivery carried reach the office's next person; escalate what nobody is left for.

    It stays the same firing, which now means one person more: no rung fires twice, and nobody gets it twice.
    """
    roster = load_roster(work.session).roster  # as it is since the address was marked
    passed, left = list[int](), False
    for each in carried_by(work, notice.id or 0):
        firing = each.firing
        if not still_tells(work.session, each, work.now) or reaches_another(work.session, firing, delivery.address):
            continue
        tried = set(_tried(work.session, firing))
        following = roster.next_after(here.view.code_of[firing.office_id], firing.role, tried, work.now)
        if not following.contacts:
            left = True
            continue
        office, role = here.view.office(firing.office_id).name, _role(firing.role)
        why = f"{office}{role}的登记邮箱{failure.how}，改送{following.contacts[0].role.label}。"
        tell_also(work.session, firing, following.contacts, why)
        passed.append(firing.id or 0)
    if passed:
        work.record("firing.passed_on", f"delivery:{delivery.id}", {"firings": passed, "notice": notice.id})
    if left:
        tell_undeliverable(work, here, delivery, notice, failure)


def _role(role: str) -> str:
    return "值守人员" if role == Audience.OPERATORS else Role(role).label


def _tried(session: Session, firing: Firing) -> Sequence[str]:
    statement = select(col(FiringRecipient.address)).where(col(FiringRecipient.firing_id) == firing.id)
    return session.scalars(statement).all()


def trust_again(work: Transaction, addresses: Iterable[str]) -> list[str]:
    """Forget the trouble with these addresses; return those that had any."""
    known = select(col(AddressTrouble.address)).where(col(AddressTrouble.address).in_(sorted(set(addresses))))
    found = list(work.session.scalars(known.with_for_update()))
    if found:
        work.session.execute(delete(AddressTrouble).where(col(AddressTrouble.address).in_(found)))
        roster_changed(work)
    return found
