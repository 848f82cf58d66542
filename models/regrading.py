"""A case of another severity: terms and ladders anew for what is open, and everybody told."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlmodel import col

from domain.deadlines import Deadline
from domain.statuses import Act, ObligationKind
from domain.urgent import Severity
from models.acting import move
from models.adjusting import set_due
from models.follow_ups import drop_other_hours, open_follow_ups, owe_follow_ups
from models.installation import Installation, policies_of
from models.notice import Firing
from models.obligation import AdjustmentKind, Obligation, UrgentCase
from models.session import Transaction
from models.urgent import copy_to_level_above, hop_due, level_above, levels_of, make_levels, tell_levels

_REGRADED = "urgent_regraded"


def regrade_case(work: Transaction, here: Installation, case: UrgentCase, before: Severity, reason: str) -> None:
    """Apply the severity that the case has now; `before` is the one it had."""
    severity = Severity(case.severity)
    there = [each for each in levels_of(work, case) if each.status.runs]
    _fit_operating_office(work, here, case)
    for owed in there:
        if owed.status.runs:
            _anew(work, here, case, owed, reason)
    for owed in open_follow_ups(work, case):
        owed.grade = case.severity
        set_due(work, here, owed, Deadline(owed.due_at or work.now), AdjustmentKind.RECOMPUTATION, reason)
    owe_follow_ups(work, here, case)
    drop_other_hours(work, here, case)
    detail = {"text": f"事件级别由{before.label}调整为{severity.label}。理由：{reason}"}
    tell_levels(work, here, case, _REGRADED, _times_told(work, case) + 1, detail=detail, call_open=True)
    if severity.copies_the_level_above and not before.copies_the_level_above:
        _copy_above(work, here, case)


def _anew(work: Transaction, here: Installation, case: UrgentCase, owed: Obligation, reason: str) -> None:
    """Set what a level owes anew from now, by the policy it was made under."""
    policies = policies_of(work.session, [owed.policy_id])[owed.policy_id]
    deadline = hop_due(here, policies, case, here.view.office(owed.office_id), owed.kind, work.now)
    owed.grade = case.severity
    set_due(work, here, owed, deadline, AdjustmentKind.RECOMPUTATION, reason)


def _fit_operating_office(work: Transaction, here: Installation, case: UrgentCase) -> None:
    """Let the operating office owe its hop to the State Council, or no longer, as the severity demands."""
    operating = here.view.roster[here.view.roster.operating]
    own = {each.kind: each for each in levels_of(work, case) if each.office_id == here.view.id_of[operating.code]}
    passing = own.get(ObligationKind.PASS_ON)
    if Severity(case.severity).copies_the_level_above:
        if own and passing is None:
            make_levels(work, here, case, operating, [ObligationKind.PASS_ON])
    elif passing is not None and passing.status.runs:
        move(work, passing, Act.WITHDRAW)
        work.record("obligation.withdrawn", f"obligation:{passing.id}", {"kind": passing.kind, "act": Act.WITHDRAW})


def _copy_above(work: Transaction, here: Installation, case: UrgentCase) -> None:
    """Copy the case to the level above the highest that has it."""
    responses = [each for each in levels_of(work, case) if each.kind is ObligationKind.RESPOND]
    above = level_above(here, here.view.office(responses[-1].office_id))
    if above is not None:
        copy_to_level_above(work, here, responses[-1], above)


def _times_told(work: Transaction, case: UrgentCase) -> int:
    statement = (
        select(func.count(func.distinct(col(Firing.repeat))))
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(col(Obligation.case_id) == case.id, col(Firing.rung) == f"act:{_REGRADED}")
    )
    return int(work.session.scalar(statement) or 0)
