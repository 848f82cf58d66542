"""A mail server that fails in every way one can: nothing is lost, nothing doubled, nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.trail import SYSTEM
from domain.urgent import Severity
from models.audit import AuditEntry
from models.notice import Delivery, Firing, FiringRecipient
from models.results import BACKOFF, backoff
from models.session import reading, transaction
from simulation.mail_server import MailFolderServer
from tasks import delivering
from tasks.alerting import raise_urgent_report
from tasks.delivering import deliver
from tasks.sweeping import sweep
from tests.cast import DONGAN, beijing, import_cast, notice_text, officer, register_text, set_out
from tests.cast import forward_cover as forward
from tests.notifications.scripted_server import Do, ScriptedServer
from tests.tasks.stage import (
    addresses,
    as_mail,
    audit_is_whole,
    deliver_at,
    deliveries,
    firings,
    go_live,
    mails_in,
    post_office,
    states,
)

FORWARDED = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 09:40")
ONE = "江扶组办发〔2020〕15号"
OFFICER = "officer.230102@example.org"


def one_circular(**changes: Any) -> None:
    """Let one circular wait for the one officer of 东岸区."""
    import_cast(FORWARDED)
    register_text(notice_text(ONE, "请抓好落实。", addressees="东岸区扶贫开发领导小组"), FORWARDED)
    forward(FORWARDED, ONE)


def trail(act: str) -> Sequence[AuditEntry]:
    with reading() as session:
        return session.scalars(select(AuditEntry).where(col(AuditEntry.act) == act).order_by(col(AuditEntry.seq))).all()


def told_of(kind: str) -> list[tuple[str, str]]:
    """Return (office, role) of the firings of a kind."""
    return [(each.to, each.role) for each in firings(kind=kind)]


def message_ids(server: ScriptedServer) -> list[str]:
    return [as_mail(data).message_id for data in server.messages]


# ---------------------------------------------------------------- a server that is down


def test_it_loses_nothing_where_the_server_is_down(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    with MailFolderServer(tmp_path / "mail") as gone:
        pass
    go_live(monkeypatch, gone.port, FORWARDED)
    for minutes in range(0, 600, 60):
        done = deliver_at(NOW + timedelta(minutes=minutes))
        if minutes < 480:
            assert done.trouble
    assert states() == {"queued": 8}
    assert {(each.attempts, each.claimed_by) for each in deliveries()} == {(0, "")}
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        assert deliver_at(beijing("2020-02-17 08:30")).accepted == 8
    assert len(mails_in(tmp_path / "mail")) == 8
    assert audit_is_whole()


def test_it_says_why_the_server_cannot_be_used(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one_circular()
    with ScriptedServer({"CONNECT": "554 no service for you"}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert "no service for you" in deliver_at(NOW).trouble
    assert states() == {"queued": 1}


def test_it_goes_on_over_one_connection_where_the_server_allows_no_second(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"CONNECT": ["220 welcome", "421 too many connections"]}) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=2)
        done = deliver_at(NOW)
    assert (done.accepted, done.trouble) == (8, "")


def test_it_gives_back_what_it_had_claimed_where_the_server_goes_down_meanwhile(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    server = ScriptedServer({"DOT": ["250 kept", "250 kept", Do.ANSWER_AND_DISCONNECT], "CONNECT": ["220 scripted"]})
    server._script["CONNECT"] += [Do.DISCONNECT] * 9
    with server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
    assert done.accepted == 3
    assert done.trouble
    assert states() == {"accepted": 3, "queued": 5}
    assert {each.claimed_by for each in deliveries()} == {""}
    assert {each.attempts for each in deliveries(state="queued")} == {0}


# ---------------------------------------------------------------- not now: 4xx


def test_it_tries_again_after_a_temporary_refusal_and_is_accepted_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    with ScriptedServer({"RCPT": ["451 greylisted", "450 busy"]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver_at(NOW).deferred == 1
        (delivery,) = deliveries()
        assert (delivery.state, delivery.attempts, delivery.code) == ("queued", 1, 451)
        assert NOW + timedelta(seconds=48) <= delivery.next_attempt_at <= NOW + timedelta(minutes=1)
        assert deliver_at(NOW).deferred == 0
        assert deliver_at(NOW + timedelta(minutes=1)).deferred == 1
        assert deliver_at(NOW + timedelta(minutes=4)).accepted == 0
        assert deliver_at(NOW + timedelta(minutes=6)).accepted == 1
        assert deliver_at(NOW + timedelta(minutes=60)).accepted == 0
    assert len(server.messages) == 1
    assert [entry.act for entry in trail("delivery.deferred")] == ["delivery.deferred"] * 2


def test_it_waits_longer_each_time_and_at_last_counts_as_refused(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one_circular()
    server = ScriptedServer({"RCPT": ["452 mailbox full"] * 30})
    with server:
        go_live(monkeypatch, server.port, FORWARDED)
        now, gaps = beijing("2020-02-17 08:30"), []
        deliver_at(now)
        while deliveries(address=OFFICER, state="queued"):
            (delivery,) = deliveries(address=OFFICER)
            gaps.append((delivery.next_attempt_at - now) / timedelta(minutes=1))
            with transaction(SYSTEM, now) as work:
                work.session.execute(update(Delivery).values(next_attempt_at=now, marked_at=None))
            deliver_at(now)
        assert all(0.8 * wait <= gap <= wait for gap, wait in zip(gaps, BACKOFF, strict=True)), gaps
        assert gaps == [backoff(delivery.id or 0, tries + 1) / timedelta(minutes=1) for tries in range(len(BACKOFF))]
    (delivery,) = deliveries(address=OFFICER)
    assert (delivery.state, delivery.attempts) == ("refused", len(BACKOFF) + 1)
    assert [each.address for each in deliveries(state="queued")] == ["head.230102@example.org"], "a colleague's turn"
    assert told_of("undeliverable") == []


def test_it_does_not_try_again_in_one_run_what_that_run_has_put_off(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    ticking = iter(range(10_000))
    monkeypatch.setattr(delivering, "_CLAIM", 1)

    class Ticking:
        """A clock that has moved a minute on whenever it is looked at."""

        @staticmethod
        def now(_zone: object) -> Any:
            return NOW + timedelta(minutes=next(ticking))

    monkeypatch.setattr(delivering, "datetime", Ticking)
    with ScriptedServer({"RCPT": ["451 later"] * 8}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver.fn()
    assert (done.accepted, done.deferred) == (0, 8)
    assert {each.attempts for each in deliveries()} == {1}


# ---------------------------------------------------------------- never: 5xx


def test_it_tells_the_superior_and_the_operators_once_of_an_office_nobody_can_reach(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    with ScriptedServer({"RCPT": ["550 no such user"] * 2}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
        assert (done.refused, done.accepted) == (2, 2)
        assert told_of("undeliverable") == [("230100", "officer"), ("230000", "operators")]
        assert deliver_at(NOW + timedelta(days=3)).accepted == 0
        found = [as_mail(data) for data in server.messages]
    assert addresses(found) == ["officer.230100@example.org", "operators@example.org"]
    for mail in found:
        assert mail.subject.startswith("无法送达：东岸区扶贫开发领导小组办公室")
        assert ONE in mail.subject
        assert "550 no such user" in mail.text
        assert "550 no such user" in mail.html
    assert [each.address for each in deliveries(state="refused")] == [OFFICER, "head.230102@example.org"]
    assert {(each.attempts, each.code, each.reply) for each in deliveries(state="refused")} == {
        (1, 550, "no such user")
    }


def test_it_tells_at_any_hour_that_an_urgent_report_cannot_be_delivered(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_cast(FORWARDED)
    night = beijing("2020-02-15 02:10")
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.ORDINARY, occurred_at=night, learned_at=night, actor=officer(DONGAN),
        now=night,
    )  # fmt: skip
    with ScriptedServer({"RCPT": ["550 no such user"] * 3}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(night)
    assert (done.refused, done.accepted) == (3, 2), "duty desk, officer and head"
    found = [as_mail(data) for data in server.messages]
    assert addresses(found) == ["officer.230000@example.org", "operators@example.org"]
    assert all(mail.subject.startswith("【紧急】无法送达：临江市") for mail in found)


def test_it_makes_no_noise_about_a_notice_of_trouble_that_cannot_be_delivered(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    with ScriptedServer({"RCPT": ["550 no such user"] * 99}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        # two of the office; of its superior all three; the operators, and in their place the three of the province
        assert [deliver_at(NOW).refused for _ in range(3)] == [2 + 3 + 4, 0, 0]
    assert len(told_of("undeliverable")) == 2
    assert states() == {"refused": 9}


def test_it_refuses_one_recipient_and_delivers_to_the_others(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"RCPT": ["250 OK", "550 no such user"], "DOT": ["250 kept", "554 no such thing"]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
    # One office has nobody else, and what was refused for its words would be refused to a colleague too.
    assert (done.accepted, done.refused) == (6 + 2 * 2, 2)
    assert len({each.address for each in deliveries(state="refused")}) == 2


def test_it_lets_a_superior_hear_at_once_of_an_office_nobody_can_reach(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    with ScriptedServer({"RCPT": "550 no such user"}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW)
    sweep.fn(now=beijing("2020-02-19 10:00"))
    assert [each.to for each in firings(kind="escalation")] == ["230100"]


def test_it_takes_an_office_for_reached_where_one_of_its_addresses_was(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    with transaction(SYSTEM, FORWARDED) as work:
        firing = work.session.scalars(select(Firing)).one()
        work.session.add(FiringRecipient(firing_id=firing.id or 0, address="second.230102@example.org", name="王二"))
    with ScriptedServer({"RCPT": "550 no such user"}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(beijing("2020-02-19 09:30"))
    assert states() == {"refused": 1, "accepted": 1}
    sweep.fn(now=beijing("2020-02-19 10:00"))
    assert firings(kind="escalation") == []
    sweep.fn(now=beijing("2020-02-20 09:00"))
    assert [each.to for each in firings(kind="escalation")] == ["230100"]


def test_it_sends_one_copy_to_each_of_two_whose_third_was_refused(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each recipient for itself: the refused one costs the others nothing, now or ever."""
    one_circular()
    names = ["a@example.org", "b@example.org"]
    with transaction(SYSTEM, FORWARDED) as work:
        firing = work.session.scalars(select(Firing)).one()
        work.session.add_all(FiringRecipient(firing_id=firing.id or 0, address=each) for each in names)
    with ScriptedServer({"RCPT": ["250 OK", "550 5.1.1 no such user", "451 later"]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        for minutes in (0, 1, 5, 30, 600):
            deliver_at(NOW + timedelta(minutes=minutes))
        sent = addresses([as_mail(data) for data in server.messages])
    assert len(sent) == len(set(sent)) == 2
    assert set(sent) < {OFFICER, *names}
    assert states() == {"accepted": 2, "refused": 1}


@pytest.mark.parametrize("answer", ["553 Mail from must equal authorized user", "530 authenticate first"])
def test_it_blames_no_office_for_a_server_that_refuses_the_sender(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    set_out(FORWARDED)
    server = ScriptedServer({"MAIL": [answer] * 20})
    with server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
    assert (done.refused, done.deferred) == (0, 3)
    assert answer.partition(" ")[2] in done.trouble
    assert states() == {"queued": 8}
    assert told_of("undeliverable") == []
    with ScriptedServer() as mended:
        go_live(monkeypatch, mended.port, FORWARDED)
        assert deliver_at(NOW + timedelta(minutes=1)).accepted == 8


def test_it_refuses_a_message_too_large_for_the_server(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one_circular()
    with ScriptedServer({"MAIL": "552 message size exceeds fixed maximum"}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver_at(NOW).refused == 1
    assert len(told_of("undeliverable")) == 2


# ---------------------------------------------------------------- nobody knows


@pytest.mark.parametrize("step", [Do.HANG, Do.DISCONNECT, b"garbage\r\n"], ids=["hang", "disconnect", "garbage"])
def test_it_tries_once_more_with_the_same_id_where_nobody_knows_whether_it_arrived(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, step: Any
) -> None:
    one_circular()
    with ScriptedServer({"DOT": [step]}) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_timeout_seconds=0.5)
        assert deliver_at(NOW).uncertain == 1
        (delivery,) = deliveries()
        assert (delivery.state, delivery.was_uncertain) == ("queued", True)
        assert deliver_at(NOW + timedelta(minutes=4)).accepted == 0
        assert deliver_at(NOW + timedelta(minutes=5)).accepted == 1
        assert deliver_at(NOW + timedelta(minutes=60)).accepted == 0
        first, second = message_ids(server)
    assert first == second
    (delivery,) = deliveries()
    assert (delivery.state, delivery.was_uncertain, delivery.attempts) == ("accepted", True, 2)


def test_it_leaves_uncertain_what_is_uncertain_twice_and_tells_the_operators(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    with ScriptedServer({"DOT": [Do.DISCONNECT, Do.DISCONNECT]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW, NOW + timedelta(minutes=5), NOW + timedelta(hours=1))
    (delivery,) = deliveries(address=OFFICER)
    assert (delivery.state, delivery.attempts) == ("uncertain", 2)
    assert delivery.ended_at == NOW + timedelta(minutes=5)
    first, second, notice = [as_mail(data) for data in server.messages]
    assert first.message_id == second.message_id == delivery.message_id
    assert notice.to == "operators@example.org"
    assert told_of("undeliverable") == [("230000", "operators")]
    assert "不能肯定已送达" in notice.text
    assert audit_is_whole()


def test_it_does_not_hold_a_superiors_rung_for_ever_over_an_uncertain_message(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    late = beijing("2020-02-19 10:00")
    with ScriptedServer({"DOT": [Do.DISCONNECT] * 4}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        sweep.fn(now=late)
        deliver_at(late, late + timedelta(minutes=5), late + timedelta(minutes=5))
    assert set(states()) == {"uncertain", "accepted"}
    sweep.fn(now=beijing("2020-02-20 09:00"))
    assert [each.to for each in firings(kind="escalation")] == ["230100"]


def test_it_makes_few_messages_uncertain_where_a_server_answers_none(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"DOT": [Do.DISCONNECT] * 20}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
    assert done.uncertain == 3
    assert done.trouble
    assert len(deliveries(was_uncertain=False)) == 5


# ---------------------------------------------------------------- the conversation breaks


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize("what", [Do.DISCONNECT, Do.HANG], ids=["disconnects", "hangs"])
def test_it_sends_once_what_broke_off_before_its_end(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, step: str, what: Do
) -> None:
    one_circular()
    # A server gone at EHLO is asked by HELO; one gone in the body has read nothing of it.
    script = {step: [what, what], "HELO": [what]} if step == "EHLO" else {step: [what]}
    with ScriptedServer(script) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_timeout_seconds=0.5)
        done = deliver_at(NOW)
        for minutes in (1, 5, 20):
            if deliveries(state="queued"):
                done = deliver_at(NOW + timedelta(minutes=minutes))
    (delivery,) = deliveries()
    assert delivery.state == "accepted"
    assert done.accepted == 1
    assert len(server.messages) == 1
    assert step == "BODY" or not delivery.was_uncertain


def test_it_reopens_a_connection_that_was_reset_between_two_messages(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"DOT": ["250 kept", Do.ANSWER_AND_DISCONNECT]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        done = deliver_at(NOW)
    assert (done.accepted, done.deferred, server.connections) == (8, 0, 2)
    assert len(set(message_ids(server))) == 8


@pytest.mark.parametrize(
    "step", [Do.DISCONNECT, Do.RESET, "421 idle for too long", b"\0\0\0\0\r\n", b"\0\0"],
    ids=["disconnects", "resets", "421", "nul bytes", "nul bytes and no line end"],
)  # fmt: skip
def test_it_leaves_accepted_what_was_accepted_where_a_kept_connection_fails_at_the_next_message(
    database: str, monkeypatch: pytest.MonkeyPatch, step: Any
) -> None:
    """Trouble after 250 says nothing of what was taken: no message is uncertain, none goes twice."""
    set_out(FORWARDED)
    with ScriptedServer({"MAIL": ["250 OK", step, "250 OK", "250 OK", step]}) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_timeout_seconds=1)
        deliver_at(NOW, NOW + timedelta(minutes=1))
        assert states() == {"accepted": 8}
        assert deliveries(was_uncertain=True) == []
        assert len(message_ids(server)) == len(set(message_ids(server))) == 8


@pytest.mark.parametrize("step", ["421 closing", Do.DISCONNECT, Do.RESET, Do.HANG, "500 what", b"\0\0\0\0", b"\0\r\n"])
def test_it_does_not_mind_a_server_that_does_not_say_goodbye(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, step: Any
) -> None:
    one_circular()
    with ScriptedServer({"QUIT": [step]}) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_timeout_seconds=0.5)
        done = deliver_at(NOW)
    assert (done.accepted, done.uncertain, done.trouble) == (1, 0, "")
    assert states() == {"accepted": 1}
