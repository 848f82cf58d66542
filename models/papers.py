"""Drafting, numbering and looking up the papers that wait for a signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import local_day
from domain.deadlines import format_due
from domain.errors import Refused
from domain.offices import Audience, Role
from domain.papers import PaperFacts, PaperKind, paper_number
from domain.rollup import light_text
from models.audit import Choice
from models.circular import Circular, Requirement
from models.installation import Installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient
from models.obligation import Obligation, UrgentCase
from models.paper import Paper, PaperState
from models.session import Transaction
from models.statements import insert_new

#: How a paper is put into words: its kind and facts to title and text.
Writer = Callable[[PaperKind, PaperFacts], tuple[str, str]]
#: So many days are named of each whom the matter was told to.
_DAYS_NAMED = 3


def draft(
    work: Transaction, here: Installation, wanted: Iterable[tuple[Obligation, PaperKind, str]], write: Writer
) -> list[int]:
    """Draft a paper for each (obligation, kind, cause) whose cause has none yet; return the ids of those made.

    The cause is unique: however many sweeps find it, there is one paper. Nothing is sent.
    """
    wanted = list(wanted)
    facts = facts_of(work.session, here, [owed for owed, _, _ in wanted], work.now) if wanted else {}
    rows = []
    for owed, kind, cause in wanted:
        title, text = write(kind, facts[owed.id or 0])
        rows.append(
            {
                "kind": kind, "cause": cause, "office_id": owed.office_id, "obligation_id": owed.id,
                "circular_id": owed.circular_id, "title": title, "text": text, "state": PaperState.DRAFTED,
                "drafted_at": work.now, "decided_by": "", "note": "",
            }
        )  # fmt: skip
    made = insert_new(work.session, Paper, rows, col(Paper.id), col(Paper.kind), col(Paper.obligation_id))
    for row in made:
        work.record("paper.drafted", f"paper:{row.id}", {"kind": row.kind, "obligation": row.obligation_id})
    return [row.id for row in made]


def cause_of(owed: Obligation, rung: str) -> str:
    """Return what the paper of a rung is drafted for, once: a new deadline may bring a new one."""
    return f"obligation:{owed.id}/{owed.revision}/{rung}"


def facts_of(
    session: Session, here: Installation, obligations: Sequence[Obligation], now: datetime
) -> dict[int, PaperFacts]:
    """Return what a paper states about each of these, by its id."""
    numbers = [owed.id or 0 for owed in obligations]
    statement = (
        select(Obligation, Circular, Requirement, UrgentCase)
        .outerjoin(Circular, col(Circular.id) == col(Obligation.circular_id))
        .outerjoin(Requirement, col(Requirement.id) == col(Obligation.requirement_id))
        .outerjoin(UrgentCase, col(UrgentCase.id) == col(Obligation.case_id))
        .where(col(Obligation.id).in_(numbers))
    )
    told = _told(session, here, numbers)
    return {row[0].id: _facts(row, here, now, told.get(row[0].id, ())) for row in session.execute(statement)}


def _facts(row: Any, here: Installation, now: datetime, told: tuple[str, ...]) -> PaperFacts:
    owed, circular, requirement, case = row
    document = f"“{case.title}”（紧急信息）" if case else ""
    if circular is not None:
        document = f"《{circular.title}》" + (f"（{circular.number}）" if circular.number else "")
    day = date.fromisoformat(owed.period) if owed.period else None
    return PaperFacts(
        office=here.view.office(owed.office_id).name, document=document,
        matter=requirement.text.rstrip("。") if requirement else owed.kind.label,
        period=f"（{_day(day)}期）" if day else "",
        due=format_due(owed.due_at, provisional=owed.provisional) if owed.due_at else "未定日期",
        late=light_text(owed.status, owed.due_at, now, here.calendar), today=_day(local_day(now)), told=told,
    )  # fmt: skip


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _told(session: Session, here: Installation, obligations: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return who has had an accepted notice of these, and on which days, in the order of the first."""
    statement = (
        select(col(Firing.obligation_id), col(Firing.office_id), col(Firing.role), col(Delivery.ended_at))
        .join(FiringRecipient, col(FiringRecipient.firing_id) == col(Firing.id))
        .join(
            Delivery,
            (col(Delivery.notice_id) == col(FiringRecipient.notice_id))
            & (col(Delivery.address) == col(FiringRecipient.address)),
        )
        .where(col(Firing.obligation_id).in_(obligations), col(Delivery.state) == DeliveryState.ACCEPTED)
        .order_by(col(Delivery.ended_at), col(Firing.id))
    )
    days: dict[tuple[int, int, str], dict[date, None]] = {}
    for number, office, role, at in session.execute(statement):
        days.setdefault((number, office, role), {})[local_day(at)] = None
    found: dict[int, tuple[str, ...]] = {}
    for (number, office, role), each in days.items():
        whom = f"{here.view.office(office).name}{_role(role)}"
        found[number] = (*found.get(number, ()), f"{_days(list(each))}通知{whom}")
    return found


