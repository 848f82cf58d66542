"""Recording, closing, looking back, taking up again: as forms of the operator."""

from __future__ import annotations

import pytest

from flows.progress import record_look_back, record_progress, reopen_instruction, show_look_backs
from models.audit import AuditEntry
from tests.cast import COVER, beijing, set_out
from tests.flows.runs import run
from tests.looking import rows

NOW, LATER = beijing("2020-02-14 09:30"), beijing("2020-06-02 10:00")
OFFICER = "值班员甲"
THIRD = {"document_number": COVER, "office": "东岸区", "instruction": "三", "officer": OFFICER}


@pytest.fixture(autouse=True)
def forwarded(prefect_api: str) -> None:
    set_out(NOW)


def test_it_closes_lists_looks_back_and_reopens() -> None:
    ran = run(record_progress, **THIRD, state="已销号", note="已落实", look_back_on="2020-06-01", as_of=NOW)
    assert "定于2020年6月1日（星期一）回头看" in ran.line
    assert "已销号" in ran.text("progress")
    listed = run(show_look_backs, as_of=LATER)
    assert listed.line == "待回头看的任务 1 项"
    (row,) = listed.rows("look-backs")
    assert (row["回头看"], row["文号"]) == ("2020年6月1日（星期一）", COVER)
    bare = run(record_look_back, **THIRD, finding=" ", as_of=LATER)
    assert (bare.state, bare.line) == ("FAILED", "回头看必须写明查看的结果。")
    assert "已回头看：有反弹" in run(record_look_back, **THIRD, finding="有反弹", as_of=LATER).line
    assert run(show_look_backs, as_of=LATER).line == "没有待回头看的任务"
    refused = run(reopen_instruction, **THIRD, reason="有反弹", due_on="2020-06-30", as_of=LATER)
    assert refused.state == "FAILED"
    assert "没有给任务“三”定落实期限" in refused.line
    assert "已重新办理" in run(reopen_instruction, **THIRD, reason="有反弹", as_of=LATER).line
    assert rows(AuditEntry)[-1].actor == f"claimed:{OFFICER}"
