"""How fast mail goes: servers that ask us to go slower, that take us for spam, and so many messages a minute."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from domain.trail import SYSTEM
from domain.urgent import Severity
from flows.words import delivery_line
from models.notice import Delivery
from models.pace import Pace, pace, slow_down, speed_up
from models.session import reading, transaction
from tasks import delivering
from tasks.alerting import raise_urgent_report
from tasks.checking import check_installation
from tasks.delivering import deliver
from tests.cast import DONGAN, ROSTER_LINES, beijing, officer, set_out
from tests.looking import entries
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import SlowServer, as_mail, audit_is_whole, deliver_at, deliveries, firings, go_live, states

FORWARDED = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 09:40")
FREQUENCY = "550 Connection frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022"
SPAM = "554 DT:SPM 163 smtp8,D8CowACH http://mail.163.com/help/help_spam_16.htm"


def pace_now() -> Pace:
    with reading() as session:
        return pace(session)


def to(server: ScriptedServer) -> list[str]:
    return [as_mail(data).to for data in server.messages]


# ---------------------------------------------------------------- a refusal that means later


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "DOT"])
def test_it_puts_off_what_is_refused_for_good_in_words_that_mean_later(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({command: ["250 OK", FREQUENCY] if command != "DATA" else ["354 go", FREQUENCY]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
        assert (done.accepted, done.refused, done.deferred, done.trouble) == (1, 0, 1, "")
        assert "要求放慢" in delivery_line(done)
        assert states() == {"accepted": 1, "queued": 7}, "the run ends: the rest would only be refused too"
        assert firings(kind="undeliverable") == []
        assert deliver_at(NOW + timedelta(minutes=2)).accepted == 7
    (put_off,) = [each for each in deliveries() if each.attempts == 2]
    assert put_off.state == "accepted"


def test_it_pauses_all_runs_but_for_what_passes_at_any_hour(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"RCPT": FREQUENCY}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW)
        assert pace_now() == Pace(1, NOW + timedelta(minutes=2))
        soon = NOW + timedelta(minutes=1)
        raise_urgent_report.fn(
            DONGAN, "山洪", "某村进水", Severity.ORDINARY, occurred_at=soon, learned_at=soon, actor=officer(DONGAN),
            now=soon,
        )  # fmt: skip
        done = deliver_at(soon)
        assert (done.accepted, done.paused_until) == (1, NOW + timedelta(minutes=2))
        assert "以后再发" in delivery_line(done)
        assert as_mail(server.messages[-1]).subject.startswith("【紧急】")
        assert deliver_at(NOW + timedelta(minutes=2)).accepted >= 8
    assert audit_is_whole()


def test_it_waits_longer_and_opens_fewer_connections_each_time_it_is_asked(database: str) -> None:
    now, pauses = NOW, []
    for _ in range(8):
        with transaction(SYSTEM, now) as work:
            slow_down(work, timedelta(minutes=2))
            slow_down(work, timedelta(minutes=2))  # several connections hear the same
        until = pace_now().until
        assert until is not None
        pauses.append((until - now) // timedelta(minutes=1))
        now = until
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert [Pace(level).connections(8) for level in range(6)] == [8, 4, 2, 1, 1, 1]
    for level in (5, 4, 3, 2, 1, 0, 0):
        with transaction(SYSTEM, now) as work:
            speed_up(work)
        assert pace_now() == Pace(level)
    assert len(entries("mail.pace")) == 8 + 6


def test_it_speeds_up_again_with_each_run_that_nobody_complains_of(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"RCPT": FREQUENCY}) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=2)
        deliver_at(NOW)
        before = server.connections
        deliver_at(NOW + timedelta(minutes=2))
        assert server.connections == before + 1, "half the connections"
    assert pace_now() == Pace(0)


def test_it_takes_a_temporary_refusal_for_being_too_fast_only_where_it_says_so(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    answers = ["450 4.2.0 greylisted, please try again later", "250 OK", "451 MI:SFQ 163 smtp7"]
    with ScriptedServer({"RCPT": answers}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
    assert (done.accepted, done.deferred) == (1, 2)
    assert pace_now().level == 1


def test_it_opens_fewer_connections_where_the_server_allows_no_more(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"CONNECT": ["220 welcome", "421 4.7.0 too many connections"]}) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=2)
        done = deliver_at(NOW)
        assert (done.accepted, done.trouble, done.held_up) == (8, "", "")
    assert pace_now() == Pace(1), "fewer of them the next time, and no pause"


# ---------------------------------------------------------------- taken for spam


@pytest.mark.parametrize("command", ["RCPT", "DOT"])
def test_it_ends_the_run_where_it_is_taken_for_spam_and_alarms_once_with_whom_to_telephone(
    database: str, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({command: ["250 OK", SPAM]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
        assert (done.accepted, done.refused) == (1, 1)
        assert "垃圾邮件" in delivery_line(done)
        (alarm,) = firings(kind="alarm")
        assert (alarm.to, alarm.role) == ("230000", "operators")
        (refused,) = deliveries(state="refused")
        assert firings(kind="undeliverable") == [], "a mail to the superior would fare no better"
        assert "untold_failures" not in {each.name for each in check_installation.fn(now=NOW).findings}
        assert deliver_at(NOW + timedelta(minutes=5)).accepted == 0
        assert deliver_at(NOW + timedelta(minutes=10)).accepted == 6 + 1
        (told,) = [as_mail(data) for data in server.messages if as_mail(data).to == "operators@example.org"]
    assert "共 1 封" in told.text
    (line,) = [each for each in ROSTER_LINES if refused.address in each]
    office, phone = line.split(",")[1], line.split(",")[9]
    assert re.search(rf"请电话告知：{office} \S+ {phone}。", told.text)
    sent = [as_mail(data).message_id for data in server.messages]
    assert len(set(sent)) == len(sent), "the same bytes are not sent again"
    assert audit_is_whole()


def test_it_does_not_burn_the_queue_where_every_message_is_spam(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"DOT": [SPAM] * 50}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        for minutes in range(0, 60, 5):
            deliver_at(NOW + timedelta(minutes=minutes))
        assert len(server.messages) == 3, "at once, after 10 minutes and 20 more"
        assert len(firings(kind="alarm")) == 1
        assert deliver_at(NOW + timedelta(hours=5)).accepted == 0
    assert states() == {"refused": 4, "queued": 5}, "of nine, one of them the alarm"


def test_it_alarms_nobody_of_an_alarm_that_is_taken_for_spam(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"DOT": [SPAM] * 50}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        for hours in range(12):
            deliver_at(NOW + timedelta(hours=hours))
    alarmed = firings(kind="alarm")
    told = [each for each in deliveries(state="refused") if each.address == "operators@example.org"]
    assert len(told) <= len(alarmed) <= 8


# ---------------------------------------------------------------- the envelope sender


def senders(server: ScriptedServer) -> list[str]:
    return [line.split(" ")[1].removeprefix("FROM:") for line in server.commands if line.startswith("MAIL")]


def test_it_sends_from_the_return_path_with_the_token_of_each_message(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED, return_path="bounces@example.net")
        assert deliver_at(NOW).accepted == 8
    tokens = [as_mail(data).message_id.strip("<>").partition("@")[0] for data in server.messages]
    assert senders(server) == [f"<bounces+{token}@example.net>" for token in tokens]
    assert {str(as_mail(data).message["From"].addresses[0].addr_spec) for data in server.messages} == {
        "duban@example.org"
    }


@pytest.mark.parametrize(
    "answer", ["553 Mail from must equal authorized user", "501 mail from address must be same as authorization user"]
)
def test_it_falls_back_to_the_login_for_the_rest_of_the_run_where_the_return_path_is_refused(
    database: str, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"MAIL": answer, "EHLO": "250-x\r\n250 AUTH PLAIN LOGIN"}) as server:
        go_live(
            monkeypatch, server.port, FORWARDED, return_path="bounces@example.net", reply_address="duban@example.com",
            smtp_username="login@example.org", smtp_password="x",
        )  # fmt: skip
        done = deliver_at(NOW)
    assert (done.accepted, done.deferred, done.refused) == (8, 0, 0)
    found = senders(server)
    assert found[0].startswith("<bounces+1.")
    assert found[1:] == ["<login@example.org>"] * 8
    assert len(server.messages) == 8
    for data in server.messages:
        mail = as_mail(data)
        token = mail.message_id.strip("<>").partition("@")[0]
        assert mail.message["Reply-To"] == f"duban+{token}@example.com", "what the envelope cannot carry"


def test_it_does_not_take_a_too_large_message_for_a_refused_return_path(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"MAIL": "552 message size exceeds fixed maximum"}) as server:
        go_live(monkeypatch, server.port, FORWARDED, return_path="bounces@example.net")
        assert deliver_at(NOW).refused == 1
    assert all(each.startswith("<bounces+") for each in senders(server))


# ---------------------------------------------------------------- so many a minute


def test_it_sends_so_many_a_minute_and_leaves_the_rest_to_the_next_run(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_per_minute=3)
        sent = [deliver_at(NOW + timedelta(seconds=seconds)).accepted for seconds in (0, 30, 59, 60, 119, 120, 180)]
    assert sent == [3, 0, 0, 3, 0, 2, 0]


def test_it_shares_the_limit_among_runs_that_go_side_by_side(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with SlowServer(0.05) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_per_minute=5)
        done: list[int] = []
        runs = [threading.Thread(target=lambda: done.append(deliver.fn(now=NOW).accepted)) for _ in range(3)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert sum(done) == len(server.messages) == 5
    assert states() == {"accepted": 5, "queued": 3}


def test_a_run_on_the_real_clock_waits_for_its_turn(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    begun, slept = NOW, list[float]()

    class Clock:
        @staticmethod
        def now(_zone: object) -> datetime:
            return begun + timedelta(seconds=sum(slept))

    class Time:
        @staticmethod
        def sleep(seconds: float) -> None:
            slept.append(seconds)

    monkeypatch.setattr(delivering, "datetime", Clock)
    monkeypatch.setattr(delivering, "time", Time)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_per_minute=7)
        with transaction(SYSTEM, NOW) as work:
            work.session.execute(update(Delivery).values(marked_at=None))
        done = deliver.fn()
        assert done.accepted == 7
        assert sum(slept) == 50, "not longer: the next run comes"
        slept.append(10)
        assert deliver.fn().accepted == 1
    assert states() == {"accepted": 8}


# ---------------------------------------------------------------- connections


def test_it_renews_a_connection_after_so_many_messages(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_messages_each=3)
        assert deliver_at(NOW).accepted == 8
    assert server.connections == 3


def test_it_waits_longer_for_a_whole_message_to_be_taken_than_for_a_command(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with SlowServer(0.6) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_timeout_seconds=0.3, smtp_final_timeout_seconds=5)
        done = deliver_at(NOW)
    assert (done.accepted, done.uncertain) == (8, 0)
