"""The outbox: firings become notices, notices are claimed, and what a claimed one has to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, insert, or_, select, update
from sqlmodel import Session, col

from domain.matters import Case, Matter, Outgoing
from models.circular import Circular, Document, Requirement
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.obligation import Obligation, UrgentCase, UrgentReport
from models.roster import RosterView
from models.statements import batches

#: Tags of what passes at any hour; the rest waits for working hours (product.md, Ladder 5).
AT_ANY_HOUR = ("特急", "紧急")


def assemble(
    session: Session,
    now: datetime,
    *,
    working: bool,
    merges: Callable[[str], bool],
    message_id: Callable[[int, str], str],
) -> int:
    """Give every open firing that may leave a notice: one per address for what merges, one each for the rest.

    Merging, quiet hours and withdrawal are decided here and nowhere else. Returns how many notices were made.
    """
    groups: dict[tuple[Any, ...], list[Row[Any]]] = {}
    for row in session.execute(_waiting(now, working=working)):
        key = (row.address, row.urgency_tag) if merges(row.kind) else (row.address, row.urgency_tag, row.firing_id)
        groups.setdefault(key, []).append(row)
    if not groups:
        return 0
    notices = [_notice(members, now) for members in groups.values()]
    made = session.scalars(insert(Notice).returning(col(Notice.id), sort_by_parameter_order=True), notices).all()
    deliveries, links = [], []
    for number, members in zip(made, groups.values(), strict=True):
        address = members[0].address
        deliveries.append(
            {
                "notice_id": number, "address": address, "message_id": message_id(number or 0, address),
                "state": DeliveryState.QUEUED, "attempts": 0, "next_attempt_at": now,
                "claimed_by": "", "was_uncertain": False, "reply": "", "subject": "", "digest": "",
            }
        )  # fmt: skip
        links += [{"number": number, "firing": row.firing_id, "to": address} for row in members]
    session.execute(insert(Delivery), deliveries)
    table = FiringRecipient.__table__  # type: ignore[attr-defined]
    session.connection().execute(
        update(table)
        .where(table.c.firing_id == bindparam("firing"), table.c.address == bindparam("to"))
        .values(notice_id=bindparam("number")),
        links,
    )
    return len(made)


def _waiting(now: datetime, *, working: bool) -> Any:
    statement = (
        select(
            col(FiringRecipient.firing_id), col(FiringRecipient.address), col(FiringRecipient.name), col(Firing.kind),
            col(Firing.office_id), col(Firing.urgency_tag), col(Obligation.circular_id), col(Obligation.case_id),
        )
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(
            col(FiringRecipient.notice_id).is_(None),
            col(Firing.state) == FiringState.OPEN,
            col(Firing.not_before) <= now,
        )
        .order_by(col(FiringRecipient.address), col(FiringRecipient.firing_id))
        # Another worker's assembly is left to it.
        .with_for_update(skip_locked=True, of=FiringRecipient)
    )  # fmt: skip
    return statement if working else statement.where(col(Firing.urgency_tag).in_(AT_ANY_HOUR))


def _notice(members: Sequence[Row[Any]], now: datetime) -> dict[str, Any]:
    first = members[0]
    circulars = {row.circular_id for row in members}
    thread = f"case:{first.case_id}" if first.case_id else f"circular:{first.circular_id}"
    return {
        "kind": first.kind if len(members) == 1 else "digest",
        "office_id": first.office_id,
        "circular_id": first.circular_id if len(circulars) == 1 else None,
        "name": first.name,
        "urgency_tag": first.urgency_tag,
        "thread": f"{thread}/office:{first.office_id}" if len(circulars) == 1 else "",
        "created_at": now,
    }


def is_waiting(session: Session, now: datetime, *, working: bool) -> bool:
    """Tell whether a firing may become a notice, or a queued delivery may go out."""
    if session.execute(_waiting(now, working=working).limit(1)).first() is not None:
        return True
    return session.scalar(_queued(now, working=working).limit(1)) is not None


def _queued(now: datetime, *, working: bool) -> Any:
    queued = (
        select(col(Delivery.id))
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .where(
            col(Delivery.state) == DeliveryState.QUEUED,
            col(Delivery.next_attempt_at) <= now,
            or_(col(Delivery.claimed_by) == "", col(Delivery.lease_until) <= now),
        )
    )
    return queued if working else queued.where(col(Notice.urgency_tag).in_(AT_ANY_HOUR))


def claim(session: Session, now: datetime, *, worker: str, lease_until: datetime, working: bool, limit: int) -> int:
    """Claim up to `limit` queued deliveries for `worker` until the lease ends; return how many."""
    urgent_first = col(Notice.urgency_tag).in_(AT_ANY_HOUR).desc()
    queued = _queued(now, working=working).order_by(urgent_first, col(Delivery.id)).limit(limit)
    numbers = list(session.scalars(queued.with_for_update(skip_locked=True, of=Delivery)))
    session.execute(
        update(Delivery).where(col(Delivery.id).in_(numbers)).values(claimed_by=worker, lease_until=lease_until)
    )
    return len(numbers)


def claimed(session: Session, worker: str, view: RosterView) -> list[Outgoing]:
    """Return what this worker has claimed and not marked yet, with all that each message tells: five queries."""
    rows = session.execute(
        select(Delivery, Notice)
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .where(col(Delivery.claimed_by) == worker, col(Delivery.state) == DeliveryState.QUEUED)
        .order_by(col(Delivery.id))
    ).all()
    told = _matters(session, [notice.id or 0 for _, notice in rows], view)
    circulars = _circulars(session, {notice.circular_id for _, notice in rows})
    return [_outgoing(delivery, notice, told, circulars, view) for delivery, notice in rows]


def _outgoing(
    delivery: Delivery, notice: Notice, told: dict[int, list[Matter]], circulars: dict[int, Circular], view: RosterView
) -> Outgoing:
    circular = circulars.get(notice.circular_id or 0)
    original = notice.kind == "circular" and circular is not None
    return Outgoing(
        delivery_id=delivery.id or 0,
        notice_id=notice.id or 0,
        kind=notice.kind,
        address=delivery.address,
        message_id=delivery.message_id,
        attempts=delivery.attempts,
        was_uncertain=delivery.was_uncertain,
        urgency_tag=notice.urgency_tag,
        name=notice.name,
        office=view.office(notice.office_id).name,
        matters=tuple(told.get(notice.id or 0, ())),
        thread=notice.thread,
        contact=_contact(circular),
        text=circular.text if circular is not None and original else "",
        document_id=circular.document_id if circular is not None and original else None,
    )


def _contact(circular: Circular | None) -> str:
    """Return whom to ask, as the circular prints it."""
    lines = circular.contacts if circular is not None else []
    return "；".join(
        "，".join(part for part in (line.get("name"), line.get("phone"), line.get("email")) if part) for line in lines
    )


def _circulars(session: Session, numbers: Iterable[int | None]) -> dict[int, Circular]:
    statement = select(Circular).where(col(Circular.id).in_([number for number in numbers if number is not None]))
    return {circular.id or 0: circular for circular in session.scalars(statement)}


def document(session: Session, document_id: int) -> Document:
    """Return a stored original with its bytes."""
    return session.get_one(Document, document_id)


def _matters(session: Session, notices: Sequence[int], view: RosterView) -> dict[int, list[Matter]]:
    found: dict[int, list[Matter]] = {}
    for batch in batches(notices):
        statement = (
            select(col(FiringRecipient.notice_id), Firing, Obligation, Circular, Requirement, UrgentCase)
            .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
            .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
            .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
            .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
            .outerjoin(UrgentCase, col(UrgentCase.id) == col(Obligation.case_id))
            .where(col(FiringRecipient.notice_id).in_(batch), col(Firing.state) == FiringState.OPEN)
            .order_by(col(Firing.id))
        )
        rows = session.execute(statement).all()
        subjects = _subjects(session, [row[2].subject_id for row in rows if row[2] is not None])
        texts = _case_texts(session, [row[5].id for row in rows if row[5] is not None])
        for row in rows:
            found.setdefault(row[0], []).append(_matter(row, view, subjects, texts))
    return found


def _subjects(session: Session, numbers: Sequence[int | None]) -> dict[int, Any]:
    """Return, for decisions, what they decide: the obligation and its requirement."""
    wanted = {number for number in numbers if number is not None}
    if not wanted:
        return {}
    statement = (
        select(Obligation, Requirement)
        .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
        .where(col(Obligation.id).in_(wanted))
    )
    return {owed.id or 0: (owed, requirement) for owed, requirement in session.execute(statement)}


def _case_texts(session: Session, cases: Sequence[int]) -> dict[int, str]:
    if not cases:
        return {}
    statement = select(col(UrgentReport.case_id), col(UrgentReport.text)).where(col(UrgentReport.case_id).in_(cases))
    return dict(session.execute(statement.order_by(col(UrgentReport.seq))).all())


def _matter(row: Any, view: RosterView, subjects: dict[int, Any], texts: dict[int, str]) -> Matter:
    _, firing, owed, circular, requirement, case = row
    subject, asked = subjects.get(owed.subject_id, (None, None)) if owed is not None else (None, None)
    requirement = requirement or asked
    return Matter(
        firing_id=firing.id,
        kind=firing.kind,
        rung=firing.rung,
        why=firing.why,
        detail=firing.detail,
        obligation_id=owed.id if owed else None,
        obligation_kind=owed.kind if owed else None,
        status=owed.status if owed else None,
        office=view.office(owed.office_id if owed else firing.office_id).name,
        about_office=view.office(subject.office_id).name if subject else "",
        circular_title=circular.title if circular else "",
        document_number=(circular.number or "") if circular else "",
        issuer="、".join(circular.issuing_authority) if circular else "",
        requirement=requirement.text if requirement else "",
        period=(subject or owed).period if owed else "",
        deliver_to=(requirement.deliver_to or "") if requirement else "",
        due_at=owed.due_at if owed else None,
        provisional=bool(owed and owed.provisional),
        receipt_not_confirmed=bool(owed and owed.receipt_not_confirmed),
        case=_case(case, view, texts) if case else None,
    )


def _case(case: UrgentCase, view: RosterView, texts: dict[int, str]) -> Case:
    return Case(
        id=case.id or 0, title=case.title, severity=case.severity, reporter=view.office(case.office_id).name,
        occurred_at=case.occurred_at, learned_at=case.learned_at, raised_at=case.raised_at,
        text=texts.get(case.id or 0, ""),
    )  # fmt: skip


def mark_sending(session: Session, outgoing: Outgoing, worker: str, now: datetime, lease_until: datetime) -> bool:
    """Mark one delivery as sending, if it is still ours and all it tells still holds; commit before DATA.

    The firings are locked against the acts that end them: an act that committed first is seen here, one that comes
    later waits for this mark's commit. So nothing is marked after the act that ended it.
    """
    told = [matter.firing_id for matter in outgoing.matters]
    still = select(col(Firing.id)).where(col(Firing.id).in_(told), col(Firing.state) == FiringState.OPEN)
    still = still.order_by(col(Firing.id)).with_for_update(read=True)
    if len(session.scalars(still).all()) != len(told):
        return False
    statement = (
        update(Delivery)
        .where(
            col(Delivery.id) == outgoing.delivery_id,
            col(Delivery.state) == DeliveryState.QUEUED,
            col(Delivery.claimed_by) == worker,
        )
        .values(state=DeliveryState.SENDING, marked_at=now, lease_until=lease_until)
    )
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def release(session: Session, worker: str) -> None:
    """Give back what this worker claimed and did not mark."""
    session.execute(
        update(Delivery)
        .where(and_(col(Delivery.claimed_by) == worker, col(Delivery.state) == DeliveryState.QUEUED))
        .values(claimed_by="", lease_until=None)
    )


def withdraw_empty(session: Session, delivery_ids: Sequence[int]) -> None:
    """Withdraw deliveries that turned out to have nothing left to tell."""
    session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_(delivery_ids), col(Delivery.state) == DeliveryState.QUEUED)
        .values(state=DeliveryState.WITHDRAWN, claimed_by="", lease_until=None)
    )


def expired(session: Session, now: datetime) -> Sequence[Delivery]:
    """Return deliveries that a killed worker had marked as sending and never came back to."""
    statement = select(Delivery).where(col(Delivery.state) == DeliveryState.SENDING, col(Delivery.lease_until) <= now)
    return session.scalars(statement.with_for_update(skip_locked=True)).all()
