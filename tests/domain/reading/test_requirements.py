"""Sentences to requirements: what must be handed in or finished, and by when."""

from __future__ import annotations

from datetime import date, time

import pytest

from domain.documents import Duty, RequirementDraft, RequirementKind
from domain.reading.dates import Basis
from domain.reading.page import clean
from domain.reading.requirements import requirements

MARCH = Basis(day=date(2024, 3, 1))


def read(source: str, basis: Basis = MARCH) -> list[RequirementDraft]:
    page = clean(source)
    return requirements(page, 0, len(page.text), basis)[0]


def only(source: str, basis: Basis = MARCH) -> RequirementDraft:
    (found,) = read(source, basis)
    return found


def test_it_reads_a_report_that_is_due_once() -> None:
    found = only("一、抓落实。请各市林业局于5月10日17时前将防火总结报送省林业局。")
    assert found.text == "请各市林业局于5月10日17时前将防火总结报送省林业局。"
    assert (found.duty, found.kind) == (Duty.REPORT, RequirementKind.ONCE)
    assert (found.due_on, found.due_time) == (date(2024, 5, 10), time(17))
    assert (found.responsible, found.deliver_to) == ("各市林业局", "省林业局")


def test_it_reads_a_piece_of_work_that_is_due_once() -> None:
    found = only("各市林业局要于4月底前完成隐患排查。")
    assert (found.duty, found.due_on, found.deliver_to) == (Duty.COMPLETE, date(2024, 4, 30), None)
    assert found.responsible == "各市林业局"


def test_it_reads_a_recurring_report() -> None:
    found = only("自4月起，各市林业局每月5日前将进度报省林业局。")
    assert (found.duty, found.kind) == (Duty.REPORT, RequirementKind.RECURRING)
    assert (found.rrule, found.starts_on) == ("FREQ=MONTHLY;BYMONTHDAY=5", date(2024, 4, 5))


def test_it_reads_a_report_after_receipt() -> None:
    found = only("请于收到本函后5个工作日内将意见书面反馈我局。")
    assert (found.kind, found.workdays, found.days) == (RequirementKind.AFTER_RECEIPT, 5, None)
    assert found.deliver_to == "我局"


@pytest.mark.parametrize(
    "sentence",
    [
        "遇有重大火情，请第一时间报告省林业局。",
        "发现火情要立即报告省林业局。",
        "重要情况及时上报省林业局。",
        "工作中遇到的问题要及时向省林业局报告。",
        "其他情况可随时报送省林业局。",
        "一经发现违规用火，林场书面向省林业局报备。",
        "林场如组织用火演练，应提前向省林业局备案。",
        "各市若调整巡护方案，向省林业局报备。",
        "如有异常，及时向省林业局反馈。",
    ],
)
def test_it_reads_a_report_on_occurrence(sentence: str) -> None:
    found = only(sentence)
    assert (found.duty, found.kind) == (Duty.REPORT, RequirementKind.ON_OCCURRENCE)
    assert found.deliver_to == "省林业局"
    assert (found.due_on, found.rrule, found.days) == (None, None, None)


def test_it_reads_a_term_that_runs_from_an_event() -> None:
    found = only("检查结束后15日内，各市林业局将总结报省林业局。")
    assert (found.kind, found.days) == (RequirementKind.ON_OCCURRENCE, 15)


@pytest.mark.parametrize("word", ["及时", "尽快", "抓紧"])
def test_it_reads_an_undated_report_as_due_once(word: str) -> None:
    found = only(f"各市林业局要形成分析材料，{word}上报省林业局。")
    assert (found.kind, found.due_on, found.deliver_to) == (RequirementKind.ONCE, None, "省林业局")


@pytest.mark.parametrize(
    "sentence",
    [
        "要切实加强组织领导。",
        "到2025年，林火受害率控制在千分之一以内。",
        "会议定于5月10日上午9时在省林业局召开。",
        "省林业局将于5月10日前组织验收。",
        "我局将于5月10日前公布结果。",
        "2024年2月1日前已完成排查。",
        "截至5月10日，全省已排查一百处。",
        "各市林业局要及时处置火情。",
        "对新增的隐患要及时移交有关部门。",
        "2023年12月31日前成立的林场不再登记。",
        "根据《防火规划（2024年5月10日前实施）》要求开展工作。",
        "每季度召开一次例会。",
        "林场职工每月缴纳会费。",
        "请参会人员于5月10日9时前入场就座。",
        "要严格落实情况报送制度。",
        "受理申请后20日内作出决定。",
        "联系人：周例，电话：0997-1234567，5月10日前联系。",
        "附件：5月10日前填报的登记表",
        "自5月10日起施行。",
        "林场向林业部门报送的数据要有出处。",
        "2022年5月10日前报送的材料不再受理。",
        "评审工作预计于2024年12月底前完成。",
        "2024年底前，建成较为完善的林火预警体系，扑救能力大幅提升。",
        "各单位车辆于9月20日7时30分前停放至指定地点。",
        "各包案领导每半月听取一次汇报。",
        "专项债券项目按月滚动申报。",
        "指导全省防火专项整治，确保2024年底前圆满收官。",
        "未按时报送的，三年内不能申报林业项目。",
        "林场自收到处罚决定之日起一年内不得申报示范项目。",
    ],
)
def test_it_reads_no_requirement_where_there_is_none(sentence: str) -> None:
    assert read(sentence) == []


