"""Silence is an alarm: whatever stops without a word is found, told once a day, and told again when it is well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlmodel import col

from config.settings import settings
from domain import watching
from domain.statuses import Status
from domain.trail import SYSTEM
from domain.urgent import Severity
from domain.watching import BY_NAME, CADENCES, CHECK_RUN, SCHEDULED, Exit
from models.audit import RunLog
from models.circular import NextPeriod
from models.forwarding import ForwardRequest
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, Notice
from models.obligation import Obligation, Wake
from models.session import engine, reading, transaction
from tasks import served
from tasks.alerting import raise_urgent_report
from tasks.checking import Finding, Health, beat, check_installation, tell_operators
from tasks.delivering import deliver
from tasks.handling import receive, waive
from tasks.sweeping import sweep
from tests.cast import COVER, DONGAN, LINJIANG, OPERATOR, beijing, import_cast, officer, set_out
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import (
    audit_is_whole,
    deliver_at,
    firings,
    go_live,
    obligation,
    post_office,
    sweep_until,
    use,
)

FORWARDED = beijing("2020-02-14 09:30")
SENT = beijing("2020-02-14 09:40")
REMINDED = beijing("2020-02-14 13:40")


def ran(now: datetime) -> None:
    """Let all that has to come by regularly have come by at `now`, with nothing to do."""
    with transaction(SYSTEM, now) as work:
        for cadence in CADENCES:
            work.session.add(RunLog(name=cadence.run, as_of=now, ended_at=now, counts={}))


def found(now: datetime, *, regularly: bool = True) -> dict[str, Finding]:
    """Check at `now`; return what is not well by the names of the checks."""
    if regularly:
        ran(now)
    return {each.name: each for each in check_installation.fn(now=now).findings}


def errors(now: datetime) -> dict[str, Finding]:
    return {name: each for name, each in found(now).items() if each.level == "error"}


# ---------------------------------------------------------------- all is well


def test_it_finds_nothing_wrong_in_a_play_that_is_punctual(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        for day in ("02-14 09:40", "02-14 13:40", "02-17 10:00", "03-02 10:00", "03-06 10:00", "03-20 10:00"):
            sweep_until(FORWARDED, beijing(f"2020-{day}"), mails=True)
            deliver_at(beijing(f"2020-{day}"))
            assert found(beijing(f"2020-{day}")) == {}
        receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-03-20 11:00"))
        deliver_at(beijing("2020-03-20 11:00"))
        ran(beijing("2020-03-20 11:00"))
        health = check_installation.fn(now=beijing("2020-03-20 11:00"))
    assert health.exit_code is Exit.WELL
    assert set(health.looked_at) == {
        *(name for name in BY_NAME if not name.startswith(("server_", "deployments_", "heartbeat", "silent_collect_")))
    }


def test_it_does_not_take_an_exhausted_ladder_for_a_lost_wake_up(sqlite: str) -> None:
    set_out(FORWARDED)
    end = beijing("2020-07-20 10:00")
    sweep_until(FORWARDED, end, mails=True)
    asleep = obligation(LINJIANG, "report", "2020-03-05")
    with reading() as session:
        assert session.get(Wake, asleep.id) is None
    assert asleep.status is Status.PENDING
    assert "lost_wakes" not in found(end)


# ---------------------------------------------------------------- what is owed


def test_it_finds_a_wake_up_that_lies_in_the_past(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    assert "late_wakes" not in found(REMINDED + timedelta(minutes=19))
    late = found(REMINDED + timedelta(minutes=20))["late_wakes"]
    assert late.count == 8
    assert "签收江扶组办发〔2020〕8号，应于2020年2月14日（星期五）13时40分巡检" in late.examples[0]
    sweep.fn(now=REMINDED + timedelta(minutes=20))
    assert "late_wakes" not in found(REMINDED + timedelta(minutes=20))


def raise_at_night(now: datetime) -> None:
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.SERIOUS, occurred_at=now, learned_at=now, actor=officer(DONGAN), now=now
    )


def test_it_finds_an_urgent_wake_up_after_three_minutes(database: str) -> None:
    import_cast(FORWARDED)
    night = beijing("2020-02-15 02:10")
    raise_at_night(night)
    with reading() as session:
        first = min(session.scalars(select(col(Wake.wake_at))))
    assert "late_urgent_wakes" not in found(first + timedelta(minutes=2))
    late = found(first + timedelta(minutes=3))["late_urgent_wakes"]
    assert late.at_any_hour
    assert late.examples[0].startswith("【紧急】")


@pytest.mark.parametrize("held", ["", "contest"])
def test_it_finds_what_nobody_will_look_at_again(database: str, held: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    lost = obligation(DONGAN, "receipt").id
    with transaction(SYSTEM, SENT) as work:
        work.session.execute(delete(Wake).where(col(Wake.obligation_id) == lost))
        work.session.execute(update(Obligation).where(col(Obligation.id) == lost).values(hold=held))
    if held:
        assert "lost_wakes" not in found(SENT)
        return
    finding = found(SENT)["lost_wakes"]
    assert (finding.count, finding.level) == (1, "error")
    assert f"编号 {lost}：东岸区扶贫开发领导小组办公室签收{COVER}" in finding.sentence


def test_it_does_not_miss_what_has_ended(database: str) -> None:
    set_out(FORWARDED)
    waive.fn(obligation(DONGAN, "receipt").id or 0, "合并办理", actor=OPERATOR, now=SENT)
    assert "lost_wakes" not in found(SENT)


def test_it_finds_a_period_that_was_not_made(database: str) -> None:
    set_out(FORWARDED)
    with reading() as session:
        (at,) = session.scalars(select(col(NextPeriod.wake_at)))
    sweep_until(FORWARDED, at - timedelta(minutes=1))
    assert "late_periods" not in found(at + timedelta(minutes=19))
    late = found(at + timedelta(minutes=20))["late_periods"]
    assert "2020-04-05一期" in late.sentence


def test_it_finds_a_forwarding_that_was_decided_and_not_done(database: str) -> None:
    set_out(FORWARDED)
    with transaction(SYSTEM, FORWARDED) as work:
        number = obligation(DONGAN, "receipt").circular_id or 0
        office = obligation(LINJIANG, "receipt").office_id
        actor = {"kind": "officer", "name": "周一"}
        request = ForwardRequest(circular_id=number, from_office_id=office, requested_at=SENT, actor=actor)
        work.session.add(request)
    assert "open_requests" not in found(SENT + timedelta(minutes=19))
    late = found(SENT + timedelta(minutes=20))["open_requests"]
    assert late.examples == (f"临江市扶贫开发领导小组办公室转发{COVER}",)
    with transaction(SYSTEM, SENT) as work:
        work.session.execute(update(ForwardRequest).values(refused="不必"))
    assert "open_requests" not in found(SENT + timedelta(minutes=20))


# ---------------------------------------------------------------- mail


def test_it_finds_notices_that_nobody_made_a_message_of(database: str) -> None:
    set_out(FORWARDED)
    assert "unassembled" not in found(SENT + timedelta(minutes=14))
    waiting = found(SENT + timedelta(minutes=15))["unassembled"]
    assert (waiting.count, waiting.at_any_hour) == (8, False)


def test_it_counts_working_time_for_what_may_wait_for_the_morning(sqlite: str) -> None:
    late = beijing("2020-02-14 17:20")
    set_out(late)  # may leave at 17:30, when working hours have just ended
    assert "unassembled" not in found(beijing("2020-02-15 12:00"))
    assert "unassembled" not in found(beijing("2020-02-17 08:44"))
    assert found(beijing("2020-02-17 08:45"))["unassembled"].count == 8


def test_it_counts_minutes_for_what_passes_at_any_hour(sqlite: str) -> None:
    import_cast(FORWARDED)
    night = beijing("2020-02-15 02:10")
    raise_at_night(night)
    assert "unassembled" not in found(night + timedelta(minutes=4))
    assert found(night + timedelta(minutes=5))["unassembled"].at_any_hour


def test_it_finds_mail_that_does_not_get_away(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as gone:
        pass
    go_live(monkeypatch, gone.port, FORWARDED)
    for minutes in (0, 20, 40, 60):
        assert deliver_at(SENT + timedelta(minutes=minutes)).trouble
    assert "unsent" not in found(SENT + timedelta(minutes=59))
    stuck = found(SENT + timedelta(minutes=60))["unsent"]
    assert stuck.count == 8
    assert "还没有试成" in stuck.examples[0]


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.SENDING])
def test_it_finds_what_a_killed_worker_has_left(database: str, monkeypatch: pytest.MonkeyPatch, state: Any) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    with transaction(SYSTEM, SENT) as work:
        values = {"state": state, "claimed_by": "gone", "lease_until": SENT + timedelta(minutes=10)}
        work.session.execute(update(Delivery).values(**values))
    assert found(SENT + timedelta(minutes=60))["unsent"].count == 8


def fail_all(kind: str, state: DeliveryState, now: datetime) -> None:
    with transaction(SYSTEM, now) as work:
        work.session.execute(update(Delivery).values(state=state, ended_at=now, subject=kind))


@pytest.mark.parametrize("state", [DeliveryState.REFUSED, DeliveryState.UNCERTAIN])
def test_it_finds_failed_mail_that_nobody_was_told_of(database: str, state: DeliveryState) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    fail_all("请签收", state, SENT)
    untold = found(SENT)["untold_failures"]
    assert untold.count == 8
    assert "“请签收”" in untold.sentence
    assert "untold_failures" not in found(SENT + watching.LOOK_BACK)


def test_it_asks_nothing_about_failed_mail_that_was_told(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with ScriptedServer({"RCPT": ["550 5.1.1 no such user"] * 50}) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver_at(SENT).refused >= 8
    assert {each.kind for each in firings(kind="undeliverable")} == {"undeliverable"}
    now = found(SENT)
    assert "untold_failures" not in now
    # The notices about it failed too, and make no further ones.
    deliver_at(SENT)
    with reading() as session:
        statement = select(col(Notice.kind)).join(Delivery, col(Delivery.notice_id) == col(Notice.id))
        refused = list(session.scalars(statement.where(col(Delivery.state) == DeliveryState.REFUSED)))
    assert found(SENT)["failed_alarms"].count == len([kind for kind in refused if kind == "undeliverable"]) > 0


def test_it_asks_nothing_about_an_uncertain_message_that_an_act_has_ended(sqlite: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    fail_all("请签收", DeliveryState.UNCERTAIN, SENT)
    with transaction(SYSTEM, SENT) as work:
        work.session.execute(update(Firing).values(state="withdrawn"))
    assert "untold_failures" not in found(SENT)


def test_it_finds_what_was_told_to_nobody(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    sweep.fn(now=REMINDED)
    silent = obligation(DONGAN, "receipt")
    with transaction(SYSTEM, REMINDED) as work:
        theirs = select(col(Firing.id)).where(col(Firing.obligation_id) == silent.id, col(Firing.rung) == "issued+4h")
        work.session.execute(delete(FiringRecipient).where(col(FiringRecipient.firing_id).in_(theirs)))
    told = found(REMINDED)["nobody_told"]
    assert told.count == 1
    assert "东岸区" in told.sentence
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=REMINDED)
    assert "nobody_told" not in found(REMINDED)


# ---------------------------------------------------------------- runs


def test_it_says_plainly_that_nothing_ever_ran(database: str) -> None:
    now = beijing("2020-02-14 12:00")
    health = check_installation.fn(now=now)
    (never,) = health.errors
    assert never.title == "日常服务从未启动"
    assert "make up" in never.what_to_do
    assert health.exit_code is Exit.WRONG


@pytest.mark.parametrize("cadence", CADENCES, ids=lambda each: each.run)
def test_it_finds_regular_work_that_has_stopped(database: str, cadence: watching.Cadence) -> None:
    ran(SENT)
    last = SENT + timedelta(days=1)
    with transaction(SYSTEM, last) as work:
        for each in CADENCES:
            if each is not cadence:
                work.session.add(RunLog(name=each.run, as_of=last, ended_at=last, counts={}))
    silent = [name for name in found(last, regularly=False) if name.startswith("silent_")]
    assert silent == [f"silent_{cadence.run}"]
    assert f"{cadence.deployment}最近一次完成于2020年2月14日（星期五）9时40分" in (
        found(last, regularly=False)[silent[0]].sentence
    )
    just = SENT + cadence.silent_after
    assert f"silent_{cadence.run}" not in found(just, regularly=False)


def test_it_does_not_count_a_delivery_that_failed(sqlite: str) -> None:
    ran(SENT)
    later = SENT + timedelta(minutes=30)
    with transaction(SYSTEM, later) as work:
        work.session.add(RunLog(name="deliver_notices", as_of=later, ended_at=later, counts={"failed": 1}))
    assert "silent_deliver_notices" in found(later, regularly=False)


def test_it_does_not_take_a_long_delivery_for_silence(sqlite: str) -> None:
    set_out(FORWARDED)
    ran(SENT)
    deliver_at(SENT)
    later = SENT + timedelta(minutes=30)
    with transaction(SYSTEM, later) as work:
        at_work = {"state": DeliveryState.SENDING, "claimed_by": "w", "lease_until": later + timedelta(minutes=1)}
        work.session.execute(update(Delivery).values(**at_work))
    assert "silent_deliver_notices" not in found(later, regularly=False)
    assert "silent_deliver_notices" in found(later + timedelta(minutes=1), regularly=False)


def test_real_sweeps_and_deliveries_are_the_runs_it_looks_for(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep.fn(now=SENT)
    sweep.fn(now=SENT, urgent_only=True)
    deliver.fn(now=SENT)
    assert [name for name in found(SENT, regularly=False) if name.startswith(("silent_", "never_"))] == []


# ---------------------------------------------------------------- the trail


def checked(now: datetime) -> Health:
    """Check and log it, as the flow does."""
    ran(now)
    health = check_installation.fn(now=now)
    tell_operators.fn(health, now=now)
    deliver_at(now)
    return health


def tamper(*statements: str) -> None:
    """Do what the triggers forbid, as the owner of the database can."""
    with engine().begin() as connection:
        if engine().dialect.name == "sqlite":
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def test_it_finds_a_changed_entry_at_the_end_of_the_trail(database: str) -> None:
    set_out(FORWARDED)
    assert checked(SENT).errors == ()
    sweep.fn(now=REMINDED)
    tamper("UPDATE audit_entry SET payload = payload || ' ' WHERE seq = (SELECT max(seq) FROM audit_entry)")
    broken = found(SENT)["audit_tail"]
    assert "内容与其哈希不符" in broken.sentence
    assert not audit_is_whole()


def test_it_finds_a_cut_end_of_the_trail(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(SENT)
    tamper("DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)")
    assert "链尾缺失" in found(SENT)["audit_tail"].sentence
    # Nothing in the trail itself shows that.
    assert audit_is_whole()


def test_it_finds_that_the_entry_it_saw_last_was_replaced(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(SENT)
    other = "CASE WHEN hash LIKE 'f%' THEN 'e' ELSE 'f' END || substr(hash, 2)"
    tamper(f"UPDATE audit_entry SET hash = {other} WHERE seq = (SELECT max(seq) FROM audit_entry)")  # noqa: S608
    assert "不一致" in found(SENT)["audit_tail"].sentence


def test_it_walks_only_what_is_new(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    first = checked(SENT).head
    assert first is not None
    tamper("UPDATE audit_entry SET payload = payload || ' ' WHERE seq = 1")
    second = checked(SENT)
    assert second.errors == ()
    assert second.head is not None
    assert second.head.seq > first.seq


# ---------------------------------------------------------------- around it


def test_it_cannot_tell_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    health = check_installation.fn(now=beijing("2020-02-14 12:00"))
    assert health.exit_code is Exit.CANNOT_TELL
    (unknown,) = health.findings
    assert "duban migrate" in unknown.sentence
    assert tell_operators.fn(health, now=SENT) == 0


def test_one_question_that_fails_hides_no_other(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    with engine().begin() as connection:
        connection.execute(text("ALTER TABLE forward_request RENAME TO gone"))
    now = found(REMINDED + timedelta(minutes=20))
    assert now["open_requests"].level == "unknown"
    assert now["late_wakes"].level == "error"


def test_it_cannot_tell_where_one_question_fails_and_nothing_else_is_wrong(sqlite: str) -> None:
    ran(SENT)
    with engine().begin() as connection:
        connection.execute(text("ALTER TABLE forward_request RENAME TO gone"))
    assert check_installation.fn(now=SENT).exit_code is Exit.CANNOT_TELL


@pytest.mark.parametrize(
    ("day", "missing"), [("2026-10-31 23:59", 0), ("2026-11-01 00:00", 1), ("2027-01-01 00:00", 1)]
)
def test_it_rings_from_the_first_of_november_until_next_years_calendar_answers(
    sqlite: str, day: str, missing: int
) -> None:
    now = found(beijing(day))
    assert ("calendar_missing" in now) == bool(missing)
    if missing:
        assert "2027 年" in now["calendar_missing"].sentence


def test_it_hints_that_mails_still_go_to_nobody(sqlite: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    week = FORWARDED + watching.PRACTICE
    assert "practising" not in found(week - timedelta(minutes=1))
    assert found(week)["practising"].level == "hint"
    go_live_mode()
    assert "practising" not in found(week)


def go_live_mode() -> None:
    from tasks.delivering import set_mail_mode

    set_mail_mode.fn("live", actor=OPERATOR, now=SENT)


def test_a_hint_is_no_error(sqlite: str) -> None:
    set_out(FORWARDED)
    week = FORWARDED + watching.PRACTICE
    sweep_until(FORWARDED, week, mails=True)
    deliver_at(week)
    ran(week)
    health = check_installation.fn(now=week)
    assert [each.name for each in health.findings] == ["practising"]
    assert health.exit_code is Exit.WELL


def test_it_finds_a_disk_that_is_nearly_full(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_FREE_BYTES", 10**18)
    assert found(SENT)["disk_low"].at_any_hour


# ---------------------------------------------------------------- the operators hear


def alarms() -> list[tuple[str, str, str]]:
    with reading() as session:
        rows = session.scalars(select(Firing).where(col(Firing.kind) == "alarm").order_by(col(Firing.id))).all()
    return [(row.detail["matter"], row.urgency_tag, row.role) for row in rows]


def test_it_tells_the_operators_once_a_day_for_each_cause(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(REMINDED)
    late = REMINDED + timedelta(minutes=25)
    for minutes in range(0, 90, 15):
        checked(late + timedelta(minutes=minutes))
    assert alarms() == [("值守检查：事项过时未巡检", "", "operators")]
    checked(beijing("2020-02-15 09:00"))
    checked(beijing("2020-02-15 09:15"))
    assert [matter for matter, _, _ in alarms()].count("值守检查：事项过时未巡检") == 2


def test_it_gives_a_word_when_it_is_well_again(database: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(REMINDED)
    late = REMINDED + timedelta(minutes=25)
    checked(late)
    sweep.fn(now=late + timedelta(minutes=10))
    deliver_at(late + timedelta(minutes=10))
    for minutes in (15, 30, 45):
        assert checked(late + timedelta(minutes=minutes)).errors == ()
    assert [matter for matter, _, _ in alarms()] == ["值守检查：事项过时未巡检", "值守检查：事项过时未巡检，已恢复"]


def test_it_says_nothing_is_well_that_cannot_be_looked_at(sqlite: str) -> None:
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(REMINDED)
    late = REMINDED + timedelta(minutes=25)
    checked(late)
    with engine().begin() as connection:
        connection.execute(text("ALTER TABLE wake RENAME TO gone"))
    checked(late + timedelta(minutes=15))
    with engine().begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO wake"))
    sweep.fn(now=late + timedelta(minutes=20))
    deliver_at(late + timedelta(minutes=20))
    checked(late + timedelta(minutes=30))
    assert [matter for matter, _, _ in alarms()] == ["值守检查：事项过时未巡检", "值守检查：事项过时未巡检，已恢复"]


def test_it_lets_what_just_started_settle(sqlite: str) -> None:
    """After a standstill the first check may come before the first sweep: that is found, and no alarm yet."""
    set_out(FORWARDED)
    deliver_at(SENT)
    checked(REMINDED)
    back = beijing("2020-02-17 10:00")
    health = check_installation.fn(now=back)
    assert {"silent_sweep_deadlines", "late_wakes"} <= {each.name for each in health.errors}
    assert health.exit_code is Exit.WRONG
    tell_operators.fn(health, now=back)
    assert alarms() == []
    again = back + timedelta(minutes=15)
    tell_operators.fn(check_installation.fn(now=again), now=again)
    assert "值守检查：巡检停了" in [matter for matter, _, _ in alarms()]


def test_what_is_urgent_is_told_at_any_hour(sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_cast(FORWARDED)
    night = beijing("2020-02-15 02:10")
    checked(night)
    raise_at_night(night)
    with post_office(monkeypatch, tmp_path / "mail", FORWARDED):
        deliver_at(night)
        later = night + timedelta(minutes=20)
        checked(later)
        deliver_at(later)
    assert ("值守检查：特急事项过时未巡检", "特急", "operators") in alarms()
    assert len(list((tmp_path / "mail" / "operators@example.org").glob("*.eml"))) == 1


def test_it_tells_nobody_where_there_is_no_roster_yet(sqlite: str) -> None:
    health = check_installation.fn(now=SENT)
    assert health.errors
    assert tell_operators.fn(health, now=SENT) == 0
    with reading() as session:
        assert session.scalars(select(col(RunLog.name))).all() == [CHECK_RUN]


# ---------------------------------------------------------------- the server


@contextmanager
def answering(reply: Callable[[str], tuple[int, str]]) -> Iterator[tuple[str, list[str]]]:
    """A small server on loopback; gives its address and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def _answer(self) -> None:
            asked.append(f"{self.command} {self.path} {self.headers.get('Authorization', '')}".strip())
            code, body = reply(self.path)
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def deployments(**changes: dict[str, Any]) -> str:
    import json

    rows = [{"name": name, "paused": False, "schedules": [{"active": True}]} for name in SCHEDULED]
    return json.dumps([row | changes.get(str(row["name"]), {}) for row in rows if changes.get(str(row["name"])) != {}])


