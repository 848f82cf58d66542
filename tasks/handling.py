"""What people do to obligations: receive, report, accept, return, waive; each act one guarded transaction."""

from __future__ import annotations

from datetime import datetime

from prefect import task
from sqlalchemy import select
from sqlmodel import col

from domain.deadlines import Deadline, format_due, format_instant, workday_term
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Office
from domain.progress import ProgressAct
from domain.statuses import Act, ObligationKind, Status
from domain.trail import Actor
from models.acting import move, tell
from models.adjusting import set_due
from models.circular import Requirement
from models.circulars import need_circular
from models.deciding import end_review
from models.installation import Installation, calendar_of, installation
from models.lookup import need_obligation, need_office, need_owed
from models.making import term_of
from models.obligation import AdjustmentKind, Obligation, Report
from models.occurrences import hand_in_on_occurrence, occurrence_asked
from models.receiving import receipt_number, receive_paper
from models.reporting import hand_in, move_progress, rounds
from models.session import Transaction, transaction
from tasks.outcome import Done, need_reason, officer_of, outcome


@task(name="签收")
def receive(number: str, office: str, *, actor: Actor, now: datetime) -> Done:
    """Record an office's receipt of a circular, date the terms that run from it, and confirm it to the officer.

    Raises Refused: unknown number or office, not addressed, received already.
    """
    with transaction(actor, now) as work:
        here = installation(work.session)
        circular, receiver = need_circular(work.session, number), need_office(here, office)
        receipt = receive_paper(work, here, circular, receiver)
        line = f"{receiver.name}已签收“{circular.number}”，回执号 {receipt_number(receipt)}。"
        return outcome(receipt, receiver, line, matter=circular.title)


@task(name="报送")
def submit_report(
    number: str,
    office: str,
    text: str,
    *,
    actor: Actor,
    now: datetime,
    ordinal: int | None = None,
    period: str | None = None,
) -> Done:
    """Hand in a report or a completion: it awaits review, and the reviewer's decision becomes due in 3 working days.

    `ordinal` is the number of the requirement in its circular, `period` its due day or month (2020-03). A report on
    occurrence is stored and confirmed. Raises Refused: nothing of the kind is owed, an empty text, accepted already.
    """
    if not text.strip():
        message = "报送内容不能为空。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here = installation(work.session)
        reporter = need_office(here, office)
        asked = need_circular(work.session, number) if ordinal is not None else None
        occurrence = occurrence_asked(work.session, asked, ordinal) if asked is not None else None
        if occurrence is not None:
            return _store_occurrence(work, here, occurrence, reporter, text)
        owed = need_owed(work.session, here, number, reporter, ordinal=ordinal, period=period)
        late = hand_in(work, here, owed, text)
        said = f"{reporter.name}的报送已收到，等待审核{'（逾期报送）' if late else ''}。"
        return outcome(owed, reporter, said)


def _store_occurrence(
    work: Transaction, here: Installation, requirement: Requirement, reporter: Office, text: str
) -> Done:
    receipt, running = hand_in_on_occurrence(work, here, requirement, reporter, text)
    return outcome(receipt, reporter, f"{reporter.name}的第 {running} 次随时报送已收到。")


@task(name="通过报送")
def accept(obligation_id: int, *, actor: Actor, now: datetime, note: str = "") -> Done:
    """Accept what was handed in; closing an instruction stays an act of its own. Raises Refused if nothing waits."""
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        move(work, owed, Act.ACCEPT)
        _decide(work, owed, Status.ACCEPTED, note)
        if owed.kind is ObligationKind.COMPLETE:
            move_progress(work, owed.requirement_id, owed.office_id, ProgressAct.ACCEPT, note)
        office = here.view.office(owed.office_id)
        tell(
            work, here.view, owed, officer_of(work, here, office), "accepted", repeat=rounds(work, owed),
            why="贵单位报送的材料已经审核。", detail={"reason": note, "at": format_instant(now)},
        )  # fmt: skip
        work.record("report.accepted", f"obligation:{owed.id}", {"office": office.code, "note": without_contacts(note)})
        return outcome(owed, office, f"已通过{office.name}的报送。")


@task(name="退回报送")
def return_report(
    obligation_id: int, reason: str, *, actor: Actor, now: datetime, due_on: datetime | None = None
) -> Done:
    """Return what was handed in; the new due day is the reviewer's, else 2 working days, never before the old.

    `due_on` is the aware instant of the new deadline. Raises Refused: no reason, nothing awaits review.
    """
    need_reason(reason, "退回")
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        move(work, owed, Act.RETURN, submitted_at=None)
        if due_on is not None and due_on <= now:
            message = f"退回后的新时限（{format_due(due_on)}）必须晚于现在。"
            raise Refused(message)
        _decide(work, owed, Status.RETURNED, reason)
        deadline = _after_return(work, here, owed, due_on)
        set_due(work, here, owed, deadline, AdjustmentKind.RETURN, reason)
        office = here.view.office(owed.office_id)
        tell(
            work, here.view, owed, officer_of(work, here, office), "returned", repeat=rounds(work, owed),
            why="贵单位报送的材料未通过审核。", detail={"reason": reason, "due": format_due(deadline.at)},
        )  # fmt: skip
        payload = {"office": office.code, "reason": without_contacts(reason)}
        work.record("report.returned", f"obligation:{owed.id}", payload)
        return outcome(owed, office, f"已退回{office.name}的报送，新的时限是{format_due(deadline.at)}。")


def _after_return(work: Transaction, here: Installation, owed: Obligation, due_on: datetime | None) -> Deadline:
    """Return the day after a return: the reviewer's, else 2 working days on, never before the old one."""
    workdays = int(here.policies.limits["return_workdays"])
    calendar = calendar_of(work.session, owed.calendar_digest)
    offered = Deadline(due_on) if due_on else workday_term(work.now, workdays, calendar)
    if owed.due_at is None or offered.at > owed.due_at:
        return offered
    return Deadline(owed.due_at, owed.provisional, term_of(owed))


def _decide(work: Transaction, owed: Obligation, decision: Status, reason: str) -> None:
    """Note the decision on the last report, and fulfil the reviewer's own obligation to decide."""
    report = work.session.scalars(
        select(Report).where(col(Report.obligation_id) == owed.id).order_by(col(Report.round).desc())
    ).first()
    if report is not None:
        report.decision, report.decided_at, report.decided_by, report.reason = (
            decision.value, work.now, work.actor.name, reason
        )  # fmt: skip
    end_review(work, owed, Act.DECIDE)


@task(name="免办")
def waive(obligation_id: int, reason: str, *, actor: Actor, now: datetime) -> Done:
    """Release an office from an obligation, with a reason. Raises Refused: no reason, ended already."""
    need_reason(reason, "免办")
    with transaction(actor, now) as work:
        here, owed = installation(work.session), need_obligation(work.session, obligation_id)
        move(work, owed, Act.WAIVE)
        end_review(work, owed, Act.WITHDRAW)
        office = here.view.office(owed.office_id)
        tell(
            work, here.view, owed, officer_of(work, here, office), "waived", why="贵单位的一项事项不再需要办理。",
            detail={"reason": reason},
        )  # fmt: skip
        payload = {"office": office.code, "reason": without_contacts(reason)}
        work.record("obligation.waived", f"obligation:{owed.id}", payload)
        return outcome(owed, office, f"{office.name}的该事项已免办。")
