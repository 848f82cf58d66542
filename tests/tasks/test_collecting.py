"""What comes in by mail becomes an act, once, of the officer who wrote it, or it waits for an operator."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlmodel import col

from config.settings import settings
from domain.inbound import InboundKind
from domain.statuses import ObligationKind, Status
from models.audit import AuditEntry
from models.circular import Document
from models.inbound import InboundAttachment, InboundState
from models.notice import Delivery, Firing, FiringRecipient
from models.obligation import Adjustment, AdjustmentKind, Report, UrgentCase, UrgentReport
from models.petition import Petition, PetitionKind
from tasks.auditing import verify_audit
from tasks.extending import decide_extension
from tasks.handling import accept, return_report, submit_report
from tasks.rostering import import_roster
from tasks.substituting import substitute
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    ROSTER_CSV,
    SHIQIAO,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_text,
    set_out,
)
from tests.letters import inbox, mail, reply_to, sent, take
from tests.looking import again, entries, firings, owed, rows, the_one
from tests.tasks.stage import as_mail

NUMBER = "江扶组办发〔2020〕9号"
START = beijing("2020-02-14 09:30")
LEFT = beijing("2020-02-14 10:00")
NOW = beijing("2020-02-14 11:00")
OFFICER, HEAD = f"officer.{DONGAN}@example.org", f"head.{DONGAN}@example.org"
WRITTEN = "现报送春季帮扶进展如下：已走访全部贫困户，缺种子的三十二户已全部落实，没有其他困难。"
pytestmark = pytest.mark.usefixtures("sqlite")


def set_up(*sentences: str, to: str = "各地各部门") -> Delivery:
    """Forward one circular with these sentences; return the delivery of it to 东岸区's officer."""
    import_cast(START)
    text = notice_text(NUMBER, *(sentences or (f"请{to}于2020年3月5日前向省扶贫办报送一次进展。",)))
    register_text(text, START)
    forward_cover(START, NUMBER)
    return sent(LEFT, OFFICER, "circular")


def answers() -> list[Firing]:
    """Return what was answered to senders."""
    return firings(rung="act:inbound_answer")


def actor_of(act: str) -> list[str]:
    """Return who did an act, as the trail says."""
    return [entry.actor for entry in sorted(rows(AuditEntry, AuditEntry.act == act), key=lambda each: each.seq)]


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


ASKED = "申请延期至2020年3月12日。目前进展：已完成八成。理由：两个村道路中断，未能入户。"


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


def nothing_was_taken() -> bool:
    return not [
        each for each in owed(ObligationKind.RECEIPT, DONGAN) if each.status is not Status.PENDING
    ] and not rows(Report)


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


# what the table of acts refuses


def test_it_records_an_act_that_is_refused_and_tells_the_sender_once() -> None:
    circular = set_up()
    take(mail(WRITTEN, sender=OFFICER, answers=circular), NOW)
    due = the_one(ObligationKind.REPORT, DONGAN)
    accept.fn(due.id or 0, actor=OPERATOR, now=NOW + timedelta(hours=1))
    before = len(rows(AuditEntry))
    taken = take(mail(f"{WRITTEN}补充说明。", sender=OFFICER, answers=circular), NOW + timedelta(hours=2))
    assert taken.state == InboundState.NOTED
    assert "已完成" in taken.message
    assert "已完成" in answers()[-1].detail["reason"]
    acts = [each.act for each in sorted(rows(AuditEntry), key=lambda each: each.seq)[before:]]
    assert [each for each in acts if not each.startswith(("inbound.", "firing.", "document."))] == []


def test_it_refuses_to_ask_for_more_time_when_the_deadline_has_passed() -> None:
    circular = set_up()
    late = beijing("2020-03-06 09:30")
    asked = ASKED.replace("3月12日", "3月20日")
    taken = take(mail(asked, sender=OFFICER, answers=circular), late)
    assert taken.state == InboundState.NOTED, taken.message
    assert rows(Petition) == []
    assert taken.message == answers()[0].detail["reason"]


def test_it_leaves_a_request_that_lacks_something_to_an_operator_and_says_what() -> None:
    taken = take(mail("申请延期至2020年3月12日。理由：道路中断。", sender=OFFICER, answers=set_up()), NOW)
    assert taken.state == InboundState.WAITING
    assert "目前进展" in taken.message
    assert "目前进展" in answers()[0].detail["reason"]


# several obligations

TWO = ("请各地各部门于2020年3月5日前向省扶贫办报送一次进展。", "请各地各部门于2020年3月9日前向省扶贫办报送一次清单。")


def test_it_leaves_to_an_operator_what_may_mean_one_of_several() -> None:
    taken = take(mail(WRITTEN, sender=OFFICER, answers=set_up(*TWO)), NOW)
    assert taken.state == InboundState.WAITING
    assert "对应 2 项" in taken.message
    assert rows(Report) == []


