"""The facts that a mail tells: read from the tables, put into words elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.documents import SourceKind
from domain.statuses import ObligationKind, Status


@dataclass(frozen=True, slots=True)
class CaseReport:
    """One report of a case: initial, follow-up or final, under its running number."""

    seq: int
    kind: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An urgent report, as its mail tells it; instants are aware."""

    id: int
    title: str
    severity: str
    reporter: str
    occurred_at: datetime
    learned_at: datetime
    raised_at: datetime
    #: in their order, the initial one first
    reports: tuple[CaseReport, ...] = ()
    #: until when the initial report was due in writing; None where that is not known
    written_due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One firing: what is owed, by whom, until when, and why this recipient hears of it."""

    firing_id: int
    kind: str
    rung: str
    why: str
    detail: Mapping[str, str] = field(default_factory=dict)
    obligation_id: int | None = None
    #: how often its deadline was newly set
    revision: int = 0
    made_at: datetime | None = None
    #: whether the recipient's own office owes it
    own: bool = False
    obligation_kind: ObligationKind | None = None
    status: Status | None = None
    #: what holds it, and since when
    hold: str = ""
    held_since: datetime | None = None
    #: for a decision: what it decides, as its origin says: review, extension, contest, paper
    decides: str = ""
    office: str = ""
    #: for a decision: the office that waits for it
    about_office: str = ""
    circular_title: str = ""
    document_number: str = ""
    source_kind: SourceKind = SourceKind.CIRCULAR
    issuer: str = ""
    requirement: str = ""
    period: str = ""
    deliver_to: str = ""
    due_at: datetime | None = None
    provisional: bool = False
    #: the day that was written, where its circular defers it (遇节假日顺延)
    deferred_from: date | None = None
    receipt_not_confirmed: bool = False
    #: the absent person for whom the recipient acts
    on_behalf_of: str = ""
    #: when it should have been said, where a sweep came too late for it
    missed_at: datetime | None = None
    case: Case | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One claimed delivery with everything its message tells."""

    delivery_id: int
    notice_id: int
    kind: str
    address: str
    message_id: str
    attempts: int
    was_uncertain: bool
    urgency_tag: str
    name: str
    office: str
    matters: tuple[Matter, ...]
    thread: str = ""
    #: Message-IDs of the messages that this one tells again, the newest last
    again_of: tuple[str, ...] = ()
    #: whom to ask, as printed on the circular
    contact: str = ""
    #: the circular's own text, and the original file to attach
    text: str = ""
    document_id: int | None = None
    #: what else this office owes under the circular that came, or does not owe any more: for its calendar
    dates: tuple[Matter, ...] = ()
