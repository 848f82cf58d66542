"""Delivery: each notice once, captured or live; what cannot be made, and acts while a message is on its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.trail import SYSTEM
from domain.urgent import Severity
from models import outbox
from models.audit import AuditEntry, RunLog
from models.bulk import update_many
from models.circular import Document
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient
from models.results import BACKOFF
from models.session import reading, transaction
from simulation.mail_server import MailFolderServer
from tasks import delivering, sending
from tasks.alerting import raise_urgent_report
from tasks.delivering import set_mail_mode
from tasks.forwarding import recall_forwarding
from tasks.handling import receive
from tasks.sweeping import sweep
from tests.cast import DONGAN, OPERATOR, beijing, import_cast, notice_text, officer, register_text, set_out
from tests.cast import forward_cover as forward
from tests.notifications.scripted_server import Do, ScriptedServer
from tests.tasks.stage import (
    SlowServer,
    addresses,
    as_mail,
    audit_is_whole,
    deliver_at,
    deliveries,
    firings,
    forward_to_counties,
    go_live,
    items_of,
    mails_in,
    notices,
    obligation,
    post_office,
    states,
    use,
)

FORWARDED = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 09:40")
LATER = beijing("2020-02-14 18:00")
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


# ---------------------------------------------------------------- as it should be


def test_it_delivers_each_notice_once(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        done = deliver_at(NOW)
        assert (done.assembled, done.accepted, done.captured, done.trouble) == (8, 8, False, "")
        assert deliver_at(NOW).accepted == 0
    assert len(mails_in(tmp_path / "mail")) == 8
    assert states() == {"accepted": 8}
    assert {(each.attempts, each.code, each.claimed_by) for each in deliveries()} == {(1, 250, "")}
    assert audit_is_whole()


def test_it_records_each_result_without_an_address(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        deliver_at(NOW)
    entries = trail("delivery.accepted")
    assert len(entries) == 8
    assert not any("officer." in entry.payload or "head." in entry.payload for entry in entries)
    assert all('"kind":"circular"' in entry.payload for entry in entries)


def test_it_keeps_the_digest_of_the_bytes_it_handed_over(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from hashlib import sha256

    one_circular()
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW)
    (delivery,) = deliveries()
    assert delivery.digest == sha256(server.messages[0]).hexdigest()
    assert delivery.subject == as_mail(server.messages[0]).subject
    assert delivery.message_id == as_mail(server.messages[0]).message_id


def test_it_logs_each_run(sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        deliver_at(NOW)
    with reading() as session:
        run = session.scalars(select(RunLog).where(col(RunLog.name) == "deliver_notices")).one()
    assert run.as_of == NOW
    assert run.counts == {
        "accepted": 8,
        "refused": 0,
        "deferred": 0,
        "uncertain": 0,
        "withdrawn": 0,
        "failed": 0,
        "trouble": 0,
    }


def test_it_sends_many_notices_in_batches(sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_out(FORWARDED)
    monkeypatch.setattr(delivering, "_CLAIM", 3)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        assert deliver_at(NOW).accepted == 8
    assert len(mails_in(tmp_path / "mail")) == 8


def test_it_shares_its_notices_among_its_connections(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    with MailFolderServer(tmp_path / "mail") as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=3)
        assert deliver_at(NOW).accepted == 8
    assert len(mails_in(tmp_path / "mail")) == 8


def test_it_costs_one_commit_for_all_connections_and_marks_one_message_for_each(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward_to_counties(ONE, 24, FORWARDED)
    advance, turns = sending._advance, list[tuple[int, int]]()

    def counted(run: Any, ended: Any, prepared: Any) -> set[int]:
        marked = advance(run, ended, prepared)
        turns.append((len(ended), len(marked)))
        assert len(deliveries(state="sending")) <= 8
        return marked

    monkeypatch.setattr(sending, "_advance", counted)
    with SlowServer(0.002) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=8)
        assert deliver_at(NOW).accepted == 24
    assert sum(marked for _, marked in turns) == sum(ended for ended, _ in turns) == 24
    assert len(turns) <= 12, "each connection for itself needed 24, and one for each that ended"
    assert audit_is_whole()


def test_it_records_what_was_sent_though_the_commit_for_all_fails(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forward_to_counties(ONE, 8, FORWARDED)

    def fails(session: Any, table: Any, key: Any, rows: Any) -> int:
        if len(rows) > 1:
            raise ZeroDivisionError
        return update_many(session, table, key, rows)

    monkeypatch.setattr("models.results.update_many", fails)
    # a while for each message, so that several connections are done when one commit is
    with SlowServer(0.02) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=4)
        with pytest.raises(ZeroDivisionError):
            deliver_at(NOW)
        sent = len(server.messages)
        assert sent > 1, "what fails is a commit for more than one"
        assert Counter(states()) == Counter({"accepted": sent}) + Counter({"queued": 8 - sent})
        assert {each.claimed_by for each in deliveries()} == {""}
        monkeypatch.setattr("models.results.update_many", update_many)
        assert deliver_at(NOW).accepted == 8 - sent
    assert len(server.messages) == 8
    assert audit_is_whole()


def test_it_holds_few_large_messages_at_once(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forward_to_counties(ONE, 12, FORWARDED)
    monkeypatch.setattr(sending, "_AHEAD", 1)
    advance, turns = sending._advance, list[int]()

    def counted(run: Any, ended: Any, prepared: Any) -> set[int]:
        turns.append(len(prepared))
        return advance(run, ended, prepared)

    monkeypatch.setattr(sending, "_advance", counted)
    with SlowServer(0) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=4)
        assert deliver_at(NOW).accepted == 12
    assert max(turns) == 1


def test_it_keeps_its_connections_from_batch_to_batch(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    monkeypatch.setattr(delivering, "_CLAIM", 1)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver_at(NOW).accepted == 8
    assert server.connections == 1


def test_it_goes_on_where_another_run_has_claimed_what_it_assembled(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    monkeypatch.setattr(delivering, "_CLAIM", 1)
    claim, calls = outbox.claim, list[int]()

    def robbed(session: Any, now: Any, **chosen: Any) -> list[int]:
        calls.append(1)
        if len(calls) == 2:
            session.execute(update(Delivery).where(col(Delivery.state) == "queued").values(claimed_by="another"))
            session.execute(update(Delivery).where(col(Delivery.state) == "queued").values(lease_until=LATER))
        return claim(session, now, **chosen)

    monkeypatch.setattr(outbox, "claim", robbed)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        taken = deliver_at(NOW).accepted
        assert taken == 8 - len(deliveries(claimed_by="another"))
    assert len(deliveries()) == 8, "the rest was assembled all the same"


def test_it_lets_an_urgent_report_overtake_a_long_run(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    monkeypatch.setattr(delivering, "_CLAIM", 2)
    ended, raised = sending._ended, list[str]()

    def in_the_middle(run: Any, prepared: Any, result: Any) -> Any:
        if not raised:
            raised.append("once")
            raise_urgent_report.fn(
                DONGAN, "山洪", "某村进水", Severity.ORDINARY, occurred_at=NOW, learned_at=NOW,
                actor=officer(DONGAN), now=NOW,
            )  # fmt: skip
        return ended(run, prepared, result)

    monkeypatch.setattr(sending, "_ended", in_the_middle)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver_at(NOW).accepted == 9
    subjects = [as_mail(data).subject[:4] for data in server.messages]
    assert subjects.index("【紧急】") == 2


# ---------------------------------------------------------------- capture mode


def test_it_captures_mail_in_a_folder_until_an_operator_goes_live(sqlite: str, tmp_path: Path) -> None:
    set_out(FORWARDED)
    done = deliver_at(NOW)
    assert (done.captured, done.accepted) == (True, 8)
    captured = mails_in(tmp_path / "data" / "captured")
    assert len(captured) == 8
    assert all(f"原应发往：{mail.to}" in mail.text for mail in captured)
    assert all(mail.message["X-Duban-Intended-For"] == mail.to for mail in captured)


def test_it_captures_all_to_one_address_with_the_true_one_shown(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        use(monkeypatch, smtp_port=server.port, capture_to="trial@example.org")
        assert deliver_at(NOW).accepted == 8
    assert {line for line in server.commands if line.startswith("RCPT")} == {"RCPT TO:<trial@example.org>"}
    found = [as_mail(data) for data in server.messages]
    assert addresses(found) == ["trial@example.org"] * 8
    assert {mail.message["X-Duban-Intended-For"] for mail in found} == {each.address for each in deliveries()}


def test_it_goes_live_by_an_audited_act(sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        deliver_at(NOW)
        set_mail_mode.fn("capture", actor=OPERATOR, now=NOW)
        sweep.fn(now=beijing("2020-02-14 13:40"))
        assert deliver_at(beijing("2020-02-14 13:40")).captured
    assert len(mails_in(tmp_path / "mail")) == 8
    assert not any("【试运行】" in mail.text for mail in mails_in(tmp_path / "mail"))
    assert [entry.payload for entry in trail("mail.mode")] == ['{"mode":"live"}', '{"mode":"capture"}']


# ---------------------------------------------------------------- poison


def test_it_refuses_an_odd_address_and_delivers_to_the_others(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    odd = "two words@example.org"
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(FiringRecipient).where(col(FiringRecipient.address) == OFFICER).values(address=odd))
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        done = deliver_at(NOW)
    # Whom the roster has now gets it in the same run.
    assert (done.accepted, done.refused) == (7 + 1, 1)
    (refused,) = deliveries(state="refused")
    assert (refused.address, refused.code) == (odd, None)
    assert refused.reply.startswith("邮件无法生成：BadAddress")
    assert told_of("undeliverable") == []
    assert OFFICER in addresses(mails_in(tmp_path / "mail"))
    assert audit_is_whole()


def test_it_puts_off_what_it_cannot_make_alarms_the_operators_once_and_goes_on(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    with transaction(SYSTEM, FORWARDED) as work:
        known = work.session.scalars(select(Firing).order_by(col(Firing.id)).limit(2)).all()
        for firing in known:
            firing.kind = "a_kind_of_tomorrow"
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        done = deliver_at(NOW)
        assert (done.accepted, done.deferred, done.trouble) == (6 + 1, 2, "")
        assert told_of("alarm") == [("230000", "operators")]
        deliver_at(NOW + timedelta(minutes=1))
        # A later release knows the kind: what waited leaves.
        with transaction(SYSTEM, FORWARDED) as work:
            work.session.execute(update(Firing).where(col(Firing.kind) != "alarm").values(kind="circular"))
        from models.notice import Notice

        with transaction(SYSTEM, FORWARDED) as work:
            work.session.execute(update(Notice).where(col(Notice.kind) != "alarm").values(kind="circular"))
        assert deliver_at(NOW + timedelta(minutes=10)).accepted == 2
    found = mails_in(tmp_path / "mail")
    assert len(found) == 9
    (alarm,) = [mail for mail in found if mail.to == "operators@example.org"]
    assert "无法生成" in alarm.subject
    assert len(told_of("alarm")) == 1


def test_it_blames_no_office_for_a_sender_of_ours_that_cannot_be_used(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        use(monkeypatch, sender_address="two words@example.org")
        done = deliver_at(NOW)
        assert (done.accepted, done.refused, done.deferred) == (0, 0, 8 + 1)
        assert told_of("undeliverable") == []
        use(monkeypatch, sender_address="duban@example.org")
        assert deliver_at(NOW + timedelta(minutes=1)).accepted == 9
    (alarm,) = [mail for mail in mails_in(tmp_path / "mail") if mail.to == "operators@example.org"]
    assert alarm.subject.startswith("督办系统告警")


def test_it_tells_no_superior_where_the_program_never_learned_to_make_a_message(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one_circular()
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(Firing).values(kind="a_kind_of_tomorrow"))
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        now = beijing("2020-02-17 08:30")
        for _ in range(len(BACKOFF) + 1):
            deliver_at(now)
            with transaction(SYSTEM, now) as work:
                work.session.execute(update(Delivery).values(next_attempt_at=now, marked_at=None))
    assert deliveries(address=OFFICER)[0].state == "refused"
    assert (told_of("undeliverable"), told_of("alarm")) == ([("230000", "operators")], [("230000", "operators")])


def test_it_goes_on_where_one_original_is_gone(sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_out(FORWARDED)
    register_text(notice_text(ONE, "请抓好落实。", addressees="东岸区扶贫开发领导小组"), FORWARDED)
    forward(FORWARDED, ONE)

    def broken(session: Any, number: int) -> Document:
        if number == 2:
            message = "the document is gone"
            raise LookupError(message)
        return session.get_one(Document, number)  # type: ignore[no-any-return]

    monkeypatch.setattr("models.outbox.document", broken)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        done = deliver_at(NOW)
    assert (done.accepted, done.deferred) == (8 + 1, 1)
    assert "the document is gone" in deliveries(state="queued")[0].reply


def test_it_isolates_a_message_whose_facts_cannot_be_read(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    number = obligation(DONGAN, "receipt").id
    with transaction(SYSTEM, FORWARDED) as work:
        spoil = f"UPDATE obligation SET kind = 'nonsense' WHERE id = {number}"  # noqa: S608
        work.session.connection().exec_driver_sql(spoil)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        done = deliver_at(NOW)
    assert (done.accepted, done.deferred) == (7 + 1, 1)
    with reading() as session:
        assert len(session.scalars(select(Firing).where(col(Firing.kind) == "alarm")).all()) == 1


def test_it_gives_back_its_claims_and_logs_the_run_whatever_is_raised(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        before = outbox.mark_sending
        calls = iter(range(100))

        def fails(*arguments: Any) -> Any:
            if next(calls) == 2:
                raise ZeroDivisionError
            return before(*arguments)

        monkeypatch.setattr(outbox, "mark_sending", fails)
        with pytest.raises(ZeroDivisionError):
            deliver_at(NOW)
        assert states() == {"accepted": 2, "queued": 6}
        assert {each.claimed_by for each in deliveries()} == {""}
        with reading() as session:
            run = session.scalars(select(RunLog).where(col(RunLog.name) == "deliver_notices")).one()
        assert (run.counts["accepted"], run.counts["failed"]) == (2, 1)
        monkeypatch.setattr(outbox, "mark_sending", before)
        assert deliver_at(NOW).accepted == 6
    assert len(mails_in(tmp_path / "mail")) == 8


# ---------------------------------------------------------------- acts while it is on its way


def test_it_does_not_try_again_what_an_act_ended_while_it_was_on_its_way(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    sweep.fn(now=beijing("2020-02-14 13:40"))
    server = ScriptedServer({"RCPT": ["250 OK", "451 later"]})
    with server:
        go_live(monkeypatch, server.port, FORWARDED)
        monkeypatch.setattr(sending, "_ended", _acting_first(sending._ended, "receipt_reminder"))
        deliver_at(beijing("2020-02-14 13:40"))
        deliver_at(beijing("2020-02-14 14:00"), beijing("2020-02-14 14:30"))
    sent = [as_mail(data).subject[:5] for data in server.messages]
    assert sorted(sent) == ["签收确认：", "请签收并办"]
    assert firings(kind="receipt_reminder")[0].state == "withdrawn"
    # What nobody has seen yet carries the confirmation that came meanwhile.
    assert states() == {"accepted": 2}


def _acting_first(original: Any, kind: str) -> Any:
    """Let the office receive after its reminder was marked and before its result is recorded."""

    def ended(run: Any, prepared: Any, result: Any) -> Any:
        if prepared.outgoing.kind == kind:
            receive.fn(ONE, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 13:41"))
        return original(run, prepared, result)

    return ended


def test_it_does_not_send_a_circular_that_was_recalled_while_it_was_on_its_way(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    ended = sending._ended

    def recalled(run: Any, prepared: Any, result: Any) -> Any:
        if prepared.outgoing.kind == "circular":
            recall_forwarding.fn(ONE, "发错了", actor=OPERATOR, now=NOW)
        return ended(run, prepared, result)

    monkeypatch.setattr(sending, "_ended", recalled)
    with ScriptedServer({"RCPT": ["451 later"]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(NOW, NOW + timedelta(minutes=10))
    assert [as_mail(data).subject[:4] for data in server.messages] == ["撤回通知"]


def test_it_keeps_uncertain_what_an_act_ended_after_it_may_have_arrived(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_circular()
    deliver_at(NOW)
    sweep.fn(now=beijing("2020-02-14 13:40"))
    ended = sending._ended

    def acting(run: Any, prepared: Any, result: Any) -> Any:
        receive.fn(ONE, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 13:41"))
        monkeypatch.setattr(sending, "_ended", ended)
        return ended(run, prepared, result)

    monkeypatch.setattr(sending, "_ended", acting)
    with ScriptedServer({"DOT": [Do.DISCONNECT]}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(beijing("2020-02-14 13:40"), beijing("2020-02-14 14:00"))
    by_kind = {notices()[each.notice_id].kind: each.state for each in deliveries()}
    assert by_kind == {"circular": "accepted", "receipt_reminder": "uncertain", "receipt_confirmed": "accepted"}
    assert len(server.messages) == 2


def test_it_lets_no_late_result_undo_what_another_worker_has_recorded(sqlite: str) -> None:
    from models.installation import installation
    from models.results import Ended, record_result

    one_circular()
    deliver_at(NOW)
    (delivery,) = deliveries()
    late = Ended(delivery.id or 0, "a worker from before", "deferred", 451, "later", "", "", NOW)
    with transaction(SYSTEM, NOW) as work:
        record_result(work, installation(work.session), late)
    (after,) = deliveries()
    assert (after.state, after.attempts, after.code) == ("accepted", 1, 250)
    assert '"late":true' in trail("delivery.deferred")[0].payload


def test_it_takes_a_late_acceptance_for_what_it_is(sqlite: str) -> None:
    from models.installation import installation
    from models.results import Ended, record_result

    one_circular()
    deliver_at(NOW)
    (delivery,) = deliveries()
    with transaction(SYSTEM, NOW) as work:
        again = {"state": DeliveryState.QUEUED, "was_uncertain": True, "next_attempt_at": NOW, "ended_at": None}
        work.session.execute(update(Delivery).values(**again))
    late = Ended(delivery.id or 0, "a worker from before", "accepted", 250, "kept", "s", "d", NOW)
    with transaction(SYSTEM, NOW) as work:
        record_result(work, installation(work.session), late)
    assert deliver_at(NOW).accepted == 0
    assert states() == {"accepted": 1}
    assert items_of(delivery.notice_id)[0].kind == "circular"
