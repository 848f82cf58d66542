"""What came in, in the UI: collecting, what waits, the form that deals with it; strangers' words stay plain text."""

from __future__ import annotations

import pytest

from domain.statuses import ObligationKind, Status
from flows.inbox import collect_mail, handle_mail, show_inbox
from tests.cast import COVER, DONGAN, beijing, set_out
from tests.flows.runs import run
from tests.imap import PASSWORD, Postbox
from tests.letters import inbox, mail, sent, take
from tests.looking import the_one
from tests.tasks.stage import use

START = beijing("2020-02-14 09:30")
LEFT = beijing("2020-02-14 10:00")
NOW = beijing("2020-02-14 11:00")
OFFICER = f"officer.{DONGAN}@example.org"
NASTY = "<img src=http://evil.example/x> [点我](http://evil.example) | `x` \u202e"


@pytest.fixture(autouse=True)
def forwarded(prefect_api: str) -> None:
    set_out(START)


def test_it_collects_and_leaves_what_it_did_and_what_waits(
    pymap_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = mail("收到", sender=OFFICER, answers=sent(LEFT, OFFICER, "circular"))
    use(
        monkeypatch, imap_host="127.0.0.1", imap_port=pymap_server.port, imap_security="none",
        imap_username=pymap_server.username, imap_password=PASSWORD,
    )  # fmt: skip
    pymap_server.empty()
    pymap_server.put(receipt, mail("请问怎么填？", sender=OFFICER, subject=NASTY))
    ran = run(collect_mail, as_of=NOW)
    assert (ran.state, ran.line) == ("COMPLETED", "收到来信 2 封：办理 1 件，待人工处理 1 件")
    assert "回执号" in ran.text("collected-mail")
    assert [row["发件人"] for row in ran.rows("inbox")] == [OFFICER]


def test_it_says_that_no_mailbox_is_set_up() -> None:
    ran = run(collect_mail, as_of=NOW)
    assert "DUBAN_IMAP_HOST" in ran.line
    assert ran.artifacts == {}


def test_it_turns_red_where_the_mailbox_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, imap_host="127.0.0.1", imap_port=9, imap_security="none", imap_username="x", imap_password="y")
    assert run(collect_mail, as_of=NOW).state == "FAILED"


def test_it_shows_what_strangers_wrote_as_plain_text() -> None:
    take(mail("请看", sender="evil@example.com", subject=NASTY), NOW)
    [row] = run(show_inbox).rows("inbox")
    assert row["主题"] == "\\<img src=http://evil.example/x\\> \\[点我\\](http://evil.example) \\| …"
    assert row["单位"] == "（名册外）"


def test_it_takes_a_mail_for_an_office_by_form() -> None:
    take(mail("收到", sender=OFFICER), NOW)
    [message] = inbox()
    ran = run(
        handle_mail,
        mail=message.id,
        handling="签收",
        officer="值班员甲",
        office="东岸区",
        document_number=COVER,
        as_of=NOW,
    )
    assert ran.state == "COMPLETED", ran.line
    assert ran.line.endswith("尚有 0 件待处理。")
    assert the_one(ObligationKind.RECEIPT, DONGAN).status is Status.ACCEPTED


def test_it_settles_a_mail_by_form_with_a_reason() -> None:
    number = take(mail("请问怎么填？", sender=OFFICER), NOW).inbound_id
    refused = run(handle_mail, mail=number, handling="不办理", officer="值班员甲", as_of=NOW)
    assert (refused.state, refused.line) == ("FAILED", "处理来信必须说明理由。")
    assert run(
        handle_mail, mail=number, handling="不办理", officer="值班员甲", reason="已电话答复", as_of=NOW
    ).state == ("COMPLETED")


def test_it_asks_who_deals_with_it() -> None:
    number = take(mail("请问怎么填？", sender=OFFICER), NOW).inbound_id
    assert run(handle_mail, mail=number, handling="签收", officer=" ", as_of=NOW).line == "请填写经办人姓名。"
