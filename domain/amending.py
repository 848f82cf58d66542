"""An amended calendar: which deadline is another by it, and which days it changes (docs/rules.md, Deadlines 9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from domain.deadlines import Deadline, HolidayRule, RunningTerm, last_moment, written_deadline

if TYPE_CHECKING:
    from domain.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Written:
    """A written due day whose circular defers it where it falls on a rest day."""

    day: date
    clock: time | None
    rule: HolidayRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the deadline of one open obligation rests on. Instants are aware."""

    due_at: datetime | None
    provisional: bool = False
    term: RunningTerm | None = None
    #: when receipt is due by the new calendar, where the term starts with a receipt that nobody has confirmed
    receipt_due_at: datetime | None = None
    written: Written | None = None
    #: after a return: no new day lies before the old one
    not_before: datetime | None = None


def recomputed(standing: Standing, before: WorkCalendar, after: WorkCalendar) -> Deadline | None:
    """The deadline by the calendar `after`, where it rests on a calendar at all; None: nothing moves it.

    A term is computed anew from its start. A deferred day is, if it still is where `before` had put it: what a person
    has set since stands, and so does every day as written.
    """
    if standing.term is not None:
        term = standing.term
        if standing.receipt_due_at is not None:
            term = term.starting(last_moment(standing.receipt_due_at))
        deadline = term.end(after)
        if standing.not_before is not None and deadline.at < standing.not_before:
            return replace(deadline, at=standing.not_before)
        return deadline
    written = standing.written
    if written is None or written_deadline(written.day, written.clock, written.rule, before).at != standing.due_at:
        return None
    return written_deadline(written.day, written.clock, written.rule, after)


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that works in one calendar and rests in the other."""

    day: date
    works: bool


def changed_days(before: WorkCalendar, after: WorkCalendar) -> tuple[DayChange, ...]:
    """The days on which two calendars differ, in their order, as `after` has them."""
    departing = before.rest_days | before.workdays | after.rest_days | after.workdays
    return tuple(
        DayChange(day, after.is_workday(day))
        for day in sorted(departing)
        if before.is_workday(day) is not after.is_workday(day)
    )
