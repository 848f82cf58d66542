"""What the notices have to tell: the facts behind their firings, read in a few queries for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from models.statements import batches


def matters_of(session: Session, notices: Sequence[int], view: RosterView) -> dict[int, list[Matter]]:
    """Return what each notice still has to tell, by its id; firings that an act has ended are left out."""
    found: dict[int, list[Matter]] = {}
    for batch in batches(notices):
        statement = (
            select(
                col(FiringRecipient.notice_id), Firing, Obligation, Circular, Requirement, UrgentCase,
                col(FiringRecipient.on_behalf_of), col(FiringRecipient.why),
            )
            .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
            .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
            .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
            .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
            .outerjoin(UrgentCase, col(UrgentCase.id) == col(Obligation.case_id))
            .where(col(FiringRecipient.notice_id).in_(batch), col(Firing.state) == FiringState.OPEN)
            .order_by(col(Firing.id))
        )  # fmt: skip
        rows = session.execute(statement).all()
        held = held_since(session, [row[2].id for row in rows if row[2] is not None and row[2].hold])
        subjects = _subjects(session, [row[2].subject_id for row in rows if row[2] is not None])
        cases = _cases(session, {row[5].id: row for row in rows if row[5] is not None}, view)
        for row in rows:
            found.setdefault(row[0], []).append(_matter(row, view, subjects, cases, held))
    return found


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


def _cases(session: Session, rows: Mapping[int, Any], view: RosterView) -> dict[int, Case]:
    """Return the cases of these rows as their mails tell them: with all their reports and the limit of the first."""
    if not rows:
        return {}
    reports: dict[int, list[CaseReport]] = {}
    statement = select(UrgentReport).where(col(UrgentReport.case_id).in_(list(rows)))
    for each in session.scalars(statement.order_by(col(UrgentReport.case_id), col(UrgentReport.seq))):
        reports.setdefault(each.case_id, []).append(CaseReport(each.seq, each.kind, each.text, each.raised_at))
    policies = policies_of(session, {row[2].policy_id for row in rows.values()})
    return {
        number: _case(row[5], view, tuple(reports.get(number, ())), policies[row[2].policy_id])
        for number, row in rows.items()
    }


def _matter(
    row: Any, view: RosterView, subjects: dict[int, Any], cases: dict[int, Case], held: dict[int, datetime]
) -> Matter:
    _, firing, owed, circular, requirement, case, absent, why = row
    subject, asked = subjects.get(owed.subject_id, (None, None)) if owed is not None else (None, None)
    requirement = requirement or asked
    return Matter(
        firing_id=firing.id,
        kind=firing.kind,
        rung=firing.rung,
        why=why or firing.why,
        detail=firing.detail,
        obligation_id=owed.id if owed else None,
        revision=owed.revision if owed else 0,
        made_at=owed.made_at if owed else None,
        own=owed is not None and owed.office_id == firing.office_id,
        obligation_kind=owed.kind if owed else None,
        status=owed.status if owed else None,
        hold=owed.hold if owed else "",
        held_since=held.get(owed.id) if owed else None,
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
        on_behalf_of=absent,
        missed_at=_missed_at(firing, owed),
        case=cases[case.id] if case else None,
    )


def _deferred_from(owed: Obligation, requirement: Requirement | None) -> date | None:
    """Return the day that was written, where its circular defers it; None where a person has set another day since."""
    if requirement is None or requirement.id != owed.requirement_id or requirement.defer_workdays is None:
        return None
    written = date.fromisoformat(owed.period) if owed.period else requirement.due_on
    if written is None or owed.due_at is None or owed.due_at != owed.base_due_at:
        return None
    return written if owed.due_at != due_instant(written, requirement.due_time) else None


def _missed_at(firing: Firing, owed: Obligation | None) -> datetime | None:
    """Return when a rung was due that is caught up on; None where it had passed before the obligation was made."""
    return firing.at if owed is not None and firing.catch_up and firing.at >= owed.made_at else None


def _case(case: UrgentCase, view: RosterView, reports: tuple[CaseReport, ...], policies: PolicySet) -> Case:
    written = policies.limit("written_minutes", case.severity)
    return Case(
        id=case.id or 0, title=case.title, severity=case.severity, reporter=view.office(case.office_id).name,
        occurred_at=case.occurred_at, learned_at=case.learned_at, raised_at=case.raised_at, reports=reports,
        written_due_at=case.learned_at + timedelta(minutes=written),
    )  # fmt: skip
