"""Storing what reading found in a circular: its instructions, its requirements, whom it addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from domain.chain import Addressees, resolve_name
from domain.deadlines import HolidayRule
from domain.documents import CircularDraft, InstructionDraft, Span
from domain.offices import Office
from models.circular import Instruction, NextPeriod, Requirement
from models.forwarding import OutsideAddressee
from models.installation import Installation
from models.obligation import Progress
from models.session import Transaction
from models.statements import insert_new

#: Where the paragraphs of a circular stand, and the ids of their rows.
Paragraphs = list[tuple[Span, int]]


def store_instructions(
    session: Session, circular_id: int, drafts: Sequence[InstructionDraft], parent: Instruction | None = None
) -> Paragraphs:
    """Insert instructions depth first; a repeated number gets a running mark, so that none is lost."""
    stored, used = Paragraphs(), set[str]()
    for draft in drafts:
        row = Instruction(
            circular_id=circular_id,
            parent_id=parent.id if parent else None,
            number=_free(f"{parent.number}/{draft.number}" if parent else draft.number, used),
            heading=draft.heading,
            text=draft.text,
            lead_office=draft.lead_office,
            supporting_offices=list(draft.supporting_offices),
        )
        session.add(row)
        session.flush()
        stored.append((draft.span, row.id or 0))
        stored += store_instructions(session, circular_id, draft.children, row)
    return stored


def _free(number: str, used: set[str]) -> str:
    candidate, repeat = number, 1
    while candidate in used:
        repeat += 1
        candidate = f"{number}#{repeat}"
    used.add(candidate)
    return candidate


def goes_to(name: str | None, here: Installation, issuer: str | None) -> Office | None:
    """Return the office that `deliver_to` names in a circular of `issuer`; None where nobody knows it."""
    return resolve_name(name, here.view.roster, issuer, issuer=issuer) if name else None


def store_requirements(
    session: Session, circular_id: int, draft: CircularDraft, here: Installation, issuer: str | None,
    paragraphs: Paragraphs,
) -> int:  # fmt: skip
    """Insert the requirements, each tied to the innermost paragraph that holds its sentence; return how many."""
    for ordinal, each in enumerate((each.as_stated() for each in draft.requirements), start=1):
        office = goes_to(each.deliver_to, here, issuer)
        session.add(
            Requirement(
                circular_id=circular_id, ordinal=ordinal, text=each.text, duty=each.duty, kind=each.kind,
                due_on=each.due_on, due_time=each.due_time, rrule=each.rrule, starts_on=each.starts_on,
                workdays=each.workdays, days=each.days, **defer_columns(each.holiday_rule), deliver_to=each.deliver_to,
                deliver_to_id=here.view.optional_id(office.code if office else None), responsible=each.responsible,
                instruction_id=_holder(each.span, paragraphs),
            )
        )  # fmt: skip
    session.flush()
    return len(draft.requirements)


def defer_columns(rule: HolidayRule | None) -> dict[str, Any]:
    """Return the columns that keep how a circular defers a due day; None: it stays."""
    return {"defer_workdays": rule.workdays if rule else None, "defer_time": rule.clock if rule else None}


def _holder(span: Span, paragraphs: Paragraphs) -> int | None:
    holding = [(end - start, number) for (start, end), number in paragraphs if start <= span[0] and span[1] <= end]
    return min(holding)[1] if holding else None


def store_outside(work: Transaction, circular_id: int, addressees: Addressees) -> None:
    """Record the groups beyond the roster and the names nobody resolved; nothing is dropped."""
    rows = [
        {"circular_id": circular_id, "phrase": phrase, "resolved": resolved}
        for phrase, resolved in _phrases(addressees)
    ]
    insert_new(work.session, OutsideAddressee, rows, col(OutsideAddressee.id))


def _phrases(addressees: Addressees) -> Iterator[tuple[str, bool]]:
    for group in addressees.groups:
        if group.outside:
            yield group.phrase, True
    for phrase in addressees.unresolved:
        yield phrase, False


def remove_contents(session: Session, circular_id: int) -> None:
    """Take away what reading found in a circular that nobody owes anything under yet."""
    requirements = select(col(Requirement.id)).where(col(Requirement.circular_id) == circular_id)
    instructions = select(col(Instruction.id)).where(col(Instruction.circular_id) == circular_id)
    session.execute(delete(NextPeriod).where(col(NextPeriod.requirement_id).in_(requirements)))
    session.execute(delete(Requirement).where(col(Requirement.circular_id) == circular_id))
    session.execute(delete(Progress).where(col(Progress.instruction_id).in_(instructions)))
    session.execute(update(Instruction).where(col(Instruction.circular_id) == circular_id).values(parent_id=None))
    session.execute(delete(Instruction).where(col(Instruction.circular_id) == circular_id))
    session.execute(delete(OutsideAddressee).where(col(OutsideAddressee.circular_id) == circular_id))
