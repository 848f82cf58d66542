"""Closed instructions whose day to look back (回头看) has come: listed, and told to the operators once."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import local_day
from domain.deadlines import format_instant
from domain.offices import Audience
from domain.progress import ProgressState
from models.acting import sound
from models.circular import Circular, Instruction
from models.installation import Installation
from models.obligation import Progress
from models.session import Transaction


def look_backs(session: Session, until: date) -> list[tuple[Progress, Instruction, Circular]]:
    """Return (progress, instruction, circular) of what is to be looked back at by a day and was not yet."""
    statement = (
        select(Progress, Instruction, Circular)
        .join(Instruction, col(Instruction.id) == col(Progress.instruction_id))
        .join(Circular, col(Circular.id) == col(Instruction.circular_id))
        .where(
            col(Progress.look_back_on).is_not(None), col(Progress.look_back_on) <= until,
            col(Progress.looked_back_at).is_(None), col(Progress.state) == ProgressState.CLOSED,
        )
        .order_by(col(Progress.look_back_on), col(Progress.id))
    )  # fmt: skip
    return [(progress, row, circular) for progress, row, circular in session.execute(statement)]


def tell_look_backs(work: Transaction, here: Installation) -> int:
    """Tell the operators of each look-back whose day has come, once for each day that was set."""
    operators = here.view.roster.audience(here.view.roster.operating, Audience.OPERATORS, work.now)
    told = 0
    for progress, instruction, circular in look_backs(work.session, local_day(work.now)):
        office = here.view.office(progress.office_id).name
        closed = format_instant(progress.closed_at) if progress.closed_at else ""
        detail = {
            "office": office, "number": circular.number or "", "title": circular.title,
            "matter": f"任务{instruction.number} {instruction.heading}",
            "reason": f"{closed}销号，定于{progress.look_back_on}回头看。",
        }  # fmt: skip
        cause = f"look-back/{progress.id}/{progress.look_back_on}"
        why = "您负责督办系统值守，销号时定了回头看的日子。"
        told += sound(work, here.view, operators, "look_back_due", cause, detail, why=why)
    return told
