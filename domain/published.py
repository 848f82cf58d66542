"""The calendar that the State Council publishes, as days."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import chinese_calendar

from domain.calendar import WorkCalendar

#: The years that are asked for: far more than anybody publishes.
_YEARS = range(1949, 2150)


@lru_cache(maxsize=1)
def published_calendar() -> WorkCalendar:
    """Ask the library, once per process, for the days that it names; all others are as their weekday (Deadlines 9).

    A year counts as published if its first and its last day are known: only a day tells whether the library knows it.
    """
    years = {year for year in _YEARS if _is_known(date(year, 1, 1)) and _is_known(date(year, 12, 31))}
    named = {day for day in (*chinese_calendar.holidays, *chinese_calendar.workdays) if day.year in years}
    works = {day for day in named if chinese_calendar.is_workday(day)}
    return WorkCalendar.of(named - works, works, years)


def _is_known(day: date) -> bool:
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True
