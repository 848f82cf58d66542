"""Who passed which circular to whom, and who asked for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.planning import ForwardingMode
from models.columns import choice


class Forwarding(SQLModel, table=True):
    """One circular passed from one office to another (转发)."""

    __table_args__ = (UniqueConstraint("circular_id", "to_office_id"),)

    id: int | None = Field(default=None, primary_key=True)
    circular_id: int = Field(foreign_key="circular.id")
    from_office_id: int | None = Field(foreign_key="office.id", index=True)
    to_office_id: int = Field(foreign_key="office.id", index=True)
    sent_at: datetime
    received_at: datetime | None = None
    recalled_at: datetime | None = None
    mode: ForwardingMode = choice(ForwardingMode, default=ForwardingMode.DIRECT)


class OutsideAddressee(SQLModel, table=True):
    """An addressee that is no office of the roster: a group outside, or a name nobody resolved; never dropped."""

    __tablename__ = "outside_addressee"
    __table_args__ = (UniqueConstraint("circular_id", "phrase"),)

    id: int | None = Field(default=None, primary_key=True)
    circular_id: int = Field(foreign_key="circular.id")
    phrase: str
    resolved: bool


class ForwardRequest(SQLModel, table=True):
    """An office's act of forwarding, committed before its event is emitted; the sweep does what no event started."""

    __tablename__ = "forward_request"
    __table_args__ = (UniqueConstraint("circular_id", "from_office_id"),)

    id: int | None = Field(default=None, primary_key=True)
    circular_id: int = Field(foreign_key="circular.id")
    from_office_id: int = Field(foreign_key="office.id")
    requested_at: datetime
    actor: dict[str, str] = Field(sa_type=JSON)
    options: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    done_at: datetime | None = None
    refused: str | None = None
