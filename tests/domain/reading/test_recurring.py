"""Recurring terms as RFC 5545 rules, and their first due day."""

from __future__ import annotations

from datetime import date, time

import pytest

from domain.reading.dates import Basis
from domain.reading.recurring import first_due, recurrences

SPRING = Basis(day=date(2024, 2, 20))


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("每月5日前报送", "FREQ=MONTHLY;BYMONTHDAY=5"),
        ("每个月10号前报送", "FREQ=MONTHLY;BYMONTHDAY=10"),
        ("每月十五日前报送", "FREQ=MONTHLY;BYMONTHDAY=15"),
        ("每月1日至5日报送", "FREQ=MONTHLY;BYMONTHDAY=5"),
        ("每月20—25日报送", "FREQ=MONTHLY;BYMONTHDAY=25"),
        ("每年3月1日至3月10日报送", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10"),
        ("每月5日、20日前报送", "FREQ=MONTHLY;BYMONTHDAY=5,20"),
        ("每月底前报送", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("每月末报送", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("每月的进度于次月3日前报送", "FREQ=MONTHLY;BYMONTHDAY=3"),
        ("每月情况于下月8日前报送", "FREQ=MONTHLY;BYMONTHDAY=8"),
        ("每周四前报送", "FREQ=WEEKLY;BYDAY=TH"),
        ("每周一、周四报送", "FREQ=WEEKLY;BYDAY=MO,TH"),
        ("每星期五下班前报送", "FREQ=WEEKLY;BYDAY=FR"),
        ("每周日报送", "FREQ=WEEKLY;BYDAY=SU"),
        ("每日16时前报送", "FREQ=DAILY"),
        ("每天17:00前报送", "FREQ=DAILY"),
        ("每季度末月25日前报送", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=25"),
        ("每季度最后一个月20日前报送", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=20"),
        ("每季度末前报送", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"),
        ("每季度首月10日前报送", "FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"),
        ("每季度结束后10日内报送", "FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=10"),
        ("每季度情况于下季度首月5日前报送", "FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=5"),
        ("每年6月30日前报送", "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=30"),
        ("每年1月15日和7月15日前报送", "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=15"),
        ("每年2月底前报送", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"),
        ("每年6月和12月底前报送", "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1"),
        ("每年年底前报送", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1"),
        ("年中和年末报告", "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1"),
    ],
)
def test_it_reads_a_rule_with_its_day(sentence: str, rule: str) -> None:
    found = recurrences(sentence, SPRING)
    assert [one.rrule for one in found] == [rule]
    assert not found[0].is_plain


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("每月报送", "FREQ=MONTHLY"),
        ("按月报送", "FREQ=MONTHLY"),
        ("每周报送", "FREQ=WEEKLY"),
        ("每年报送", "FREQ=YEARLY"),
        ("每季度报送", "FREQ=MONTHLY;INTERVAL=3"),
        ("每半年报送", "FREQ=MONTHLY;INTERVAL=6"),
        ("每天报送", "FREQ=DAILY"),
    ],
)
def test_it_marks_a_period_without_a_day_as_plain(sentence: str, rule: str) -> None:
    (found,) = recurrences(sentence, SPRING)
    assert (found.rrule, found.is_plain) == (rule, True)


@pytest.mark.parametrize(
    "sentence", ["3月5日前报送", "本月底前完成", "周一召开会议", "多年以来", "次月5日前报送", "每年以来"]
)
def test_it_finds_no_rule_where_nothing_recurs(sentence: str) -> None:
    assert recurrences(sentence, SPRING) == []


def test_it_makes_a_rule_for_each_of_two_different_days() -> None:
    found = recurrences("每年6月10日和12月20日前报送", SPRING)
    assert [one.rrule for one in found] == [
        "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=10",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=20",
    ]


@pytest.mark.parametrize(
    ("sentence", "first"),
    [
        ("从3月份开始，每月5日前报送", date(2024, 3, 5)),
        ("自4月起，每月5日前报送", date(2024, 4, 5)),
        ("从2025年起，于每年2月底前报送", date(2025, 2, 28)),
        ("2024年6月起，每月25日前报送", date(2024, 6, 25)),
        ("自3月10日起，每月5日前报送", date(2024, 4, 5)),
        ("从3月起，每周四前报送", date(2024, 3, 7)),
        ("自1月起，每月5日前报送", date(2025, 1, 5)),
        ("自2月起，每月25日前报送", date(2024, 2, 25)),
        ("每月5日前报送，从3月开始", date(2024, 3, 5)),
        ("自4月起，于次月5日前报送当月情况", date(2024, 5, 5)),
        ("从2025年起，每季度结束后10日内报送", date(2025, 4, 10)),
        ("自2024年起，每年度终了后30日内报送决算", date(2025, 1, 30)),
        ("1月至6月，每月5日前报送", date(2024, 3, 5)),
        ("从下月起，每月5日前报送", date(2024, 3, 5)),
        ("7月至9月，每月5日前报送", date(2024, 7, 5)),
        ("从第三季度起，每季度末报送", date(2024, 9, 30)),
        ("每月5日前报送", None),
        ("即日起，每月5日前报送", date(2024, 3, 5)),
    ],
)
def test_it_finds_the_first_due_day_where_a_beginning_is_given(sentence: str, first: date | None) -> None:
    assert [one.starts_on for one in recurrences(sentence, SPRING)] == [first]


def test_it_bounds_a_weekly_rule_to_the_month_it_is_told_of() -> None:
    (found,) = recurrences("7月期间每周二15:00前报送", SPRING)
    assert found.rrule == "FREQ=WEEKLY;BYDAY=TU;UNTIL=20240731"
    assert found.starts_on == date(2024, 7, 2)
    assert found.due_time == time(15)


@pytest.mark.parametrize(
    ("sentence", "until"),
    [
        ("2024年3月至11月，每月5日前报送", "20241130"),
        ("自3月起至12月止，每月5日前报送", "20241231"),
        ("即日起至6月15日，每月5日前报送", "20240615"),
        ("从3月起，每月5日前报送，至次年2月底止", "20250228"),
        ("2024年至2026年，每月5日前报送", "20261231"),
        ("10月至次年3月，每月5日前报送", "20250331"),
        ("3月4日（星期一）至3月29日（星期五），每月5日前报送", "20240329"),
    ],
)
def test_it_ends_a_rule_where_the_sentence_does(sentence: str, until: str) -> None:
    (found,) = recurrences(sentence, SPRING)
    assert found.rrule == f"FREQ=MONTHLY;BYMONTHDAY=5;UNTIL={until}"


def test_a_time_that_is_over_is_one_of_statistics() -> None:
    (found,) = recurrences("核对2023年1月至12月，每月5日前报送", SPRING)
    assert (found.rrule, found.starts_on) == ("FREQ=MONTHLY;BYMONTHDAY=5", None)


@pytest.mark.parametrize(
    ("sentence", "rules"),
    [
        ("每月25日前报市局，市局于28日前报省局", ["FREQ=MONTHLY;BYMONTHDAY=25", "FREQ=MONTHLY;BYMONTHDAY=28"]),
        ("每周汇总，周五前报送", ["FREQ=WEEKLY;BYDAY=FR"]),
        ("每周报送一次，每月5日前小结一次", ["FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY=5"]),
        ("每月25日前报送；于28日前报送首期", ["FREQ=MONTHLY;BYMONTHDAY=25"]),
        ("每季度汇总，28日前报送", ["FREQ=MONTHLY;INTERVAL=3"]),
    ],
)
def test_a_later_day_may_belong_to_the_period_before_it(sentence: str, rules: list[str]) -> None:
    assert [one.rrule for one in recurrences(sentence, SPRING)] == rules


def test_it_reads_the_hour_of_a_rule() -> None:
    assert [one.due_time for one in recurrences("每日16时前、每周五下午5时前报送", SPRING)] == [time(16), time(17)]


def test_it_says_where_the_term_stands() -> None:
    sentence = "请于每月5日前报送"
    (found,) = recurrences(sentence, SPRING)
    assert sentence[found.start : found.end] == "每月5日前"


@pytest.mark.parametrize(
    ("rule", "begin", "first"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=5", date(2024, 3, 1), date(2024, 3, 5)),
        ("FREQ=MONTHLY;BYMONTHDAY=5", date(2024, 3, 6), date(2024, 4, 5)),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2024, 2, 1), date(2024, 2, 29)),
        ("FREQ=MONTHLY;BYMONTHDAY=31", date(2024, 4, 1), date(2024, 5, 31)),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", date(2024, 3, 1), date(2025, 2, 28)),
        ("FREQ=WEEKLY;BYDAY=MO", date(2024, 3, 1), date(2024, 3, 4)),
        ("FREQ=DAILY", date(2024, 3, 1), date(2024, 3, 1)),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(2024, 1, 1), None),
    ],
)
def test_it_computes_the_first_day_of_a_rule(rule: str, begin: date, first: date | None) -> None:
    assert first_due(rule, begin) == first
