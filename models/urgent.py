"""The hops of an urgent report: who has to respond and pass it on, how it reaches the next level, who is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import col

from domain.deadlines import Deadline
from domain.errors import Refused
from domain.ladders import term_deadline
from domain.offices import Audience, Office
from domain.planning import Plan, timed
from domain.policies import PolicySet
from domain.statuses import ObligationKind
from domain.urgent import Severity, state_council_due
from models.acting import fire, firing_row, tell, wake
from models.firings import climb
from models.installation import Installation
from models.making import make_obligations, policy_id
from models.notice import Firing
from models.obligation import Obligation, UrgentCase
from models.session import Transaction

#: The firing that copies a case to a level which owes nothing by it.
COPY_RUNG = "act:urgent_report"


def need_case(work: Transaction, case_id: int) -> UrgentCase:
    """Return the case with this number, locked against other acts on it; raises Refused where there is none.

    The lock is one that obligations of the case may still be made under: a sweep that opens a level never waits for it.
    """
    statement = select(UrgentCase).where(col(UrgentCase.id) == case_id).with_for_update(key_share=True)
    case = work.session.scalars(statement.execution_options(populate_existing=True)).first()
    if case is None:
        message = f"没有编号为 {case_id} 的紧急信息；可用 duban urgent list 查看。"
        raise Refused(message)
    return case


def open_level(work: Transaction, here: Installation, case: UrgentCase, level: Office) -> bool:
    """Let a level know at once: make what it owes (respond, pass on) and fire the rungs that are due now.

    The operating office passes on to the outside only what the two highest severities demand (docs/rules.md, Urgent
    reports); that is a person's act. False where this level has the case already.
    """
    if _has_level(work, here, case, level):
        return False
    made = make_levels(work, here, case, level, _kinds(here, Severity(case.severity), level))
    swept = climb(work, here, made)
    for owed in made:
        wake(work.session, owed, swept.wakes[owed.id or 0])
    return True


def _kinds(here: Installation, severity: Severity, level: Office) -> list[ObligationKind]:
    if level.code == here.view.roster.operating and not severity.copies_the_level_above:
        return [ObligationKind.RESPOND]
    return [ObligationKind.RESPOND, ObligationKind.PASS_ON]


def make_levels(
    work: Transaction, here: Installation, case: UrgentCase, level: Office, kinds: Sequence[ObligationKind]
) -> list[Obligation]:
    """Make what a level owes in a case from now on; return what did not exist yet."""
    made = make_obligations(
        work, [_plan(work, here, case, level, kind) for kind in kinds], here.view,
        policy=policy_id(work.session, here.policies, work.now), calendar=here.calendar,
        case_id=case.id,
    )  # fmt: skip
    return [work.session.get_one(Obligation, number) for number in made]


def _has_level(work: Transaction, here: Installation, case: UrgentCase, level: Office) -> bool:
    statement = select(func.count()).where(
        col(Obligation.case_id) == case.id,
        col(Obligation.kind) == ObligationKind.RESPOND,
        col(Obligation.office_id) == here.view.id_of[level.code],
    )
    return bool(work.session.scalar(statement))


def _hop(here: Installation, case: UrgentCase, level: Office) -> int:
    """Return how many hops a level is from the office that reported: two who open it at once mean the same hop."""
    path = here.view.roster.path_up(here.view.code_of[case.office_id])
    return next((hop for hop, office in enumerate(path, start=1) if office.code == level.code), len(path) + 1)


def _plan(work: Transaction, here: Installation, case: UrgentCase, level: Office, kind: ObligationKind) -> Plan:
    deadline = hop_due(here, here.policies, case, level, kind, work.now)
    return Plan(
        kind=kind,
        office=level.code,
        origin=f"case:{case.id}/hop:{_hop(here, case, level)}",
        grade=case.severity,
        issued_at=work.now,
        due_at=deadline.at,
        term=deadline.term,
        wake_at=timed(kind, case.severity, work.now, deadline.at, here.policies, here.calendar),
    )


def hop_due(
    here: Installation, policies: PolicySet, case: UrgentCase, level: Office, kind: ObligationKind, told_at: datetime
) -> Deadline:
    """Return until when a level that is told at `told_at` has to respond or pass on, by the severity of the case.

    The operating office passes on to the State Council: within its own limit, never past the latest instant after the
    event (docs/rules.md, Default ladder).
    """
    if kind is ObligationKind.PASS_ON and level.code == here.view.roster.operating:
        limit, latest = (
            timedelta(minutes=policies.limit(name, case.severity))
            for name in ("state_council_minutes", "state_council_latest_minutes")
        )
        return Deadline(state_council_due(told_at, case.occurred_at, limit, latest))
    return term_deadline(policies.term(kind, case.severity), told_at, here.calendar)


def level_above(here: Installation, office: Office) -> Office | None:
    """Return the next level up that the software may speak to: never past the operating office."""
    superior = here.view.roster.superior_of(office.code)
    return superior if superior is not None and superior.code in here.view.roster.inside else None


def copy_to_level_above(work: Transaction, here: Installation, first: Obligation, level: Office) -> bool:
    """Send the level above a copy at once; it owes nothing by it."""
    recipient = here.view.roster.audience(level.code, Audience.DUTY, work.now)
    why = "事件级别较高，按规定同时抄告上一级。"
    return tell(work, here.view, first, recipient, "urgent_report", repeat=1, why=why, detail={"copy": "1"})


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
    statement = select(Obligation).where(
        col(Obligation.case_id) == case.id,
        col(Obligation.kind).in_([ObligationKind.RESPOND, ObligationKind.PASS_ON]),
    )
    return work.session.scalars(statement.order_by(col(Obligation.id))).all()


def tell_levels(
    work: Transaction, here: Installation, case: UrgentCase, kind: str, number: int, *, detail: dict[str, str],
    call_open: bool = False,
) -> int:  # fmt: skip
    """Tell every level that has the case, copies included, at any hour; return how many were told.

    `number` is the running number of what is told. With `call_open` those that still have to respond are put on the
    call list too.
    """
    responses = [each for each in levels_of(work, case) if each.kind is ObligationKind.RESPOND]
    by_office = dict.fromkeys(_copied(work, responses), responses[0]) | {each.office_id: each for each in responses}
    rows = []
    for office_id, owed in by_office.items():
        office = here.view.office(office_id)
        owes = owed.office_id == office_id and owed.status.runs
        rows.append(
            firing_row(
                here.view, here.view.roster.audience(office.code, Audience.DUTY, work.now), kind, rung=f"act:{kind}",
                repeat=number, revision=owed.revision, obligation_id=owed.id, at=work.now, now=work.now,
                not_before=work.now, urgency_tag="紧急", call_list=call_open and owes, detail=detail,
                why=f"{office.name}已接报该紧急信息，后续情况随时告知。",
            )
        )  # fmt: skip
    return len(fire(work, rows))


def _copied(work: Transaction, responses: Sequence[Obligation]) -> Sequence[int]:
    statement = select(col(Firing.office_id)).where(
        col(Firing.obligation_id).in_([each.id for each in responses]), col(Firing.rung) == COPY_RUNG
    )
    return work.session.scalars(statement.order_by(col(Firing.id))).all()
