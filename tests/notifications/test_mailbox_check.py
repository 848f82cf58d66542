"""The mail settings tried before the first notice: what is right and what is wrong, one line each."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from notifications.mailbox_check import check_mailbox
from notifications.sending_check import check_sending
from notifications.smtp import SmtpServer
from tests.imap import Postbox, letter
from tests.notifications.scripted_server import ScriptedServer
from tests.scripted_imap import Do, ScriptedImap

LOGIN = {"EHLO": ["250-x\r\n250 AUTH PLAIN LOGIN"] * 2}


def smtp(port: int, *, username: str | None = "duban@example.org") -> SmtpServer:
    return SmtpServer(
        host="127.0.0.1", port=port, username=username, password=SecretStr("dong-tian-2020"), security="none",
        timeout=2, sender="duban@example.org",
    )  # fmt: skip


def test_it_finds_a_good_mailbox_good_and_leaves_its_mails_alone(imap_server: Postbox) -> None:
    imap_server.put(letter(1), letter(2))
    first, second = check_mailbox(imap_server.server()), check_mailbox(imap_server.server())
    assert all(finding.ok for finding in (*first, *second))
    assert "有 2 封邮件待读取" in first[0].text
    assert [sum("已新建" in finding.text for finding in findings) for findings in (first, second)] == [2, 0]
    assert imap_server.flags() == [set(), set()]
    assert {"督办/已处理", "督办/待人工处理"} <= imap_server.folders()


def test_it_says_that_no_mailbox_is_read() -> None:
    (finding,) = check_mailbox(None)
    assert finding.ok
    assert "DUBAN_IMAP_HOST" in finding.text


def test_it_logs_in_once_and_says_why_it_was_refused() -> None:
    with ScriptedImap() as imap:
        (finding,) = check_mailbox(imap.server(password="dong-tian-2020"))
    assert not finding.ok
    assert "DUBAN_IMAP_PASSWORD" in finding.text
    assert "dong-tian" not in finding.text
    assert imap.count("LOGIN") == 1


def test_it_names_the_id_that_a_provider_asks_for() -> None:
    with ScriptedImap({"SELECT": ["NO SELECT Unsafe Login"] * 2}) as imap:
        (finding,) = check_mailbox(imap.server())
    assert not finding.ok
    assert "IMAP ID" in finding.text


def test_it_goes_on_to_the_next_folder_where_one_cannot_be_made() -> None:
    with ScriptedImap({"CREATE": [None, "NO forbidden"]}) as imap:
        findings = check_mailbox(imap.server())
    wrong = [finding.text for finding in findings if not finding.ok]
    assert len(wrong) == 1
    assert "督办/已处理" in wrong[0]
    assert "督办/待人工处理" in imap.folders


@pytest.mark.parametrize(
    ("can", "keeps", "words"),
    [("MOVE", "\\*", "移入"), ("", "\\*", "自有标记"), ("", "\\Seen", "已读标记")],
)
def test_it_says_how_mails_will_be_filed(can: str, keeps: str, words: str) -> None:
    with ScriptedImap(can=can, keeps=keeps) as imap:
        assert words in check_mailbox(imap.server())[-1].text


def test_it_says_that_the_line_dropped() -> None:
    with ScriptedImap({"CREATE": Do.DROP}) as imap:
        (finding,) = check_mailbox(imap.server())
    assert not finding.ok


def test_it_logs_in_to_the_sending_server_and_sends_nothing() -> None:
    with ScriptedServer(LOGIN) as server:
        (finding,) = check_sending(smtp(server.port))
    assert finding.ok
    assert "duban@example.org" in finding.text
    assert server.messages == []
    assert not [line for line in server.commands if line.startswith("MAIL")]


def test_it_says_that_the_sending_server_refuses_the_login() -> None:
    with ScriptedServer(LOGIN | {"AUTH": ["535 wrong"] * 5}) as server:
        (finding,) = check_sending(smtp(server.port))
    assert not finding.ok
    assert "授权码" in finding.text
    assert "535" in finding.text or "wrong" in finding.text
    assert "dong-tian" not in finding.text


def test_it_says_that_the_sending_server_is_out_of_reach() -> None:
    with ScriptedServer({"CONNECT": "421 closed"}) as server:
        (finding,) = check_sending(smtp(server.port, username=None))
    assert not finding.ok
    assert "DUBAN_SMTP_HOST" in finding.text
