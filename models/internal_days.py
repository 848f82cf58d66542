"""Internal days: an earlier day that a forwarding sets for those below, of an upstream requirement or of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import col, select

from domain.deadlines import Deadline, due_instant, format_day
from domain.documents import RequirementKind
from domain.errors import Refused
from domain.planning import Plan
from models.adjusting import set_due
from models.circular import Circular, Requirement
from models.circulars import requirements_of
from models.installation import Installation
from models.obligation import AdjustmentKind, Obligation
from models.session import Transaction

Days = Mapping[int, date]


def restate_upstream(work: Transaction, here: Installation, circular: Circular, sender: str, days: Days) -> None:
    """Add to a forwarding circular a requirement for each upstream one that is passed down with an earlier day.

    It goes to the office that forwards (docs/rules.md, Chain 3). Raises Refused: no upstream, no such requirement, one
    without a single day, a day that is past or not earlier, another day set before.
    """
    upstream = work.session.get(Circular, circular.upstream_id) if circular.upstream_id else None
    if upstream is None:
        message = f"公文“{circular.number}”没有已登记的上级公文，内部时限无从设定；逐级汇总报送的可直接对本文要求设定。"
        raise Refused(message)
    own = list(requirements_of(work.session, circular.id or 0))
    for ordinal, day in sorted(days.items()):
        asked = _asked(upstream, requirements_of(work.session, upstream.id or 0), ordinal)
        _check(work, asked, ordinal, day, "上级要求")
        known = next((row for row in own if row.restates_id == asked.id), None)
        if known is not None and known.due_on == day:
            continue
        if known is not None:
            set_on = format_day(known.due_on) if known.due_on else "未定日期"
            message = f"上级第 {ordinal} 项要求在本文中已有第 {known.ordinal} 项重申（{set_on}），不能另设内部时限。"
            raise Refused(message)
        row = Requirement(
            circular_id=circular.id, ordinal=max((each.ordinal for each in own), default=0) + 1, text=asked.text,
            duty=asked.duty, kind=asked.kind, due_on=day, deliver_to=here.view.roster[sender].name,
            deliver_to_id=here.view.id_of[sender], responsible=asked.responsible, restates_id=asked.id,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        own.append(row)
        payload = {"ordinal": row.ordinal, "restates": asked.id, "due_on": day.isoformat(), "was": _iso(asked.due_on)}
        work.record("requirement.added", f"circular:{circular.id}", payload)


def check_own(work: Transaction, circular: Circular, days: Days) -> dict[int, date]:
    """Return the internal days of a circular's own requirements by their ids; raises Refused as above."""
    rows, found = requirements_of(work.session, circular.id or 0), dict[int, date]()
    for ordinal, day in sorted(days.items()):
        asked = _asked(circular, rows, ordinal)
        _check(work, asked, ordinal, day, "本文要求")
        found[asked.id or 0] = day
    return found


def tighten_below(work: Transaction, here: Installation, made: Mapping[int, Plan], days: Mapping[int, date]) -> None:
    """Give those whose reports another office compiles their internal day; what that office owes keeps its own."""
    owing = {(plan.requirement_id, plan.office) for plan in made.values()}
    concerned = {
        number: days[plan.requirement_id or 0]
        for number, plan in made.items()
        if plan.requirement_id in days and (plan.requirement_id, plan.reviewer) in owing
    }
    for owed in work.session.exec(select(Obligation).where(col(Obligation.id).in_(concerned))).all():
        deadline = Deadline(due_instant(concerned[owed.id or 0], None))
        set_due(work, here, owed, deadline, AdjustmentKind.TIGHTENING, "转发单位设定的内部时限")


def _asked(circular: Circular, rows: Sequence[Requirement], ordinal: int) -> Requirement:
    wanted = next((row for row in rows if row.ordinal == ordinal), None)
    if wanted is None:
        message = f"公文“{circular.number}”只有 {len(rows)} 项要求，没有第 {ordinal} 项。"
        raise Refused(message)
    return wanted


def _check(work: Transaction, asked: Requirement, ordinal: int, day: date, whose: str) -> None:
    if asked.kind is not RequirementKind.ONCE:
        message = f"{whose}第 {ordinal} 项不是只报一次、写明一个日期的要求，不能设内部时限。"
        raise Refused(message)
    if asked.due_on is not None and day >= asked.due_on:
        message = f"内部时限（{format_day(day)}）应早于{whose}第 {ordinal} 项的{format_day(asked.due_on)}。"
        raise Refused(message)
    if due_instant(day, None) <= work.now:
        message = f"内部时限（{format_day(day)}）已经过去，请另定一日。"
        raise Refused(message)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
