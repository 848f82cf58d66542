"""Mail that came back: standard reports, what the usual servers write, and the free text of Chinese providers."""

from __future__ import annotations

import pytest

from notifications.bounce_words import is_hard
from notifications.inbox import Bounced, InboundMail
from tests.notifications.incoming import OWN, TOKEN, mail, multipart, read, text_part

GONE = "gone@example.net"
FULL = "full@example.net"
DAEMON = "From: MAILER-DAEMON@example.org"


def report(*blocks: str, returned: str = "", fields: tuple[str, ...] = ()) -> bytes:
    status = "\r\n\r\n".join(("Reporting-MTA: dns; mx.example.org", *blocks))
    parts = [text_part("Sorry."), b"Content-Type: message/delivery-status\r\n\r\n" + status.encode()]
    if returned:
        parts.append(b"Content-Type: message/rfc822\r\n\r\n" + returned.encode())
    return multipart(*parts, kind="report", more="report-type=delivery-status; ", fields=fields)


def block(address: str, status: str, diagnostic: str = "", action: str = "failed") -> str:
    line = f"\r\nDiagnostic-Code: smtp; {diagnostic}" if diagnostic else ""
    return f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}{line}"


def addresses(found: InboundMail) -> list[tuple[str, bool]]:
    return [(each.address, each.hard) for each in found.bounced]


def test_it_reads_a_standard_report() -> None:
    found = read(report(block(GONE, "5.1.1", "550 5.1.1 User unknown")))
    assert found.is_bounce
    assert found.bounced == (Bounced(address=GONE, hard=True, reason="550 5.1.1 User unknown"),)
    assert (found.automatic, found.attachments) == ("", ())


def test_it_reads_each_recipient_of_a_report_for_itself() -> None:
    found = read(
        report(
            block(GONE, "5.1.1", "550 User unknown"),
            block(FULL, "5.2.2", "552 Mailbox full"),
            block("ok@example.net", "2.0.0", action="delivered"),
            block("slow@example.net", "4.4.1", action="delayed"),
        )
    )
    assert addresses(found) == [(GONE, True), (FULL, False)]


def test_it_takes_a_warning_of_delay_for_no_bounce() -> None:
    found = read(report(block(GONE, "4.4.1", "Connection timed out", action="delayed"), fields=("Return-Path: <>",)))
    assert (found.is_bounce, found.bounced, found.automatic) == (False, (), "投递延迟提醒")
    words = mail("您的邮件暂时无法送达，系统将继续尝试投递，稍后会再次重试。", "Subject: 投递延迟提醒", sender=DAEMON)
    assert (read(words).is_bounce, read(words).automatic) == (False, "投递延迟提醒")
    delivered = read(report(block(GONE, "2.0.0", action="delivered")))
    assert (delivered.is_bounce, delivered.automatic) == (False, "投递情况报告")


def test_it_finds_the_token_in_what_came_back() -> None:
    original = f"From: {OWN}\r\nMessage-ID: <{TOKEN}@example.org>\r\nSubject: a\r\n\r\nb"
    assert read(report(block(GONE, "5.1.1"), returned=original)).tokens == (TOKEN,)
    headers = multipart(
        text_part("Sorry."),
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n" + block(GONE, "5.1.1").encode(),
        b"Content-Type: text/rfc822-headers\r\n\r\n" + original.encode(),
        kind="report",
        more="report-type=delivery-status; ",
    )
    assert read(headers).tokens == (TOKEN,)
    verp = read(report(block(GONE, "5.1.1"), fields=(f"Delivered-To: bounce+{TOKEN}@example.org",)))
    assert verp.tokens == (TOKEN,)


def test_it_takes_a_report_that_a_person_forwards_for_no_bounce() -> None:
    status = (
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n" + block(GONE, "5.1.1").encode()
    )
    found = read(multipart(text_part("请看这封退信"), status))
    assert (found.is_bounce, found.bounced) == (False, ())


