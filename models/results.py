"""What became of a delivery, recorded in the transaction that may mark the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from domain.offices import Audience
from models.acting import alarm
from models.installation import Installation
from models.notice import Delivery, DeliveryState, Notice
from models.session import Transaction

#: Minutes to wait before the next try after a temporary refusal; after the last the message counts as refused.
BACKOFF = (1, 5, 15, 30, 60, 120, 240, 480)
#: An outcome beside those of a conversation: the server could not be reached at all.
UNREACHABLE = "unreachable"
#: After an uncertain end: one retry with the same Message-ID.
RETRY_UNCERTAIN = timedelta(minutes=5)
#: Notices about trouble with mail make no further ones.
_NO_ECHO = ("undeliverable", "alarm", "audit_head", "test")


@dataclass(frozen=True, slots=True)
class Ended:
    """How one attempt ended, with what the server said."""

    delivery_id: int
    #: accepted, refused, deferred, uncertain or unreachable
    outcome: str
    code: int | None
    reply: str
    subject: str
    digest: str
    at: datetime


def record_result(work: Transaction, here: Installation, ended: Ended) -> DeliveryState:
    """Record how an attempt ended; a refused message becomes the superior's and the operators' concern."""
    delivery = work.session.get_one(Delivery, ended.delivery_id, populate_existing=True)
    # A server nobody could reach has said nothing about this message: that is no attempt.
    attempts = delivery.attempts + (ended.outcome != UNREACHABLE)
    state, next_at = _next(ended, attempts, was_uncertain=delivery.was_uncertain)
    values: dict[str, Any] = {
        "state": state, "attempts": attempts, "claimed_by": "", "lease_until": None, "code": ended.code,
        "reply": ended.reply, "subject": ended.subject, "digest": ended.digest,
        "was_uncertain": delivery.was_uncertain or ended.outcome == "uncertain",
    }  # fmt: skip
    if next_at is not None:
        values["next_attempt_at"] = next_at
    if state is not DeliveryState.QUEUED:
        values["ended_at"] = ended.at
    work.session.execute(update(Delivery).where(col(Delivery.id) == ended.delivery_id).values(**values))
    notice = work.session.get_one(Notice, delivery.notice_id)
    work.record(
        f"delivery.{ended.outcome}",
        f"delivery:{ended.delivery_id}",
        {
            "notice": delivery.notice_id, "kind": notice.kind, "office": here.view.code_of[notice.office_id],
            "attempts": attempts, "code": ended.code, "message_id": delivery.message_id, "digest": ended.digest,
        },
    )  # fmt: skip
    if state is DeliveryState.REFUSED and notice.kind not in _NO_ECHO:
        _tell_undeliverable(work, here, delivery, notice, ended)
    return state


def _next(ended: Ended, attempts: int, *, was_uncertain: bool) -> tuple[DeliveryState, datetime | None]:
    if ended.outcome in (DeliveryState.ACCEPTED, DeliveryState.REFUSED):
        return DeliveryState(ended.outcome), None
    if ended.outcome == "uncertain":
        if was_uncertain:
            return DeliveryState.UNCERTAIN, None
        return DeliveryState.QUEUED, ended.at + RETRY_UNCERTAIN
    if ended.outcome == UNREACHABLE:
        return DeliveryState.QUEUED, ended.at + timedelta(minutes=BACKOFF[0])
    if attempts > len(BACKOFF):
        return DeliveryState.REFUSED, None
    return DeliveryState.QUEUED, ended.at + timedelta(minutes=BACKOFF[attempts - 1])


def _tell_undeliverable(
    work: Transaction, here: Installation, delivery: Delivery, notice: Notice, ended: Ended
) -> None:
    """An office nobody can reach is the superior's problem (product.md, Ladder 7); the operators hear of it too."""
    office = here.view.office(notice.office_id)
    detail = {"matter": f"发给{office.name}的“{ended.subject}”无法送达", "reason": f"邮件服务器答复：{ended.reply}"}
    for audience in (Audience.SUPERIOR, Audience.OPERATORS):
        recipient = here.view.roster.audience(office.code, audience)
        if any(contact.address == delivery.address for contact in recipient.contacts):
            continue
        alarm(
            work, here.view, recipient, "undeliverable", f"delivery:{delivery.id}", detail,
            why=f"{office.name}的登记邮箱无法送达，由贵单位设法联系。",
        )  # fmt: skip


def requeue_lost(work: Transaction, here: Installation, lost: list[Delivery]) -> None:
    """Take the marked deliveries of a killed worker as uncertain: the server may have them."""
    for delivery in lost:
        ended = Ended(
            delivery.id or 0, "uncertain", None, "发送进程中断，结果不明", delivery.subject, delivery.digest, work.now
        )
        record_result(work, here, ended)
