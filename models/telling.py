"""What the notices have to tell: the facts behind their firings, read in a few queries for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.deadlines import due_instant
from domain.matters import Case, CaseReport, Matter
from domain.policies import PolicySet
from domain.statuses import ObligationKind
from models.circular import Circular, Requirement
from models.holding import held_since
from models.installation import policies_of
from models.notice import Firing, FiringRecipient, FiringState
from models.obligation import Obligation, UrgentCase, UrgentReport
from models.roster import RosterView
from models.statements import among, batches


def matters_of(session: Session, notices: Sequence[int], view: RosterView) -> dict[int, list[Matter]]:
    """Return what each notice still has to tell, by its id; firings that an act has ended are left out."""
    found: dict[int, list[Matter]] = {}
    for batch in batches(notices):
        rows = session.execute(_TOLD.where(among(FiringRecipient.notice_id, list(batch)))).all()
        facts = _facts(session, rows, view)
        for row in rows:
            found.setdefault(row.notice_id, []).append(_matter(row, view, facts))
    return found


#: Columns alone: thousands of rows are read here, of which no object is needed.
_TOLD: Any = (
    select(
        col(FiringRecipient.notice_id), col(FiringRecipient.on_behalf_of), col(FiringRecipient.why).label("own_why"),
        col(Firing.id), col(Firing.kind), col(Firing.rung), col(Firing.why), col(Firing.detail), col(Firing.office_id),
        col(Firing.obligation_id), col(Firing.catch_up), col(Firing.at),
    )
    .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
    .where(col(Firing.state) == FiringState.OPEN)
    .order_by(col(Firing.id))
)  # fmt: skip
_OWED: Any = select(
    *(
        col(each)
        for each in (
            Obligation.id, Obligation.kind, Obligation.office_id, Obligation.origin, Obligation.period,
            Obligation.circular_id, Obligation.requirement_id, Obligation.case_id, Obligation.subject_id,
            Obligation.base_due_at, Obligation.due_at, Obligation.receipt_not_confirmed, Obligation.provisional,
            Obligation.revision, Obligation.status, Obligation.hold, Obligation.policy_id, Obligation.made_at,
        )
    )
)  # fmt: skip


@dataclass(frozen=True)
class _Facts:
    """What lies behind the firings of a batch, by id; what many share is read once."""

    owed: dict[int, Any]
    circulars: dict[int, Circular]
    requirements: dict[int, Requirement]
    #: for decisions: what they decide, the obligation and its requirement
    subjects: dict[int, Any]
    cases: dict[int, Case]
    held: dict[int, datetime]


def _facts(session: Session, rows: Sequence[Any], view: RosterView) -> _Facts:
    numbers = sorted({row.obligation_id for row in rows if row.obligation_id is not None})
    owed = {each.id: each for each in session.execute(_OWED.where(among(Obligation.id, numbers)))}
    found = list(owed.values())
    return _Facts(
        owed,
        _by_id(session, Circular, {each.circular_id for each in found}),
        _by_id(session, Requirement, {each.requirement_id for each in found}),
        _subjects(session, [each.subject_id for each in found]),
        _cases(session, {each.case_id: each.policy_id for each in found if each.case_id is not None}, view),
        held_since(session, [each.id for each in found if each.hold]),
    )


def _by_id(session: Session, table: Any, numbers: set[int | None]) -> dict[int, Any]:
    wanted = sorted(number for number in numbers if number is not None)
    if not wanted:
        return {}
    return {each.id: each for each in session.scalars(select(table).where(among(table.id, wanted)))}


def _subjects(session: Session, numbers: Sequence[int | None]) -> dict[int, Any]:
    """Return, for decisions, what they decide: the obligation and its requirement."""
    wanted = {number for number in numbers if number is not None}
    if not wanted:
        return {}
    statement = (
        select(Obligation, Requirement)
        .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
        .where(col(Obligation.id).in_(wanted))
    )
    return {owed.id or 0: (owed, requirement) for owed, requirement in session.execute(statement)}


def _cases(session: Session, policy_of: Mapping[int, int], view: RosterView) -> dict[int, Case]:
    """Return these cases as their mails tell them: with all their reports and the limit of the first."""
    if not policy_of:
        return {}
    reports: dict[int, list[CaseReport]] = {}
    statement = select(UrgentReport).where(col(UrgentReport.case_id).in_(list(policy_of)))
    for each in session.scalars(statement.order_by(col(UrgentReport.case_id), col(UrgentReport.seq))):
        reports.setdefault(each.case_id, []).append(CaseReport(each.seq, each.kind, each.text, each.raised_at))
    policies = policies_of(session, set(policy_of.values()))
    return {
        number: _case(case, view, tuple(reports.get(number, ())), policies[policy_of[number]])
        for number, case in _by_id(session, UrgentCase, set(policy_of)).items()
    }


def _matter(firing: Any, view: RosterView, facts: _Facts) -> Matter:
    owed = facts.owed.get(firing.obligation_id)
    subject, asked = facts.subjects.get(owed.subject_id, (None, None)) if owed is not None else (None, None)
    circular = facts.circulars.get(owed.circular_id) if owed is not None else None
    requirement = (facts.requirements.get(owed.requirement_id) if owed is not None else None) or asked
    return Matter(
        firing_id=firing.id,
        kind=firing.kind,
        rung=firing.rung,
        why=firing.own_why or firing.why,
        detail=firing.detail,
        obligation_id=owed.id if owed else None,
        revision=owed.revision if owed else 0,
        made_at=owed.made_at if owed else None,
        own=owed is not None and owed.office_id == firing.office_id,
        obligation_kind=owed.kind if owed else None,
        status=owed.status if owed else None,
        hold=owed.hold if owed else "",
        held_since=facts.held.get(owed.id) if owed else None,
        decides=owed.origin.partition(":")[0] if owed and owed.kind is ObligationKind.DECIDE else "",
        office=view.office(owed.office_id if owed else firing.office_id).name,
        about_office=view.office(subject.office_id).name if subject else "",
        circular_title=circular.title if circular else "",
        document_number=(circular.number or "") if circular else "",
        issuer="、".join(circular.issuing_authority) if circular else "",
        requirement=requirement.text if requirement else "",
        period=(subject or owed).period if owed else "",
        deliver_to=(requirement.deliver_to or "") if requirement else "",
        due_at=owed.due_at if owed else None,
        provisional=bool(owed and owed.provisional),
        deferred_from=_deferred_from(owed, requirement) if owed else None,
        receipt_not_confirmed=bool(owed and owed.receipt_not_confirmed),
        on_behalf_of=firing.on_behalf_of,
        missed_at=_missed_at(firing, owed),
        case=facts.cases.get(owed.case_id) if owed else None,
    )


def _deferred_from(owed: Any, requirement: Requirement | None) -> date | None:
    """Return the day that was written, where its circular defers it; None where a person has set another day since."""
    if requirement is None or requirement.id != owed.requirement_id or requirement.defer_workdays is None:
        return None
    written = date.fromisoformat(owed.period) if owed.period else requirement.due_on
    if written is None or owed.due_at is None or owed.due_at != owed.base_due_at:
        return None
    return written if owed.due_at != due_instant(written, requirement.due_time) else None


def _missed_at(firing: Any, owed: Any) -> datetime | None:
    """Return when a rung was due that is caught up on; None where it had passed before the obligation was made."""
    return firing.at if owed is not None and firing.catch_up and firing.at >= owed.made_at else None


def _case(case: UrgentCase, view: RosterView, reports: tuple[CaseReport, ...], policies: PolicySet) -> Case:
    written = policies.limit("written_minutes", case.severity)
    return Case(
        id=case.id or 0, title=case.title, severity=case.severity, reporter=view.office(case.office_id).name,
        occurred_at=case.occurred_at, learned_at=case.learned_at, raised_at=case.raised_at, reports=reports,
        written_due_at=case.learned_at + timedelta(minutes=written),
    )  # fmt: skip
