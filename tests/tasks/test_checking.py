"""Silence is an alarm: whatever stops without a word is found, told once a day, and told again when it is well."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlmodel import col

from domain import watching
from domain.statuses import Status
from domain.trail import SYSTEM
from domain.urgent import Severity
from domain.watching import BY_NAME, CADENCES, CHECK_RUN, Exit
from models.audit import RunLog
from models.circular import NextPeriod
from models.forwarding import ForwardRequest
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, Notice
from models.obligation import Obligation, Wake
from models.session import engine, reading, transaction
from tasks.alerting import raise_urgent_report
from tasks.checking import check_installation, tell_operators
from tasks.delivering import deliver
from tasks.handling import receive, waive
from tasks.sweeping import sweep
from tests.cast import COVER, DONGAN, LINJIANG, OPERATOR, beijing, import_cast, officer, set_out
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.checks import FORWARDED, REMINDED, SENT, checked, found, ran
from tests.tasks.stage import (
    deliver_at,
    firings,
    go_live,
    obligation,
    post_office,
    sweep_until,
)

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
