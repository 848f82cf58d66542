"""Numerals, days, hours, and the year that a day without one belongs to."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from domain.reading.dates import FULL_DAY, HOUR, Basis, calendar_day, dated, full_day, hour_of_day, numeral


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("07", 7),
        ("31", 31),
        ("一", 1),
        ("两", 2),
        ("十", 10),
        ("十一", 11),
        ("二十", 20),
        ("三十一", 31),
        ("九十九", 99),
        ("二〇二〇", 2020),
        ("二○○四", 2004),
        ("一九九七", 1997),
        (" 5 ", 5),
    ],
)
def test_it_reads_numerals(text: str, value: int) -> None:
    assert numeral(text) == value


@pytest.mark.parametrize("text", ["", "甲", "十甲", "二三十", "1a", "百", "十二三"])
def test_it_reads_no_number_where_none_is_written(text: str) -> None:
    assert numeral(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024年3月1日", date(2024, 3, 1)),
        ("2024 年 3 月 1 日", date(2024, 3, 1)),
        ("二〇二四年十二月三十一日", date(2024, 12, 31)),
        ("一九八五年六月七日", date(1985, 6, 7)),
        ("2024年2月29日", date(2024, 2, 29)),
        ("2023年2月29日", None),
    ],
)
def test_it_reads_a_day_in_full(text: str, day: date | None) -> None:
    match = FULL_DAY.search(text)
    assert match is not None
    assert full_day(match) == day


@pytest.mark.parametrize("text", ["2024年3月", "3月1日", "12024年3月1日", "2024年13月1日"])
def test_it_takes_nothing_else_for_a_day_in_full(text: str) -> None:
    assert FULL_DAY.search(text) is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("9时", time(9)),
        ("17:00", time(17)),
        ("12：30", time(12, 30)),
        ("上午9时", time(9)),
        ("下午5时", time(17)),
        ("下午15时", time(15)),
        ("下午3点半", time(15, 30)),
        ("中午12时", time(12)),
        ("中午1点", time(13)),
        ("晚8时", time(20)),
        ("18时30分", time(18, 30)),
        ("16点整", time(16)),
        ("0时", time(0)),
    ],
)
def test_it_reads_an_hour(text: str, hour: time) -> None:
    match = re.fullmatch(HOUR, text)
    assert match is not None
    assert hour_of_day(match) == hour


@pytest.mark.parametrize("text", ["27时", "24时", "25:00", "10:75"])
def test_it_makes_nothing_of_an_hour_that_no_clock_shows(text: str) -> None:
    match = re.fullmatch(HOUR, text)
    assert match is not None
    assert hour_of_day(match) is None


@pytest.mark.parametrize(
    ("year", "month", "day", "found"),
    [
        (2024, 2, -1, date(2024, 2, 29)),
        (2023, 2, -1, date(2023, 2, 28)),
        (2024, 6, 30, date(2024, 6, 30)),
        (2024, 6, 31, None),
        (2024, 13, 1, None),
        (None, 6, 1, None),
        (2024, None, 1, None),
        (2024, 6, None, None),
    ],
)
def test_it_knows_the_days_of_the_calendar(
    year: int | None, month: int | None, day: int | None, found: date | None
) -> None:
    assert calendar_day(year, month, day) == found


def test_it_takes_the_year_from_the_documents_own_day() -> None:
    assert dated(Basis(day=date(2023, 3, 1), stated_year=2022), 5, 10) == date(2023, 5, 10)


def test_it_takes_the_year_stated_where_the_document_has_no_day() -> None:
    assert dated(Basis(stated_year=2022), 5, 10) == date(2022, 5, 10)


def test_it_takes_a_day_before_the_document_for_next_years() -> None:
    assert dated(Basis(day=date(2023, 12, 20)), 1, 10) == date(2024, 1, 10)


def test_it_takes_the_documents_own_day_for_this_years() -> None:
    assert dated(Basis(day=date(2023, 12, 20)), 12, 20) == date(2023, 12, 20)


def test_it_never_moves_a_day_whose_year_is_written() -> None:
    assert dated(Basis(day=date(2023, 12, 20)), 1, 10, year=2023) == date(2023, 1, 10)


def test_it_does_not_know_next_year_without_a_day() -> None:
    assert dated(Basis(stated_year=2023), 1, 10) == date(2023, 1, 10)


def test_it_guesses_no_year() -> None:
    assert dated(Basis(), 5, 10) is None


@pytest.mark.parametrize(
    ("basis", "day", "past"),
    [
        (Basis(day=date(2023, 3, 1)), date(2023, 2, 28), True),
        (Basis(day=date(2023, 3, 1)), date(2023, 3, 1), False),
        (Basis(stated_year=2023), date(2022, 12, 31), True),
        (Basis(stated_year=2023), date(2023, 1, 1), False),
        (Basis(), date(1999, 1, 1), False),
    ],
)
def test_it_knows_what_is_past(basis: Basis, day: date, past: bool) -> None:
    assert basis.is_past(day) is past
