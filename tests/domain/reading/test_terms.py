"""The deadlines in a sentence, and what only looks like one."""

from __future__ import annotations

from datetime import date, time

import pytest

from domain.documents import RequirementKind
from domain.reading.dates import Basis
from domain.reading.terms import terms

MARCH = Basis(day=date(2024, 3, 1))


@pytest.mark.parametrize(
    ("sentence", "due_on"),
    [
        ("请于5月10日前报送", date(2024, 5, 10)),
        ("请于5月10号之前报送", date(2024, 5, 10)),
        ("请于5月10日以前报送", date(2024, 5, 10)),
        ("2025年1月5日前完成", date(2025, 1, 5)),
        ("明年1月5日前完成", date(2025, 1, 5)),
        ("今年5月5日前完成", date(2024, 5, 5)),
        ("请于1月5日前完成", date(2025, 1, 5)),
        ("五月十日前报送", date(2024, 5, 10)),
        ("5月10日（星期五）前报送", date(2024, 5, 10)),
        ("5月10日下班前报送", date(2024, 5, 10)),
        ("六月底前报送", date(2024, 6, 30)),
        ("2024年2月底前报送", date(2024, 2, 29)),
        ("4月中旬前报送", date(2024, 4, 20)),
        ("4月下旬前报送", date(2024, 4, 30)),
        ("本月底前报送", date(2024, 3, 31)),
        ("年底前完成", date(2024, 12, 31)),
        ("今年年底前完成", date(2024, 12, 31)),
        ("明年底前完成", date(2025, 12, 31)),
        ("2026年底前完成", date(2026, 12, 31)),
        ("2024年上半年，各市完成", date(2024, 6, 30)),
        ("2024年三季度前完成", date(2024, 9, 30)),
        ("请于25日前报送", date(2024, 3, 25)),
        ("于5月10日报送名单", date(2024, 5, 10)),
        ("报送时间：5月10日", date(2024, 5, 10)),
        ("报名截止日期为5月10日", date(2024, 5, 10)),
        ("报名时间：即日起至5月10日", date(2024, 5, 10)),
        ("申报期限为4月1日至5月10日", date(2024, 5, 10)),
        ("自印发之日起30日内制定办法", date(2024, 3, 31)),
        ("自发布之日起三个月内制定办法", date(2024, 6, 1)),
    ],
)
def test_it_reads_a_deadline(sentence: str, due_on: date) -> None:
    found = terms(sentence, MARCH)
    assert [term.due_on for term in found] == [due_on]
    assert all(term.kind is RequirementKind.ONCE for term in found)


@pytest.mark.parametrize(
    ("sentence", "hour"),
    [
        ("5月10日17时前报送", time(17)),
        ("5月10日下午5时前报送", time(17)),
        ("5月10日12:00前报送", time(12)),
        ("5月10日上午11:30前报送", time(11, 30)),
        ("5月10日下班前报送", None),
        ("5月10日27时前报送", None),
    ],
)
def test_it_reads_the_hour_of_a_deadline(sentence: str, hour: time | None) -> None:
    (term,) = terms(sentence, MARCH)
    assert (term.due_on, term.due_time) == (date(2024, 5, 10), hour)


@pytest.mark.parametrize(
    "sentence",
    [
        "会议定于5月10日上午9时召开",
        "省局将于5月10日前后组织抽查",
        "截至5月10日，全省共排查一百处",
        "5月10日，省领导实地检查",
        "自5月10日起施行",
        "到2025年，覆盖率达到九成",
        "即日起至5月10日开展专项行动",
        "5月6日至12日举办活动",
        "统计时段为1月至3月底",
        "第1月台设在东侧",
        "2024年3月1日，检查组到达",
        "共计20日的工期",
        "每月缴纳二十元",
    ],
)
def test_it_takes_no_other_day_for_a_deadline(sentence: str) -> None:
    assert [term for term in terms(sentence, MARCH) if not term.is_plain] == []


def test_it_reads_two_deadlines_of_a_sentence() -> None:
    found = terms("4月底前完成排查，6月10日前完成整改", MARCH)
    assert [term.due_on for term in found] == [date(2024, 4, 30), date(2024, 6, 10)]


def test_it_reads_days_that_share_one_word_for_before() -> None:
    found = terms("分别于5月10日、8月10日前报送", MARCH)
    assert [term.due_on for term in found] == [date(2024, 5, 10), date(2024, 8, 10)]


