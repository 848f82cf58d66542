"""What of one file is registered: circulars of their own, plans as part of the one that issues them, or nothing."""

from __future__ import annotations

from domain.documents import CircularDraft
from domain.enclosures import to_register
from domain.reading.draft import read_circular

ISSUED = """江北省扶贫开发领导小组办公室文件

江扶组办发〔2020〕30号

江北省扶贫开发领导小组办公室关于印发《住房普查工作方案》的通知

各市（地）扶贫开发领导小组：

现将《住房普查工作方案》印发给你们，请认真贯彻执行。

江北省扶贫开发领导小组办公室

2020年2月14日

住房普查工作方案

一、工作安排

各市（地）于2020年3月20日前将普查清单报省扶贫办。
"""


def read(text: str) -> tuple[CircularDraft, ...]:
    return to_register(read_circular(text))


def test_a_plan_is_part_of_the_circular_that_issues_it() -> None:
    (whole,) = read(ISSUED)
    assert whole.document_number == "江扶组办发〔2020〕30号"
    assert [str(each.due_on) for each in whole.requirements] == ["2020-03-20"]
    assert [each.number for each in whole.instructions] == ["附件"]
    assert [each.heading for each in whole.instructions[0].children] == ["工作安排"]
    assert "普查清单" in whole.text
    assert whole.forwards is None, "what it issues is here: nothing is missing"
    assert whole.annexes == ()


def test_what_stands_in_the_cover_alone_stays_as_it_is() -> None:
    cover = read_circular(ISSUED)
    assert to_register(cover)[-1].addressees == cover.addressees
    assert [each.requirements for each in cover.annexes] != [()]
    assert cover.requirements == ()


def test_a_circular_with_a_number_is_one_of_its_own() -> None:
    from tests.cast import COVER, PAIR, UPSTREAM

    assert [each.document_number for each in read(PAIR)] == [UPSTREAM, COVER]
    assert [each.document_number for each in to_register(read_circular(PAIR), "国扶组发[2020]6号")] == [UPSTREAM]
    assert to_register(read_circular(PAIR), "国扶组发〔2020〕7号") == ()


def test_what_a_letter_encloses_orders_nothing_and_it_is_said() -> None:
    letter = ISSUED.replace("关于印发《住房普查工作方案》的通知", "关于征求《住房普查工作方案》意见的函").replace(
        "现将《住房普查工作方案》印发给你们，请认真贯彻执行。", "请于2月28日前将意见反馈我办。"
    )
    (whole,) = read(letter)
    assert [str(each.due_on) for each in whole.requirements] == ["2020-02-28"]
    assert any("只是附送" in each for each in whole.warnings)
