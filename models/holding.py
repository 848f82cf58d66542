"""Holds: the dated rows that stop a ladder, since when, and the suspensions whose last day has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.deadlines import Deadline, format_due
from domain.holds import deadline_after_hold
from domain.masking import without_contacts
from domain.offices import Audience
from domain.statuses import Act
from models.acting import move, tell, wake
from models.adjusting import go_on, set_due
from models.installation import Installation, calendar_of
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.session import Transaction
from models.settling import HOLDS
from models.statements import batches


def held_since(session: Session, obligations: Sequence[int | None] | None = None) -> dict[int, datetime]:
    """Return since when each obligation is held: of those named, else of all that are held."""
    statement = (
        select(col(Adjustment.obligation_id), func.max(col(Adjustment.starts_at)))
        .join(Obligation, col(Obligation.id) == col(Adjustment.obligation_id))
        .where(col(Obligation.hold) != "", col(Adjustment.kind).in_(HOLDS))
        .group_by(col(Adjustment.obligation_id))
    )
    if obligations is None:
        return dict(session.execute(statement).all())
    found: dict[int, datetime] = {}
    for batch in batches(obligations):
        found |= dict(session.execute(statement.where(col(Adjustment.obligation_id).in_(batch))).all())
    return found


def start_hold(
    work: Transaction, owed: Obligation, kind: AdjustmentKind, reason: str, *, until: datetime | None = None,
    petition_id: int | None = None,
) -> None:  # fmt: skip
    """Write the row of a hold that begins now; a last day that is set wakes the obligation up by itself."""
    work.session.add(
        Adjustment(
            obligation_id=owed.id or 0, kind=kind, reason=reason, approver=str(work.actor), decided_at=work.now,
            starts_at=work.now, ends_at=until, petition_id=petition_id,
        )
    )  # fmt: skip
    work.session.flush()
    if until is not None:
        wake(work.session, owed, until)


def hold_of(session: Session, owed: Obligation) -> Adjustment:
    """Return the row of the hold an obligation is under, or was under last."""
    statement = select(Adjustment).where(col(Adjustment.obligation_id) == owed.id, col(Adjustment.kind).in_(HOLDS))
    return session.scalars(statement.order_by(col(Adjustment.id).desc()).limit(1)).one()


def resume(work: Transaction, here: Installation, owed: Obligation, reason: str) -> Deadline:
    """End a suspension now, or at its last day if that is past: what was left is left, and the office is told.

    Raises IllegalTransition where nothing is suspended, SomebodyWasFaster where another act won.
    """
    move(work, owed, Act.RESUME)
    row = hold_of(work.session, owed)
    deadline = _resumed(work, here, owed, row)
    set_due(work, here, owed, deadline, AdjustmentKind.SUSPENSION, reason, row=row)
    office = here.view.office(owed.office_id)
    tell(
        work, here.view, owed, here.view.roster.audience(office.code, Audience.OFFICER, work.now), "resumed",
        why="贵单位一项暂停计时的事项已恢复计时。", detail={"reason": reason, "due": format_due(deadline.at)},
    )  # fmt: skip
    payload = {"office": office.code, "reason": without_contacts(reason), "until": row.ends_at}
    work.record("obligation.resumed", f"obligation:{owed.id}", payload)
    return deadline


def _resumed(work: Transaction, here: Installation, owed: Obligation, row: Adjustment) -> Deadline:
    since, until = row.starts_at or work.now, row.ends_at or work.now
    term = here.policies.terms.get((owed.kind, owed.grade))
    unit = owed.term_unit or (term.unit if term is not None else None)
    calendar = calendar_of(work.session, owed.calendar_digest)
    return deadline_after_hold(owed.due_at or until, since, until, calendar, unit)


def resume_due(
    work: Transaction, here: Installation, held: Sequence[Obligation]
) -> tuple[set[int], dict[int, datetime | None]]:  # fmt: skip
    """Resume those whose suspension has reached its last day; what else is held sleeps on.

    Returns the ids of those resumed, and when to look at each of the others: at its last day, else never.
    """
    resumed, wakes = set[int](), dict[int, datetime | None]()
    for owed in held:
        row = hold_of(work.session, owed)
        last = row.ends_at if row.kind is AdjustmentKind.SUSPENSION else None
        if last is not None and last <= work.now:
            resume(work, here, owed, "暂停期满，自动恢复计时")
            resumed.add(owed.id or 0)
        else:
            wakes[owed.id or 0] = last
    return resumed, wakes


def dismiss(work: Transaction, here: Installation, owed: Obligation) -> None:
    """Let what was held go on where it stands."""
    move(work, owed, Act.DISMISS)
    go_on(work, here, owed)
