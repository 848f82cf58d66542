"""How a locality says no: it contests what it owes, or sends the whole paper back; its superior decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from prefect import task
from sqlmodel import Session

from domain.deadlines import Deadline, format_due, workday_term
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Office
from domain.statuses import Act
from domain.trail import Actor
from models.acting import move, tell
from models.adjusting import set_due
from models.circular import Circular
from models.circulars import need_circular
from models.deciding import ask, fulfil_decision, need_petition, settle, superior_inside
from models.holding import dismiss, start_hold
from models.installation import Installation, calendar_of, installation
from models.lookup import need_obligation, need_office, need_receipt
from models.obligation import AdjustmentKind, Obligation
from models.petition import Petition, PetitionDecision, PetitionKind
from models.recalls import lock_making, passed_on_by, take_back_from
from models.restating import owe_apart
from models.returned import held_by, hold_paper
from models.session import Transaction, transaction
from tasks.outcome import Done, need_reason, officer_of, outcome


class Flaw(StrEnum):
    """What is wrong with a paper that is sent back."""

    WRONG_ADDRESSEE = "wrong-addressee"
    UNREADABLE = "unreadable"
    WRONG_FILE = "wrong-file"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _FLAWS[self]


_FLAWS = {
    Flaw.WRONG_ADDRESSEE: "发错单位",
    Flaw.UNREADABLE: "无法辨读",
    Flaw.WRONG_FILE: "文件有误",
}


@task(name="提出异议")
def contest(obligation_id: int, reason: str, *, actor: Actor, now: datetime) -> Done:
    """Say that something is not ours, or impossible by then; until the superior has decided, the ladder is held.

    Within 2 working days of the office's receipt (or of what was made later), of the instant receipt was due where it
    was not confirmed. Raises Refused: no reason, too late, held or ended already.
    """
    need_reason(reason, "提出异议")
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        move(work, owed, Act.CONTEST)
        office = here.view.office(owed.office_id)
        _check_in_time(work.session, here, owed, office, now)
        petition = Petition(
            kind=PetitionKind.CONTEST, obligation_id=owed.id or 0, reason=reason, asked_at=now, asked_by=actor.name
        )
        decider = superior_inside(here, office)
        ask(work, here, owed, petition, decider, words=f"异议理由：{reason}")
        start_hold(work, owed, AdjustmentKind.HOLD, reason, petition_id=petition.id)
        payload = {
            "office": office.code, "petition": petition.id, "decider": decider, "reason": without_contacts(reason),
        }  # fmt: skip
        work.record("obligation.contested", f"obligation:{owed.id}", payload)
        line = f"{office.name}的异议（编号 {petition.id}）已交{here.view.roster[decider].name}裁决，裁决前不催办。"
        return outcome(owed, office, line, petition_id=petition.id)


def _check_in_time(session: Session, here: Installation, owed: Obligation, office: Office, now: datetime) -> None:
    circular = session.get(Circular, owed.circular_id) if owed.circular_id else None
    if circular is None:
        return
    receipt = need_receipt(session, circular, office, here)
    limit = _limit(session, here, receipt, owed.made_at)
    if now >= limit:
        days = here.policies.limit("contest_workdays")
        message = f"异议须在签收后 {days} 个工作日内提出，已于{format_due(limit)}截止；可申请延期或请上级免办。"
        raise Refused(message)


def _limit(session: Session, here: Installation, receipt: Obligation, made_at: datetime) -> datetime:
    """Return until when an office may say no: from its receipt, else from when receipt was due."""
    received_at = receipt.ended_at
    if received_at is None and receipt.due_at is not None:
        # 24:00 of a day is that day's: silence gains nothing
        received_at = receipt.due_at - timedelta.resolution
    days = here.policies.limit("contest_workdays")
    calendar = calendar_of(session, receipt.calendar_digest)
    return workday_term(max(received_at or made_at, made_at), days, calendar).at


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
        receipt = need_receipt(work.session, circular, sender, here)
        _check_return(work, here, circular, sender, receipt)
        petition = Petition(
            kind=PetitionKind.RETURNED_PAPER, obligation_id=receipt.id or 0, reason=f"{flaw.label}：{reason}",
            asked_at=now, asked_by=actor.name,
        )  # fmt: skip
        decider = superior_inside(here, sender)
        ask(work, here, receipt, petition, decider, words=f"退文原因：{petition.reason}")
        held = hold_paper(work, petition, circular.id or 0, receipt.office_id)
        payload = {
            "office": sender.code, "petition": petition.id, "decider": decider, "flaw": flaw, "held": held,
            "reason": without_contacts(reason),
        }  # fmt: skip
        work.record("paper.returned", f"obligation:{receipt.id}", payload)
        line = f"{sender.name}的退文（编号 {petition.id}）已交{here.view.roster[decider].name}裁决，裁决前不催办。"
        return outcome(receipt, sender, line, petition_id=petition.id)


def _check_return(
    work: Transaction, here: Installation, circular: Circular, office: Office, receipt: Obligation
) -> None:
    if receipt.status.is_final and receipt.ended_at is not None:
        limit = _limit(work.session, here, receipt, receipt.made_at)
        if work.now >= limit:
            days = here.policies.limit("contest_workdays")
            message = f"退文须在签收后 {days} 个工作日内提出，已于{format_due(limit)}截止。"
            raise Refused(message)
    if passed_on_by(work.session, circular, receipt.office_id):
        message = f"{office.name}已将该文续转，请先撤回转发（duban recall），再退回来文。"
        raise Refused(message)


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
