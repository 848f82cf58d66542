"""Recurring due days: RFC 5545 as far as due days need it, its traps, and its words."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recurrence import BadRule, describe, due_days, is_valid, nearest_due_day, next_due_day

STARTS = date(2020, 2, 14)


def few(rule: str, starts_on: date = STARTS, not_before: date = STARTS, count: int = 5) -> list[str]:
    return [str(day) for day in islice(due_days(rule, starts_on, not_before), count)]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        # the seed: every month by the 5th, from March
        ("FREQ=MONTHLY;BYMONTHDAY=5", ["2020-03-05", "2020-04-05", "2020-05-05", "2020-06-05", "2020-07-05"]),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=5", ["2020-03-05", "2020-04-05", "2020-05-05", "2020-06-05", "2020-07-05"]),
        ("freq=monthly;bymonthday=5;count=2", ["2020-03-05", "2020-04-05"]),
        # a first due day on the start itself
        ("FREQ=MONTHLY;BYMONTHDAY=14;COUNT=2", ["2020-02-14", "2020-03-14"]),
        # the RFC skips months without a 31st
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2020-03-31", "2020-05-31", "2020-07-31", "2020-08-31", "2020-10-31"]),
        # the last day of each month
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2020-02-29", "2020-03-31", "2020-04-30", "2020-05-31", "2020-06-30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=5,20;COUNT=3", ["2020-02-20", "2020-03-05", "2020-03-20"]),
        ("FREQ=WEEKLY;BYDAY=FR", ["2020-02-14", "2020-02-21", "2020-02-28", "2020-03-06", "2020-03-13"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", ["2020-02-14", "2020-02-28", "2020-03-13", "2020-03-27", "2020-04-10"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["2020-02-28", "2020-03-27"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["2020-02-28", "2020-03-31"]),
        (
            "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=30",
            ["2020-06-30", "2020-12-30", "2021-06-30", "2021-12-30", "2022-06-30"],
        ),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2020-02-29", "2024-02-29", "2028-02-29", "2032-02-29", "2036-02-29"]),
        ("FREQ=DAILY;COUNT=2", ["2020-02-14", "2020-02-15"]),
        # until a day, inclusive
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200405", ["2020-03-05", "2020-04-05"]),
        # until an instant in UTC: 15:59:59Z is the end of the same day in Shanghai
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200405T155959Z", ["2020-03-05", "2020-04-05"]),
        # 16:00Z is midnight in Shanghai, the beginning of the 5th
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200404T160000Z", ["2020-03-05", "2020-04-05"]),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200404T155959Z", ["2020-03-05"]),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200405T000000", ["2020-03-05", "2020-04-05"]),
    ],
)
def test_it_names_the_due_days(rule: str, days: list[str]) -> None:
    assert few(rule) == days


@pytest.mark.parametrize(
    ("starts_on", "not_before", "first"),
    [
        ("2020-03-01", "2020-02-14", "2020-03-05"),  # not before it begins
        ("2020-02-14", "2020-03-05", "2020-03-05"),  # the day itself is not past
        ("2020-02-14", "2020-03-06", "2020-04-05"),
        ("2020-02-14", "2026-11-24", "2026-12-05"),  # long after
    ],
)
def test_it_begins_at_the_later_of_both_days(starts_on: str, not_before: str, first: str) -> None:
    starts, after, expected = (date.fromisoformat(day) for day in (starts_on, not_before, first))
    assert next_due_day("FREQ=MONTHLY;BYMONTHDAY=5", starts, after) == expected


def test_it_counts_from_the_start_even_when_asked_later() -> None:
    rule = "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=5;COUNT=3"
    assert few(rule, date(2020, 1, 1), date(2020, 2, 1)) == ["2020-04-05", "2020-07-05"]


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY;BYMONTHDAY=5;COUNT=2", "FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200405"])
def test_it_ends_with_the_rule(rule: str) -> None:
    assert next_due_day(rule, STARTS, date(2020, 4, 6)) is None
    assert list(due_days(rule, STARTS, date(2020, 4, 6))) == []


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("", "不是周期规则"),
        ("每月5日前", "不是周期规则"),
        ("FREQ", "不是周期规则"),
        ("FREQ=MONTHLY;BYMONTHDAY=", "不是周期规则"),
        ("FREQ=MONTHLY;FREQ=DAILY", "不是周期规则"),  # a part given twice
        ("FREQ=MONTHLY\nDTSTART=20200101", "FREQ=MONTHLY\nDTSTART"),  # nothing smuggled in by a second line
        ("BYMONTHDAY=5", "缺少频率"),
        ("FREQ=HOURLY", "FREQ=HOURLY"),  # due days, not hours
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),  # dateutil is silent
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=MONTHLY;BYMONTHDAY=-32", "BYMONTHDAY=-32"),
        ("FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=5", "BYMONTH=13"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;BYHOUR=9", "BYHOUR=9"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX"),
        ("FREQ=MONTHLY;INTERVAL=0;BYMONTHDAY=5", "INTERVAL=0"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;COUNT=0", "COUNT=0"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20201301", "UNTIL=20201301"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=2020", "UNTIL=2020"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20201231;COUNT=3", "不能同时"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "没有对应任何一天"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "没有对应任何一天"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200101", "之前就已结束"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200304", "没有任何一天"),
    ],
)
def test_it_refuses_at_once_what_names_no_day(rule: str, why: str) -> None:
    with pytest.raises(BadRule, match=why) as refused:
        due_days(rule, STARTS, STARTS)
    assert str(refused.value).endswith("。")


def test_it_refuses_a_leap_day_that_its_interval_never_meets() -> None:
    with pytest.raises(BadRule, match="没有对应任何一天"):
        due_days("FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", date(2021, 1, 1), date(2021, 1, 1))


@pytest.mark.parametrize(
    ("rule", "valid"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=5", True),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=19991231", True),  # long ended, but a rule
        ("FREQ=MONTHLY;BYMONTHDAY=32", False),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", False),
        ("monthly", False),
    ],
)
def test_it_tells_whether_a_text_is_a_rule(rule: str, valid: bool) -> None:
    assert is_valid(rule) is valid


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=5", "每月5日前"),
        ("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=5;WKST=MO", "每月5日前"),
        ("FREQ=MONTHLY;BYMONTHDAY=5,20", "每月5日、20日前"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "每月最后一日前"),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", "每月倒数第3日前"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=5", "每3个月5日前"),
        ("FREQ=WEEKLY;BYDAY=FR", "每周五前"),
        ("FREQ=WEEKLY;BYDAY=MO,FR", "每周一、五前"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "每2周的周五前"),
        ("FREQ=DAILY", "每日"),
        ("FREQ=DAILY;INTERVAL=3", "每3日"),
        ("FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=30", "每年6月、12月30日前"),
        ("FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=5", "每年1月、4月、7月、10月5日前"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20201231", "每月5日前（至2020年12月31日）"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;COUNT=3", "每月5日前（共3次）"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=-1FR"),  # too involved: as it is
        ("FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;BYDAY=1MO"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"),
        ("FREQ=MONTHLY", "FREQ=MONTHLY"),
    ],
)
def test_it_words_a_rule(rule: str, words: str) -> None:
    assert describe(rule) == words


def test_it_does_not_word_what_is_no_rule() -> None:
    with pytest.raises(BadRule):
        describe("每月")


@given(
    st.integers(1, 28), st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.timedeltas(timedelta(), timedelta(days=900))
)
def test_it_finds_one_day_in_every_month(number: int, starts_on: date, wait: timedelta) -> None:
    days = list(islice(due_days(f"FREQ=MONTHLY;BYMONTHDAY={number}", starts_on, starts_on + wait), 6))
    assert all(day >= starts_on + wait and day.day == number for day in days)
    months = [day.year * 12 + day.month for day in days]
    assert months == list(range(months[0], months[0] + 6))


@pytest.mark.parametrize(
    ("rule", "day", "nearest"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=10", "2020-03-05", "2020-03-10"),
        ("FREQ=MONTHLY;BYMONTHDAY=5", "2020-03-10", "2020-03-05"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2020-03-05", "2020-02-29"),
        ("FREQ=WEEKLY;BYDAY=MO,FR", "2020-03-04", "2020-03-06"),  # two as near: the later
        ("FREQ=DAILY", "2020-03-04", "2020-03-04"),
        ("FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=30", "2020-03-04", "2020-06-30"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2022-06-01", "2024-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;COUNT=1", "2039-01-01", None),  # ended too long ago
    ],
)
def test_it_finds_the_nearest_due_day(rule: str, day: str, nearest: str | None) -> None:
    found = nearest_due_day(rule, date(2020, 1, 1), date.fromisoformat(day))
    assert found == (date.fromisoformat(nearest) if nearest else None)
