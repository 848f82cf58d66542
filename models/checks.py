"""What a check asks about what is owed: rows that nobody looks at though somebody should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, distinct, exists, func, not_, select
from sqlmodel import Session, col

from domain import watching
from domain.calendar import WorkCalendar
from domain.deadlines import format_instant
from domain.ladders import Running
from domain.offices import Audience
from domain.planning import TAGS
from domain.statuses import ObligationKind, Status
from domain.watching import Found
from models.choices import MailMode, mail_mode
from models.circular import Circular, CircularState, NextPeriod, Requirement
from models.forwarding import Forwarding, ForwardRequest
from models.installation import policies_of
from models.notice import Firing
from models.obligation import Obligation, UrgentCase, Wake
from models.office import Office

#: So many are named; all are counted.
_NAMED = 5
#: So many rows of a question that should have no answer are read at most.
_AT_MOST = 100_000
_RUNS = [status for status in Status if status.runs]


def late_wakes(session: Session, now: datetime, *, urgent: bool) -> Found:
    """Find obligations that a sweep should have looked at by now."""
    patience = watching.LATE_URGENT if urgent else watching.LATE
    late = [col(Wake.wake_at) <= now - patience, col(Wake.urgent) if urgent else not_(col(Wake.urgent))]
    count = session.scalar(select(func.count()).select_from(Wake).where(*late)) or 0
    owed = _owed().join(Wake, col(Wake.obligation_id) == col(Obligation.id)).add_columns(col(Wake.wake_at))
    rows = session.execute(owed.where(*late).order_by(col(Wake.wake_at)).limit(_NAMED)).all()
    return Found(count, tuple(f"{_about(row)}，应于{format_instant(row.wake_at)}巡检" for row in rows))


def lost_wakes(session: Session, calendar: WorkCalendar) -> Found:
    """Find obligations that nobody will look at again though their ladder is not exhausted.

    What has fired is counted first, for all at once; only where something is missing the ladder itself decides.
    """
    asleep = [
        col(Obligation.status).in_(_RUNS), col(Obligation.due_at).is_not(None), col(Obligation.hold) == "",
        ~exists().where(col(Wake.obligation_id) == col(Obligation.id)),
    ]  # fmt: skip
    kinds = select(col(Obligation.policy_id), col(Obligation.kind), col(Obligation.grade)).where(*asleep).distinct()
    lost: list[Obligation] = []
    for policy, kind, grade in session.execute(kinds).all():
        lost += _lost_of(session, calendar, policy, kind, grade, asleep)
    names = _owed().where(col(Obligation.id).in_([each.id for each in lost[:_NAMED]])).order_by(col(Obligation.id))
    return Found(len(lost), tuple(_about(row) for row in session.execute(names)))


def _lost_of(
    session: Session, calendar: WorkCalendar, policy: int, kind: ObligationKind, grade: str,
    asleep: Sequence[ColumnElement[bool]],
) -> list[Obligation]:  # fmt: skip
    ladder = policies_of(session, [policy])[policy].ladder(kind, grade)
    names = [rung.name for rung in ladder.rungs]
    steps = sum(rung.times * len(rung.audiences) for rung in ladder.rungs)
    key = col(Firing.rung) + "/" + cast(col(Firing.repeat), String) + "/" + col(Firing.audience)
    recorded = (
        select(func.count(distinct(key)))
        .where(
            col(Firing.obligation_id) == col(Obligation.id), col(Firing.revision) == col(Obligation.revision),
            col(Firing.rung).in_(names),
        )
        .scalar_subquery()
    )  # fmt: skip
    statement = (
        select(Obligation, col(UrgentCase.occurred_at))
        .outerjoin(UrgentCase, col(UrgentCase.id) == col(Obligation.case_id))
        .where(
            *asleep, col(Obligation.policy_id) == policy, col(Obligation.kind) == kind,
            col(Obligation.grade) == grade, recorded < steps,
        )
        .order_by(col(Obligation.id))
        .limit(_AT_MOST)
    )  # fmt: skip
    found = []
    for owed, occurred_at in session.execute(statement):
        running = Running(owed.kind, owed.grade, owed.issued_at, owed.due_at, occurred_at)
        fired = session.execute(
            select(col(Firing.rung), col(Firing.repeat), col(Firing.audience)).where(
                col(Firing.obligation_id) == owed.id, col(Firing.revision) == owed.revision, col(Firing.rung).in_(names)
            )
        )
        if watching.is_unfinished(ladder, running, {(a, b, Audience(c)) for a, b, c in fired}, calendar):
            found.append(owed)
    return found


def late_periods(session: Session, now: datetime) -> Found:
    """Find requirements whose next period should exist by now."""
    late = col(NextPeriod.wake_at) <= now - watching.LATE
    count = session.scalar(select(func.count()).select_from(NextPeriod).where(late)) or 0
    statement = (
        select(col(NextPeriod.due_on), col(Requirement.text), col(Circular.number))
        .join(Requirement, col(Requirement.id) == col(NextPeriod.requirement_id))
        .outerjoin(Circular, col(Circular.id) == col(Requirement.circular_id))
        .where(late)
        .order_by(col(NextPeriod.wake_at))
        .limit(_NAMED)
    )
    rows = session.execute(statement).all()
    return Found(count, tuple(f"{row.number or '无文号'}“{row.text[:30]}”{row.due_on}一期" for row in rows))


def open_requests(session: Session, now: datetime) -> Found:
    """Find forwardings that an office has decided and nobody has carried out."""
    late = and_(
        col(ForwardRequest.done_at).is_(None), col(ForwardRequest.refused).is_(None),
        col(ForwardRequest.requested_at) <= now - watching.LATE,
    )  # fmt: skip
    statement = (
        select(col(Office.name), col(Circular.number))
        .select_from(ForwardRequest)
        .join(Office, col(Office.id) == col(ForwardRequest.from_office_id))
        .join(Circular, col(Circular.id) == col(ForwardRequest.circular_id))
        .where(late)
        .order_by(col(ForwardRequest.id))
    )
    rows = session.execute(statement).all()
    return Found(len(rows), tuple(f"{name}转发{number or '无文号公文'}" for name, number in rows[:_NAMED]))


def practising(session: Session, now: datetime) -> Found:
    """Find circulars that have been in force for long while mails go to nobody."""
    if mail_mode(session) is MailMode.LIVE:
        return Found(0)
    statement = (
        select(col(Circular.number))
        .join(Forwarding, col(Forwarding.circular_id) == col(Circular.id))
        .where(
            col(Circular.state) == CircularState.ACTIVE, col(Forwarding.recalled_at).is_(None),
            col(Forwarding.from_office_id).is_not(None), col(Forwarding.sent_at) <= now - watching.PRACTICE,
        )
        .distinct()
        .limit(_AT_MOST)
    )  # fmt: skip
    numbers = session.scalars(statement).all()
    return Found(len(numbers), tuple(number or "无文号" for number in numbers[:_NAMED]))


def _owed() -> Select[Any]:
    columns: list[Any] = [
        col(Obligation.id), col(Obligation.kind), col(Obligation.grade), col(Obligation.period),
        col(Office.name).label("office"), col(Circular.number).label("number"),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Office, col(Office.id) == col(Obligation.office_id))
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
    )  # fmt: skip


def _about(row: Any) -> str:
    tag = f"【{TAGS[row.grade]}】" if TAGS.get(row.grade) else ""
    period = f"（{row.period}）" if row.period else ""
    return f"{tag}编号 {row.id}：{row.office}{ObligationKind(row.kind).label}{row.number or ''}{period}"
