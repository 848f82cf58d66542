"""The outbox: firings become notices, notices are claimed, and what a claimed one has to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Row, and_, bindparam, case, literal_column, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.matters import Matter, Outgoing
from models.bulk import insert_many, insert_numbered, update_many
from models.circular import Circular, Document
from models.dates import dates_of
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.obligation import Obligation
from models.roster import RosterView
from models.statements import among, among_given, batches
from models.telling import matters_of

#: Tags of what passes at any hour; the rest waits for working hours (docs/rules.md, Ladder 5).
AT_ANY_HOUR = ("特急", "紧急")
#: The same, spelt as the index of such firings is: few beside all others.
_PASSES: ColumnElement[bool] = literal_column("firing.urgency_tag IN ('特急', '紧急')", Boolean())
#: In no notice yet, spelt so that SQLite begins with the few urgent firings and not with all that wait.
_OF_NO_NOTICE: ColumnElement[bool] = literal_column("+firing_recipient.notice_id", Integer()).is_(None)
#: What has not ended, spelt as the index of the queue is: few beside all that were ever sent.
_UNDER_WAY: ColumnElement[bool] = literal_column("delivery.state IN ('queued', 'sending')", Boolean())
#: What goes into one message: address, urgency tag, and the firing where it stands alone (else 0).
_Key = tuple[str, str, int]
#: So many earlier messages at most does one that tells them again refer to.
_REFERRED = 5


def assemble(
    session: Session,
    now: datetime,
    *,
    working: bool,
    merges: Callable[[str], bool],
    message_id: Callable[[int, str], str],
    limit: int | None = None,
) -> int:
    """Give every open firing that may leave a notice: one per address for what merges, one each for the rest.

    What merges joins the message that still waits for its address, after quiet hours or while the server was down:
    what waits for one recipient is one message. Merging and quiet hours are decided here and nowhere else.
    `limit` leaves what is beyond so many firings to the next assembly: nothing urgent, and no part of an address.
    Returns how many notices were made.
    """
    groups: dict[_Key, list[Row[Any]]] = {}
    for row in _that_leave(session, now, working=working, limit=limit):
        single = 0 if merges(row.kind) else row.firing_id
        groups.setdefault((row.address, row.urgency_tag, single), []).append(row)
    joined = _join(session, groups, now, merges)
    new = {key: members for key, members in groups.items() if key not in joined}
    made = _store(session, new, now, message_id) if new else []
    _link(session, [*joined.items(), *zip(new, made, strict=True)], groups)
    return len(made)


def _that_leave(session: Session, now: datetime, *, working: bool, limit: int | None) -> list[Row[Any]]:
    urgent = list(session.execute(_waiting(now).where(_PASSES, _OF_NO_NOTICE)))
    if not working:
        return urgent
    others = _waiting(now).where(~_PASSES, col(FiringRecipient.notice_id).is_(None))
    if limit is None:
        return [*urgent, *session.execute(others)]
    found = list(session.execute(others.limit(limit + 1)))
    if len(found) > limit:
        last = found[-1].address
        found = [row for row in found if row.address != last] or list(
            session.execute(others.where(col(FiringRecipient.address) == last))
        )
    return [*urgent, *found]


def _join(
    session: Session, groups: dict[_Key, list[Row[Any]]], now: datetime, merges: Callable[[str], bool]
) -> dict[_Key, int]:
    """Return the notices that still wait and may carry more, by the group that joins them.

    Not one that the server may have had (the same Message-ID would hide what is new), nor one that is claimed.
    """
    addresses = sorted({address for address, _, single in groups if not single})
    found: dict[_Key, int] = {}
    for batch in batches(addresses):
        statement = (
            select(Delivery, Notice)
            .join(Notice, col(Notice.id) == col(Delivery.notice_id))
            .where(
                col(Delivery.address).in_(batch), _UNDER_WAY, col(Delivery.state) == DeliveryState.QUEUED,
                ~col(Delivery.was_uncertain), _free(now),
            )
            .order_by(col(Delivery.id))
            .with_for_update(skip_locked=True, of=Delivery)
        )  # fmt: skip
        for delivery, notice in session.execute(statement):
            key = (delivery.address, notice.urgency_tag, 0)
            if key in groups and key not in found and (notice.kind == "digest" or merges(notice.kind)):
                found[key] = notice.id or 0
                notice.kind, delivery.next_attempt_at = "digest", min(delivery.next_attempt_at, now)
                # A worker that comes back after its lease would send it without what has joined.
                delivery.claimed_by, delivery.lease_until = "", None
                if {row.circular_id for row in groups[key]} != {notice.circular_id}:
                    notice.circular_id, notice.thread = None, ""
    session.flush()
    return found


def _store(
    session: Session, groups: dict[_Key, list[Row[Any]]], now: datetime, message_id: Callable[[int, str], str]
) -> list[int]:
    """Insert a notice and its delivery for each group; return the notices' ids in the order of the groups."""
    notices = insert_numbered(
        session, Notice, [_notice(members) for members in groups.values()], shared={"created_at": now}
    )
    deliveries = [
        {"notice_id": each["id"], "address": address, "message_id": message_id(each["id"], address)}
        for each, (address, _, _) in zip(notices, groups, strict=True)
    ]
    shared = {
        "state": DeliveryState.QUEUED, "attempts": 0, "next_attempt_at": now, "claimed_by": "",
        "was_uncertain": False, "reply": "", "subject": "", "digest": "",
    }  # fmt: skip
    insert_many(session, Delivery, deliveries, shared=shared)
    return [each["id"] for each in notices]


