"""Open obligations under another calendar than the one in use: what their deadlines rest on, and moving them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from domain.amending import Standing, Written, recomputed
from domain.calendar import WorkCalendar
from domain.deadlines import Deadline, format_due
from domain.masking import without_contacts
from domain.offices import Audience
from domain.planning import TAGS, is_urgent
from domain.statuses import ObligationKind, Status
from models.acting import fire, firing_row, rest, withdraw_unsent
from models.adjusting import restart
from models.circular import Requirement
from models.circulars import holiday_rule
from models.firings import looks
from models.installation import Installation, calendars_of
from models.making import term_columns, term_of
from models.obligation import Adjustment, AdjustmentKind, Obligation, Wake
from models.session import Transaction
from models.settling import end_acknowledgements
from models.statements import batches, insert_new

#: What is not over: its deadline counts, or will count if it is returned.
OPEN = (Status.PENDING, Status.RETURNED, Status.SUBMITTED)
#: Obligations looked at in one piece, so that memory does not grow with their number.
PIECE = 1000


def stale(calendar: WorkCalendar) -> tuple[Any, ...]:
    """Return the conditions of the open obligations that run by another calendar."""
    return col(Obligation.status).in_(OPEN), col(Obligation.calendar_digest) != calendar.digest


def calendars_in_force(session: Session) -> dict[str, int]:
    """Return how many open obligations run by each calendar, by its digest."""
    statement = (
        select(col(Obligation.calendar_digest), func.count())
        .where(col(Obligation.status).in_(OPEN))
        .group_by(col(Obligation.calendar_digest))
    )
    return dict(session.execute(statement).all())


def piece_after(session: Session, calendar: WorkCalendar, after: int, *, locked: bool = False) -> Sequence[Obligation]:
    """Return the next of the stale obligations after an id, locked where they are about to be changed."""
    statement = (
        select(Obligation).where(*stale(calendar), col(Obligation.id) > after).order_by(col(Obligation.id)).limit(PIECE)
    )
    # Not against a sweep that refers to them: its firings only need them to be there.
    return session.scalars(statement.with_for_update(key_share=True) if locked else statement).all()


def deadlines_by(
    session: Session, calendar: WorkCalendar, obligations: Sequence[Obligation]
) -> dict[int, Deadline | None]:
    """Return the deadline of each by this calendar; None where no calendar moves it."""
    before = calendars_of(session, {owed.calendar_digest for owed in obligations})
    receipts = _receipts(session, calendar, obligations)
    requirements = _deferring(session, obligations)
    return {
        owed.id or 0: recomputed(
            _standing(owed, receipts, requirements), before[owed.calendar_digest], calendar
        )
        for owed in obligations
    }  # fmt: skip


def _standing(
    owed: Obligation, receipts: Mapping[tuple[int | None, int], datetime], requirements: Mapping[int, Requirement]
) -> Standing:
    receipt = receipts.get((owed.circular_id, owed.office_id)) if owed.receipt_not_confirmed else None
    return Standing(
        due_at=owed.due_at, provisional=owed.provisional, term=term_of(owed), receipt_due_at=receipt,
        written=_written(owed, requirements.get(owed.requirement_id or 0)),
        not_before=owed.base_due_at if owed.status is Status.RETURNED else None,
    )  # fmt: skip


def _written(owed: Obligation, requirement: Requirement | None) -> Written | None:
    rule = holiday_rule(requirement) if requirement is not None else None
    if requirement is None or rule is None:
        return None
    day = date.fromisoformat(owed.period) if owed.period else requirement.due_on
    return Written(day, requirement.due_time, rule) if day else None


def _receipts(
    session: Session, calendar: WorkCalendar, obligations: Sequence[Obligation]
) -> dict[tuple[int | None, int], datetime]:
    """Return when the receipts that nobody has confirmed are due by this calendar, by circular and office."""
    waiting = [owed for owed in obligations if owed.receipt_not_confirmed and owed.term_start is not None]
    if not waiting:
        return {}
    found: dict[tuple[int | None, int], datetime] = {}
    for batch in batches(waiting):
        statement = select(Obligation).where(
            col(Obligation.kind) == ObligationKind.RECEIPT,
            col(Obligation.circular_id).in_({owed.circular_id for owed in batch}),
            col(Obligation.office_id).in_({owed.office_id for owed in batch}),
            col(Obligation.status) != Status.WITHDRAWN,
        )
        for receipt in session.scalars(statement.order_by(col(Obligation.id))):
            term = term_of(receipt)
            moved = term.end(calendar).at if term and receipt.calendar_digest != calendar.digest else receipt.due_at
            if moved is not None:
                found[receipt.circular_id, receipt.office_id] = moved
    return found


def _deferring(session: Session, obligations: Iterable[Obligation]) -> dict[int, Requirement]:
    wanted = {owed.requirement_id for owed in obligations if owed.term_start is None and owed.requirement_id}
    statement = select(Requirement).where(col(Requirement.id).in_(wanted), col(Requirement.defer_workdays).is_not(None))
    return {row.id or 0: row for row in session.scalars(statement)} if wanted else {}


def move_all(
    work: Transaction, here: Installation, moved: Sequence[tuple[Obligation, Deadline]], reason: str,
    *, why: str = "工作日历有调整，贵单位承担的该事项时限随之变动。",
) -> None:  # fmt: skip
    """Move deadlines: the row that decides each, a new revision, the ladder started over.

    The first deadline stays what it was; the offices concerned are told once, and `why`. The rows must be locked, and
    have the calendar and policy set by which they run from now on.
    """
    work.session.execute(insert(Adjustment), [_adjustment(work, owed, deadline, reason) for owed, deadline in moved])
    rest(work.session, [owed.id or 0 for owed, _ in moved if not owed.hold])
    # What is held keeps the wake-up that ends its hold.
    withdraw_unsent(work.session, [owed.id or 0 for owed, _ in moved if owed.hold])
    end_acknowledgements(work.session, [owed.id or 0 for owed, _ in moved], work.now)
    old = {owed.id or 0: owed.due_at for owed, _ in moved}
    for owed, deadline in moved:
        owed.due_at, owed.provisional = deadline.at, deadline.provisional
        for name, value in term_columns(deadline.term).items():
            setattr(owed, name, value)
        owed.revision, owed.version = owed.revision + 1, owed.version + 1
        payload = {
            "kind": AdjustmentKind.RECOMPUTATION, "reason": without_contacts(reason), "due_at": deadline.at,
            "revision": owed.revision,
        }  # fmt: skip
        work.record("deadline.adjusted", f"obligation:{owed.id}", payload)
    work.session.flush()
    restart(work, here, [owed for owed, _ in moved if owed.status.runs and not owed.hold])
    _tell(work, here, [(owed, old[owed.id or 0]) for owed, _ in moved], reason, why)


def _adjustment(work: Transaction, owed: Obligation, deadline: Deadline, reason: str) -> dict[str, Any]:
    return {
        "obligation_id": owed.id, "kind": AdjustmentKind.RECOMPUTATION, "reason": reason, "approver": str(work.actor),
        "decided_at": work.now, "old_due_at": owed.due_at, "new_due_at": deadline.at,
    }  # fmt: skip


def _tell(
    work: Transaction, here: Installation, moved: Sequence[tuple[Obligation, datetime | None]], reason: str, why: str
) -> None:
    rows = []
    for owed, old in moved:
        office = here.view.code_of[owed.office_id]
        recipient = here.view.roster.audience(office, Audience.OFFICER, work.now)
        detail = {"old": format_due(old) if old else "", "reason": reason}
        rows.append(
            firing_row(
                here.view, recipient, "deadline_moved", rung="act:deadline_moved", at=work.now, now=work.now,
                not_before=work.now, obligation_id=owed.id, revision=owed.revision, urgency_tag=TAGS[owed.grade],
                why=recipient.fallback or why, detail=detail,
            )
        )  # fmt: skip
    fire(work, rows)


def take_over(
    work: Transaction, here: Installation, unmoved: Sequence[Obligation], deadlines: Mapping[int, Deadline | None]
) -> None:
    """Let what does not move run by the calendar in use: no new revision, its wake-up set anew. Rows must be locked."""
    for owed in unmoved:
        deadline = deadlines[owed.id or 0]
        owed.calendar_digest = here.calendar.digest
        owed.provisional = deadline.provisional if deadline else owed.provisional
        if deadline is not None:
            for name, value in term_columns(deadline.term).items():
                setattr(owed, name, value)
    work.session.flush()
    set_wakes(work, [owed for owed in unmoved if owed.status.runs and not owed.hold])


def set_wakes(work: Transaction, obligations: Sequence[Obligation]) -> None:
    """Set when the sweep looks at these again, by the calendars they run by."""
    found = looks(work, obligations)
    for batch in batches(list(found)):
        work.session.execute(delete(Wake).where(col(Wake.obligation_id).in_(batch)))
    urgent = {owed.id or 0: is_urgent(owed.grade) for owed in obligations}
    rows = [{"obligation_id": number, "wake_at": at, "urgent": urgent[number]} for number, at in found.items() if at]
    insert_new(work.session, Wake, rows, col(Wake.obligation_id))
