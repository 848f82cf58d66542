"""What stops a clock or a reminder for a while: suspending and resuming, acknowledging."""

from __future__ import annotations

from datetime import datetime

from prefect import task

from domain.deadlines import format_due, format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.statuses import Act
from domain.trail import Actor
from models.acknowledging import acknowledge_owed
from models.acting import move, tell
from models.holding import resume as resume_held
from models.holding import start_hold
from models.installation import installation
from models.lookup import need_obligation
from models.obligation import AdjustmentKind
from models.session import transaction
from tasks.outcome import Done, need_reason, officer_of, outcome


@task(name="暂停计时")
def suspend(
    obligation_id: int, reason: str, *, actor: Actor, now: datetime, until: datetime | None = None
) -> Done:  # fmt: skip
    """Stop the clock of an obligation, until a person resumes it or until `until` (aware), at which the sweep does.

    Raises Refused: no reason, no deadline to stop, a last instant that is not ahead, held or ended already.
    """
    need_reason(reason, "暂停计时")
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        move(work, owed, Act.SUSPEND)
        if owed.due_at is None:
            message = "该事项没有时限，无从暂停；请先用 duban extend 给它定一个日期。"
            raise Refused(message)
        if until is not None and until <= now:
            message = f"暂停的截止时间（{format_due(until)}）必须晚于现在。"
            raise Refused(message)
        start_hold(work, owed, AdjustmentKind.SUSPENSION, reason, until=until)
        office = here.view.office(owed.office_id)
        last = format_due(until) if until else ""
        tell(
            work, here.view, owed, officer_of(work, here, office), "suspended", repeat=owed.version,
            why="贵单位的一项事项暂停计时，其间不催办。",
            detail={"reason": reason, "until": last},
        )  # fmt: skip
        payload = {"office": office.code, "reason": without_contacts(reason), "until": until}
        work.record("obligation.suspended", f"obligation:{owed.id}", payload)
        ends = f"至{last.removesuffix('前')}" if last else "，须人工恢复"
        return outcome(owed, office, f"{office.name}的该事项自{format_instant(now)}起暂停计时{ends}。")


@task(name="恢复计时")
def resume(obligation_id: int, reason: str = "", *, actor: Actor, now: datetime) -> Done:
    """Let a suspended clock run again: what was left is left, in a new revision. Raises Refused if none is stopped."""
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        deadline = resume_held(work, here, owed, reason)
        office = here.view.office(owed.office_id)
        return outcome(owed, office, f"{office.name}的该事项已恢复计时，时限为{format_due(deadline.at)}。")


@task(name="知悉")
def acknowledge(obligation_id: int, *, actor: Actor, now: datetime) -> Done:
    """Note that the office knows: reminders that repeat leave it alone for a while, everything higher goes on.

    A second time it lasts from then. Raises Refused: handed in, held or ended already, or nothing to acknowledge.
    """
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        until = acknowledge_owed(work, here, owed)
        office = here.view.office(owed.office_id)
        line = f"{office.name}已知悉，{format_due(until)}不重复催办；逐级告知照常。"
        return outcome(owed, office, line)
