"""Deadlines: which instant a day or a term ends at, and how it reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import ZONE, local_day
from domain.deadlines import (
    TERMS,
    Deadline,
    HolidayRule,
    RunningTerm,
    day_term,
    due_day,
    due_instant,
    format_day,
    format_due,
    format_instant,
    minutes_term,
    roll,
    workday_term,
    working_hours_term,
    written_deadline,
)
from domain.published import published_calendar

CALENDAR = published_calendar()
days = st.dates(date(2005, 1, 1), date(2060, 12, 31))


def here(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "clock", "instant"),
    [
        ("2020-04-05", None, "2020-04-06 00:00"),  # "5日前" includes the 5th
        ("2020-02-29", None, "2020-03-01 00:00"),
        ("2020-12-31", None, "2021-01-01 00:00"),
        ("2020-04-05", time(17), "2020-04-05 17:00"),  # "下午5时前": a stated hour wins
        ("2020-04-05", time(12), "2020-04-05 12:00"),
    ],
)
def test_it_turns_a_due_day_into_an_instant(day: str, clock: time | None, instant: str) -> None:
    assert due_instant(date.fromisoformat(day), clock) == here(instant)
    assert due_day(here(instant)) == date.fromisoformat(day)


@given(days, st.one_of(st.none(), st.times(min_value=time(0, 0, 1))))
def test_it_finds_the_due_day_again(day: date, clock: time | None) -> None:
    assert due_day(due_instant(day, clock)) == day


@pytest.mark.parametrize(
    ("start", "n", "end", "provisional"),
    [
        ("2020-04-24 10:00", 3, "2020-04-29 00:00", False),  # Friday; Sunday 26 works: 24:00 of Tuesday
        ("2026-02-11 10:00", 3, "2026-02-15 00:00", False),  # 24:00 of the in-lieu Saturday
        ("2026-02-11 10:00", 4, "2026-02-25 00:00", False),
        ("2020-01-21 16:00", 5, "2020-02-06 00:00", False),  # by the amended calendar
        ("2020-01-21 00:00", 5, "2020-02-06 00:00", False),  # the hour of the start does not matter
        ("2020-01-21 23:59", 5, "2020-02-06 00:00", False),
        ("2020-02-14 09:40", 1, "2020-02-18 00:00", False),  # a routine receipt
        ("2020-02-14 09:40", 0, "2020-02-15 00:00", False),  # the same day
        ("2020-02-15 09:40", 0, "2020-02-16 00:00", False),  # the same day, a Saturday
        ("2026-12-29 10:00", 2, "2027-01-01 00:00", False),  # 24:00 of 31 December is still 2026
        ("2026-12-29 10:00", 5, "2027-01-06 00:00", True),  # counts into a year not published
        ("2027-03-01 10:00", 0, "2027-03-02 00:00", True),
    ],
)
def test_it_ends_a_term_of_working_days_at_24(start: str, n: int, end: str, provisional: bool) -> None:
    assert workday_term(here(start), n, CALENDAR) == Deadline(here(end), provisional)


def test_it_counts_a_term_by_the_calendar_as_first_published_where_told_so() -> None:
    first = CALENDAR.changed(extra_workdays={date(2020, 1, 31), date(2020, 2, 1)})
    assert workday_term(here("2020-01-21 16:00"), 5, first) == Deadline(here("2020-02-04 00:00"))


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2020-02-14 09:40", 15, "2020-03-01 00:00"),  # 24:00 of 29 February
        ("2020-02-14 23:30", 1, "2020-02-16 00:00"),  # rest days count
        ("2026-12-29 10:00", 5, "2027-01-04 00:00"),  # no calendar moves it: not provisional
    ],
)
def test_it_ends_a_term_of_days_at_24(start: str, n: int, end: str) -> None:
    assert day_term(here(start), n, CALENDAR) == Deadline(here(end))


@pytest.mark.parametrize(
    ("start", "n", "end", "provisional"),
    [
        ("2020-02-14 09:40", 2, "2020-02-14 11:40", False),  # an urgent receipt
        ("2020-02-14 17:00", 2, "2020-02-17 10:00", False),
        ("2026-12-31 17:00", 2, "2027-01-01 10:00", True),  # New Year's Day of a year not published
    ],
)
def test_it_ends_a_term_of_working_hours(start: str, n: int, end: str, provisional: bool) -> None:
    assert working_hours_term(here(start), n, CALENDAR) == Deadline(here(end), provisional)


def test_it_ends_a_term_of_minutes_at_any_hour() -> None:
    assert minutes_term(here("2020-02-15 23:50"), 30, CALENDAR) == Deadline(here("2020-02-16 00:20"))


@pytest.mark.parametrize(
    ("day", "workdays", "rolled"),
    [
        ("2020-04-03", 1, "2020-04-03"),  # a working day stays
        ("2020-04-05", 1, "2020-04-07"),  # 遇节假日顺延
        ("2020-04-05", 2, "2020-04-08"),  # 顺延至节后第二个工作日
        ("2020-05-05", 1, "2020-05-06"),
    ],
)
def test_it_rolls_a_due_day_where_the_circular_says_so(day: str, workdays: int, rolled: str) -> None:
    assert roll(date.fromisoformat(day), CALENDAR, workdays) == date.fromisoformat(rolled)


@pytest.mark.parametrize(
    ("day", "clock", "rule", "instant"),
    [
        ("2020-01-28", None, HolidayRule(2, time(12)), "2020-02-04 12:00"),  # Tuesday in the holiday
        ("2020-01-28", None, None, "2020-01-29 00:00"),  # no clause: as written
        ("2020-02-04", None, HolidayRule(2, time(12)), "2020-02-05 00:00"),  # a working day: nothing is deferred
        ("2020-04-05", time(17), HolidayRule(1), "2020-04-07 17:00"),  # the hour of the requirement stays
        ("2020-04-05", time(17), HolidayRule(1, time(9)), "2020-04-07 09:00"),
        ("2020-02-15", None, HolidayRule(1), "2020-02-18 00:00"),  # an ordinary Saturday rests too
        ("2020-04-26", None, HolidayRule(1), "2020-04-27 00:00"),  # a Sunday worked in lieu
    ],
)
def test_it_defers_a_written_day_where_the_circular_says_so(
    day: str, clock: time | None, rule: HolidayRule | None, instant: str
) -> None:
    assert written_deadline(date.fromisoformat(day), clock, rule, CALENDAR) == Deadline(here(instant))


def test_it_marks_a_deferred_day_of_an_unpublished_year_only() -> None:
    day = date(2027, 2, 9)
    assert written_deadline(day, None, HolidayRule(), CALENDAR).provisional
    assert not written_deadline(day, None, None, CALENDAR).provisional  # nothing can move it


@given(days, st.integers(1, 5))
def test_it_never_defers_to_a_rest_day_or_back(day: date, workdays: int) -> None:
    at = written_deadline(day, None, HolidayRule(workdays), CALENDAR).at
    assert at >= due_instant(day, None)
    assert CALENDAR.is_workday(due_day(at))


@given(
    st.datetimes(datetime(2019, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001  zone given
    st.integers(0, 40),
    st.sampled_from(sorted(TERMS)),
)
def test_it_computes_a_term_anew_from_what_it_keeps_of_it(start: datetime, amount: int, unit: str) -> None:
    deadline = TERMS[unit](start, amount, CALENDAR)
    assert deadline.term == RunningTerm(start, amount, unit)
    assert deadline.term.end(CALENDAR) == deadline
    later = deadline.term.starting(start + timedelta(days=3))
    assert (later.amount, later.unit) == (amount, unit)
    assert later.end(CALENDAR).at >= deadline.at


@given(days, st.integers(0, 30), st.times())
def test_it_never_ends_a_term_before_it_starts(day: date, n: int, clock: time) -> None:
    start = datetime.combine(day, clock, tzinfo=ZONE)
    deadline = workday_term(start, n, CALENDAR)
    assert deadline.at > start
    assert due_day(deadline.at) == CALENDAR.add_workdays(local_day(start), n)
    assert deadline.at.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2020-04-06 00:00", "2020年4月5日（星期日）24时前"),
        ("2020-04-05 17:00", "2020年4月5日（星期日）17时前"),
        ("2020-04-05 17:30", "2020年4月5日（星期日）17时30分前"),
        ("2020-04-03 09:05", "2020年4月3日（星期五）9时05分前"),
        ("2020-04-03 09:05:59", "2020年4月3日（星期五）9时05分前"),  # cut, never rounded up past the limit
        ("2020-04-06 00:00:30", "2020年4月5日（星期日）24时前"),
        ("2021-01-01 00:00", "2020年12月31日（星期四）24时前"),
    ],
)
def test_it_words_a_deadline(instant: str, words: str) -> None:
    assert format_due(here(instant)) == words
    assert format_due(here(instant), provisional=True) == words + "（暂定）"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2020-04-03 09:00", "2020年4月3日（星期五）9时"),
        ("2020-04-03 13:40", "2020年4月3日（星期五）13时40分"),
        ("2020-04-04 00:00", "2020年4月4日（星期六）0时"),  # an instant, not a deadline
    ],
)
def test_it_words_an_instant(instant: str, words: str) -> None:
    assert format_instant(here(instant)) == words
    assert format_instant(here(instant), provisional=True) == words + "（暂定）"


@pytest.mark.parametrize("number", range(7))
def test_it_words_each_day_of_the_week(number: int) -> None:
    day = date(2020, 4, 6 + number)  # the 6th was a Monday
    assert format_day(day) == f"2020年4月{6 + number}日（星期{'一二三四五六日'[number]}）"


def test_it_marks_a_provisional_day() -> None:
    assert format_day(date(2027, 1, 5), provisional=True) == "2027年1月5日（星期二）（暂定）"
