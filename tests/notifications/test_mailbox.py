"""The mailbox on real servers: what waits is read as it lies there, and what was dealt with is filed, never deleted."""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import replace
from typing import Literal

import pytest

from config.settings import settings
from notifications.mailbox import FILED, Mailbox, MailboxTrouble, Unreadable, mailbox_of_settings
from tests.imap import HAS_DOVECOT, PASSWORD, Postbox, dovecot, letter, new_name

_PREFIXED = """
namespace inbox {
  separator = .
  prefix = INBOX.
}
"""
DONE, QUEUE = "督办/已处理", "督办/待人工处理"


def test_it_gives_what_waits_oldest_first_with_its_size(imap_server: Postbox) -> None:
    imap_server.put(letter(1), letter(2, size=5000), letter(3))
    with Mailbox(imap_server.server()) as mailbox:
        found = mailbox.waiting(2)
        assert [mailbox.fetch(each.uid) for each in found] == [letter(1), letter(2, size=5000)]
    assert [each.size for each in found] == [len(letter(1)), len(letter(2, size=5000))]


def test_it_gives_nothing_from_an_empty_mailbox(imap_server: Postbox) -> None:
    with Mailbox(imap_server.server()) as mailbox:
        assert mailbox.waiting(10) == []


def test_it_leaves_a_message_unseen_while_it_only_reads(imap_server: Postbox) -> None:
    imap_server.put(letter())
    with Mailbox(imap_server.server()) as mailbox:
        (found,) = mailbox.waiting(10)
        mailbox.fetch(found.uid)
        mailbox.fetch_head(found.uid)
    assert imap_server.flags() == [set()]


def test_it_reads_bytes_as_they_are(imap_server: Postbox) -> None:
    raw = b"Subject: " + "关于汇总".encode("gb18030") + b"\r\n\r\n" + bytes(range(128, 256)) + b"\r\n"
    imap_server.put(raw)
    with Mailbox(imap_server.server()) as mailbox:
        (found,) = mailbox.waiting(10)
        assert mailbox.fetch(found.uid) == raw


def test_it_files_into_a_folder_with_a_chinese_name_that_it_makes(imap_server: Postbox) -> None:
    imap_server.put(letter(1), letter(2))
    with Mailbox(imap_server.server()) as mailbox:
        first, second = mailbox.waiting(10)
        mailbox.file(first.uid, DONE)
        mailbox.file(second.uid, QUEUE)
        assert mailbox.waiting(10) == []
    assert imap_server.held() == []
    assert imap_server.held(DONE) == [letter(1)]
    assert imap_server.held(QUEUE) == [letter(2)]
    assert imap_server.flags(DONE) == [{"\\Seen"}]
    assert {DONE, QUEUE} <= imap_server.subscribed()


def test_it_files_once_however_often_it_is_told(imap_server: Postbox) -> None:
    imap_server.put(letter())
    with Mailbox(imap_server.server()) as mailbox:
        (found,) = mailbox.waiting(10)
        mailbox.file(found.uid, DONE)
        mailbox.file(found.uid, DONE)
    assert imap_server.held(DONE) == [letter()]


def test_it_reads_a_folder_with_a_chinese_name(imap_server: Postbox) -> None:
    with Mailbox(imap_server.server()) as mailbox:
        assert mailbox.prepare("督办/来信 & “回复”") is True
        assert mailbox.prepare("督办/来信 & “回复”") is False
    imap_server.put(letter(), folder="督办/来信 & “回复”")
    with Mailbox(imap_server.server(folder="督办/来信 & “回复”")) as mailbox:
        mailbox.file(mailbox.waiting(10)[0].uid, DONE)
    assert imap_server.held(DONE) == [letter()]


def test_it_deletes_nothing_that_others_marked_as_deleted(imap_server: Postbox) -> None:
    imap_server.put(letter(1))
    imap_server.put(letter(2), flags="\\Deleted")
    with Mailbox(imap_server.server()) as mailbox:
        mailbox.file(mailbox.waiting(1)[0].uid, DONE)
    assert imap_server.held() == [letter(2)]


def test_it_fetches_no_more_of_a_message_than_it_was_told_to(imap_server: Postbox) -> None:
    imap_server.put(letter(1, size=50_000), letter(2))
    with Mailbox(imap_server.server(largest=10_000)) as mailbox:
        large, small = mailbox.waiting(10)
        with pytest.raises(Unreadable) as trouble:
            mailbox.fetch(large.uid)
        head = mailbox.fetch_head(large.uid)
        assert mailbox.fetch(small.uid) == letter(2)
    assert trouble.value.reason == "too_large"
    assert letter(1, size=50_000).startswith(head)
    assert head.endswith(b"\r\n\r\n")


def test_it_says_that_a_message_is_gone(imap_server: Postbox) -> None:
    imap_server.put(letter())
    with Mailbox(imap_server.server()) as mailbox:
        (found,) = mailbox.waiting(10)
        mailbox.file(found.uid, DONE)
        with pytest.raises(Unreadable) as trouble:
            mailbox.fetch(found.uid)
    assert trouble.value.reason == "gone"


