"""遇节假日顺延: the clause that defers a due day, the requirement it stands with, and what is no such clause."""

from __future__ import annotations

import json
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deadlines import HolidayRule, describe_rule
from domain.documents import RequirementDraft
from domain.reading.deferral import deferrals, stands_alone, without
from domain.reading.draft import draft_as_json, read_circular
from tests.cast import notice_text

NUMBER = "江扶组办发〔2020〕9号"
NOON_OF_THE_SECOND = HolidayRule(2, time(12))


def read(*sentences: str) -> list[RequirementDraft]:
    return list(read_circular(notice_text(NUMBER, *sentences)).requirements)


@pytest.mark.parametrize(
    ("clause", "rule"),
    [
        ("遇节假日顺延", HolidayRule()),
        ("节假日顺延", HolidayRule()),
        ("如遇节假日则顺延", HolidayRule()),
        ("遇国家法定节假日时，报送时间相应顺延", HolidayRule()),
        ("遇双休日、法定节假日顺延", HolidayRule()),
        ("逢周末及节假日依次顺延", HolidayRule()),
        ("遇法定节假日顺延至节后第一个工作日", HolidayRule()),
        ("遇节假日顺延至下一个工作日", HolidayRule()),
        ("遇节假日顺延到节后首个工作日", HolidayRule()),
        ("遇节假日顺延至节后第二个工作日12时前", NOON_OF_THE_SECOND),
        ("遇节假日顺延至节后第２个工作日１２时前", NOON_OF_THE_SECOND),
        ("遇节假日顺延至节后第2个工作日12:00前", NOON_OF_THE_SECOND),
        ("节假日顺延至节假日结束后的第二个工作日中午12时前", NOON_OF_THE_SECOND),
        ("遇节假日顺延至节后第二个工作日 12 时前", NOON_OF_THE_SECOND),
        ("节假日顺延至节假日结束后的第二个工作日中午前", NOON_OF_THE_SECOND),
        ("遇休息日推迟至第三个工作日下午5时前", HolidayRule(3, time(17))),
        ("遇节假日顺延至节后第一个工作日下班前", HolidayRule()),
    ],
)
def test_it_reads_the_usual_words(clause: str, rule: HolidayRule) -> None:
    (found,) = deferrals(f"每周二前报送进展，{clause}。")
    assert found.rule == rule
    assert stands_alone(f"{clause}。") == rule
    assert stands_alone(f"（{clause}）") == rule


@pytest.mark.parametrize(
    "sentence",
    [
        "每月5日前报送进展，节假日不顺延。",
        "节假日期间每日17时前报送值班情况。",
        "会议时间顺延。",
        "各地要做好节假日值班工作，及时报告。",
        "春节假期后第一周组织开展检查。",
        "项目完成时间可顺延至6月底。",
    ],
)
def test_it_sees_no_deferral_where_none_is_said(sentence: str) -> None:
    assert deferrals(sentence) == []
    assert stands_alone(sentence) is None


def test_it_leaves_the_clauses_own_hour_out_of_the_term() -> None:
    (asked,) = read("请各地各部门每周二前将进展报省扶贫办，节假日顺延至节假日结束后的第二个工作日中午12时前。")
    assert (asked.rrule, asked.due_time) == ("FREQ=WEEKLY;BYDAY=TU", None)
    assert asked.holiday_rule == NOON_OF_THE_SECOND
    assert asked.deliver_to == "省扶贫办"
    assert asked.text.endswith("中午12时前。"), "the text stays whole"


@pytest.mark.parametrize(
    "words",
    [
        "请各地各部门将情况于2020年4月5日17时前报省扶贫办（遇节假日顺延）。",
        "请各地各部门将情况于2020年4月5日17时前报省扶贫办。遇节假日顺延。",
        "遇节假日顺延，请各地各部门将情况于2020年4月5日17时前报省扶贫办。",
    ],
)
def test_it_finds_the_clause_before_after_and_in_the_next_sentence(words: str) -> None:
    (asked,) = read(words)
    assert (asked.due_on, asked.due_time, asked.holiday_rule) == (date(2020, 4, 5), time(17), HolidayRule())


def test_it_gives_the_clause_to_the_requirement_it_stands_with() -> None:
    monthly, once = read("每月5日前向省扶贫办报送进展，遇节假日顺延；12月20日前向省扶贫办报送总结。")
    assert (monthly.holiday_rule, once.holiday_rule) == (HolidayRule(), None)


def test_it_does_not_carry_a_clause_into_another_paragraph() -> None:
    first, second = read("每月5日前向省扶贫办报送进展，遇节假日顺延。", "每月20日前向省扶贫办报送台账。")
    assert (first.holiday_rule, second.holiday_rule) == (HolidayRule(), None)


def test_it_defers_no_term_that_is_counted() -> None:
    (asked,) = read("各地各部门收到本通知后5个工作日内将情况报送省扶贫办，遇节假日顺延。")
    assert (asked.workdays, asked.holiday_rule) == (5, None), "working days know no holiday"


def test_it_shows_the_rule_in_the_json_of_a_draft() -> None:
    draft = read_circular(notice_text(NUMBER, "每周二前向省扶贫办报送进展，遇节假日顺延至节后第二个工作日12时前。"))
    (asked,) = json.loads(json.dumps(draft_as_json(draft)))["requirements"]
    assert asked["holiday_rule"] == {"workdays": 2, "clock": "12:00"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (HolidayRule(), "遇节假日顺延至节后第1个工作日"),
        (NOON_OF_THE_SECOND, "遇节假日顺延至节后第2个工作日12时前"),
        (HolidayRule(1, time(17, 30)), "遇节假日顺延至节后第1个工作日17时30分前"),
    ],
)
def test_it_words_the_rule(rule: HolidayRule, words: str) -> None:
    assert describe_rule(rule) == words
    assert stands_alone(words) == rule, "what it writes it reads"


@given(
    st.lists(st.sampled_from(["遇", "节假日", "顺延", "至", "节后", "第二个", "工作日", "12时", "前", "，", "每月5日"]))
)
def test_it_masks_as_much_as_it_found(scraps: list[str]) -> None:
    sentence = "".join(scraps)
    assert len(without(sentence, deferrals(sentence))) == len(sentence)