def _link(session: Session, numbers: Iterable[tuple[_Key, int]], groups: dict[_Key, list[Row[Any]]]) -> None:
    links = [
        {"notice_id": number, "firing_id": row.firing_id, "address": row.address}
        for key, number in numbers
        for row in groups[key]
    ]
    update_many(session, FiringRecipient, ("firing_id", "address"), links)


def _waiting(now: datetime) -> Any:
    return (
        select(
            col(FiringRecipient.firing_id), col(FiringRecipient.address), col(FiringRecipient.name), col(Firing.kind),
            col(Firing.office_id), col(Firing.urgency_tag), col(Obligation.circular_id), col(Obligation.case_id),
        )
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(
            col(Firing.state) == FiringState.OPEN,
            col(Firing.not_before) <= now,
        )
        .order_by(col(FiringRecipient.address), col(FiringRecipient.firing_id))
        # Another worker's assembly is left to it.
        .with_for_update(skip_locked=True, of=FiringRecipient)
    )  # fmt: skip


def _notice(members: Sequence[Row[Any]]) -> dict[str, Any]:
    first = members[0]
    circulars = {row.circular_id for row in members}
    matters = {(row.circular_id, row.case_id) for row in members}
    thread = f"case:{first.case_id}" if first.case_id else f"circular:{first.circular_id}"
    return {
        "kind": first.kind if len(members) == 1 else "digest",
        "office_id": first.office_id,
        "circular_id": first.circular_id if len(circulars) == 1 else None,
        "name": first.name,
        "urgency_tag": first.urgency_tag,
        "thread": f"{thread}/office:{first.office_id}" if len(matters) == 1 else "",
    }


def is_waiting(session: Session, now: datetime, *, working: bool) -> bool:
    """Tell whether a firing may become a notice, or a queued delivery may go out."""
    which = (col(FiringRecipient.notice_id).is_(None),) if working else (_PASSES, _OF_NO_NOTICE)
    statement = _waiting(now).where(*which)
    if session.execute(statement.limit(1)).first() is not None:
        return True
    return session.scalar(_queued(now, working=working).limit(1)) is not None


