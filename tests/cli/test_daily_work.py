"""What an operator does all day: register, forward, receive, report, review, look, and mend."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.calendar import local_day
from domain.statuses import ObligationKind
from models.audit import AuditEntry
from tests.cast import COVER, LINJIANG, MONTHLY, PAIR, UPSTREAM, WANGCHUAN, notice_text
from tests.cli.commands import Duban
from tests.looking import owed, rows, the_one

ACTS = ("receive", "report", "accept", "return", "waive", "extend")


def monthly(office: str) -> int:
    return next(each.id or 0 for each in owed("report", office, COVER) if each.period)


@pytest.fixture
def ready(sqlite: str, duban: Duban, roster_file: Path) -> Duban:
    duban.said("roster", "import", roster_file)
    return duban


def test_it_registers_and_says_so_the_second_time(ready: Duban, pair_file: Path) -> None:
    said = ready.said("register", pair_file, "--sent-at", "2020-02-13 10:00")
    assert f"已登记 {UPSTREAM}" in said
    assert f"上级公文：{UPSTREAM}" in said
    assert f"{COVER} 此前已登记，没有变化" in ready.said("register", pair_file)
    assert "2020年2月13日（星期四）10时" in ready.said("audit", "chain", COVER)
    stored = ready("register", pair_file, "--json").json()
    assert [each["is_new"] for each in stored["circulars"]] == [False, False]


def test_it_refuses_another_text_under_the_same_number(ready: Duban, pair_file: Path) -> None:
    ready.said("register", pair_file)
    pair_file.write_text(PAIR.replace("把任务分到人", "把任务落到人"), encoding="utf-8")
    assert "duban circular correct" in ready.refused("register", pair_file)
    assert "更正必须说明理由" in ready.refused("circular", "correct", COVER, pair_file)
    corrected = ready.said("circular", "correct", COVER, pair_file, "--reason", "原扫描缺字")
    assert corrected.startswith(f"已更正“{COVER}”的原文；")


def test_it_registers_a_source_without_a_number_by_its_kind(ready: Duban, tmp_path: Path) -> None:
    file = tmp_path / "批示.md"
    file.write_text(notice_text("", "请于3月1日前将情况报省扶贫办。"), encoding="utf-8")
    assert "--source-kind" in ready.refused("register", file, "--yes")
    assert "来源类别“口信”不正确" in ready.refused("register", file, "--source-kind", "口信")
    assert "（无文号）" in ready.said("register", file, "--source-kind", "批示件")


def test_it_shows_a_hop_before_it_does_it(ready: Duban, pair_file: Path) -> None:
    ready.said("register", pair_file)
    assert f"预览：将转发“{COVER}”给 8 个单位" in ready.said("forward", COVER, "--dry-run")
    assert owed("receipt", LINJIANG, COVER) == []
    done = ready("forward", COVER, "--json").json()
    assert (done["dry_run"], len(done["offices"]), done["notices"]) == (False, 8, 8)
    assert len(owed("receipt", LINJIANG, COVER)) == 1


def test_it_recalls_a_hop(set_out_now: datetime, duban: Duban) -> None:
    assert "理由" in duban.refused("recall", COVER)
    said = duban.said("recall", COVER, "--reason", "附件有误")
    assert said == f"已撤回“{COVER}”：撤下未发通知 8 件，告知已收到的单位 0 个。\n"


def test_it_takes_receipt_and_report_and_reviews(set_out_now: datetime, duban: Duban, tmp_path: Path) -> None:
    receipt = the_one(ObligationKind.RECEIPT, LINJIANG, COVER)
    assert f"回执号 签收-{receipt.id}。" in duban.said("receive", COVER, "临江市")
    assert rows(AuditEntry)[-1].actor == f"user:{getpass.getuser()}"
    assert duban.refused("receive", COVER, "临江市")
    text = tmp_path / "情况.txt"
    text.write_text("进展顺利。", encoding="utf-8")
    handed_in = duban("report", COVER, "临江市", "--file", text, "--ordinal", MONTHLY, "--json").json()
    assert handed_in["status"] == "submitted"
    number = handed_in["obligation_id"]
    assert "必须说明理由" in duban.refused("return", number)
    assert "已退回" in duban.said("return", number, "--reason", "缺少数据表")
    duban.said("report", COVER, "临江市", "--text", "已补充。", "--ordinal", MONTHLY)
    assert duban.said("accept", number) == "已通过临江市扶贫开发领导小组办公室的报送。\n"
    assert duban.refused("accept", number)
    assert duban.refused("report", COVER, "临江市", "--text", "又一份", "--ordinal", MONTHLY, "--period", "1999-01")


def test_it_wants_a_report_once_as_text_or_file(set_out_now: datetime, duban: Duban) -> None:
    assert "二者取一" in duban.refused("report", COVER, "临江市")
    assert "二者取一" in duban.refused("report", COVER, "临江市", "--text", "a", "--file", "b")


def test_it_waives_and_extends(set_out_now: datetime, duban: Duban) -> None:
    number = monthly(WANGCHUAN)
    first = next(each.due_at for each in owed("report", WANGCHUAN, COVER) if each.id == number)
    assert first is not None
    later, too_late = (local_day(first + timedelta(days=days)).isoformat() for days in (20, 60))
    assert "日期“下周”无法识别" in duban.refused("extend", number, "下周", "--reason", "数据待核")
    assert "必须晚于" in duban.refused("extend", number, "2020-01-01", "--reason", "数据待核")
    assert "延期累计最多 30 天" in duban.refused("extend", number, too_late, "--reason", "数据待核")
    assert "的时限已延至" in duban.said("extend", number, later, "--reason", "数据待核")
    assert "该事项已免办" in duban.said("waive", number, "--reason", "本月无此项工作")


@pytest.mark.parametrize("act", ACTS)
def test_it_shows_an_example_of_every_act(duban: Duban, act: str) -> None:
    said = duban.said(act, "--help")
    assert f"例：duban {act} " in said


def test_it_shows_the_lights_and_the_lines(set_out_now: datetime, duban: Duban) -> None:
    assert "### 按层级" in duban.said("status")
    lights = duban("status", COVER, "--json").json()
    assert set(lights) == {"by_tier", "by_circular", "by_kind", "by_office"}
    lines = duban("status", "--office", "临江市", "--json").json()
    assert {each["code"] for each in lines} == {LINJIANG}
    assert str(lines[0]["id"]) in duban.said("status", "--office", "临江市")
    late = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    assert "已逾期" in duban.said("status", COVER, "--overdue", "--as-of", late)
    assert duban.said("status", COVER, "--office", "临江市", "--overdue") == "没有符合条件的事项。\n"


@pytest.mark.parametrize(
    "words",
    [["recall", "X", "--reason", "y"], ["forward", "X"], ["status", "X"], ["audit", "chain", "X"],
     ["receive", "X", "临江市"], ["report", "X", "临江市", "--text", "z"]],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_it_knows_no_such_number(set_out_now: datetime, duban: Duban, words: list[str]) -> None:
    sentence = duban.refused(*words)
    assert sentence.startswith("没有登记过文号为“X”的公文。")
    assert "\n" not in sentence


def test_it_knows_no_such_office_or_obligation(set_out_now: datetime, duban: Duban) -> None:
    assert "天涯市" in duban.refused("receive", COVER, "天涯市")
    assert duban.refused("accept", "99999").startswith("没有编号为 99999 的事项")


def test_it_goes_through_an_urgent_report(set_out_now: datetime, duban: Duban) -> None:
    assert "级别“大大”不正确" in duban.refused("urgent", "raise", "石桥县", "火灾", "--text", "x", "--severity", "大大")
    text = "22时10分起火，无人员伤亡。"
    raised = duban("urgent", "raise", "石桥县", "火灾", "--text", text, "--severity", "较大", "--json").json()
    assert (raised["case_id"], raised["severity"], raised["is_new"]) == (1, "relatively_serious", True)
    assert duban.refused("urgent", "respond", 7, "临江市").startswith("没有编号为 7 的紧急信息")
    assert duban("urgent", "respond", 1, "临江市", "--json").json()["message"]
    assert "续转江北省" in duban.said("urgent", "pass-on", 1, "临江市")
    assert "终报" in duban.said("urgent", "follow", 1, "--text", "明火已扑灭", "--final")
    assert "不能再续报" in duban.refused("urgent", "follow", 1, "--text", "补充")


def test_it_sweeps_and_refuses_to_sweep_backwards(set_out_now: datetime, duban: Duban) -> None:
    later = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    assert duban("sweep", "--as-of", later, "--json").json()["fired"] > 0
    assert "不能倒着巡检" in duban.refused("sweep", "--as-of", "2020-01-01")
    assert "时间“昨天”无法识别" in duban.refused("sweep", "--as-of", "昨天")
    assert duban.said("sweep").startswith("催办 0 件")  # a clock that went back just runs
    assert duban.said("sweep", "--urgent").startswith("催办 0 件")
