"""What came in, as stored: each message once, its files by digest, what waits for an operator, who was answered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.answering import ANSWERS_A_DAY
from domain.calendar import at_local, local_day
from domain.errors import Refused
from domain.inbound import InboundKind
from domain.offices import Audience, Contact, Office, Recipient
from domain.trail import SYSTEM
from models.acting import fire, firing_row, sound
from models.circular import Circular
from models.circulars import store_document
from models.inbound import InboundAttachment, InboundMessage, InboundState
from models.installation import Installation
from models.notice import Firing, FiringRecipient
from models.session import Transaction
from models.statements import insert_new

#: The message that answers a mail; its cause is unique: one for each mail.
ANSWER = "inbound_answer"
_ANSWER_RUNG = f"act:{ANSWER}"


@dataclass(frozen=True, slots=True)
class File:
    """One file that came along; its content is never opened."""

    filename: str
    media_type: str
    size: int
    content: bytes
    #: why it is not kept, in Chinese
    refused: str = ""


def store_message(work: Transaction, row: dict[str, Any]) -> InboundMessage | None:
    """Store a message whose key is free and return it; None where it is there already.

    The insert decides between two who read the same message at once: the second waits for the first.
    """
    found = insert_new(work.session, InboundMessage, [row], col(InboundMessage.id))
    return work.session.get_one(InboundMessage, found[0][0]) if found else None


def message_of(session: Session, key: str) -> InboundMessage:
    """Return the message that is stored under a key."""
    return session.scalars(select(InboundMessage).where(col(InboundMessage.key) == key)).one()


def keep_files(work: Transaction, message: InboundMessage, raw: bytes, files: Sequence[File]) -> tuple[str, ...]:
    """Keep the message itself and its files as documents, by digest; return the digests of the files that are kept."""
    work.actors |= {f"document:{message.sha256}": SYSTEM}
    store_document(work, raw, f"{message.sha256[:16]}.eml", message.sha256)
    kept: list[str] = []
    for number, file in enumerate(files, 1):
        document_id = None
        if not file.refused:
            digest = hashlib.sha256(file.content).hexdigest()
            document_id = store_document(work, file.content, file.filename, digest)
            kept.append(digest)
        work.session.add(
            InboundAttachment(
                inbound_id=message.id or 0, number=number, filename=file.filename, media_type=file.media_type,
                size=file.size, document_id=document_id, refused=file.refused,
            )
        )  # fmt: skip
    work.session.flush()
    return tuple(dict.fromkeys(kept))


def known_message(session: Session, number: int, *, lock: bool = False) -> InboundMessage:
    """Return the message with this number, if asked locked against another operator; raises Refused if unknown."""
    statement = select(InboundMessage).where(col(InboundMessage.id) == number)
    statement = statement.with_for_update() if lock else statement
    found = session.scalars(statement.execution_options(populate_existing=True)).first()
    if found is None:
        message = f"没有编号为 {number} 的来信；可用 duban inbox list 查看。"
        raise Refused(message)
    return found


def need_waiting(session: Session, number: int) -> InboundMessage:
    """Return a message that waits for an operator, locked; raises Refused where it has been dealt with."""
    found = known_message(session, number, lock=True)
    if found.state not in (InboundState.WAITING, InboundState.NEW):
        by = f"（{found.settled_by}）" if found.settled_by else ""
        message = f"来信 {number} 已处理{by}，不在待处理之列。"
        raise Refused(message)
    return found


def waiting(session: Session, limit: int) -> Sequence[InboundMessage]:
    """Return what waits for an operator: urgent reports first, then in the order in which it came."""
    urgent = col(InboundMessage.kind) == InboundKind.URGENT_REPORT
    statement = select(InboundMessage).where(col(InboundMessage.state).in_([InboundState.NEW, InboundState.WAITING]))
    return session.scalars(statement.order_by(urgent.desc(), col(InboundMessage.id)).limit(limit)).all()


def recent(session: Session, limit: int) -> Sequence[InboundMessage]:
    """Return what came in last, the newest first."""
    return session.scalars(select(InboundMessage).order_by(col(InboundMessage.id).desc()).limit(limit)).all()


def files_of(session: Session, number: int) -> Sequence[InboundAttachment]:
    """Return the files that came along with a message, in their order."""
    statement = select(InboundAttachment).where(col(InboundAttachment.inbound_id) == number)
    return session.scalars(statement.order_by(col(InboundAttachment.number))).all()


def taken_before(session: Session, message: InboundMessage, kind: InboundKind) -> InboundMessage | None:
    """Return the mail that has already done the same by the same token: its act is not done a second time.

    What says something differs by what it says: a report that was returned is handed in again, more time that was
    refused is asked for with another day.
    """
    same = [
        col(InboundMessage.delivery_id) == message.delivery_id,
        col(InboundMessage.kind) == kind,
        col(InboundMessage.state) == InboundState.TAKEN,
        col(InboundMessage.id) != message.id,
    ]
    if kind not in (InboundKind.RECEIPT, InboundKind.ACKNOWLEDGEMENT):
        same.append(col(InboundMessage.text) == message.text)
    return session.scalars(select(InboundMessage).where(*same).order_by(col(InboundMessage.id))).first()


def answer_sender(
    work: Transaction, here: Installation, message: InboundMessage, office: Office, contact: Contact, words: str,
    *, about: Circular | None = None, urgency_tag: str = "",
) -> bool:  # fmt: skip
    """Tell the sender once what became of the mail; False where the address had its answers for today.

    About an urgent report it passes at any hour. Where it cannot be delivered, nobody is told (`NO_ECHO`).
    """
    if _answers_today(work.session, contact.address, work.now) >= ANSWERS_A_DAY:
        return False
    subject = f"“{message.subject}”" if message.subject else "（无主题）"
    row = firing_row(
        here.view, Recipient(office.code, contact.role.value, (contact,)), ANSWER, rung=_ANSWER_RUNG,
        cause=f"inbound:{message.id}", at=work.now, now=work.now, not_before=work.now, urgency_tag=urgency_tag,
        why="贵单位来信，此为答复。",
        detail={
            "matter": f"来信{subject}", "reason": words, "reference": f"来信-{message.id}",
            "number": (about.number or "") if about else "", "title": about.title if about else "",
        },
    )  # fmt: skip
    return bool(fire(work, [row]))


def _answers_today(session: Session, address: str, now: datetime) -> int:
    statement = (
        select(func.count())
        .select_from(FiringRecipient)
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .where(
            func.lower(col(FiringRecipient.address)) == address.lower(),
            col(Firing.rung) == _ANSWER_RUNG,
            col(Firing.fired_at) >= at_local(local_day(now), time.min),
        )
    )
    return int(session.scalar(statement) or 0)


def alarm_operators(
    work: Transaction, here: Installation, cause: str, matter: str, reason: str, *, urgency_tag: str = ""
) -> bool:
    """Alarm the operators about `cause`, once however often it is found; False where there is nobody to tell yet."""
    operating = here.view.roster.operating
    if operating not in here.view.id_of:
        return False
    operators = here.view.roster.audience(operating, Audience.OPERATORS, work.now)
    detail = {"matter": matter, "reason": reason}
    return sound(
        work, here.view, operators, "alarm", cause, detail, why="您负责督办系统值守。", urgency_tag=urgency_tag
    )
