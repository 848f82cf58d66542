"""Which notices went to whom, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prefect import task
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.deadlines import format_due
from domain.errors import Refused
from models.circular import Circular
from models.circulars import need_circular
from models.installation import Installation, installation
from models.lookup import need_office
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.obligation import Obligation
from models.office import Office
from models.outbox import originals_of
from models.session import reading
from notifications.messages import NoticeKind

_FIRING_WORDS = {
    FiringState.OPEN: "有效", FiringState.SUPERSEDED: "被更高一级替代", FiringState.SUPPRESSED: "未发出",
    FiringState.WITHDRAWN: "已撤回", FiringState.UNREACHABLE: "无处可送",
}  # fmt: skip


@dataclass(frozen=True)
class NoticeLine:
    """One notice to one address, in words for operators; instants are aware."""

    id: int
    kind: str
    kind_label: str
    office: str
    name: str
    document: str
    #: empty until it is made for sending
    subject: str
    state: str
    state_label: str
    created_at: datetime
    ended_at: datetime | None
    #: sent again on request
    is_again: bool


@dataclass(frozen=True)
class NoticeItem:
    """One thing that a notice told, and whether it still holds."""

    firing_id: int
    kind_label: str
    office: str
    document: str
    what: str
    due: str
    rung: str
    state_label: str
    fired_at: datetime
    why: str


@dataclass(frozen=True)
class NoticeShown:
    """A notice with its recipient, what it told, and its place among messages sent again."""

    line: NoticeLine
    #: for operators; never in the trail
    address: str
    message_id: str
    attempts: int
    reply: str
    was_uncertain: bool
    items: tuple[NoticeItem, ...]
    #: notices that this one tells again, and those that tell this one again
    again_of: tuple[int, ...]
    told_again_by: tuple[int, ...]


@task(name="通知清单")
def list_notices(*, office: str = "", state: str = "", document: str = "", limit: int = 100) -> list[NoticeLine]:
    """Return notices, the newest first, at most `limit`: to an office, in a state, about a circular, where asked.

    What has not become a message yet (it waits out its minutes, or for an address) is none. Raises Refused for an
    office, a state or a document that is not known.
    """
    with reading() as session:
        here = installation(session)
        wanted = _wanted(session, here, office, state, document)
        rows = session.execute(_LINES.where(*wanted).order_by(col(Notice.id).desc()).limit(limit)).all()
        return [_line(row) for row in rows]


@task(name="通知详情")
def show_notice(notice_id: int) -> NoticeShown:
    """Return one notice with all it told. Raises Refused where there is none."""
    with reading() as session:
        row = session.execute(_LINES.where(col(Notice.id) == notice_id)).first()
        if row is None:
            message = f"没有编号为 {notice_id} 的通知；可用 duban notice list 查看编号。"
            raise Refused(message)
        here = installation(session)
        delivery = row.Delivery
        originals = originals_of(session, [notice_id]).get(notice_id, [])
        return NoticeShown(
            line=_line(row), address=delivery.address, message_id=delivery.message_id, attempts=delivery.attempts,
            reply=delivery.reply, was_uncertain=delivery.was_uncertain,
            items=tuple(_item(here, each) for each in _told(session, notice_id)),
            again_of=tuple(dict.fromkeys(each.notice_id for each in originals)),
            told_again_by=tuple(_told_again_by(session, notice_id)),
        )  # fmt: skip


_CARRIED = aliased(FiringRecipient)
_IS_AGAIN = exists().where(
    col(_CARRIED.notice_id) == col(Notice.id),
    col(Firing.id) == col(_CARRIED.firing_id),
    col(Firing.again_of_id).is_not(None),
)
_LINES: Any = (
    select(Notice, Delivery, col(Office.name).label("office"), Circular, _IS_AGAIN.label("is_again"))
    .join(Delivery, col(Delivery.notice_id) == col(Notice.id))
    .join(Office, col(Office.id) == col(Notice.office_id))
    .outerjoin(Circular, col(Circular.id) == col(Notice.circular_id))
)


def _wanted(
    session: Session, here: Installation, office: str, state: str, document: str
) -> Sequence[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if office:
        wanted.append(col(Notice.office_id) == here.view.id_of[need_office(here, office).code])
    if state:
        wanted.append(col(Delivery.state) == _state(state))
    if document:
        number = need_circular(session, document).id
        tells_of_it = exists().where(
            col(_CARRIED.notice_id) == col(Notice.id),
            col(Firing.id) == col(_CARRIED.firing_id),
            col(Obligation.id) == col(Firing.obligation_id),
            col(Obligation.circular_id) == number,
        )
        wanted.append(or_(col(Notice.circular_id) == number, tells_of_it))
    return wanted


def _state(text: str) -> DeliveryState:
    for state in DeliveryState:
        if text.strip() in (state.value, state.label):
            return state
    message = f"投递状态“{text}”不正确，应为{'、'.join(each.label for each in DeliveryState)}之一。"
    raise Refused(message)


def _line(row: Any) -> NoticeLine:
    notice, delivery = row.Notice, row.Delivery
    return NoticeLine(
        id=notice.id, kind=notice.kind, kind_label=NoticeKind(notice.kind).label, office=row.office, name=notice.name,
        document=_document(row.Circular), subject=delivery.subject, state=delivery.state.value,
        state_label=delivery.state.label, created_at=notice.created_at, ended_at=delivery.ended_at,
        is_again=bool(row.is_again),
    )  # fmt: skip


def _document(circular: Circular | None) -> str:
    return (circular.number or circular.title) if circular is not None else ""


def _told(session: Session, notice_id: int) -> Sequence[Any]:
    statement = (
        select(Firing, Obligation, Circular)
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .where(col(FiringRecipient.notice_id) == notice_id)
        .order_by(col(Firing.id))
    )
    return session.execute(statement).all()


def _item(here: Installation, row: Any) -> NoticeItem:
    firing, owed = row.Firing, row.Obligation
    office = here.view.office(owed.office_id if owed is not None else firing.office_id)
    due = format_due(owed.due_at, provisional=owed.provisional) if owed is not None and owed.due_at else ""
    what = f"{owed.kind.label}{f'（{owed.period}）' if owed.period else ''}" if owed is not None else ""
    return NoticeItem(
        firing_id=firing.id, kind_label=NoticeKind(firing.kind).label, office=office.name,
        document=_document(row.Circular), what=what or firing.detail.get("matter", ""), due=due, rung=firing.rung,
        state_label=_FIRING_WORDS[firing.state], fired_at=firing.fired_at, why=firing.why,
    )  # fmt: skip


def _told_again_by(session: Session, notice_id: int) -> Sequence[int]:
    """Return the notices that tell again what this one told first."""
    first, again = aliased(FiringRecipient), aliased(FiringRecipient)
    statement = (
        select(col(again.notice_id))
        .join(Firing, col(Firing.id) == col(again.firing_id))
        .join(first, col(first.firing_id) == col(Firing.again_of_id))
        .where(col(first.notice_id) == notice_id, col(again.notice_id).is_not(None))
        .distinct()
        .order_by(col(again.notice_id))
    )
    return [number for number in session.scalars(statement) if number is not None]
