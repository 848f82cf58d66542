"""The hops of an urgent report: who has to respond and pass it on, and how it reaches the next level."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import col

from domain.ladders import term_deadline
from domain.offices import Audience, Office
from domain.planning import Plan, timed
from domain.statuses import ObligationKind
from domain.urgent import Severity
from models.acting import tell, wake
from models.firings import climb
from models.installation import Installation
from models.making import make_obligations, policy_id
from models.obligation import Obligation, UrgentCase
from models.session import Transaction


def open_level(work: Transaction, here: Installation, case: UrgentCase, level: Office) -> bool:
    """Let a level know at once: make what it owes (respond, pass on) and fire the rungs that are due now.

    The operating office passes on to the outside only what the two highest severities demand (docs/rules.md, Urgent
    reports); that is a person's act. False where this level has the case already.
    """
    if _has_level(work, here, case, level):
        return False
    hop = _hops(work, case) + 1
    kinds = [ObligationKind.RESPOND]
    severity = Severity(case.severity)
    if level.code != here.view.roster.operating or severity.copies_the_level_above:
        kinds.append(ObligationKind.PASS_ON)
    made = make_obligations(
        work, [_plan(work, here, case, level, kind, hop) for kind in kinds], here.view,
        policy=policy_id(work.session, here.policies, work.now), calendar=here.calendar,
        case_id=case.id,
    )  # fmt: skip
    obligations = [work.session.get_one(Obligation, number) for number, _ in made]
    swept = climb(work, here, obligations)
    for owed in obligations:
        wake(work.session, owed, swept.wakes[owed.id or 0])
    return True


def _has_level(work: Transaction, here: Installation, case: UrgentCase, level: Office) -> bool:
    statement = select(func.count()).where(
        col(Obligation.case_id) == case.id,
        col(Obligation.kind) == ObligationKind.RESPOND,
        col(Obligation.office_id) == here.view.id_of[level.code],
    )
    return bool(work.session.scalar(statement))


def _hops(work: Transaction, case: UrgentCase) -> int:
    statement = select(func.count()).where(
        col(Obligation.case_id) == case.id, col(Obligation.kind) == ObligationKind.RESPOND
    )
    return int(work.session.scalar(statement) or 0)


def _plan(
    work: Transaction, here: Installation, case: UrgentCase, level: Office, kind: ObligationKind, hop: int
) -> Plan:
    deadline = term_deadline(here.policies.term(kind, case.severity), work.now, here.calendar)
    return Plan(
        kind=kind,
        office=level.code,
        origin=f"case:{case.id}/hop:{hop}",
        grade=case.severity,
        issued_at=work.now,
        due_at=deadline.at,
        term=deadline.term,
        wake_at=timed(kind, case.severity, work.now, deadline.at, here.policies, here.calendar),
    )


def level_above(here: Installation, office: Office) -> Office | None:
    """Return the next level up that the software may speak to: never past the operating office."""
    superior = here.view.roster.superior_of(office.code)
    return superior if superior is not None and superior.code in here.view.roster.inside else None


def copy_to_level_above(work: Transaction, here: Installation, first: Obligation, level: Office) -> bool:
    """Send the level above a copy at once; it owes nothing by it."""
    recipient = here.view.roster.audience(level.code, Audience.DUTY, work.now)
    why = "事件级别较高，按规定同时抄告上一级。"
    return tell(
        work, here.view, first, recipient, "urgent_report", repeat=1, urgency_tag="紧急", why=why, detail={"copy": "1"}
    )


def pass_to_next_level(work: Transaction, here: Installation, owed: Obligation) -> bool:
    """Take the case one level higher than the office that did not respond in time; False at the top."""
    case = work.session.get_one(UrgentCase, owed.case_id)
    level = level_above(here, here.view.office(owed.office_id))
    if level is None or not open_level(work, here, case, level):
        return False
    payload = {"to": level.code, "because": "no response in time", "from": here.view.code_of[owed.office_id]}
    work.record("urgent.climbed", f"case:{case.id}", payload)
    return True


def levels_of(work: Transaction, case: UrgentCase) -> Sequence[Obligation]:
    """Return what the levels owe in a case, in the order of its hops."""
    statement = select(Obligation).where(col(Obligation.case_id) == case.id)
    return work.session.scalars(statement.order_by(col(Obligation.id))).all()
