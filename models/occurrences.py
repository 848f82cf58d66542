"""Reports on occurrence: stored and counted, owed by nobody."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from domain.deadlines import format_instant
from domain.documents import RequirementKind
from domain.errors import Refused
from domain.offices import Audience, Office
from domain.progress import ProgressAct
from models.acting import tell
from models.circular import Circular, Requirement
from models.circulars import requirements_of
from models.installation import Installation
from models.lookup import need_receipt
from models.obligation import Obligation, Report
from models.reporting import digests, move_progress
from models.session import Transaction


def occurrence_asked(session: Session, circular: Circular, ordinal: int | None) -> Requirement | None:
    """Return the requirement with this number, if it asks for reports on occurrence.

    Without a number None. Raises Refused where the circular has no such requirement.
    """
    if ordinal is None:
        return None
    rows = requirements_of(session, circular.id or 0)
    wanted = next((row for row in rows if row.ordinal == ordinal), None)
    if wanted is None:
        message = f"公文“{circular.number}”只有 {len(rows)} 项要求，没有第 {ordinal} 项。"
        raise Refused(message)
    return wanted if wanted.kind is RequirementKind.ON_OCCURRENCE else None


def hand_in_on_occurrence(
    work: Transaction, here: Installation, requirement: Requirement, reporter: Office, text: str,
    attachments: Sequence[str] = (),
) -> tuple[Obligation, int]:  # fmt: skip
    """Store a report that nobody owes and confirm it to the officer; return the office's receipt and a running number.

    `attachments` are the SHA-256 of documents that came along. Raises Refused where the circular was not forwarded to
    the office.
    """
    receipt, running, told = store_on_occurrence(work, here, requirement, reporter, text, attachments)
    move_progress(work, requirement.id, here.view.id_of[reporter.code], ProgressAct.REPORT, text)
    tell(
        work, here.view, receipt, here.view.roster.audience(reporter.code, Audience.OFFICER, work.now),
        "report_received", repeat=told, why="贵单位报送了情况，此为收件回执。",
        detail={"reference": f"随报-{requirement.id}-{running}", "at": format_instant(work.now), "late": ""},
    )  # fmt: skip
    return receipt, running


def store_on_occurrence(
    work: Transaction, here: Installation, requirement: Requirement, reporter: Office, text: str,
    attachments: Sequence[str] = (),
) -> tuple[Obligation, int, int]:  # fmt: skip
    """Store one report; return the office's receipt of the circular, its running number, and how many in all.

    The running number counts the reports under this requirement, the other those under all of the circular that are
    on occurrence. Raises Refused where the circular was not forwarded to the office.
    """
    session, office_id = work.session, here.view.id_of[reporter.code]
    circular = session.get_one(Circular, requirement.circular_id)
    receipt = need_receipt(session, circular, reporter, here)
    # Two at once count one after the other.
    session.execute(select(col(Obligation.id)).where(col(Obligation.id) == receipt.id).with_for_update(key_share=True))
    running = _handed_in(session, office_id, col(Report.requirement_id) == requirement.id) + 1
    session.add(
        Report(
            requirement_id=requirement.id or 0, office_id=office_id, period=str(running), text=text,
            attachments=list(attachments), officer=work.actor.name, submitted_at=work.now,
        )
    )  # fmt: skip
    session.flush()
    payload = {"office": reporter.code, "running": running} | digests(text, attachments)
    work.record("report.on_occurrence", f"requirement:{requirement.id}", payload)
    all_of_them = select(col(Requirement.id)).where(
        col(Requirement.circular_id) == circular.id, col(Requirement.kind) == RequirementKind.ON_OCCURRENCE
    )
    return receipt, running, _handed_in(session, office_id, col(Report.requirement_id).in_(all_of_them))


def _handed_in(session: Session, office_id: int, which: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count()).where(which, col(Report.office_id) == office_id)) or 0)
