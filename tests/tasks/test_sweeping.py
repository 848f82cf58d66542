"""The sweep on the real calendar of 2020: which rung fires when, for whom, as what; exactly once, whatever happens."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from domain.errors import Refused
from domain.trail import SYSTEM
from domain.urgent import Severity
from models.audit import AuditEntry, RunLog
from models.notice import Firing, FiringRecipient
from models.obligation import Obligation, PolicyVersion
from models.session import reading, transaction
from tasks.alerting import raise_urgent_report
from tasks.delivering import deliver
from tasks.handling import receive, submit_report
from tasks.sweeping import Sweep, is_awake, next_wake, sweep
from tests.cast import (
    AGRICULTURE,
    BEILING,
    COVER,
    DONGAN,
    EDUCATION,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PROVINCE,
    QINGPING,
    SHIQIAO,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_text,
    set_out,
)
from tests.tasks.stage import (
    audit_is_whole,
    deliveries,
    firings,
    items_of,
    notices,
    obligation,
    rungs,
    sweep_until,
    told,
    use,
    wake_at,
)

FORWARDED = beijing("2020-02-14 09:30")
URGENT = "江扶组办发〔2020〕9号"


def recipients(owes: str, rung: str, role: str) -> list[str]:
    """Return the addresses that a firing resolved to."""
    statement = (
        select(col(FiringRecipient.address))
        .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
        .where(col(Firing.rung) == rung, col(Firing.role) == role)
        .where(col(Firing.obligation_id) == obligation(owes, "receipt", number=COVER).id)
    )
    with reading() as session:
        return sorted(session.scalars(statement))


def forward_urgent(urgency: str, now: str) -> None:
    import_cast(beijing(now))
    register_text(notice_text(URGENT, "请各地各部门抓好落实。", urgency=urgency), beijing(now))
    forward_cover(beijing(now), URGENT)


# ---------------------------------------------------------------- when


def test_it_reminds_of_a_receipt_after_four_working_hours_and_tells_the_superior_on_the_second_day(
    database: str,
) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-02-19 18:00"))
    assert rungs(DONGAN, "receipt") == [
        ("issued+4h", "officer", "2020-02-14 13:40"),
        ("unsigned-list", "operators", "2020-02-15 09:40"),
        ("issued+2", "officer", "2020-02-18 09:00"),
    ]


def test_it_climbs_the_ladder_of_a_monthly_report(database: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-31 18:00"))
    assert rungs(DONGAN, "report", "2020-03-05") == [
        ("due-3", "officer", "2020-03-02 09:00"),
        ("due-1", "officer", "2020-03-04 09:00"),
        ("due-0", "officer", "2020-03-05 09:00"),
        ("due+1", "officer", "2020-03-06 09:00"),
        ("due+1", "head", "2020-03-06 09:00"),
        ("due+3", "officer", "2020-03-10 09:00"),
        ("due+5", "head", "2020-03-12 09:00"),
        ("weekly", "officer", "2020-03-19 09:00"),
        ("weekly", "officer", "2020-03-19 09:00"),
        ("weekly", "officer", "2020-03-26 09:00"),
        ("weekly", "officer", "2020-03-26 09:00"),
    ]
    escalated = firings(owes=DONGAN, owed="report", period="2020-03-05", kind="escalation")
    assert {each.to for each in escalated} == {LINJIANG}


def test_it_reminds_on_friday_3_april_of_what_is_due_on_the_holiday_of_5_april(database: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-04-07 08:59"))
    reminders = firings(owes=DONGAN, owed="report", period="2020-04-05")
    assert [(each.rung, each.state, each.at) for each in reminders] == [
        ("due-3", "open", "2020-04-01 09:00"),
        ("due-1", "superseded", "2020-04-03 09:00"),
        ("due-0", "open", "2020-04-03 09:00"),
    ]
    sweep_until(beijing("2020-04-07 08:59"), beijing("2020-04-07 09:00"))
    assert rungs(DONGAN, "report", "2020-04-05")[-2:] == [
        ("due+1", "officer", "2020-04-07 09:00"),
        ("due+1", "head", "2020-04-07 09:00"),
    ]


def test_it_fires_nothing_a_moment_before_its_instant_and_the_rung_at_it(sqlite: str) -> None:
    set_out(FORWARDED)
    due = beijing("2020-02-14 13:40")
    assert sweep.fn(now=due - timedelta(microseconds=1)).fired == 0
    assert sweep.fn(now=due).fired == 8


def test_it_reminds_half_way_of_a_receipt_that_is_urgent(sqlite: str) -> None:
    forward_urgent("紧急程度：加急", "2020-02-14 09:30")
    sweep_until(FORWARDED, beijing("2020-02-15 18:00"))
    assert [each[::2] for each in rungs(DONGAN, "receipt")] == [
        ("issued+1h", "2020-02-14 10:30"),
        ("issued+4h", "2020-02-14 13:30"),
        ("unsigned-list", "2020-02-15 09:30"),
    ]


def test_it_calls_for_a_telephone_call_where_an_extra_urgent_receipt_is_missing(sqlite: str) -> None:
    forward_urgent("紧急程度：特急", "2020-02-15 22:00")
    assert sweep.fn(now=beijing("2020-02-15 22:15"), urgent_only=True).calls == ()
    done = sweep.fn(now=beijing("2020-02-15 23:00"), urgent_only=True)
    assert len(done.calls) == done.escalated == 8
    with reading() as session:
        called = session.scalars(select(Firing).where(col(Firing.id).in_(done.calls))).all()
    assert {(each.rung, each.urgency_tag) for each in called} == {("issued+60m", "特急")}


# ---------------------------------------------------------------- exactly once


def test_it_fires_each_rung_once_however_often_it_sweeps(database: str) -> None:
    set_out(FORWARDED)
    now = FORWARDED
    while now < beijing("2020-02-18 12:00"):
        now += timedelta(minutes=97)
        assert sweep.fn(now=now) is not None
        assert sweep.fn(now=now).fired == 0
    counted = Counter((each.owes, each.owed, each.rung, each.repeat, each.role, each.to) for each in firings())
    assert set(counted.values()) == {1}
    assert audit_is_whole()


def test_it_says_what_it_did(sqlite: str) -> None:
    set_out(FORWARDED)
    assert sweep.fn(now=FORWARDED) == Sweep()
    done = sweep.fn(now=beijing("2020-02-14 13:40"))
    assert (done.looked_at, done.fired, done.superseded, done.escalated) == (8, 8, 0, 0)
    with reading() as session:
        run = session.scalars(select(RunLog).order_by(col(RunLog.id).desc())).first()
    assert run is not None
    assert (run.name, run.as_of, run.counts["fired"]) == ("sweep_deadlines", beijing("2020-02-14 13:40"), 8)


def test_it_sleeps_until_the_next_rung(sqlite: str) -> None:
    set_out(FORWARDED)
    assert not is_awake(FORWARDED)
    assert next_wake(FORWARDED) == beijing("2020-02-14 13:40")
    sweep.fn(now=beijing("2020-02-14 13:40"))
    assert wake_at(obligation(DONGAN, "receipt").id) == beijing("2020-02-15 09:40")


def test_it_records_a_rung_below_the_highest_as_superseded_and_sends_nothing_for_it(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-04-03 09:00"))
    for each in firings(state="superseded"):
        assert each.rung == "due-1"
    with reading() as session:
        sent = session.scalars(
            select(col(FiringRecipient.firing_id))
            .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
            .where(col(Firing.state) == "superseded")
        ).all()
    assert sent == []


def test_it_writes_each_firing_into_the_trail_without_an_address(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-02-18 09:00"))
    with reading() as session:
        fired = session.scalars(select(AuditEntry).where(col(AuditEntry.act) == "firing.fired")).all()
        everything = session.scalars(select(col(AuditEntry.payload))).all()
    assert len(fired) == len(firings())
    assert not any("@" in payload for payload in everything)
    assert audit_is_whole()


# ---------------------------------------------------------------- whom, and as what


def test_it_becomes_the_kind_of_notice_that_fits_the_rung(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-12 09:00"))
    kinds = {(each.owed, each.rung): each.kind for each in firings(owes=DONGAN)}
    assert kinds == {
        ("receipt", "act:circular"): "circular",
        ("receipt", "issued+4h"): "receipt_reminder",
        ("receipt", "unsigned-list"): "unsigned_list",
        ("receipt", "issued+2"): "escalation",
        ("report", "due-3"): "due_soon",
        ("report", "due-1"): "due_soon",
        ("report", "due-0"): "due_soon",
        ("report", "due+1"): "overdue",
        ("report", "due+3"): "escalation",
        ("report", "due+5"): "escalation",
    }


def test_it_asks_a_reviewer_for_a_decision(sqlite: str) -> None:
    set_out(FORWARDED)
    submit_report.fn(COVER, DONGAN, "三月情况", actor=officer(DONGAN), now=beijing("2020-03-02 10:00"), ordinal=MONTHLY)
    sweep_until(beijing("2020-03-02 10:00"), beijing("2020-03-05 09:00"))
    wanted = firings(owes=PROVINCE, owed="decide")
    assert [(each.rung, each.to, each.kind) for each in wanted] == [("due-0", PROVINCE, "review_wanted")]
    assert rungs(DONGAN, "report", "2020-03-05") == []


def test_it_tells_its_own_head_and_its_operators_what_would_go_outside(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-02-25 09:00"))
    escalated = [each for each in firings(owes=PROVINCE, owed="report") if each.rung == "due+3"]
    assert [(each.to, each.role, each.kind) for each in escalated] == [
        (PROVINCE, "head", "escalation"),
        (PROVINCE, "operators", "escalation"),
    ]
    with reading() as session:
        whys = session.scalars(select(col(Firing.why)).where(col(Firing.rung) == "due+3").order_by(col(Firing.id)))
        own_head, operators = whys.all()
    assert "不自动发送" in own_head
    assert operators.startswith("您负责督办系统值守")
    with reading() as session:
        everybody = set(session.scalars(select(col(FiringRecipient.address))))
    assert not any("000000" in address for address in everybody)


def test_it_tells_the_operators_who_has_not_signed_after_a_day(sqlite: str) -> None:
    set_out(FORWARDED)
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 11:00"))
    sweep_until(FORWARDED, beijing("2020-02-15 09:40"))
    listed = firings(rung="unsigned-list")
    assert sorted(each.owes for each in listed) == sorted(
        [LINJIANG, SHIQIAO, WANGCHUAN, QINGPING, BEILING, EDUCATION, AGRICULTURE]
    )
    assert {(each.to, each.role) for each in listed} == {(PROVINCE, "operators")}


def test_it_writes_to_the_head_where_an_office_has_no_officer(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-02-14 13:40"))
    assert recipients(AGRICULTURE, "issued+4h", "officer") == ["head.230000-02@example.org"]
    assert recipients(QINGPING, "issued+4h", "officer") == ["office.230202@example.org"]


def test_it_tells_the_superior_where_an_office_has_no_address(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-02-14 13:40"))
    assert recipients(BEILING, "issued+4h", "officer") == ["officer.230200@example.org"]
    with reading() as session:
        why = session.scalar(
            select(col(Firing.why)).where(
                col(Firing.obligation_id) == obligation(BEILING, "receipt").id, col(Firing.rung) == "issued+4h"
            )
        )
    assert why == "北岭县扶贫开发领导小组办公室无可用地址，告知上级望川市扶贫开发领导小组办公室"


def test_it_says_why_each_recipient_is_written_to(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-12 09:00"))
    with reading() as session:
        whys = session.scalars(select(col(Firing.why))).all()
    assert all(whys)


# ---------------------------------------------------------------- acts stop it


def test_it_fires_nothing_for_an_office_that_has_received(database: str) -> None:
    set_out(FORWARDED)
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 13:00"))
    sweep_until(FORWARDED, beijing("2020-02-20 09:00"))
    assert rungs(DONGAN, "receipt") == []
    assert wake_at(obligation(DONGAN, "receipt").id) is None


def test_it_holds_the_ladder_while_a_report_awaits_review(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-02 09:00"))
    submit_report.fn(COVER, DONGAN, "三月情况", actor=officer(DONGAN), now=beijing("2020-03-02 10:00"), ordinal=MONTHLY)
    sweep_until(beijing("2020-03-02 10:00"), beijing("2020-03-20 09:00"))
    states = {(each.rung, each.state) for each in firings(owes=DONGAN, owed="report", period="2020-03-05")}
    assert states == {("due-3", "withdrawn"), ("act:report_received", "open")}


# ---------------------------------------------------------------- clocks


def test_it_refuses_an_explicit_instant_before_its_last(sqlite: str) -> None:
    import_cast(FORWARDED)
    sweep.fn(now=beijing("2020-02-14 13:00"), explicit=True)
    with pytest.raises(Refused, match="不能倒着巡检"):
        sweep.fn(now=beijing("2020-02-14 12:59"), explicit=True)
    sweep.fn(now=beijing("2020-02-14 13:00"), explicit=True)


def test_it_compares_an_explicit_instant_with_its_own_kind_of_sweep(sqlite: str) -> None:
    import_cast(FORWARDED)
    sweep.fn(now=beijing("2020-02-14 13:00"), urgent_only=True)
    sweep.fn(now=beijing("2020-02-14 12:00"), explicit=True)
    with pytest.raises(Refused):
        sweep.fn(now=beijing("2020-02-14 12:30"), explicit=True, urgent_only=True)


def test_it_runs_where_the_clock_has_gone_back_and_fires_nothing_twice(database: str) -> None:
    set_out(FORWARDED)
    sweep.fn(now=beijing("2020-02-14 13:40"))
    before = firings()
    assert sweep.fn(now=beijing("2020-02-14 12:00")).fired == 0
    assert sweep.fn(now=beijing("2020-02-14 13:50")).fired == 0
    assert firings() == before


def test_it_looks_only_at_what_is_urgent_where_told_to(sqlite: str) -> None:
    set_out(FORWARDED)
    raised = beijing("2020-02-14 13:20")
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.RELATIVELY_SERIOUS, occurred_at=raised, learned_at=raised,
        actor=officer(DONGAN), now=raised,
    )  # fmt: skip
    done = sweep.fn(now=beijing("2020-02-14 13:50"), urgent_only=True)
    assert (done.periods, done.passed_on) == (0, 1)
    assert {each.owed for each in firings() if not each.rung.startswith("act:")} <= {"respond", "pass_on"}
    assert sweep.fn(now=beijing("2020-02-14 13:50")).fired == 8


# ---------------------------------------------------------------- after an outage


def reminders_by_address(begin: int) -> Counter[str]:
    """Count the messages with reminders since a delivery."""
    reminding = {"digest", "receipt_reminder", "due_soon", "overdue", "escalation", "unsigned_list"}
    by_id = notices()
    return Counter(each.address for each in deliveries()[begin:] if by_id[each.notice_id].kind in reminding)


def test_it_sends_one_reminder_each_after_an_outage_of_three_days(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-03 18:00"), mails=True)
    sent = len(deliveries())
    now = beijing("2020-03-07 10:00")
    sweep.fn(now=now)
    deliver.fn(now=beijing("2020-03-09 08:30"))
    counted = reminders_by_address(sent)
    assert counted
    assert set(counted.values()) == {1}
    missed = {each.rung: each.state for each in firings(owes=DONGAN, owed="report", period="2020-03-05")}
    assert missed == {"due-3": "open", "due-1": "superseded", "due-0": "superseded", "due+1": "open"}


def test_it_tells_no_superior_of_an_office_that_was_not_told_first(database: str) -> None:
    set_out(FORWARDED)
    now = beijing("2020-02-19 10:00")
    sweep.fn(now=now)
    assert [each for each in firings(owed="receipt", kind="escalation") if each.owes == DONGAN] == []
    deliver.fn(now=now)
    sweep.fn(now=beijing("2020-02-19 17:00"))
    assert firings(owes=DONGAN, kind="escalation") == []
    sweep.fn(now=beijing("2020-02-20 09:00"))
    (escalation,) = firings(owes=DONGAN, kind="escalation")
    assert (escalation.rung, escalation.to, escalation.at) == ("issued+2", LINJIANG, "2020-02-18 09:00")


def test_it_does_not_speak_to_a_superior_as_long_as_no_mail_has_left(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep.fn(now=beijing("2020-02-20 10:00"))
    for day in ("2020-02-21", "2020-02-24", "2020-02-25"):
        sweep.fn(now=beijing(f"{day} 09:00"))
    assert firings(owes=DONGAN, kind="escalation") == []
    wake = wake_at(obligation(DONGAN, "receipt").id)
    assert wake is not None
    assert told(wake) == "2020-02-26 09:00"


# ---------------------------------------------------------------- poison


def alarms() -> list[Firing]:
    with reading() as session:
        return list(session.scalars(select(Firing).where(col(Firing.kind) == "alarm").order_by(col(Firing.id))))


def other_policy(canonical: str) -> int:
    """Store a policy version of its own and return its id."""
    with transaction(SYSTEM, FORWARDED) as work:
        row = PolicyVersion(digest="0" * 64, canonical=canonical, first_used_at=FORWARDED)
        work.session.add(row)
        work.session.flush()
        return row.id or 0


def poison(canonical: str, *owing: str) -> list[int]:
    """Let the receipts of these offices hang on a broken policy version; return their ids."""
    policy = other_policy(canonical)
    numbers = [obligation(office, "receipt").id or 0 for office in owing]
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(Obligation).where(col(Obligation.id).in_(numbers)).values(policy_id=policy))
    return numbers


@pytest.mark.parametrize(
    "canonical",
    [
        '{"terms":{},"ladders":{},"limits":{}}',
        '{"terms":{},"limits":{}}',
        "not even JSON",
        '{"terms":{},"limits":{},"ladders":{"receipt/routine":[{"colour":"blue"}]}}',
    ],
    ids=["no ladder for it", "no ladders", "no JSON", "a rung nobody knows"],
)
def test_it_lets_no_poison_row_stop_the_others(sqlite: str, canonical: str) -> None:
    set_out(FORWARDED)
    (poisoned,) = poison(canonical, DONGAN)
    now = beijing("2020-02-14 13:40")
    done = sweep.fn(now=now)
    assert (done.fired, done.postponed) == (7, 1)
    assert wake_at(poisoned) == now + timedelta(hours=1)
    (alarm,) = alarms()
    assert f"编号 {poisoned} 的事项" in alarm.detail["matter"]
    assert audit_is_whole()


def test_it_alarms_once_a_day_for_one_error_however_many_rows_share_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    # A policy that a later program cannot read poisons many rows: they are set aside together, not one by one.
    monkeypatch.setattr("tasks.sweeping._postpone", None)
    poison('{"terms":{},"ladders":{},"limits":{}}', DONGAN, SHIQIAO, LINJIANG)
    for hour in range(13, 18):
        sweep.fn(now=beijing(f"2020-02-14 {hour}:45"))
    assert len(alarms()) == 1
    sweep.fn(now=beijing("2020-02-15 13:45"))
    assert len(alarms()) == 2


def test_it_alarms_at_any_hour_where_the_row_is_urgent(sqlite: str) -> None:
    forward_urgent("紧急程度：特急", "2020-02-15 22:00")
    policy = other_policy("nonsense")
    with transaction(SYSTEM, FORWARDED) as work:
        number = obligation(DONGAN, "receipt").id
        work.session.execute(update(Obligation).where(col(Obligation.id) == number).values(policy_id=policy))
    now = beijing("2020-02-15 22:15")
    assert sweep.fn(now=now, urgent_only=True).postponed == 1
    deliver.fn(now=now)
    (alarm,) = alarms()
    assert alarm.urgency_tag == "特急"
    carrying = [each for each in deliveries(state="accepted") if items_of(each.notice_id)[0].id == alarm.id]
    assert len(carrying) == 1


def test_it_isolates_a_row_that_cannot_even_be_read(database: str) -> None:
    set_out(FORWARDED)
    number = obligation(DONGAN, "receipt").id or 0
    with transaction(SYSTEM, FORWARDED) as work:
        table = Obligation.__table__  # type: ignore[attr-defined]
        connection = work.session.connection()
        connection.exec_driver_sql(f"UPDATE {table.name} SET status = 'nonsense' WHERE id = {number}")  # noqa: S608
    now = beijing("2020-02-14 13:40")
    done = sweep.fn(now=now)
    assert (done.looked_at, done.fired, done.postponed) == (8, 7, 1)
    assert wake_at(number) == now + timedelta(hours=1)
    assert len(alarms()) == 1
    assert sweep.fn(now=now).looked_at == 0


def test_it_goes_on_with_a_poison_row_once_it_is_mended(sqlite: str) -> None:
    set_out(FORWARDED)
    with reading() as session:
        good = session.scalar(select(func.min(col(PolicyVersion.id))))
    (poisoned,) = poison("nonsense", DONGAN)
    sweep.fn(now=beijing("2020-02-14 13:40"))
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(Obligation).where(col(Obligation.id) == poisoned).values(policy_id=good))
    sweep.fn(now=beijing("2020-02-14 14:40"))
    assert rungs(DONGAN, "receipt") == [("issued+4h", "officer", "2020-02-14 13:40")]


def test_it_shares_its_work_among_batches(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_out(FORWARDED)
    poison("nonsense", SHIQIAO)
    monkeypatch.setattr("tasks.sweeping._BATCH", 3)
    done = sweep.fn(now=beijing("2020-02-14 13:40"))
    assert (done.looked_at, done.fired, done.postponed) == (8, 7, 1)


def test_it_alarms_the_operating_office_where_no_operators_are_named(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, operators_address="")
    set_out(FORWARDED)
    poison("nonsense", DONGAN)
    sweep.fn(now=beijing("2020-02-14 13:40"))
    deliver.fn(now=beijing("2020-02-14 13:40"))
    (alarm,) = alarms()
    carrying = [each for each in deliveries() if items_of(each.notice_id)[0].id == alarm.id]
    assert [each.address for each in carrying] == ["officer.230000@example.org"]
    assert OPERATOR.name
