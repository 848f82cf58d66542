"""What offices have asked for and nobody has decided: the list that deciders work through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prefect import task
from sqlalchemy import select
from sqlmodel import Session, col

from domain.deadlines import format_due, format_instant
from domain.statuses import ObligationKind
from models.circular import Circular
from models.installation import installation
from models.lookup import need_office
from models.obligation import Obligation
from models.petition import Petition, PetitionKind
from models.session import reading
from models.settling import ORIGINS
from models.statements import batches

_LABELS = {
    PetitionKind.EXTENSION: "延期申请",
    PetitionKind.CONTEST: "异议",
    PetitionKind.RETURNED_PAPER: "退文",
}


@dataclass(frozen=True)
class Asked:
    """One thing that waits for a decision; words are Chinese, times local."""

    id: int
    kind: str
    office: str
    obligation_id: int
    matter: str
    number: str
    asked_at: str
    reason: str
    progress: str
    wanted: str
    decider: str
    decide_by: str


@task(name="等待决定的申请")
def waiting_petitions(*, decider: str | None = None) -> list[Asked]:
    """Return what waits for a decision, of one office where asked, first asked first. Raises Refused if unknown."""
    with reading() as session:
        here = installation(session)
        only = need_office(here, decider).code if decider else None
        statement = (
            select(Petition, Obligation, col(Circular.number))
            .join(Obligation, col(Obligation.id) == col(Petition.obligation_id))
            .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
            .where(col(Petition.decision).is_(None))
            .order_by(col(Petition.id))
        )
        rows = session.execute(statement).all()
        owed = _decisions(session, [petition for petition, _, _ in rows])
        return [
            Asked(
                id=petition.id or 0, kind=_LABELS[petition.kind], office=here.view.office(subject.office_id).name,
                obligation_id=subject.id or 0, matter=subject.kind.label, number=number or "",
                asked_at=format_instant(petition.asked_at), reason=petition.reason, progress=petition.progress,
                wanted=format_due(petition.wanted_due_at) if petition.wanted_due_at else "",
                decider=here.view.office(decision.office_id).name,
                decide_by=format_due(decision.due_at) if decision.due_at else "",
            )
            for petition, subject, number in rows
            if (decision := owed.get(f"{ORIGINS[petition.kind]}:{petition.id}")) is not None
            and only in (None, here.view.code_of[decision.office_id])
        ]  # fmt: skip


def _decisions(session: Session, petitions: Sequence[Petition]) -> dict[str, Obligation]:
    """Return who owes the decisions about these, by the origin that names each."""
    origins = [f"{ORIGINS[each.kind]}:{each.id}" for each in petitions]
    found: dict[str, Obligation] = {}
    for batch in batches(origins):
        statement = select(Obligation).where(
            col(Obligation.kind) == ObligationKind.DECIDE, col(Obligation.origin).in_(batch)
        )
        found |= {each.origin: each for each in session.scalars(statement)}
    return found
