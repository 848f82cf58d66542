"""Everything with a deadline for one office, what moves it, and when to look at it again."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.progress import ProgressState
from domain.statuses import ObligationKind, Status
from models.columns import choice


class PolicyVersion(SQLModel, table=True):
    """An immutable set of ladders and terms; obligations point to the one in force when they were made."""

    __tablename__ = "policy_version"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    canonical: str = Field(sa_type=Text)
    first_used_at: datetime


class CalendarVersion(SQLModel, table=True):
    """The work days that deadlines were computed by; obligations point to it by its digest and keep it."""

    __tablename__ = "calendar_version"

    digest: str = Field(primary_key=True)
    canonical: str = Field(sa_type=Text)
    first_used_at: datetime


class Obligation(SQLModel, table=True):
    """What one office owes (落实事项). Overdue, late and the light are computed, never stored."""

    __table_args__ = (
        UniqueConstraint("kind", "office_id", "origin", "period"),
        # covers the roll-up: it reads nothing else, and office by office
        Index(
            "ix_obligation_rollup",
            "office_id",
            "circular_id",
            "kind",
            "status",
            "hold",
            "due_at",
            "submitted_at",
            "ended_at",
        ),
        Index("ix_obligation_circular", "circular_id", "office_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: ObligationKind = choice(ObligationKind)
    office_id: int = Field(foreign_key="office.id")
    #: what made it, as `forwarding:12`, `requirement:7`, `case:3/hop:2`; never NULL: it is part of the key
    origin: str
    #: the due day of a period as 2020-03-05; empty for a single one
    period: str = ""
    circular_id: int | None = Field(default=None, foreign_key="circular.id")
    requirement_id: int | None = Field(default=None, foreign_key="requirement.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="urgent_case.id", index=True)
    #: urgency of the circular or severity of the case: the grade that chose term and ladder
    grade: str
    #: for decide: the obligation that waits for the decision
    subject_id: int | None = Field(default=None, foreign_key="obligation.id", index=True)
    issued_at: datetime
    base_due_at: datetime | None = None
    due_at: datetime | None = None
    #: the term runs from the instant receipt was due: nobody confirmed it
    receipt_not_confirmed: bool = False
    provisional: bool = False
    #: where the deadline ends a term: its start, amount and unit (domain/policies.py, Unit; "days" for calendar days).
    #: None: a day as written, or as a person set it, which no calendar moves
    term_start: datetime | None = None
    term_amount: int | None = None
    term_unit: str | None = None
    revision: int = 0
    status: Status = choice(Status, default=Status.PENDING)
    #: what holds the ladder now: empty, suspension, contest or paper; the rows that say why are adjustments
    hold: str = ""
    reviewer_id: int | None = Field(default=None, foreign_key="office.id")
    policy_id: int = Field(foreign_key="policy_version.id")
    #: the calendar it runs by: a `CalendarVersion`
    calendar_digest: str
    made_at: datetime
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    #: optimistic lock: every act counts it up
    version: int = 1


class Wake(SQLModel, table=True):
    """When the sweep has to look at an obligation; narrow, so that a sweep reads little."""

    __table_args__ = (Index("ix_wake_urgent", "wake_at", sqlite_where=text("urgent"), postgresql_where=text("urgent")),)

    obligation_id: int = Field(primary_key=True, foreign_key="obligation.id")
    wake_at: datetime = Field(index=True)
    #: extra urgent matters and urgent reports: swept every minute
    urgent: bool = False


class AdjustmentKind(StrEnum):
    """What moved or held a deadline."""

    EXTENSION = "extension"
    SUSPENSION = "suspension"
    HOLD = "hold"
    RETURN = "return"
    #: a term that starts at the receipt, an amended calendar, a changed policy
    RECOMPUTATION = "recomputation"
    #: an earlier day, set by a circular that restates the requirement, or by an operator
    TIGHTENING = "tightening"
    #: the office knows: repeats are held back for a while
    ACKNOWLEDGEMENT = "acknowledgement"


class Adjustment(SQLModel, table=True):
    """The row that moved a deadline or held a ladder: who, why, from when to when."""

    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id", index=True)
    kind: AdjustmentKind = choice(AdjustmentKind)
    reason: str
    approver: str
    decided_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    old_due_at: datetime | None = None
    new_due_at: datetime | None = None
    #: what the office asked for, where this decides it
    petition_id: int | None = Field(default=None, foreign_key="petition.id")


class ObligationSource(SQLModel, table=True):
    """A second requirement that one obligation fulfils too."""

    __tablename__ = "obligation_source"

    obligation_id: int = Field(primary_key=True, foreign_key="obligation.id")
    requirement_id: int = Field(primary_key=True, foreign_key="requirement.id")


class Report(SQLModel, table=True):
    """What an office handed in, and what became of it."""

    __table_args__ = (UniqueConstraint("requirement_id", "office_id", "period", "round"),)

    id: int | None = Field(default=None, primary_key=True)
    requirement_id: int = Field(foreign_key="requirement.id")
    office_id: int = Field(foreign_key="office.id", index=True)
    #: as of the obligation; a running number where the requirement is on occurrence
    period: str
    round: int = 1
    obligation_id: int | None = Field(default=None, foreign_key="obligation.id", index=True)
    text: str = Field(sa_type=Text)
    #: SHA-256 of the documents handed in
    attachments: list[str] = Field(default_factory=list, sa_type=JSON)
    officer: str = ""
    submitted_at: datetime
    #: accepted or returned; None while it awaits review
    decision: str | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""


class Progress(SQLModel, table=True):
    """Implementation status of one instruction at one office; closing (销号) is an act of its own."""

    __table_args__ = (
        UniqueConstraint("instruction_id", "office_id"),
        Index(
            "ix_progress_look_back",
            "look_back_on",
            sqlite_where=text("look_back_on IS NOT NULL AND looked_back_at IS NULL"),
            postgresql_where=text("look_back_on IS NOT NULL AND looked_back_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    instruction_id: int = Field(foreign_key="instruction.id")
    office_id: int = Field(foreign_key="office.id", index=True)
    state: ProgressState = choice(ProgressState, default=ProgressState.NOT_STARTED)
    note: str = ""
    updated_at: datetime
    closed_at: datetime | None = None
    #: the day to look whether it still holds, and when somebody looked
    look_back_on: date | None = None
    looked_back_at: datetime | None = None


class UrgentCase(SQLModel, table=True):
    """One event (紧急信息): all its reports and hops."""

    __tablename__ = "urgent_case"

    id: int | None = Field(default=None, primary_key=True)
    #: the reporting office's own key for the event: a repeated call changes nothing
    reference: str = Field(unique=True)
    office_id: int = Field(foreign_key="office.id")
    title: str
    severity: str
    occurred_at: datetime
    learned_at: datetime
    raised_at: datetime
    closed_at: datetime | None = None


class UrgentReport(SQLModel, table=True):
    """Initial, follow-up or final report of a case."""

    __tablename__ = "urgent_report"
    __table_args__ = (UniqueConstraint("case_id", "seq"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="urgent_case.id")
    seq: int
    kind: str
    text: str = Field(sa_type=Text)
    officer: str
    raised_at: datetime


class ContactLog(SQLModel, table=True):
    """A recorded telephone call: it counts as contact."""

    __tablename__ = "contact_log"

    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id", index=True)
    #: the office that was called: the one that owes, or one above it
    office_id: int = Field(foreign_key="office.id")
    called_at: datetime
    caller: str
    person: str
    note: str = ""
    #: whether somebody answered: only then it is contact
    reached: bool = True
