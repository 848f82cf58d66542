"""Setting a deadline anew: the row that decides it, and the ladder that starts over on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col

from domain.deadlines import Deadline
from domain.ladders import Due, decide
from domain.masking import without_contacts
from domain.planning import is_urgent
from models.acting import SomebodyWasFaster, fire, firing_row, rest, withdraw_unsent
from models.firings import kind_of, running
from models.installation import Installation, calendars_of, policies_of
from models.making import term_columns
from models.notice import FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation, Wake
from models.session import Transaction
from models.settling import end_acknowledgements
from models.statements import batches, changed, insert_new


def set_due(
    work: Transaction, here: Installation, owed: Obligation, deadline: Deadline, kind: AdjustmentKind, reason: str,
    *, receipt_not_confirmed: bool = False, petition_id: int | None = None, row: Adjustment | None = None,
) -> None:  # fmt: skip
    """Set a new due instant together with the row that decided it, and restart the ladder on it.

    `row` is the row where there is one already: that of a hold which ends, whose ladder starts over from its end. What
    is held gets its day and sleeps on; an acknowledgement ends.
    Raises SomebodyWasFaster where another act on the obligation committed since it was read.
    """
    if row is None:
        row = Adjustment(
            obligation_id=owed.id or 0, kind=kind, reason=reason, approver=str(work.actor), decided_at=work.now,
            petition_id=petition_id,
        )  # fmt: skip
        work.session.add(row)
    row.old_due_at, row.new_due_at = owed.due_at, deadline.at
    statement = (
        update(Obligation)
        .where(col(Obligation.id) == owed.id, col(Obligation.version) == owed.version)
        .values(
            due_at=deadline.at, provisional=deadline.provisional, receipt_not_confirmed=receipt_not_confirmed,
            revision=owed.revision + 1, version=owed.version + 1, **term_columns(deadline.term),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if changed(work.session, statement) != 1:
        raise SomebodyWasFaster
    work.session.refresh(owed)
    if owed.hold:
        withdraw_unsent(work.session, [owed.id or 0])
    else:
        rest(work.session, [owed.id or 0])
        go_on(work, here, owed, row.ends_at)
    end_acknowledgements(work.session, [owed.id or 0], work.now)
    payload = {"kind": kind, "reason": without_contacts(reason), "due_at": deadline.at, "revision": owed.revision}
    work.record("deadline.adjusted", f"obligation:{owed.id}", payload)


def go_on(work: Transaction, here: Installation, owed: Obligation, since: datetime | None = None) -> None:
    """Let one ladder climb from now on, as `restart` does."""
    restart(work, here, [owed], since)


def restart(
    work: Transaction, here: Installation, obligations: Sequence[Obligation], since: datetime | None = None
) -> None:
    """Let these ladders climb from now on (or from `since`): a rung that lies behind us has had its turn.

    It is recorded as superseded at once: the decision's own mail speaks for it. What has fired stays as it was.
    """
    at = min(since or work.now, work.now)
    policies = policies_of(work.session, {owed.policy_id for owed in obligations})
    calendars = calendars_of(work.session, {owed.calendar_digest for owed in obligations})
    passed, wakes = list[dict[str, Any]](), list[dict[str, Any]]()
    for owed in obligations:
        # Nobody waits for a notice here, for nothing of this is told: `unreachable` lets superiors' rungs through.
        decision = decide(
            policies[owed.policy_id].ladder(owed.kind, owed.grade), running(owed), (),
            calendars[owed.calendar_digest], at, told_at=None, made_at=at, unreachable=True,
        )  # fmt: skip
        passed += (passed_row(work, here, owed, due) for due in decision.due)
        if decision.wake_at is not None:
            wakes.append({"obligation_id": owed.id, "wake_at": decision.wake_at, "urgent": is_urgent(owed.grade)})
    fire(work, passed)
    for batch in batches([owed.id for owed in obligations]):
        work.session.execute(delete(Wake).where(col(Wake.obligation_id).in_(batch)))
    insert_new(work.session, Wake, wakes, col(Wake.obligation_id))


def passed_row(work: Transaction, here: Installation, owed: Obligation, due: Due) -> dict[str, Any]:
    """Return the firing of a rung that is recorded as superseded and told to nobody."""
    office = here.view.code_of[owed.office_id]
    return firing_row(
        here.view, here.view.roster.audience(office, due.audience, work.now), kind_of(owed, due),
        rung=due.rung.name, repeat=due.repeat, revision=owed.revision, obligation_id=owed.id, audience=due.audience,
        at=due.at, now=work.now, not_before=work.now, state=FiringState.SUPERSEDED,
    )  # fmt: skip