def _queued(now: datetime, *, working: bool) -> Any:
    queued = (
        select(col(Delivery.id))
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .where(
            _UNDER_WAY,
            col(Delivery.state) == DeliveryState.QUEUED,
            col(Delivery.next_attempt_at) <= now,
            _free(now),
        )
    )
    return queued if working else queued.where(col(Notice.urgency_tag).in_(AT_ANY_HOUR))


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(col(Delivery.claimed_by) == "", col(Delivery.lease_until) <= now)


def _urgent_first() -> ColumnElement[int]:
    """Return the order among what waits: urgent reports, then extra urgent matters, then the rest."""
    tag = col(Notice.urgency_tag)
    return case((tag == "紧急", 0), (tag.in_(AT_ANY_HOUR), 1), else_=2)


def claim(
    session: Session, now: datetime, *, worker: str, lease_until: datetime, working: bool, limit: int,
    untried_since: datetime | None = None,
) -> list[int]:  # fmt: skip
    """Claim up to `limit` queued deliveries for `worker` until the lease ends; return their ids.

    `untried_since` leaves out what was tried since then: a long run does not try again what it has just put off.
    """
    queued = _queued(now, working=working)
    if untried_since is not None:
        queued = queued.where(or_(col(Delivery.marked_at).is_(None), col(Delivery.marked_at) < untried_since))
    queued = queued.order_by(_urgent_first(), col(Delivery.id)).limit(limit)
    numbers = list(session.scalars(queued.with_for_update(skip_locked=True, of=Delivery)))
    session.execute(
        update(Delivery).where(col(Delivery.id).in_(numbers)).values(claimed_by=worker, lease_until=lease_until)
    )
    return numbers


def claimed(session: Session, worker: str, view: RosterView, numbers: Sequence[int]) -> list[Outgoing]:
    """Return those of these deliveries that are the worker's and not marked, with all they tell: seven queries."""
    rows = session.execute(_CLAIMED.where(among(Delivery.id, list(numbers)), col(Delivery.claimed_by) == worker)).all()
    notices = [row.id for row in rows]
    told = matters_of(session, notices, view)
    circulars = _circulars(session, {row.circular_id for row in rows})
    again = originals_of(session, notices)
    dates = dates_of(session, rows, view)
    return [
        _outgoing(
            row, told.get(row.id, ()), circulars.get(row.circular_id or 0), view, dates.get(row.id, ()),
            tuple(each.message_id for each in again.get(row.id, ())[-_REFERRED:]),
        )
        for row in rows
    ]  # fmt: skip


#: Columns alone, as in models/telling.py; the id and the kind are the notice's.
_CLAIMED: Any = (
    select(
        col(Delivery.id).label("delivery_id"), col(Delivery.address), col(Delivery.message_id), col(Delivery.attempts),
        col(Delivery.was_uncertain), col(Notice.id), col(Notice.kind), col(Notice.office_id), col(Notice.circular_id),
        col(Notice.name), col(Notice.urgency_tag), col(Notice.thread),
    )
    .join(Notice, col(Notice.id) == col(Delivery.notice_id))
    .where(col(Delivery.state) == DeliveryState.QUEUED)
    .order_by(_urgent_first(), col(Delivery.id))
)  # fmt: skip


def originals_of(session: Session, notices: Sequence[int]) -> dict[int, list[Delivery]]:
    """Return the deliveries that these notices tell again, by notice, in their order; few notices have any."""
    found: dict[int, list[Delivery]] = {}
    first = aliased(FiringRecipient)
    for batch in batches(notices):
        statement = (
            select(col(FiringRecipient.notice_id), Delivery)
            .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
            .join(first, col(first.firing_id) == col(Firing.again_of_id))
            .join(Delivery, col(Delivery.notice_id) == col(first.notice_id))
            .where(col(FiringRecipient.notice_id).in_(batch), col(Firing.again_of_id).is_not(None))
            .order_by(col(Delivery.id))
            .distinct()
        )
        for number, delivery in session.execute(statement):
            found.setdefault(number or 0, []).append(delivery)
    return found


