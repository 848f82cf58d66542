"""Decisions that are owed: to a report that was handed in, to what an office asked for; who owes them, until when."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from domain.deadlines import format_instant
from domain.errors import Refused
from domain.ladders import term_deadline
from domain.offices import Audience, Office
from domain.planning import Plan, timed
from domain.statuses import Act, ObligationKind, Status
from models.acting import move, tell
from models.installation import Installation
from models.making import make_obligations, policy_id
from models.obligation import Obligation
from models.petition import Petition, PetitionDecision, PetitionKind
from models.session import Transaction
from models.settling import ORIGINS

_WORDS = {
    PetitionKind.EXTENSION: "延期申请",
    PetitionKind.CONTEST: "异议",
    PetitionKind.RETURNED_PAPER: "退文",
}
_DECIDED = {
    PetitionDecision.GRANTED: "同意",
    PetitionDecision.REFUSED: "不同意",
    PetitionDecision.LAPSED: "事项已了结，无须再决定",
}


def owe_decision(
    work: Transaction, here: Installation, subject: Obligation, decider: str, origin: str, term: str
) -> Obligation | None:
    """Let an office owe a decision about `subject` within the term `review`, `extension` or `contest`."""
    deadline = term_deadline(here.policies.term(ObligationKind.DECIDE, term), work.now, here.calendar)
    plan = Plan(
        kind=ObligationKind.DECIDE,
        office=decider,
        origin=origin,
        grade=subject.grade,
        issued_at=work.now,
        due_at=deadline.at,
        provisional=deadline.provisional,
        term=deadline.term,
        wake_at=timed(ObligationKind.DECIDE, subject.grade, work.now, deadline.at, here.policies, here.calendar),
        subject_id=subject.id,
    )
    made = make_obligations(
        work, [plan], here.view, policy=policy_id(work.session, here.policies, work.now),
        calendar=here.calendar, circular_id=subject.circular_id,
    )  # fmt: skip
    return work.session.get_one(Obligation, next(iter(made))) if made else None


def end_review(work: Transaction, owed: Obligation, act: Act) -> None:
    """Fulfil what a reviewer owes about an obligation, or withdraw it where there is nothing left to review."""
    statement = select(Obligation).where(
        col(Obligation.subject_id) == owed.id,
        col(Obligation.kind) == ObligationKind.DECIDE,
        col(Obligation.origin).startswith("review:"),
        col(Obligation.status) == Status.PENDING,
    )
    for decision in work.session.scalars(statement).all():
        _end(work, decision, act)


def _end(work: Transaction, decision: Obligation, act: Act) -> None:
    move(work, decision, act)
    work.record("obligation.fulfilled", f"obligation:{decision.id}", {"kind": decision.kind, "act": act})


def superior_inside(here: Installation, office: Office) -> str:
    """Return the code of the superior that decides what an office asks; above the operating office it is that one."""
    superior = here.view.roster.superior_of(office.code)
    return superior.code if superior is not None and superior.code in here.view.roster.inside else (
        here.view.roster.operating
    )  # fmt: skip


def reviewer_inside(here: Installation, owed: Obligation, office: Office) -> str:
    """Return the code of the office that decides about more time: who reviews, else the superior."""
    reviewer = here.view.code_of[owed.reviewer_id] if owed.reviewer_id is not None else None
    return reviewer if reviewer in here.view.roster.inside else superior_inside(here, office)


def ask(
    work: Transaction, here: Installation, owed: Obligation, petition: Petition, decider: str, *, words: str
) -> None:  # fmt: skip
    """Store what an office asks, let its superior owe the decision, and tell it at once what was asked.

    One thing of a kind waits at a time. Raises Refused where one waits already.
    """
    waiting = waiting_petition(work.session, owed, petition.kind)
    if waiting is not None:
        message = f"该事项已有一件{_WORDS[petition.kind]}（编号 {waiting.id}）等待决定。"
        raise Refused(message)
    work.session.add(petition)
    work.session.flush()
    origin = f"{ORIGINS[petition.kind]}:{petition.id}"
    term = "extension" if petition.kind is PetitionKind.EXTENSION else "contest"
    decision = owe_decision(work, here, owed, decider, origin, term)
    if decision is not None:
        asker = here.view.office(owed.office_id).name
        recipient = here.view.roster.audience(decider, Audience.OFFICER, work.now)
        tell(
            work, here.view, decision, recipient, "decision_wanted",
            why=f"{asker}提出{_WORDS[petition.kind]}，由贵单位决定。",
            detail={"reason": words, "reference": f"{_WORDS[petition.kind]}-{petition.id}"},
        )  # fmt: skip


def waiting_petition(session: Session, owed: Obligation, kind: PetitionKind) -> Petition | None:
    """Return what was asked about an obligation and not decided yet."""
    statement = select(Petition).where(
        col(Petition.obligation_id) == owed.id, col(Petition.kind) == kind, col(Petition.decision).is_(None)
    )
    return session.scalars(statement).first()


def need_petition(session: Session, number: int, *kinds: PetitionKind) -> Petition:
    """Return what was asked under this number and waits; raises Refused where there is none, or it was decided."""
    found = session.scalars(select(Petition).where(col(Petition.id) == number).with_for_update()).first()
    named = "或".join(_WORDS[kind] for kind in kinds)
    if found is None or found.kind not in kinds:
        message = f"没有编号为 {number} 的{named}；可用 duban petitions 查看等待决定的申请。"
        raise Refused(message)
    if found.decision is not None:
        at = format_instant(found.decided_at) if found.decided_at else ""
        how = _DECIDED[PetitionDecision(found.decision)]
        message = f"{_WORDS[found.kind]} {number} 已于{at}有结果：{how}，不能再作决定。"
        raise Refused(message)
    return found


def settle(work: Transaction, petition: Petition, decision: PetitionDecision, reason: str) -> None:
    """Note what was decided: before the act on the obligation, which would let what still waits lapse."""
    petition.decision, petition.decided_at = decision.value, work.now
    petition.decided_by, petition.decision_reason = work.actor.name, reason
    work.session.flush()


def fulfil_decision(work: Transaction, petition: Petition) -> None:
    """Fulfil what the decider owed: after the act on the obligation, so that all lock in one order."""
    statement = select(Obligation).where(
        col(Obligation.kind) == ObligationKind.DECIDE,
        col(Obligation.subject_id) == petition.obligation_id,
        col(Obligation.origin) == f"{ORIGINS[petition.kind]}:{petition.id}",
        col(Obligation.status) == Status.PENDING,
    )
    for decision in work.session.scalars(statement).all():
        _end(work, decision, Act.DECIDE)
