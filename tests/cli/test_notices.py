"""Notices on the command line: listed, shown, sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks.delivering import deliver
from tests.cast import COVER, set_out
from tests.cli.commands import Duban


@pytest.fixture
def sent(sqlite: str) -> None:
    """A circular that went out two months ago."""
    then = datetime.now(UTC) - timedelta(days=60)
    set_out(then)
    for days in range(1, 12):  # one of them is a working day, even around the longest holiday; 2:00 is 10:00 in Beijing
        deliver.fn(now=(then + timedelta(days=days)).replace(hour=2))


def test_it_lists_shows_and_sends_again(duban: Duban, sent: None) -> None:
    (line,) = duban("notice", "list", "--office", "东岸区", "--document", COVER, "--json").json()
    assert (line["kind_label"], line["state_label"]) == ("转发公文", "已送达服务器")
    assert "转发公文  东岸区扶贫开发领导小组办公室" in duban.said("notice", "list", "--office", "东岸区")
    number = line["id"]
    shown = duban.said("notice", "show", number)
    assert "officer.230102@example.org" in shown
    assert f"转发公文：东岸区扶贫开发领导小组办公室 {COVER} 签收" in shown
    said = duban.said("notice", "resend", number, "--reason", "来电称未收到")
    assert said.startswith(f"通知 {number} 将重发给东岸区扶贫开发领导小组办公室（1 项）")
    assert "已重发，重发件还没有发出" in duban.refused("notice", "resend", number, "--reason", "再发")
    assert duban("notice", "show", number, "--json").json()["told_again_by"] == [], "it is no message yet"


def test_it_refuses_in_one_sentence(duban: Duban, sent: None) -> None:
    number = duban("notice", "list", "--office", "东岸区", "--json").json()[0]["id"]
    assert "理由" in duban.refused("notice", "resend", number)
    assert "没有编号为 999" in duban.refused("notice", "show", 999)
    assert "不能向其重发" in duban.refused("notice", "resend", number, "--reason", "转告", "--to", "石桥县")
    assert "投递状态" in duban.refused("notice", "list", "--state", "寄到了")
    assert duban.said("notice", "list", "--state", "被拒收") == "没有这样的通知。\n"
