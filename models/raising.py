"""An urgent report is raised and followed up: its case, whom it is told to at once; by whatever door it comes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from domain.calendar import local
from domain.deadlines import format_instant
from domain.errors import Refused
from domain.masking import without_contacts
from domain.offices import Office
from domain.urgent import Severity, UrgentReportKind
from models.follow_ups import end_follow_ups, fulfil_follow_ups, lock_periods, owe_follow_ups
from models.installation import Installation
from models.obligation import UrgentCase, UrgentReport
from models.session import Transaction
from models.statements import insert_new
from models.urgent import copy_to_level_above, level_above, levels_of, open_level, tell_levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What an office reports of an event; the times are aware. `reference` is its own key, '' for the usual one."""

    title: str
    text: str
    severity: Severity
    occurred_at: datetime
    learned_at: datetime
    reference: str = ""


def check_alert(alert: Alert, now: datetime) -> None:
    """Raise Refused for an empty title or text, times in the wrong order or in the future."""
    if not alert.title.strip() or not alert.text.strip():
        message = "紧急信息的标题和内容都不能为空。"
    elif alert.learned_at < alert.occurred_at:
        message = (
            f"获知时间（{format_instant(alert.learned_at)}）不能早于发生时间（{format_instant(alert.occurred_at)}）。"
        )
    elif alert.learned_at > now:
        message = f"获知时间（{format_instant(alert.learned_at)}）不能晚于现在（{format_instant(now)}）。"
    else:
        return
    raise Refused(message)


def raise_case(work: Transaction, here: Installation, reporter: Office, alert: Alert) -> tuple[UrgentCase, bool]:
    """Open a case and let the superior know at once; the two highest severities copy the level above.

    Returns the case and whether it is new: a reference that is known changes nothing. Raises Refused where there is no
    superior inside, or the report cannot be (`check_alert`).
    """
    check_alert(alert, work.now)
    superior = superior_told(here, reporter)
    key = alert.reference or f"{reporter.code}-{local(alert.occurred_at):%Y%m%d%H%M}-{alert.title.strip()}"
    case, is_new = _open_case(work, here, reporter, alert, key)
    if not is_new:
        return case, False
    add_report(work, case, UrgentReportKind.INITIAL, alert.text)
    open_level(work, here, case, superior)
    owe_follow_ups(work, here, case)
    above = level_above(here, superior)
    if alert.severity.copies_the_level_above and above is not None:
        copy_to_level_above(work, here, levels_of(work, case)[0], above)
    return case, True


def superior_told(here: Installation, reporter: Office) -> Office:
    """Return who is told of an office's urgent report; raises Refused where nobody inside stands above it."""
    superior = level_above(here, reporter)
    if superior is None:
        message = f"{reporter.name}之上没有本系统可以通知的上级；向外报送须由人工办理。"
        raise Refused(message)
    return superior


def _open_case(
    work: Transaction, here: Installation, reporter: Office, alert: Alert, reference: str
) -> tuple[UrgentCase, bool]:
    """Open the case of this reference, or return the one that is there: the insert decides between two at once."""
    row = {
        "reference": reference, "office_id": here.view.id_of[reporter.code], "title": alert.title,
        "severity": alert.severity, "occurred_at": alert.occurred_at, "learned_at": alert.learned_at,
        "raised_at": work.now,
    }  # fmt: skip
    is_new = bool(insert_new(work.session, UrgentCase, [row], col(UrgentCase.id)))
    case = work.session.scalars(select(UrgentCase).where(col(UrgentCase.reference) == reference)).one()
    if is_new:
        payload = {
            "office": reporter.code, "title": without_contacts(alert.title), "severity": alert.severity,
            "occurred_at": alert.occurred_at, "learned_at": alert.learned_at,
        }  # fmt: skip
        work.record("urgent.raised", f"case:{case.id}", payload)
    return case, is_new


def add_report(work: Transaction, case: UrgentCase, kind: UrgentReportKind, text: str) -> int:
    """Store a report of a case and return its running number."""
    known = select(func.count()).where(col(UrgentReport.case_id) == case.id)
    seq = int(work.session.scalar(known) or 0) + 1
    work.session.add(
        UrgentReport(case_id=case.id or 0, seq=seq, kind=kind, text=text, officer=work.actor.name, raised_at=work.now)
    )
    work.session.flush()
    digest = hashlib.sha256(text.encode()).hexdigest()
    work.record("urgent.reported", f"case:{case.id}", {"seq": seq, "kind": kind, "text_sha256": digest})
    return seq


def follow_up_case(work: Transaction, here: Installation, case: UrgentCase, text: str, *, final: bool) -> str:
    """Add a follow-up or the final report to an open case, and tell every level that has it; return one sentence.

    A follow-up fulfils those that are overdue, else the one due next; the final report ends them all and closes the
    case. Raises Refused: an empty text, a case that is closed.
    """
    if not text.strip():
        message = "续报内容不能为空。"
        raise Refused(message)
    need_open(work, case)
    kind = UrgentReportKind.FINAL if final else UrgentReportKind.FOLLOW_UP
    seq = add_report(work, case, kind, text)
    if final:
        end_follow_ups(work, case)
        case.closed_at = work.now
        work.record("urgent.closed", f"case:{case.id}", {"seq": seq})
    else:
        fulfil_follow_ups(work, case)
    notice = "urgent_final" if final else "urgent_follow_up"
    told = tell_levels(work, here, case, notice, seq, detail={"seq": str(seq)})
    return f"已收到第 {seq} 次报告（{kind.label}），已告知 {told} 个单位。"


def need_open(work: Transaction, case: UrgentCase) -> None:
    """Refuse a case that is closed; lock its periods against another act on it."""
    lock_periods(work, case)
    if case.closed_at is not None:
        message = f"紧急信息 {case.id} 已于{format_instant(case.closed_at)}终报，不能再续报或调整级别。"
        raise Refused(message)
