"""Whole circulars, made up: what a draft holds, what it warns of, and its JSON."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.documents import CircularDraft, ContactLine, DocumentKind, Duty, RequirementKind, Urgency
from domain.errors import Refused
from domain.reading.draft import draft_as_json, read_circular, read_document
from domain.reading.formats import UnreadableDocument
from domain.recurrence import is_valid

TYPED = """000123
机密★1年
特急

云河省水务厅文件

云水发〔2023〕15号                     签发人：郑例

云河省水务厅  云河省财政厅关于做好
2023年度河道清淤工作的紧急通知

各市、县（市、区）水务局、财政局，厅属各单位，各有关企
业：
    为做好今年汛前准备，确保群众安全度汛，现就河道清淤工
作有关要求通知如下。
    一、摸清底数。各市、县要对辖区内河道逐条排查，建立台
账，于2023年3月20日前完成排查。（责任单位：厅河道处）
    二、抓紧施工。3月底前全面开工，6月15日前完工。施工中遇
到重大问题，请第一时间报告省水务厅。
    三、按时报告。各市水务局每周五17:00前将进度报厅河道处，
每季度末月25日前报送工作小结；收到本通知后5个工作日内报送
联络员名单。年底前将全年总结报省水务厅、省财政厅。

    附件：1.河道清淤进度表
          2.联络员登记表

                          云河省水务厅    云河省财政厅
                                2023年3月1日
    （此件发至县团级）
    （联系人：钱例，联系电话：0999-1234567）

