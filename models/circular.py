"""Documents as received, circulars, their instructions and requirements."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import JSON, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.documents import DocumentKind, Duty, RequirementKind, SourceKind, Urgency
from models.columns import choice


class CircularState(StrEnum):
    """Whether a circular is in force."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Document(SQLModel, table=True):
    """The original bytes of one file, kept once."""

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    filename: str
    media_type: str
    content: bytes = Field(sa_type=LargeBinary)
    stored_at: datetime


class Circular(SQLModel, table=True):
    """One circular (公文), or another source of an order, which has no number."""

    id: int | None = Field(default=None, primary_key=True)
    number: str | None = Field(default=None, unique=True)
    source_kind: SourceKind = choice(SourceKind, default=SourceKind.CIRCULAR)
    kind: DocumentKind = choice(DocumentKind)
    title: str
    issuing_authority: list[str] = Field(default_factory=list, sa_type=JSON)
    issuer_id: int | None = Field(default=None, foreign_key="office.id")
    addressees: list[str] = Field(default_factory=list, sa_type=JSON)
    cc_authorities: list[str] = Field(default_factory=list, sa_type=JSON)
    dated_on: date | None = None
    issued_on: date | None = None
    scope: str | None = None
    urgency: Urgency = choice(Urgency, default=Urgency.ROUTINE)
    upstream_id: int | None = Field(default=None, foreign_key="circular.id", index=True)
    #: number and title of what it forwards, as printed, also where that circular is missing here
    forwards: dict[str, str | None] | None = Field(default=None, sa_type=JSON)
    #: name, phone, email per line, as printed
    contacts: list[dict[str, str | None]] = Field(default_factory=list, sa_type=JSON)
    state: CircularState = choice(CircularState, default=CircularState.ACTIVE)
    #: the circular that takes its place
    superseded_by_id: int | None = Field(default=None, foreign_key="circular.id")
    document_id: int = Field(foreign_key="document.id")
    #: the draft that a person looked at and accepted; None: registered as it was read
    draft_id: int | None = Field(default=None, foreign_key="circular_draft.id")
    #: the circular's own part of the document, and the SHA-256 of it without white space
    text: str = Field(sa_type=Text)
    text_digest: str
    registered_at: datetime


class Instruction(SQLModel, table=True):
    """One numbered paragraph (任务事项)."""

    __table_args__ = (UniqueConstraint("circular_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    circular_id: int = Field(foreign_key="circular.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="instruction.id")
    #: the path of printed numbers, as 二/（一）
    number: str
    heading: str
    text: str = Field(sa_type=Text)
    lead_office: str | None = None
    supporting_offices: list[str] = Field(default_factory=list, sa_type=JSON)


class Requirement(SQLModel, table=True):
    """One sentence that sets a duty (报送要求), of a circular or an urgent case."""

    __table_args__ = (UniqueConstraint("circular_id", "ordinal"), UniqueConstraint("case_id", "ordinal"))

    id: int | None = Field(default=None, primary_key=True)
    circular_id: int | None = Field(default=None, foreign_key="circular.id")
    case_id: int | None = Field(default=None, foreign_key="urgent_case.id")
    ordinal: int
    text: str = Field(sa_type=Text)
    duty: Duty = choice(Duty)
    kind: RequirementKind = choice(RequirementKind)
    due_on: date | None = None
    due_time: time | None = None
    rrule: str | None = None
    starts_on: date | None = None
    workdays: int | None = None
    days: int | None = None
    #: 遇节假日顺延: a due day on a rest day moves to the n-th working day after it, by this hour; None: it stays
    defer_workdays: int | None = None
    defer_time: time | None = None
    deliver_to: str | None = None
    deliver_to_id: int | None = Field(default=None, foreign_key="office.id")
    responsible: str | None = None
    #: the instruction whose paragraph holds the sentence: reports move its progress
    instruction_id: int | None = Field(default=None, foreign_key="instruction.id")
    #: the upstream requirement that a person marked this one as restating
    restates_id: int | None = Field(default=None, foreign_key="requirement.id")


class NextPeriod(SQLModel, table=True):
    """The next period of a recurring requirement that is not made yet, and when a sweep has to make it."""

    __tablename__ = "next_period"

    requirement_id: int = Field(primary_key=True, foreign_key="requirement.id")
    due_on: date
    wake_at: datetime = Field(index=True)
