"""Days that stand together: what each takes from the others, and where their words end."""

from __future__ import annotations

from datetime import date, time

import pytest

from domain.reading.dates import Basis
from domain.reading.written_days import day_of, first_day_of, is_moved, written_days

MARCH = Basis(day=date(2023, 3, 6))


def days(sentence: str) -> list[list[date | None]]:
    return [[day_of(one, MARCH) for one in group.days] for group in written_days(sentence, MARCH)]


@pytest.mark.parametrize(
    ("sentence", "months_and_days"),
    [
        ("3月、6月和9月底前", [(3, 31), (6, 30), (9, 30)]),
        ("于4、7、10月15日前", [(4, 15), (7, 15), (10, 15)]),
        ("5月10日、20日、30日前", [(5, 10), (5, 20), (5, 30)]),
        ("本月15日和25日前", [(3, 15), (3, 25)]),
        ("4月、7月、10月的8日前", [(4, 8), (7, 8), (10, 8)]),
        ("6月30日及12月31日前", [(6, 30), (12, 31)]),
    ],
)
def test_days_in_a_row_share_month_day_and_word(sentence: str, months_and_days: list[tuple[int, int]]) -> None:
    assert days(sentence) == [[date(2023, month, day) for month, day in months_and_days]]


@pytest.mark.parametrize(
    ("sentence", "first", "last"),
    [
        ("3月13日至17日", date(2023, 3, 13), date(2023, 3, 17)),
        ("3月13日起至4月7日止", date(2023, 3, 13), date(2023, 4, 7)),
        ("4—6月", date(2023, 4, 1), date(2023, 6, 30)),
        ("2022年10月至2023年2月", date(2022, 10, 1), date(2023, 2, 28)),
        ("2022年11月1日至2月10日", date(2022, 11, 1), date(2023, 2, 10)),
        ("即日起至5月10日", date(2023, 3, 6), date(2023, 5, 10)),
        ("12月20日至次年1月10日", date(2023, 12, 20), date(2024, 1, 10)),
    ],
)
def test_a_stretch_has_a_first_day_and_a_last(sentence: str, first: date, last: date) -> None:
    (group,) = written_days(sentence, MARCH)
    assert [day_of(one, MARCH) for one in group.days] == [last]
    assert group.begin is not None
    assert first_day_of(group.begin, MARCH, not_after=last) == first


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("本周日前", date(2023, 3, 12)),
        ("下周日前", date(2023, 3, 19)),
        ("周一前", date(2023, 3, 6)),
        ("后天前", date(2023, 3, 8)),
        ("下月底前", date(2023, 4, 30)),
        ("次年底前", date(2024, 12, 31)),
        ("本月内", date(2023, 3, 31)),
        ("第四季度末前", date(2023, 12, 31)),
        ("明年上半年前", date(2024, 6, 30)),
        ("4月初前", None),
        ("本周内", None),
        ("2月30日前", None),
    ],
)
def test_a_day_is_told_by_the_document_s_own_day(sentence: str, day: date | None) -> None:
    assert days(sentence) == [[day]]


@pytest.mark.parametrize(
    "sentence",
    ["两年内", "近年底", "每周五", "上周五", "一周三次", "三日内", "周五天", "第3日", "1.5.20", "2023.13.20", "日前"],
)
def test_what_names_no_day_is_none(sentence: str) -> None:
    assert days(sentence) == []


def test_a_day_said_twice_is_one() -> None:
    (group,) = written_days("本周四（3月9日）上午9时前", MARCH)
    (one,) = group.days
    assert (day_of(one, MARCH), one.times) == (date(2023, 3, 9), (time(9),))


def test_each_hour_belongs_to_its_day() -> None:
    (group,) = written_days("3月9日9时和16时前", MARCH)
    assert [one.times for one in group.days] == [(time(9), time(16))]


def test_numbers_of_annexes_are_no_months() -> None:
    assert days("附件1、2月20日前") == [[date(2024, 2, 20)]]


@pytest.mark.parametrize(("sentence", "moved"), [("2月20日", True), ("2024年2月20日", False), ("3月6日", False)])
def test_it_says_whether_only_the_document_s_day_puts_it_into_next_year(sentence: str, moved: bool) -> None:
    (group,) = written_days(sentence, MARCH)
    assert is_moved(group.days[0], MARCH) is moved


def test_without_a_day_of_the_document_nothing_near_can_be_told() -> None:
    for sentence in ("本周五前", "明天前", "本月5日前", "5日前"):
        (group,) = written_days(sentence, Basis(stated_year=2023))
        assert day_of(group.days[0], Basis(stated_year=2023)) is None
