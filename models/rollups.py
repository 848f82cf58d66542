"""Roll-ups: how many obligations show which light, by circular, kind, tier and office; one grouped query each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from domain.rollup import Light, Tally
from domain.statuses import ObligationKind, Status
from models.obligation import Obligation
from models.office import Office


def _light_column(now: datetime, near_at: datetime) -> ColumnElement[str]:
    """Return the light of `domain.rollup.light` as SQL; a test holds the two together."""
    status, due_at = col(Obligation.status), col(Obligation.due_at)
    return case(
        (status == Status.ACCEPTED, Light.TICK.value),
        (status.in_([Status.WAIVED, Status.WITHDRAWN, Status.SUPERSEDED]), Light.GREY.value),
        (col(Obligation.hold) != "", Light.HELD.value),
        (status == Status.SUBMITTED, Light.GREEN.value),
        (due_at.is_(None), Light.GREEN.value),
        (due_at <= now, Light.RED.value),
        (due_at <= near_at, Light.YELLOW.value),
        else_=Light.GREEN.value,
    )


def _late_column(now: datetime) -> ColumnElement[int]:
    # typed: `now` may be in any zone, and SQLite compares what is stored
    at = literal(now, UTCDateTime())
    done_at = func.coalesce(col(Obligation.submitted_at), col(Obligation.ended_at), at)
    counts = col(Obligation.status).not_in([Status.WAIVED, Status.WITHDRAWN, Status.SUPERSEDED])
    return func.sum(case((and_(counts, col(Obligation.due_at) <= done_at), 1), else_=0))


def tally(session: Session, now: datetime, near_at: datetime, *by: Any) -> dict[tuple[Any, ...], Tally]:
    """Return a tally per group of the columns `by` (of Obligation and Office), decisions left out."""
    lamp = _light_column(now, near_at).label("light")
    statement = (
        select(*by, lamp, func.count(), _late_column(now))
        .join(Office, col(Office.id) == col(Obligation.office_id))
        .where(col(Obligation.kind) != ObligationKind.DECIDE)
        .group_by(*by, lamp)
    )
    groups: dict[tuple[Any, ...], Tally] = {}
    for *key, name, count, late in session.execute(statement):
        more = Tally(**{name: int(count)}, late=int(late or 0))
        groups[tuple(key)] = groups.get(tuple(key), Tally()) + more
    return groups


def counts_by_status(session: Session) -> dict[str, dict[str, int]]:
    """Return how many obligations of each kind have each status."""
    statement = select(col(Obligation.kind), col(Obligation.status), func.count()).group_by(
        col(Obligation.kind), col(Obligation.status)
    )
    counts: dict[str, dict[str, int]] = {}
    for kind, status, number in session.execute(statement):
        counts.setdefault(kind.value, {})[status.value] = int(number)
    return counts
