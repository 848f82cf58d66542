"""The audit trail and the log of runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

DELIVERY = "deliver_notices"
#: A delivery of what is urgent alone, right after an act: no sign that the minute's delivery is alive.
DELIVERY_URGENT = "deliver_urgent"
DELIVERIES = (DELIVERY, DELIVERY_URGENT)
#: A visit to the mailbox that takes answers.
COLLECTION = "collect_mail"


class AuditEntry(SQLModel, table=True):
    """One change (留痕), hashed over the one before; triggers let it only grow. Columns are hashed as stored."""

    __tablename__ = "audit_entry"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    #: UTC, ISO 8601 with microseconds
    at: str
    actor: str
    #: what was done, as `receipt.received`
    act: str
    #: to what, as `obligation:12`
    subject: str = Field(index=True)
    #: the new values as JSON with sorted keys; no telephone numbers, no addresses
    payload: str = Field(sa_type=Text)
    prev_hash: str = Field(unique=True)
    hash: str = Field(unique=True)


class RunLog(SQLModel, table=True):
    """Each sweep and delivery that ended: what silence is judged by, and what an explicit `as_of` is compared with."""

    __tablename__ = "run_log"
    #: half a million rows a year: the last run of a name is found without reading the others
    __table_args__ = (Index("ix_run_log_last", "name", "as_of"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    as_of: datetime
    ended_at: datetime
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)


class Choice(SQLModel, table=True):
    """A choice an operator made by an audited act, such as turning capture mode off."""

    key: str = Field(primary_key=True)
    value: str
    chosen_at: datetime
    chosen_by: str
