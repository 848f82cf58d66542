"""Every holiday of 2019, 2020 and 2026, by hand from the published notices: the days around it, terms, reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from config.policies import load_policies
from domain.calendar import RUNG_HOUR, at_local, local_day
from domain.deadlines import HolidayRule, due_instant, roll, workday_term, written_deadline
from domain.ladders import Running, rung_at
from domain.published import published_calendar
from domain.statuses import ObligationKind
from tests.cast import beijing

CALENDAR = published_calendar()
REPORT = load_policies().ladder("report", "routine")


class Holiday(NamedTuple):
    """A holiday: the working day before, its first and last day of rest, the working day after, days in lieu."""

    name: str
    before: str
    first: str
    last: str
    after: str
    in_lieu: tuple[str, ...] = ()

    def rest_days(self) -> Iterator[date]:
        day = date.fromisoformat(self.first)
        while day <= date.fromisoformat(self.last):
            yield day
            day += timedelta(days=1)


HOLIDAYS = [
    Holiday("New Year 2019", "2018-12-29", "2018-12-30", "2019-01-01", "2019-01-02", ("2018-12-29",)),
    Holiday(
        "Spring Festival 2019", "2019-02-03", "2019-02-04", "2019-02-10", "2019-02-11", ("2019-02-02", "2019-02-03")
    ),
    Holiday("Qingming 2019", "2019-04-04", "2019-04-05", "2019-04-07", "2019-04-08"),
    # as amended in March 2019: four days in place of one
    Holiday("Labour Day 2019", "2019-04-30", "2019-05-01", "2019-05-04", "2019-05-05", ("2019-04-28", "2019-05-05")),
    Holiday("Dragon Boat 2019", "2019-06-06", "2019-06-07", "2019-06-09", "2019-06-10"),
    Holiday("Mid-Autumn 2019", "2019-09-12", "2019-09-13", "2019-09-15", "2019-09-16"),
    Holiday("National Day 2019", "2019-09-30", "2019-10-01", "2019-10-07", "2019-10-08", ("2019-09-29", "2019-10-12")),
    Holiday("New Year 2020", "2019-12-31", "2020-01-01", "2020-01-01", "2020-01-02"),
    # as amended on 27 January 2020: to 2 February, and Saturday the 1st no workday any more
    Holiday("Spring 2020", "2020-01-23", "2020-01-24", "2020-02-02", "2020-02-03", ("2020-01-19",)),
    Holiday("Qingming 2020", "2020-04-03", "2020-04-04", "2020-04-06", "2020-04-07"),
    Holiday("Labour Day 2020", "2020-04-30", "2020-05-01", "2020-05-05", "2020-05-06", ("2020-04-26", "2020-05-09")),
    Holiday("Dragon Boat 2020", "2020-06-24", "2020-06-25", "2020-06-27", "2020-06-28", ("2020-06-28",)),
    Holiday("National Day 2020", "2020-09-30", "2020-10-01", "2020-10-08", "2020-10-09", ("2020-09-27", "2020-10-10")),
    Holiday("New Year 2026", "2025-12-31", "2026-01-01", "2026-01-03", "2026-01-04", ("2026-01-04",)),
    Holiday(
        "Spring Festival 2026", "2026-02-14", "2026-02-15", "2026-02-23", "2026-02-24", ("2026-02-14", "2026-02-28")
    ),
    Holiday("Qingming 2026", "2026-04-03", "2026-04-04", "2026-04-06", "2026-04-07"),
    Holiday("Labour Day 2026", "2026-04-30", "2026-05-01", "2026-05-05", "2026-05-06", ("2026-05-09",)),
    Holiday("Dragon Boat 2026", "2026-06-18", "2026-06-19", "2026-06-21", "2026-06-22"),
    Holiday("Mid-Autumn 2026", "2026-09-24", "2026-09-25", "2026-09-27", "2026-09-28"),
    Holiday("National Day 2026", "2026-09-30", "2026-10-01", "2026-10-07", "2026-10-08", ("2026-09-20", "2026-10-10")),
]
each_holiday = pytest.mark.parametrize("holiday", HOLIDAYS, ids=lambda holiday: holiday.name)


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


@each_holiday
def test_it_rests_on_the_holiday_and_works_around_it_and_in_lieu(holiday: Holiday) -> None:
    assert not any(map(CALENDAR.is_workday, holiday.rest_days()))
    assert all(map(CALENDAR.is_workday, days(holiday.before, holiday.after, *holiday.in_lieu)))
    assert all(day.weekday() >= 5 for day in days(*holiday.in_lieu)), "in lieu means a Saturday or Sunday"


@each_holiday
def test_it_counts_over_the_holiday_and_back(holiday: Holiday) -> None:
    before, after = days(holiday.before, holiday.after)
    assert CALENDAR.add_workdays(before, 1) == after
    assert CALENDAR.subtract_workdays(after, 1) == before
    for day in holiday.rest_days():
        assert CALENDAR.add_workdays(day, 1) == after
        assert CALENDAR.subtract_workdays(day, 1) == before


@each_holiday
def test_it_ends_a_term_that_begins_before_the_holiday_after_it(holiday: Holiday) -> None:
    before, after = days(holiday.before, holiday.after)
    deadline = workday_term(beijing(f"{before} 16:00"), 1, CALENDAR)
    assert (deadline.at, deadline.provisional) == (due_instant(after, None), False)


@each_holiday
def test_it_reminds_for_the_last_time_on_the_working_day_before(holiday: Holiday) -> None:
    (last,) = [rung for rung in REPORT.rungs if rung.name == "due-0"]
    for day in holiday.rest_days():
        running = Running(ObligationKind.REPORT, "routine", beijing("2018-01-02 09:00"), due_instant(day, None))
        assert rung_at(last, running, CALENDAR) == beijing(f"{holiday.before} 09:00")


@each_holiday
def test_it_defers_to_the_working_day_after_only_where_the_circular_says_so(holiday: Holiday) -> None:
    (after,) = days(holiday.after)
    for day in holiday.rest_days():
        assert roll(day, CALENDAR) == after
        assert roll(day, CALENDAR, 2) == CALENDAR.add_workdays(after, 1)
        assert written_deadline(day, None, HolidayRule(), CALENDAR).at == due_instant(after, None)
        assert written_deadline(day, None, None, CALENDAR).at == due_instant(day, None)


@each_holiday
def test_it_opens_working_hours_again_on_the_working_day_after(holiday: Holiday) -> None:
    for day in holiday.rest_days():
        opening = CALENDAR.next_working_time(beijing(f"{day} 10:00"))
        assert opening == beijing(f"{holiday.after} 08:30")
        assert not CALENDAR.is_working_time(beijing(f"{day} 10:00"))
    assert not CALENDAR.is_working_time(beijing(f"{holiday.before} 17:30")), "half-open"
    assert CALENDAR.next_working_time(beijing(f"{holiday.before} 17:30")) == beijing(f"{holiday.after} 08:30")
    assert CALENDAR.add_working_time(beijing(f"{holiday.before} 16:30"), timedelta(hours=1)) == beijing(
        f"{holiday.before} 17:30"
    )


def test_it_knows_every_day_that_departs_from_monday_to_friday_in_these_years() -> None:
    """The table is whole: no day of rest and no in-lieu workday of the three years is missing in it."""
    resting = {day for holiday in HOLIDAYS for day in holiday.rest_days()}
    working = {day for holiday in HOLIDAYS for day in days(*holiday.in_lieu)}
    for year in (2019, 2020, 2026):
        day = date(year, 1, 1)
        while day.year == year:
            by_table = (day.weekday() < 5 and day not in resting) or day in working
            assert CALENDAR.is_workday(day) is by_table, day
            day += timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "workdays", "end"),
    [
        ("2020-04-24", 3, "2020-04-28"),  # Friday; Sunday 26 counts
        ("2026-02-11", 3, "2026-02-14"),  # Wednesday; Saturday 14 counts
        ("2026-02-11", 4, "2026-02-24"),
        ("2020-01-21", 5, "2020-02-05"),  # as amended
        ("2019-04-26", 3, "2019-04-30"),  # Friday; Sunday 28 counts
        ("2019-04-30", 2, "2019-05-06"),  # Sunday 5 counts
        ("2026-12-29", 2, "2026-12-31"),
    ],
)
def test_it_counts_the_cases_that_were_named(start: str, workdays: int, end: str) -> None:
    deadline = workday_term(beijing(f"{start} 10:00"), workdays, CALENDAR)
    assert local_day(deadline.at - timedelta.resolution) == date.fromisoformat(end)
    assert not deadline.provisional


@pytest.mark.parametrize(
    ("due", "reminder"), [("2020-04-05", "2020-04-03"), ("2020-05-05", "2020-04-30"), ("2026-02-20", "2026-02-14")]
)
def test_it_reminds_before_the_holidays_that_were_named(due: str, reminder: str) -> None:
    (last,) = [rung for rung in REPORT.rungs if rung.name == "due-0"]
    running = Running(
        ObligationKind.REPORT, "routine", beijing("2019-01-02 09:00"), due_instant(date.fromisoformat(due), None)
    )
    at = rung_at(last, running, CALENDAR)
    assert at == at_local(date.fromisoformat(reminder), RUNG_HOUR)
