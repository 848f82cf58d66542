"""Reading urgent cases back: their reports, what each level did and when, the calls that were recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.errors import Refused
from domain.policies import PolicySet
from domain.statuses import ObligationKind, Status
from domain.urgent import Event, Owed, Step, StepKind, steps
from models.installation import Installation, policies_of
from models.obligation import ContactLog, Obligation, UrgentCase, UrgentReport

_KINDS = (ObligationKind.RESPOND, ObligationKind.PASS_ON, ObligationKind.FOLLOW_UP)


def cases(session: Session, case_id: int | None = None, *, only_open: bool = False) -> Sequence[UrgentCase]:
    """Return the cases in their order, one where asked; raises Refused where that one is not there."""
    statement = select(UrgentCase).order_by(col(UrgentCase.id))
    if case_id is not None:
        statement = statement.where(col(UrgentCase.id) == case_id)
    if only_open:
        statement = statement.where(col(UrgentCase.closed_at).is_(None))
    found = session.scalars(statement).all()
    if case_id is not None and not found:
        message = f"没有编号为 {case_id} 的紧急信息；可用 duban urgent list 查看。"
        raise Refused(message)
    return found


def reports_by_case(session: Session, numbers: Sequence[int]) -> dict[int, list[UrgentReport]]:
    """Return the reports of these cases, in their order."""
    found: dict[int, list[UrgentReport]] = {number: [] for number in numbers}
    statement = select(UrgentReport).where(col(UrgentReport.case_id).in_(numbers))
    for each in session.scalars(statement.order_by(col(UrgentReport.case_id), col(UrgentReport.seq))):
        found[each.case_id].append(each)
    return found


def owed_by_case(session: Session, numbers: Sequence[int]) -> dict[int, list[Obligation]]:
    """Return what is owed in these cases (respond, pass on, follow up), in the order in which it was made."""
    found: dict[int, list[Obligation]] = {number: [] for number in numbers}
    statement = select(Obligation).where(col(Obligation.case_id).in_(numbers), col(Obligation.kind).in_(_KINDS))
    for each in session.scalars(statement.order_by(col(Obligation.id))):
        found[each.case_id or 0].append(each)
    return found


def steps_by_case(
    session: Session, here: Installation, found: Sequence[UrgentCase], owed: Mapping[int, Sequence[Obligation]]
) -> dict[int, tuple[Step, ...]]:
    """Return every step of these cases, by the limits of the policy their first level was made under."""
    calls = _first_calls(session, [each.id or 0 for each in found])
    policies = policies_of(session, {each.policy_id for rows in owed.values() for each in rows})
    return {each.id or 0: _steps(here, each, owed[each.id or 0], calls.get(each.id or 0), policies) for each in found}


def _steps(
    here: Installation, case: UrgentCase, owed: Sequence[Obligation], called: datetime | None,
    policies: Mapping[int, PolicySet],
) -> tuple[Step, ...]:  # fmt: skip
    event = Event(
        office=here.view.office(case.office_id).name, occurred_at=case.occurred_at, learned_at=case.learned_at,
        raised_at=case.raised_at, telephoned_at=called,
    )  # fmt: skip
    limits = policies[owed[0].policy_id].limits if owed else {}
    telephone, written = (
        None if minutes is None else timedelta(minutes=minutes)
        for minutes in (limits.get(f"{name}.{case.severity}", limits.get(name))
                        for name in ("telephone_minutes", "written_minutes"))
    )  # fmt: skip
    levels = [_owed(here, each) for each in owed if each.kind is not ObligationKind.FOLLOW_UP]
    return steps(event, levels, telephone=telephone, written=written)


def _owed(here: Installation, owed: Obligation) -> Owed:
    office = here.view.office(owed.office_id)
    kind = StepKind.RESPOND if owed.kind is ObligationKind.RESPOND else StepKind.PASS_ON
    if kind is StepKind.PASS_ON and office.code == here.view.roster.operating:
        kind = StepKind.STATE_COUNCIL
    return Owed(
        kind=kind, office=office.name, told_at=owed.issued_at, due_at=owed.due_at, done_at=owed.ended_at,
        released=owed.status in (Status.WAIVED, Status.WITHDRAWN, Status.SUPERSEDED),
    )  # fmt: skip


def _first_calls(session: Session, numbers: Sequence[int]) -> dict[int, datetime]:
    """Return when a recorded call first reached the first level of each case: what is known of the report by telephone.

    The first level is the office that has to respond and was told first.
    """
    first = (
        select(func.min(col(Obligation.id)))
        .where(col(Obligation.case_id).in_(numbers), col(Obligation.kind) == ObligationKind.RESPOND)
        .group_by(col(Obligation.case_id))
    )
    statement = (
        select(col(Obligation.case_id), func.min(col(ContactLog.called_at)))
        .join(ContactLog, col(ContactLog.obligation_id) == col(Obligation.id))
        .where(
            col(Obligation.id).in_(first), col(ContactLog.reached),
            col(ContactLog.office_id) == col(Obligation.office_id),
        )
        .group_by(col(Obligation.case_id))
    )  # fmt: skip
    return dict(session.execute(statement).all())
