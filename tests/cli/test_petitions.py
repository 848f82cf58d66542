"""Saying no, asking for time, stopping clocks, taking circulars out of force: by command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.calendar import local_day
from domain.statuses import Hold, Status
from models.circular import Circular
from tests.cast import COVER, DONGAN, LINJIANG, WANGCHUAN, notice_text
from tests.cli.commands import Duban
from tests.looking import again, owed, rows, the_one

NUMBER = "江扶组办发〔2020〕20号"


def ahead(days: int) -> str:
    return (local_day(datetime.now(UTC)) + timedelta(days=days)).isoformat()


@pytest.fixture
def forwarded(sqlite: str, duban: Duban, roster_file: Path, tmp_path: Path) -> Duban:
    """A circular whose one report is due ten days ahead, forwarded to everybody."""
    duban.said("roster", "import", roster_file)
    day = local_day(datetime.now(UTC)) + timedelta(days=10)
    text = notice_text(COVER, f"请各地各部门于{day.year}年{day.month}月{day.day}日前将工作总结报省扶贫办。")
    file = tmp_path / "通知.md"
    file.write_text(text, encoding="utf-8")
    duban.said("register", file)
    duban.said("forward", COVER)
    return duban


def report(office: str = LINJIANG) -> int:
    return the_one("report", office, COVER).id or 0


def test_it_suspends_and_resumes(forwarded: Duban) -> None:
    number = report()
    assert "暂停计时必须说明理由" in forwarded.refused("suspend", number)
    assert "须人工恢复" in forwarded.said("suspend", number, "--reason", "封控")
    assert "暂停计时（自" in forwarded.said("status", COVER, "--office", LINJIANG)
    assert "已恢复计时，时限为" in forwarded.said("resume", number, "--reason", "解除")
    assert "自动恢复" in forwarded.said("suspend", "--help")
    assert "24时" in forwarded.said("suspend", number, "--until", ahead(5), "--reason", "封控")
    assert forwarded("resume", number, "--json").json()["status"] == "pending"


def test_it_acknowledges(forwarded: Duban) -> None:
    assert "不重复催办" in forwarded.said("acknowledge", report())
    receipt = the_one("receipt", LINJIANG, COVER)
    assert "不能再“知悉”" in forwarded.refused("acknowledge", receipt.id)


def test_it_asks_for_more_time_and_decides(forwarded: Duban) -> None:
    number = report()
    assert "请用 --until 写明" in forwarded.refused("ask-extension", number, "--progress", "八成", "--reason", "路远")
    asked = forwarded(
        "ask-extension", number, "--until", ahead(15), "--progress", "八成", "--reason", "路远", "--json"
    ).json()  # fmt: skip
    petition = asked["petition_id"]
    listed = forwarded.said("petitions")
    assert "延期申请" in listed
    assert "路远" in listed
    assert "没有等待决定的申请" in forwarded.said("petitions", "--office", LINJIANG)
    assert "请在 --grant 和 --refuse 中选择一个" in forwarded.refused("decide-extension", petition)
    assert "不予延期必须说明理由" in forwarded.refused("decide-extension", petition, "--refuse")
    assert "时限已延至" in forwarded.said("decide-extension", petition, "--grant", "--until", ahead(12))
    assert forwarded("petitions", "--json").json() == []


def test_it_contests_and_decides(forwarded: Duban) -> None:
    number = report(DONGAN)
    asked = forwarded("contest", number, "--reason", "不属我区职责", "--json").json()
    assert "异议待决" in forwarded.said("status", COVER, "--office", DONGAN)
    petition = asked["petition_id"]
    assert "照常办理" in forwarded.said(
        "decide-contest", petition, "--dismiss", "--reason", "属其职责", "--until", ahead(12)
    )  # fmt: skip
    assert "有结果：不同意" in forwarded.refused("decide-contest", petition, "--uphold", "--reason", "改判")


def test_it_sends_a_paper_back_and_decides(forwarded: Duban) -> None:
    wrong = forwarded.refused("return-paper", COVER, WANGCHUAN, "--kind", "lost", "--reason", "找不到")
    assert "wrong-addressee（发错单位）" in wrong
    asked = forwarded(
        "return-paper", COVER, WANGCHUAN, "--kind", "unreadable", "--reason", "扫描不清", "--json"
    ).json()  # fmt: skip
    assert again(the_one("receipt", WANGCHUAN, COVER)).hold == Hold.PAPER
    said = forwarded.said("decide-paper", asked["petition_id"], "--accept", "--reason", "确系不清")
    assert "退文成立，此件及其事项已撤回" in said
    assert the_one("report", WANGCHUAN, COVER).status is Status.WITHDRAWN


def test_it_takes_circulars_out_of_force(forwarded: Duban, tmp_path: Path) -> None:
    file = tmp_path / "新文.md"
    file.write_text(notice_text(NUMBER, "请各地于12月20日前将工作总结报省扶贫办。"), encoding="utf-8")
    forwarded.said("register", file)
    assert "替代公文必须说明理由" in forwarded.refused("circular", "supersede", COVER, NUMBER)
    assert f"“{COVER}”已替代：终止未办结事项" in forwarded.said(
        "circular", "supersede", COVER, NUMBER, "--reason", "要求有变"
    )  # fmt: skip
    assert f"已由“{NUMBER}”替代，不能转发" in forwarded.refused("forward", COVER)
    assert "撤回公文必须说明理由" in forwarded.refused("circular", "withdraw", NUMBER)
    assert f"“{NUMBER}”已撤回" in forwarded.said("circular", "withdraw", NUMBER, "--reason", "调整")
    assert {each.state.value for each in rows(Circular)} == {"superseded", "withdrawn"}
    assert {each.status for each in owed("report", number=COVER)} == {Status.SUPERSEDED}