@pytest.mark.parametrize(
    ("sentence", "workdays", "days"),
    [
        ("收到本通知后5个工作日内报送", 5, None),
        ("自收到本函之日起十个工作日内函复", 10, None),
        ("接到通知后3日内报送", None, 3),
        ("收文之日起7天内反馈", None, 7),
    ],
)
def test_it_counts_from_receipt(sentence: str, workdays: int | None, days: int | None) -> None:
    (term,) = terms(sentence, MARCH)
    assert term.kind is RequirementKind.AFTER_RECEIPT
    assert (term.workdays, term.days, term.due_on) == (workdays, days, None)


@pytest.mark.parametrize(
    ("sentence", "workdays", "days"),
    [("活动结束后15日内报送总结", None, 15), ("检查完成之日起5个工作日内报送", 5, None)],
)
def test_it_counts_from_another_event(sentence: str, workdays: int | None, days: int | None) -> None:
    (term,) = terms(sentence, MARCH)
    assert term.kind is RequirementKind.ON_OCCURRENCE
    assert (term.workdays, term.days) == (workdays, days)


def test_it_leaves_a_term_in_hours_to_a_person() -> None:
    (term,) = terms("事故发生后2小时内报告", MARCH)
    assert (term.workdays, term.days) == (None, None)
    assert term.doubt == "“后2小时内”的时限不是按天计算，请人工确定。"


def test_it_counts_working_days_from_the_issue_by_the_published_calendar() -> None:
    (term,) = terms("自印发之日起23个工作日内制定细则", MARCH)
    assert term.due_on == date(2024, 4, 3), "the last working day before the holiday of early April"


def test_it_leaves_working_days_of_a_year_without_a_calendar_to_a_person() -> None:
    (term,) = terms("自印发之日起5个工作日内制定细则", Basis(day=date(2098, 3, 3)))
    assert term.due_on is None
    assert term.doubt


@pytest.mark.parametrize("sentence", ["5月10日前报送", "6月底前报送", "年底前完成", "请于25日前报送", "本月底前报送"])
def test_it_says_so_where_nothing_tells_the_year(sentence: str) -> None:
    (term,) = terms(sentence, Basis())
    assert term.due_on is None
    assert term.doubt is not None
    assert "请人工填写" in term.doubt


def test_it_says_so_where_the_calendar_has_no_such_day() -> None:
    (term,) = terms("2月30日前报送", MARCH)
    assert term.due_on is None
    assert term.doubt


def test_it_does_not_guess_the_month_of_a_day_that_is_past() -> None:
    (term,) = terms("请于5日前报送", Basis(day=date(2024, 3, 20)))
    assert term.due_on is None


def test_it_takes_the_year_from_the_number_where_there_is_no_day() -> None:
    (term,) = terms("5月10日前报送", Basis(stated_year=2022))
    assert term.due_on == date(2022, 5, 10)


def test_it_reads_recurring_terms_beside_others() -> None:
    found = terms("5月10日前报送名单，每月5日前报送进度", MARCH)
    assert [term.kind for term in found] == [RequirementKind.ONCE, RequirementKind.RECURRING]


def test_a_label_makes_a_rule_a_deadline() -> None:
    (term,) = terms("报送时间为每月5日至10日", MARCH)
    assert term.rrule == "FREQ=MONTHLY;BYMONTHDAY=10"


def test_it_says_where_each_term_stands() -> None:
    sentence = "请于5月10日前报名单，收到后3日内报回执"
    assert [sentence[term.start : term.end] for term in terms(sentence, MARCH)] == ["5月10日前", "收到后3日内"]


DECEMBER = Basis(day=date(2024, 12, 20))


@pytest.mark.parametrize(
    ("sentence", "due_on"),
    [
        ("1月10日前报送总结", date(2025, 1, 10)),
        ("1月10日报送总结", date(2025, 1, 10)),
        ("请于11月底前报送总结", date(2025, 11, 30)),
    ],
)
def test_a_day_that_is_past_is_next_years(sentence: str, due_on: date) -> None:
    assert [term.due_on for term in terms(sentence, DECEMBER)] == [due_on]


@pytest.mark.parametrize(
    "sentence",
    [
        "11月底前，各县排查完毕",
        "各单位于11月20日前报送了总结",
        "11月20日上报总结的单位共12家",
        "未按要求于11月20日前报送的单位",
        "对11月20日前主动报送的单位",
    ],
)
def test_but_not_where_it_is_told_of(sentence: str) -> None:
    assert terms(sentence, DECEMBER) == []
