"""An amended calendar: what it would move, shown first; moved only when a person says so, with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from prefect import task
from sqlalchemy import select
from sqlmodel import Session, col

from config.settings import settings
from domain.amending import changed_days
from domain.calendar import WorkCalendar
from domain.deadlines import Deadline, format_due
from domain.errors import Refused
from domain.masking import without_contacts
from domain.planning import obligation_kind, timed
from domain.published import published_calendar
from domain.trail import Actor
from models.circular import Circular, NextPeriod, Requirement
from models.circulars import asked
from models.installation import Installation, calendars_of, installation, work_calendar
from models.making import calendar_digest
from models.obligation import CalendarVersion, Obligation, UrgentCase
from models.recomputing import calendars_in_force, deadlines_by, move_all, piece_after, take_over
from models.session import Transaction, reading, transaction

#: So many offices are named for each group that moves.
_EXAMPLES = 3


@dataclass(frozen=True)
class DayShown:
    """One day that departs from Monday to Friday, or that changes."""

    day: date
    works: bool
    #: set by this installation's own file
    own: bool = False


@dataclass(frozen=True)
class VersionShown:
    """A calendar that open obligations run by."""

    digest: str
    obligations: int
    first_used_at: datetime | None
    in_use: bool


@dataclass(frozen=True)
class CalendarShown:
    """A year of the calendar in use, and which calendars running matters go by."""

    year: int
    published: bool
    digest: str
    file: str
    days: tuple[DayShown, ...]
    versions: tuple[VersionShown, ...]


@dataclass(frozen=True)
class Moving:
    """Deadlines of one circular and kind that move together."""

    matter: str
    kind: str
    old: str
    new: str
    count: int
    offices: tuple[str, ...]


@dataclass(frozen=True)
class Amendment:
    """What another calendar does to open obligations, or did."""

    digest: str
    #: the calendars that they ran by, and how many by each
    replaces: dict[str, int]
    changed_days: tuple[DayShown, ...]
    newly_published: tuple[int, ...]
    moved: int
    #: provisional until now, and so no more
    definite: int
    #: that keep their deadline
    staying: int
    groups: tuple[Moving, ...]
    applied: bool = False
    reason: str = ""


@dataclass
class _Count:
    """What was found so far; groups, not rows: memory grows with the circulars, not with the offices."""

    moved: int = 0
    definite: int = 0
    staying: int = 0
    groups: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    offices: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)

    def add(self, here: Installation, session: Session, piece: Sequence[Obligation], found: _Deadlines) -> None:
        matters = _matters(session, piece)
        for owed in piece:
            deadline = found[owed.id or 0]
            self.definite += bool(deadline and owed.provisional and not deadline.provisional)
            if deadline is None or deadline.at == owed.due_at:
                self.staying += 1
                continue
            self.moved += 1
            old = format_due(owed.due_at, provisional=owed.provisional) if owed.due_at else ""
            new = format_due(deadline.at, provisional=deadline.provisional)
            key = (matters[owed.circular_id, owed.case_id], owed.kind.label, old, new)
            self.groups[key] += 1
            named = self.offices.setdefault(key, [])
            if len(named) < _EXAMPLES:
                named.append(here.view.office(owed.office_id).name)

    def moving(self) -> Iterator[Moving]:
        for key, count in sorted(self.groups.items()):
            yield Moving(*key, count=count, offices=tuple(self.offices[key]))


_Deadlines = dict[int, Deadline | None]


@task(name="查看工作日历")
def show_calendar(*, year: int) -> CalendarShown:
    """Return a year of the calendar in use, its own days marked, and the calendars that open obligations run by."""
    calendar, published = work_calendar(), published_calendar()
    with reading() as session:
        in_force = calendars_in_force(session)
        stored = session.execute(select(col(CalendarVersion.digest), col(CalendarVersion.first_used_at)))
        first_used = dict(stored.all())
    versions = tuple(
        VersionShown(digest, in_force.get(digest, 0), first_used.get(digest), digest == calendar.digest)
        for digest in sorted({*in_force, *first_used, calendar.digest})
    )
    own = {each.day for each in changed_days(published, calendar)}
    departing = sorted(
        {day for day in calendar.rest_days | calendar.workdays | own if day.year == year}
    )  # fmt: skip
    days = tuple(DayShown(day, calendar.is_workday(day), day in own) for day in departing)
    return CalendarShown(
        year, calendar.is_published(year), calendar.digest, str(settings().work_days_file or ""), days, versions
    )


@task(name="预览日历调整")
def preview_calendar() -> Amendment:
    """Return what would move if open obligations ran by the calendar in use; nothing is changed."""
    calendar, count, after = work_calendar(), _Count(), 0
    with reading() as session:
        here = installation(session)
        replaced = _replaced(session, calendar)
        while piece := piece_after(session, calendar, after):
            count.add(here, session, piece, deadlines_by(session, calendar, piece))
            after = piece[-1].id or 0
            session.expunge_all()
        return _amendment(session, calendar, replaced, count)


@task(name="执行日历调整")
def apply_calendar(reason: str, *, actor: Actor, now: datetime) -> Amendment:
    """Let all open obligations run by the calendar in use: move what moves, in pieces of a transaction each.

    What moves gets the row that decides it, a new revision and a restarted ladder, and its office is told once; what
    stays keeps its revision. A day that a person set never moves. Repeated, it finds nothing; after a kill it goes on.
    Raises Refused for an empty reason.
    """
    if not reason.strip():
        message = "执行日历调整必须说明理由（--reason），如“国务院办公厅通知延长春节假期”。"
        raise Refused(message)
    calendar, count, after = work_calendar(), _Count(), 0
    with reading() as session:
        replaced = _replaced(session, calendar)
    while (last := _apply_piece(count, calendar, after, reason, actor, now)) is not None:
        after = last
    with transaction(actor, now) as work:
        _wake_periods(work)
        done = _amendment(work.session, calendar, replaced, count)
    return Amendment(**{**done.__dict__, "applied": True, "reason": reason})


def _apply_piece(
    count: _Count, calendar: WorkCalendar, after: int, reason: str, actor: Actor, now: datetime
) -> int | None:
    """Bring one piece to the calendar in use; return the last id looked at, None where there was nothing left."""
    with transaction(actor, now) as work:
        here = installation(work.session)
        piece = piece_after(work.session, calendar, after, locked=True)
        if not piece:
            return None
        calendar_digest(work.session, calendar, now)
        found = deadlines_by(work.session, calendar, piece)
        count.add(here, work.session, piece, found)
        _record(work, piece, found, calendar, reason)
        moved, unmoved = list[tuple[Obligation, Deadline]](), list[Obligation]()
        for owed in piece:
            deadline = found[owed.id or 0]
            if deadline is None or deadline.at == owed.due_at:
                unmoved.append(owed)
            else:
                owed.calendar_digest = calendar.digest
                moved.append((owed, deadline))
        if moved:
            move_all(work, here, moved, reason)
        if unmoved:
            take_over(work, here, unmoved, found)
        return piece[-1].id


def _record(
    work: Transaction, piece: Sequence[Obligation], found: _Deadlines, calendar: WorkCalendar, reason: str
) -> None:
    """One entry for each calendar that is replaced: it lists the obligations that move, and those that stay."""
    groups: dict[str, dict[str, list[int]]] = {}
    for owed in piece:
        deadline, number = found[owed.id or 0], owed.id or 0
        lists = groups.setdefault(owed.calendar_digest, {"moved": [], "staying": []})
        lists["moved" if deadline is not None and deadline.at != owed.due_at else "staying"].append(number)
    for old, lists in groups.items():
        payload = {"from": old, "reason": without_contacts(reason), **lists}
        work.record("calendar.applied", f"calendar:{calendar.digest}", payload)


def _replaced(session: Session, calendar: WorkCalendar) -> dict[str, int]:
    return {digest: count for digest, count in calendars_in_force(session).items() if digest != calendar.digest}


def _amendment(session: Session, calendar: WorkCalendar, replaced: dict[str, int], count: _Count) -> Amendment:
    before = calendars_of(session, replaced)
    days = {change.day: change.works for old in before.values() for change in changed_days(old, calendar)}
    published = {year for old in before.values() for year in calendar.published - old.published}
    return Amendment(
        digest=calendar.digest, replaces=replaced,
        changed_days=tuple(DayShown(day, works) for day, works in sorted(days.items())),
        newly_published=tuple(sorted(published)), moved=count.moved, definite=count.definite, staying=count.staying,
        groups=tuple(count.moving()),
    )  # fmt: skip


def _matters(session: Session, piece: Sequence[Obligation]) -> dict[tuple[int | None, int | None], str]:
    """Return what these belong to, in a person's words, by circular and case."""
    circulars = session.execute(
        select(col(Circular.id), col(Circular.number), col(Circular.title)).where(
            col(Circular.id).in_({owed.circular_id for owed in piece if owed.circular_id})
        )
    )
    cases = session.execute(
        select(col(UrgentCase.id), col(UrgentCase.title)).where(
            col(UrgentCase.id).in_({owed.case_id for owed in piece if owed.case_id})
        )
    )
    named: dict[int | None, str] = {number: known or title for number, known, title in circulars}
    titled: dict[int | None, str] = dict(cases.all())
    keys = {(owed.circular_id, owed.case_id) for owed in piece}
    return {key: named.get(key[0]) or titled.get(key[1]) or "" for key in keys}


def _wake_periods(work: Transaction) -> None:
    """Let periods that do not exist yet be made early enough for their first rung by the calendar in use."""
    here = installation(work.session)
    statement = (
        select(NextPeriod, Requirement, Circular)
        .join(Requirement, col(Requirement.id) == col(NextPeriod.requirement_id))
        .join(Circular, col(Circular.id) == col(Requirement.circular_id))
    )
    for row, requirement, circular in work.session.execute(statement):
        wanted = asked(requirement, here.view)
        due_at = here.planner.due(wanted, row.due_on).at
        kind, issued_at = obligation_kind(wanted), circular.registered_at
        rung = timed(kind, circular.urgency, issued_at, due_at, here.policies, here.calendar)
        row.wake_at = min(row.wake_at, rung or due_at)
