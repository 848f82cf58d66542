"""Papers that bear a signature: drafted by the program, signed or discarded by a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from domain.papers import PaperKind
from models.columns import choice

__all__ = ["Paper", "PaperKind", "PaperState"]


class PaperState(StrEnum):
    """Where a drafted paper stands."""

    DRAFTED = "drafted"
    SIGNED = "signed"
    DISCARDED = "discarded"


class Paper(SQLModel, table=True):
    """A paper that is drafted and waits for a person; no timer signs or sends it."""

    id: int | None = Field(default=None, primary_key=True)
    kind: PaperKind = choice(PaperKind)
    #: what it was drafted for, once: an obligation and rung, or a compiled period
    cause: str = Field(unique=True)
    #: given when it is signed, so that no number is lost
    number: str | None = Field(default=None, unique=True)
    #: to whom it goes; of a compiled report: who compiles
    office_id: int = Field(foreign_key="office.id", index=True)
    obligation_id: int | None = Field(default=None, foreign_key="obligation.id", index=True)
    circular_id: int | None = Field(default=None, foreign_key="circular.id")
    title: str
    text: str = Field(sa_type=Text)
    #: of a compiled report: its lines as of the same instant as its text (domain/compiling.py, Line)
    lines: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    state: PaperState = choice(PaperState, default=PaperState.DRAFTED)
    drafted_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    note: str = ""
