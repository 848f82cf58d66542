"""What comes in by mail becomes an act, once, of the officer who wrote it, or it waits for an operator."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col

from domain.statuses import ObligationKind, Status
from models.circular import Document
from models.inbound import InboundState
from models.notice import FiringRecipient
from models.obligation import Adjustment, AdjustmentKind, Report, UrgentCase, UrgentReport
from models.petition import Petition, PetitionKind
from tasks.auditing import verify_audit
from tasks.extending import decide_extension
from tasks.handling import return_report
from tasks.rostering import import_roster
from tasks.substituting import substitute
from tasks.sweeping import sweep
from tests.cast import (
    DONGAN,
    LINJIANG,
    OPERATOR,
    ROSTER_CSV,
    SHIQIAO,
    beijing,
)
from tests.letters import inbox, mail, reply_to, sent, take
from tests.looking import again, entries, firings, rows, the_one
from tests.tasks.answering import (
    ASKED,
    HEAD,
    LEFT,
    NOW,
    NUMBER,
    OFFICER,
    WRITTEN,
    actor_of,
    answers,
    nothing_was_taken,
    set_up,
)

pytestmark = pytest.mark.usefixtures("sqlite")


# each act


def test_it_takes_a_receipt_as_the_act_of_the_officer_who_wrote() -> None:
    circular = set_up()
    taken = take(mail("收到", sender=OFFICER, answers=circular), NOW)
    assert (taken.kind, taken.state, taken.office) == ("receipt", "taken", "东岸区扶贫开发领导小组办公室")
    receipt = the_one(ObligationKind.RECEIPT, DONGAN)
    assert (receipt.status, receipt.ended_at) == (Status.ACCEPTED, NOW)
    assert actor_of("receipt.received") == ["officer:王一"]
    [(subject, payload)] = entries("inbound.taken")
    assert subject == f"inbound:{taken.inbound_id}"
    assert (payload["obligation"], payload["office"], payload["delivery"]) == (receipt.id, DONGAN, circular.id)
    assert verify_audit.fn().whole


def test_it_finds_the_token_in_the_address_it_was_answered_at() -> None:
    circular = set_up()
    taken = take(mail("收到", sender=OFFICER, to=reply_to(circular), subject="收到"), NOW)
    assert taken.state == InboundState.TAKEN


def test_it_confirms_a_receipt_once_by_the_receipt_itself() -> None:
    take(mail("收到", sender=OFFICER, answers=set_up()), NOW)
    [confirmed] = firings(rung="act:receipt_confirmed")
    assert confirmed.detail["by"] == "王一"
    assert answers() == []


def test_it_hands_in_a_report_with_its_files_by_digest() -> None:
    circular = set_up()
    taken = take(mail(WRITTEN, sender=OFFICER, answers=circular, files={"进展.xlsx": b"a sheet"}), NOW)
    assert taken.state == InboundState.TAKEN, taken.message
    [report] = rows(Report)
    assert (report.text, report.officer, report.submitted_at) == (WRITTEN, "王一", NOW)
    [kept] = rows(Document, col(Document.sha256).in_(report.attachments))
    assert (kept.content, kept.filename) == (b"a sheet", "进展.xlsx")
    assert the_one(ObligationKind.REPORT, DONGAN).status is Status.SUBMITTED
    [(_, payload)] = entries("report.submitted")
    assert payload["attachments"] == report.attachments


def test_it_keeps_the_mail_itself_as_it_came() -> None:
    raw = mail(WRITTEN, sender=OFFICER, answers=set_up())
    take(raw, NOW)
    [message] = inbox()
    [kept] = rows(Document, Document.sha256 == message.sha256)
    assert kept.content == raw


def test_it_acknowledges_what_a_reminder_told_of() -> None:
    set_up()
    due = the_one(ObligationKind.REPORT, DONGAN).due_at
    assert due is not None
    late = beijing("2020-03-06 09:00")
    take(mail("收到", sender=OFFICER, answers=sent(LEFT, OFFICER)), NOW)
    sweep.fn(now=late)
    reminder = sent(late + timedelta(minutes=1), OFFICER)
    taken = take(mail("知悉", sender=OFFICER, answers=reminder), late + timedelta(hours=1))
    assert (taken.kind, taken.state) == ("acknowledgement", "taken"), taken.message
    assert [each.kind for each in rows(Adjustment)] == [AdjustmentKind.ACKNOWLEDGEMENT]
    assert "不重复催办" in answers()[0].detail["reason"]


def test_it_asks_for_an_extension_with_the_day_the_progress_and_the_reason() -> None:
    taken = take(mail(ASKED, sender=OFFICER, answers=set_up()), NOW)
    assert (taken.kind, taken.state) == ("extension_request", "taken"), taken.message
    [petition] = rows(Petition)
    assert petition.kind is PetitionKind.EXTENSION
    assert petition.wanted_due_at == beijing("2020-03-13 00:00")
    assert petition.progress == "已完成八成"
    assert "道路中断" in petition.reason
    assert f"编号 {petition.id}" in answers()[0].detail["reason"]


def test_it_takes_another_request_after_the_first_was_refused_but_not_the_same_again() -> None:
    circular = set_up()
    take(mail(ASKED, sender=OFFICER, answers=circular), NOW)
    [first] = rows(Petition)
    decide_extension.fn(first.id, grant=False, reason="请抓紧", actor=OPERATOR, now=NOW)
    replayed = take(mail(ASKED, sender=OFFICER, answers=circular), NOW)
    assert replayed.state == InboundState.NOTED, replayed.message
    shorter = take(mail(ASKED.replace("12", "10"), sender=OFFICER, answers=circular), NOW)
    assert shorter.state == InboundState.TAKEN, shorter.message
    assert [each.wanted_due_at for each in rows(Petition)][1:] == [beijing("2020-03-11 00:00")]


def test_it_contests_what_is_owed() -> None:
    taken = take(mail("对该项任务提出异议。理由：我区没有农业户籍人口。", sender=OFFICER, answers=set_up()), NOW)
    assert (taken.kind, taken.state) == ("contest", "taken"), taken.message
    assert the_one(ObligationKind.REPORT, DONGAN).hold == "contest"


def test_it_sends_a_paper_back() -> None:
    taken = take(mail("退回来文。理由：附件是另一份文件。", sender=OFFICER, answers=set_up()), NOW)
    assert (taken.kind, taken.state) == ("returned_paper", "taken"), taken.message
    [petition] = rows(Petition)
    assert petition.reason.startswith("文件有误：")
    assert the_one(ObligationKind.RECEIPT, DONGAN).hold == "paper"


ALERT = "【紧急信息】化工厂爆炸\n2020年2月14日10时20分，东岸区化工厂爆炸，两人受伤。事件等级：较大。"


def test_it_raises_an_urgent_report_with_a_token() -> None:
    circular = set_up()
    taken = take(mail(ALERT, sender=OFFICER, answers=circular), NOW)
    assert (taken.kind, taken.state) == ("urgent_report", "taken"), taken.message
    [case] = rows(UrgentCase)
    assert (case.title, case.severity, case.occurred_at) == (
        "化工厂爆炸",
        "relatively_serious",
        beijing("2020-02-14 10:20"),
    )
    assert the_one(ObligationKind.RESPOND, LINJIANG).status is Status.PENDING


def test_it_alarms_the_operators_at_once_of_an_urgent_report_without_a_token() -> None:
    set_up()
    taken = take(mail(ALERT.partition("\n")[2], sender=OFFICER, subject="【紧急信息】化工厂爆炸"), NOW)
    assert (taken.kind, taken.state) == ("urgent_report", "waiting")
    assert rows(UrgentCase) == []
    [alarm] = firings(rung="alarm:alarm")
    assert alarm.urgency_tag == "紧急"
    assert f"duban inbox take {taken.inbound_id}" in alarm.detail["reason"]


def test_it_answers_about_an_urgent_report_at_any_hour() -> None:
    circular = set_up()
    night = beijing("2020-02-14 23:00")
    take(mail("【紧急信息】化工厂爆炸\n两人受伤。", sender=OFFICER, answers=circular), night)
    assert [each.urgency_tag for each in answers()] == ["紧急"]
    assert "没有写明事件级别、发生时间" in answers()[0].detail["reason"]


def test_it_takes_a_follow_up_and_the_final_report_of_who_reported() -> None:
    take(mail(ALERT, sender=OFFICER, answers=set_up()), NOW)
    asked = beijing("2020-02-14 16:31")
    sweep.fn(now=asked)
    reminder = sent(asked, OFFICER, "due_soon")
    again_at = asked + timedelta(minutes=5)
    taken = take(mail("续报：火已扑灭，两名伤员稳定。", sender=OFFICER, answers=reminder), again_at)
    assert taken.state == InboundState.TAKEN, taken.message
    final = take(mail("【紧急信息终报】处置完毕。", sender=OFFICER, answers=reminder), again_at + timedelta(minutes=9))
    assert final.state == InboundState.TAKEN, final.message
    [case] = rows(UrgentCase)
    assert [each.kind for each in rows(UrgentReport)] == ["initial", "follow_up", "final"]
    assert case.closed_at == again_at + timedelta(minutes=9)


def test_it_takes_the_answer_of_a_level_as_its_response_to_an_urgent_report() -> None:
    take(mail(ALERT, sender=OFFICER, answers=set_up()), NOW)
    level = sent(NOW, f"duty.{LINJIANG}@example.org", "urgent_report")
    taken = take(mail("收到", sender=f"duty.{LINJIANG}@example.org", answers=level), NOW + timedelta(minutes=5))
    assert taken.state == InboundState.TAKEN, taken.message
    assert the_one(ObligationKind.RESPOND, LINJIANG).status is Status.ACCEPTED
    assert actor_of("obligation.fulfilled")[-1] == "officer:郑一"


# who may write


@pytest.mark.parametrize("sender", [HEAD, OFFICER.upper(), f"王一 <{OFFICER}>"])
def test_it_takes_the_answer_of_everybody_whom_the_office_lists(sender: str) -> None:
    assert take(mail("收到", sender=sender, answers=set_up()), NOW).state == InboundState.TAKEN


def test_it_answers_who_wrote_where_the_confirmation_goes_to_another() -> None:
    take(mail("收到", sender=HEAD, answers=set_up()), NOW)
    [answer] = answers()
    [recipient] = rows(FiringRecipient, FiringRecipient.firing_id == answer.id)
    assert recipient.address == HEAD
    assert "回执号" in answer.detail["reason"]


def test_it_takes_the_answer_of_a_second_officer() -> None:
    set_up()
    line = next(line for line in ROSTER_CSV.splitlines() if line.startswith(f"{DONGAN},") and "经办人" in line)
    second = line.replace("王一", "王二").replace(OFFICER, "second@example.org")
    import_roster.fn(f"{ROSTER_CSV}{second}\n".encode(), "roster.csv", actor=OPERATOR, now=LEFT)
    take(mail("收到", sender="second@example.org", answers=sent(LEFT, OFFICER)), NOW)
    assert actor_of("receipt.received") == ["officer:王二"]


def test_it_takes_the_answer_of_a_substitute_as_long_as_the_substitution_lasts() -> None:
    circular = set_up()
    acting = f"officer.{SHIQIAO}@example.org"
    until = NOW + timedelta(days=3)
    substitute.fn(OFFICER, acting, NOW, until, "休假", actor=OPERATOR, now=LEFT)
    before = take(mail("收到", sender=acting, answers=circular), LEFT)
    assert before.state == InboundState.WAITING
    taken = take(mail("收到", sender=acting, answers=circular), NOW + timedelta(hours=1))
    assert taken.state == InboundState.TAKEN
    assert actor_of("receipt.received") == ["officer:陈一"]


# what takes nothing


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (lambda circular: mail("收到", sender="stranger@example.com", answers=circular), "waiting"),
        (lambda circular: mail("收到", sender=f"officer.{SHIQIAO}@example.org", answers=circular), "waiting"),
        (lambda _circular: mail("收到", sender=OFFICER), "waiting"),
        (
            lambda circular: mail("收到", sender=OFFICER, to=f"duban+{circular.notice_id}.{'a' * 24}@example.org"),
            "waiting",
        ),
        (lambda circular: mail("收到", sender=OFFICER, answers=circular, Auto_Submitted="auto-replied"), "noted"),
        (lambda circular: mail("收到", sender=OFFICER, answers=circular, Precedence="bulk"), "noted"),
        (lambda circular: mail("收到", sender=OFFICER, answers=circular, subject="自动回复：收到"), "noted"),
        (lambda circular: mail("收到", sender="duban@example.org", answers=circular), "noted"),
    ],
    ids=["unknown", "foreign", "no token", "forged", "automatic", "bulk", "automatic by its subject", "our own"],
)
def test_it_takes_nothing_that_does_not_prove_who_wrote_it(raw: object, state: str) -> None:
    circular = set_up()
    assert callable(raw)
    taken = take(raw(circular), NOW)
    assert taken.state == state
    assert nothing_was_taken()


def test_it_never_answers_machines_and_strangers() -> None:
    circular = set_up()
    take(mail("收到", sender=OFFICER, answers=circular, Auto_Submitted="auto-replied"), NOW)
    take(mail("收到", sender="stranger@example.com", answers=circular), NOW)
    take(mail("你好", sender="stranger@example.com"), NOW)
    assert answers() == []


def test_it_tells_an_office_once_that_its_mail_waits_for_a_person() -> None:
    set_up()
    taken = take(mail("收到", sender=OFFICER, subject=f"关于{NUMBER}"), NOW)
    [answer] = answers()
    assert "已转人工处理" in answer.detail["reason"]
    assert f"主题提到“{NUMBER}”" in taken.message
    assert "东岸区" in taken.message


def test_it_answers_one_address_five_times_a_day_at_most() -> None:
    set_up()
    for minute in range(8):
        take(mail("你好，请问这项怎么填？", sender=OFFICER), NOW + timedelta(minutes=minute))
    assert len(answers()) == 5
    take(mail("你好，请问这项怎么填？", sender=OFFICER), NOW + timedelta(days=1))
    assert len(answers()) == 6


def test_it_does_nothing_by_the_same_mail_again() -> None:
    raw = mail("收到", sender=OFFICER, answers=set_up())
    first, second = take(raw, NOW), take(raw, NOW + timedelta(minutes=1))
    assert (first.is_new, second.is_new) == (True, False)
    assert first.inbound_id == second.inbound_id
    assert len(inbox()) == len(entries("receipt.received")) == 1


def test_it_does_nothing_by_a_copy_that_came_another_way() -> None:
    raw = mail("收到", sender=OFFICER, answers=set_up())
    take(raw, NOW)
    copy = take(b"Received: from a by b; Fri, 14 Feb 2020 10:00:00 +0800\r\n" + raw, NOW)
    assert not copy.is_new


def test_it_keeps_another_mail_under_a_known_message_id_for_an_operator() -> None:
    circular = set_up()
    take(mail("收到", sender=OFFICER, answers=circular, message_id="<one@office.example.org>"), NOW)
    other = mail(WRITTEN, sender=OFFICER, answers=circular, message_id="<one@office.example.org>")
    assert take(other, NOW).state == InboundState.WAITING
    assert not take(other, NOW).is_new
    with_file = mail(
        "收到", sender=OFFICER, answers=circular, message_id="<one@office.example.org>", files={"a.pdf": b"x"}
    )
    assert take(with_file, NOW).state == InboundState.WAITING
    assert rows(Report) == []


def test_it_does_no_act_twice_by_one_token_and_says_so_once() -> None:
    circular = set_up()
    take(mail("收到", sender=OFFICER, answers=circular), NOW)
    second = take(mail("收到", sender=HEAD, answers=circular), NOW + timedelta(minutes=1))
    assert second.state == InboundState.NOTED
    assert "未重复办理" in second.message
    assert len(answers()) == 1


def test_it_takes_a_returned_report_again_but_not_the_same_words() -> None:
    circular = set_up()
    take(mail(WRITTEN, sender=OFFICER, answers=circular), NOW)
    due = the_one(ObligationKind.REPORT, DONGAN)
    return_report.fn(due.id or 0, "缺少数据", actor=OPERATOR, now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    assert take(mail(WRITTEN, sender=OFFICER, answers=circular), later).state == InboundState.NOTED
    assert again(due).status is Status.RETURNED
    more = take(mail(f"{WRITTEN}另附数据：三十二户、一百零八人。", sender=OFFICER, answers=circular), later)
    assert more.state == InboundState.TAKEN
    assert again(due).status is Status.SUBMITTED
