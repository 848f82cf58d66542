"""Sweeps, deliveries, urgent reports, the board, the chain, the audit and the register: each leaves what is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from config.settings import settings
from flows.deadlines import sweep_deadlines, sweep_urgent
from flows.mail import deliver_notices
from flows.oversight import mail_audit_head, show_board, show_chain, verify_trail, write_register
from flows.urgent import follow_up_urgent_report, raise_urgent_report, respond_to_urgent_report, show_urgent_report
from models.session import engine
from tasks.delivering import set_mail_mode
from tasks.serving import free_port
from tests.cast import COVER, OPERATOR, UPSTREAM, beijing, forward_cover, notice_text, register_text, set_out
from tests.flows.runs import Ran, run

NOW = beijing("2020-02-14 09:30")
OVERDUE = beijing("2020-03-06 09:00")
NIGHT = beijing("2020-03-14 22:58")
OFFICER = "值班员甲"


@pytest.fixture(autouse=True)
def forwarded(prefect_api: str) -> None:
    set_out(NOW)


def test_it_shows_what_is_overdue_after_a_sweep() -> None:
    ran = run(sweep_deadlines, as_of=OVERDUE)
    assert ran.name == "巡检-03月06日 09:00"
    assert ran.line.startswith("催办 ")
    overdue = ran.rows("sweep-overdue")
    assert {"编号", "单位", "上级", "文号", "事项", "期次", "时限", "灯色"} == set(overdue[0])
    assert any(row["文号"] == COVER and row["灯色"].startswith("逾期：") for row in overdue)
    assert ran.artifacts["sweep-overdue"]["description"] == f"**逾期事项**：{len(overdue)} 项"


def test_it_leaves_no_artifact_where_nothing_was_due() -> None:
    run(sweep_deadlines, as_of=OVERDUE)
    ran = run(sweep_deadlines, as_of=OVERDUE)
    assert (ran.line, ran.artifacts) == ("催办 0 件，其中升级 0 件；合并未发 0 件", {})


def test_it_refuses_to_sweep_backwards_when_told_an_instant() -> None:
    run(sweep_deadlines, as_of=OVERDUE)
    ran = run(sweep_deadlines, as_of=NOW)
    assert (ran.state, ran.line) == (
        "FAILED",
        "基准时刻2020年2月14日（星期五）9时30分早于上次巡检（2020年3月6日（星期五）9时），不能倒着巡检。",
    )


def test_it_keeps_mails_in_a_folder_until_it_goes_live() -> None:
    ran = run(deliver_notices, as_of=beijing("2020-02-14 09:41"))
    kept = list(settings().capture_folder.rglob("*.eml"))
    assert ran.line == f"收存（演练模式） {len(kept)} 封"
    assert len(kept) > 0
    assert ran.text("delivered-notices") == ran.line
    assert run(deliver_notices, as_of=beijing("2020-02-14 09:42")).artifacts == {}


def test_it_fails_a_delivery_whose_server_is_down_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    set_mail_mode.fn("live", actor=OPERATOR, now=NOW)
    monkeypatch.setenv("DUBAN_SMTP_PORT", str(free_port()))
    settings.cache_clear()
    ran = run(deliver_notices, as_of=beijing("2020-02-14 09:41"))
    assert ran.state == "FAILED"
    assert ran.line.startswith("送达 0 封；邮件服务器不可达（")
    assert ran.line.endswith("），其余留待下次投递")
    assert "delivered-notices" in ran.artifacts
    set_mail_mode.fn("capture", actor=OPERATOR, now=NOW)
    assert run(deliver_notices, as_of=beijing("2020-02-14 10:41")).line != "收存（演练模式） 0 封"


def _raised(severity: str = "较大") -> Ran:
    return run(
        raise_urgent_report, office="石桥县", title="扶贫车间火灾", text="22时40分起火。", severity=severity,
        occurred_at=beijing("2020-03-14 22:40"), learned_at=beijing("2020-03-14 22:45"), officer="陈一", as_of=NIGHT,
    )  # fmt: skip


def test_it_raises_an_urgent_report_and_says_its_number() -> None:
    ran = _raised()
    assert ran.name == "紧急-石桥县-扶贫车间火灾"
    assert ran.line.startswith("编号 1：紧急信息（较大）已报临江市扶贫开发领导小组办公室，请于2020年3月14日")
    shown = ran.text("urgent-report")
    assert "- 事件级别：较大" in shown
    assert "- 报告单位：石桥县扶贫开发领导小组办公室" in shown


@pytest.mark.parametrize("severity", ["特别重大", "serious"])
def test_it_knows_the_grades_in_chinese_and_by_name(severity: str) -> None:
    assert _raised(severity).state == "COMPLETED"


def test_it_lists_whom_to_telephone_where_an_extra_urgent_matter_is_not_signed_for() -> None:
    number = "江扶组办发〔2020〕9号"
    register_text(notice_text(number, "请于2月20日前将情况报省扶贫办。", urgency="特急"), NOW)
    forward_cover(NOW, number)
    # A superior hears of an office only after the office's own mail has gone out.
    run(deliver_notices, as_of=beijing("2020-02-14 09:41"))
    ran = run(sweep_urgent, as_of=beijing("2020-02-14 10:45"))
    calls = ran.rows("call-list")
    assert {"事项编号", "单位", "联系人", "电话", "事由", "起", "未接通", "最近一次"} == set(calls[0])
    assert any(call["电话"] for call in calls)
    assert ran.artifacts["call-list"]["description"] == "**须立即电话联系**"


def test_it_follows_an_urgent_report_to_its_end() -> None:
    _raised()
    answered = run(
        respond_to_urgent_report, case_id=1, office="临江市", officer="郑一", pass_on=True,
        as_of=beijing("2020-03-14 23:05"),
    )  # fmt: skip
    assert "已将紧急信息 1 续转江北省扶贫开发领导小组办公室" in answered.line
    assert answered.text("urgent-report").startswith(answered.line)
    assert "| 回应 | 临江市扶贫开发领导小组办公室 |" in answered.text("urgent-report")
    final = run(
        follow_up_urgent_report, case_id=1, text="明火已扑灭。", officer="陈一", final=True,
        as_of=beijing("2020-03-15 08:00"),
    )  # fmt: skip
    assert final.line.startswith("已收到第 2 次报告（终报），已告知 2 个单位。")
    shown = run(show_urgent_report, case_id=1, as_of=beijing("2020-03-15 09:00"))
    assert "石桥县扶贫开发领导小组办公室　扶贫车间火灾：共 2 次报告，已终报" in shown.line
    again = run(follow_up_urgent_report, case_id=1, text="补充。", officer="陈一", as_of=beijing("2020-03-15 09:00"))
    assert (again.state, "不能再续报" in again.line) == ("FAILED", True)
    unknown = run(respond_to_urgent_report, case_id=7, office="临江市", officer="郑一", as_of=NIGHT)
    assert unknown.state == "FAILED"
    assert unknown.line.startswith("没有编号为 7 的紧急信息")


def test_it_shows_the_lights_and_what_is_overdue() -> None:
    ran = run(show_board, as_of=OVERDUE)
    assert "逾期" in ran.line
    assert "截至2020年3月6日（星期五）9时" in ran.text("board")
    assert "| 市（地）级 |" in ran.text("board")
    assert len(ran.rows("overdue")) > 0
    only = run(show_board, document_number=f" {COVER} ", as_of=OVERDUE)
    assert UPSTREAM not in only.text("board")
    unknown = run(show_board, document_number="没有的号", as_of=OVERDUE)
    assert (unknown.state, unknown.artifacts) == ("FAILED", {})


def test_it_shows_the_chain() -> None:
    ran = run(show_chain, document_number=COVER)
    assert ran.line == "转发链共 2 份公文，2 次转发"
    assert ran.name == f"转发链-{COVER}"
    shown = ran.text("chain")
    assert "国务院扶贫开发领导小组 → 省级 1 个；已签收 1" in shown
    assert "未签收：" in shown


def test_it_verifies_the_trail_and_names_the_first_bad_row() -> None:
    whole = run(verify_trail)
    assert (whole.state, whole.line.startswith("留痕完整：共 ")) == ("COMPLETED", True)
    with engine().begin() as connection:
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(text("UPDATE audit_entry SET payload = payload || ' ' WHERE seq = 2"))
    broken = run(verify_trail)
    assert broken.state == "FAILED"
    assert "第 2 条" in broken.line
    assert broken.text("audit-verification") == broken.line


def test_it_mails_the_head_once_a_day() -> None:
    first = run(mail_audit_head, as_of=beijing("2020-03-06 17:00"))
    assert first.line.endswith("已列入待发。")
    assert '"seq"' in first.text("audit-head")
    second = run(mail_audit_head, as_of=beijing("2020-03-06 17:30"))
    assert "今日已列入待发" in second.line


def test_it_writes_the_register(tmp_path: Path) -> None:
    target = tmp_path / "台账.xlsx"
    ran = run(write_register, path=f" {target} ", as_of=OVERDUE)
    assert ran.line.startswith(f"台账已写入 {target}，共 ")
    assert ran.text("register") == ran.line
    assert load_workbook(target).sheetnames
    wrong = run(write_register, path=str(tmp_path / "台账.txt"), as_of=OVERDUE)
    assert (wrong.state, "应以 .xlsx 结尾" in wrong.line) == ("FAILED", True)
