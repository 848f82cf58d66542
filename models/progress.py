"""Progress of one instruction at one office: moved by reports and by people; closing stays an act of its own."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import Refused
from domain.progress import ProgressState
from models.circular import Circular, Instruction
from models.obligation import Progress
from models.session import Transaction


def progress_of(session: Session, instruction_id: int, office_id: int) -> Progress | None:
    """Return the progress row of an instruction at an office; none: not started."""
    statement = select(Progress).where(
        col(Progress.instruction_id) == instruction_id, col(Progress.office_id) == office_id
    )
    return session.scalars(statement).first()


def set_progress(work: Transaction, instruction_id: int, office_id: int, state: ProgressState, note: str) -> Progress:
    """Set state and note of an instruction at an office, audited. Raises Refused where it is closed."""
    row = progress_of(work.session, instruction_id, office_id)
    if row is None:
        row = Progress(instruction_id=instruction_id, office_id=office_id, updated_at=work.now)
    elif row.state is ProgressState.CLOSED:
        message = "该任务在该单位已销号，不能再改进展。"
        raise Refused(message)
    row.state, row.note, row.updated_at = state, note, work.now
    work.session.add(row)
    payload = {"office": office_id, "state": state, "note": note}
    work.record("progress.updated", f"instruction:{instruction_id}", payload)
    return row


def advance(work: Transaction, instruction_id: int | None, office_id: int, state: ProgressState, note: str) -> None:
    """Let a report move an instruction forward, never back, and never one that is closed."""
    if instruction_id is None:
        return
    row = progress_of(work.session, instruction_id, office_id)
    if row is not None and (row.state is ProgressState.CLOSED or state.is_behind(row.state)):
        return
    set_progress(work, instruction_id, office_id, state, note)


def need_instruction(session: Session, circular: Circular, number: str) -> Instruction:
    """Return an instruction by its printed number (三, 二/（一）); raises Refused that names those there are."""
    rows = session.scalars(
        select(Instruction).where(col(Instruction.circular_id) == circular.id).order_by(col(Instruction.id))
    ).all()
    for row in rows:
        if row.number == number.strip():
            return row
    known = "、".join(row.number for row in rows[:12]) or "（没有）"
    message = f"公文“{circular.number}”没有编号为“{number}”的任务；已有：{known}。"
    raise Refused(message)
