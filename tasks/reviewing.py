"""What waits for a reviewer, and what an office still owes: lists that a person or a play works through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import col

from domain.documents import RequirementKind
from domain.statuses import Status
from models.circular import Requirement
from models.circulars import need_circular, requirements_of
from models.installation import installation
from models.lookup import REVIEWED, need_office
from models.obligation import Obligation, Report
from models.session import reading


@dataclass(frozen=True)
class Waiting:
    """One report that waits for a decision."""

    obligation_id: int
    office: str
    ordinal: int
    period: str
    round: int


def awaiting_review(reviewer: str) -> list[Waiting]:
    """Return what waits for this office's decision, first handed in first."""
    rounds = select(func.count()).where(col(Report.obligation_id) == col(Obligation.id)).scalar_subquery()
    with reading() as session:
        here = installation(session)
        statement = (
            select(Obligation, col(Requirement.ordinal), rounds)
            .join(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
            .where(
                col(Obligation.reviewer_id) == here.view.id_of[reviewer],
                col(Obligation.status) == Status.SUBMITTED,
            )
            .order_by(col(Obligation.submitted_at), col(Obligation.id))
        )
        return [
            Waiting(owed.id or 0, here.view.code_of[owed.office_id], ordinal, owed.period, int(turn))
            for owed, ordinal, turn in session.execute(statement)
        ]


def owed_by(office: str, number: str, *, period: str | None = None) -> list[int]:
    """Return the ids of the reports and completions of an office under a circular that have not ended."""
    with reading() as session:
        here = installation(session)
        statement = select(col(Obligation.id)).where(
            col(Obligation.office_id) == here.view.id_of[need_office(here, office).code],
            col(Obligation.circular_id) == need_circular(session, number).id,
            col(Obligation.kind).in_(REVIEWED),
            col(Obligation.status).in_([Status.PENDING, Status.SUBMITTED, Status.RETURNED]),
        )
        if period is not None:
            statement = statement.where(col(Obligation.period) == period)
        return [number for number in session.scalars(statement) if number is not None]


@dataclass(frozen=True)
class Stored:
    """One stored requirement, as those who have to fulfil it see it."""

    ordinal: int
    kind: RequirementKind
    text: str
    rrule: str | None
    starts_on: date | None


def requirements_stored(number: str) -> list[Stored]:
    """Return the requirements of a registered circular."""
    with reading() as session:
        rows = requirements_of(session, need_circular(session, number).id or 0)
        return [Stored(row.ordinal, row.kind, row.text, row.rrule, row.starts_on) for row in rows]
