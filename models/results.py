"""What became of a delivery, recorded in the transaction that may mark the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel import col

from domain.calendar import local_day
from domain.offices import Audience
from domain.refusals import Fault
from models.acting import sound
from models.blocking import tell_blocked
from models.bounces import mark_address, pass_on
from models.bulk import update_many
from models.installation import Installation
from models.notice import Delivery, DeliveryState, Notice
from models.overtaken import drop_ended
from models.pace import slow_down
from models.session import Transaction
from models.statements import among_given
from models.undeliverable import NO_ECHO, Failure, tell_undeliverable

#: Minutes to wait at most before the next try after a temporary refusal; after the last the message counts as refused.
BACKOFF = (1, 5, 15, 30, 60, 120, 240, 480)
#: By so much of it a wait is shorter, each message by another share: what was put off together does not come back so.
_JITTER = 0.2
#: The first pause after an answer that asks us to go slower, and after one that takes us for spam.
_SLOWER, _BLOCKED = timedelta(minutes=2), timedelta(minutes=10)
#: An outcome beside those of a conversation: the server could not be reached at all.
UNREACHABLE = "unreachable"
#: Another: we could not make the message; tried again like a temporary refusal, the operators alarmed.
UNSENDABLE = "unsendable"
#: After an uncertain end: one retry with the same Message-ID.
RETRY_UNCERTAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ended:
    """How one attempt ended, with what the server said."""

    delivery_id: int
    #: who had claimed it
    worker: str
    #: accepted, refused, deferred, uncertain, unreachable or unsendable
    outcome: str
    code: int | None
    reply: str
    subject: str
    digest: str
    at: datetime
    #: whether a refusal is about the address
    fault: Fault = Fault.NONE


def record_results(work: Transaction, here: Installation, ended: Sequence[Ended]) -> dict[int, DeliveryState]:
    """Record how many attempts ended, by delivery: what was accepted at once for all, the rest one by one.

    The deliveries are locked in one order, whoever records them.
    """
    accepted = {each.delivery_id: each for each in ended if each.outcome == DeliveryState.ACCEPTED}
    if not accepted:
        return {each.delivery_id: record_result(work, here, each) for each in ended}
    rows = work.session.connection().execute(_ACCEPTED, {"accepted": list(accepted)}).all()
    # One whose lease ran out may have been taken over.
    ours = [row for row in rows if row.claimed_by == accepted[row.id].worker]
    update_many(work.session, Delivery, "id", [_as_accepted(row, accepted[row.id]) for row in ours])
    for row in ours:
        _note(work, here, row, row, accepted[row.id], row.attempts + 1)
    found = {row.id: DeliveryState.ACCEPTED for row in ours}
    return found | {
        each.delivery_id: record_result(work, here, each) for each in ended if each.delivery_id not in found
    }


#: Built once: it is run for every few messages.
_ACCEPTED: Any = (
    select(
        col(Delivery.id), col(Delivery.notice_id), col(Delivery.claimed_by), col(Delivery.attempts),
        col(Delivery.message_id), col(Notice.kind), col(Notice.office_id),
    )
    .join(Notice, col(Notice.id) == col(Delivery.notice_id))
    .where(among_given(Delivery.id, "accepted"))
    .order_by(col(Delivery.id))
    .with_for_update(of=Delivery)
)  # fmt: skip


def _as_accepted(row: Row[Any], ended: Ended) -> dict[str, Any]:
    return {
        "id": row.id, "state": DeliveryState.ACCEPTED, "attempts": row.attempts + 1, "claimed_by": "",
        "lease_until": None, "code": ended.code, "reply": ended.reply, "subject": ended.subject,
        "digest": ended.digest, "ended_at": ended.at,
    }  # fmt: skip


def record_result(work: Transaction, here: Installation, ended: Ended) -> DeliveryState:
    """Record how an attempt ended; a refused message becomes the superior's and the operators' concern.

    One whose lease ran out meanwhile may have been taken over: then only an acceptance still counts.
    """
    delivery = work.session.get_one(Delivery, ended.delivery_id, populate_existing=True, with_for_update=True)
    if delivery.claimed_by != ended.worker:
        return _record_late(work, here, delivery, ended)
    was_on_its_way = delivery.state is DeliveryState.SENDING
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
    if ended.outcome == UNSENDABLE:
        values["marked_at"] = ended.at
    if state is not DeliveryState.QUEUED:
        values["ended_at"] = ended.at
    work.session.execute(update(Delivery).where(col(Delivery.id) == ended.delivery_id).values(**values))
    notice = work.session.get_one(Notice, delivery.notice_id)
    _note(work, here, delivery, notice, ended, attempts)
    if was_on_its_way and state is DeliveryState.QUEUED:
        drop_ended(work.session, delivery.notice_id)
    _tell(work, here, delivery, notice, ended, state, attempts)
    return state


def _record_late(work: Transaction, here: Installation, delivery: Delivery, ended: Ended) -> DeliveryState:
    """Record the end of an attempt that others had given up: what the server has taken need not go again."""
    waits = delivery.state in (DeliveryState.QUEUED, DeliveryState.UNCERTAIN)
    if ended.outcome == DeliveryState.ACCEPTED and waits:
        delivery.state, delivery.ended_at = DeliveryState.ACCEPTED, ended.at
        delivery.claimed_by, delivery.lease_until = "", None
        delivery.code, delivery.reply = ended.code, ended.reply
        delivery.subject, delivery.digest = ended.subject, ended.digest
        work.session.flush()
    notice = work.session.get_one(Notice, delivery.notice_id)
    _note(work, here, delivery, notice, ended, delivery.attempts, late=True)
    return delivery.state


def _note(
    work: Transaction, here: Installation, delivery: Delivery | Row[Any], notice: Notice | Row[Any], ended: Ended,
    attempts: int, *, late: bool = False,
) -> None:  # fmt: skip
    payload: dict[str, Any] = {
        "notice": delivery.notice_id, "kind": notice.kind, "office": here.view.code_of[notice.office_id],
        "attempts": attempts, "code": ended.code, "message_id": delivery.message_id, "digest": ended.digest,
    }  # fmt: skip
    work.record(f"delivery.{ended.outcome}", f"delivery:{delivery.id}", payload | ({"late": True} if late else {}))


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
    return DeliveryState.QUEUED, ended.at + backoff(ended.delivery_id, attempts)


def backoff(delivery_id: int, attempts: int) -> timedelta:
    """Return how long a delivery waits after so many attempts, the same whenever it is asked."""
    share = int.from_bytes(hashlib.sha256(f"{delivery_id}/{attempts}".encode()).digest()[:4]) / 2**32
    return timedelta(minutes=BACKOFF[attempts - 1] * (1 - _JITTER * share))


def _tell(
    work: Transaction, here: Installation, delivery: Delivery, notice: Notice, ended: Ended, state: DeliveryState,
    attempts: int,
) -> None:  # fmt: skip
    """Tell who has to know: the office's next person, or its superior where none is left (docs/rules.md, Ladder 7).

    The operators hear of that too, and they alone of what may or may not have arrived and of what we cannot make.
    """
    if ended.outcome == UNSENDABLE and attempts == 1 and notice.kind not in NO_ECHO:
        _alarm_unsendable(work, here, notice, ended)
    if ended.fault in (Fault.PACE, Fault.CONTENT):
        slow_down(work, _BLOCKED if ended.fault is Fault.CONTENT else _SLOWER)
    failure = _failure(ended)
    if state is DeliveryState.REFUSED and ended.fault is Fault.CONTENT:
        tell_blocked(work, here, delivery, notice, worker=ended.worker, said=failure.reason)
    elif state is DeliveryState.REFUSED and ended.outcome != UNSENDABLE:
        if ended.fault in (Fault.ADDRESS, Fault.MAILBOX):
            mark_address(work, delivery.address, hard=ended.fault is Fault.ADDRESS, reason=failure.reason)
        if ended.fault in (Fault.ADDRESS, Fault.MAILBOX, Fault.RECIPIENT):
            pass_on(work, here, delivery, notice, failure)
        else:
            tell_undeliverable(work, here, delivery, notice, failure)
    elif state in (DeliveryState.REFUSED, DeliveryState.UNCERTAIN):
        tell_undeliverable(work, here, delivery, notice, failure, (Audience.OPERATORS,))


def _failure(ended: Ended) -> Failure:
    how = "两次发出后都没有收到确认，不能肯定已送达" if ended.outcome == "uncertain" else "无法送达"
    reason = f"邮件服务器答复：{ended.code} {ended.reply}" if ended.code else ended.reply
    return Failure(how, reason, ended.subject)


def _alarm_unsendable(work: Transaction, here: Installation, notice: Notice, ended: Ended) -> None:
    """Alarm the operators of what we cannot make: once a day for each error, however many messages share it."""
    office = here.view.office(notice.office_id)
    cause = f"unsendable/{hashlib.sha256(ended.reply.encode()).hexdigest()[:16]}/{local_day(work.now)}"
    detail = {
        "matter": f"发给{office.name}的通知（投递编号 {ended.delivery_id}）无法生成",
        "reason": f"{ended.reply}。系统将再试，其他通知不受影响；同一原因当日只告警一次。",
    }
    operators = here.view.roster.audience(here.view.roster.operating, Audience.OPERATORS, work.now)
    sound(
        work, here.view, operators, "alarm", cause, detail, why="您负责督办系统值守。", urgency_tag=notice.urgency_tag
    )  # fmt: skip


def requeue_lost(work: Transaction, here: Installation, lost: list[Delivery]) -> None:
    """Take the marked deliveries of a killed worker as uncertain: the server may have them."""
    for delivery in lost:
        ended = Ended(
            delivery.id or 0, delivery.claimed_by, "uncertain", None, "发送进程中断，结果不明", delivery.subject,
            delivery.digest, work.now,
        )  # fmt: skip
        record_result(work, here, ended)
