"""What an office owes under a circular as a whole: its dates, for the calendar that goes with a mail."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session, col

from domain.matters import Matter
from domain.statuses import Status
from models.circular import Circular, Requirement
from models.notice import Notice
from models.obligation import Obligation
from models.roster import RosterView
from models.statements import batches

#: Kinds that speak of a circular as a whole, and in which state what is owed under it is of interest to them.
_OF_CIRCULARS = {
    "circular": (Status.PENDING,),
    "receipt_confirmed": (Status.PENDING, Status.RETURNED),
    "withdrawn": (Status.WITHDRAWN,),
    "superseded": (Status.SUPERSEDED,),
}
_OF_INTEREST = sorted({status for statuses in _OF_CIRCULARS.values() for status in statuses})
#: So many dates of one circular at most go with one mail.
_AT_MOST = 50
_Key = tuple[int, int]


def dates_of(
    session: Session, notices: Collection[Notice | Row[Any]], view: RosterView
) -> dict[int, tuple[Matter, ...]]:
    """Return, by notice, what else its office owes under its circular (or, taken back, does not owe any more).

    Only for notices that speak of a circular as a whole, and only what has a date: one query for them all.
    """
    wanted = {
        notice.id or 0: (notice.circular_id, notice.office_id)
        for notice in notices
        if notice.kind in _OF_CIRCULARS and notice.circular_id is not None
    }
    found: dict[_Key, list[Matter]] = {}
    for key, matter in _dated(session, sorted(set(wanted.values())), view):
        found.setdefault(key, []).append(matter)
    kinds = {notice.id or 0: notice.kind for notice in notices}
    return {
        number: tuple(each for each in found.get(key, ()) if each.status in _OF_CIRCULARS[kinds[number]])[:_AT_MOST]
        for number, key in wanted.items()
    }


def _dated(session: Session, keys: list[_Key], view: RosterView) -> Iterator[tuple[_Key, Matter]]:
    """Yield what is dated and of interest, by circular and office; of other pairs of these too: they are not asked."""
    for batch in batches(keys):
        statement = (
            select(Obligation, Circular, Requirement)
            .join(Circular, col(Circular.id) == col(Obligation.circular_id))
            .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
            .where(
                col(Obligation.circular_id).in_({circular for circular, _ in batch}),
                col(Obligation.office_id).in_({office for _, office in batch}),
                col(Obligation.status).in_(_OF_INTEREST),
                col(Obligation.due_at).is_not(None),
                col(Obligation.subject_id).is_(None),
            )
            .order_by(col(Obligation.due_at), col(Obligation.id))
        )
        for owed, circular, requirement in session.execute(statement):
            yield (circular.id, owed.office_id), _matter(owed, circular, requirement, view)


def _matter(owed: Obligation, circular: Circular, requirement: Requirement | None, view: RosterView) -> Matter:
    return Matter(
        firing_id=0, kind="", rung="", why="", obligation_id=owed.id, revision=owed.revision, own=True,
        obligation_kind=owed.kind, status=owed.status, hold=owed.hold, office=view.office(owed.office_id).name,
        circular_title=circular.title, document_number=circular.number or "",
        requirement=requirement.text if requirement else "", period=owed.period,
        deliver_to=(requirement.deliver_to or "") if requirement else "", due_at=owed.due_at,
        provisional=owed.provisional,
    )  # fmt: skip
