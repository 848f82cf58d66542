"""Rows of tables: which columns name the owner and the day, and what a row says as a sentence."""

from __future__ import annotations

from datetime import date

import pytest

from domain.documents import Duty, RequirementDraft
from domain.reading.dates import Basis
from domain.reading.page import clean
from domain.reading.requirements import requirements
from domain.reading.tables import Columns, as_prose, cells_of, columns_of, is_row, row_text

PIPES = """| 序号 | 工作任务 | 责任单位 | 完成时限 |
| --- | --- | --- | --- |
| 1 | 完成林区道路排查 | 各市林业局 | 2024年4月底前 |
| 2 | 修订预案，报省林业局备案 | 省林科院 | 5月20日 |
| 3 | 开展防火宣传 | 各市林业局 | 全年 |
"""
TABS = PIPES.replace("| --- | --- | --- | --- |\n", "").replace(" | ", "\t").replace("| ", "").replace(" |", "")
HTML = (
    "<table><tr><th>序号</th><th>工作任务</th><th>责任单位</th><th>完成时限</th></tr>"
    "<tr><td>1</td><td>完成林区道路排查</td><td>各市林业局</td><td>2024年4月底前</td></tr>"
    "<tr><td>2</td><td>修订预案，报省林业局备案</td><td>省林科院</td><td>5月20日</td></tr>"
    "<tr><td>3</td><td>开展防火宣传</td><td>各市林业局</td><td>全年</td></tr></table>"
)


def read(source: str) -> list[RequirementDraft]:
    page = clean(source)
    return requirements(page, 0, len(page.text), Basis(day=date(2024, 3, 1)))[0]


@pytest.mark.parametrize("table", [PIPES, TABS, HTML])
def test_it_reads_the_rows_of_a_table_of_tasks(table: str) -> None:
    first, second = read(f"任务分工如下：\n{table}\n请各单位抓好落实。")
    assert (first.duty, first.due_on, first.responsible) == (Duty.COMPLETE, date(2024, 4, 30), "各市林业局")
    assert (second.duty, second.due_on, second.responsible) == (Duty.REPORT, date(2024, 5, 20), "省林科院")
    assert second.deliver_to == "省林业局"
    assert first.text.startswith("完成林区道路排查")
    assert first.text.endswith("2024年4月底前")


@pytest.mark.parametrize(
    "table",
    [
        "| 时间 | 内容 |\n| --- | --- |\n| 5月10日 | 报到 |",
        "| 姓名 | 单位 | 出生日期 |\n| 周例 | 省林业局 | 1980年5月10日 |",
        "| 工作任务 | 责任单位 | 完成时限 |\n| 完成林区道路排查 | 各市林业局 |",
        "| 工作任务 | 责任单位 | 完成时限 |\n| 完成林区道路排查 | 各市林业局 | 长期坚持 |",
    ],
)
def test_it_reads_no_requirement_from_another_table(table: str) -> None:
    assert read(table) == []


def test_it_takes_the_head_of_a_table_for_that_table_alone() -> None:
    assert len(read(f"{PIPES}以下为联络表。\n| 4 | 林场甲 | 省林场局 | 5月20日 |")) == 2


@pytest.mark.parametrize("line", ["| 甲 | 乙 |", "甲\t乙", "  | 甲 |"])
def test_it_knows_a_row(line: str) -> None:
    assert is_row(line)


@pytest.mark.parametrize("line", ["甲乙", "甲|乙", "\t甲乙", "甲乙\t", ""])
def test_it_knows_what_is_no_row(line: str) -> None:
    assert not is_row(line)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("| 1 | 甲 | 乙 |", "甲 | 乙"),
        ("1\t甲\t乙", "甲\t乙"),
        ("| 甲 | 乙 |", "甲 | 乙"),
        ("| --- | :-: |", ""),
        ("| | |", ""),
    ],
)
def test_it_leaves_serial_number_and_rules_out_of_a_row(line: str, text: str) -> None:
    assert row_text(line) == text


def test_it_parts_the_cells() -> None:
    assert cells_of("| 甲 |  | 乙 |") == ["甲", "", "乙"]
    assert cells_of("甲\t\t乙") == ["甲", "", "乙"]


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("| 序号 | 工作任务 | 责任单位 | 完成时限 |", Columns(4, 2, 3, (1,))),
        ("| 重点任务 | 主要内容 | 时间节点 | 牵头单位 | 配合单位 |", Columns(5, 3, 2, (0, 1))),
        ("| 项目名称 | 工作内容 | 责任部门 | 完成时间 |", Columns(4, 2, 3, (0, 1))),
        ("| 姓名 | 单位 | 电话 |", None),
        ("| 责任单位 | 完成时限 |", None),
        ("| 工作任务 | 责任单位 |", None),
    ],
)
def test_it_knows_the_columns_of_a_table_of_tasks(line: str, columns: Columns | None) -> None:
    assert columns_of(line) == columns


def test_it_says_a_row_as_a_sentence() -> None:
    columns = columns_of("| 任务 | 责任单位 | 时限 |")
    assert columns is not None
    assert as_prose("| 排查 | 各市 | 5月底 |", columns) == "排查（责任单位：各市；完成时限：5月底）"
    assert as_prose("| 排查 | 各市 | |", columns) is None
    remarked = columns_of("任务\t责任单位\t时限\t备注")
    assert remarked is not None
    assert as_prose("排查\t各市\t5月底", remarked) == "排查（责任单位：各市；完成时限：5月底）"
    assert as_prose("| 排查 | 各市 |", columns) is None
    assert as_prose("| | 各市 | 5月底 |", columns) is None
