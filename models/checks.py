"""What a check asks about what is owed: rows that nobody looks at though somebody should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, distinct, exists, false, func, not_, or_, select
from sqlmodel import Session, col

from domain import watching
from domain.deadlines import format_instant
from domain.ladders import FiringKey
from domain.planning import TAGS
from domain.statuses import ObligationKind, Status
from domain.watching import Found
from models.choices import MailMode, mail_mode
from models.circular import Circular, CircularState, NextPeriod, Requirement
from models.forwarding import Forwarding, ForwardRequest
from models.installation import policies_of
from models.notice import Firing
from models.obligation import Obligation, Wake
from models.office import Office

#: So many are named; all are counted.
_NAMED = 5
#: So many circulars are counted at most.
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


def lost_wakes(session: Session) -> Found:
    """Find obligations that nobody will look at again though their ladder is not exhausted.

    The database compares what has fired with what the ladder holds, for all obligations of one ladder at once.
    """
    asleep = [
        col(Obligation.status).in_(_RUNS), col(Obligation.due_at).is_not(None), col(Obligation.hold) == "",
        ~exists().where(col(Wake.obligation_id) == col(Obligation.id)),
    ]  # fmt: skip
    has_occurred = col(Obligation.case_id).is_not(None)
    kinds = select(col(Obligation.policy_id), col(Obligation.kind), col(Obligation.grade), has_occurred)
    count, named = 0, list[int]()
    for policy, kind, grade, of_a_case in session.execute(kinds.where(*asleep).distinct()).all():
        ladder = policies_of(session, [policy])[policy].ladder(kind, grade)
        keys = watching.keys_of(ladder, has_occurred=bool(of_a_case))
        lost = [
            *asleep, col(Obligation.policy_id) == policy, col(Obligation.kind) == kind,
            col(Obligation.grade) == grade, has_occurred == bool(of_a_case), _is_unfinished(keys),
        ]  # fmt: skip
        found = select(col(Obligation.id), func.count().over()).where(*lost).order_by(col(Obligation.id))
        rows = session.execute(found.limit(_NAMED)).all()
        count += rows[0][1] if rows else 0
        named += [number for number, _ in rows]
    names = _owed().where(col(Obligation.id).in_(sorted(named)[:_NAMED])).order_by(col(Obligation.id))
    return Found(count, tuple(_about(row) for row in session.execute(names)))


def _is_unfinished(keys: Sequence[FiringKey]) -> ColumnElement[bool]:
    """Return whether one of these rungs, repeats and audiences is not on record under an obligation's deadline.

    The last is looked for first: where ladders stand still, it is missing, and nothing has to be counted.
    """
    if not keys:
        return false()
    key = col(Firing.rung) + "/" + cast(col(Firing.repeat), String) + "/" + col(Firing.audience)
    mine = [col(Firing.obligation_id) == col(Obligation.id), col(Firing.revision) == col(Obligation.revision)]
    rung, repeat, audience = keys[-1]
    last = exists().where(
        *mine, col(Firing.rung) == rung, col(Firing.repeat) == repeat, col(Firing.audience) == audience.value
    )
    names = [f"{rung}/{repeat}/{audience.value}" for rung, repeat, audience in keys]
    recorded = select(func.count(distinct(key))).where(*mine, key.in_(names)).scalar_subquery()
    return or_(~last, recorded < len(names))


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
