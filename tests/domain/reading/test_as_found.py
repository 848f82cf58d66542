"""Circulars as they are found on web pages and in dumps: odd zeros, days in figures, lines of the page, run-on feet."""

from __future__ import annotations

from datetime import date

import pytest

from domain.documents import CircularDraft, RequirementKind
from domain.reading.draft import read_circular
from domain.reading.page import clean


def circular(
    *, above: str = "", below: str = "", to: str = "各县（市、区）水务局：", text: str = "请于5月10日前报送总结。",
    foot: str = "甲市水务局\n2020年4月1日",
) -> CircularDraft:  # fmt: skip
    return read_circular(f"{above}甲市水务局关于报送防汛材料的通知\n{below}{to}\n{text}\n{foot}\n")


@pytest.mark.parametrize("year", ["二00九", "二OO九", "二ＯＯ九", "二○○九", "二〇〇九", "二零零九", "二0O九", "二oo九"])
def test_it_reads_a_year_whose_zeros_are_what_the_keyboard_had(year: str) -> None:
    assert circular(foot=f"甲市水务局\n{year}年一月二十三日").dated_on == date(2009, 1, 23)


def test_it_takes_no_other_zero_for_one_of_a_year() -> None:
    assert clean("共一000年，一OO楼").text == "共一〇〇〇年，一OO楼"
    assert clean("一百00元").text == "一百00元"


@pytest.mark.parametrize("day", ["2014.9.9", "2014-09-09", "2014/9/09", "  2014.9.9  "])
def test_it_reads_a_day_in_figures_below_the_name(day: str) -> None:
    draft = circular(foot=f"甲市水务局\n{day}")
    assert (draft.dated_on, draft.issuing_authority) == (date(2014, 9, 9), ("甲市水务局",))
    assert draft.page[slice(*draft.spans["dated_on"][0])].strip() == day.strip()


@pytest.mark.parametrize("foot", ["版本号\n2014.9.9", "2014.9.9版", "甲市水务局\n2014.9-9", "甲市水务局\n14.9.9"])
def test_it_takes_no_other_figures_for_a_day(foot: str) -> None:
    assert circular(foot=foot).dated_on is None


@pytest.mark.parametrize(
    "line",
    [
        "发布日期：2018-08-21 11:54:36 来源：\n",
        "发布时间：2018-08-21  浏览次数：12\n",
        "浏览次数：12 发布日期：2018-08-21\n",
        "作者：办公室 点击数：7\n",
    ],
)
def test_it_leaves_what_a_web_page_prints_below_a_title_out_of_the_addressees(line: str) -> None:
    assert circular(below=line).addressees == ("各县（市、区）水务局",)


@pytest.mark.parametrize("line", ["(甲水发〔2003〕37号)\n", "（ 甲水发〔2003〕37号 ）\n", "( 甲水发[2003]37号 )\n"])
def test_it_reads_a_number_in_brackets_below_the_title(line: str) -> None:
    draft = circular(below=line)
    assert (draft.document_number, draft.addressees) == ("甲水发〔2003〕37号", ("各县（市、区）水务局",))


def test_it_reads_a_number_that_runs_on_from_a_reply_to_a_request() -> None:
    text = "甲省水务厅关于甲市河道整治方案的复函甲水函〔2023〕417号甲市人民政府：来文收悉。现函复如下。"
    assert read_circular(text).document_number == "甲水函〔2023〕417号"


def test_it_keeps_names_of_one_sign_with_the_one_before() -> None:
    draft = circular(to="各县（市、区）人民政府，市政府各委、办、局：")
    assert draft.addressees == ("各县（市、区）人民政府", "市政府各委、办、局")


def test_it_reads_all_lines_of_copies() -> None:
    copies = "抄送：市委各部门，甲军分区。\n市人大常委会办公室，市政协办公室，市法院，市检察院。"
    draft = circular(foot=f"甲市水务局\n2020年4月1日\n{copies}\n甲市水务局办公室 2020年4月2日印发")
    assert draft.cc_authorities == (
        "市委各部门", "甲军分区", "市人大常委会办公室", "市政协办公室", "市法院", "市检察院",
    )  # fmt: skip
    assert draft.issued_on == date(2020, 4, 2)


@pytest.mark.parametrize(
    "sentence",
    [
        "力争2024年1月底前，60岁以上老年人接种率达到30%。",
        "超采区内的用水户，2025年底前取水量比2020年压减20%。",
        "2025年底前，万元产值用水量较2020年下降16%以上。",
        "2024年底前，管网漏损率控制在8%以内。",
    ],
)
def test_it_takes_a_figure_to_be_reached_for_no_duty(sentence: str) -> None:
    assert circular(text=sentence).requirements == ()


def test_it_still_reads_what_an_office_has_to_finish_by_then() -> None:
    (owed,) = circular(text="各县水务局于2024年底前完成管网改造。").requirements
    assert owed.due_on == date(2024, 12, 31)


def test_it_reads_a_term_from_a_call_as_one_from_an_event() -> None:
    (owed,) = circular(text="县级应急管理局接报后2日内向市应急管理局报送书面材料。").requirements
    assert (owed.kind, owed.days) == (RequirementKind.ON_OCCURRENCE, 2)
    (other,) = circular(text="各县水务局接到本通知后2日内报送名单。").requirements
    assert other.kind is RequirementKind.AFTER_RECEIPT


def test_it_reads_a_report_that_also_asks_for_orders() -> None:
    (owed,) = circular(text="各单位遇有突发事件要立即请示报告，妥善处置。").requirements
    assert owed.kind is RequirementKind.ON_OCCURRENCE


def test_it_reads_the_whole_name_of_an_office_of_statistics() -> None:
    (owed,) = circular(text="各市统计局于7月15日前报送自查报告。").requirements
    assert owed.responsible == "各市统计局"