FREE_TEXTS = {
    "163": (
        "From: Postmaster@163.com",
        "系统退信",
        "抱歉，您的邮件被退回来了……\r\n原邮件信息：\r\n时　间：2020-02-14 09:40:12\r\n主　题：请尽快签收\r\n"
        f"收件人：{GONE}\r\n\r\n退信原因：\r\n收件人的邮箱地址不存在，可能写错了。\r\n英文说明:User not found\r\n\r\n"
        "建议解决方案：\r\n请核对后重新发送。",
        GONE, True, "收件人的邮箱地址不存在",
    ),
    "163, refused as spam": (
        "From: Postmaster@163.com",
        "系统退信",
        f"抱歉，您的邮件被退回来了……\r\n收件人 {FULL}\r\n退信原因：\r\n您发送的邮件被怀疑是垃圾邮件，拒绝接收。\r\n"
        "英文说明:rejected by system",
        FULL, False, "垃圾邮件",
    ),
    "163, nobody answered": (
        "From: Postmaster@163.com",
        "系统退信",
        f"抱歉，您的邮件被退回来了……\r\n收件人/To : {FULL}\r\n退信原因/\r\n"
        "由于对方服务器不稳定，无法连接上对方服务器。\r\n"
        "rcpt handle timeout,last handle info: Can not connect to example.net",
        FULL, False, "无法连接",
    ),
    "QQ": (
        "From: PostMaster@qq.com",
        "系统退信/Systems bounce",
        f"您的邮件被退回\r\n被退回邮件\r\n主题：请尽快签收\r\n无法发送到 {GONE}\r\n"
        "退信原因 收件人邮件地址不存在，邮件无法送达。\r\nhost mx3.example.net said: 550 Mailbox not found",
        GONE, True, "收件人邮件地址不存在",
    ),
    "QQ, full": (
        "From: PostMaster@qq.com",
        "系统退信",
        f"抱歉，您的邮件被退回来了\r\n无法发送到 {FULL}\r\n退信原因 收件人邮箱空间不足",
        FULL, False, "空间不足",
    ),
    "Coremail": (
        "From: Mail Delivery Subsystem <postmaster@mail.example.net>",
        "邮件投递失败",
        f"您发送的邮件无法投递。\r\n收件人: <{GONE}>\r\n错误信息: SMTP error, RCPT TO: 550 User not found",
        GONE, True, "550 User not found",
    ),
    "Aliyun": (
        "From: 系统管理员 <postmaster@aliyun.example.net>",
        "退信通知",
        f"收信人：{GONE}\r\n退信原因：收件人帐号不存在或已被冻结(User not found)\r\n建议：请核实地址",
        GONE, True, "帐号不存在",
    ),
    "an enterprise server, too many": (
        "From: postmaster@mail.example.net",
        "退信",
        f"无法投递到以下地址：\r\n{FULL}\r\n原因：发信过于频繁，被对方服务器拒收",
        FULL, False, "频繁",
    ),
    "a name says who it is": (
        "From: 系统退信 <noreply@mail.example.net>",
        "您的邮件未送达",
        f"收件人地址 {GONE}\r\n退信原因 域名不存在",
        GONE, True, "域名不存在",
    ),
}  # fmt: skip


@pytest.mark.parametrize("server", FREE_TEXTS)
@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_it_reads_the_free_text_of_chinese_servers(server: str, charset: str) -> None:
    sender, subject, text, address, hard, reason = FREE_TEXTS[server]
    codec = "gb18030" if charset == "gb2312" else "utf-8"
    found = read(
        mail(text.encode(codec), f"Subject: {subject}".encode(codec), charset=charset, sender=sender.encode(codec))
    )
    assert found.is_bounce
    assert addresses(found) == [(address, hard)], found.bounced
    assert reason in found.bounced[0].reason
    assert "\n" not in found.bounced[0].reason


POSTFIX = f"""This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<{GONE}>: host mx.example.net[192.0.2.1] said: 550 5.1.1 <{GONE}>: Recipient
    address rejected: User unknown (in reply to RCPT TO command)
"""
QMAIL = f"""Hi. This is the qmail-send program at example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{GONE}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.
"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {GONE}
    550 no such user here
"""


def test_it_reads_what_postfix_qmail_and_exim_write_without_a_report() -> None:
    postfix = multipart(text_part(POSTFIX), b"Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\n\r\nx", kind="mixed",
                        fields=("Subject: Undelivered Mail Returned to Sender", "Return-Path: <>"))  # fmt: skip
    assert addresses(read(postfix)) == [(GONE, True)]
    qmail = mail(QMAIL.replace("\n", "\r\n"), "Subject: failure notice", sender=DAEMON)
    assert addresses(read(qmail)) == [(GONE, True)]
    exim = mail(EXIM, "Subject: Mail delivery failed: returning message to sender", f"X-Failed-Recipients: {GONE}",
                sender=DAEMON)  # fmt: skip
    assert addresses(read(exim)) == [(GONE, True)]


