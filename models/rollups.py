"""Roll-ups: how many obligations show which light, by circular, kind, tier and office; one grouped query each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from domain.rollup import Light, Tally
from domain.statuses import ObligationKind, Status
from models.obligation import Obligation
from models.office import Office

#: What is owed no more, without having been done.
_LET_OFF = (Status.WAIVED, Status.WITHDRAWN, Status.SUPERSEDED)


def _lights(now: datetime, near_at: datetime) -> dict[Light, ColumnElement[bool]]:
    """Return the lights of `domain.rollup.light` as SQL, green left out; a test holds the two together."""
    status, due_at = col(Obligation.status), col(Obligation.due_at)
    red_or_yellow = and_(status.in_([Status.PENDING, Status.RETURNED]), col(Obligation.hold) == "")
    return {
        Light.TICK: status == Status.ACCEPTED,
        Light.GREY: status.in_(_LET_OFF),
        Light.HELD: and_(col(Obligation.hold) != "", status.not_in([Status.ACCEPTED, *_LET_OFF])),
        Light.RED: and_(red_or_yellow, due_at <= now),
        Light.YELLOW: and_(red_or_yellow, due_at > now, due_at <= near_at),
    }


def _late_column(now: datetime) -> ColumnElement[int]:
    # typed: `now` may be in any zone, and SQLite compares what is stored
    at = literal(now, UTCDateTime())
    done_at = func.coalesce(col(Obligation.submitted_at), col(Obligation.ended_at), at)
    counts = col(Obligation.status).not_in(_LET_OFF)
    return func.sum(case((and_(counts, col(Obligation.due_at) <= done_at), 1), else_=0))


def tally(session: Session, now: datetime, near_at: datetime, *by: Any) -> dict[tuple[Any, ...], Tally]:
    """Return a tally per group of the columns `by` (of Obligation and Office), decisions left out.

    By office it reads the roll-up's index alone, from its beginning to its end.
    """
    lights = _lights(now, near_at)
    counts = [func.sum(case((shown, 1), else_=0)) for shown in lights.values()]
    statement = select(*by, func.count(), _late_column(now), *counts)
    if any(each.class_ is Office for each in by):
        statement = statement.join_from(Obligation, Office, col(Office.id) == col(Obligation.office_id))
    statement = statement.where(col(Obligation.kind) != ObligationKind.DECIDE).group_by(*by)
    groups = {tuple(row[: len(by)]): row[len(by) :] for row in session.execute(statement)}
    return {key: _tally(list(lights), *figures) for key, figures in groups.items() if figures[0]}


def _tally(lights: Sequence[Light], total: int, late: int, *counts: int) -> Tally:
    shown = {light.value: int(count) for light, count in zip(lights, counts, strict=True)}
    return Tally(green=int(total) - sum(shown.values()), late=int(late), **shown)


def counts_by_status(session: Session) -> dict[str, dict[str, int]]:
    """Return how many obligations of each kind have each status."""
    statement = select(col(Obligation.kind), col(Obligation.status), func.count()).group_by(
        col(Obligation.kind), col(Obligation.status)
    )
    counts: dict[str, dict[str, int]] = {}
    for kind, status, number in session.execute(statement):
        counts.setdefault(kind.value, {})[status.value] = int(number)
    return counts
