"""The work calendar, day by day around the holidays that hurt, and its laws for any day."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import RUNG_HOUR, ZONE, WorkCalendar, at_local, end_of_day, local_day
from domain.published import published_calendar

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = published_calendar()
#: January 2020 as it stood before the amendment of 26 January: rest from 24 to 30 January, work on Saturday the 1st.
AS_FIRST_PUBLISHED = PUBLISHED.changed(extra_workdays={date(2020, 1, 31), date(2020, 2, 1)})

published_days = st.dates(date(2005, 1, 1), date(2026, 10, 1))
any_days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
few_days = st.frozensets(st.dates(date(2020, 1, 1), date(2020, 12, 31)), max_size=12)
instants = st.datetimes(datetime(2019, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001  zone given
amounts = st.timedeltas(timedelta(), timedelta(hours=60))


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    rest = draw(few_days)
    return PUBLISHED.changed(rest, draw(few_days) - rest)


def here(text: str) -> datetime:
    """An instant from local time, `2020-04-03 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2020-01-19", True),  # Sunday, in lieu of Spring Festival
        ("2020-01-24", False),  # the eve
        ("2020-01-31", False),  # Friday, rest by the amendment
        ("2020-02-02", False),  # the last day of the lengthened holiday
        ("2020-02-03", True),  # Monday, work begins
        ("2020-04-04", False),  # Qingming
        ("2020-04-05", False),  # Sunday
        ("2020-04-06", False),  # Monday, in lieu
        ("2020-04-07", True),
        ("2020-04-26", True),  # Sunday, in lieu of Labour Day
        ("2020-05-05", False),  # Tuesday, fifth day of Labour Day
        ("2020-05-09", True),  # Saturday, in lieu
        ("2020-10-08", False),  # National Day and Mid-Autumn together: eight days
        ("2020-10-10", True),  # Saturday, in lieu
        ("2026-02-14", True),  # Saturday, in lieu of Spring Festival
        ("2026-02-23", False),  # Monday, ninth day of Spring Festival
        ("2027-01-01", True),  # Friday, New Year, but the year is not published: Monday to Friday
        ("2027-02-06", False),  # Saturday of an unpublished year
    ],
)
def test_it_knows_working_days(day: str, works: bool) -> None:
    assert PUBLISHED.is_workday(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("day", "n", "result"),
    [
        ("2020-04-24", 3, "2020-04-28"),  # Friday; Sunday 26 counts: Tuesday
        ("2026-02-11", 3, "2026-02-14"),  # Wednesday; Saturday 14 counts
        ("2026-02-11", 4, "2026-02-24"),  # the fourth is after nine days of Spring Festival
        ("2020-01-21", 5, "2020-02-05"),  # over the lengthened Spring Festival
        ("2020-04-03", 1, "2020-04-07"),  # Friday before Qingming
        ("2020-04-05", 1, "2020-04-07"),  # from a rest day: strictly after
        ("2020-04-05", 0, "2020-04-05"),  # nothing added, even on a rest day
        ("2020-02-14", 1, "2020-02-17"),  # an ordinary weekend
        ("2026-12-29", 5, "2027-01-05"),  # into a year not published: New Year's Day is taken as a Friday
    ],
)
def test_it_adds_working_days(day: str, n: int, result: str) -> None:
    assert PUBLISHED.add_workdays(date.fromisoformat(day), n) == date.fromisoformat(result)


@pytest.mark.parametrize(
    ("day", "n", "result"),
    [
        ("2020-04-05", 1, "2020-04-03"),  # Sunday in a holiday: Friday before
        ("2020-04-05", 3, "2020-04-01"),
        ("2020-05-05", 1, "2020-04-30"),  # five days of Labour Day
        ("2020-04-28", 3, "2020-04-24"),  # back over the in-lieu Sunday
        ("2020-02-03", 1, "2020-01-23"),  # back over the whole Spring Festival
        ("2020-04-05", 0, "2020-04-05"),
    ],
)
def test_it_subtracts_working_days(day: str, n: int, result: str) -> None:
    assert PUBLISHED.subtract_workdays(date.fromisoformat(day), n) == date.fromisoformat(result)


def test_it_counts_by_the_calendar_as_first_published_where_told_so() -> None:
    assert AS_FIRST_PUBLISHED.add_workdays(date(2020, 1, 21), 5) == date(2020, 2, 3)


def test_it_puts_the_installations_own_days_first() -> None:
    own = PUBLISHED.changed({date(2020, 4, 7)}, {date(2020, 4, 5)})
    assert not own.is_workday(date(2020, 4, 7))
    assert own.is_workday(date(2020, 4, 5))
    assert own.add_workdays(date(2020, 4, 3), 2) == date(2020, 4, 8)


def test_it_takes_own_days_in_an_unpublished_year_too() -> None:
    own = PUBLISHED.changed({date(2027, 1, 1)})
    assert own.add_workdays(date(2026, 12, 29), 5) == date(2027, 1, 6)
    assert own.is_provisional(date(2026, 12, 29), date(2027, 1, 6))  # a few own days publish no year


@pytest.mark.parametrize("count", [PUBLISHED.add_workdays, PUBLISHED.subtract_workdays])
def test_it_refuses_a_negative_number_of_working_days(count: object) -> None:
    assert callable(count)
    with pytest.raises(ValueError, match="not negative"):
        count(date(2020, 4, 3), -1)


@pytest.mark.parametrize(
    ("start", "end", "provisional"),
    [
        ("2026-01-01", "2026-12-31", False),
        ("2026-12-29", "2027-01-05", True),  # ends in a year not published
        ("2027-01-05", "2027-01-06", True),
        ("2003-12-31", "2004-01-02", True),  # before the data begin
        ("2004-01-01", "2026-12-31", False),  # all that is known
        ("2026-12-31", "2028-01-01", True),
    ],
)
def test_it_says_what_is_provisional(start: str, end: str, provisional: bool) -> None:
    assert PUBLISHED.is_provisional(date.fromisoformat(start), date.fromisoformat(end)) is provisional


def test_it_asks_the_published_calendar_for_each_year() -> None:
    assert [year for year in range(2000, 2040) if PUBLISHED.is_published(year)] == list(range(2004, 2027))


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2020-04-03", "2020-04-03", "2020-04-03"),  # a working day is its own
        ("2020-04-05", "2020-04-03", "2020-04-07"),
        ("2020-04-25", "2020-04-24", "2020-04-26"),  # Saturday before the in-lieu Sunday
        ("2026-02-15", "2026-02-14", "2026-02-24"),
    ],
)
def test_it_finds_the_nearest_working_day(day: str, before: str, after: str) -> None:
    assert PUBLISHED.workday_on_or_before(date.fromisoformat(day)) == date.fromisoformat(before)
    assert PUBLISHED.workday_on_or_after(date.fromisoformat(day)) == date.fromisoformat(after)


@pytest.mark.parametrize(
    ("instant", "inside", "following"),
    [
        ("2020-04-03 08:29:59", False, "2020-04-03 08:30"),
        ("2020-04-03 08:30", True, "2020-04-03 08:30"),  # closed at the beginning
        ("2020-04-03 12:15", True, "2020-04-03 12:15"),  # no noon break
        ("2020-04-03 17:29:59", True, "2020-04-03 17:29:59"),
        ("2020-04-03 17:30", False, "2020-04-07 08:30"),  # open at the end; Qingming follows
        ("2020-04-05 10:00", False, "2020-04-07 08:30"),  # a rest day
        ("2020-04-26 10:00", True, "2020-04-26 10:00"),  # an in-lieu Sunday
        ("2020-04-25 23:59", False, "2020-04-26 08:30"),
    ],
)
def test_it_knows_working_hours(instant: str, inside: bool, following: str) -> None:
    assert PUBLISHED.is_working_time(here(instant)) is inside
    assert PUBLISHED.next_working_time(here(instant)) == here(following)


@pytest.mark.parametrize(
    ("instant", "hours", "result"),
    [
        ("2020-02-14 09:40", 4, "2020-02-14 13:40"),  # through noon
        ("2020-02-14 13:30", 4, "2020-02-14 17:30"),  # ends with the day, not the next morning
        ("2020-02-14 15:00", 4, "2020-02-17 10:00"),  # 2.5 hours on Friday, 1.5 on Monday
        ("2020-02-14 17:30", 1, "2020-02-17 09:30"),  # nothing left of Friday
        ("2020-02-14 06:00", 1, "2020-02-14 09:30"),  # before work begins
        ("2020-02-15 12:00", 2, "2020-02-17 10:30"),  # Saturday
        ("2020-04-25 12:00", 2, "2020-04-26 10:30"),  # Saturday, but Sunday is in lieu
        ("2020-04-03 16:30", 10, "2020-04-07 17:30"),  # one hour, then a whole day after Qingming
        ("2020-02-15 12:00", 0, "2020-02-15 12:00"),  # nothing added is the instant itself
        ("2020-02-17 10:00", -4, "2020-02-14 15:00"),  # back over the weekend
        ("2020-02-17 08:30", -1, "2020-02-14 16:30"),
        ("2020-02-15 12:00", -9, "2020-02-14 08:30"),
    ],
)
def test_it_adds_working_time(instant: str, hours: int, result: str) -> None:
    assert PUBLISHED.add_working_time(here(instant), timedelta(hours=hours)) == here(result)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2020, 4, 5, 15, 59, 59, tzinfo=UTC), date(2020, 4, 5)),  # 23:59:59 in Shanghai
        (datetime(2020, 4, 5, 16, 0, tzinfo=UTC), date(2020, 4, 6)),  # midnight belongs to the day that begins
        (datetime(2020, 4, 6, 3, 0, tzinfo=timezone(timedelta(hours=11))), date(2020, 4, 6)),  # 00:00 in Shanghai
    ],
)
def test_it_tells_the_local_day(instant: datetime, day: date) -> None:
    assert local_day(instant) == day


def test_it_ends_a_day_at_the_next_midnight_in_shanghai() -> None:
    assert end_of_day(date(2020, 4, 5)) == datetime(2020, 4, 5, 16, 0, tzinfo=UTC)
    assert end_of_day(date(2020, 12, 31)) == at_local(date(2021, 1, 1), time())
    assert at_local(date(2020, 4, 3), RUNG_HOUR) == datetime(2020, 4, 3, 1, 0, tzinfo=UTC)


def test_it_gives_instants_in_utc() -> None:
    given_locally = datetime(2020, 4, 3, 9, 0, tzinfo=ZONE)
    results = [end_of_day(date(2020, 4, 3)), at_local(date(2020, 4, 3), RUNG_HOUR)]
    results += [PUBLISHED.add_working_time(given_locally, timedelta(hours=each)) for each in (1, 10, -1, -10)]
    assert all(result.tzinfo is UTC for result in results)


@pytest.mark.parametrize("ask", [local_day, PUBLISHED.is_working_time, PUBLISHED.next_working_time])
def test_it_refuses_a_naive_instant(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="time zone"):
        ask(datetime(2020, 4, 3, 9, 0))  # noqa: DTZ001  naive on purpose


def test_it_fingerprints_the_days_it_counts_by() -> None:
    day = date(2020, 4, 7)
    digests = {PUBLISHED.digest, PUBLISHED.changed({day}).digest, PUBLISHED.changed((), {date(2020, 4, 5)}).digest}
    assert len(digests) == 3
    assert PUBLISHED.changed({day}).digest == PUBLISHED.changed([day, day]).digest
    assert len(PUBLISHED.digest) == 12


def test_it_is_the_same_calendar_whatever_does_not_depart_from_monday_to_friday() -> None:
    saturday, tuesday = date(2020, 2, 15), date(2020, 2, 18)
    assert PUBLISHED.changed({saturday}, {tuesday}) == PUBLISHED
    assert PUBLISHED.changed({tuesday}).changed((), {tuesday}) == PUBLISHED
    assert hash(PUBLISHED.changed({saturday})) == hash(PUBLISHED)


@given(calendars(), any_days)
def test_it_comes_back_from_its_canonical_text(calendar: WorkCalendar, day: date) -> None:
    rebuilt = WorkCalendar.from_canonical(calendar.canonical())
    assert rebuilt == calendar
    assert rebuilt.digest == calendar.digest
    assert rebuilt.is_workday(day) is calendar.is_workday(day)
    assert rebuilt.is_published(day.year) is calendar.is_published(day.year)


@pytest.mark.parametrize("text", ["", "[]", '{"published":[2020]}', '{"rest_days":["x"],"workdays":[],"published":[]}'])
def test_it_refuses_a_text_that_is_no_calendar(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        WorkCalendar.from_canonical(text)


def test_it_sees_a_new_edition_of_the_published_calendar() -> None:
    program = (
        "import datetime, chinese_calendar;"
        "chinese_calendar.holidays[datetime.date(2027, 1, 1)] = 'New Year';"
        "from domain.published import published_calendar; c = published_calendar();"
        "print(c.is_published(2027), c.is_workday(datetime.date(2027, 1, 1)), c.digest)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=_env("UTC"))
    published, works, digest = run.stdout.split()
    assert (published, works) == ("True", "False")
    assert digest != PUBLISHED.digest


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Shanghai", "Pacific/Kiritimati"])
def test_it_does_not_hang_on_the_servers_time_zone(zone: str) -> None:
    program = (
        "from datetime import *; from domain.calendar import *; from domain.published import *;"
        "c = published_calendar();"
        "at = datetime(2020, 4, 3, 8, 30, tzinfo=UTC);"
        "later = c.add_working_time(at, timedelta(hours=10)).isoformat();"
        "print(local_day(at), later, end_of_day(local_day(at)), c.digest)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=_env(zone))
    expected = f"2020-04-03 2020-04-07T09:30:00+00:00 2020-04-03 16:00:00+00:00 {PUBLISHED.digest}"
    assert run.stdout.strip() == expected


def _env(zone: str) -> dict[str, str]:
    return {**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)}


@given(published_days)
def test_it_agrees_with_the_published_calendar(day: date) -> None:
    assert PUBLISHED.is_workday(day) is chinese_calendar.is_workday(day)


@given(calendars(), any_days, st.integers(1, 40))
def test_it_never_lands_on_a_rest_day(calendar: WorkCalendar, day: date, n: int) -> None:
    assert calendar.is_workday(calendar.add_workdays(day, n))
    assert calendar.is_workday(calendar.subtract_workdays(day, n))


@given(calendars(), any_days, st.integers(0, 40))
def test_it_comes_back_to_a_working_day(calendar: WorkCalendar, day: date, n: int) -> None:
    day = calendar.workday_on_or_after(day)
    assert calendar.subtract_workdays(calendar.add_workdays(day, n), n) == day
    assert calendar.add_workdays(calendar.subtract_workdays(day, n), n) == day


@given(calendars(), any_days, any_days, st.integers(0, 40))
def test_it_never_lets_a_later_start_end_earlier(calendar: WorkCalendar, one: date, other: date, n: int) -> None:
    earlier, later = sorted([one, other])
    assert calendar.add_workdays(earlier, n) <= calendar.add_workdays(later, n)
    assert calendar.add_workdays(earlier, n) < calendar.add_workdays(earlier, n + 1)


@given(calendars(), any_days, st.integers(1, 40))
def test_it_counts_exactly_n_working_days(calendar: WorkCalendar, day: date, n: int) -> None:
    end = calendar.add_workdays(day, n)
    between = [day + timedelta(days=each) for each in range(1, (end - day).days + 1)]
    assert sum(map(calendar.is_workday, between)) == n


@given(calendars(), instants, amounts, amounts)
def test_it_adds_working_time_in_pieces_as_at_once(
    calendar: WorkCalendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    in_pieces = calendar.add_working_time(calendar.add_working_time(start, one), other)
    assert in_pieces == calendar.add_working_time(start, one + other)


@given(calendars(), instants, amounts)
def test_it_comes_back_over_working_time(calendar: WorkCalendar, start: datetime, amount: timedelta) -> None:
    start = calendar.next_working_time(start)
    back = calendar.add_working_time(calendar.add_working_time(start, amount), -amount)
    # the end of one day and the beginning of the next are the same point of working time
    assert calendar.next_working_time(back) == start


@given(calendars(), instants, st.timedeltas(timedelta(microseconds=1), timedelta(hours=60)))
def test_it_ends_a_working_term_in_or_at_the_end_of_working_hours(
    calendar: WorkCalendar, start: datetime, amount: timedelta
) -> None:
    end = calendar.add_working_time(start, amount)
    assert calendar.is_working_time(end - timedelta(microseconds=1))
    assert end - start >= amount


@given(calendars(), instants)
def test_it_waits_for_working_time_no_longer_than_needed(calendar: WorkCalendar, instant: datetime) -> None:
    following = calendar.next_working_time(instant)
    assert calendar.is_working_time(following)
    assert following >= instant
    assert calendar.next_working_time(following) == following
