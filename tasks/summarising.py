"""Reading it all back: roll-ups, who is late, who was told, and the summary of an installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from prefect import task
from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.calendar import local
from domain.deadlines import format_due
from domain.offices import Audience, Tier
from domain.rollup import Tally, light, light_text, near_until, total
from domain.statuses import ObligationKind
from domain.urgent import Severity
from models.circular import Circular, Requirement
from models.circulars import need_circular
from models.holding import held_since
from models.installation import Installation, installation, work_calendar
from models.lookup import need_office
from models.notice import Delivery, DeliveryState, Firing, FiringState, Notice
from models.obligation import Obligation, UrgentCase
from models.office import Office
from models.papers import listed_numbers
from models.rollups import counts_by_status, tally
from models.session import reading

_NAMED = (col(Circular.id), col(Circular.number), col(Circular.title))
ESCALATING = (Audience.SUPERIOR, Audience.SUPERIOR_HEAD, Audience.OPERATING_HEAD)


@dataclass(frozen=True)
class Board:
    """The lights of an installation at one instant."""

    now: datetime
    by_tier: dict[str, Tally]
    by_circular: dict[str, Tally]
    by_kind: dict[str, Tally]
    by_office: dict[str, Tally]

    @property
    def all(self) -> Tally:
        return total(self.by_tier.values())


@task(name="汇总灯色")
def board(*, now: datetime, number: str | None = None) -> Board:
    """Return the lights by tier, circular, kind and office at `now` (aware); raises Refused for an unknown number."""
    with reading() as session:
        only = need_circular(session, number).id if number else None
        groups = tally(
            session, now, near_until(now, work_calendar()),
            col(Office.tier), col(Obligation.circular_id), col(Obligation.kind), col(Office.name),
        )  # fmt: skip
        numbers = {row.id: row.number or row.title for row in session.execute(select(*_NAMED))}
    by_tier, by_circular, by_kind, by_office = (dict[str, Tally]() for _ in range(4))
    for (tier, circular, kind, office), each in groups.items():
        if only is not None and circular != only:
            continue
        _add(by_tier, tier.value, each)
        _add(by_circular, numbers.get(circular) or "紧急信息", each)
        _add(by_kind, kind.value, each)
        _add(by_office, office, each)
    return Board(now, by_tier, by_circular, by_kind, by_office)


def _add(groups: dict[str, Tally], key: str, each: Tally) -> None:
    groups[key] = groups.get(key, Tally()) + each


@dataclass(frozen=True)
class Line:
    """One obligation as a line of a list; words are Chinese, times local."""

    id: int
    office: str
    code: str
    tier: str
    number: str
    kind: str
    matter: str
    period: str
    due: str
    status: str
    light: str
    words: str
    superior: str
    #: the number of its signed listing (挂牌督办), as long as the matter is open
    listed: str = ""


@task(name="事项清单")
def lines(
    *, now: datetime, number: str | None = None, office: str | None = None, only_open: bool = False,
    overdue: bool = False, limit: int = 5000,
) -> list[Line]:  # fmt: skip
    """List obligations: what is overdue first, then by due day, what has none last.

    Raises Refused for an unknown number or office.
    """
    with reading() as session:
        here = installation(session)
        statement = (
            select(Obligation, Circular, Requirement)
            .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
            .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
        )
        if number:
            statement = statement.where(col(Obligation.circular_id) == need_circular(session, number).id)
        if office:
            statement = statement.where(col(Obligation.office_id) == here.view.id_of[need_office(here, office).code])
        if only_open or overdue:
            statement = statement.where(col(Obligation.status).in_(["pending", "returned", "submitted"]))
        if overdue:
            statement = statement.where(col(Obligation.due_at) <= now, col(Obligation.status) != "submitted")
            statement = statement.where(col(Obligation.hold) == "")
        runs = col(Obligation.status).in_(["pending", "returned"]) & (col(Obligation.hold) == "")
        late = runs & (col(Obligation.due_at) <= now)
        order = (case((late, 0), else_=1), col(Obligation.due_at).is_(None), col(Obligation.due_at), col(Obligation.id))
        statement = statement.order_by(*order)
        since, rows = held_since(session), session.execute(statement.limit(limit)).all()
        listed = listed_numbers(session, [row[0].id for row in rows if not row[0].status.is_final])
        return [replace(_line(row, here, now, since), listed=listed.get(row[0].id, "")) for row in rows]


def _line(row: Any, here: Installation, now: datetime, since: Mapping[int, datetime]) -> Line:
    owed, circular, requirement = row
    office = here.view.office(owed.office_id)
    superior = here.view.roster.superior_of(office.code)
    return Line(
        id=owed.id,
        office=office.name,
        code=office.code,
        tier=office.tier.label,
        number=(circular.number or "") if circular else "",
        kind=owed.kind.label,
        matter=requirement.text if requirement else owed.kind.label,
        period=owed.period,
        due=format_due(owed.due_at, provisional=owed.provisional) if owed.due_at else "未定日期",
        status=owed.status.label,
        light=light(owed.status, owed.due_at, now, near_until(now, here.calendar), owed.hold).value,
        words=light_text(owed.status, owed.due_at, now, here.calendar, owed.hold, since.get(owed.id)),
        superior=superior.name if superior else "",
    )


@task(name="升级清单")
def escalations() -> list[dict[str, Any]]:
    """Return every escalation that was told: which office was late, who heard of it, by which rung, when and why."""
    late, told = aliased(Office), aliased(Office)
    statement = (
        select(Firing, Obligation, Circular, col(late.name), col(told.name))
        .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .join(late, col(late.id) == col(Obligation.office_id))
        .join(told, col(told.id) == col(Firing.office_id))
        .where(col(Firing.audience).in_(ESCALATING), col(Firing.state) == FiringState.OPEN)
        .order_by(col(Firing.id))
    )
    with reading() as session:
        return [
            {
                "office": office, "to_office": to_office, "rung": firing.rung,
                "at": local(firing.fired_at).isoformat(timespec="seconds"),
                "reason": _reason(owed, circular),
            }
            for firing, owed, circular, office, to_office in session.execute(statement)
        ]  # fmt: skip


def _reason(owed: Obligation, circular: Circular | None) -> str:
    what = f"“{circular.number}”的{owed.kind.label}" if circular else owed.kind.label
    period = f"（{owed.period}期）" if owed.period else ""
    return f"{what}{period}应于{format_due(owed.due_at)}完成，逾期未办" if owed.due_at else what


@task(name="总览")
def summary() -> dict[str, Any]:
    """Return what the demo's summary.json holds, but for the figures of its run."""
    with reading() as session:
        here = installation(session)
        return {
            "circulars": _circulars(session),
            "offices": {tier.value: sum(o.tier is tier and o.active for o in here.view.roster) for tier in Tier},
            "requirements": _requirements(session),
            "obligations": counts_by_status(session),
            "notices": _notices(session),
            "escalations": escalations.fn(),
            "urgent_reports": _urgent_reports(session, here),
        }


