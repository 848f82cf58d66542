"""Deadlines: from days and terms to instants, and the Chinese words for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from domain.calendar import at_local, end_of_day, local, local_day

if TYPE_CHECKING:
    from domain.calendar import WorkCalendar

_WEEKDAYS = "一二三四五六日"
_PROVISIONAL = "（暂定）"


@dataclass(frozen=True, slots=True)
class RunningTerm:
    """What a deadline is the end of, where it ends a term: it can be computed anew by another start or calendar."""

    #: aware
    start: datetime
    amount: int
    #: of `TERMS`
    unit: str

    def end(self, calendar: WorkCalendar) -> Deadline:
        return TERMS[self.unit](self.start, self.amount, calendar)

    def starting(self, start: datetime) -> RunningTerm:
        """The same term from another start."""
        return replace(self, start=start)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant something is due (aware, UTC), and whether a year not published yet may still move it (rule 9).

    `term` is what it ends; None for a day as written or as a person set it. Two that fall together are equal.
    """

    at: datetime
    provisional: bool = False
    term: RunningTerm | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """遇节假日顺延, as a circular says it: to which working day after the rest days, and until which hour of it.

    Without an hour the one of the requirement stays (docs/rules.md, Deadlines 10).
    """

    workdays: int = 1
    clock: time | None = None


def due_instant(day: date, clock: time | None) -> datetime:
    """When a thing due on `day` is due: 24:00 of it in Asia/Shanghai, or the stated hour (rule 5). In UTC."""
    return end_of_day(day) if clock is None else at_local(day, clock)


def due_day(due_at: datetime) -> date:
    """The local day a due instant belongs to: 24:00 of a day is that day's, not the next one's."""
    return local_day(last_moment(due_at))


def workday_term(start: datetime, workdays: int, calendar: WorkCalendar) -> Deadline:
    """24:00 of the n-th working day after the local day of `start`; for 0 of that day itself (rule 13)."""
    day = local_day(start)
    at = end_of_day(calendar.add_workdays(day, workdays))
    return _deadline(RunningTerm(start, workdays, WORKDAYS), at, calendar)


def working_hours_term(start: datetime, hours: int, calendar: WorkCalendar) -> Deadline:
    """When so many working hours (8:30-17:30 of working days) have passed since `start` (rule 13)."""
    at = calendar.add_working_time(start, timedelta(hours=hours))
    return _deadline(RunningTerm(start, hours, WORKING_HOURS), at, calendar)


def day_term(start: datetime, days: int, calendar: WorkCalendar) -> Deadline:  # noqa: ARG001  one form for all terms
    """24:00 of the n-th calendar day after the local day of `start`; no calendar can move it, so never provisional."""
    return Deadline(end_of_day(local_day(start) + timedelta(days=days)), term=RunningTerm(start, days, DAYS))


def minutes_term(start: datetime, minutes: int, calendar: WorkCalendar) -> Deadline:  # noqa: ARG001  likewise
    """So many minutes of the clock after `start`, at any hour of any day; never provisional."""
    return Deadline(start + timedelta(minutes=minutes), term=RunningTerm(start, minutes, MINUTES))


def _deadline(term: RunningTerm, at: datetime, calendar: WorkCalendar) -> Deadline:
    return Deadline(at, calendar.is_provisional(local_day(term.start), due_day(at)), term)


#: The units of terms: those of the policies (domain/policies.py, Unit), and calendar days, which circulars set.
MINUTES, WORKING_HOURS, WORKDAYS, DAYS = "minutes", "working_hours", "workdays", "days"
TERMS: Final[Mapping[str, Callable[[datetime, int, WorkCalendar], Deadline]]] = {
    MINUTES: minutes_term,
    WORKING_HOURS: working_hours_term,
    WORKDAYS: workday_term,
    DAYS: day_term,
}


def last_moment(due_at: datetime) -> datetime:
    """The last moment before a due instant: 24:00 of a day is that day's, so that a term from it starts on that day."""
    return due_at - datetime.resolution


def written_deadline(day: date, clock: time | None, rule: HolidayRule | None, calendar: WorkCalendar) -> Deadline:
    """When what is written for a day is due: on it, unless it is a rest day and the circular defers it (rule 10)."""
    if rule is None:
        return Deadline(due_instant(day, clock))
    rolled = roll(day, calendar, rule.workdays)
    at = due_instant(rolled, (rule.clock or clock) if rolled != day else clock)
    return Deadline(at, calendar.is_provisional(day, rolled))


def roll(day: date, calendar: WorkCalendar, workdays: int = 1) -> date:
    """遇节假日顺延, where the circular says so (rule 10): a due day on a rest day moves to the first working day after
    it, or to the n-th (顺延至节后第二个工作日: 2); a working day stays."""
    return day if calendar.is_workday(day) else calendar.add_workdays(day, workdays)


def describe_rule(rule: HolidayRule) -> str:
    """`遇节假日顺延至节后第2个工作日12时前`."""
    hour = f"{rule.clock.hour}时{f'{rule.clock.minute:02}分' * bool(rule.clock.minute)}前" if rule.clock else ""
    return f"遇节假日顺延至节后第{rule.workdays}个工作日{hour}"


def format_day(day: date, *, provisional: bool = False) -> str:
    """`2020年4月5日（星期日）`."""
    words = f"{day.year}年{day.month}月{day.day}日（星期{_WEEKDAYS[day.weekday()]}）"
    return words + _PROVISIONAL * provisional


@lru_cache(maxsize=4096)
def format_due(due_at: datetime, *, provisional: bool = False) -> str:
    """`2020年4月5日（星期日）24时前`, `…17时30分前`: local, cut to the minute; midnight is 24时 of the day before."""
    here = local(due_at).replace(second=0, microsecond=0)
    words = f"{format_day(due_day(here))}24时前" if here.time() == time() else f"{_minute(here)}前"
    return words + _PROVISIONAL * provisional


def format_instant(instant: datetime, *, provisional: bool = False) -> str:
    """`2020年4月3日（星期五）9时`, `…9时05分`: local time, cut to the minute."""
    return _minute(local(instant)) + _PROVISIONAL * provisional


def _minute(here: datetime) -> str:
    minutes = f"{here.minute:02}分" if here.minute else ""
    return f"{format_day(here.date())}{here.hour}时{minutes}"