def test_it_reads_a_report_that_says_nothing_by_its_text() -> None:
    empty = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    raw = multipart(text_part(QMAIL), empty, kind="report", more="report-type=delivery-status; ",
                    fields=("Return-Path: <>",))  # fmt: skip
    assert addresses(read(raw)) == [(GONE, True)]


def test_it_takes_a_warning_in_free_text_for_no_bounce() -> None:
    text = f"""**********************************************
**      THIS IS A WARNING MESSAGE ONLY      **
**  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
**********************************************

The original message was received at Fri, 14 Feb 2020

   ----- The following addresses had transient non-fatal errors -----
<{GONE}>

   ----- Transcript of session follows -----
{GONE}... Deferred: Connection timed out
Warning: message still undelivered after 4 hours
Will keep trying until message is 5 days old
"""
    found = read(mail(text, "Subject: Warning: could not send message for past 4 hours", sender=DAEMON))
    assert (found.is_bounce, found.bounced) == (False, ())


@pytest.mark.parametrize("sender", ["From: 系统 <mailer-daemon@example.net>".encode("gb18030"), b"X: y", b"From:"])
def test_it_is_confused_by_no_header(sender: bytes, caplog: pytest.LogCaptureFixture) -> None:
    raw = mail(QMAIL, "Subject: failure notice", "Return-Path: <>", "X-Mailer: 系统".encode("gb18030"), sender=sender)
    assert addresses(read(raw)) == [(GONE, True)]
    assert caplog.records == []


def test_it_takes_a_persons_words_about_a_bounce_for_none() -> None:
    found = read(mail(f"上次的邮件被退回，收件人 {GONE} 不存在，请核实。", "Subject: 退信"))
    assert (found.is_bounce, found.bounced) == (False, ())
    answer = read(mail("您好，我正在外出。", "Subject: 自动回复", "Return-Path: <>"))
    assert (answer.is_bounce, bool(answer.automatic)) == (False, True)


def test_it_says_that_something_came_back_even_if_it_cannot_say_to_whom() -> None:
    found = read(mail("您的邮件被退回。", "Subject: 系统退信", sender="From: postmaster@example.net"))
    assert (found.is_bounce, found.bounced) == (True, ())


def test_it_never_names_ourselves_or_the_server_as_the_one_not_reached() -> None:
    text = f"发件人 {OWN}\r\n收件人 {GONE}\r\n退信原因 收件人不存在，请联系 postmaster@example.net"
    found = read(mail(text, "Subject: 退信", sender="From: postmaster@example.net"))
    assert addresses(found) == [(GONE, True)]


REASONS = [
    ("550 5.1.1 User unknown", "", True),
    ("550 User not found", "", True),
    ("550 Mailbox not found", "", True),
    ("550 no such user", "", True),
    ("收件人不存在", "", True),
    ("此用户已注销", "", True),
    ("Host or domain name not found", "", True),
    ("", "5.1.1", True),
    ("", "5.1.2", True),
    ("", "5.2.1", True),
    ("", "5.0.0", False),
    ("550 rejected", "", False),
    ("550 Mailbox unavailable or access denied", "", False),
    ("450 4.1.1 User unknown", "", False),
    ("552 mailbox full", "", False),
    ("550 5.2.2 over quota", "", False),
    ("邮箱空间不足", "", False),
    ("邮箱已满", "", False),
    ("", "5.2.2", False),
    ("", "4.4.1", False),
    ("421 try again later", "", False),
    ("554 DT:SPM", "", False),
    ("550 Connection frequency limited", "", False),
    ("被对方服务器拒收", "", False),
    ("550 5.7.1 blocked by policy", "5.7.1", False),
    ("552 message size exceeds limit", "", False),
    ("Connection timed out", "", False),
    ("", "", False),
    ("anything", "", False),
]


@pytest.mark.parametrize(("reason", "status", "hard"), REASONS)
def test_it_calls_hard_only_what_proves_that_nobody_is_there(reason: str, status: str, hard: bool) -> None:
    assert is_hard(reason, status) is hard