def test_it_takes_the_one_that_is_named() -> None:
    taken = take(mail(f"报送第2项要求的清单如下：{WRITTEN}", sender=OFFICER, answers=set_up(*TWO)), NOW)
    assert taken.state == InboundState.TAKEN, taken.message
    assert [each.status for each in owed(ObligationKind.REPORT, DONGAN)] == [Status.PENDING, Status.SUBMITTED]


def test_it_leaves_to_an_operator_what_names_another_circular_than_it_answers() -> None:
    set_out(START)
    circular = sent(LEFT, OFFICER, "circular")
    register_text(notice_text(NUMBER, "请于2020年3月5日前向省扶贫办报送一次进展。"), START)
    taken = take(mail("收到", sender=OFFICER, answers=circular, subject=f"回复：{NUMBER}"), NOW)
    assert taken.state == InboundState.WAITING
    assert NUMBER in taken.message
    assert nothing_was_taken()
    assert take(mail("收到", sender=OFFICER, answers=circular, subject=f"回复：{COVER}"), NOW).state == "taken"


def test_it_takes_the_newest_notice_that_fits_of_several_that_are_referred_to() -> None:
    circular = set_up()
    foreign = sent(LEFT, f"officer.{SHIQIAO}@example.org", "circular")
    raw = mail("收到", sender=OFFICER, References=f"{circular.message_id} {foreign.message_id}")
    assert take(raw, NOW).state == InboundState.TAKEN
    assert the_one(ObligationKind.RECEIPT, SHIQIAO).status is Status.PENDING


# what is polite, too much or broken


@pytest.mark.parametrize("words", ["收到，谢谢！", "知悉", "谢谢，辛苦了！"])
def test_it_notes_a_polite_word_to_a_confirmation_without_an_answer(words: str) -> None:
    take(mail("收到", sender=OFFICER, answers=set_up()), NOW)
    confirmed = sent(NOW, OFFICER, "receipt_confirmed")
    taken = take(mail(words, sender=OFFICER, answers=confirmed), NOW + timedelta(hours=1))
    assert taken.state == InboundState.NOTED
    assert answers() == []


def test_it_understands_what_answers_its_own_answer() -> None:
    lacking = mail("申请延期至2020年3月12日。理由：道路中断。", sender=OFFICER, answers=set_up())
    take(lacking, NOW)
    asked_back = sent(NOW, OFFICER, "inbound_answer")
    taken = take(mail(ASKED, sender=OFFICER, answers=asked_back), NOW + timedelta(hours=1))
    assert taken.state == InboundState.TAKEN, taken.message


def test_it_leaves_a_report_of_which_a_file_is_refused_to_an_operator() -> None:
    raw = mail(WRITTEN, sender=OFFICER, answers=set_up(), files={"进展.exe": b"MZ"})
    taken = take(raw, NOW)
    assert taken.state == InboundState.WAITING
    [file] = rows(InboundAttachment)
    assert file.document_id is None
    assert file.refused
    assert rows(Report) == []


def test_it_leaves_a_mail_that_is_too_large_to_an_operator() -> None:
    raw = mail(WRITTEN, sender=OFFICER, answers=set_up())
    head = raw.partition(b"\n\n")[0] + b"\n\n"
    taken = take_large(head)
    assert taken.state == InboundState.WAITING
    assert "只取了邮件头" in taken.message
    assert inbox()[0].size == 200_000_000


def take_large(head: bytes):  # type: ignore[no-untyped-def]
    """Take the head of a mail of 200 MB."""
    from tasks.incoming import Whole
    from tasks.incoming import take as take_head

    return take_head(head, now=NOW, head_of=Whole(200_000_000, "邮件超过 25 MB"))


@pytest.mark.parametrize("raw", [b"", b"\x00\xff\xfe", b"From: \x00\r\n\r\n\x00", b"Subject: =?utf-8?b?AAAA?=\r\n\r\n"])
def test_it_keeps_whatever_bytes_come(raw: bytes) -> None:
    import_cast(START)
    assert take(raw, NOW).state == InboundState.WAITING


def test_it_keeps_out_of_the_trail_where_people_can_be_reached() -> None:
    set_up()
    take(mail("请打 13812345678 或写 a.b@example.com", sender=OFFICER, subject="电话 13812345678"), NOW)
    take(mail("收到", sender="stranger@example.com"), NOW)
    text = "\n".join(each.payload for each in rows(AuditEntry))
    assert "13812345678" not in text
    assert "@" not in "\n".join(each.payload for each in rows(AuditEntry, AuditEntry.act.startswith("inbound.")))


def test_it_records_what_it_took_everything_for() -> None:
    circular = set_up()
    take(mail("收到", sender=OFFICER, answers=circular), NOW)
    [message] = inbox()
    assert (message.kind, message.office_id) == (InboundKind.RECEIPT, the_one(ObligationKind.RECEIPT, DONGAN).office_id)
    assert (message.delivery_id, message.from_address, message.text) == (circular.id, OFFICER, "收到")