def _role(role: str) -> str:
    return "操作员" if role == Audience.OPERATORS else Role(role).label


def _days(days: Sequence[date]) -> str:
    shown = "、".join(map(_day, days[-_DAYS_NAMED:]))
    return f"先后{len(days)}次（最近为{shown}）" if len(days) > _DAYS_NAMED else shown


def need_paper(session: Session, number: int) -> Paper:
    """Return the paper with this id, as it is now; raises Refused where there is none."""
    found = session.get(Paper, number, populate_existing=True)
    if found is None:
        message = f"没有编号为 {number} 的文稿；可用 duban paper list 查看编号。"
        raise Refused(message)
    return found


def next_number(work: Transaction, kind: PaperKind) -> str:
    """Return the next number of this kind in this year, without a gap and without a double.

    The counter's row is locked until the commit: of two that sign at once the second waits and takes the one after.
    """
    year = local_day(work.now).year
    key = f"paper_number/{kind.value}/{year}"
    row = {"key": key, "value": "0", "chosen_at": work.now, "chosen_by": str(work.actor)}
    insert_new(work.session, Choice, [row], col(Choice.key))
    counter = work.session.scalars(
        select(Choice).where(col(Choice.key) == key).with_for_update().execution_options(populate_existing=True)
    ).one()
    running = int(counter.value) + 1
    counter.value, counter.chosen_at, counter.chosen_by = str(running), work.now, str(work.actor)
    work.session.flush()
    return paper_number(kind, year, running)


def waiting_draft(session: Session, owed: Obligation, kind: PaperKind) -> int | None:
    """Return the id of a draft of this kind about this obligation that still waits."""
    statement = select(func.min(col(Paper.id))).where(
        col(Paper.obligation_id) == owed.id, col(Paper.kind) == kind, col(Paper.state) == PaperState.DRAFTED
    )
    return session.scalar(statement)


def drafts_so_far(session: Session, owed: Obligation, kind: PaperKind) -> int:
    """Return how many papers of this kind there have been about this obligation."""
    statement = select(func.count()).where(col(Paper.obligation_id) == owed.id, col(Paper.kind) == kind)
    return int(session.scalar(statement) or 0)


def listed_numbers(session: Session, obligations: Sequence[int]) -> Mapping[int, str]:
    """Return the number of the signed listing (挂牌督办) of each of these that has one, by obligation."""
    statement = select(col(Paper.obligation_id), col(Paper.number)).where(
        col(Paper.kind) == PaperKind.LISTED_SUPERVISION, col(Paper.state) == PaperState.SIGNED,
        col(Paper.obligation_id).in_(obligations),
    )  # fmt: skip
    return {number: signed or "" for number, signed in session.execute(statement) if number is not None}
