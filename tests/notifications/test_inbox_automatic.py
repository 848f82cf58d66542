"""What no person wrote, and what would go in circles; and what only looks like it."""

from __future__ import annotations

import pytest

from tests.notifications.incoming import OWN, TOKEN, mail, multipart, read, text_part

AUTOMATIC = [
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated; x=y",
    "auto-submitted: AUTO-NOTIFIED",
    "Precedence: bulk",
    "Precedence: junk",
    "Precedence: auto_reply",
    "Precedence: list",
    "X-Autoreply: yes",
    "X-Autorespond: 自动回复",
    "X-Auto-Reply: 1",
    "List-Id: <all.example.net>",
    "X-MS-Exchange-Inbox-Rules-Loop: pingan@example.net",
    "Subject: 自动回复：请尽快签收",
    "Subject: 自动回复:请尽快签收",
    "Subject: 自动答复: 请尽快签收",
    "Subject: 【自动回复】收到您的来信",
    "Subject: 系统自动回复",
    "Subject: Automatic reply: x",
    "Subject: Auto-Reply: x",
    "Subject: Out of Office: x",
    "Subject: Out of the office",
    "Subject: 外出",
    "Subject: 外出通知",
    "Subject: 休假中：有事请找李四",
    "Subject: 已读: 请尽快签收",
    "Subject: 已接受: 调度会",
]


@pytest.mark.parametrize("field", AUTOMATIC)
def test_it_says_why_no_person_wrote_it(field: str) -> None:
    assert read(mail("已收到您的来信。", field)).automatic != ""


WRITTEN = [
    "Auto-Submitted: no",
    "Precedence: first-class",
    "X-Autoreply: no",
    "Subject: 外出务工人员情况报送",
    "Subject: 外出务工人员返乡情况",
    "Subject: 回复：自动回复功能的说明",
    "Subject: 休假制度落实情况",
    "Subject: 出差人员名单",
    "Subject: 已读书目报送",
    "X-Auto-Response-Suppress: All",
]


@pytest.mark.parametrize("field", WRITTEN)
def test_it_takes_a_persons_mail_for_one(field: str) -> None:
    assert read(mail("已签收。", field)).automatic == ""


@pytest.mark.parametrize(
    "text",
    [
        "这是来自QQ邮箱的假期自动回复邮件。\r\n您好，我最近正在休假中。",
        "您好！本邮件由系统自动回复，请勿直接回信。",
        "This is an automatic reply.",
    ],
)
def test_it_believes_a_text_that_says_so_itself(text: str) -> None:
    assert read(mail(text)).automatic == "正文说明系自动回复"


def test_it_judges_by_what_the_author_wrote_and_not_by_our_own_words_below() -> None:
    quoted = "签收\r\n\r\n------------------ 原始邮件 ------------------\r\n发件人: 督办\r\n本邮件由督办系统自动发出。"
    assert read(mail(body=quoted)).automatic == ""


def test_it_takes_a_confirmation_of_reading_for_no_answer() -> None:
    notice = b"Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action; displayed"
    found = read(multipart(text_part("已读"), notice, kind="report", more="report-type=disposition-notification; "))
    assert (found.automatic, found.is_bounce) == ("已读回执", False)


def test_it_takes_an_answer_of_a_calendar_for_no_answer() -> None:
    calendar = b"Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR"
    assert read(multipart(text_part("接受"), calendar, kind="alternative")).automatic == "日历邀请的答复"


def test_it_names_what_would_go_in_circles() -> None:
    assert read(mail("x", f"Message-ID: <{TOKEN}@example.org>")).is_loop == "邮件编号是本系统的"
    assert read(mail("x", sender=f"From: 督办 <{OWN.upper()}>")).is_loop == "发件人是本系统自己"
    assert read(mail("x", sender=f"From: duban+{TOKEN}@example.org")).is_loop == "发件人是本系统自己"
    assert read(mail("x", "X-Duban-Intended-For: a@b")).is_loop == "带有本系统的标记"
    hops = [f"Received: from a{number}.example.org" for number in range(26)]
    assert read(mail("x", *hops)).is_loop == "经过了 26 台服务器"
    assert read(mail("x", *hops[:25])).is_loop == ""
    assert read(mail("x", f"In-Reply-To: <{TOKEN}@example.org>")).is_loop == ""
