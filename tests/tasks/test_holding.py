"""Suspending and resuming: no reminder while the clock stands, what was left is left, shown as what it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col

from domain.errors import Refused
from domain.rollup import Light
from domain.statuses import Hold, Status
from domain.trail import SYSTEM
from models.acting import wake
from models.notice import DeliveryState, FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation
from models.session import transaction
from tasks.auditing import verify_audit
from tasks.delivering import deliver
from tasks.extending import extend
from tasks.handling import receive, submit_report, waive
from tasks.holding import acknowledge, resume, suspend
from tasks.summarising import board, lines
from tasks.sweeping import next_wake, sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_pair,
    register_text,
)
from tests.looking import again, deliveries, entries, firings, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)
MARCH = "2020-03-05"
EXTRA_URGENT = "江扶组办发〔2020〕30号"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def march(office: str = LINJIANG) -> Obligation:
    return the_one("report", office, COVER, MARCH)


def stop(at: str, until: str = "", reason: str = "疫情封控", obligation: Obligation | None = None) -> str:
    done = suspend.fn(
        (obligation or march()).id or 0, reason, actor=OPERATOR, now=beijing(at),
        until=beijing(until) if until else None,
    )  # fmt: skip
    return done.message


def go(at: str, obligation: Obligation | None = None) -> str:
    return resume.fn((obligation or march()).id or 0, "解除封控", actor=OPERATOR, now=beijing(at)).message


def holds() -> list[Adjustment]:
    return list(rows(Adjustment, col(Adjustment.kind) == AdjustmentKind.SUSPENSION))


def test_it_stops_the_clock_by_a_dated_row_and_withdraws_what_is_unsent(database: str) -> None:
    sweep.fn(now=beijing("2020-03-02 09:00"))
    report = march()
    assert [each.state for each in firings(report, rung="due-3")] == [FiringState.OPEN]
    assert "自2020年3月2日（星期一）10时起暂停计时，须人工恢复" in stop("2020-03-02 10:00")
    held = again(report)
    assert (held.status, held.hold, held.due_at, held.revision) == (
        Status.PENDING, Hold.SUSPENSION, report.due_at, report.revision
    )  # fmt: skip
    (row,) = holds()
    assert (row.starts_at, row.ends_at, row.reason) == (beijing("2020-03-02 10:00"), None, "疫情封控")
    assert wake_of(report) is None
    assert [each.state for each in firings(report, rung="due-3")] == [FiringState.WITHDRAWN]
    for day in ("2020-03-05", "2020-03-06", "2020-03-10", "2020-03-13"):
        sweep.fn(now=beijing(f"{day} 09:00"))
    assert {each.rung for each in firings(report)} == {"due-3", "act:suspended"}
    assert verify_audit.fn().whole


def test_it_shows_what_is_held_in_lists_board_and_register() -> None:
    stop("2020-03-02 10:00")
    late = beijing("2020-03-20 10:00")
    (line,) = [each for each in lines.fn(now=late, number=COVER, office=LINJIANG) if each.period == MARCH]
    assert (line.light, line.words) == ("held", "暂停计时（自2020年3月2日（星期一））")
    assert not [each for each in lines.fn(now=late, office=LINJIANG, overdue=True) if each.period == MARCH]
    assert board.fn(now=late).all.held == 1
    assert Light.HELD.label == "暂停"


def test_it_resumes_with_the_working_days_that_were_left_and_a_ladder_that_starts_over(database: str) -> None:
    deliver.fn(now=LEFT)
    sweep.fn(now=beijing("2020-03-02 09:00"))
    deliver.fn(now=beijing("2020-03-02 09:01"))
    stop("2020-03-03 10:00")
    assert "时限为2020年3月18日（星期三）24时前" in go("2020-03-16 10:00")
    after = march()
    assert (after.hold, after.due_at, after.revision, after.status) == (
        "", beijing("2020-03-19 00:00"), 1, Status.PENDING
    )  # fmt: skip
    assert after.base_due_at == beijing("2020-03-06 00:00")
    (row,) = holds()
    assert (row.ends_at, row.old_due_at, row.new_due_at) == (
        beijing("2020-03-16 10:00"), beijing("2020-03-06 00:00"), beijing("2020-03-19 00:00")
    )  # fmt: skip
    told = firings(after, rung="act:resumed")
    assert [each.detail["due"] for each in told] == ["2020年3月18日（星期三）24时前"]
    past = {each.rung: each.state for each in firings(after) if each.revision == 1 and each.audience}
    assert past == {"due-3": FiringState.SUPERSEDED}
    wake = wake_of(after)
    assert wake is not None
    assert wake.wake_at == beijing("2020-03-17 09:00")
    sweep.fn(now=beijing("2020-03-17 09:00"))
    assert [each.state for each in firings(after, rung="due-1")] == [FiringState.OPEN]
    assert verify_audit.fn().whole


def test_it_resumes_by_itself_at_the_day_that_was_decided(database: str) -> None:
    assert "至2020年3月10日（星期二）24时" in stop("2020-03-03 10:00", "2020-03-11 00:00")
    report = march()
    wake = wake_of(report)
    assert wake is not None
    assert wake.wake_at == beijing("2020-03-11 00:00") == next_wake(beijing("2020-03-10 23:00"))
    sweep.fn(now=beijing("2020-03-10 23:59"))
    assert march().hold == Hold.SUSPENSION
    sweep.fn(now=beijing("2020-03-11 00:00"))
    after = march()
    assert (after.hold, after.due_at, after.status) == ("", beijing("2020-03-14 00:00"), Status.PENDING)
    (subject, payload) = entries("obligation.resumed")[-1]
    assert subject == f"obligation:{report.id}"
    assert payload["reason"] == "暂停期满，自动恢复计时"
    assert holds()[0].approver == str(OPERATOR)
    assert _actor_of("obligation.resumed") == str(SYSTEM)


def _actor_of(act: str) -> str:
    from models.audit import AuditEntry

    (row,) = rows(AuditEntry, col(AuditEntry.act) == act)
    return str(row.actor)


def test_it_counts_from_the_decided_day_where_the_sweep_comes_late_and_catches_up(database: str) -> None:
    deliver.fn(now=LEFT)
    stop("2020-03-03 10:00", "2020-03-11 00:00")
    sweep.fn(now=beijing("2020-03-13 10:00"))
    after = march()
    assert after.due_at == beijing("2020-03-14 00:00"), "as if the sweep had come in time"
    sweep.fn(now=beijing("2020-03-13 10:15"))
    open_ones = {each.rung for each in firings(after, state=FiringState.OPEN) if each.audience}
    assert open_ones == {"due-0"}, "what came due since the decided day is caught up on: the highest"


def test_it_keeps_its_last_day_whatever_else_wakes_it_up() -> None:
    stop("2020-03-03 10:00", "2020-03-11 00:00")
    with transaction(OPERATOR, beijing("2020-03-04 10:00")) as work:
        wake(work.session, work.session.get_one(Obligation, march().id), beijing("2020-03-04 10:00"))
    sweep.fn(now=beijing("2020-03-04 10:00"))
    again_ = wake_of(march())
    assert again_ is not None
    assert again_.wake_at == beijing("2020-03-11 00:00")


def test_it_leaves_what_was_overdue_overdue() -> None:
    stop("2020-03-09 10:00")
    go("2020-03-16 10:00")
    assert march().due_at == beijing("2020-03-06 00:00")
    (line,) = [each for each in lines.fn(now=beijing("2020-03-16 10:01"), office=LINJIANG) if each.period == MARCH]
    assert line.light == "red"


def test_it_keeps_minutes_for_what_is_due_in_minutes() -> None:
    register_text(notice_text(EXTRA_URGENT, "请各地迅速落实。", urgency="特急"), NOW)
    forward_cover(NOW, EXTRA_URGENT)
    receipt = the_one("receipt", LINJIANG, EXTRA_URGENT)
    assert receipt.due_at == NOW + timedelta(minutes=30)
    suspend.fn(receipt.id or 0, "停电", actor=OPERATOR, now=NOW + timedelta(minutes=10))
    resume.fn(receipt.id or 0, "来电", actor=OPERATOR, now=NOW + timedelta(minutes=70))
    assert again(receipt).due_at == NOW + timedelta(minutes=90)


def test_it_takes_what_is_handed_in_or_confirmed_while_the_clock_stands() -> None:
    stop("2020-03-03 10:00")
    submit_report.fn(
        COVER, LINJIANG, "进展。", actor=officer(LINJIANG), now=beijing("2020-03-04 10:00"), ordinal=MONTHLY
    )
    assert (march().status, march().hold) == (Status.SUBMITTED, "")
    assert holds()[0].ends_at == beijing("2020-03-04 10:00")
    receipt = the_one("receipt", LINJIANG, COVER)
    suspend.fn(receipt.id or 0, "停电", actor=OPERATOR, now=LEFT)
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=LEFT)
    assert (again(receipt).status, again(receipt).hold) == (Status.ACCEPTED, "")


def test_it_waives_what_is_held_and_lets_no_sweep_wake_it() -> None:
    stop("2020-03-03 10:00", "2020-03-11 00:00")
    waive.fn(march().id or 0, "无此项工作", actor=OPERATOR, now=beijing("2020-03-04 10:00"))
    sweep.fn(now=beijing("2020-03-11 00:00"))
    assert (march().status, march().hold, wake_of(march())) == (Status.WAIVED, "", None)


def test_it_refuses_what_makes_no_sense() -> None:
    undated = the_one("report", LINJIANG, COVER, "")
    for at, until, reason, obligation, words in (
        ("2020-03-03 10:00", "", " ", None, "暂停计时必须说明理由"),
        ("2020-03-03 10:00", "2020-03-03 00:00", "封控", None, "必须晚于现在"),
        ("2020-03-03 10:00", "", "封控", undated, "没有时限，无从暂停"),
    ):
        with pytest.raises(Refused, match=words):
            stop(at, until, reason, obligation)
    with pytest.raises(Refused, match="当前为“待办”，不能再“恢复计时”"):
        go("2020-03-03 10:00")
    stop("2020-03-03 10:00")
    with pytest.raises(Refused, match="不能再“暂停计时”"):
        stop("2020-03-03 10:01")
    with pytest.raises(Refused, match="当前为“待办（暂停计时）”，不能再“延期”；请先恢复计时"):
        extend.fn(march().id or 0, beijing("2020-03-20 00:00"), "封控", actor=OPERATOR, now=beijing("2020-03-03 10:02"))
    assert len(holds()) == 1


def test_it_suspends_a_second_time_and_tells_the_office_of_each_turn() -> None:
    deliver.fn(now=LEFT)
    for day in ("02", "04"):
        stop(f"2020-03-{day} 10:00")
        go(f"2020-03-{day} 15:00")
    deliver.fn(now=beijing("2020-03-04 16:00"))
    report = march()
    assert len(firings(report, rung="act:suspended")) == len(firings(report, rung="act:resumed")) == 2
    assert not [each for each in deliveries() if each.state is DeliveryState.QUEUED and each.subject == ""]
    assert len(holds()) == 2


def test_it_keeps_a_day_that_a_receipt_dates_while_the_clock_stands() -> None:
    number = "江扶组办发〔2020〕31号"
    register_text(notice_text(number, "自收到本通知之日起5个工作日内，请各地将实施方案报省扶贫办。"), NOW)
    forward_cover(NOW, number)
    plan = the_one("report", DONGAN, number)
    suspend.fn(plan.id or 0, "封控", actor=OPERATOR, now=LEFT)
    receive.fn(number, DONGAN, actor=officer(DONGAN), now=LEFT)
    assert (again(plan).due_at, again(plan).hold, wake_of(plan)) == (beijing("2020-02-22 00:00"), Hold.SUSPENSION, None)
    resume.fn(plan.id or 0, "解除", actor=OPERATOR, now=beijing("2020-02-24 10:00"))
    assert again(plan).due_at == beijing("2020-03-03 00:00"), "five working days were left on the 14th"


# --- acknowledging


def weeks(obligation: Obligation) -> dict[tuple[int, str], FiringState]:
    """What became of the weekly reminders: (repeat, audience) -> state."""
    return {(each.repeat, each.audience): each.state for each in firings(obligation, rung="weekly")}


def chase_until(day: str) -> None:
    """Sweep and deliver at each wake-up until 9:01 of a day in March."""
    now, end = LEFT, beijing(f"2020-{day} 09:01")
    deliver.fn(now=now)
    while (at := next_wake(now)) is not None and at <= end:
        now = at
        sweep.fn(now=now)
        deliver.fn(now=now)


def know(at: str) -> str:
    return acknowledge.fn(march().id or 0, actor=officer(LINJIANG), now=beijing(at)).message


def test_it_leaves_an_office_alone_that_knows_and_goes_on_above_it(database: str) -> None:
    chase_until("03-12")
    assert "已知悉，2020年3月20日（星期五）24时前不重复催办" in know("2020-03-18 10:00")
    (row,) = rows(Adjustment, col(Adjustment.kind) == AdjustmentKind.ACKNOWLEDGEMENT)
    assert (row.starts_at, row.ends_at) == (beijing("2020-03-18 10:00"), beijing("2020-03-21 00:00"))
    chase_until("03-19")
    assert weeks(march()) == {(0, "officer"): FiringState.SUPPRESSED, (0, "superior"): FiringState.OPEN}
    (held_back,) = firings(march(), rung="weekly", state=FiringState.SUPPRESSED)
    assert held_back.why == "该单位已知悉，期内不重复催办。"
    chase_until("03-26")
    assert weeks(march())[1, "officer"] is FiringState.OPEN, "it has ended"
    assert verify_audit.fn().whole


def test_it_withdraws_a_repeat_that_has_not_gone_out_and_no_other_rung() -> None:
    chase_until("03-18")
    sweep.fn(now=beijing("2020-03-19 09:00"))
    know("2020-03-19 09:01")
    assert weeks(march()) == {(0, "officer"): FiringState.WITHDRAWN, (0, "superior"): FiringState.OPEN}


def test_it_ends_an_acknowledgement_by_a_new_deadline() -> None:
    know("2020-03-04 10:00")
    extend.fn(march().id or 0, beijing("2020-03-10 00:00"), "封控", actor=OPERATOR, now=beijing("2020-03-04 11:00"))
    (row,) = rows(Adjustment, col(Adjustment.kind) == AdjustmentKind.ACKNOWLEDGEMENT)
    assert row.ends_at == beijing("2020-03-04 11:00")


def test_it_counts_working_hours_for_what_is_urgent() -> None:
    number = "江扶组办发〔2020〕32号"
    register_text(notice_text(number, "请各地于3月5日前将工作总结报省扶贫办。", urgency="加急"), NOW)
    forward_cover(NOW, number)
    report = the_one("report", LINJIANG, number)
    acknowledge.fn(report.id or 0, actor=officer(LINJIANG), now=beijing("2020-03-04 16:00"))
    (row,) = rows(Adjustment)
    assert row.ends_at == beijing("2020-03-05 11:00")


@pytest.mark.parametrize("ended", ["submitted", "waived", "held"])
def test_it_refuses_to_acknowledge_what_asks_nothing_of_the_office(ended: str) -> None:
    at = beijing("2020-03-03 10:00")
    if ended == "submitted":
        submit_report.fn(COVER, LINJIANG, "进展。", actor=officer(LINJIANG), now=at, ordinal=MONTHLY)
    elif ended == "waived":
        waive.fn(march().id or 0, "免", actor=OPERATOR, now=at)
    else:
        suspend.fn(march().id or 0, "封控", actor=OPERATOR, now=at)
    with pytest.raises(Refused, match="不能再“知悉”"):
        know("2020-03-04 10:00")
    assert not rows(Adjustment, col(Adjustment.kind) == AdjustmentKind.ACKNOWLEDGEMENT)
