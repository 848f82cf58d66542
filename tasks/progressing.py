"""Recording and reading how far each instruction is at each office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import func, select
from sqlmodel import col

from domain.deadlines import format_instant
from domain.progress import ProgressState
from domain.trail import Actor
from models.circular import Instruction
from models.circulars import need_circular
from models.forwarding import Forwarding
from models.installation import installation
from models.lookup import need_office, need_receipt
from models.obligation import Progress
from models.progress import need_instruction, set_progress
from models.session import reading, transaction


@dataclass(frozen=True)
class InstructionProgress:
    """One instruction of a circular: how many offices are how far, and one office's own state where asked."""

    number: str
    heading: str
    lead_office: str
    #: state -> offices; those without a row have not started
    offices: dict[str, int]
    state: str = ""
    note: str = ""
    updated: str = ""


@task(name="登记进展")
def record_progress(
    number: str, office: str, instruction: str, state: ProgressState, note: str, *, actor: Actor, now: datetime
) -> str:
    """Record how far an office is with an instruction; return one Chinese sentence.

    Raises Refused: unknown circular, office or instruction; the circular was not forwarded there; closed already.
    """
    with transaction(actor, now) as work:
        here = installation(work.session)
        circular, where = need_circular(work.session, number), need_office(here, office)
        need_receipt(work.session, circular, where, here)
        row = need_instruction(work.session, circular, instruction)
        set_progress(work, row.id or 0, here.view.id_of[where.code], state, note)
        return f"{where.name}任务“{row.number} {row.heading}”进展已记为“{state.label}”。"


@task(name="任务进展")
def progress_of_circular(number: str, *, office: str | None = None) -> Sequence[InstructionProgress]:
    """Return the progress of each instruction of a circular over all offices it was forwarded to.

    With `office`, also that office's own state. Raises Refused for an unknown number or office.
    """
    with reading() as session:
        here, circular = installation(session), need_circular(session, number)
        reached = session.scalar(
            select(func.count()).where(
                col(Forwarding.circular_id) == circular.id, col(Forwarding.recalled_at).is_(None)
            )
        )
        counts: dict[int, dict[str, int]] = {}
        statement = (
            select(col(Progress.instruction_id), col(Progress.state), func.count())
            .join(Instruction, col(Instruction.id) == col(Progress.instruction_id))
            .where(col(Instruction.circular_id) == circular.id)
            .group_by(col(Progress.instruction_id), col(Progress.state))
        )
        for instruction, state, count in session.execute(statement):
            counts.setdefault(instruction, {})[state.value] = int(count)
        own = {}
        if office:
            office_id = here.view.id_of[need_office(here, office).code]
            rows = session.scalars(select(Progress).where(col(Progress.office_id) == office_id))
            own = {row.instruction_id: row for row in rows}
        instructions = session.scalars(
            select(Instruction).where(col(Instruction.circular_id) == circular.id).order_by(col(Instruction.id))
        )
        return [
            _shown(row, counts.get(row.id or 0, {}), own.get(row.id or 0), int(reached or 0)) for row in instructions
        ]


def _shown(row: Instruction, counts: dict[str, int], own: Progress | None, reached: int) -> InstructionProgress:
    started = sum(count for state, count in counts.items() if state != ProgressState.NOT_STARTED)
    offices = {state.value: counts.get(state.value, 0) for state in ProgressState}
    offices[ProgressState.NOT_STARTED.value] = max(reached - started, 0)
    return InstructionProgress(
        number=row.number,
        heading=row.heading,
        lead_office=row.lead_office or "",
        offices=offices,
        state=own.state.label if own else "",
        note=own.note if own else "",
        updated=format_instant(own.updated_at) if own else "",
    )
