"""Bounces of the mailbox: known by the token that came back with them, they mark the address; others wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.inbound import AddressTrouble, InboundState
from models.notice import Delivery, DeliveryState
from tests.cast import DONGAN, SHIQIAO, beijing, set_out
from tests.letters import OURS, inbox, mail, reply_to, sent, take
from tests.looking import entries, firings, rows
from tests.tasks.stage import audit_is_whole

START = beijing("2020-02-14 09:30")
LEFT = beijing("2020-02-14 10:00")
NOW = beijing("2020-02-14 11:00")
OFFICER = f"officer.{DONGAN}@example.org"


def bounce(address: str, original: Delivery | None, *, to: str = OURS, status: str = "5.1.1") -> bytes:
    """Return a report of failure as RFC 3464 has it, with the headers of what came back."""
    returned = (
        f"--=b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {original.message_id}\nFrom: {OURS}\nTo: {address}\n\n"
        if original is not None
        else ""
    )
    return f"""From: MAILER-DAEMON@relay.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{address}{status}@relay.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

The mail could not be delivered.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

{returned}--=b--
""".encode()


@pytest.fixture
def circular(sqlite: str) -> Delivery:
    set_out(START)
    return sent(LEFT, OFFICER, "circular")


def test_it_marks_an_address_by_the_message_that_came_back(circular: Delivery) -> None:
    taken = take(bounce(OFFICER, circular), NOW)
    assert (taken.kind, taken.state) == ("bounce", "noted")
    [trouble] = rows(AddressTrouble)
    assert (trouble.address, trouble.hard_at) == (OFFICER, NOW)
    [back] = [each for each in rows(Delivery) if each.state is DeliveryState.BOUNCED]
    assert back.id == circular.id
    assert firings(rung="act:inbound_answer") == []
    assert audit_is_whole()


def test_it_knows_a_bounce_by_the_address_that_it_went_to(circular: Delivery) -> None:
    assert take(bounce(OFFICER, None, to=reply_to(circular)), NOW).state == InboundState.NOTED
    assert len(rows(AddressTrouble)) == 1


def test_it_marks_the_address_it_wrote_to_where_mail_is_passed_on(circular: Delivery) -> None:
    take(bounce("wang.yi@elsewhere.example", circular), NOW)
    assert [each.address for each in rows(AddressTrouble)] == [OFFICER]


def test_it_counts_a_bounce_once(circular: Delivery) -> None:
    raw = bounce(OFFICER, circular)
    take(raw, NOW)
    assert not take(raw, NOW + timedelta(minutes=1)).is_new
    assert len(entries("delivery.bounced")) == 1


def test_it_does_not_believe_a_bounce_without_a_token(circular: Delivery) -> None:
    taken = take(bounce(OFFICER, None), NOW)
    assert (taken.state, len(inbox())) == (InboundState.WAITING, 1)
    assert [each.hard_at for each in rows(AddressTrouble)] == [None]
    assert not [each for each in rows(Delivery) if each.state is DeliveryState.BOUNCED]


def test_it_does_not_believe_the_token_of_another_office_about_an_address(circular: Delivery) -> None:
    """A token stands for one address: it cannot stop mail to another."""
    foreign = sent(LEFT, f"officer.{SHIQIAO}@example.org", "circular")
    take(bounce(OFFICER, foreign), NOW)
    assert [each.address for each in rows(AddressTrouble)] == [f"officer.{SHIQIAO}@example.org"]


def test_it_takes_no_report_of_failure_for_an_act_whatever_its_words(circular: Delivery) -> None:
    raw = mail("收到", sender="MAILER-DAEMON@relay.example.org", answers=circular, subject="系统退信")
    assert take(raw, NOW).state in (InboundState.NOTED, InboundState.WAITING)
    assert entries("inbound.taken") == []