def _outgoing(
    row: Row[Any], told: Sequence[Matter], circular: Circular | None, view: RosterView, dates: tuple[Matter, ...],
    again_of: tuple[str, ...],
) -> Outgoing:  # fmt: skip
    original = circular if row.kind == "circular" else None
    return Outgoing(
        delivery_id=row.delivery_id, notice_id=row.id, kind=row.kind, address=row.address, message_id=row.message_id,
        attempts=row.attempts, was_uncertain=row.was_uncertain, urgency_tag=row.urgency_tag, name=row.name,
        office=view.office(row.office_id).name, matters=tuple(told), thread=row.thread, again_of=again_of,
        contact=_contact(circular), text=original.text if original is not None else "",
        document_id=original.document_id if original is not None else None, dates=dates,
    )  # fmt: skip


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


def mark_sending(
    session: Session, letters: Sequence[Outgoing], worker: str, now: datetime, lease_until: datetime
) -> set[int]:
    """Mark deliveries as sending, each if it is still ours and all it tells still holds; commit before DATA.

    Returns the ids of those marked. The firings are locked against the acts that end them: an act that committed first
    is seen here, one that comes later waits for this mark's commit. So nothing is marked after the act that ended it.

    One letter waits for an act under way. Several do not, for two who wait for each other would wait for ever: what an
    act holds is left unmarked, to be marked alone.
    """
    connection = session.connection()
    told = sorted({matter.firing_id for each in letters for matter in each.matters})
    holds = set(connection.scalars(_OPEN_AND_FREE if len(letters) > 1 else _OPEN, {"told": told}))
    whole = [each.delivery_id for each in letters if all(matter.firing_id in holds for matter in each.matters)]
    if not whole:
        return set()
    values = {"whole": whole, "worker": worker, "now": now, "lease": lease_until}
    return set(connection.scalars(_MARK, values))


#: Built once: they are run for every few messages.
_OPEN: Any = (
    select(col(Firing.id))
    .where(among_given(Firing.id, "told"), col(Firing.state) == FiringState.OPEN)
    .order_by(col(Firing.id))
    .with_for_update(read=True)
)
_OPEN_AND_FREE: Any = _OPEN.with_for_update(read=True, skip_locked=True)
_MARK: Any = (
    update(Delivery)
    .where(
        among_given(Delivery.id, "whole"),
        col(Delivery.state) == DeliveryState.QUEUED,
        col(Delivery.claimed_by) == bindparam("worker"),
    )
    .values(state=DeliveryState.SENDING, marked_at=bindparam("now"), lease_until=bindparam("lease"))
    .returning(col(Delivery.id))
)


def release(session: Session, worker: str) -> None:
    """Give back what this worker claimed and did not mark."""
    session.execute(
        update(Delivery)
        .where(and_(_UNDER_WAY, col(Delivery.claimed_by) == worker, col(Delivery.state) == DeliveryState.QUEUED))
        .values(claimed_by="", lease_until=None)
    )


def withdraw_empty(session: Session, delivery_ids: Sequence[int], now: datetime) -> None:
    """Withdraw deliveries that turned out to have nothing left to tell; one that may have arrived stays uncertain."""
    statement = update(Delivery).where(col(Delivery.id).in_(delivery_ids), col(Delivery.state) == DeliveryState.QUEUED)
    state = case((col(Delivery.was_uncertain), DeliveryState.UNCERTAIN), else_=DeliveryState.WITHDRAWN)
    ended_at = case((col(Delivery.was_uncertain), now), else_=None)
    session.execute(statement.values(state=state, ended_at=ended_at, claimed_by="", lease_until=None))


def expired(session: Session, now: datetime) -> Sequence[Delivery]:
    """Return deliveries that a killed worker had marked as sending and never came back to."""
    statement = select(Delivery).where(
        _UNDER_WAY, col(Delivery.state) == DeliveryState.SENDING, col(Delivery.lease_until) <= now
    )
    return session.scalars(statement.with_for_update(skip_locked=True)).all()
