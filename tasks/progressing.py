"""How far each instruction is at each office: recorded, closed, looked back at, taken up again; and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from prefect import task
from sqlalchemy import func, select
from sqlmodel import col

from domain.calendar import local_day
from domain.deadlines import format_day, format_due, format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Office
from domain.progress import ProgressAct, ProgressState
from domain.trail import Actor
from models.acting import tell
from models.circular import Circular, Instruction
from models.circulars import need_circular, need_in_force
from models.completing import owe_completion_again
from models.forwarding import Forwarding
from models.installation import Installation, installation
from models.looking_back import look_backs
from models.lookup import need_office, need_receipt
from models.notice import Firing
from models.obligation import Obligation, Progress
from models.progress import do_progress, need_instruction
from models.session import Transaction, reading, transaction
from tasks.outcome import need_reason, officer_of


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
    number: str, office: str, instruction: str, state: ProgressState, note: str, *, actor: Actor, now: datetime,
    look_back_on: date | None = None,
) -> str:  # fmt: skip
    """Record how far an office is with an instruction, or close it (销号); return one Chinese sentence.

    `look_back_on` is the day to see whether a closed one still holds. Raises Refused: unknown circular, office or
    instruction; the circular was not forwarded there; closed already; a day for what is not closed, or no later day.
    """
    act = _RECORDS.get(state)
    if act is None:
        message = f"进展不能登记为“{state.label}”。"
        raise Refused(message)
    if look_back_on is not None and act is not ProgressAct.CLOSE:
        message = "只有销号时才能定回头看的日子。"
        raise Refused(message)
    if look_back_on is not None and look_back_on <= local_day(now):
        message = f"回头看的日子（{format_day(look_back_on)}）必须晚于今天。"
        raise Refused(message)
    with transaction(actor, now) as work:
        found = _find(work, number, office, instruction)
        more = {"closed_at": now, "look_back_on": look_back_on, "looked_back_at": None}
        extra = more if act is ProgressAct.CLOSE else {}
        do_progress(work, found.row.id or 0, found.office_id, act, note, **extra)
        line = f"{found.office.name}任务“{found.row.number} {found.row.heading}”进展已记为“{state.label}”"
        return line + (f"，定于{format_day(look_back_on)}回头看。" if look_back_on else "。")


_RECORDS = {
    ProgressState.UNDER_WAY: ProgressAct.RECORD_UNDER_WAY,
    ProgressState.DONE: ProgressAct.RECORD_DONE,
    ProgressState.CLOSED: ProgressAct.CLOSE,
}


@dataclass(frozen=True)
class _Found:
    here: Installation
    circular: Circular
    office: Office
    office_id: int
    receipt: Obligation
    row: Instruction


def _find(work: Transaction, number: str, office: str, instruction: str) -> _Found:
    here = installation(work.session)
    circular, where = need_circular(work.session, number), need_office(here, office)
    receipt = need_receipt(work.session, circular, where, here)
    row = need_instruction(work.session, circular, instruction)
    return _Found(here, circular, where, here.view.id_of[where.code], receipt, row)


@task(name="回头看")
def look_back(number: str, office: str, instruction: str, finding: str, *, actor: Actor, now: datetime) -> str:
    """Record what a look back at a closed instruction found; it stays closed.

    Raises Refused: no finding, not closed.
    """
    if not finding.strip():
        message = "回头看必须写明查看的结果。"
        raise Refused(message)
    with transaction(actor, now) as work:
        found = _find(work, number, office, instruction)
        said = without_contacts(finding)
        do_progress(work, found.row.id or 0, found.office_id, ProgressAct.LOOK_BACK, said, looked_back_at=now)
        return f"{found.office.name}任务“{found.row.number} {found.row.heading}”已回头看：{finding}"


@task(name="重新办理")
def reopen(
    number: str, office: str, instruction: str, reason: str, *, actor: Actor, now: datetime,
    due_at: datetime | None = None,
) -> str:  # fmt: skip
    """Take a closed instruction up again, with a reason; with a day (aware) the office owes its completion once more.

    The office is told. Raises Refused: no reason, not closed, the circular is out of force, a day that is not ahead or
    that nothing in the circular asks for.
    """
    need_reason(reason, "重新办理")
    if due_at is not None and due_at <= now:
        message = f"新时限（{format_due(due_at)}）必须晚于现在。"
        raise Refused(message)
    with transaction(actor, now) as work:
        found = _find(work, number, office, instruction)
        need_in_force(work.session, found.circular, "重新办理")
        said = without_contacts(reason)
        ends = {"closed_at": None, "look_back_on": None, "looked_back_at": None}
        do_progress(work, found.row.id or 0, found.office_id, ProgressAct.REOPEN, said, **ends)
        owed = owe_completion_again(work, found.here, found.row, found.office_id, due_at) if due_at else found.receipt
        detail = {"reason": reason, "matter": f"任务{found.row.number} {found.row.heading}"}
        recipient = officer_of(work, found.here, found.office)
        tell(
            work, found.here.view, owed, recipient, "reopened", repeat=_turn(work, owed),
            why="贵单位一项已销号的任务须重新办理。", detail=detail,
        )  # fmt: skip
        line = f"{found.office.name}任务“{found.row.number} {found.row.heading}”已重新办理"
        return line + (f"，应于{format_due(due_at)}完成。" if due_at else "。")


def _turn(work: Transaction, owed: Obligation) -> int:
    """Return how often a reopening was told on an obligation: each is a message of its own."""
    told = select(func.count()).where(col(Firing.obligation_id) == owed.id, col(Firing.rung) == "act:reopened")
    return int(work.session.scalar(told) or 0)


@dataclass(frozen=True)
class LookBack:
    """One closed instruction whose day to look back has come; words are Chinese."""

    number: str
    office: str
    instruction: str
    heading: str
    closed: str
    look_back_on: str
    note: str


@task(name="待回头看")
def look_backs_due(*, now: datetime) -> list[LookBack]:
    """Return what is to be looked back at by now (aware) and was not yet, the longest due first."""
    with reading() as session:
        here = installation(session)
        return [
            LookBack(
                number=circular.number or circular.title, office=here.view.office(progress.office_id).name,
                instruction=row.number, heading=row.heading,
                closed=format_instant(progress.closed_at) if progress.closed_at else "",
                look_back_on=format_day(progress.look_back_on) if progress.look_back_on else "", note=progress.note,
            )
            for progress, row, circular in look_backs(session, local_day(now))
        ]  # fmt: skip


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
        state=_words(own) if own else "",
        note=own.note if own else "",
        updated=format_instant(own.updated_at) if own else "",
    )


def _words(own: Progress) -> str:
    """Return the state of one office, with the look back at what is closed."""
    if own.looked_back_at is not None:
        return f"{own.state.label}（{format_day(local_day(own.looked_back_at))}已回头看）"
    return own.state.label + (f"（{format_day(own.look_back_on)}回头看）" if own.look_back_on else "")
