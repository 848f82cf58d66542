"""What a mail leaves open, an operator decides: acts refused, one of several, too much, polite or broken words."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from config.settings import settings
from domain.inbound import InboundKind
from domain.statuses import ObligationKind, Status
from models.audit import AuditEntry
from models.inbound import InboundAttachment, InboundState
from models.notice import FiringRecipient
from models.obligation import Report
from models.petition import Petition
from notifications.mime import DEPTH, PARTS
from tasks.auditing import verify_audit
from tasks.handling import accept, submit_report
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    SHIQIAO,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_text,
    set_out,
)
from tests.letters import inbox, mail, sent, take
from tests.looking import again, entries, firings, owed, rows, the_one
from tests.tasks.answering import ASKED, LEFT, NOW, NUMBER, OFFICER, START, WRITTEN, answers, nothing_was_taken, set_up
from tests.tasks.stage import as_mail

pytestmark = pytest.mark.usefixtures("sqlite")


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


def nested() -> tuple[str, bytes]:
    body = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "收到".encode()
    for level in range(1_000):
        begun = f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'.encode()
        body = begun + body + f"\r\n--b{level}--\r\n".encode()
    head, _, rest = body.partition(b"\r\n\r\n")
    return head.decode(), rest


def many() -> tuple[str, bytes]:
    part = b"--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + "收到".encode() + b"\r\n"
    return 'Content-Type: multipart/mixed; boundary="a"', part * 5_000


def boundaries() -> tuple[str, bytes]:
    return 'Content-Type: multipart/mixed; boundary="a"', b"--ab\r\n" * 60_000


@pytest.mark.parametrize(
    ("bomb", "why"), [(nested, f"超过 {DEPTH} 层"), (many, f"超过 {PARTS} 段"), (boundaries, "分隔标记过多")]
)
def test_it_takes_no_bomb_of_an_officer_for_an_act_and_records_why(
    bomb: Callable[[], tuple[str, bytes]], why: str
) -> None:
    circular = set_up()
    content, body = bomb()
    head = [
        f"From: {OFFICER}", "To: duban@example.org", "Date: Fri, 14 Feb 2020 10:30:00 +0800", "Subject: =?utf-8?q?re?=",
        "Message-ID: <bomb@office.example.org>", f"In-Reply-To: {circular.message_id}", content,
    ]  # fmt: skip
    taken = take("\r\n".join(head).encode() + b"\r\n\r\n" + body, NOW)
    assert (taken.state, taken.is_new) == (InboundState.WAITING, True)
    assert nothing_was_taken()
    assert why in taken.message
    assert [each.key for each in inbox()] == ["bomb@office.example.org"]
    assert verify_audit.fn().whole


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
