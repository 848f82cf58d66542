"""`duban mail collect --watch`: a mail is taken as soon as it comes, a lost line is taken up again, Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from models.audit import COLLECTION, RunLog
from models.inbound import InboundMessage, InboundState
from models.notice import Delivery
from tasks import collecting
from tasks.collecting import Collected
from tasks.waiting_for_mail import wait_for_mail, watch_mail
from tests import scripted_imap
from tests.cast import DONGAN, beijing, set_out
from tests.cli.commands import DUBAN
from tests.imap import PASSWORD, Postbox
from tests.letters import mail, sent
from tests.looking import firings, rows
from tests.scripted_imap import Do, ScriptedImap
from tests.tasks.stage import audit_is_whole, use

START = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 11:00")
OFFICER = f"officer.{DONGAN}@example.org"
#: Seconds within which a mail that comes is taken, on a machine that has much else to do.
_SOON = 15.0


def use_mailbox(monkeypatch: pytest.MonkeyPatch, box: Postbox | ScriptedImap, **more: object) -> None:
    """Let this be the installation's mailbox."""
    chosen = {
        "imap_host": "127.0.0.1", "imap_port": box.port, "imap_security": "none", "imap_username": box.username,
        "imap_password": PASSWORD if isinstance(box, Postbox) else scripted_imap.PASSWORD, "imap_timeout_seconds": 10,
    }  # fmt: skip
    use(monkeypatch, **(chosen | more))


def circular() -> Delivery:
    set_out(START)
    return sent(NOW, OFFICER, "circular")


def until(is_so: Callable[[], bool], seconds: float = _SOON) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


# ---------------------------------------------------------------- as a process, on real servers


@contextmanager
def watching() -> Iterator[subprocess.Popen[str]]:
    """The command as a person starts it; it visits the mailbox before this goes on."""
    with subprocess.Popen(
        [DUBAN, "mail", "collect", "--watch"], env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        try:
            until(lambda: bool(visits()), 60)
            yield process
        finally:
            process.kill()


def visits() -> list[RunLog]:
    return list(rows(RunLog, RunLog.name == COLLECTION))


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=20)
    return process.returncode, said, errors


