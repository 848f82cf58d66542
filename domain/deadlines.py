"""Deadlines: from days and terms to instants, and the Chinese words for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from domain.calendar import at_local, end_of_day, local, local_day

if TYPE_CHECKING:
    from domain.calendar import WorkCalendar

_WEEKDAYS = "一二三四五六日"
_PROVISIONAL = "（暂定）"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant a term ends (aware, UTC), and whether a year not published yet may still move it (rule 9)."""

    at: datetime
    provisional: bool = False


def due_instant(day: date, clock: time | None) -> datetime:
    """When a thing due on `day` is due: 24:00 of it in Asia/Shanghai, or the stated hour (rule 5). In UTC."""
    return end_of_day(day) if clock is None else at_local(day, clock)


def due_day(due_at: datetime) -> date:
    """The local day a due instant belongs to: 24:00 of a day is that day's, not the next one's."""
    return local_day(due_at - datetime.resolution)


def workday_term(start: datetime, workdays: int, calendar: WorkCalendar) -> Deadline:
    """24:00 of the n-th working day after the local day of `start`; for 0 of that day itself (rule 13)."""
    day = local_day(start)
    return _deadline(start, end_of_day(calendar.add_workdays(day, workdays)), calendar)


def working_hours_term(start: datetime, hours: int, calendar: WorkCalendar) -> Deadline:
    """When so many working hours (8:30-17:30 of working days) have passed since `start` (rule 13)."""
    return _deadline(start, calendar.add_working_time(start, timedelta(hours=hours)), calendar)


def day_term(start: datetime, days: int, calendar: WorkCalendar) -> Deadline:  # noqa: ARG001  one form for all terms
    """24:00 of the n-th calendar day after the local day of `start`; no calendar can move it, so never provisional."""
    return Deadline(end_of_day(local_day(start) + timedelta(days=days)))


def minutes_term(start: datetime, minutes: int, calendar: WorkCalendar) -> Deadline:  # noqa: ARG001  likewise
    """So many minutes of the clock after `start`, at any hour of any day; never provisional."""
    return Deadline(start + timedelta(minutes=minutes))


def _deadline(start: datetime, at: datetime, calendar: WorkCalendar) -> Deadline:
    return Deadline(at, calendar.is_provisional(local_day(start), due_day(at)))


def roll(day: date, calendar: WorkCalendar, workdays: int = 1) -> date:
    """遇节假日顺延, where the circular says so (rule 10): a due day on a rest day moves to the first working day after
    it, or to the n-th (顺延至节后第二个工作日: 2); a working day stays."""
    return day if calendar.is_workday(day) else calendar.add_workdays(day, workdays)


def format_day(day: date, *, provisional: bool = False) -> str:
    """`2020年4月5日（星期日）`."""
    words = f"{day.year}年{day.month}月{day.day}日（星期{_WEEKDAYS[day.weekday()]}）"
    return words + _PROVISIONAL * provisional


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
