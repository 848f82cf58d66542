"""Mail that came in: what each message was taken for, what became of it, and which addresses do not work."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from domain.inbound import InboundKind
from models.columns import choice


class InboundState(StrEnum):
    """What became of a message."""

    #: recorded, not dealt with yet: a crash can leave it so, and the next collection goes on
    NEW = "new"
    #: taken as an act of the office it came from
    TAKEN = "taken"
    #: waits for an operator
    WAITING = "waiting"
    #: an operator has dealt with it
    SETTLED = "settled"
    #: recorded, and nothing more is wanted: an automatic reply, a bounce, a loop, an act that was refused
    NOTED = "noted"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    InboundState.NEW: "未处理", InboundState.TAKEN: "已办理", InboundState.WAITING: "待人工处理",
    InboundState.SETTLED: "已处理", InboundState.NOTED: "已记录",
}  # fmt: skip


class InboundMessage(SQLModel, table=True):
    """One message of the mailbox; the unique key makes a second reading of it nothing."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        Index(
            "ix_inbound_waiting",
            "collected_at",
            sqlite_where=text("state IN ('new', 'waiting')"),
            postgresql_where=text("state IN ('new', 'waiting')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    #: its Message-ID, or the digest of its bytes where it has none
    key: str = Field(unique=True)
    sha256: str
    size: int
    #: where it lay when it was read; '' for one that was handed over as a file
    folder: str = ""
    uid: str = ""
    collected_at: datetime
    #: as its own header says, where that can be read
    dated_at: datetime | None = None
    from_address: str = ""
    from_name: str = ""
    subject: str = ""
    kind: InboundKind = choice(InboundKind)
    state: InboundState = choice(InboundState, default=InboundState.NEW)
    #: why it was taken for this kind, and why it waits, in a person's words
    reason: str = ""
    #: the notice to an address that it answers, by a token of ours
    delivery_id: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    #: the office it came from, where a token and the sender's address agree
    office_id: int | None = Field(default=None, foreign_key="office.id")
    #: what the act was about
    obligation_id: int | None = Field(default=None, foreign_key="obligation.id")
    #: what its author wrote, without what is quoted
    text: str = Field(default="", sa_type=Text)
    settled_at: datetime | None = None
    settled_by: str = ""
    note: str = ""
    #: when it was moved or flagged in the mailbox
    filed_at: datetime | None = None


class InboundAttachment(SQLModel, table=True):
    """One file that came along, stored by digest and never opened; or why it was not stored."""

    __tablename__ = "inbound_attachment"

    inbound_id: int = Field(primary_key=True, foreign_key="inbound_message.id")
    number: int = Field(primary_key=True)
    filename: str
    media_type: str
    size: int
    document_id: int | None = Field(default=None, foreign_key="document.id")
    #: why it was not kept: too large, of a kind that is not taken
    refused: str = ""


class AddressTrouble(SQLModel, table=True):
    """An address of the roster from which mail came back."""

    __tablename__ = "address_trouble"

    address: str = Field(primary_key=True)
    first_at: datetime
    last_at: datetime
    #: temporary ones in a row since the last message that nobody returned
    soft: int = 0
    #: for good: the address is passed over until an operator clears it or the roster changes it
    hard_at: datetime | None = None
    reason: str = ""
