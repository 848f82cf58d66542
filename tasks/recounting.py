"""Reading back what happened in a period: every firing, obligation, transition and mail, for others to check."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import local
from domain.statuses import Status
from models.acting import REMINDER_RUNG
from models.audit import AuditEntry
from models.circular import Circular, Requirement
from models.installation import Installation, installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.obligation import Obligation
from models.session import reading

#: What an entry of the trail makes of the obligation it is about; the others leave its status as it is.
STATUS_AFTER = {
    "obligation.made": Status.PENDING,
    "receipt.received": Status.ACCEPTED,
    "obligation.fulfilled": Status.ACCEPTED,
    "report.submitted": Status.SUBMITTED,
    "report.accepted": Status.ACCEPTED,
    "report.returned": Status.RETURNED,
    "obligation.waived": Status.WAIVED,
    "obligation.withdrawn": Status.WITHDRAWN,
    "obligation.superseded": Status.SUPERSEDED,
    "obligation.united": Status.SUPERSEDED,
    "circular.recalled": Status.WITHDRAWN,
    "circular.withdrawn": Status.WITHDRAWN,
    "circular.superseded": Status.SUPERSEDED,
}
#: Entries about several obligations, which list them.
_ABOUT_MANY = ("obligation.made", "circular.recalled", "circular.withdrawn", "circular.superseded")
#: Firings have a list of their own.
_NO_TRANSITION = ("firing.fired",)


@dataclass(frozen=True, slots=True)
class Recount:
    """What happened, as plain values in a fixed order: times are ISO 8601 with +08:00, offices are codes."""

    firings: list[dict[str, Any]] = field(default_factory=list)
    obligations: list[dict[str, Any]] = field(default_factory=list)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def recount(since: datetime, *, after_entry: int = 0) -> Recount:
    """Return what fired and was sent from `since` (aware) on, all obligations, and the trail after an entry."""
    with reading() as session:
        here = installation(session)
        transitions, due_by_revision = _trail(session, after_entry)
        owed = _obligations(session)
        return Recount(
            firings=[*_firings(session, here, since, owed, due_by_revision)],
            obligations=[_obligation(row, here) for row in owed.values()],
            transitions=[*transitions, *_without_entry(transitions, owed)],
            mails=[*_mails(session, here, since)],
        )


def text_of(at: datetime | None) -> str | None:
    """Return an instant as ISO 8601 in local time, with its +08:00."""
    return local(at).isoformat() if at is not None else None


def _obligations(session: Session) -> dict[int, Any]:
    statement = (
        select(Obligation, col(Circular.number), col(Circular.title), col(Requirement.ordinal))
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
        .order_by(col(Obligation.id))
    )
    return {row[0].id: row for row in session.execute(statement)}


def _obligation(row: Any, here: Installation) -> dict[str, Any]:
    owed, number, title, ordinal = row
    return {
        "id": owed.id,
        "office": here.view.code_of[owed.office_id],
        "office_name": here.view.office(owed.office_id).name,
        "kind": owed.kind.value,
        "document_number": number or title,
        "requirement": ordinal,
        "period": owed.period,
        "grade": owed.grade,
        "issued_at": text_of(owed.issued_at),
        "made_at": text_of(owed.made_at),
        "base_due_at": text_of(owed.base_due_at),
        "due_at": text_of(owed.due_at),
        "revision": owed.revision,
        "status": owed.status.value,
        "hold": owed.hold,
        "submitted_at": text_of(owed.submitted_at),
        "ended_at": text_of(owed.ended_at),
        "provisional": owed.provisional,
        "receipt_not_confirmed": owed.receipt_not_confirmed,
        "reviewer": here.view.code_of[owed.reviewer_id] if owed.reviewer_id else None,
        "subject": owed.subject_id,
    }


def _firings(
    session: Session, here: Installation, since: datetime, owed: dict[int, Any],
    due_by_revision: dict[tuple[int, int], datetime],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    people: dict[int, list[dict[str, str]]] = defaultdict(list)
    for row in session.scalars(
        select(FiringRecipient)
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .where(col(Firing.fired_at) >= since)
        .order_by(col(FiringRecipient.firing_id), col(FiringRecipient.address))
    ):
        people[row.firing_id].append({"address": row.address, "name": row.name, "on_behalf_of": row.on_behalf_of})
    for firing in session.scalars(select(Firing).where(col(Firing.fired_at) >= since).order_by(col(Firing.id))):
        about = owed.get(firing.obligation_id or 0)
        obligation = about[0] if about is not None else None
        yield {
            "id": firing.id,
            "obligation": firing.obligation_id,
            "office": here.view.code_of[obligation.office_id if obligation else firing.office_id],
            "obligation_kind": obligation.kind.value if obligation else None,
            "document_number": (about[1] or about[2]) if about is not None else None,
            "period": obligation.period if obligation else "",
            "revision": firing.revision,
            "rung": firing.rung,
            "repeat": firing.repeat,
            "audience": firing.audience,
            "to_office": here.view.code_of[firing.office_id],
            "role": firing.role,
            "recipients": people[firing.id or 0],
            "notice_kind": firing.kind,
            "due_at": text_of(_due_at(firing, obligation, due_by_revision)),
            "at": text_of(firing.at),
            "fired_at": text_of(firing.fired_at),
            "catch_up": firing.catch_up,
            "manual": firing.rung == REMINDER_RUNG,
            "state": firing.state.value,
        }


def _due_at(
    firing: Firing, owed: Obligation | None, due_by_revision: dict[tuple[int, int], datetime]
) -> datetime | None:  # fmt: skip
    """Return when the obligation was due in the revision that fired."""
    if owed is None:
        return None
    if firing.revision == owed.revision:
        return owed.due_at
    return due_by_revision.get((owed.id or 0, firing.revision), owed.base_due_at)


def _trail(
    session: Session, after: int
) -> tuple[list[dict[str, Any]], dict[tuple[int, int], datetime]]:  # fmt: skip
    """Return every transition in the order of the trail, and the due instants that each revision had."""
    transitions: list[dict[str, Any]] = []
    due_by_revision: dict[tuple[int, int], datetime] = {}
    statement = (
        select(AuditEntry)
        .where(col(AuditEntry.subject).startswith("obligation:") | col(AuditEntry.act).in_(_ABOUT_MANY))
        .order_by(col(AuditEntry.seq))
        .execution_options(yield_per=1000)
    )
    for entry in session.scalars(statement):
        payload = json.loads(entry.payload)
        if entry.act == "deadline.adjusted" and payload.get("due_at"):
            key = (int(entry.subject.partition(":")[2]), payload["revision"])
            due_by_revision[key] = datetime.fromisoformat(payload["due_at"])
        if entry.seq > after and entry.act not in _NO_TRANSITION:
            transitions += [_transition(entry, number, payload) for number in _about(entry, payload)]
    return transitions, due_by_revision


def _about(entry: AuditEntry, payload: dict[str, Any]) -> Sequence[int]:
    """Return the obligations an entry is about: one that made or withdrew many lists them."""
    if entry.act == "obligation.made":
        return sorted(payload["offices"].values())
    if entry.act in _ABOUT_MANY:
        return sorted(payload.get("obligations", []))
    return [int(entry.subject.partition(":")[2])]


def _transition(entry: AuditEntry, number: int, payload: dict[str, Any]) -> dict[str, Any]:
    status = STATUS_AFTER.get(entry.act)
    if entry.act == "obligation.fulfilled" and payload.get("act") == "withdraw":
        status = Status.WITHDRAWN
    if entry.act == "contest.decided" and payload.get("upheld"):
        status = Status.WAIVED
    return {
        "seq": entry.seq,
        "at": text_of(datetime.fromisoformat(entry.at)),
        "obligation": number,
        "act": entry.act,
        "status": status.value if status else None,
        "actor": entry.actor,
    }


def _without_entry(transitions: list[dict[str, Any]], owed: dict[int, Any]) -> Iterator[dict[str, Any]]:
    """Yield the ends that the trail tells only together with what caused them, as a petition that lapsed."""
    last = {each["obligation"]: each["status"] for each in transitions if each["status"]}
    for row in owed.values():
        each = row[0]
        if each.id in last and last[each.id] != each.status.value and each.ended_at is not None:
            yield {
                "seq": None, "at": text_of(each.ended_at), "obligation": each.id, "act": "obligation.ended",
                "status": each.status.value, "actor": None,
            }  # fmt: skip


def _mails(session: Session, here: Installation, since: datetime) -> Iterator[dict[str, Any]]:
    told = (
        select(col(FiringRecipient.notice_id), func.count().label("items"))
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .where(col(Firing.state) == FiringState.OPEN, col(FiringRecipient.notice_id).is_not(None))
        .group_by(col(FiringRecipient.notice_id))
        .subquery()
    )
    statement = (
        select(Delivery, Notice, told.c["items"])
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .outerjoin(told, told.c.notice_id == col(Delivery.notice_id))
        .where(
            col(Delivery.state).in_([DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN]),
            col(Delivery.ended_at) >= since,
        )
        .order_by(col(Delivery.ended_at), col(Delivery.id))
    )
    for delivery, notice, items in session.execute(statement):
        yield {
            "at": text_of(delivery.ended_at),
            "to": delivery.address,
            "name": notice.name,
            "office": here.view.code_of[notice.office_id],
            "kind": notice.kind,
            "urgency_tag": notice.urgency_tag,
            "items": items or 0,
            "state": delivery.state.value,
        }
