"""What a hop brings those below: what is due when, how great the burden, what a person should settle first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlmodel import Session

from domain.burden import burden
from domain.calendar import local_day
from domain.deadlines import describe_rule, due_instant, format_day, format_due
from domain.documents import RequirementKind
from domain.offices import Office
from domain.planning import Hop, Plan
from domain.recurrence import due_days
from domain.scope import is_below
from models.circular import Circular, Requirement
from models.circulars import asked, holiday_rule, requirements_of
from models.installation import Installation
from models.session import Transaction

#: Of a recurring requirement so many occurrences are looked at: a year of working days.
_OCCURRENCES = 260


@dataclass(frozen=True)
class DueShown:
    """One thing that becomes due, as the dry run shows it."""

    kind: str
    what: str
    due: str
    offices: int


def due_shown(session: Session, circular: Circular, made: Mapping[int, Plan]) -> tuple[DueShown, ...]:
    """Return what becomes due, offices with the same counted together, and what is told whenever it happens."""
    stored = {row.id: row for row in requirements_of(session, circular.id or 0)}
    groups: Counter[tuple[str, str, str]] = Counter()
    for plan in made.values():
        asked_by = stored.get(plan.requirement_id) if plan.requirement_id else None
        due = format_due(plan.due_at, provisional=plan.provisional) if plan.due_at else "未定日期"
        groups[plan.kind.label, asked_by.text if asked_by else "", due + _deferred(asked_by, plan)] += 1
    shown = [DueShown(kind, what, due, count) for (kind, what, due), count in groups.items()]
    told = [row for row in stored.values() if row.kind is RequirementKind.ON_OCCURRENCE]
    shown += [DueShown("随时报送", row.text, "遇有情况时", 0) for row in told]
    return tuple(shown)


def _deferred(requirement: Requirement | None, plan: Plan) -> str:
    """Say that a due day was deferred, and from which one."""
    rule = holiday_rule(requirement) if requirement else None
    if requirement is None or rule is None or plan.due_at is None:
        return ""
    written = date.fromisoformat(plan.period) if plan.period else requirement.due_on
    if written is None or plan.due_at == due_instant(written, requirement.due_time):
        return f"（{describe_rule(rule)}）"
    return f"（原定{format_day(written)}，{describe_rule(rule)}）"


def questions(work: Transaction, here: Installation, circular: Circular, codes: Sequence[str]) -> tuple[str, ...]:
    """Return what a person should settle before it goes out: who is meant, and days that nobody wrote."""
    rows = requirements_of(work.session, circular.id or 0)
    unclear = [
        f"第 {row.ordinal} 项要求的责任单位“{row.responsible}”无法与名册对应，暂由全部收文单位承担。"
        for row in rows
        if here.planner.is_unclear(asked(row, here.view), codes)
    ]
    offered = here.policies.limit("undated_days", circular.urgency)
    undated = [
        f"第 {row.ordinal} 项要求没有写明日期，不设时限；可在转发后用 duban extend 设定，参考期限为{offered}日，"
        "需时较长的可要求每周报一次进展。"
        for row in rows
        if row.kind is RequirementKind.ONCE and row.due_on is None
    ]
    return (*unclear, *undated)


def burdens(
    session: Session, here: Installation, circular: Circular, hop: Hop, made: Mapping[int, Plan]
) -> tuple[str, ...]:
    """Say what the circular asks of those below within a year: how often, and how short the notice."""
    instants: set[datetime] = set()
    for row in requirements_of(session, circular.id or 0):
        if row.kind is RequirementKind.RECURRING and row.rrule:
            begins = row.starts_on or local_day(circular.registered_at)
            days = due_days(row.rrule, begins, local_day(hop.issued_at))
            instants.update(here.planner.due(asked(row, here.view), day).at for day in islice(days, _OCCURRENCES))
        else:
            instants.update(plan.due_at for plan in made.values() if plan.requirement_id == row.id and plan.due_at)
    return burden(len(hop.forwardings), instants, hop.issued_at).warnings


def below_scope(circular: Circular, offices: Sequence[Office]) -> str:
    """Return in words which of the offices lie below the scope printed on the circular; '' where none does."""
    below = [office.name for office in offices if is_below(office.tier, circular.scope)]
    if not below:
        return ""
    return f"公文注明“{circular.scope}”，而 {len(below)} 个收文单位（如{below[0]}）低于该范围"
