"""The clean text of a file, and the way back from it to the source."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reading.page import clean

#: Signs of half width and what may stand for them.
ONE_WIDTH = str.maketrans("３，：（）", "3,:()")

LONG = "各单位要把防火责任落实到每一栋楼、每一个班组、每一名值守"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**一、** 防火", "一、 防火"),
        ("# 甲省林业局文件", "甲省林业局文件"),
        ("### **三、巡护**", "三、巡护"),
        ("> 引用的话", "引用的话"),
        ("甲\u200b乙\ufeff丙", "甲乙丙"),
        ("第一段<br>完", "第一段完"),
        ("第一段。\\r\\n&nbsp;&nbsp;第二段。", "第一段。\n第二段。"),
        ("第一段。\\n第二段。", "第一段。\n第二段。"),
        ("<p class='x'>正文</p>", "正文"),
        ("不足两千元—3—的", "不足两千元的"),
        ("几 个 问 题 的 通 知", "几个问题的通知"),
        ("工　作　规　则", "工作规则"),
        ("末尾有空白   ", "末尾有空白"),
    ],
)
def test_it_leaves_out_what_is_no_text(source: str, text: str) -> None:
    assert clean(source).text == text


@pytest.mark.parametrize(
    "mark", ["---", "***", "12", "- 3 -", "—4—", "第 2 页", "第2页 共9页", "![](scan.png)", "", "   "]
)
def test_it_leaves_out_lines_without_words(mark: str) -> None:
    assert clean(f"第一段。\n{mark}\n第二段。").text == "第一段。\n第二段。"


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n— 7 —\n\n", "\n---\n", "\n\n\n"])
def test_it_joins_a_sentence_that_a_page_break_parted(gap: str) -> None:
    assert clean(f"{LONG}{gap}人员身上。").text == f"{LONG}人员身上。"


def test_it_joins_the_lines_of_a_typed_page() -> None:
    typed = (
        "    为确保山林安全，现将防火工作的有关要求通知如下，请认真\n"
        "执行。各单位主要负责人对本单位防火工作负总责，不得推诿扯\n皮。"
    )
    assert clean(typed).text.count("\n") == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("一、总体要求", "各单位要把防火放在首位。"),
        ("（一）加强领导", "成立领导小组。"),
        ("甲省林业局关于加强春季防火的通知", "甲林发〔2024〕5号"),
        ("请遵照执行。", "甲省林业局"),
        ("甲省林业局", "2024年3月1日"),
        ("联系人：周例，电话：0997-1234567，请在工作时间内联系", "邮箱：zhou@example.org"),
        (LONG, "二、明确责任。"),
        (LONG, "（二）明确责任。"),
        (LONG, "2.明确责任。"),
        (LONG, "附件：值班表"),
        (LONG, "巡护\t4月10日"),
        (f"巡护\t{LONG}", "4月10日"),
        (LONG, "抄送：甲省应急管理厅。"),
        ("## 标题独占一行且比较长比较长比较长比较长比较长", "正文从这里开始。"),
        ("甲林发〔2024〕5号            签发人：某例例例", "甲省林业局关于防火的通知"),
    ],
)
def test_it_keeps_apart_what_stands_apart(before: str, after: str) -> None:
    assert clean(f"{before}\n{after}").text.count("\n") == 1


def test_it_takes_the_indents_of_lost_line_breaks_for_line_breaks() -> None:
    assert (
        clean("现通知如下。　　一、时间安排　　1.三月上旬部署。").text == "现通知如下。\n一、时间安排\n1.三月上旬部署。"
    )


def test_it_leaves_a_letter_spaced_word_whole() -> None:
    assert "\n" not in clean("通　　知").text


@pytest.mark.parametrize("words", ["防火责任", "人员身上", "巡护"])
def test_it_leads_back_to_the_source(words: str) -> None:
    source = f"# 甲局文件\n\n**一、**{LONG}\n\n---\n\n人员身上。**二、**加强巡护。"
    page = clean(source)
    at = page.text.index(words)
    assert page.original(at, at + len(words)) == words


def test_it_leads_back_across_a_page_break() -> None:
    source = f"{LONG}\n\n— 3 —\n\n人员身上。"
    page = clean(source)
    assert page.original(0, len(page.text)) == source


def test_it_leaves_white_space_out_of_spans() -> None:
    page = clean("甲。\n\n  乙。")
    start, end = page.span(2, len(page.text))
    assert page.text[start:end] == page.original(2, len(page.text)) == "乙。"


def test_it_gives_an_empty_span_for_nothing() -> None:
    page = clean("甲乙")
    assert page.span(1, 1) == (1, 1)
    assert page.original(1, 1) == ""


def test_it_gives_an_empty_page_for_an_empty_text() -> None:
    page = clean("")
    assert page.text == ""
    assert page.span(0, 0) == (0, 0)
    assert page.original(0, 0) == ""


@settings(max_examples=80, deadline=None)
@given(st.text(st.sampled_from("甲乙。，,：:\n #*—3３一、（）()\u3000 年月日<p>"), max_size=80))
def test_it_keeps_every_character_traceable(source: str) -> None:
    page = clean(source)
    for at, sign in enumerate(page.text):
        if not sign.isspace():
            assert page.original(at, at + 1).translate(ONE_WIDTH) == sign.translate(ONE_WIDTH)


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("２０２４年３月１０日１７：００前", "2024年3月10日17:00前"),
        ("联系人:周例,电话(0997)1234567", "联系人：周例，电话（0997)1234567"),
        ("附件:1.值班表;2.名册(略)", "附件：1.值班表；2.名册（略）"),
        ("邮箱ｚｈｏｕ＠ｅｘａｍｐｌｅ．ｏｒｇ", "邮箱zhou@example.org"),
        ("面积1,200亩，比例3:2", "面积1,200亩，比例3:2"),
        ("时间：９：３０", "时间：9:30"),
    ],
)
def test_it_reads_signs_of_both_widths_alike(printed: str, read: str) -> None:
    page = clean(printed)
    assert page.text == read
    assert page.original(0, len(page.text)) == printed


@pytest.mark.parametrize(
    "page_break",
    [
        "\n\n— 2 —\n\n",
        "\n\n云河省林业局文件\n\n— 2 —\n\n",
        "\n— 2 —\n云河省林业局文件\n",
        "\n\n- 2 -\n\n云河省林业局文件\n\n",
        "\n云河省林业局文件\n第 2 页 共 9 页\n",
    ],
)
def test_it_joins_a_sentence_that_a_page_number_and_a_running_head_parted(page_break: str) -> None:
    source = f"云河省林业局文件\n各市要抓紧排查，发现重大火情及时报{page_break}告省林业局防火处。"
    assert clean(source).text == "云河省林业局文件\n各市要抓紧排查，发现重大火情及时报告省林业局防火处。"


@pytest.mark.parametrize("heading", ["一、工作目标", "工作要求", "各市要抓紧排查。"])
def test_it_joins_nothing_to_a_heading_at_the_end_of_a_page(heading: str) -> None:
    assert clean(f"{heading}\n— 2 —\n加强巡护。").text == f"{heading}\n加强巡护。"


@pytest.mark.parametrize("again", ["各市负责。\n— 2 —", "（各市负责）\n完"])
def test_it_keeps_a_line_that_is_said_again_in_the_text(again: str) -> None:
    line = again.split("\n", maxsplit=1)[0]
    assert clean(f"加强巡护。\n{line}\n加强值守。\n{again}\n完").text.count(line) == 2


@pytest.mark.parametrize("label", ["标　　题：防火通知", "分　　类：林业防火"])
def test_it_takes_a_spaced_label_for_no_indent(label: str) -> None:
    assert clean(f"甲省林业局\n{label}").text == f"甲省林业局\n{label}"


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("云河省林业局关于做好春季防火和林区用火管理工作的通知", "各市林业局，省直各林场："),
        ("云河省林业局关于征求《云河省林火预警办法（征求意见稿）》修改意见的函", "各市林业局："),
        ("2.云河省二〇二四年春季防火工作重点任务分工清单（待更新）", "云河省森林防火委员会办公室"),
        ("附件：云河省二〇二四年春季防火工作重点任务分工清单（待更新）", "云河省林业局"),
        ("云河省林业局二〇二四年春季防火工作重点任务公开征求意见", "时限："),
    ],
)
def test_it_keeps_a_title_a_list_and_a_label_apart_from_what_is_below(above: str, below: str) -> None:
    assert clean(f"{above}\n\n{below}").text == f"{above}\n{below}"


WRAPPED = """关于加强春季防火的通知
各市林业局：
（一）从三月起，各市林业局于每月二十五日前将防火值
守月报表报省林业局防火处。
（二）各市林业局于每季度首月十日前将林区巡护情况报
省林业局资源处。
（三）各市林业局要加强巡护，压实每一个林班的责任，
确保每一处火源有人看管，每一条道路有人巡查，每一户
林农知道要求。
"""


def test_it_joins_lines_that_a_typist_broke_at_one_width() -> None:
    lines = clean(WRAPPED).text.split("\n")
    assert lines[2] == "（一）从三月起，各市林业局于每月二十五日前将防火值守月报表报省林业局防火处。"
    assert lines[3] == "（二）各市林业局于每季度首月十日前将林区巡护情况报省林业局资源处。"
    assert len(lines) == 5


def test_it_joins_no_headings_where_lines_are_of_any_width() -> None:
    text = "（一）加强巡护\n各市负责。\n（二）加强林区用火管理工作\n各县负责。\n（三）值守\n领导带班。"
    assert clean(text).text == text


def test_it_parts_the_rows_and_cells_of_an_html_table() -> None:
    table = "<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td><td>丁</td></tr></table>"
    assert [line.strip() for line in clean(table).text.split("\n")] == ["甲\t乙", "丙\t丁"]
