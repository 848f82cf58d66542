"""An instruction that is taken up again: its office owes the completion in a new turn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from domain.documents import Duty
from domain.errors import Refused
from domain.planning import Plan, timed
from domain.statuses import ObligationKind
from models.circular import Instruction, Requirement
from models.installation import Installation
from models.making import make_obligations, policy_id
from models.obligation import Obligation
from models.session import Transaction


def owe_completion_again(
    work: Transaction, here: Installation, instruction: Instruction, office_id: int, due_at: datetime
) -> Obligation:
    """Let an office owe the completion of an instruction anew, by `due_at` (aware); its origin tells the turn.

    Raises Refused where the circular asks for no completion of it, or one is open still.
    """
    asked = select(col(Requirement.id)).where(
        col(Requirement.instruction_id) == instruction.id, col(Requirement.duty) == Duty.COMPLETE
    )
    statement = select(Obligation).where(
        col(Obligation.kind) == ObligationKind.COMPLETE,
        col(Obligation.office_id) == office_id,
        col(Obligation.requirement_id).in_(asked),
    )
    turns = work.session.scalars(statement.order_by(col(Obligation.id))).all()
    if not turns:
        message = f"公文没有给任务“{instruction.number}”定落实期限，不能另定新的期限；可不写日期，只重新办理。"
        raise Refused(message)
    last = turns[-1]
    if not last.status.is_final:
        message = f"任务“{instruction.number}”的落实事项（编号 {last.id}）尚未办结，不能另立；可延长它的时限。"
        raise Refused(message)
    origin, grade = last.origin.partition("/")[0], last.grade
    plan = Plan(
        kind=ObligationKind.COMPLETE,
        office=here.view.code_of[office_id],
        origin=f"{origin}/{1 + sum(each.origin.partition('/')[0] == origin for each in turns)}",
        grade=grade,
        issued_at=work.now,
        due_at=due_at,
        requirement_id=last.requirement_id,
        reviewer=here.view.code_of[last.reviewer_id] if last.reviewer_id else None,
        wake_at=timed(ObligationKind.COMPLETE, grade, work.now, due_at, here.policies, here.calendar),
    )
    made = make_obligations(
        work, [plan], here.view, policy=policy_id(work.session, here.policies, work.now), calendar=here.calendar,
        circular_id=last.circular_id,
    )  # fmt: skip
    return work.session.get_one(Obligation, next(iter(made)))
