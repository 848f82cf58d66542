"""What a hold leaves of a deadline: what was left when it began is left when it ends, and never less than before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import local_day
from domain.deadlines import due_day
from domain.holds import deadline_after_hold, working_time
from domain.published import published_calendar
from tests.cast import beijing

CALENDAR = published_calendar()


@pytest.mark.parametrize(
    ("due_at", "since", "until", "after"),
    [
        # due Friday 6 March 24:00, two working days left on Wednesday: two are left on Monday the 16th
        ("2020-03-07 00:00", "2020-03-04 10:00", "2020-03-16 10:00", "2020-03-19 00:00"),
        # the hour of the day stays
        ("2020-03-06 17:00", "2020-03-04 10:00", "2020-03-16 10:00", "2020-03-18 17:00"),
        # due today: the day of resumption, or the next working day where that is a day of rest
        ("2020-03-05 00:00", "2020-03-04 10:00", "2020-03-16 10:00", "2020-03-17 00:00"),
        ("2020-03-05 00:00", "2020-03-04 10:00", "2020-03-14 10:00", "2020-03-17 00:00"),
        # due today at an hour that is past on the day of resumption: that hour of the next working day
        ("2020-03-04 17:00", "2020-03-04 10:00", "2020-03-16 18:00", "2020-03-17 17:00"),
        # over the holiday of 4 to 6 April: Thursday's one day left is Tuesday the 7th
        ("2020-03-21 00:00", "2020-03-19 09:00", "2020-04-03 09:00", "2020-04-08 00:00"),
        # due on a Sunday of rest, ended before anything of it was lost: the day as it was
        ("2020-04-06 00:00", "2020-04-01 09:00", "2020-04-01 15:00", "2020-04-06 00:00"),
        # until 24:00 of a day: counts from the day that begins then
        ("2020-03-07 00:00", "2020-03-05 09:00", "2020-03-11 00:00", "2020-03-13 00:00"),
        # overdue stays overdue, and due when it was
        ("2020-03-03 00:00", "2020-03-04 10:00", "2020-03-16 10:00", "2020-03-03 00:00"),
        ("2020-03-04 10:00", "2020-03-04 10:00", "2020-03-16 10:00", "2020-03-04 10:00"),
    ],
)
def test_it_leaves_the_working_days_that_were_left(due_at: str, since: str, until: str, after: str) -> None:
    assert deadline_after_hold(beijing(due_at), beijing(since), beijing(until), CALENDAR).at == beijing(after)


def test_it_leaves_minutes_by_the_clock_and_hours_by_working_time() -> None:
    due, since, until = beijing("2020-03-06 16:30"), beijing("2020-03-06 15:00"), beijing("2020-03-13 17:00")
    assert deadline_after_hold(due, since, until, CALENDAR, "minutes").at == beijing("2020-03-13 18:30")
    assert deadline_after_hold(due, since, until, CALENDAR, "working_hours").at == beijing("2020-03-16 09:30")


def test_it_is_provisional_where_it_reaches_into_a_year_without_a_calendar() -> None:
    due, since, until = beijing("2026-12-30 00:00"), beijing("2026-12-25 09:00"), beijing("2027-01-11 09:00")
    assert deadline_after_hold(due, since, until, CALENDAR).provisional
    assert not deadline_after_hold(due, since, beijing("2026-12-25 17:00"), CALENDAR).provisional


INSTANTS = st.integers(0, 400 * 24 * 60).map(lambda minutes: beijing("2019-06-01 00:00") + timedelta(minutes=minutes))
UNITS = st.sampled_from([None, "workdays", "days", "minutes", "working_hours"])


def workdays_left(at: datetime, due_at: datetime) -> int:
    days = (due_day(due_at) - local_day(at)).days
    return sum(CALENDAR.is_workday(local_day(at) + timedelta(days=n)) for n in range(1, days + 1))


@given(due=INSTANTS, since=INSTANTS, length=st.integers(0, 90 * 24 * 60), unit=UNITS)
def test_it_never_takes_time_away(due: datetime, since: datetime, length: int, unit: str | None) -> None:
    until = since + timedelta(minutes=length)
    after = deadline_after_hold(due, since, until, CALENDAR, unit).at
    assert after >= due
    if due <= since:
        assert after == due, "overdue stays overdue"
    elif unit != "working_hours":
        assert after > until
    if unit in (None, "workdays", "days") and due > since:
        assert workdays_left(until, after) >= workdays_left(since, due)
    if unit == "minutes" and due > since:
        assert after - until == due - since
    if unit == "working_hours" and due > since:
        assert working_time(until, after, CALENDAR) >= working_time(since, due, CALENDAR)


@given(due=INSTANTS, since=INSTANTS, unit=UNITS)
def test_a_hold_of_no_length_changes_nothing_but_a_rest_day_s_hour(due: datetime, since: datetime, unit: str) -> None:
    after = deadline_after_hold(due, since, since, CALENDAR, unit).at
    assert after >= due
    if CALENDAR.is_workday(due_day(due)):
        assert due_day(after) == due_day(due)


@given(due=INSTANTS, since=INSTANTS, one=st.integers(0, 20_000), more=st.integers(0, 20_000), unit=UNITS)
def test_a_longer_hold_never_ends_earlier(due: datetime, since: datetime, one: int, more: int, unit: str) -> None:
    ends = [since + timedelta(minutes=one), since + timedelta(minutes=one + more)]
    first, second = (deadline_after_hold(due, since, until, CALENDAR, unit).at for until in ends)
    assert first <= second
