"""Setting a deadline anew: the row that decides it, and the ladder that starts over on it."""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import col

from domain.deadlines import Deadline
from domain.ladders import decide
from domain.masking import without_contacts
from models.acting import SomebodyWasFaster, fire, firing_row, rest, wake
from models.firings import kind_of, running
from models.installation import Installation, calendar_of, policies_of
from models.making import term_columns
from models.notice import FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.session import Transaction
from models.statements import changed


def set_due(
    work: Transaction, here: Installation, owed: Obligation, deadline: Deadline, kind: AdjustmentKind, reason: str,
    *, receipt_not_confirmed: bool = False,
) -> None:  # fmt: skip
    """Set a new due instant together with the row that decided it, and restart the ladder on it.

    Raises SomebodyWasFaster where another act on the obligation committed since it was read.
    """
    work.session.add(
        Adjustment(
            obligation_id=owed.id or 0, kind=kind, reason=reason, approver=str(work.actor), decided_at=work.now,
            old_due_at=owed.due_at, new_due_at=deadline.at,
        )
    )  # fmt: skip
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
    rest(work.session, [owed.id or 0])
    _restart(work, here, owed)
    payload = {"kind": kind, "reason": without_contacts(reason), "due_at": deadline.at, "revision": owed.revision}
    work.record("deadline.adjusted", f"obligation:{owed.id}", payload)


def _restart(work: Transaction, here: Installation, owed: Obligation) -> None:
    """Let the ladder climb from now on: a rung of the new revision that lies behind us has had its turn.

    It is recorded as superseded at once: the decision's own mail speaks for it.
    """
    policies = policies_of(work.session, [owed.policy_id])[owed.policy_id]
    # Nobody waits for a notice here, for nothing of this is told: `unreachable` lets superiors' rungs through.
    decision = decide(
        policies.ladder(owed.kind, owed.grade), running(owed), (),
        calendar_of(work.session, owed.calendar_digest), work.now, told_at=None, made_at=work.now, unreachable=True,
    )  # fmt: skip
    office = here.view.code_of[owed.office_id]
    rows = [
        firing_row(
            here.view, here.view.roster.audience(office, due.audience, work.now), kind_of(owed, due),
            rung=due.rung.name, repeat=due.repeat, revision=owed.revision, obligation_id=owed.id, audience=due.audience,
            at=due.at, now=work.now, not_before=work.now, state=FiringState.SUPERSEDED,
        )
        for due in decision.due
    ]  # fmt: skip
    fire(work, rows)
    wake(work.session, owed, decision.wake_at)