def test_it_takes_a_mail_that_comes_while_it_watches_and_ends_cleanly_on_ctrl_c(
    sqlite: str, imap_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = mail("收到", sender=OFFICER, answers=circular())
    use_mailbox(monkeypatch, imap_server)
    with watching() as process:
        assert imap_server.held() == []
        imap_server.put(receipt)
        until(lambda: len(imap_server.held("督办/已处理")) == 1)
        assert process.stdout is not None
        assert process.stdout.readline() == "收到来信 1 封：办理 1 件，待人工处理 0 件\n", "told at once, in a pipe too"
        imap_server.put(mail("请问怎么填？", sender=OFFICER))
        until(lambda: len(imap_server.held("督办/待人工处理")) == 1)
        code, _, errors = interrupted(process)
    assert (code, errors) == (130, "已中断。\n")
    assert [each.state for each in rows(InboundMessage)] == [InboundState.TAKEN, InboundState.WAITING]
    assert imap_server.held() == []
    assert audit_is_whole()


def test_it_breaks_nothing_where_ctrl_c_comes_while_it_takes_mails(
    sqlite: str, imap_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = circular()
    use_mailbox(monkeypatch, imap_server)
    letters = [mail("收到", sender=OFFICER, answers=answered, message_id=f"<{each}@test>") for each in range(60)]
    with watching() as process:
        imap_server.put(*letters)
        until(lambda: bool(rows(InboundMessage)))
        code, _, errors = interrupted(process)
    assert (code, errors) == (130, "已中断。\n")
    assert audit_is_whole()
    left, filed = len(imap_server.held()), len(imap_server.held("督办/已处理"))
    assert left + filed == 60
    assert left, "it was stopped half way"
    list(stopping_after(1, watch_mail(lambda: NOW)))
    assert (imap_server.held(), len(imap_server.held("督办/已处理"))) == ([], 60)
    states = [each.state for each in rows(InboundMessage)]
    assert (len(states), states.count(InboundState.TAKEN)) == (60, 1), "one act"


# ---------------------------------------------------------------- losses


def stopping_after(number: int, told: Iterator[Collected]) -> Iterator[Collected]:
    for _ in range(number):
        yield next(told)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it paused each time; nobody waits for it here."""
    found: list[float] = []
    monkeypatch.setattr("tasks.waiting_for_mail.time.sleep", found.append)
    monkeypatch.setattr("tasks.waiting_for_mail._WATCHED", 30.0)
    return found


@pytest.fixture
def clock() -> Callable[[], datetime]:
    minutes = count()
    return lambda: NOW + timedelta(minutes=next(minutes))


def test_it_takes_a_lost_line_up_again_ever_more_slowly_and_tells_of_it_once(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float], clock: Callable[[], datetime]
) -> None:
    receipt = mail("收到", sender=OFFICER, answers=circular())
    with ScriptedImap({"GREETING": [Do.DROP] * 7}) as imap:
        use_mailbox(monkeypatch, imap)
        imap.put(receipt)
        lost, well = stopping_after(2, watch_mail(clock))
        assert imap.connections == 8
    assert "未处理的邮件下次再取" in lost.trouble or "连接不上收信服务器" in lost.trouble
    assert not lost.needs_a_person
    assert (well.trouble, len(well.taken)) == ("", 1)
    assert pauses == [5, 10, 20, 40, 60, 60, 60]
    assert [bool(each.counts["failed"]) for each in visits()] == [True] * 7 + [False]
    assert firings(rung="alarm:alarm") == [], "the check of silence tells of it, once"


def test_it_goes_on_where_the_line_is_lost_while_it_waits(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float], clock: Callable[[], datetime]
) -> None:
    receipt = mail("收到", sender=OFFICER, answers=circular())
    with ScriptedImap({"IDLE": [Do.DROP, Do.DROP]}) as imap:
        use_mailbox(monkeypatch, imap)
        threading.Timer(1, lambda: imap.put(receipt)).start()
        [done] = stopping_after(1, watch_mail(clock))
    assert (done.trouble, len(done.taken)) == ("", 1)
    assert pauses == [5, 10]
    assert imap.count("IDLE") == 3


def test_it_does_not_log_in_without_end_for_a_mail_that_cannot_be_had(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float], clock: Callable[[], datetime]
) -> None:
    receipt = mail("收到", sender=OFFICER, answers=circular())
    fetch, refused = collecting._fetched, iter(range(3))

    def fetched(*asked: Any) -> Any:
        if next(refused, None) is not None:
            raise collecting._Gone
        return fetch(*asked)

    monkeypatch.setattr("tasks.collecting._fetched", fetched)
    with ScriptedImap() as imap:
        use_mailbox(monkeypatch, imap)
        imap.put(receipt)
        [done] = stopping_after(1, watch_mail(clock))
    assert len(done.taken) == 1
    assert pauses == [5, 10], "the first visit alone has no reason to wait"


def test_it_ends_and_alarms_once_where_the_login_is_refused(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float], clock: Callable[[], datetime]
) -> None:
    set_out(START)
    with ScriptedImap() as imap:
        use_mailbox(monkeypatch, imap, imap_password="wrong")
        for _ in range(2):
            [done] = watch_mail(clock)
            assert done.needs_a_person
        assert imap.count("LOGIN") == 2, "no login is tried again by itself"
    assert len(firings(rung="alarm:alarm")) == 1
    assert pauses == []


def test_it_ends_where_no_mailbox_is_set_up(sqlite: str) -> None:
    assert [done.is_set_up for done in watch_mail(lambda: NOW)] == [False]


def test_it_asks_a_server_that_cannot_tell_of_news(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float], clock: Callable[[], datetime]
) -> None:
    monkeypatch.setattr("notifications.mailbox._ASK_EVERY", 0.1)
    receipt = mail("收到", sender=OFFICER, answers=circular())
    with ScriptedImap(can="MOVE ID") as imap:
        use_mailbox(monkeypatch, imap)
        threading.Timer(1, lambda: imap.put(receipt)).start()
        [done] = stopping_after(1, watch_mail(clock))
    assert len(done.taken) == 1
    assert (imap.count("IDLE"), imap.count("NOOP") > 1) == (0, True)
    assert pauses == []


def test_it_knows_at_once_that_something_waits(imap_server: Postbox) -> None:
    assert not wait_for_mail(imap_server.server(), 0.2)
    imap_server.put(mail("收到", sender=OFFICER))
    assert wait_for_mail(imap_server.server(), 30)
