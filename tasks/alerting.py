"""Urgent reports: raised at any hour, answered and passed on level by level, followed up, regraded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prefect import task

from domain.deadlines import format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Office
from domain.statuses import Act, ObligationKind
from domain.trail import Actor
from domain.urgent import Severity
from models.acting import move
from models.installation import Installation, installation
from models.lookup import need_office
from models.obligation import Obligation, UrgentCase
from models.raising import Alert, check_alert, follow_up_case, need_open, raise_case, superior_told
from models.regrading import regrade_case
from models.session import Transaction, transaction
from models.urgent import level_above, levels_of, need_case, open_level


@dataclass(frozen=True)
class Raised:
    """What became of an urgent report."""

    case_id: int
    reference: str
    office: str
    superior: str
    severity: str
    respond_by: str
    is_new: bool
    message: str


@task(name="紧急信息上报")
def raise_urgent_report(
    office: str,
    title: str,
    text: str,
    severity: Severity,
    *,
    occurred_at: datetime,
    learned_at: datetime,
    actor: Actor,
    now: datetime,
    reference: str = "",
) -> Raised:
    """Open a case and let the superior know at once; the two highest severities copy the level above.

    `occurred_at` and `learned_at` are aware. `reference` is the office's own key: repeated, it changes nothing.
    Raises Refused: unknown office, empty text, times in the wrong order or in the future, no superior inside.
    """
    alert = Alert(
        title=title, text=text, severity=severity, occurred_at=occurred_at, learned_at=learned_at, reference=reference
    )
    check_alert(alert, now)
    with transaction(actor, now) as work:
        here = installation(work.session)
        reporter = need_office(here, office)
        case, is_new = raise_case(work, here, reporter, alert)
        return _raised(work, case, here.view.office(case.office_id), superior_told(here, reporter), is_new=is_new)


def _raised(work: Transaction, case: UrgentCase, reporter: Office, superior: Office, *, is_new: bool) -> Raised:
    first = levels_of(work, case)[0]
    respond_by = format_instant(first.due_at) if first.due_at else ""
    message = (
        f"紧急信息（{Severity(case.severity).label}）已报{superior.name}，请于{respond_by}前回应。"
        if is_new
        else f"该紧急信息此前已上报（编号 {case.id}），未重复发送。"
    )
    return Raised(
        case.id or 0, case.reference, reporter.name, superior.name, case.severity, respond_by, is_new, message
    )


@task(name="紧急信息续报")
def follow_up(case_id: int, text: str, *, actor: Actor, now: datetime, final: bool = False) -> str:
    """Add a follow-up or the final report to a case, and tell every level that has the case.

    A follow-up fulfils those that are overdue, else the one due next; the final report ends them all and closes the
    case. What the levels owe (respond, pass on) stays owed: nobody may have seen it yet. Raises Refused.
    """
    with transaction(actor, now) as work:
        return follow_up_case(work, installation(work.session), need_case(work, case_id), text, final=final)


@task(name="调整紧急信息级别")
def regrade(case_id: int, severity: Severity, reason: str, *, actor: Actor, now: datetime) -> str:
    """Change the severity of a case: what is open gets the terms and ladders of the new one from now on.

    Every level that has the case is told; raised to one of the two highest, a copy goes to the level above them.
    Raises Refused: no reason, the same severity, a case that is closed.
    """
    if not reason.strip():
        message = "调整级别必须说明理由。"
        raise Refused(message)
    with transaction(actor, now) as work:
        here, case = installation(work.session), _need_open(work, case_id)
        before = Severity(case.severity)
        if severity is before:
            message = f"紧急信息 {case_id} 的级别已是{severity.label}。"
            raise Refused(message)
        case.severity = severity
        work.session.flush()
        payload = {"from": before, "to": severity, "reason": without_contacts(reason)}
        work.record("urgent.regraded", f"case:{case.id}", payload)
        regrade_case(work, here, case, before, reason)
        return f"紧急信息 {case_id} 已由{before.label}调整为{severity.label}，时限自现在起重新计算。"


def _need_open(work: Transaction, case_id: int) -> UrgentCase:
    case = need_case(work, case_id)
    need_open(work, case)
    return case


@task(name="回应紧急信息")
def respond(case_id: int, office: str, *, actor: Actor, now: datetime) -> str:
    """Record a level's response to a case; the first response counts. Raises Refused where it owes none."""
    return _act(case_id, office, ObligationKind.RESPOND, Act.RESPOND, actor, now)


@task(name="续转紧急信息")
def pass_on(case_id: int, office: str, *, actor: Actor, now: datetime) -> str:
    """Pass a case on to the level above, which has to respond in its turn. Raises Refused where it owes none."""
    return _act(case_id, office, ObligationKind.PASS_ON, Act.PASS_ON, actor, now)


def _act(case_id: int, office: str, kind: ObligationKind, act: Act, actor: Actor, now: datetime) -> str:
    with transaction(actor, now) as work:
        here = installation(work.session)
        case, level = need_case(work, case_id), need_office(here, office)
        owed = _need_level(work, here, case, level, kind)
        move(work, owed, act)
        work.record("obligation.fulfilled", f"obligation:{owed.id}", {"kind": kind, "office": level.code})
        above = level_above(here, level)
        if kind is ObligationKind.PASS_ON and above is not None:
            is_new = open_level(work, here, case, above)
            already = "" if is_new else "（该单位此前已接报，未重复通知）"
            return f"{level.name}已将紧急信息 {case_id} 续转{above.name}{already}。"
        if kind is ObligationKind.PASS_ON:
            return f"{level.name}已将紧急信息 {case_id} 报送国务院（由人工报送，此处只作登记）。"
        return f"{level.name}已回应紧急信息 {case_id}。"


def _need_level(
    work: Transaction, here: Installation, case: UrgentCase, level: Office, kind: ObligationKind
) -> Obligation:
    for owed in levels_of(work, case):
        if owed.kind is kind and owed.office_id == here.view.id_of[level.code]:
            return owed
    message = f"紧急信息 {case.id} 目前不需要{level.name}{kind.label}。"
    raise Refused(message)
