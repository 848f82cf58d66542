"""What a check asks about mail: what should have left, what is stuck, what failed with nobody told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain import watching
from domain.calendar import WorkCalendar
from domain.deadlines import format_instant
from domain.inbound import InboundKind
from domain.offices import Audience, Role
from domain.statuses import Status
from domain.watching import Found
from models.acting import REMINDER_RUNG
from models.blocking import CAUSE
from models.circular import Circular, CircularState
from models.forwarding import Forwarding
from models.inbound import InboundMessage, InboundState
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.obligation import Obligation
from models.office import Office
from models.outbox import AT_ANY_HOUR
from models.roster import load_roster
from models.statements import batches
from models.undeliverable import NO_ECHO

#: So many are named; all are counted.
_NAMED = 5
#: So many rows back is as far as "lately" reaches in the large tables.
_LATELY = 100_000
_RUNS = [status for status in Status if status.runs]
_FAILED = (DeliveryState.REFUSED, DeliveryState.UNCERTAIN, DeliveryState.BOUNCED)


def unassembled(session: Session, now: datetime, calendar: WorkCalendar) -> Found:
    """Find what should have become a message by now."""
    urgent, since = now - watching.UNASSEMBLED_URGENT, calendar.add_working_time(now, -watching.UNASSEMBLED)
    tag, ready = col(Firing.urgency_tag), col(Firing.not_before)
    waiting = and_(
        col(FiringRecipient.notice_id).is_(None), col(Firing.state) == FiringState.OPEN,
        or_(and_(tag.in_(AT_ANY_HOUR), ready <= urgent), and_(tag.not_in(AT_ANY_HOUR), ready <= since)),
    )  # fmt: skip
    joined = col(Firing.id) == col(FiringRecipient.firing_id)
    count = session.scalar(select(func.count()).select_from(FiringRecipient).join(Firing, joined).where(waiting)) or 0
    statement: Any = (
        select(col(Office.name), col(Firing.kind), ready.label("ready"), tag.label("tag"))
        .select_from(FiringRecipient)
        .join(Firing, joined)
        .join(Office, col(Office.id) == col(Firing.office_id))
        .where(waiting)
        .order_by(tag.in_(AT_ANY_HOUR).desc(), ready)
        .limit(_NAMED)
    )
    rows = session.execute(statement).all()
    words = tuple(f"给{row.name}的 {row.kind}，应于{format_instant(row.ready)}发出" for row in rows)
    return Found(count, words, any(row.tag in AT_ANY_HOUR for row in rows))


def unsent(session: Session, now: datetime, calendar: WorkCalendar) -> Found:
    """Find messages that have been on their way for too long: queued, claimed or marked and never ended."""
    urgent, since = now - watching.UNSENT_URGENT, calendar.add_working_time(now, -watching.UNSENT)
    tag, made = col(Notice.urgency_tag), col(Notice.created_at)
    waiting = and_(
        col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.SENDING]),
        or_(and_(tag.in_(AT_ANY_HOUR), made <= urgent), and_(tag.not_in(AT_ANY_HOUR), made <= since)),
    )
    joined = col(Notice.id) == col(Delivery.notice_id)
    count = session.scalar(select(func.count()).select_from(Delivery).join(Notice, joined).where(waiting)) or 0
    statement: Any = (
        select(Delivery, made.label("made"), col(Office.name).label("office"), tag.label("tag"))
        .join(Notice, joined)
        .join(Office, col(Office.id) == col(Notice.office_id))
        .where(waiting)
        .order_by(tag.in_(AT_ANY_HOUR).desc(), made)
        .limit(_NAMED)
    )
    rows = session.execute(statement).all()
    words = tuple(_stuck(row.Delivery, row.office, row.made) for row in rows)
    return Found(count, words, any(row.tag in AT_ANY_HOUR for row in rows))


def _stuck(delivery: Delivery, office: str, made: datetime) -> str:
    reply = f"，服务器答复：{delivery.reply[:60]}" if delivery.reply else ""
    tried = f"试过 {delivery.attempts} 次" if delivery.attempts else "还没有试成"
    return f"投递 {delivery.id}（{office}），{format_instant(made)}列入待发，{tried}{reply}"


def untold_failures(session: Session, now: datetime) -> Found:
    """Find messages that failed for good, still had something to tell, and of whose failure nobody was told."""
    told = select(col(Firing.cause)).where(
        col(Firing.kind) == "undeliverable", col(Firing.cause).is_not(None), _lately(session, Firing)
    )
    numbers = {cause.partition("/")[0] for cause in session.scalars(told) if cause}
    still_tells = exists().where(
        col(FiringRecipient.notice_id) == col(Delivery.notice_id),
        col(Firing.id) == col(FiringRecipient.firing_id),
        col(Firing.state) == FiringState.OPEN,
    )
    failed = _failed(session, now, col(Notice.kind).not_in(NO_ECHO), still_tells)
    blocked = select(Firing).where(col(Firing.cause).startswith(f"{CAUSE}/"), _lately(session, Firing))
    for alarm in session.scalars(blocked):
        numbers |= {f"delivery:{number}" for number in alarm.detail.get("deliveries", "").split()}
    alone = [row for row in failed if f"delivery:{row.id}" not in numbers]
    passed_on = _passed_on(session, [row.id for row in alone], {int(each.partition(":")[2]) for each in numbers})
    return _named([row for row in alone if row.id not in passed_on])


def _passed_on(session: Session, numbers: Sequence[int], told: Collection[int]) -> set[int]:
    """Return which of these failed deliveries told what has gone to a colleague, or of whose failure one was told."""
    own, firing, other, its = aliased(FiringRecipient), aliased(Firing), aliased(FiringRecipient), aliased(Delivery)
    found = set[int]()
    for batch in batches(numbers):
        statement = (
            select(col(Delivery.id), col(its.id), col(its.state))
            .join(own, col(own.notice_id) == col(Delivery.notice_id))
            .join(firing, col(firing.id) == col(own.firing_id))
            .join(other, and_(col(other.firing_id) == col(own.firing_id), col(other.address) != col(own.address)))
            .outerjoin(its, col(its.notice_id) == col(other.notice_id))
            .where(col(Delivery.id).in_(batch), col(firing.state) == FiringState.OPEN)
        )
        for number, sibling, state in session.execute(statement):
            if sibling is None or sibling in told or state not in (*_FAILED, DeliveryState.WITHDRAWN):
                found.add(number)
    return found


def failed_addresses(session: Session, now: datetime) -> Found:
    """Find the offices to which no mail goes any more because every address of theirs has failed (Ladder 7)."""
    roster = load_roster(session).roster
    if roster.operating not in roster.offices or not roster.failed:
        return Found(0)
    cut = [roster[code] for code in sorted(roster.inside) if roster.only_failed(code, now)]
    return Found(len(cut), tuple(each.name for each in cut[:_NAMED]))


def failed_alarms(session: Session, now: datetime) -> Found:
    """Find alarms and notices of failure that failed themselves: those make no further ones."""
    failed = _failed(session, now, col(Notice.kind).in_(NO_ECHO), col(Notice.kind) != "test")
    passed_on = _passed_on(session, [row.id for row in failed], set())
    return _named([row for row in failed if row.id not in passed_on])


def _failed(session: Session, now: datetime, *conditions: ColumnElement[bool]) -> Sequence[Any]:
    statement = (
        select(col(Delivery.id), col(Delivery.subject), col(Delivery.state), col(Office.name))
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .join(Office, col(Office.id) == col(Notice.office_id))
        .where(
            _lately(session, Delivery), col(Delivery.state).in_(_FAILED),
            col(Delivery.ended_at) > now - watching.LOOK_BACK, *conditions,
        )
        .order_by(col(Delivery.id))
    )  # fmt: skip
    return session.execute(statement).all()


def _named(rows: Sequence[Any]) -> Found:
    named = tuple(f"投递 {row.id}，发给{row.name}的“{row.subject}”" for row in rows[:_NAMED])
    return Found(len(rows), named)


def unsettled_mail(session: Session, now: datetime, calendar: WorkCalendar) -> Found:
    """Find mails that have waited for an operator for too long."""
    urgent, since = now - watching.UNSETTLED_URGENT, calendar.add_working_time(now, -watching.UNSETTLED)
    is_urgent, came = col(InboundMessage.kind) == InboundKind.URGENT_REPORT, col(InboundMessage.collected_at)
    late = and_(
        col(InboundMessage.state).in_([InboundState.NEW, InboundState.WAITING]),
        or_(and_(is_urgent, came <= urgent), and_(~is_urgent, came <= since)),
    )
    count = session.scalar(select(func.count()).select_from(InboundMessage).where(late)) or 0
    statement = select(InboundMessage).where(late).order_by(is_urgent.desc(), came).limit(_NAMED)
    found = session.scalars(statement).all()
    words = tuple(f"来信 {each.id}（{each.kind.label}），{format_instant(each.collected_at)}收到" for each in found)
    return Found(count, words, any(each.kind is InboundKind.URGENT_REPORT for each in found))


def nobody_told(session: Session, now: datetime) -> Found:
    """Find what was to be said and resolved to no address at all."""
    statement = (
        select(col(Office.name), col(Firing.kind), col(Firing.fired_at))
        .join(Office, col(Office.id) == col(Firing.office_id))
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(
            _lately(session, Firing), col(Firing.state) == FiringState.OPEN,
            col(Firing.fired_at) > now - watching.LOOK_BACK,
            or_(col(Firing.obligation_id).is_(None), col(Obligation.status).in_(_RUNS)),
            ~exists().where(col(FiringRecipient.firing_id) == col(Firing.id)),
        )
        .order_by(col(Firing.id))
    )  # fmt: skip
    rows = session.execute(statement).all()
    named = tuple(f"给{row.name}的 {row.kind}，{format_instant(row.fired_at)}" for row in rows[:_NAMED])
    return Found(len(rows), named)


def unreachable(session: Session) -> Found:
    """Find what waits for an address because nobody up the whole chain has one (docs/rules.md, Ladder 7).

    However long it waits; each office and role is named once. What an act has ended meanwhile is left out: nobody will
    be told of it any more.
    """
    statement: Any = (
        select(
            col(Office.name), col(Firing.role), func.count().label("firings"),
            func.min(col(Firing.fired_at)).label("since"), func.max(_urgent(col(Firing.urgency_tag))).label("urgent"),
        )
        .join(Office, col(Office.id) == col(Firing.office_id))
        .outerjoin(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .where(col(Firing.state) == FiringState.UNREACHABLE, _still_holds())
        .group_by(col(Firing.office_id), col(Office.name), col(Firing.role))
    )  # fmt: skip
    rows = sorted(session.execute(statement).all(), key=lambda row: (-row.urgent, row.since, row.name, row.role))
    named = tuple(_waiting_for_an_address(row) for row in rows[:_NAMED])
    return Found(sum(row.firings for row in rows), named, any(row.urgent == 1 for row in rows))


def _urgent(tag: Any) -> ColumnElement[int]:
    return case((tag.in_(AT_ANY_HOUR), 1), else_=0)


def _still_holds() -> ColumnElement[bool]:
    """Return what `models.overtaken.is_over` denies, for many rows at once."""
    of_the_ladder = or_(~col(Firing.rung).startswith("act:"), col(Firing.rung) == REMINDER_RUNG)
    runs = and_(
        col(Obligation.status).in_(_RUNS), col(Obligation.hold) == "",
        col(Firing.revision) == col(Obligation.revision),
    )  # fmt: skip
    recalled = exists().where(
        col(Forwarding.circular_id) == col(Obligation.circular_id),
        col(Forwarding.to_office_id) == col(Obligation.office_id), col(Forwarding.recalled_at).is_not(None),
    )  # fmt: skip
    ended = exists().where(
        col(Circular.id) == col(Obligation.circular_id), col(Circular.state) != CircularState.ACTIVE
    )  # fmt: skip
    taken_back = and_(col(Firing.kind) == "circular", or_(recalled, ended))
    return or_(
        col(Firing.obligation_id).is_(None), and_(of_the_ladder, runs), and_(not_(of_the_ladder), not_(taken_back))
    )


def _waiting_for_an_address(row: Any) -> str:
    role = "值守人员" if row.role == Audience.OPERATORS else Role(row.role).label
    return f"{row.name}（{role}）{row.firings} 件，自{format_instant(row.since)}起"


def _lately(session: Session, table: Any) -> ColumnElement[bool]:
    """Return a condition that keeps a question to the newest rows of a table that only grows."""
    newest = session.scalar(select(func.max(col(table.id)))) or 0
    return col(table.id) > newest - _LATELY
