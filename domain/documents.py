"""What a circular says, as values: the draft that reading makes and registering stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import StrEnum

from domain.deadlines import HolidayRule


class DocumentKind(StrEnum):
    """文种, as far as it decides how a circular is read."""

    NOTICE = "notice"
    #: 转发, 批转: passes on a circular of another authority
    FORWARDING_NOTICE = "forwarding_notice"
    #: 印发: issues a document annexed to it
    ISSUING_NOTICE = "issuing_notice"
    OPINIONS = "opinions"
    PLAN = "plan"
    LETTER = "letter"
    REPORT = "report"
    OTHER = "other"


class SourceKind(StrEnum):
    """Where an order comes from; only a circular has a document number."""

    CIRCULAR = "circular"
    #: 批示件
    WRITTEN_INSTRUCTION = "written_instruction"
    #: 会议纪要
    MINUTES = "minutes"
    #: 建议提案
    PROPOSAL = "proposal"


class Urgency(StrEnum):
    """紧急程度."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EXTRA_URGENT = "extra_urgent"


class Duty(StrEnum):
    """What a requirement asks for."""

    #: hand something in to somebody
    REPORT = "report"
    #: finish a piece of work
    COMPLETE = "complete"


class RequirementKind(StrEnum):
    """How the deadline of a requirement is told."""

    ONCE = "once"
    RECURRING = "recurring"
    #: whenever something happens: makes no obligation
    ON_OCCURRENCE = "on_occurrence"
    AFTER_RECEIPT = "after_receipt"


#: A half-open range of character offsets into the clean text of the file.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """联系人 as printed: any part may be missing."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedReference:
    """The circular that this one forwards or issues (never one it only cites)."""

    document_number: str | None
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionDraft:
    """One numbered paragraph (任务事项). `number` is as printed (一, （二）); `children` are its sub-paragraphs."""

    number: str
    heading: str
    text: str
    span: Span
    lead_office: str | None = None
    supporting_offices: tuple[str, ...] = ()
    children: tuple[InstructionDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementDraft:
    """One sentence that sets a duty (报送要求). Days are local (Asia/Shanghai); what the text does not say is None."""

    text: str
    duty: Duty
    kind: RequirementKind
    span: Span
    due_on: date | None = None
    due_time: time | None = None
    #: RFC 5545, of the due days
    rrule: str | None = None
    #: the first due day, where the text gives a beginning
    starts_on: date | None = None
    #: 工作日 after receipt
    workdays: int | None = None
    #: calendar days after receipt
    days: int | None = None
    #: 遇节假日顺延, where the text says so: a due day on a rest day moves
    holiday_rule: HolidayRule | None = None
    deliver_to: str | None = None
    responsible: str | None = None
    #: which of `deliver_to` and `responsible` no sentence names: taken from the issuing authority and the addressees
    assumed: tuple[str, ...] = ()

    def as_stated(self) -> RequirementDraft:
        """Return it without what is assumed: where a circular names nobody, whoever passes it on decides."""
        return replace(self, **dict.fromkeys(self.assumed), assumed=())  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularDraft:
    """What one circular says by itself; never filled from its annexes, nor they from it."""

    kind: DocumentKind
    #: the circular's own part of the text, as it was printed
    text: str
    span: Span
    #: the clean text of the whole file, to which all spans refer; '' where nothing was read from a file
    page: str = ""
    #: where the values of a field stand, by its name
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    document_number: str | None = None
    issuing_authority: tuple[str, ...] = ()
    title: str | None = None
    urgency: Urgency | None = None
    classification: str | None = None
    addressees: tuple[str, ...] = ()
    cc_authorities: tuple[str, ...] = ()
    dated_on: date | None = None
    issued_on: date | None = None
    scope: str | None = None
    forwards: ForwardedReference | None = None
    contacts: tuple[ContactLine, ...] = ()
    instructions: tuple[InstructionDraft, ...] = ()
    requirements: tuple[RequirementDraft, ...] = ()
    annexes: tuple[CircularDraft, ...] = ()
    #: one Chinese sentence each: what was not found, or is doubtful
    warnings: tuple[str, ...] = ()
    #: one Chinese sentence each: signs that nobody can read, where they decide something; a person must look
    damaged: tuple[str, ...] = ()