@pytest.fixture
def up_has_run() -> None:
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    (settings().data_dir / "up.lock").touch()


def test_it_asks_no_server_where_none_is_meant_to_run(sqlite: str) -> None:
    assert not [name for name in found(SENT) if name.startswith(("server_", "deployments_"))]


def test_it_finds_a_server_that_is_down(sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.serving import free_port

    use(monkeypatch, ui_port=free_port())
    assert found(SENT)["server_down"].at_any_hour


def port_of(url: str) -> str:
    return url.rpartition(":")[2]


def test_it_finds_nothing_wrong_with_a_server_that_has_everything(
    sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(lambda _: (200, deployments())) as (url, asked):
        use(monkeypatch, ui_port=port_of(url))
        assert found(SENT) == {}
    assert asked == ["POST /api/deployments/filter"]


@pytest.mark.parametrize("change", [{"paused": True}, {"schedules": [{"active": False}]}])
def test_it_finds_a_deployment_that_is_paused(
    sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    with answering(lambda _: (200, deployments(每刻钟巡检=change))) as (url, _):
        use(monkeypatch, ui_port=port_of(url))
        paused = found(SENT)["deployments_paused"]
    assert (paused.level, paused.examples) == ("error", ("每刻钟巡检",))


def test_it_finds_a_deployment_that_is_missing(sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _: (200, deployments(每分钟投递={}))) as (url, _):
        use(monkeypatch, ui_port=port_of(url))
        assert found(SENT)["deployments_missing"].examples == ("每分钟投递",)


@pytest.mark.parametrize("answer", [(401, ""), (200, "no JSON"), (503, "[]")])
def test_an_odd_answer_is_no_answer(
    sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str]
) -> None:
    with answering(lambda _: answer) as (url, _):
        use(monkeypatch, ui_port=port_of(url))
        assert "server_down" in found(SENT)


def test_it_logs_in_with_the_servers_secret(sqlite: str, up_has_run: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "operator:secret")
    with answering(lambda _: (200, deployments())) as (url, asked):
        served.ask_server(f"{url}/api")
    assert asked == ["POST /api/deployments/filter Basic b3BlcmF0b3I6c2VjcmV0"]


# ---------------------------------------------------------------- the heartbeat


def well() -> Health:
    return Health(SENT, (), ())


def test_it_visits_the_heartbeat_after_a_good_check_alone(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _: (200, "")) as (url, asked):
        use(monkeypatch, heartbeat_url=f"{url}/ping/secret")
        assert beat.fn(well()) is None
        assert asked == ["GET /ping/secret"]
        broken = check_installation.fn(now=SENT)
        assert broken.errors
        assert beat.fn(broken) is None
    assert len(asked) == 1


def test_it_visits_nobody_where_no_heartbeat_is_set() -> None:
    assert beat.fn(well()) is None


@pytest.mark.parametrize("code", [404, 500])
def test_a_heartbeat_that_fails_is_a_hint_without_its_address(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    with answering(lambda _: (code, "")) as (url, _):
        use(monkeypatch, heartbeat_url=f"{url}/ping/secret")
        hint = beat.fn(well())
    assert hint is not None
    assert (hint.level, f"答复 {code}" in hint.sentence, "secret" in repr(hint)) == ("hint", True, False)


def test_a_heartbeat_nobody_answers_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.serving import free_port

    use(monkeypatch, heartbeat_url=f"http://127.0.0.1:{free_port()}/secret")
    hint = beat.fn(well())
    assert hint is not None
    assert "secret" not in repr(hint)


def test_it_refuses_a_heartbeat_that_is_no_web_address(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, heartbeat_url="file:///etc/passwd")
    with pytest.raises(ValueError, match="http"):
        settings()
