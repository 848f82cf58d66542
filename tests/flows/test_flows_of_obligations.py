"""Receipt, report, review, waiving and extending, as forms of the operator."""

from __future__ import annotations

from datetime import date

import pytest

from domain.statuses import ObligationKind, Status
from flows.review import extend_deadline, record_receipt, record_report, review_report, waive_obligation
from models.audit import AuditEntry
from tests.cast import COVER, LINJIANG, MONTHLY, WANGCHUAN, beijing, set_out
from tests.flows.runs import Ran, run
from tests.looking import again, owed, rows, the_one

NOW = beijing("2020-02-14 09:30")
LATER = beijing("2020-03-02 10:00")
OFFICER = "值班员甲"


@pytest.fixture(autouse=True)
def forwarded(prefect_api: str) -> None:
    set_out(NOW)


def reported(office: str = "临江市", text: str = "进展顺利。") -> Ran:
    return run(
        record_report, document_number=COVER, office=office, text=text, officer=OFFICER, ordinal=MONTHLY,
        period=" 2020-03 ", as_of=LATER,
    )  # fmt: skip


def monthly(office: str = LINJIANG) -> int:
    (found,) = [each for each in owed("report", office, COVER) if each.period]
    return found.id or 0


def test_it_records_a_receipt_under_the_claimed_officer() -> None:
    ran = run(record_receipt, document_number=COVER, office="临江市", officer=" 张三 ", as_of=LATER)
    receipt = the_one(ObligationKind.RECEIPT, LINJIANG, COVER)
    assert ran.line == f"临江市扶贫开发领导小组办公室已签收“{COVER}”，回执号 签收-{receipt.id}。"
    assert ran.name == f"签收-{COVER}-临江市"
    assert f"| {receipt.id} | 临江市扶贫开发领导小组办公室 | {Status.ACCEPTED.label} |" in ran.text("obligation")
    assert rows(AuditEntry)[-1].actor == "claimed:张三"


def test_it_refuses_a_second_receipt_in_one_sentence() -> None:
    run(record_receipt, document_number=COVER, office="临江市", officer=OFFICER, as_of=LATER)
    ran = run(record_receipt, document_number=COVER, office="临江市", officer=OFFICER, as_of=LATER)
    assert ran.state == "FAILED"
    assert "\n" not in ran.line
    assert ran.artifacts == {}


def test_it_takes_a_report_and_a_reviewer_accepts_it() -> None:
    handed_in = reported()
    assert handed_in.line == "临江市扶贫开发领导小组办公室的报送已收到，等待审核。"
    assert "等待审核" in handed_in.text("obligation") or "待审核" in handed_in.text("obligation")
    ran = run(review_report, obligation_id=monthly(), decision="通过", officer=OFFICER, as_of=LATER)
    assert ran.line == "已通过临江市扶贫开发领导小组办公室的报送。"
    assert ran.artifacts["obligation"]["description"] == "**审核：通过**"
    twice = run(review_report, obligation_id=monthly(), decision="accept", officer=OFFICER, as_of=LATER)
    assert twice.state == "FAILED"


def test_it_returns_a_report_with_a_reason_and_a_new_day() -> None:
    reported()
    bare = run(review_report, obligation_id=monthly(), decision="退回", officer=OFFICER, as_of=LATER)
    assert (bare.state, bare.line) == ("FAILED", "退回必须说明理由。")
    ran = run(
        review_report, obligation_id=monthly(), decision="return", officer=OFFICER, reason="缺少数据表",
        new_due_on=" 2020-03-09 ", as_of=LATER,
    )  # fmt: skip
    assert ran.line == "已退回临江市扶贫开发领导小组办公室的报送，新的时限是2020年3月9日（星期一）24时前。"
    assert "2020年3月9日（星期一）24时前" in ran.text("obligation")


def test_it_waives_with_a_reason() -> None:
    number = monthly(WANGCHUAN)
    refused = run(waive_obligation, obligation_id=number, reason="", officer=OFFICER, as_of=LATER)
    assert (refused.state, refused.line) == ("FAILED", "免办必须说明理由。")
    ran = run(waive_obligation, obligation_id=number, reason="本月无此项工作", officer=OFFICER, as_of=LATER)
    assert ran.line == "望川市扶贫开发领导小组办公室的该事项已免办。"
    assert "免办" in ran.text("obligation")


def test_it_extends_before_the_day_and_keeps_the_old_one() -> None:
    number = monthly()
    before = the_one("report", LINJIANG, COVER, period="2020-03-05")
    ran = run(
        extend_deadline, obligation_id=number, due_on=date(2020, 3, 10), reason="数据待核", officer=OFFICER, as_of=LATER
    )
    assert ran.line == "临江市扶贫开发领导小组办公室的时限已延至2020年3月10日（星期二）24时前。"
    assert again(before).base_due_at == before.base_due_at
    for wrong, sentence in (("下周", "日期“下周”无法识别，应写作 2020-04-05。"), ("", "请填写新的到期日。")):
        ran = run(extend_deadline, obligation_id=number, due_on=wrong, reason="待核", officer=OFFICER, as_of=LATER)
        assert (ran.state, ran.line) == ("FAILED", sentence)
    late = run(
        extend_deadline, obligation_id=monthly(WANGCHUAN), due_on=date(2020, 3, 10), reason="数据待核",
        officer=OFFICER, as_of=beijing("2020-03-06 09:00"),
    )  # fmt: skip
    assert (late.state, "已于2020年3月5日" in late.line) == ("FAILED", True)


def test_it_knows_no_obligation_of_that_number() -> None:
    ran = run(waive_obligation, obligation_id=99999, reason="无", officer=OFFICER, as_of=LATER)
    assert ran.state == "FAILED"
    assert ran.line.startswith("没有编号为 99999 的事项")