def _circulars(session: Session) -> list[dict[str, Any]]:
    rows = session.scalars(select(Circular).order_by(col(Circular.id))).all()
    return [
        {
            "document_number": row.number, "title": row.title, "issuing_authority": row.issuing_authority,
            "forwards": row.forwards,
        }
        for row in rows
    ]  # fmt: skip


def _requirements(session: Session) -> list[dict[str, Any]]:
    statement = (
        select(Requirement, col(Circular.number))
        .join(Circular, col(Circular.id) == col(Requirement.circular_id))
        .order_by(col(Requirement.circular_id), col(Requirement.ordinal))
    )
    return [
        {
            "document_number": number, "text": row.text, "duty": row.duty.value, "kind": row.kind.value,
            "due_on": row.due_on.isoformat() if row.due_on else None, "rrule": row.rrule,
            "starts_on": row.starts_on.isoformat() if row.starts_on else None, "deliver_to": row.deliver_to,
        }
        for row, number in session.execute(statement)
    ]  # fmt: skip


def _notices(session: Session) -> dict[str, Any]:
    states = dict(session.execute(select(col(Delivery.state), func.count()).group_by(col(Delivery.state))).all())
    sent = (
        select(col(Notice.kind), func.count())
        .join(Delivery, col(Delivery.notice_id) == col(Notice.id))
        .where(col(Delivery.state) == DeliveryState.ACCEPTED)
        .group_by(col(Notice.kind))
        .order_by(col(Notice.kind))
    )
    ended = (DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.UNCERTAIN)
    return {state.value: states.get(state, 0) for state in ended} | {"by_kind": dict(session.execute(sent).all())}


def _urgent_reports(session: Session, here: Installation) -> list[dict[str, Any]]:
    reports = []
    for event in session.scalars(select(UrgentCase).order_by(col(UrgentCase.id))):
        levels = session.scalars(
            select(Obligation)
            .where(col(Obligation.case_id) == event.id, col(Obligation.kind) == ObligationKind.RESPOND)
            .order_by(col(Obligation.id))
        ).all()
        answered = [level.ended_at for level in levels if level.ended_at is not None]
        reports.append(
            {
                "office": here.view.office(event.office_id).name,
                "severity": Severity(event.severity).value,
                "raised_at": local(event.raised_at).isoformat(timespec="seconds"),
                "first_response_at": local(min(answered)).isoformat(timespec="seconds") if answered else None,
                "levels": [
                    {
                        "office": here.view.office(level.office_id).name,
                        "told_at": local(level.issued_at).isoformat(timespec="seconds"),
                        "responded_at": local(level.ended_at).isoformat(timespec="seconds") if level.ended_at else None,
                    }
                    for level in levels
                ],
            }
        )
    return reports


def as_json(shown: Board) -> dict[str, Any]:
    """Return a board as JSON values."""
    groups = ("by_tier", "by_circular", "by_kind", "by_office")
    return {name: {key: asdict(each) for key, each in getattr(shown, name).items()} for name in groups}
