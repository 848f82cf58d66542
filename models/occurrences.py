"""Reports on occurrence: stored and counted, owed by nobody."""

from __future__ import annotations

import hashlib

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from domain.documents import RequirementKind
from domain.offices import Office
from models.circular import Circular, Requirement
from models.installation import Installation
from models.lookup import need_receipt
from models.obligation import Obligation, Report
from models.session import Transaction


def store_on_occurrence(
    work: Transaction, here: Installation, requirement: Requirement, reporter: Office, text: str
) -> tuple[Obligation, int, int]:
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
            officer=work.actor.name, submitted_at=work.now,
        )
    )  # fmt: skip
    session.flush()
    payload = {"office": reporter.code, "running": running, "text_sha256": hashlib.sha256(text.encode()).hexdigest()}
    work.record("report.on_occurrence", f"requirement:{requirement.id}", payload)
    all_of_them = select(col(Requirement.id)).where(
        col(Requirement.circular_id) == circular.id, col(Requirement.kind) == RequirementKind.ON_OCCURRENCE
    )
    return receipt, running, _handed_in(session, office_id, col(Report.requirement_id).in_(all_of_them))


def _handed_in(session: Session, office_id: int, which: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count()).where(which, col(Report.office_id) == office_id)) or 0)
