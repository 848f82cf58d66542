"""More time: given outright by an operator, or asked for by the office and decided by who reviews it."""

from __future__ import annotations

from datetime import datetime

from prefect import task

from domain.deadlines import Deadline, format_due
from domain.errors import Refused
from domain.extensions import check_in_time, check_new_day
from domain.masking import without_contacts
from domain.statuses import Act
from domain.trail import Actor
from models.acting import move, tell
from models.adjusting import set_due
from models.asking import ask_more_time, cap, decider_of, given
from models.deciding import fulfil_decision, need_petition, settle, waiting_petition
from models.installation import Installation, installation
from models.lookup import need_obligation
from models.obligation import AdjustmentKind, Obligation
from models.petition import Petition, PetitionDecision, PetitionKind
from models.session import Transaction, transaction
from tasks.outcome import Done, need_reason, officer_of, outcome


@task(name="延期")
def extend(obligation_id: int, due_at: datetime, reason: str, *, actor: Actor, now: datetime) -> Done:
    """Give an office more time, before its deadline and never after it; what has no date yet is dated by it.

    `due_at` is the new deadline, aware. Raises Refused: no reason, past due, not later than before, more than the cap
    allows, asked for by the office itself (that is decided), ended or held.
    """
    need_reason(reason, "延期")
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        move(work, owed, Act.EXTEND)
        check_in_time(owed.due_at, now)
        check_new_day(owed.due_at, due_at, now, given(work.session, owed), cap(here))
        waiting = waiting_petition(work.session, owed, PetitionKind.EXTENSION)
        if waiting is not None:
            message = f"该单位已申请延期（编号 {waiting.id}），请用 duban decide-extension {waiting.id} 作出决定。"
            raise Refused(message)
        return _extended(work, here, owed, due_at, reason)


def _extended(
    work: Transaction, here: Installation, owed: Obligation, due_at: datetime, reason: str,
    petition_id: int | None = None,
) -> Done:  # fmt: skip
    set_due(work, here, owed, Deadline(due_at), AdjustmentKind.EXTENSION, reason, petition_id=petition_id)
    office = here.view.office(owed.office_id)
    tell(
        work, here.view, owed, officer_of(work, here, office), "extension_decided", why="贵单位一项事项的时限有变。",
        detail={"reason": reason, "due": format_due(due_at)},
    )  # fmt: skip
    line = f"{office.name}的时限已延至{format_due(due_at)}。"
    return outcome(owed, office, line, petition_id=petition_id)


@task(name="申请延期")
def ask_extension(
    obligation_id: int, due_at: datetime, progress: str, reason: str, *, actor: Actor, now: datetime
) -> Done:
    """Ask for more time, before the deadline: how far the work is, the new deadline (aware) and why.

    Nothing moves by asking: the ladder goes on, silence is no consent. Who reviews it, else the superior, owes the
    decision. Raises Refused: no progress or reason, past due, a day that could not be given, one asked for already.
    """
    need_reason(reason, "申请延期")
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        petition = ask_more_time(work, here, owed, due_at, progress, reason)
        office, decider = here.view.office(owed.office_id), decider_of(here, petition, owed)
        line = (
            f"{office.name}的延期申请（编号 {petition.id}）已交{here.view.roster[decider].name}决定；决定前原时限不变。"
        )
        return outcome(owed, office, line, petition_id=petition.id)


@task(name="决定延期")
def decide_extension(
    petition_id: int, *, grant: bool, actor: Actor, now: datetime, reason: str = "", due_at: datetime | None = None
) -> Done:
    """Grant more time (`due_at` where it is another day than asked for) or refuse it, with a reason.

    What was asked in time counts, also if it is decided after the deadline. Raises Refused: nothing waits under this
    number, no reason for a refusal, a day that cannot be given, the obligation is held.
    """
    if not grant:
        need_reason(reason, "不予延期")
    with transaction(actor, now) as work:
        here, petition = installation(work.session), need_petition(work.session, petition_id, PetitionKind.EXTENSION)
        owed = need_obligation(work.session, petition.obligation_id)
        had, before = given(work.session, owed), owed.due_at
        settle(work, petition, PetitionDecision.GRANTED if grant else PetitionDecision.REFUSED, reason)
        move(work, owed, Act.GRANT_EXTENSION if grant else Act.REFUSE_EXTENSION)
        if grant:
            new = due_at or petition.wanted_due_at or now
            check_new_day(before, new, now, had, cap(here))
            done = _extended(work, here, owed, new, reason or petition.reason, petition.id)
        else:
            done = _refused(work, here, owed, petition, reason)
        fulfil_decision(work, petition)
        payload = {"petition": petition.id, "granted": grant, "due_at": owed.due_at, "reason": without_contacts(reason)}
        work.record("extension.decided", f"obligation:{owed.id}", payload)
        return done


def _refused(work: Transaction, here: Installation, owed: Obligation, petition: Petition, reason: str) -> Done:
    office = here.view.office(owed.office_id)
    tell(
        work, here.view, owed, officer_of(work, here, office), "extension_decided", repeat=petition.id or 0,
        why="贵单位申请延期的事项已有决定。", detail={"reason": f"不予延期：{reason}", "refused": "1"},
    )  # fmt: skip
    return outcome(owed, office, f"{office.name}的延期申请未获同意，原时限不变。", petition_id=petition.id)
