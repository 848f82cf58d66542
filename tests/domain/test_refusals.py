"""What mail servers say when they do not take a message, and what is made of it."""

from __future__ import annotations

import pytest

from config.settings import Settings
from domain.refusals import Fault, fault_of, is_spam, is_too_fast, means_later

LATER = Settings.model_fields["smtp_later_texts"].default


@pytest.mark.parametrize(
    "reply",
    [
        "5.1.1 <a@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
        "5.1.1 The email account that you tried to reach does not exist.",
        "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "User not found: a@163.com", "Invalid User: a@126.com", "5.2.1 This mailbox is disabled",
        "The recipient may contain a non-existent account, please check the recipient address.",
        "no such user here", "User suspended", "收件人不存在", "Account is disabled", "5.1.1",
    ],
)  # fmt: skip
def test_it_knows_an_address_that_is_none(reply: str) -> None:
    assert fault_of(reply) is Fault.ADDRESS


@pytest.mark.parametrize(
    "reply",
    [
        "4.2.2 The email account that you tried to reach is over quota", "5.2.2 mailbox full", "User quota exceeded",
        "Requested mail action aborted: exceeded storage allocation, mailbox is full", "对方邮箱已满",
    ],
)  # fmt: skip
def test_it_knows_a_mailbox_that_is_full(reply: str) -> None:
    assert fault_of(reply) is Fault.MAILBOX


@pytest.mark.parametrize(
    "reply",
    ["", "5.7.1 relaying denied", "access denied", "5.7.1 rejected by policy, see 5.1.1 of our rules", "black ip"],
)
def test_it_holds_nothing_against_an_address_that_was_refused_by_rule(reply: str) -> None:
    assert fault_of(reply) is Fault.RECIPIENT


@pytest.mark.parametrize(
    "reply",
    [
        "Connection frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1", "Ip frequency limited",
        "Sender frequency limited", "Domain frequency limited", "too many connections", "MI:STC 163 smtp10,abc",
        "rejected: TOO MANY MESSAGES today", "sending quota exceeded", "发信频率过高，请稍后再试",
    ],
)  # fmt: skip
def test_it_knows_a_refusal_for_good_that_only_means_later(reply: str) -> None:
    assert means_later(reply, LATER)
    assert not is_spam(reply)


@pytest.mark.parametrize("reply", ["no such user", "DT:SPM 163 smtp", "mailbox full", "relaying denied", ""])
def test_it_takes_a_refusal_for_good_at_its_word(reply: str) -> None:
    assert not means_later(reply, LATER)


def test_it_reads_no_meaning_into_an_empty_text_of_the_settings() -> None:
    assert not means_later("no such user", ("", " "))


@pytest.mark.parametrize(
    "reply", ["HL:ICC 163 mx1", "MI:SFQ 163 smtp7", "4.7.0 too many connections from your IP", "rate limit exceeded"]
)
def test_it_knows_a_temporary_refusal_that_asks_us_to_go_slower(reply: str) -> None:
    assert is_too_fast(reply)


@pytest.mark.parametrize(
    "reply", ["4.2.0 greylisted, please try again later", "busy", "mailbox full", "DT:SPM,please try again", ""]
)
def test_it_does_not_slow_everything_down_for_one_message_that_has_to_wait(reply: str) -> None:
    assert not is_too_fast(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "DT:SPM 163 smtp8,D8CowACH 1582000000 http://mail.163.com/help/help_spam_16.htm?ip=", "HL:IPB 163 mx32",
        "Mail content denied. http://service.mail.qq.com", "message rejected by anti-spam engine.", "Spam denied",
        "5.7.1 Message content rejected, UBE, id=123", "5.7.0 Our system detected unsolicited mail", "疑似垃圾邮件",
    ],
)  # fmt: skip
def test_it_knows_a_message_that_was_taken_for_spam(reply: str) -> None:
    assert is_spam(reply)


@pytest.mark.parametrize("reply", ["no such user", "5.7.1 relaying denied", "MI:STC http://mail.163.com/spam.htm", ""])
def test_it_calls_nothing_else_spam(reply: str) -> None:
    assert not is_spam(reply)
