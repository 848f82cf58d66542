"""What stops a clock or a reminder for a while: what a hold leaves of a deadline, how long an acknowledgement lasts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from domain.calendar import WORK_BEGINS, WORK_ENDS, WorkCalendar, at_local, end_of_day, local, local_day
from domain.deadlines import Deadline, due_day, workday_term, working_hours_term
from domain.documents import Urgency
from domain.policies import PolicySet, Unit

_ONE_DAY = timedelta(days=1)


def acknowledged_until(grade: str, now: datetime, policies: PolicySet, calendar: WorkCalendar) -> datetime:
    """Return until when an acknowledgement holds repeats back, in UTC (docs/rules.md, Ladder 4).

    Routine: 24:00 of a working day; urgent and extra urgent: working hours on. KeyError for any other grade.
    """
    if grade == Urgency.ROUTINE:
        return workday_term(now, policies.limit("acknowledge_workdays", grade), calendar).at
    return working_hours_term(now, policies.limit("acknowledge_working_hours", grade), calendar).at


def deadline_after_hold(
    due_at: datetime, since: datetime, until: datetime, calendar: WorkCalendar, unit: str | None = None
) -> Deadline:
    """Return the deadline of what was held from `since` to `until` (aware), never before the old one.

    What is counted in minutes keeps its minutes, what is counted in working hours its working hours; all else keeps
    its working days: those after the day of `since` up to the due day come after the day of `until`, and the hour of
    the day stays. What was overdue when the hold began stays due when it was (docs/rules.md, Deadlines 11).
    """
    if due_at <= since:
        return Deadline(due_at)
    if unit == Unit.MINUTES:
        return Deadline(until + (due_at - since))
    if unit == Unit.WORKING_HOURS:
        at = calendar.add_working_time(until, working_time(since, due_at, calendar))
    else:
        at = _in_days(due_at, since, until, calendar)
    at = max(at, due_at)
    return Deadline(at, calendar.is_provisional(local_day(since), due_day(at)))


def _in_days(due_at: datetime, since: datetime, until: datetime, calendar: WorkCalendar) -> datetime:
    left, day, last = 0, local_day(since) + _ONE_DAY, due_day(due_at)
    while day <= last:
        left += calendar.is_workday(day)
        day += _ONE_DAY
    day = calendar.workday_on_or_after(calendar.add_workdays(local_day(until), left))
    at = _at_the_hour_of(due_at, day)
    return at if at > until else _at_the_hour_of(due_at, calendar.add_workdays(day, 1))


def _at_the_hour_of(due_at: datetime, day: date) -> datetime:
    """Return the instant on `day` at the hour that something is due at; midnight is the 24:00 of a day."""
    hour = local(due_at).timetz().replace(tzinfo=None)
    return end_of_day(day) if hour == time() else at_local(day, hour)


def working_time(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """Return how much working time lies between two instants (aware)."""
    total, day = timedelta(), local_day(start)
    while day <= local_day(end):
        if calendar.is_workday(day):
            begins, ends = max(start, at_local(day, WORK_BEGINS)), min(end, at_local(day, WORK_ENDS))
            total += max(ends - begins, timedelta())
        day += _ONE_DAY
    return total
