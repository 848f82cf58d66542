"""Stopping clocks, asking and deciding, taking circulars out of force: as forms of the operator."""

from __future__ import annotations

from datetime import date

import pytest

from domain.statuses import Hold, Status
from flows.circulars import supersede_circular, withdraw_circular
from flows.holds import acknowledge_reminder, resume_clock, suspend_clock
from flows.petitions import (
    ask_for_extension,
    contest_obligation,
    decide_on_contest,
    decide_on_extension,
    decide_on_paper,
    return_paper,
    show_petitions,
)
from models.audit import AuditEntry
from models.petition import Petition
from tests.cast import COVER, DONGAN, LINJIANG, UPSTREAM, WANGCHUAN, beijing, set_out
from tests.flows.runs import run
from tests.looking import again, owed, rows, the_one

NOW = beijing("2020-02-14 09:30")
LATER = beijing("2020-02-17 10:00")
OFFICER = "值班员甲"


@pytest.fixture(autouse=True)
def forwarded(prefect_api: str) -> None:
    set_out(NOW)


def monthly(office: str = LINJIANG) -> int:
    (found,) = [each for each in owed("report", office, COVER) if each.period]
    return found.id or 0


def test_it_stops_a_clock_and_lets_it_run_again() -> None:
    bare = run(suspend_clock, obligation_id=monthly(), reason=" ", officer=OFFICER, as_of=LATER)
    assert (bare.state, bare.line) == ("FAILED", "暂停计时必须说明理由。")
    ran = run(
        suspend_clock, obligation_id=monthly(), reason="封控", officer=OFFICER, until=date(2020, 2, 28), as_of=LATER
    )
    assert "至2020年2月28日（星期五）24时" in ran.line
    assert rows(AuditEntry)[-1].actor == f"claimed:{OFFICER}"
    again_ran = run(resume_clock, obligation_id=monthly(), officer=OFFICER, reason="解除", as_of=LATER)
    assert "已恢复计时，时限为2020年3月5日（星期四）24时前" in again_ran.line


def test_it_acknowledges() -> None:
    ran = run(acknowledge_reminder, obligation_id=monthly(), officer=OFFICER, as_of=LATER)
    assert "2020年2月19日（星期三）24时前不重复催办" in ran.line


def test_it_asks_for_more_time_lists_and_decides() -> None:
    blank = run(
        ask_for_extension, obligation_id=monthly(), due_on="", progress="八成", reason="路远", officer=OFFICER,
        as_of=LATER,
    )  # fmt: skip
    assert (blank.state, blank.line) == ("FAILED", "请填写希望延至的日期。")
    ran = run(
        ask_for_extension, obligation_id=monthly(), due_on="2020-03-12", progress="八成", reason="路远",
        officer=OFFICER, as_of=LATER,
    )  # fmt: skip
    assert "的延期申请（编号 1）已交江北省" in ran.line
    shown = run(show_petitions)
    assert shown.line == "等待决定的申请 1 件"
    (row,) = shown.rows("petitions")
    assert (row["理由"], row["进展"], row["希望延至"]) == ("路远", "八成", "2020年3月12日（星期四）24时前")
    refused = run(decide_on_extension, petition_id=1, decision="不予批准", officer=OFFICER, as_of=LATER)
    assert (refused.state, refused.line) == ("FAILED", "不予延期必须说明理由。")
    granted = run(
        decide_on_extension, petition_id=1, decision="批准", officer=OFFICER, due_on="2020-03-10", as_of=LATER
    )
    assert "时限已延至2020年3月10日（星期二）24时前" in granted.line
    assert run(show_petitions).line == "没有等待决定的申请"


def test_it_contests_and_rules() -> None:
    run(contest_obligation, obligation_id=monthly(DONGAN), reason="不属我区", officer=OFFICER, as_of=LATER)
    (petition,) = rows(Petition)
    ran = run(decide_on_contest, petition_id=petition.id, decision="成立", reason="确非", officer=OFFICER, as_of=LATER)
    assert "异议成立，该事项免办" in ran.line


def test_it_sends_a_paper_back_and_rules() -> None:
    run(
        return_paper, document_number=COVER, office="望川市", flaw="文件有误", reason="附件不对", officer=OFFICER,
        as_of=LATER,
    )  # fmt: skip
    assert again(the_one("receipt", WANGCHUAN, COVER)).hold == Hold.PAPER
    ran = run(decide_on_paper, petition_id=1, decision="不成立", reason="附件无误", officer=OFFICER, as_of=LATER)
    assert "退文不成立，照常办理" in ran.line
    assert again(the_one("receipt", WANGCHUAN, COVER)).hold == ""


def test_it_takes_circulars_out_of_force() -> None:
    ran = run(
        supersede_circular, document_number=COVER, new_number=UPSTREAM, reason="以上级为准", officer=OFFICER,
        as_of=LATER,
    )  # fmt: skip
    assert ran.line.startswith(f"“{COVER}”已替代：终止未办结事项")
    assert {each.status for each in owed("report", number=COVER)} == {Status.SUPERSEDED}
    ran = run(withdraw_circular, document_number=UPSTREAM, reason="调整", officer=OFFICER, as_of=LATER)
    assert ran.line.startswith(f"“{UPSTREAM}”已撤回：")
    again_ran = run(withdraw_circular, document_number=UPSTREAM, reason="调整", officer=OFFICER, as_of=LATER)
    assert (again_ran.state, "已撤回，不能再次撤回或替代" in again_ran.line) == ("FAILED", True)
