"""Looking at progress, and recording it."""

from __future__ import annotations

import pytest

from tests.cast import ADDRESSED, COVER, DONGAN
from tests.cli.commands import Duban


@pytest.mark.usefixtures("set_out_now")
def test_it_shows_how_far_the_instructions_are(duban: Duban) -> None:
    found = duban("progress", COVER, "--json").json()
    assert [each["number"] for each in found] == ["一", "二", "三"]
    assert all(each["offices"]["not_started"] == len(ADDRESSED) for each in found)
    assert "未开始" in duban.said("progress", COVER)


@pytest.mark.usefixtures("set_out_now")
def test_it_records_progress(duban: Duban) -> None:
    said = duban.said("progress", COVER, DONGAN, "三", "--state", "已落实", "--note", "已落实到人")
    assert "进展已记为“已落实”" in said
    third = duban("progress", COVER, DONGAN, "--json").json()[2]
    assert (third["state"], third["note"], third["offices"]["done"]) == ("已落实", "已落实到人", 1)


@pytest.mark.usefixtures("set_out_now")
def test_it_names_what_would_be_right(duban: Duban) -> None:
    assert "应为办理中、已落实、已销号之一" in duban.refused("progress", COVER, DONGAN, "三", "--state", "好了")
    assert "已有：一、二、三" in duban.refused("progress", COVER, DONGAN, "九")


@pytest.mark.usefixtures("set_out_now")
def test_it_closes_looks_back_and_reopens(duban: Duban) -> None:
    closed = duban.said("progress", COVER, DONGAN, "三", "--state", "已销号", "--look-back", "2099-06-01")
    assert "定于2099年6月1日（星期一）回头看" in closed
    assert "日期“下周”无法识别" in duban.refused(
        "progress", COVER, DONGAN, "二", "--state", "已销号", "--look-back", "下周"
    )  # fmt: skip
    assert "没有待回头看的任务" in duban.said("look-backs")
    assert "已回头看：成效巩固" in duban.said("look-back", COVER, DONGAN, "三", "--finding", "成效巩固")
    assert "请用 duban reopen" in duban.refused("progress", COVER, DONGAN, "三", "--state", "办理中")
    assert "重新办理必须说明理由" in duban.refused("reopen", COVER, DONGAN, "三")
    assert "没有给任务“三”定落实期限" in duban.refused(
        "reopen", COVER, DONGAN, "三", "--reason", "反弹", "--due", "2099-06-30"
    )  # fmt: skip
    assert "已重新办理" in duban.said("reopen", COVER, DONGAN, "三", "--reason", "反弹")
