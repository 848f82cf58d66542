"""Drafts of circulars that wait for a person before anything is registered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from domain.documents import SourceKind
from models.columns import choice


class DraftState(StrEnum):
    """What became of a draft."""

    #: nothing of it is registered yet
    WAITING = "waiting"
    #: its circulars are registered as it says
    ACCEPTED = "accepted"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    DraftState.WAITING: "待核对", DraftState.ACCEPTED: "已通过登记", DraftState.REJECTED: "已退回不登记",
}  # fmt: skip


class DraftReview(SQLModel, table=True):
    """What reading made of one file, as corrected so far; a file waits once, however often it is handed in."""

    __tablename__ = "circular_draft"
    __table_args__ = (
        Index(
            "ix_circular_draft_waiting",
            "document_id",
            "only",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id")
    filename: str
    #: the number of the one circular of the file that was asked for; '' for all
    only: str = ""
    #: when an outside office sent it, where that was said; else registering is taken for it
    sent_at: datetime | None = None
    source_kind: SourceKind = choice(SourceKind, default=SourceKind.CIRCULAR)
    #: {"version", "page", "circulars": [the annexed ones first, the cover last]} as models/reviews.py writes them
    content: dict[str, Any] = Field(sa_type=JSON)
    #: at, by, field, before, after of each corrected field; without telephone numbers and addresses
    corrections: list[dict[str, str | None]] = Field(default_factory=list, sa_type=JSON)
    state: DraftState = choice(DraftState, default=DraftState.WAITING)
    made_at: datetime
    made_by: str
    decided_at: datetime | None = None
    decided_by: str = ""
    #: why it was rejected
    reason: str = ""