@pytest.mark.parametrize("words", ["报送 事项{}\n{}", "报送\n事项编号：{}\n{}"])
def test_it_takes_the_one_whose_number_is_named(words: str) -> None:
    circular = set_up(*TWO)
    second = owed(ObligationKind.REPORT, DONGAN)[1]
    taken = take(mail(words.format(second.id, WRITTEN), sender=OFFICER, answers=circular), NOW)
    assert taken.state == InboundState.TAKEN, taken.message
    assert again(second).status is Status.SUBMITTED


def test_it_leaves_to_an_operator_what_names_the_matter_of_another_office() -> None:
    circular = set_up()
    foreign = the_one(ObligationKind.REPORT, SHIQIAO)
    taken = take(mail(f"报送 事项{foreign.id}\n{WRITTEN}", sender=OFFICER, answers=circular), NOW)
    assert taken.state == InboundState.WAITING
    assert rows(Report) == []


def test_what_strangers_write_ends_harmless_in_the_mail_that_answers() -> None:
    set_up()
    subject = "<img src=x> </td> 请教\u202e"
    raw = mail("请问怎么填？", sender=OFFICER, subject=subject)
    injected = f"From: =?utf-8?q?=0D=0ABcc:_evil@example.com?= <{OFFICER}>".encode()
    assert take(raw.replace(f"From: {OFFICER}".encode(), injected), NOW).state == InboundState.WAITING
    sent(NOW, OFFICER, "inbound_answer")
    written = [as_mail(path.read_bytes()) for path in sorted(settings().capture_folder.rglob("*.eml"))]
    [answer] = [each for each in written if "来信答复" in each.subject]
    assert "<img src=x>" not in answer.html
    assert "&lt;img src=x&gt;" in answer.html
    assert answer.message["Bcc"] is None
    assert "\n" not in answer.subject
    assert "\u202e" not in answer.subject


def test_it_takes_no_answer_about_another_office_for_the_answering_ones_own_report() -> None:
    """Who is told that a county is late, and answers, does not hand in the report that it owes itself."""
    set_up(TWO[0], TWO[1].replace("3月9日", "6月9日"))
    first, second = owed(ObligationKind.REPORT, LINJIANG)
    submit_report.fn(NUMBER, LINJIANG, WRITTEN, actor=OPERATOR, now=NOW, ordinal=1)
    for day in ("2020-03-06", "2020-03-09", "2020-03-10", "2020-03-11"):
        sweep.fn(now=beijing(f"{day} 09:00"))
        told = sent(beijing(f"{day} 09:01"), f"officer.{LINJIANG}@example.org")
    carried = {each.firing_id for each in rows(FiringRecipient, FiringRecipient.notice_id == told.notice_id)}
    assert {each.kind for each in firings() if each.id in carried} == {"escalation"}
    answer = mail(f"报送督促情况如下：{WRITTEN}", sender=told.address, answers=told)
    taken = take(answer, beijing("2020-03-11 10:00"))
    assert taken.state == InboundState.WAITING
    assert "自己要办的事" in taken.message
    assert (again(first).status, again(second).status) == (Status.SUBMITTED, Status.PENDING)


def test_it_sends_no_paper_back_where_a_reviewer_answers_that_a_report_is_returned() -> None:
    take(mail(WRITTEN, sender=OFFICER, answers=set_up()), NOW)
    late = beijing("2020-02-21 09:30")
    sweep.fn(now=late)
    reviewer = f"officer.{PROVINCE}@example.org"
    taken = take(mail("退回来文。理由：打不开。", sender=reviewer, answers=sent(late, reviewer)), late)
    assert taken.state == InboundState.WAITING
    assert "自己要办的事" in taken.message
    assert rows(Petition) == []


def test_it_takes_the_receipt_that_is_named_of_a_digest_of_several() -> None:
    set_up()
    other = "江扶组办发〔2020〕11号"
    register_text(notice_text(other, "请抓好落实。"), LEFT, "other.md")
    forward_cover(LEFT, other)
    sweep.fn(now=beijing("2020-02-17 09:00"))
    digest = sent(beijing("2020-02-17 09:01"), OFFICER)
    receipts = owed(ObligationKind.RECEIPT, DONGAN)
    unclear = take(mail("签收", sender=OFFICER, answers=digest), beijing("2020-02-17 10:00"))
    assert "对应 2 项" in unclear.message
    second = mail(f"签收 事项{receipts[1].id}", sender=OFFICER, answers=digest)
    taken = take(second, beijing("2020-02-17 10:01"))
    assert taken.state == InboundState.TAKEN, taken.message
    assert [again(each).status for each in receipts] == [Status.PENDING, Status.ACCEPTED]


def test_it_survives_whatever_becomes_of_the_bytes_of_a_mail() -> None:
    circular = set_up()
    chance = random.Random(5)
    whole = mail("收到", sender=OFFICER, answers=circular, files={"进展.xlsx": b"a sheet"})
    for _ in range(60):
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        start, end = sorted((chance.randrange(len(raw)), chance.randrange(len(raw))))
        taken = take(bytes(raw if chance.random() < 0.5 else raw[:start] + raw[end:]), NOW)
        assert "程序出错" not in taken.message, taken.message
    assert len(entries("inbound.taken")) <= 1
    assert verify_audit.fn().whole
