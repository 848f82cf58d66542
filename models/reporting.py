"""Handing in what an office owes: by the act of reporting, or together with the signature under a compiled report."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from domain.deadlines import format_instant
from domain.masking import without_contacts
from domain.offices import Audience
from domain.progress import ProgressAct
from domain.statuses import Act
from models.acting import move, tell
from models.circular import Requirement
from models.deciding import owe_decision
from models.installation import Installation
from models.obligation import Obligation, Report
from models.progress import advance
from models.session import Transaction

#: How much of a report stands as the note of its instruction's progress.
_NOTE_LENGTH = 100


def hand_in(
    work: Transaction, here: Installation, owed: Obligation, text: str, attachments: Sequence[str] = ()
) -> bool:
    """Store a report, let its reviewer owe a decision and confirm it to the officer; return whether it is late.

    `attachments` are the SHA-256 of documents that came along. Raises Refused where it awaits review already or has
    ended.
    """
    code = here.view.code_of[owed.office_id]
    move(work, owed, Act.SUBMIT, submitted_at=work.now)
    turn = rounds(work, owed) + 1
    work.session.add(
        Report(
            requirement_id=owed.requirement_id or 0, office_id=owed.office_id, period=owed.period, round=turn,
            obligation_id=owed.id, text=text, attachments=list(attachments), officer=work.actor.name,
            submitted_at=work.now,
        )
    )  # fmt: skip
    work.record(
        "report.submitted", f"obligation:{owed.id}", {"office": code, "round": turn} | digests(text, attachments)
    )
    move_progress(work, owed.requirement_id, owed.office_id, ProgressAct.REPORT, text)
    if owed.reviewer_id is not None:
        owe_decision(work, here, owed, here.view.code_of[owed.reviewer_id], f"review:{owed.id}/{turn}", "review")
    late = owed.due_at is not None and work.now >= owed.due_at
    tell(
        work, here.view, owed, here.view.roster.audience(code, Audience.OFFICER, work.now), "report_received",
        repeat=turn, why="贵单位报送了材料，此为收件回执。",
        detail={"reference": f"报送-{owed.id}-{turn}", "at": format_instant(work.now), "late": "1" if late else ""},
    )  # fmt: skip
    return late


def digests(text: str, attachments: Sequence[str]) -> dict[str, Any]:
    """Return what the trail keeps of a report: digests, not its words."""
    kept: dict[str, Any] = {"text_sha256": hashlib.sha256(text.encode()).hexdigest()}
    return kept | ({"attachments": list(attachments)} if attachments else {})


def move_progress(work: Transaction, requirement_id: int | None, office_id: int, act: ProgressAct, text: str) -> None:
    """Let a report move the instruction whose paragraph asks for it."""
    requirement = work.session.get_one(Requirement, requirement_id)
    advance(work, requirement.instruction_id, office_id, act, without_contacts(text)[:_NOTE_LENGTH])


def rounds(work: Transaction, owed: Obligation) -> int:
    """Return how often this was handed in."""
    statement = select(func.count()).where(
        col(Report.requirement_id) == owed.requirement_id,
        col(Report.office_id) == owed.office_id,
        col(Report.period) == owed.period,
    )
    return int(work.session.scalar(statement) or 0)
