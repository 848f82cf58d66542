"""An amended calendar: what a deadline rests on decides whether it moves."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amending import DayChange, Standing, Written, changed_days, recomputed
from domain.deadlines import HolidayRule, RunningTerm
from domain.published import published_calendar
from tests.cast import beijing

AMENDED = published_calendar()
FIRST = AMENDED.changed(extra_workdays={date(2020, 1, 31), date(2020, 2, 1)})
FIVE_DAYS = RunningTerm(beijing("2020-01-21 10:00"), 5, "workdays")


def test_it_computes_a_term_anew() -> None:
    standing = Standing(due_at=beijing("2020-02-04 00:00"), term=FIVE_DAYS)
    moved = recomputed(standing, FIRST, AMENDED)
    assert moved is not None
    assert (moved.at, moved.term) == (beijing("2020-02-06 00:00"), FIVE_DAYS)
    back = recomputed(Standing(due_at=moved.at, term=FIVE_DAYS), AMENDED, FIRST)
    assert back is not None
    assert back.at == beijing("2020-02-04 00:00")


@pytest.mark.parametrize("unit", ["minutes", "days"])
def test_it_finds_a_term_that_no_calendar_moves_where_it_was(unit: str) -> None:
    term = RunningTerm(beijing("2020-01-21 10:00"), 15, unit)
    standing = Standing(due_at=term.end(FIRST).at, term=term)
    assert recomputed(standing, FIRST, AMENDED) == term.end(FIRST)


def test_it_starts_a_term_at_the_last_moment_before_the_receipt_is_due() -> None:
    unconfirmed = RunningTerm(beijing("2020-02-01 00:00") - timedelta.resolution, 5, "workdays")
    standing = Standing(
        due_at=beijing("2020-02-07 00:00"), term=unconfirmed, receipt_due_at=beijing("2020-02-04 00:00")
    )
    moved = recomputed(standing, FIRST, AMENDED)
    assert moved is not None
    assert moved.at == beijing("2020-02-11 00:00")


def test_it_never_moves_a_return_before_the_old_day() -> None:
    term = RunningTerm(beijing("2020-01-23 10:00"), 1, "workdays")
    standing = Standing(due_at=beijing("2020-02-04 00:00"), term=term, not_before=beijing("2020-02-03 12:00"))
    earlier = recomputed(standing, AMENDED, FIRST)
    assert earlier is not None
    assert (earlier.at, earlier.term) == (beijing("2020-02-03 12:00"), term)


@pytest.mark.parametrize("due", ["2020-02-01 00:00", "2020-02-20 00:00"])
def test_it_moves_no_day_as_written_or_as_a_person_set_it(due: str) -> None:
    assert recomputed(Standing(due_at=beijing(due)), FIRST, AMENDED) is None


def test_it_defers_a_written_day_anew_unless_a_person_has_moved_it() -> None:
    written = Written(date(2020, 1, 31), time(17), HolidayRule())
    moved = recomputed(Standing(due_at=beijing("2020-01-31 17:00"), written=written), FIRST, AMENDED)
    assert moved is not None
    assert moved.at == beijing("2020-02-03 17:00")
    assert recomputed(Standing(due_at=beijing("2020-02-20 00:00"), written=written), FIRST, AMENDED) is None


def test_it_names_the_days_that_two_calendars_differ_in() -> None:
    assert changed_days(FIRST, AMENDED) == (
        DayChange(date(2020, 1, 31), works=False), DayChange(date(2020, 2, 1), works=False),
    )  # fmt: skip
    assert changed_days(AMENDED, AMENDED) == ()


@given(st.dates(date(2020, 1, 1), date(2020, 3, 31)), st.integers(0, 10))
def test_it_moves_nothing_that_lies_outside_the_amendment(day: date, amount: int) -> None:
    term = RunningTerm(beijing(f"{day} 10:00"), amount, "workdays")
    old = term.end(FIRST)
    new = recomputed(Standing(due_at=old.at, term=term), FIRST, AMENDED)
    assert new is not None
    if day >= date(2020, 2, 1) or old.at <= beijing("2020-01-31 00:00"):
        assert new.at == old.at
    assert new.at >= old.at, "days were taken away"
