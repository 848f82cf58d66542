"""Doing what a mail asks for: the acts of every other door, as the officer who wrote or the operator who reads it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import col

from domain.answering import Order, missing_of_alert
from domain.deadlines import format_due
from domain.errors import Refused
from domain.inbound import InboundKind
from domain.offices import Office
from domain.statuses import Act, ObligationKind
from models.acknowledging import acknowledge_owed
from models.acting import move
from models.asking import ask_more_time, contest_owed, decider_of, send_back
from models.circular import Circular, Requirement
from models.installation import Installation
from models.notice import Firing, FiringRecipient
from models.obligation import Obligation, UrgentCase
from models.occurrences import hand_in_on_occurrence
from models.petition import Petition
from models.raising import Alert, follow_up_case, raise_case, superior_told
from models.receiving import receipt_number, receive_paper
from models.reporting import hand_in
from models.session import Transaction
from models.urgent import levels_of

#: What an act is confirmed by to the office, where it is.
_CONFIRMATIONS = ("receipt_confirmed", "report_received")


@dataclass(frozen=True, slots=True)
class Performed:
    """What was done, in one sentence, and to what."""

    message: str
    obligation_id: int | None = None


def perform(work: Transaction, here: Installation, office: Office, owed: Obligation, order: Order) -> Performed:
    """Do to what an office owes what a mail asks for. Raises Refused, as the same act by any other door does."""
    act = {
        InboundKind.RECEIPT: _receive,
        InboundKind.REPORT: _hand_in,
        InboundKind.ACKNOWLEDGEMENT: _acknowledge,
        InboundKind.EXTENSION_REQUEST: _ask_more_time,
        InboundKind.CONTEST: _contest,
        InboundKind.RETURNED_PAPER: _send_back,
    }[order.kind]
    return Performed(act(work, here, office, owed, order), owed.id)


def _receive(work: Transaction, here: Installation, office: Office, owed: Obligation, _order: Order) -> str:
    circular = _circular(work, owed)
    receipt = receive_paper(work, here, circular, office)
    return f"已签收“{circular.number or circular.title}”，回执号 {receipt_number(receipt)}。"


def _circular(work: Transaction, owed: Obligation) -> Circular:
    return work.session.get_one(Circular, owed.circular_id)


def _hand_in(work: Transaction, here: Installation, _office: Office, owed: Obligation, order: Order) -> str:
    late = hand_in(work, here, owed, order.text, order.attachments)
    files = f"，附件 {len(order.attachments)} 个" if order.attachments else ""
    return f"报送已收到{files}，等待审核{'（逾期报送）' if late else ''}。"


def _acknowledge(work: Transaction, here: Installation, _office: Office, owed: Obligation, _order: Order) -> str:
    until = acknowledge_owed(work, here, owed)
    return f"已登记知悉，{format_due(until)}不重复催办；逐级告知照常。"


def _ask_more_time(work: Transaction, here: Installation, _office: Office, owed: Obligation, order: Order) -> str:
    if order.wanted is None:
        message = "没有写明希望延至的日期。"
        raise Refused(message)
    petition = ask_more_time(work, here, owed, order.wanted, order.progress, order.reason)
    asked = f"延期申请（编号 {petition.id}，希望延至{format_due(order.wanted)}）"
    return f"{asked}已交{_decider(here, petition, owed)}决定；决定前原时限不变。"


def _decider(here: Installation, petition: Petition, owed: Obligation) -> str:
    return here.view.roster[decider_of(here, petition, owed)].name


def _contest(work: Transaction, here: Installation, _office: Office, owed: Obligation, order: Order) -> str:
    petition = contest_owed(work, here, owed, order.reason)
    return f"异议（编号 {petition.id}）已交{_decider(here, petition, owed)}裁决，裁决前不催办。"


def _send_back(work: Transaction, here: Installation, office: Office, owed: Obligation, order: Order) -> str:
    if order.flaw is None:
        message = "没有写明退文原因（发错单位、无法辨读或文件有误）。"
        raise Refused(message)
    _, petition = send_back(work, here, _circular(work, owed), office, order.flaw, order.reason)
    return f"退文（编号 {petition.id}）已交{_decider(here, petition, owed)}裁决，裁决前不催办。"


def report_on_occurrence(
    work: Transaction, here: Installation, office: Office, requirement: Requirement, order: Order
) -> Performed:
    """Take a report that nobody owes. Raises Refused where the circular was not forwarded to the office."""
    receipt, running = hand_in_on_occurrence(work, here, requirement, office, order.text, order.attachments)
    return Performed(f"第 {running} 次随时报送已收到。", receipt.id)


def raise_alert(work: Transaction, here: Installation, office: Office, order: Order) -> Performed:
    """Raise an urgent report. Raises Refused where it lacks a word it needs, or the report cannot be raised."""
    missing = missing_of_alert(order)
    if missing or order.severity is None or order.occurred_at is None:
        message = f"紧急信息{missing}。"
        raise Refused(message)
    alert = Alert(
        title=order.title, text=order.text, severity=order.severity, occurred_at=order.occurred_at,
        learned_at=order.learned_at or order.occurred_at,
    )  # fmt: skip
    case, is_new = raise_case(work, here, office, alert)
    if not is_new:
        return Performed(f"该紧急信息此前已上报（编号 {case.id}），未重复发送。")
    told = superior_told(here, office).name
    return Performed(f"紧急信息（编号 {case.id}，{order.severity.label}）已报{told}。")


def go_on_with_case(work: Transaction, here: Installation, office: Office, case: UrgentCase, order: Order) -> Performed:
    """Take what answers the mails of a case: a response of a level that has it, a follow-up of who reported it.

    Raises Refused where the office owes no response and has not reported the case, or it is closed.
    """
    if order.kind in (InboundKind.RECEIPT, InboundKind.ACKNOWLEDGEMENT):
        return _respond(work, here, office, case)
    if here.view.id_of[office.code] != case.office_id:
        message = f"紧急信息 {case.id} 不是{office.name}上报的，不能续报。"
        raise Refused(message)
    return Performed(follow_up_case(work, here, case, order.text, final=order.final))


def _respond(work: Transaction, here: Installation, office: Office, case: UrgentCase) -> Performed:
    for owed in levels_of(work, case):
        if owed.kind is ObligationKind.RESPOND and owed.office_id == here.view.id_of[office.code]:
            move(work, owed, Act.RESPOND)
            payload = {"kind": owed.kind, "office": office.code}
            work.record("obligation.fulfilled", f"obligation:{owed.id}", payload)
            return Performed(f"已登记对紧急信息 {case.id} 的回应；须续转的请照常续转。", owed.id)
    message = f"紧急信息 {case.id} 目前不需要{office.name}回应。"
    raise Refused(message)


def is_confirmed(work: Transaction, done: Performed, address: str) -> bool:
    """Tell whether the act itself confirms to this address that it was taken, in this transaction."""
    statement = (
        select(func.count())
        .select_from(Firing)
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .where(
            col(Firing.obligation_id) == done.obligation_id,
            col(Firing.kind).in_(_CONFIRMATIONS),
            col(Firing.fired_at) == work.now,
            func.lower(col(FiringRecipient.address)) == address.lower(),
        )
    )
    return done.obligation_id is not None and bool(work.session.scalar(statement))
