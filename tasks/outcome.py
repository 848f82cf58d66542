"""What one act did, as a person wants to read it; what all acts ask for first."""

from __future__ import annotations

from dataclasses import dataclass

from domain.deadlines import format_due
from domain.errors import Refused
from domain.offices import Audience, Office, Recipient
from models.installation import Installation
from models.obligation import Obligation
from models.session import Transaction


@dataclass(frozen=True)
class Done:
    """What one act did to one obligation; `petition_id` where something was asked for or decided."""

    obligation_id: int
    office: str
    matter: str
    status: str
    due: str
    message: str
    petition_id: int | None = None


def outcome(
    owed: Obligation, office: Office, message: str, *, matter: str = "", petition_id: int | None = None
) -> Done:  # fmt: skip
    """Return what an act did to an obligation, as it stands now."""
    due = format_due(owed.due_at, provisional=owed.provisional) if owed.due_at else ""
    return Done(owed.id or 0, office.name, matter or owed.kind.label, owed.status.value, due, message, petition_id)


def need_reason(reason: str, act: str) -> None:
    """Refuse an act without a reason: 退回必须说明理由。"""
    if not reason.strip():
        message = f"{act}必须说明理由。"
        raise Refused(message)


def officer_of(work: Transaction, here: Installation, office: Office) -> Recipient:
    """Return to whom an office's own matters are told."""
    return here.view.roster.audience(office.code, Audience.OFFICER, work.now)
