"""The mailbox and what real servers seldom do while it reads and waits: odd answers, and a line that drops."""

from __future__ import annotations

import threading
import time

import pytest

from notifications.mailbox import FILED, Found, Mailbox, MailboxTrouble, Unreadable
from tests.imap import letter
from tests.scripted_imap import Do, ScriptedImap, Step


@pytest.mark.parametrize("step", [Do.DROP, Do.HALF, Do.HANG])
def test_it_says_that_the_line_dropped_in_the_middle_of_a_message(step: Step) -> None:
    with ScriptedImap({"FETCH": [None, step]}) as imap:
        imap.put(letter(size=100_000))
        with pytest.raises(MailboxTrouble) as caught, Mailbox(imap.server(timeout=0.5)) as mailbox:
            mailbox.fetch(mailbox.waiting(10)[0].uid)
        assert caught.value.kind == "lost"
        assert imap.held() == [letter(size=100_000)]
        assert imap.flags() == [set()]
        with Mailbox(imap.server()) as mailbox:
            assert mailbox.fetch(mailbox.waiting(10)[0].uid) == letter(size=100_000)


def test_it_reads_on_behind_a_message_that_the_server_cannot_read_itself() -> None:
    with ScriptedImap({"FETCH": [None, "NO [SERVERBUG] internal error"]}) as imap:
        imap.put(letter(1), letter(2))
        with Mailbox(imap.server()) as mailbox:
            first, second = mailbox.waiting(10)
            with pytest.raises(Unreadable) as caught:
                mailbox.fetch(first.uid)
            assert caught.value.reason == "refused"
            assert mailbox.fetch(second.uid) == letter(2)


def test_it_gives_up_on_a_server_that_sends_a_message_drop_by_drop() -> None:
    with ScriptedImap({"FETCH": Do.DRIP}) as imap:
        imap.put(letter())
        began = time.monotonic()
        with Mailbox(imap.server(timeout=1)) as mailbox, pytest.raises(MailboxTrouble) as caught:
            mailbox.fetch(1)
    assert caught.value.kind == "lost"
    assert time.monotonic() - began < 8


def test_it_finds_the_message_among_what_others_do_meanwhile() -> None:
    noise = "* 9 FETCH (UID 900 FLAGS (\\Seen))\r\n* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n* OK still here\r\n* 3 RECENT"
    with ScriptedImap(noise=noise) as imap:
        imap.put(letter(1), letter(2))
        with Mailbox(imap.server()) as mailbox:
            found = mailbox.waiting(10)
            assert [each.uid for each in found] == [1, 2]
            assert [mailbox.fetch(each.uid) for each in found] == [letter(1), letter(2)]


def test_it_reads_from_a_server_that_tells_no_sizes_and_still_takes_no_more_than_it_may() -> None:
    with ScriptedImap(tells_sizes=False) as imap:
        imap.put(letter(1, size=80_000), letter(2))
        with Mailbox(imap.server(largest=10_000)) as mailbox:
            assert mailbox.waiting(10) == [Found(1, None), Found(2, None)]
            with pytest.raises(Unreadable):
                mailbox.fetch(1)
            assert mailbox.fetch(2) == letter(2)


def test_it_believes_no_announcement_of_a_monstrous_message() -> None:
    with ScriptedImap() as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            imap.noise = "* 1 FETCH (UID 1 BODY[] {999999999999}"
            began = time.monotonic()
            with pytest.raises(MailboxTrouble) as caught:
                mailbox.fetch(1)
    assert caught.value.kind == "lost"
    assert time.monotonic() - began < 2


def test_it_leaves_the_numbers_alone_that_a_search_does_not_name() -> None:
    with ScriptedImap({"SEARCH": "OK nothing said"}) as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            assert mailbox.waiting(10) == []
            assert len(mailbox.waiting(10)) == 1


def test_it_asks_for_each_flag_where_a_server_cannot_search_for_ours() -> None:
    with ScriptedImap({"SEARCH": "BAD unknown key"}) as imap:
        imap.put(letter(1), flags=FILED)
        imap.put(letter(2))
        with Mailbox(imap.server()) as mailbox:
            assert [each.uid for each in mailbox.waiting(10)] == [2]


def test_it_reads_after_the_server_has_numbered_everything_anew() -> None:
    with ScriptedImap() as imap:
        imap.put(letter())
        with Mailbox(imap.server()) as mailbox:
            before = mailbox.uidvalidity
        imap.uidvalidity = 8
        imap.folders["INBOX"][0].uid = 90
        with Mailbox(imap.server()) as mailbox:
            assert (before, mailbox.uidvalidity) == (7, 8)
            assert mailbox.fetch(mailbox.waiting(10)[0].uid) == letter()


def test_it_asks_now_and_then_where_the_server_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.mailbox._ASK_EVERY", 0.1)
    with ScriptedImap(can="") as imap, Mailbox(imap.server()) as mailbox:
        assert mailbox.waiting(10) == []
        threading.Timer(0.3, lambda: imap.put(letter())).start()
        assert mailbox.wait(5) is True
        assert len(mailbox.waiting(10)) == 1


def test_it_does_not_take_a_second_opening_of_the_folder_for_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.mailbox._ASK_EVERY", 0.1)
    with ScriptedImap(can="") as imap:
        imap.put(letter(1), letter(2))
        with Mailbox(imap.server()) as mailbox:
            mailbox.prepare("督办/已处理")
            assert len(mailbox.waiting(10)) == 2
            mailbox.file(1, "督办/已处理")
            assert imap.count("SELECT") == 2
            assert mailbox.wait(0.3) is False
            imap.put(letter(3))
            mailbox.file(2, "督办/已处理")
            assert mailbox.wait(5) is True


def test_it_begins_idle_anew_before_the_server_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.mailbox._RENEW_IDLE", 0.2)
    with ScriptedImap() as imap, Mailbox(imap.server(timeout=2)) as mailbox:
        assert mailbox.waiting(10) == []
        assert mailbox.wait(0.7) is False
        assert imap.count("IDLE") == 4
        threading.Timer(0.3, lambda: imap.put(letter())).start()
        assert mailbox.wait(5) is True
        assert len(mailbox.waiting(10)) == 1


def test_it_asks_where_idle_is_offered_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.mailbox._ASK_EVERY", 0.1)
    with ScriptedImap({"IDLE": "NO not now"}) as imap, Mailbox(imap.server()) as mailbox:
        mailbox.waiting(10)
        imap.put(letter())
        assert mailbox.wait(5) is True
    assert (imap.count("IDLE"), imap.count("NOOP")) == (1, 1)


@pytest.mark.parametrize("step", [Do.DROP, Do.HANG])
def test_it_says_that_the_server_hung_up_in_idle(step: Step) -> None:
    with (
        ScriptedImap({"IDLE": step}) as imap,
        Mailbox(imap.server(timeout=0.5)) as mailbox,
        pytest.raises(MailboxTrouble) as caught,
    ):
        mailbox.wait(5)
    assert caught.value.kind == "lost"


def test_it_says_that_the_line_dropped_while_it_waited() -> None:
    with (
        ScriptedImap({"NOOP": Do.DROP}, can="") as imap,
        Mailbox(imap.server()) as mailbox,
        pytest.raises(MailboxTrouble) as caught,
    ):
        mailbox.wait(0.1)
    assert caught.value.kind == "lost"