def test_it_waits_until_a_message_comes(imap_server: Postbox) -> None:
    with Mailbox(imap_server.server()) as mailbox:
        mailbox.waiting(10)
        began = time.monotonic()
        assert mailbox.wait(0.3) is False
        assert time.monotonic() - began >= 0.3
        later = threading.Timer(0.3, lambda: imap_server.put(letter()))
        later.start()
        assert mailbox.wait(10) is True
        later.join()
        assert len(mailbox.waiting(10)) == 1
        assert mailbox.wait(0.2) is False
    assert time.monotonic() - began < 8


def test_it_does_not_wait_when_a_message_came_while_others_were_read(imap_server: Postbox) -> None:
    imap_server.put(letter(1))
    with Mailbox(imap_server.server()) as mailbox:
        (found,) = mailbox.waiting(10)
        imap_server.put(letter(2))
        mailbox.fetch(found.uid)
        mailbox.file(found.uid, DONE)
        assert mailbox.wait(10) is True


def test_it_notices_a_message_that_comes_after_one_was_filed(imap_server: Postbox) -> None:
    imap_server.put(letter(1))
    with Mailbox(imap_server.server()) as mailbox:
        mailbox.file(mailbox.waiting(10)[0].uid, DONE)
        later = threading.Timer(0.3, lambda: imap_server.put(letter(2)))
        later.start()
        assert mailbox.wait(10) is True
        later.join()
        assert len(mailbox.waiting(10)) == 1


def test_it_says_in_one_sentence_that_the_login_is_refused(imap_server: Postbox) -> None:
    with pytest.raises(MailboxTrouble) as trouble, Mailbox(imap_server.server(password="wrong-secret")):
        pass
    assert trouble.value.kind == "login"
    assert trouble.value.needs_a_person
    assert "授权码" in str(trouble.value)
    assert "wrong-secret" not in str(trouble.value)


def test_it_says_which_folder_cannot_be_opened(imap_server: Postbox) -> None:
    with pytest.raises(MailboxTrouble) as trouble, Mailbox(imap_server.server(folder="没有这个")):
        pass
    assert trouble.value.kind == "folder"
    assert "没有这个" in str(trouble.value)


def test_it_keeps_the_password_out_of_what_is_printed(imap_server: Postbox) -> None:
    assert PASSWORD not in repr(imap_server.server())


@pytest.mark.skipif(not HAS_DOVECOT, reason="no Dovecot 2.3 is installed")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_speaks_tls_with_a_real_server(security: Literal["tls", "starttls"], dovecot_server: Postbox) -> None:
    box = replace(dovecot_server, username=new_name())
    box.put(letter(size=500_000))
    known = ssl.create_default_context(cafile=str(box.certificate))
    with Mailbox(box.server(security=security), tls_context=known) as mailbox:
        assert mailbox.fetch(mailbox.waiting(1)[0].uid) == letter(size=500_000)
        later = threading.Timer(0.3, lambda: box.put(letter(2)))
        later.start()
        assert mailbox.wait(10) is True
        later.join()


@pytest.mark.skipif(not HAS_DOVECOT, reason="no Dovecot 2.3 is installed")
def test_it_files_below_a_prefix_where_a_real_server_has_one() -> None:
    with dovecot(_PREFIXED) as box:
        box.put(letter())
        with Mailbox(box.server()) as mailbox:
            mailbox.file(mailbox.waiting(1)[0].uid, DONE)
            assert mailbox.waiting(1) == []
        assert box.held("INBOX.督办.已处理") == [letter()]


@pytest.mark.skipif(not HAS_DOVECOT, reason="no Dovecot 2.3 is installed")
def test_it_copies_and_flags_on_a_real_server_without_move() -> None:
    with dovecot("imap_capability = IMAP4rev1 ID IDLE NAMESPACE UIDPLUS\n") as box:
        box.put(letter(1), letter(2))
        with Mailbox(box.server()) as mailbox:
            assert not mailbox.can_move
            assert mailbox.keeps_keywords
            for each in mailbox.waiting(10):
                mailbox.file(each.uid, DONE)
            assert mailbox.waiting(10) == []
            assert mailbox.wait(0.2) is False
        with Mailbox(box.server()) as mailbox:
            assert mailbox.waiting(10) == []
            mailbox.file(1, DONE)
        assert box.held() == box.held(DONE) == [letter(1), letter(2)]
        assert box.flags() == [{"\\Seen", FILED}] * 2


def test_it_works_through_hundreds_of_messages(imap_server: Postbox) -> None:
    imap_server.put(*(letter(number) for number in range(450)))
    with Mailbox(imap_server.server()) as mailbox:
        found = mailbox.waiting(1000)
        assert len(found) == 450
        for each in found[:5]:
            mailbox.file(each.uid, DONE)
        assert [each.uid for each in mailbox.waiting(1000)] == [each.uid for each in found[5:]]


def test_it_is_none_where_no_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mailbox_of_settings() is None
    monkeypatch.setenv("DUBAN_IMAP_HOST", "imap.example.org")
    monkeypatch.setenv("DUBAN_IMAP_PASSWORD", "secret")
    settings.cache_clear()
    server = mailbox_of_settings()
    assert server is not None
    assert (server.host, server.port, server.security, server.folder) == ("imap.example.org", 993, "tls", "INBOX")
    assert server.filing_folders == (DONE, QUEUE)
