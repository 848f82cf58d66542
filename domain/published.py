"""The calendar that the State Council publishes, as days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from domain.calendar import WorkCalendar

#: The years that are asked for: far more than anybody publishes.
_YEARS = range(1949, 2150)


@lru_cache(maxsize=1)
def published_calendar() -> WorkCalendar:
    """Ask the library for every day, once per process: only a day tells whether it knows the year (Deadlines 9).

    A year counts as published if all its days are known.
    """
    years = {year: days for year in _YEARS if (days := _days_of(year)) is not None}
    works = {day: works for days in years.values() for day, works in days.items()}
    return WorkCalendar.of(
        (day for day, work in works.items() if not work), (day for day, work in works.items() if work), years
    )


def _days_of(year: int) -> dict[date, bool] | None:
    try:
        return {day: bool(chinese_calendar.is_workday(day)) for day in _each_day(year)}
    except NotImplementedError:
        return None


def _each_day(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)
