"""What waits for an operator: the mails that came in and were not taken, one in full, and what is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prefect import task
from sqlalchemy import select
from sqlmodel import Session, col

from domain.answering import Order, missing_words, offices_of
from domain.errors import Refused
from domain.inbound import InboundKind
from domain.masking import without_contacts
from domain.offices import Office
from domain.trail import Actor
from models.circular import Document
from models.circulars import need_circular
from models.inbound import InboundMessage, InboundState
from models.inbox import files_of, known_message, need_waiting, recent, waiting
from models.installation import Installation, installation
from models.lookup import need_obligation, need_office, need_owed, need_receipt
from models.obligation import Obligation
from models.occurrences import occurrence_asked
from models.session import Transaction, reading, transaction
from models.taking import Performed, perform, raise_alert, report_on_occurrence
from tasks.outcome import need_reason


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One mail, for people; instants are aware."""

    id: int
    kind: str
    kind_label: str
    state: str
    state_label: str
    #: of the office it came from, where that is known; else of the roster's office with this address
    office: str
    sender: str
    subject: str
    reason: str
    collected_at: datetime
    files: int


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One file that came along."""

    filename: str
    size: int
    sha256: str
    refused: str


@dataclass(frozen=True, slots=True)
class InboxMail:
    """One mail in full. Telephone numbers are shown to operators and never enter the trail."""

    line: InboxLine
    address: str
    text: str
    files: tuple[InboxFile, ...]
    #: SHA-256 of the mail as it came, which is kept as a document
    sha256: str
    size: int
    obligation_id: int | None
    #: who of the roster has this address, with telephone numbers
    people: tuple[str, ...]
    settled_by: str
    settled_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing(Order):
    """What an operator takes a mail for: an order whose text, files and title are the mail's where it names none."""

    office: str
    document: str = ""
    obligation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What an operator did about a mail."""

    inbound_id: int
    state: str
    message: str
    obligation_id: int | None = None


@task(name="待处理来信")
def list_inbox(*, limit: int = 100, everything: bool = False) -> list[InboxLine]:
    """Return what waits for an operator, urgent reports first; or everything that came in, the newest first."""
    with reading() as session:
        here = installation(session)
        found = recent(session, limit) if everything else waiting(session, limit)
        return [_line(session, here, each) for each in found]


@task(name="查看来信")
def show_mail(number: int) -> InboxMail:
    """Return one mail in full; its files are named and not opened. Raises Refused where there is none."""
    with reading() as session:
        here, message = installation(session), known_message(session, number)
        return InboxMail(
            line=_line(session, here, message), address=message.from_address, text=message.text,
            files=tuple(_files(session, number)), sha256=message.sha256, size=message.size,
            obligation_id=message.obligation_id, people=tuple(_people(here, message.from_address)),
            settled_by=message.settled_by, settled_at=message.settled_at, note=message.note,
        )  # fmt: skip


@task(name="取出来信附件")
def files_of_mail(number: int) -> list[tuple[str, bytes]]:
    """Return the mail as it came and the files that were kept, by name, each as its bytes; none is opened.

    Raises Refused where there is no such mail.
    """
    with reading() as session:
        message = known_message(session, number)
        raw = session.scalars(select(Document).where(col(Document.sha256) == message.sha256)).one()
        found = [(f"来信-{number}.eml", raw.content)]
        for each in files_of(session, number):
            if each.document_id is not None:
                kept = session.get_one(Document, each.document_id)
                found.append((f"来信-{number}-{each.number}-{each.filename}", kept.content))
        return found


def _line(session: Session, here: Installation, message: InboundMessage) -> InboxLine:
    codes = offices_of(here.view.roster, message.from_address)
    office = here.view.office(message.office_id).name if message.office_id else ""
    return InboxLine(
        id=message.id or 0, kind=message.kind.value, kind_label=message.kind.label, state=message.state.value,
        state_label=message.state.label, office=office or (here.view.roster[codes[0]].name if codes else ""),
        sender=message.from_name or message.from_address, subject=message.subject, reason=message.reason,
        collected_at=message.collected_at, files=len(files_of(session, message.id or 0)),
    )  # fmt: skip


def _files(session: Session, number: int) -> Sequence[InboxFile]:
    found = []
    for each in files_of(session, number):
        kept = session.get(Document, each.document_id) if each.document_id else None
        found.append(InboxFile(each.filename, each.size, kept.sha256 if kept else "", each.refused))
    return found


def _people(here: Installation, address: str) -> Sequence[str]:
    same = address.casefold()
    return [
        " ".join(part for part in (office.name, each.officer, each.role.label, each.phone) if part)
        for code in offices_of(here.view.roster, address)
        for office in [here.view.roster[code]]
        for each in office.contacts
        if each.address.casefold() == same
    ]


@task(name="处理来信")
def settle_mail(number: int, reason: str, *, actor: Actor, now: datetime) -> Settled:
    """Note that a mail needs no act, with the reason; it waits no more. Raises Refused: no reason, done already."""
    need_reason(reason, "处理来信")
    with transaction(actor, now) as work:
        message = need_waiting(work.session, number)
        _settle(work, message, InboundState.SETTLED, reason)
        payload = {"kind": message.kind, "reason": without_contacts(reason)}
        work.record("inbound.settled", f"inbound:{number}", payload)
        return Settled(number, message.state.value, f"来信 {number} 已处理：{reason}")


@task(name="代为办理来信")
def take_for_office(number: int, filing: Filing, *, actor: Actor, now: datetime) -> Settled:
    """Do for an office what its mail asks for, as an operator reads it.

    The operator is the actor; the trail says by which mail. The text and the files are those of the mail. Raises
    Refused as the act itself does, where something it needs is missing, and where the mail was dealt with already.
    """
    with transaction(actor, now) as work:
        here, message = installation(work.session), need_waiting(work.session, number)
        office = need_office(here, filing.office)
        order = _order(work, message, filing)
        missing = missing_words(order)
        if missing:
            raise Refused(f"不能作“{order.kind.label}”办理：{missing}。")
        done = _perform(work, here, office, filing, order)
        _settle(work, message, InboundState.TAKEN, filing.reason)
        message.kind, message.office_id = order.kind, here.view.id_of[office.code]
        message.obligation_id, message.reason = done.obligation_id, done.message
        payload = {
            "kind": order.kind, "office": office.code, "obligation": done.obligation_id, "sha256": message.sha256,
            "by_operator": True,
        }  # fmt: skip
        work.record("inbound.taken", f"inbound:{number}", payload)
        words = f"来信 {number} 已作“{order.kind.label}”办理：{done.message}"
        return Settled(number, message.state.value, words, done.obligation_id)


def _settle(work: Transaction, message: InboundMessage, state: InboundState, note: str) -> None:
    message.state, message.note = state, note
    message.settled_at, message.settled_by = work.now, work.actor.name
    work.session.flush()


def _order(work: Transaction, message: InboundMessage, filing: Filing) -> Order:
    if not filing.kind.is_act:
        raise Refused(f"“{filing.kind.label}”不是可以办理的事，请用 duban inbox settle 处理。")
    kept = [each.sha256 for each in _files(work.session, message.id or 0) if each.sha256]
    return replace(
        filing, text=filing.text.strip() or message.text, attachments=tuple(dict.fromkeys(kept)),
        title=filing.title or message.subject,
    )  # fmt: skip


def _perform(work: Transaction, here: Installation, office: Office, filing: Filing, order: Order) -> Performed:
    if order.kind is InboundKind.URGENT_REPORT:
        return raise_alert(work, here, office, order)
    if filing.obligation_id is None and not filing.document.strip():
        message = "请写明文号（--document）或事项编号（--obligation）。"
        raise Refused(message)
    if order.kind is InboundKind.REPORT and filing.obligation_id is None:
        requirement = occurrence_asked(work.session, need_circular(work.session, filing.document), filing.ordinal)
        if requirement is not None:
            return report_on_occurrence(work, here, office, requirement, order)
    return perform(work, here, office, _owed(work, here, office, filing, order), order)


def _owed(work: Transaction, here: Installation, office: Office, filing: Filing, order: Order) -> Obligation:
    if filing.obligation_id is not None:
        owed = need_obligation(work.session, filing.obligation_id)
        if owed.office_id != here.view.id_of[office.code]:
            raise Refused(f"事项 {owed.id} 不是{office.name}的事项。")
        return owed
    if order.kind in (InboundKind.RECEIPT, InboundKind.RETURNED_PAPER):
        return need_receipt(work.session, need_circular(work.session, filing.document), office, here)
    return need_owed(
        work.session, here, filing.document, office, ordinal=filing.ordinal, period=filing.period
    )  # fmt: skip
