"""What an office asks its superior to decide: more time, not its business, the paper sent back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import choice


class PetitionKind(StrEnum):
    """What an office asks its superior to decide."""

    EXTENSION = "extension"
    CONTEST = "contest"
    #: the whole paper goes back: wrong addressee, unreadable, wrong file
    RETURNED_PAPER = "returned_paper"


class PetitionDecision(StrEnum):
    """How a petition ended."""

    GRANTED = "granted"
    REFUSED = "refused"
    #: the matter itself ended first, so that there was nothing left to decide
    LAPSED = "lapsed"


class Petition(SQLModel, table=True):
    """What an office asked for, why, and what was decided; silence decides nothing."""

    id: int | None = Field(default=None, primary_key=True)
    kind: PetitionKind = choice(PetitionKind)
    #: for a returned paper: the receipt
    obligation_id: int = Field(foreign_key="obligation.id", index=True)
    reason: str
    #: how far the work is, as the office says
    progress: str = ""
    wanted_due_at: datetime | None = None
    asked_at: datetime
    asked_by: str
    #: a value of PetitionDecision; None while it waits
    decision: str | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    decision_reason: str = ""
