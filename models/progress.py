"""Progress of one instruction at one office: moved by reports and by people; closing stays an act of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import Refused
from domain.progress import ProgressAct, ProgressState, progressed
from models.circular import Circular, Instruction
from models.obligation import Progress
from models.session import Transaction
from models.statements import insert_new


def progress_of(session: Session, instruction_id: int, office_id: int) -> Progress | None:
    """Return the progress row of an instruction at an office; none: not started."""
    return session.scalars(_rows(instruction_id, office_id)).first()


def _rows(instruction_id: int, office_id: int) -> Any:
    return select(Progress).where(col(Progress.instruction_id) == instruction_id, col(Progress.office_id) == office_id)


def do_progress(
    work: Transaction, instruction_id: int, office_id: int, act: ProgressAct, note: str, **values: Any
) -> Progress:  # fmt: skip
    """Do an act on an instruction at an office, as the table of `domain.progress` has it; audited.

    `values` are further columns. A row is made where there is none; the row is locked, so that two at once take turns.
    Raises Refused where the act is not allowed.
    """
    row = {"instruction_id": instruction_id, "office_id": office_id, "state": ProgressState.NOT_STARTED, "note": "",
           "updated_at": work.now}  # fmt: skip
    insert_new(work.session, Progress, [row], col(Progress.id))
    locked = _rows(instruction_id, office_id).with_for_update().execution_options(populate_existing=True)
    progress: Progress = work.session.scalars(locked).one()
    before, progress.state = progress.state, progressed(progress.state, act)
    if act in (ProgressAct.REPORT, ProgressAct.ACCEPT) and progress.state is before:
        return progress  # a report says nothing new about what lies further on
    progress.updated_at = work.now
    if act is not ProgressAct.LOOK_BACK:
        progress.note = note
    for name, value in values.items():
        setattr(progress, name, value)
    payload = {"office": office_id, "act": act, "state": progress.state, "note": note} | values
    work.record(_RECORDED[act], f"instruction:{instruction_id}", payload)
    return progress


_RECORDED = dict.fromkeys(ProgressAct, "progress.updated") | {
    ProgressAct.CLOSE: "instruction.closed",
    ProgressAct.LOOK_BACK: "instruction.looked_back",
    ProgressAct.REOPEN: "instruction.reopened",
}


def advance(work: Transaction, instruction_id: int | None, office_id: int, act: ProgressAct, note: str) -> None:
    """Let a report move an instruction forward, never back, and never one that is closed."""
    if instruction_id is not None:
        do_progress(work, instruction_id, office_id, act, note)


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
