"""What waits for an operator: listed, shown in full, taken for an office with its traces, or settled with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.errors import Refused
from domain.flaws import Flaw
from domain.inbound import InboundKind
from domain.statuses import ObligationKind, Status
from domain.trail import Actor, ActorKind
from domain.urgent import Severity
from models.audit import AuditEntry
from models.inbound import InboundState
from models.obligation import Adjustment, Report, UrgentCase
from models.petition import Petition
from tasks.auditing import verify_audit
from tasks.inbox import Filing, Settled, list_inbox, settle_mail, show_mail, take_for_office
from tests.cast import (
    AT_ANY_TIME,
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    SHIQIAO,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_text,
    set_out,
)
from tests.letters import inbox, mail, take
from tests.looking import entries, firings, owed, rows, the_one

NUMBER = "江扶组办发〔2020〕9号"
START = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 11:00")
LATER = beijing("2020-02-14 14:00")
OFFICER = f"officer.{DONGAN}@example.org"
WRITTEN = "我区进展：已走访全部贫困户，缺种子的三十二户已全部落实。"
CLERK = Actor(ActorKind.USER, "clerk")
pytestmark = pytest.mark.usefixtures("sqlite")


@pytest.fixture
def waiting() -> int:
    """The number of a report with a file that came without a token."""
    import_cast(START)
    register_text(notice_text(NUMBER, "请各地各部门于2020年3月5日前向省扶贫办报送一次进展。"), START)
    forward_cover(START, NUMBER)
    return take(mail(WRITTEN, sender=OFFICER, subject="我区的报告", files={"进展.xlsx": b"a sheet"}), NOW).inbound_id


def filed(number: int, kind: InboundKind, **more: Any) -> Settled:
    chosen = {"office": DONGAN, "document": NUMBER} | more
    return take_for_office.fn(number, Filing(kind=kind, **chosen), actor=CLERK, now=LATER)


def test_it_lists_what_waits_urgent_reports_first(waiting: int) -> None:
    urgent = take(mail("14日10时洪水进村。", sender=OFFICER, subject="【紧急信息】洪水"), NOW)
    take(mail("收到", sender=OFFICER, Auto_Submitted="auto-replied"), NOW)
    found = list_inbox.fn()
    assert [each.id for each in found] == [urgent.inbound_id, waiting]
    assert (found[1].office, found[1].files) == ("东岸区扶贫开发领导小组办公室", 1)
    assert "没有本系统的回复标识" in found[1].reason
    assert len(list_inbox.fn(everything=True)) == 3


def test_it_shows_a_mail_with_who_can_be_telephoned_and_its_files(waiting: int) -> None:
    shown = show_mail.fn(waiting)
    assert (shown.address, shown.text) == (OFFICER, WRITTEN)
    assert shown.people == ("东岸区扶贫开发领导小组办公室 王一 经办人 0400-0000008",)
    assert [(each.filename, each.size, each.refused) for each in shown.files] == [("进展.xlsx", 7, "")]


def test_it_settles_a_mail_with_a_reason_once(waiting: int) -> None:
    settle_mail.fn(waiting, "已电话答复 13812345678", actor=CLERK, now=LATER)
    assert list_inbox.fn() == []
    [message] = inbox()
    assert (message.state, message.settled_by, message.settled_at) == (InboundState.SETTLED, "clerk", LATER)
    [(subject, payload)] = entries("inbound.settled")
    assert subject == f"inbound:{waiting}"
    assert "13812345678" not in payload["reason"]
    with pytest.raises(Refused, match="已处理（clerk）"):
        settle_mail.fn(waiting, "再来一次", actor=CLERK, now=LATER)


def test_it_needs_a_reason_to_settle(waiting: int) -> None:
    with pytest.raises(Refused, match="必须说明理由"):
        settle_mail.fn(waiting, " ", actor=CLERK, now=LATER)


def test_it_refuses_a_mail_that_is_not_there() -> None:
    for act in (
        lambda: show_mail.fn(9), lambda: settle_mail.fn(9, "x", actor=CLERK, now=NOW),
        lambda: filed(9, InboundKind.RECEIPT),
    ):  # fmt: skip
        with pytest.raises(Refused, match="没有编号为 9 的来信"):
            act()


def test_it_hands_in_a_report_with_the_text_and_files_of_the_mail(waiting: int) -> None:
    done = filed(waiting, InboundKind.REPORT)
    [report] = rows(Report)
    assert (report.text, report.officer) == (WRITTEN, "clerk")
    assert report.attachments == [show_mail.fn(waiting).files[0].sha256]
    assert done.obligation_id == the_one(ObligationKind.REPORT, DONGAN).id
    assert list_inbox.fn() == []


def test_it_records_the_operator_as_who_did_it_and_the_mail_as_why(waiting: int) -> None:
    filed(waiting, InboundKind.RECEIPT)
    done = [each for each in rows(AuditEntry) if each.act in ("receipt.received", "inbound.taken")][-2:]
    assert {each.actor for each in done} == {"user:clerk"}
    [(subject, payload)] = entries("inbound.taken")
    assert (subject, payload["by_operator"], payload["office"]) == (f"inbound:{waiting}", True, DONGAN)
    assert verify_audit.fn().whole


def test_it_asks_for_more_time_for_an_office(waiting: int) -> None:
    filed(
        waiting, InboundKind.EXTENSION_REQUEST, wanted=beijing("2020-03-13 00:00"),
        progress="八成", reason="路断",
    )  # fmt: skip
    [petition] = rows(Petition)
    assert (petition.asked_by, petition.progress) == ("clerk", "八成")


def test_it_contests_sends_back_and_acknowledges_for_an_office(waiting: int) -> None:
    second, third = (take(mail("请看附件", sender=OFFICER), NOW).inbound_id for _ in range(2))
    filed(waiting, InboundKind.ACKNOWLEDGEMENT)
    filed(second, InboundKind.CONTEST, reason="无此业务")
    filed(third, InboundKind.RETURNED_PAPER, flaw=Flaw.UNREADABLE, reason="扫描不清")
    assert len([each for each in rows(Adjustment) if each.kind == "acknowledgement"]) == 1
    assert the_one(ObligationKind.REPORT, DONGAN).hold == "contest"
    assert the_one(ObligationKind.RECEIPT, DONGAN).hold == "paper"


def test_it_raises_an_urgent_report_for_an_office(waiting: int) -> None:
    filed(waiting, InboundKind.URGENT_REPORT, title="洪水", severity=Severity.SERIOUS, occurred_at=NOW)
    [case] = rows(UrgentCase)
    assert case.title == "洪水"
    assert the_one(ObligationKind.RESPOND, LINJIANG).status is Status.PENDING


def test_it_takes_a_report_on_occurrence_by_its_number() -> None:
    set_out(START)
    number = take(mail(WRITTEN, sender=OFFICER), NOW).inbound_id
    filed(number, InboundKind.REPORT, document=COVER, ordinal=AT_ANY_TIME)
    [report] = rows(Report)
    assert report.obligation_id is None


def test_it_takes_the_requirement_that_is_named() -> None:
    set_out(START)
    number = take(mail(WRITTEN, sender=OFFICER), NOW).inbound_id
    filed(number, InboundKind.REPORT, document=COVER, ordinal=MONTHLY)
    states = {each.period: each.status for each in owed(ObligationKind.REPORT, DONGAN, COVER)}
    assert states == {"": Status.PENDING, "2020-03-05": Status.SUBMITTED}


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        (InboundKind.CONTEST, {}, "没有写明理由"),
        (InboundKind.EXTENSION_REQUEST, {"reason": "x"}, "没有写明希望延至的日期、目前进展"),
        (InboundKind.RETURNED_PAPER, {"reason": "x"}, "没有写明退文原因"),
        (InboundKind.URGENT_REPORT, {}, "没有写明事件级别、发生时间"),
        (InboundKind.BOUNCE, {}, "不是可以办理的事"),
        (InboundKind.REPORT, {"document": ""}, "请写明文号"),
        (InboundKind.RECEIPT, {"office": "无名县"}, "名册中没有"),
        (InboundKind.RECEIPT, {"document": "无名〔2020〕1号"}, "没有登记过文号"),
    ],
)
def test_it_refuses_what_the_act_would_refuse_and_leaves_the_mail_waiting(
    waiting: int, kind: InboundKind, more: dict[str, Any], why: str
) -> None:
    before = len(rows(AuditEntry))
    with pytest.raises(Refused, match=why):
        filed(waiting, kind, **more)
    assert [each.id for each in list_inbox.fn()] == [waiting]
    assert len(rows(AuditEntry)) == before


def test_it_refuses_the_obligation_of_another_office(waiting: int) -> None:
    foreign = the_one(ObligationKind.REPORT, SHIQIAO).id
    with pytest.raises(Refused, match="不是东岸区"):
        filed(waiting, InboundKind.REPORT, obligation_id=foreign)


def test_it_takes_a_mail_once(waiting: int) -> None:
    filed(waiting, InboundKind.RECEIPT)
    with pytest.raises(Refused, match="已处理"):
        filed(waiting, InboundKind.RECEIPT)
    assert len(firings(rung="act:receipt_confirmed")) == 1


def test_it_tells_its_sender_nothing_a_second_time(waiting: int) -> None:
    assert len(firings(rung="act:inbound_answer")) == 1
    settle_mail.fn(waiting, "已电话答复", actor=CLERK, now=LATER + timedelta(minutes=1))
    assert len(firings(rung="act:inbound_answer")) == 1
