"""The numbered paragraphs as a tree, and the offices charged with them."""

from __future__ import annotations

import pytest

from domain.documents import InstructionDraft
from domain.reading.instructions import charged_offices, instructions
from domain.reading.page import clean


def tree(source: str) -> tuple[InstructionDraft, ...]:
    page = clean(source)
    return instructions(page, 0, len(page.text))


PLAN = """一、加强巡护
各市要落实巡护责任。（省林业局牵头，省公安厅、省财政厅配合）
（一）划定网格。每个林班定人定责。
(二) 配齐装备。配足风机和水泵。（责任单位：省财政厅）
1.先配重点林区。
2.再配一般林区。
二、加强值守。领导在岗带班。
联系人：周例  电话：0997-1234567
"""


def test_it_builds_the_tree_of_numbered_paragraphs() -> None:
    first, second = tree(PLAN)
    assert (first.number, second.number) == ("一", "二")
    assert [child.number for child in first.children] == ["（一）", "（二）"]
    assert [child.number for child in first.children[1].children] == ["1", "2"]
    assert second.children == ()


def test_it_tells_heading_and_text() -> None:
    first, second = tree(PLAN)
    assert first.heading == "加强巡护"
    assert first.text.startswith("加强巡护\n各市要落实")
    assert second.heading == "加强值守"
    assert second.text == "加强值守。领导在岗带班。"


def test_it_leaves_the_text_of_children_to_them() -> None:
    first, _ = tree(PLAN)
    assert "划定网格" not in first.text
    assert first.children[0].text == "划定网格。每个林班定人定责。"


def test_it_leaves_contacts_below_out_of_the_last_paragraph() -> None:
    assert "周例" not in tree(PLAN)[-1].text


def test_it_spans_each_paragraph_with_its_children() -> None:
    first, second = tree(PLAN)
    assert clean(PLAN).text[slice(*first.span)].startswith("一、加强巡护")
    assert clean(PLAN).text[slice(*first.span)].endswith("2.再配一般林区。")
    assert clean(PLAN).text[slice(*second.span)] == "二、加强值守。领导在岗带班。"


def test_it_names_the_offices_charged_with_each_paragraph() -> None:
    first, second = tree(PLAN)
    assert (first.lead_office, first.supporting_offices) == ("省林业局", ("省公安厅", "省财政厅"))
    assert first.children[1].lead_office == "省财政厅"
    assert (second.lead_office, second.supporting_offices) == (None, ())


def test_it_reads_bold_paragraphs_that_begin_with_a_must() -> None:
    found = tree("**一要抓早。**提前部署。\n\n**二要抓小。**不留隐患。")
    assert [(one.number, one.heading) for one in found] == [("一", "抓早"), ("二", "抓小")]


def test_it_reads_paragraphs_that_lost_their_line_breaks() -> None:
    found = tree("通知如下:一、抓早。提前部署。(一)定人。(二)定责。二、抓小。不留隐患。")
    assert [one.heading for one in found] == ["抓早", "抓小"]
    assert [child.number for child in found[0].children] == ["（一）", "（二）"]


def test_it_gives_no_heading_where_nothing_tells_its_end() -> None:
    (one,) = tree(f"一、{'加强巡护工作的组织领导和' * 8}，落实责任。")
    assert one.heading == ""


def test_it_makes_no_paragraphs_of_a_list_inside_a_sentence() -> None:
    (one,) = tree("一、抓落实。一是定人；二是定责。")
    assert one.children == ()


def test_it_finds_no_paragraphs_in_plain_prose() -> None:
    assert tree("请认真贯彻执行。") == ()


@pytest.mark.parametrize(
    ("text", "lead", "supporting"),
    [
        ("（省林业局牵头，省公安厅、省财政厅配合）", "省林业局", ("省公安厅", "省财政厅")),
        ("（牵头单位：省林业局；配合单位：省公安厅、省财政厅）", "省林业局", ("省公安厅", "省财政厅")),
        ("（牵头单位：省林业局，配合单位：省公安厅）", "省林业局", ("省公安厅",)),
        ("（责任单位：省林业局）", "省林业局", ()),
        ("（责任部门：省林业局、省财政厅）", None, ("省林业局", "省财政厅")),
        ("（省林业局负责）", "省林业局", ()),
        ("（省林业局、省财政厅负责）", None, ("省林业局", "省财政厅")),
        ("（省林业局、省财政厅等部门按职责分工负责）", None, ("省林业局", "省财政厅")),
        ("（省林业局牵头负责）", "省林业局", ()),
        ("（省林业局会同有关部门负责）", "省林业局", ()),
        ("（省林业局会同省财政厅、省公安厅负责）", "省林业局", ("省财政厅", "省公安厅")),
        ("（责任单位:省林业局牵头，省公安厅、省财政厅等部门分工负责)", "省林业局", ("省公安厅", "省财政厅")),
        ("（省林业局牵头，各县（市、区）人民政府配合）", "省林业局", ("各县（市、区）人民政府",)),
        ("（省林业局、省财政厅牵头，省公安厅配合）", None, ("省林业局", "省财政厅", "省公安厅")),
        ("（主办单位：省林业局；协办单位：省公安厅）", "省林业局", ("省公安厅",)),
        ("完善台账。\n责任单位：市林业局\n完成时限：六月", "市林业局", ()),
        ("完善台账。（本文有删减）", None, ()),
        ("由省林业局牵头推进。", None, ()),
        ("", None, ()),
    ],
)
def test_it_reads_who_is_charged(text: str, lead: str | None, supporting: tuple[str, ...]) -> None:
    assert charged_offices(text) == (lead, supporting)


def test_empty_brackets_beside_a_word_of_charge_name_no_office() -> None:
    assert charged_offices("（）牵头") == (None, ())


def test_it_ends_a_paragraph_where_a_chapter_or_section_begins() -> None:
    found = tree(
        "第一章 总则\n第一条 为了防火。\n第二章 巡护\n第一节 人员\n第二条 林场应当巡护。\n（一）白天；\n（二）夜间。"
    )
    assert [(one.number, one.text) for one in found] == [("第一条", "为了防火。"), ("第二条", "林场应当巡护。")]
    assert [child.heading for child in found[1].children] == ["白天", "夜间"]


def test_it_loses_no_paragraph_that_begins_too_deep() -> None:
    (one,) = tree("一、任务\n1. 建平台\n责任单位：省林业局\n2. 通数据\n（三）强化支撑。")
    assert [(child.number, child.heading) for child in one.children] == [
        ("1", "建平台"),
        ("2", "通数据"),
        ("（三）", "强化支撑"),
    ]
    assert one.children[0].lead_office == "省林业局"


def test_it_reads_numbers_that_run_on_over_the_headings() -> None:
    first, second = tree(
        "一、要求\n（一）思想。\n（二）原则。\n二、任务\n（三）巡护。\n1.白天。\n（1）早上。\n（2）晚上。\n（四）值守。"
    )
    assert [child.number for child in first.children] == ["（一）", "（二）"]
    assert [child.number for child in second.children] == ["（三）", "（四）"]
    assert [deepest.heading for deepest in second.children[0].children[0].children] == ["早上", "晚上"]