抄送：水利部，省委办公厅，省人大常委会办公厅。
云河省水务厅办公室                    2023年3月2日印发
"""


@pytest.fixture(scope="module")
def typed() -> CircularDraft:
    return read_circular(TYPED)


def test_it_reads_the_head_of_a_typed_page(typed: CircularDraft) -> None:
    assert typed.document_number == "云水发〔2023〕15号"
    assert typed.title == "云河省水务厅云河省财政厅关于做好2023年度河道清淤工作的紧急通知"
    assert typed.kind is DocumentKind.NOTICE
    assert typed.issuing_authority == ("云河省水务厅", "云河省财政厅")
    assert typed.urgency is Urgency.EXTRA_URGENT
    assert typed.classification == "机密"
    assert typed.addressees == ("各市、县（市、区）水务局、财政局", "厅属各单位", "各有关企业")


def test_it_reads_the_foot_of_a_typed_page(typed: CircularDraft) -> None:
    assert (typed.dated_on, typed.issued_on) == (date(2023, 3, 1), date(2023, 3, 2))
    assert typed.cc_authorities == ("水利部", "省委办公厅", "省人大常委会办公厅")
    assert typed.scope == "此件发至县团级"
    assert typed.contacts == (ContactLine(name="钱例", phone="0999-1234567"),)
    assert typed.forwards is None
    assert typed.annexes == ()


def test_it_reads_the_instructions_of_a_typed_page(typed: CircularDraft) -> None:
    assert [(one.number, one.heading) for one in typed.instructions] == [
        ("一", "摸清底数"),
        ("二", "抓紧施工"),
        ("三", "按时报告"),
    ]
    assert typed.instructions[0].lead_office == "厅河道处"
    assert "登记表" not in typed.instructions[-1].text


def test_it_reads_the_requirements_of_a_typed_page(typed: CircularDraft) -> None:
    once = [one for one in typed.requirements if one.kind is RequirementKind.ONCE]
    assert [(one.due_on, one.duty) for one in once] == [
        (date(2023, 3, 20), Duty.COMPLETE),
        (date(2023, 3, 31), Duty.COMPLETE),
        (date(2023, 6, 15), Duty.COMPLETE),
        (date(2023, 12, 31), Duty.REPORT),
    ]
    recurring = [one.rrule for one in typed.requirements if one.kind is RequirementKind.RECURRING]
    assert recurring == ["FREQ=WEEKLY;BYDAY=FR", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=25"]
    assert [one.workdays for one in typed.requirements if one.kind is RequirementKind.AFTER_RECEIPT] == [5]
    assert [one.deliver_to for one in typed.requirements if one.kind is RequirementKind.ON_OCCURRENCE] == ["省水务厅"]


def test_it_has_nothing_to_warn_of_where_all_is_found(typed: CircularDraft) -> None:
    assert typed.warnings == ()


def test_it_makes_rules_that_deadlines_can_be_computed_from(typed: CircularDraft) -> None:
    assert all(is_valid(one.rrule) for one in typed.requirements if one.rrule)


RUN = (
    "青原市教育局关于报送校车安全材料的函各县区教育局:为加强校车安全管理，请各县区教育局于4月10日12:00前将自查报告报我局。"
    "联系人:孙例，电话:0998-7654321邮箱:sun@example.org青原市教育局2024年3月5日"
)


def test_it_reads_a_text_that_lost_its_line_breaks() -> None:
    draft = read_circular(RUN)
    assert draft.title == "青原市教育局关于报送校车安全材料的函"
    assert draft.kind is DocumentKind.LETTER
    assert draft.issuing_authority == ("青原市教育局",)
    assert draft.addressees == ("各县区教育局",)
    assert draft.dated_on == date(2024, 3, 5)
    assert draft.contacts == (ContactLine(name="孙例", phone="0998-7654321", email="sun@example.org"),)
    (owed,) = draft.requirements
    assert (owed.due_on, owed.deliver_to, owed.responsible) == (date(2024, 4, 10), "我局", "各县区教育局")


def test_it_prefers_the_full_name_in_the_title_to_a_short_signature() -> None:
    draft = read_circular("青原市人民政府教育督导委员会关于督导的通知\n各县区：\n请落实。\n市教育督导委\n2024年3月5日")
    assert draft.issuing_authority == ("青原市人民政府教育督导委员会",)


def test_it_reads_the_issuer_from_the_red_head_where_nobody_signed() -> None:
    draft = read_circular("青原市教育局文件\n青教发〔2024〕3号\n关于督导的通知\n各县区教育局：\n请落实。")
    assert draft.issuing_authority == ("青原市教育局",)
    assert "未找到成文日期。" in draft.warnings


ISSUING = """青原市教育局关于印发《校车管理方案》的通知
青教发〔2024〕8号
各县区教育局：
现将《校车管理方案》印发给你们，请遵照执行。
青原市教育局
2024年11月20日
校车管理方案
为加强管理，制定本方案。
一、自查自纠。各县区教育局要于12月10日前完成自查。
二、总结提高。1月15日前将总结报市教育局。
"""


def test_it_reads_an_annexed_plan_with_the_year_of_its_cover() -> None:
    cover = read_circular(ISSUING)
    (plan,) = cover.annexes
    assert (cover.kind, plan.kind) == (DocumentKind.ISSUING_NOTICE, DocumentKind.PLAN)
    assert cover.requirements == ()
    assert [one.due_on for one in plan.requirements] == [date(2024, 12, 10), date(2025, 1, 15)]


def test_it_never_fills_an_annex_from_its_cover_nor_a_cover_from_its_annex() -> None:
    cover = read_circular(ISSUING)
    (plan,) = cover.annexes
    assert (plan.document_number, plan.addressees, plan.issuing_authority, plan.dated_on) == (None, (), (), None)
    assert cover.instructions == ()
    assert plan.text not in cover.text


@pytest.mark.parametrize(
    ("head", "year"),
    [
        ("关于防火的通知\n青林发〔2022〕3号\n各县区林业局：\n", 2022),
        (
            "关于转发《关于防火的通知》的通知\n各县区林业局：\n现将《关于防火的通知》（云林发〔2021〕3号）转发给你们。\n",
            2021,
        ),
        ("关于做好2020年防火工作的通知\n各县区林业局：\n", 2020),
    ],
)
def test_it_finds_the_year_in_the_number_the_forwarded_number_or_the_title(head: str, year: int) -> None:
    (owed,) = read_circular(f"{head}请于5月10日前报送市林业局。").requirements
    assert owed.due_on == date(year, 5, 10)


def test_it_warns_in_chinese_of_what_it_did_not_find() -> None:
    draft = read_circular("请于5月10日前将有关材料报送，不得延误。")
    assert draft.warnings == (
        "未找到发文字号。",
        "未找到发文机关。",
        "未找到标题。",
        "未找到主送机关。",
        "未找到成文日期。",
        "未找到报送对象：“请于5月10日前将有关材料报送，不得延误。…”",
        "“5月10日前”的日期无法确定，请人工填写。",
    )


def test_it_warns_where_the_forwarded_is_not_named() -> None:
    draft = read_circular("关于转发上级文件的通知\n各县区林业局：\n请遵照执行。")
    assert draft.forwards is None or draft.forwards.document_number is None


def test_it_warns_where_a_file_holds_too_many_documents() -> None:
    assert any("请分开提供" in warning for warning in read_circular(ISSUING * 120).warnings)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "Hello", "12345", "---\n***", "。。。"])
def test_it_refuses_a_text_without_chinese(text: str) -> None:
    with pytest.raises(UnreadableDocument, match="没有可以识别的公文文字"):
        read_circular(text)


@pytest.mark.parametrize("source", [TYPED, RUN, ISSUING])
def test_it_spans_what_it_claims(source: str) -> None:
    cover = read_circular(source)
    for draft in (cover, *cover.annexes):
        assert draft.text in source
        for owed in draft.requirements:
            shown = "".join(cover.page[slice(*owed.span)].split())
            assert shown == "".join(owed.text.split())
            assert draft.span[0] <= owed.span[0] < owed.span[1] <= draft.span[1]
        for one in draft.instructions:
            assert one.number in cover.page[slice(*one.span)][:6]


JSON_FIELDS = {
    "document_number",
    "kind",
    "issuing_authority",
    "title",
    "urgency",
    "classification",
    "addressees",
    "cc_authorities",
    "dated_on",
    "issued_on",
    "scope",
    "forwards",
    "contacts",
    "instructions",
    "requirements",
    "annexes",
    "span",
    "spans",
    "damaged",
    "warnings",
}
REQUIREMENT_FIELDS = {
    "text",
    "duty",
    "kind",
    "due_on",
    "due_time",
    "rrule",
    "starts_on",
    "workdays",
    "days",
    "holiday_rule",
    "deliver_to",
    "responsible",
    "assumed",
    "span",
}
INSTRUCTION_FIELDS = {"number", "heading", "text", "span", "lead_office", "supporting_offices", "children"}


def test_it_gives_json_with_the_fields_agreed() -> None:
    fields = json.loads(json.dumps(draft_as_json(read_circular(TYPED)), ensure_ascii=False))
    assert set(fields) == JSON_FIELDS | {"text"}
    assert set(fields["requirements"][0]) == REQUIREMENT_FIELDS
    assert set(fields["instructions"][0]) == INSTRUCTION_FIELDS
    assert set(fields["contacts"][0]) == {"name", "phone", "email"}
    assert (fields["kind"], fields["urgency"], fields["dated_on"]) == ("notice", "extra_urgent", "2023-03-01")
    assert [one["due_time"] for one in fields["requirements"] if one["due_time"]] == ["17:00"]


def test_it_gives_annexes_the_same_fields() -> None:
    fields = json.loads(json.dumps(draft_as_json(read_circular(ISSUING))))
    assert set(fields["annexes"][0]) == JSON_FIELDS
    assert fields["forwards"] == {"document_number": None, "title": "校车管理方案"}


def test_it_reads_the_same_text_the_same_way_twice() -> None:
    assert read_circular(TYPED) == read_circular(TYPED)


SCRAPS = st.sampled_from(
    [
        "甲省林业局",
        "文件\n",
        "关于",
        "转发",
        "印发",
        "的通知",
        "《",
        "》",
        "（",
        "）",
        "〔2024〕5号",
        "各市林业局",
        "：",
        "，",
        "。",
        "；",
        "\n",
        "一、",
        "（一）",
        "1.",
        "一要",
        "一是",
        "附件",
        "附件1",
        "抄送：",
        "联系人",
        "电话",
        "0997-1234567",
        "a@example.org",
        "2024年3月1日",
        "2024年 月 日",
        "2月30日前",
        "5月10日前",
        "每月5日前",
        "每季度",
        "收到后5个工作日内",
        "后3日内",
        "报送",
        "上报",
        "报省林业局",
        "及时",
        "随时",
        "请",
        "由",
        "牵头",
        "负责",
        "责任单位：",
        "特急",
        "机密★",
        "# ",
        "**",
        "---\n",
        "—3—",
        "　　",
        "此件公开发布",
        "印发之日起30日内",
        "年底前",
        "今年",
        "27时",
        "第一章",
        "第一条",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SCRAPS, max_size=40))
def test_it_reads_any_jumble_of_a_circulars_words(scraps: list[str]) -> None:
    source = "".join(scraps)
    try:
        cover = read_circular(source)
    except UnreadableDocument:
        return
    json.dumps(draft_as_json(cover))
    for draft in (cover, *cover.annexes):
        assert 0 <= draft.span[0] <= draft.span[1] <= len(cover.page)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_it_reads_or_refuses_any_text(source: str) -> None:
    try:
        cover = read_circular(source)
    except UnreadableDocument:
        return
    assert 0 <= cover.span[0] <= cover.span[1] <= len(cover.page)


@pytest.mark.parametrize(
    "scrap",
    ["（", "《", "各", "报", "每年1月、", "一、", "中", "附件1\n", "收到", "2月20日前", "联系电话", "　", "<p "],
)
def test_it_reads_a_text_of_one_scrap_repeated_in_good_time(scrap: str) -> None:
    try:
        draft = read_circular(scrap * 5000)
    except UnreadableDocument:
        return
    assert draft.warnings


def test_it_refuses_a_file_with_a_classified_circular_wherever_it_stands_in_it() -> None:
    head = "秘密★1年\n甲省水利厅文件\n甲水办〔2020〕7号\n关于报送材料的通知\n"
    classified = f"{head}各市水务局：\n请报送材料。\n甲省水利厅\n2020年5月1日\n"
    with pytest.raises(Refused, match="“甲水办〔2020〕7号”标有密级“秘密”，涉密文件不得录入本系统。"):
        read_document(classified.encode(), "来文.txt")


SILENT = """甲省水利厅关于报送防汛材料的通知
各市水务局，厅属各单位：
一、请于5月10日前报送防汛总结。
二、6月底前完成堤防加固。
三、请市供水集团于5月20日前将台账报甲省供水协会。
甲省水利厅
甲省应急管理厅
2020年5月1日
"""


def test_it_takes_whom_it_concerns_from_addressees_and_issuer_where_no_sentence_says_so() -> None:
    report, work, named = read_circular(SILENT).requirements
    assert (report.deliver_to, report.responsible) == ("甲省水利厅、甲省应急管理厅", "各市水务局，厅属各单位")
    assert report.assumed == ("deliver_to", "responsible")
    assert (work.deliver_to, work.responsible, work.assumed) == (None, "各市水务局，厅属各单位", ("responsible",))
    assert (named.deliver_to, named.responsible, named.assumed) == ("甲省供水协会", "市供水集团", ())


def test_it_tells_what_is_assumed_from_what_is_stated() -> None:
    report, work, named = (each.as_stated() for each in read_circular(SILENT).requirements)
    assert (report.deliver_to, report.responsible, report.assumed) == (None, None, ())
    assert work.responsible is None
    assert named.deliver_to == "甲省供水协会"


def test_it_assumes_nobody_where_neither_addressee_nor_issuer_is_printed() -> None:
    (report,) = read_circular("请于5月10日前报送防汛总结。").requirements
    assert (report.deliver_to, report.responsible, report.assumed) == (None, None, ())