def test_it_makes_a_requirement_of_each_deadline_in_a_sentence() -> None:
    found = read("4月底前完成排查，6月10日前完成整改，12月10日前将总结报省林业局。")
    assert [one.due_on for one in found] == [date(2024, 4, 30), date(2024, 6, 10), date(2024, 12, 10)]
    assert [one.duty for one in found] == [Duty.COMPLETE, Duty.COMPLETE, Duty.REPORT]
    assert len({one.text for one in found}) == 1


def test_it_reads_several_terms_of_one_list_of_reports() -> None:
    found = read("各市林业局每周五17:00前将进度报省林业局，每季度末月25日前报送小结；收到通知后3个工作日内报送名单。")
    assert [one.kind for one in found] == [
        RequirementKind.RECURRING,
        RequirementKind.RECURRING,
        RequirementKind.AFTER_RECEIPT,
    ]
    assert {one.duty for one in found} == {Duty.REPORT}
    assert {one.deliver_to for one in found} == {"省林业局"}


def test_it_takes_who_and_to_whom_from_the_sentences_before() -> None:
    _, monthly, sudden = read(
        "各地各部门要形成分析材料，及时上报省林业局。从4月份开始，每月5日前报送进展。其他情况随时报送。"
    )
    assert (monthly.responsible, monthly.deliver_to) == ("各地各部门", "省林业局")
    assert (sudden.responsible, sudden.deliver_to) == ("各地各部门", "省林业局")


def test_it_takes_to_whom_from_the_sentence_after() -> None:
    found = only("请各单位于5月10日前报送统计表。上述材料同步报送省林业局。")
    assert found.deliver_to == "省林业局"


def test_it_takes_nothing_from_another_paragraph() -> None:
    found = read("一、各市林业局要及时上报省林业局。\n二、每月5日前报送进展。")
    assert (found[-1].responsible, found[-1].deliver_to) == (None, None)


def test_it_reads_a_heading_that_dates_the_sentence_after_it() -> None:
    found = only("（一）全面排查（5月底前）。由省林业局牵头，组织各市排查隐患。")
    assert found.text == "全面排查（5月底前）。由省林业局牵头，组织各市排查隐患。"
    assert (found.due_on, found.responsible) == (date(2024, 5, 31), "省林业局")


@pytest.mark.parametrize(
    ("basis", "year"), [(MARCH, 2024), (Basis(stated_year=2022), 2022), (Basis(day=date(2024, 6, 1)), 2025)]
)
def test_it_finds_the_year_that_a_day_belongs_to(basis: Basis, year: int) -> None:
    assert only("请于5月10日前报送省林业局。", basis).due_on == date(year, 5, 10)


def test_it_keeps_a_requirement_whose_day_it_cannot_tell_and_says_so() -> None:
    page = clean("请于5月10日前报送省林业局。")
    found, doubts = requirements(page, 0, len(page.text), Basis())
    assert [one.due_on for one in found] == [None]
    assert doubts == ["“5月10日前”的日期无法确定，请人工填写。"]


def test_it_keeps_a_piece_of_work_whose_day_it_cannot_tell() -> None:
    (found,) = read("各市要于5月10日前完成排查。", Basis())
    assert (found.duty, found.due_on) == (Duty.COMPLETE, None)


@pytest.mark.parametrize(
    "source",
    [
        "一、抓落实。请各市林业局于5月10日前将防火\n\n— 2 —\n\n总结报送省林业局。二、其他。",
        "**四要报告。**请各市林业局于5月10日前将防火总结报送省林业局。",
        "如下：1.请各市林业局于5月10日前将防火总结报送省林业局。2.其他。",
    ],
)
def test_it_shows_where_the_claim_stands(source: str) -> None:
    found = only(source)
    start, end = found.span
    shown = clean(source).text[start:end]
    assert shown.startswith("请各市林业局")
    assert shown.endswith("报送省林业局。")
    assert "\n" not in found.text
    assert "— 2 —" not in found.text


@pytest.mark.parametrize(
    "source",
    [
        "（三）报送时间：5月10日。",
        "报名截止时间为5月10日。",
        "申报时间：即日起至5月10日。",
        "材料提交期限：5月10日前。",
    ],
)
def test_it_reads_a_label_as_a_report(source: str) -> None:
    found = only(source)
    assert (found.duty, found.due_on) == (Duty.REPORT, date(2024, 5, 10))


@pytest.mark.parametrize("rule", ["每月报送进展。", "按季度报送进展。", "每半年报送进展。"])
def test_it_reads_a_period_without_a_day_beside_words_for_handing_in(rule: str) -> None:
    found = only(rule)
    assert found.kind is RequirementKind.RECURRING
    assert found.rrule
    assert "BYMONTHDAY" not in found.rrule


def test_it_reads_who_reports_to_whom_in_each_clause_of_a_sentence() -> None:
    found = read("一旦出现火情，护林员要立即报告林场，林场在30分钟内报省林业局。")
    assert [(one.responsible, one.deliver_to) for one in found] == [("护林员", "林场"), ("林场", "省林业局")]
    assert {one.kind for one in found} == {RequirementKind.ON_OCCURRENCE}


def test_it_reads_a_report_on_occurrence_behind_a_dated_one() -> None:
    dated, sudden = read("值班表于6月30日前报省林业局；如遇火情，要立即报告带班领导和省防火办。")
    assert (dated.due_on, dated.deliver_to) == (date(2024, 6, 30), "省林业局")
    assert (sudden.kind, sudden.deliver_to) == (RequirementKind.ON_OCCURRENCE, "带班领导和省防火办")


def test_it_never_lets_an_office_report_to_itself() -> None:
    found = only("火情处置情况于5月10日前报省林业局，由省林业局汇总。")
    assert (found.responsible, found.deliver_to) == (None, "省林业局")
