"""How a locality says no: it contests what it owes, or sends the whole paper back; its superior decides."""

from __future__ import annotations

from datetime import datetime

from prefect import task

from domain.deadlines import Deadline, format_due
from domain.errors import Refused
from domain.flaws import Flaw
from domain.masking import without_contacts
from domain.statuses import Act
from domain.trail import Actor
from models.acting import move, tell
from models.adjusting import set_due
from models.asking import contest_owed, decider_of, send_back
from models.circular import Circular
from models.circulars import need_circular
from models.deciding import fulfil_decision, need_petition, settle
from models.holding import dismiss
from models.installation import Installation, installation
from models.lookup import need_obligation, need_office
from models.obligation import AdjustmentKind, Obligation
from models.petition import Petition, PetitionDecision, PetitionKind
from models.recalls import lock_making, take_back_from
from models.restating import owe_apart
from models.returned import held_by
from models.session import Transaction, transaction
from tasks.outcome import Done, need_reason, officer_of, outcome


@task(name="提出异议")
def contest(obligation_id: int, reason: str, *, actor: Actor, now: datetime) -> Done:
    """Say that something is not ours, or impossible by then; until the superior has decided, the ladder is held.

    Within 2 working days of the office's receipt (or of what was made later), of the instant receipt was due where it
    was not confirmed. Raises Refused: no reason, too late, held or ended already.
    """
    need_reason(reason, "提出异议")
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        petition = contest_owed(work, here, owed, reason)
        office, decider = here.view.office(owed.office_id), decider_of(here, petition, owed)
        line = f"{office.name}的异议（编号 {petition.id}）已交{here.view.roster[decider].name}裁决，裁决前不催办。"
        return outcome(owed, office, line, petition_id=petition.id)


@task(name="裁决异议")
def decide_contest(
    petition_id: int, *, uphold: bool, reason: str, actor: Actor, now: datetime, due_at: datetime | None = None
) -> Done:
    """Decide a contest: upheld, the office is released; dismissed, the matter goes on, by a new day where one is given.

    `due_at` is aware. Raises Refused: nothing waits under this number, no reason, a new day that is not ahead.
    """
    need_reason(reason, "裁决异议")
    with transaction(actor, now) as work:
        here, petition = installation(work.session), need_petition(work.session, petition_id, PetitionKind.CONTEST)
        owed = need_obligation(work.session, petition.obligation_id)
        settle(work, petition, PetitionDecision.GRANTED if uphold else PetitionDecision.REFUSED, reason)
        if uphold:
            move(work, owed, Act.UPHOLD)
        else:
            _go_on(work, here, owed, petition, reason, due_at)
        fulfil_decision(work, petition)
        done = _tell(work, here, owed, petition, uphold=uphold, reason=reason)
        _record(work, petition, uphold=uphold, reason=reason)
        return done


def _go_on(
    work: Transaction, here: Installation, owed: Obligation, petition: Petition, reason: str, due_at: datetime | None
) -> None:
    if due_at is None:
        dismiss(work, here, owed)
        return
    if due_at <= work.now:
        message = f"新时限（{format_due(due_at)}）必须晚于现在。"
        raise Refused(message)
    move(work, owed, Act.DISMISS)
    set_due(work, here, owed, Deadline(due_at), AdjustmentKind.HOLD, reason, petition_id=petition.id)


def _tell(
    work: Transaction, here: Installation, owed: Obligation, petition: Petition, *, uphold: bool, reason: str
) -> Done:
    office = here.view.office(owed.office_id)
    paper = petition.kind is PetitionKind.RETURNED_PAPER
    what = "退文" if paper else "异议"
    result = f"{what}{'成立' if uphold else '不成立'}"
    due = format_due(owed.due_at, provisional=owed.provisional) if owed.due_at else ""
    tell(
        work, here.view, owed, officer_of(work, here, office), "contest_decided", repeat=petition.id or 0,
        why=f"贵单位提出的{what}已有裁决。",
        detail={"reason": f"{result}：{reason}", "upheld": "1" if uphold else "", "due": due},
    )  # fmt: skip
    ended = "此件及其事项已撤回" if paper else "该事项免办"
    line = f"{office.name}的{result}，{ended if uphold else '照常办理'}。"
    return outcome(owed, office, line, petition_id=petition.id)


def _record(work: Transaction, petition: Petition, *, uphold: bool, reason: str) -> None:
    payload = {"petition": petition.id, "upheld": uphold, "reason": without_contacts(reason)}
    act = "paper.decided" if petition.kind is PetitionKind.RETURNED_PAPER else "contest.decided"
    work.record(act, f"obligation:{petition.obligation_id}", payload)


@task(name="退回来文")
def return_paper(number: str, office: str, flaw: Flaw, reason: str, *, actor: Actor, now: datetime) -> Done:
    """Send the whole paper back: all that the office owes under it is held until the superior has decided.

    Before receipt or within 2 working days of it. Raises Refused: no reason, not sent there, too late, passed on
    already, sent back already.
    """
    need_reason(reason, "退回来文")
    with transaction(actor, now) as work:
        here = installation(work.session)
        circular, sender = need_circular(work.session, number), need_office(here, office)
        receipt, petition = send_back(work, here, circular, sender, flaw, reason)
        decider = decider_of(here, petition, receipt)
        line = f"{sender.name}的退文（编号 {petition.id}）已交{here.view.roster[decider].name}裁决，裁决前不催办。"
        return outcome(receipt, sender, line, petition_id=petition.id)


@task(name="裁决退文")
def decide_paper(petition_id: int, *, accepted: bool, reason: str, actor: Actor, now: datetime) -> Done:
    """Decide about a paper sent back: taken back, the office owes nothing under it any more, now or in later periods.

    Rejected, all goes on where it stood. Raises Refused: nothing waits under this number, no reason.
    """
    need_reason(reason, "裁决退文")
    with transaction(actor, now) as work:
        here = installation(work.session)
        petition = need_petition(work.session, petition_id, PetitionKind.RETURNED_PAPER)
        receipt = need_obligation(work.session, petition.obligation_id)
        settle(work, petition, PetitionDecision.GRANTED if accepted else PetitionDecision.REFUSED, reason)
        circular = work.session.get_one(Circular, receipt.circular_id)
        # Whoever withdraws the circular meanwhile locks it first too: then the order of the rows does not matter.
        lock_making(work.session, circular)
        fulfil_decision(work, petition)
        if accepted:
            owe_apart(work, here, take_back_from(work, circular, {receipt.office_id}))
        for owed in [] if accepted else held_by(work.session, petition):
            dismiss(work, here, owed)
        work.session.refresh(receipt)
        done = _tell(work, here, receipt, petition, uphold=accepted, reason=reason)
        _record(work, petition, uphold=accepted, reason=reason)
        return done
