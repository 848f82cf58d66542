"""The published calendar: what the library answers for every single day."""

from datetime import date, timedelta

import chinese_calendar

from domain.published import published_calendar


def test_each_day_of_a_published_year_is_what_the_library_says() -> None:
    calendar = published_calendar()
    days = [
        date(year, 1, 1) + timedelta(days=number)
        for year in calendar.published
        for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]
    assert len(days) > 365 * 15
    assert [day for day in days if calendar.is_workday(day) != chinese_calendar.is_workday(day)] == []


def test_its_years_follow_each_other_and_hold_every_day_that_the_library_names() -> None:
    published = sorted(published_calendar().published)
    assert published == list(range(published[0], published[-1] + 1))
    assert {day.year for day in chinese_calendar.holidays} <= set(published)


def test_a_year_that_the_library_does_not_know_is_not_published() -> None:
    published = published_calendar().published
    assert 1999 not in published
    assert max(published) + 1 < 2150
