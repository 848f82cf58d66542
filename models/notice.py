"""Firings, the notices that carry them, and each delivery to one address."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import choice


class FiringState(StrEnum):
    """What becomes of a firing; whether it was sent is told by its deliveries."""

    OPEN = "open"
    #: a higher rung spoke for it
    SUPERSEDED = "superseded"
    #: held back by a cool-down or a cap
    SUPPRESSED = "suppressed"
    #: an act ended it before it went out
    WITHDRAWN = "withdrawn"
    #: nobody had an address, all the way up: it waits until somebody has
    UNREACHABLE = "unreachable"


class DeliveryState(StrEnum):
    """Where one message to one address stands."""

    QUEUED = "queued"
    HELD = "held"
    #: committed before DATA
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    #: the server may have it, or not
    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"
    BOUNCED = "bounced"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _DELIVERY_LABELS[self]

    @property
    def waits(self) -> bool:
        """Whether it goes out by itself, or is on its way."""
        return self in (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.SENDING)


_DELIVERY_LABELS = {
    DeliveryState.QUEUED: "待发送", DeliveryState.HELD: "暂存", DeliveryState.SENDING: "发送中",
    DeliveryState.ACCEPTED: "已送达服务器", DeliveryState.REFUSED: "被拒收", DeliveryState.UNCERTAIN: "结果不明",
    DeliveryState.WITHDRAWN: "已撤回", DeliveryState.BOUNCED: "被退信",
}  # fmt: skip


class Firing(SQLModel, table=True):
    """A rung that fired for an office and role, or an act's message. The unique key is the claim."""

    __table_args__ = (
        UniqueConstraint("obligation_id", "revision", "rung", "repeat", "office_id", "role"),
        Index("ix_firing_office", "office_id"),
        Index(
            "ix_firing_unreachable",
            "office_id",
            "role",
            sqlite_where=text("state = 'unreachable'"),
            postgresql_where=text("state = 'unreachable'"),
        ),
        # What may have to be telephoned: read every minute, and few beside all others.
        Index(
            "ix_firing_urgent",
            "obligation_id",
            sqlite_where=text("urgency_tag IN ('特急', '紧急')"),
            postgresql_where=text("urgency_tag IN ('特急', '紧急')"),
        ),
        Index(
            "ix_firing_again_of",
            "again_of_id",
            sqlite_where=text("again_of_id IS NOT NULL"),
            postgresql_where=text("again_of_id IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int | None = Field(default=None, foreign_key="obligation.id")
    #: what an alarm is about, where there is no obligation
    cause: str | None = Field(default=None, unique=True)
    revision: int = 0
    rung: str
    repeat: int = 0
    office_id: int = Field(foreign_key="office.id")
    role: str
    #: the audience the rung names; empty for an act
    audience: str = ""
    #: the kind of notice it becomes
    kind: str
    state: FiringState = choice(FiringState, default=FiringState.OPEN)
    #: when the rung was due, and when a sweep fired it
    at: datetime
    fired_at: datetime
    not_before: datetime
    #: empty, 加急, 特急 or 紧急: decides subject and quiet hours
    urgency_tag: str = ""
    catch_up: bool = False
    call_list: bool = False
    #: why it goes to this recipient, and what an act has to tell
    why: str = ""
    detail: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    #: the firing that is told again on request; always the first one, however often that was done
    again_of_id: int | None = Field(default=None, foreign_key="firing.id")


class FiringRecipient(SQLModel, table=True):
    """One person and address a firing resolved to, and the notice that carries it there."""

    __tablename__ = "firing_recipient"
    __table_args__ = (
        Index(
            "ix_firing_recipient_open",
            "address",
            sqlite_where=text("notice_id IS NULL"),
            postgresql_where=text("notice_id IS NULL"),
        ),
    )

    firing_id: int = Field(primary_key=True, foreign_key="firing.id")
    address: str = Field(primary_key=True)
    name: str = ""
    #: the absent person whom the named one stands in for
    on_behalf_of: str = ""
    #: why it comes to this person, where that is not why it was told: mail to somebody before came back
    why: str = ""
    notice_id: int | None = Field(default=None, foreign_key="notice.id", index=True)


class Notice(SQLModel, table=True):
    """One message: it carries one firing, or several to the same recipient."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    office_id: int = Field(foreign_key="office.id")
    circular_id: int | None = Field(default=None, foreign_key="circular.id")
    name: str = ""
    urgency_tag: str = ""
    #: the circular and office whose messages hang together
    thread: str = ""
    created_at: datetime


class Delivery(SQLModel, table=True):
    """One notice to one address: one RCPT each."""

    __table_args__ = (
        UniqueConstraint("notice_id", "address"),
        Index(
            "ix_delivery_queue",
            "next_attempt_at",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        # How many left within the last minute.
        Index("ix_delivery_marked", "marked_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    address: str
    message_id: str = Field(unique=True)
    state: DeliveryState = choice(DeliveryState, default=DeliveryState.QUEUED)
    attempts: int = 0
    next_attempt_at: datetime
    claimed_by: str = ""
    lease_until: datetime | None = None
    marked_at: datetime | None = None
    ended_at: datetime | None = None
    #: whether an earlier attempt ended unknown: the one retry was, or will be, a second copy
    was_uncertain: bool = False
    code: int | None = None
    reply: str = ""
    subject: str = ""
    #: SHA-256 of the bytes handed to the server
    digest: str = ""
