"""Papers that need a signature, as forms of the operator."""

from __future__ import annotations

import pytest

from flows.papers import compile_report, discard_paper, draft_paper, list_papers, sign_paper
from models.audit import AuditEntry
from tasks.handling import accept, submit_report
from tests.cast import AT_ANY_TIME, COVER, DONGAN, LINJIANG, MONTHLY, OPERATOR, beijing, set_out
from tests.flows.runs import run
from tests.looking import rows, the_one

NOW = beijing("2020-02-14 09:30")
LATE = beijing("2020-02-21 10:00")
BY = {"officer": "张三", "as_of": LATE}


@pytest.fixture(autouse=True)
def forwarded(prefect_api: str) -> None:
    set_out(NOW)


def test_it_drafts_lists_and_signs_under_the_claimed_officer() -> None:
    receipt = the_one("receipt", DONGAN, COVER).id
    drafted = run(draft_paper, kind="督办通知单", obligation_id=receipt, reason="多次催办未果", **BY)
    assert drafted.line == "已起草督办通知单（文稿编号 1），待签发，未发出。"
    assert "签收" in drafted.text("paper")
    listed = run(list_papers, as_of=LATE)
    assert listed.line == "待签发文稿 1 份"
    assert listed.rows("papers")[0]["状态"] == "待签发"
    signed = run(sign_paper, paper_id=1, signer="孙一", **BY)
    assert "督办〔2020〕1号" in signed.line
    assert rows(AuditEntry)[-1].actor == "claimed:张三"


def test_it_discards_with_a_reason_and_refuses_in_one_sentence() -> None:
    receipt = the_one("receipt", LINJIANG, COVER).id
    run(draft_paper, kind="LISTED_SUPERVISION", obligation_id=receipt, reason="多次催办未果", **BY)
    refused = run(discard_paper, paper_id=1, reason=" ", **BY)
    assert (refused.state, refused.line) == ("FAILED", "作废文稿必须说明理由。")
    assert "不占用文号" in run(discard_paper, paper_id=1, reason="误起草", **BY).line
    assert run(sign_paper, paper_id=1, signer="孙一", **BY).state == "FAILED"


def test_it_compiles_one_report_and_shows_the_draft_without_letting_it_speak_markdown() -> None:
    text = "进展顺利。![图](http://example.org/a.png) <b>好</b>"
    done = submit_report.fn(COVER, DONGAN, text, actor=OPERATOR, now=NOW, ordinal=MONTHLY)
    accept.fn(done.obligation_id, actor=OPERATOR, now=NOW)
    asked = {"document_number": COVER, "ordinal": MONTHLY}
    drafted = run(compile_report, **asked, period="2020-03", **BY)
    assert drafted.line == "已起草汇总稿（文稿编号 1）：计入报送 1 份，未计入 7 个单位；待签发，未发出。"
    shown = drafted.text("compiled-report")
    assert r"\!\[图\](http://example.org/a.png) \<b\>好\</b\>" in shown
    assert "石桥县扶贫开发领导小组办公室" in shown
    assert run(compile_report, **asked, **BY).line.startswith("已更新汇总稿（文稿编号 1）")
    refused = run(sign_paper, paper_id=1, signer="孙一", hand_in=True, **BY)
    assert (refused.state, "没有应当向上报送的事项" in refused.line) == ("FAILED", True)
    assert "汇总〔2020〕1号" in run(sign_paper, paper_id=1, signer="孙一", **BY).line


def test_it_compiles_what_came_in_since_a_day() -> None:
    asked = {"document_number": COVER, "ordinal": AT_ANY_TIME}
    assert "请指明起始日期" in run(compile_report, **asked, **BY).line
    drafted = run(compile_report, **asked, since="2020-02-20", office="临江市", **BY)
    assert "计入报送 0 份；待签发" in drafted.line
    assert "目前没有可计入的报送。" in drafted.text("compiled-report")
