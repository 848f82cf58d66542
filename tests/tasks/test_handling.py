"""What people do to what is owed: received, handed in, accepted, returned, waived, extended; each act and each no."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import col

from domain.documents import RequirementKind
from domain.errors import Refused
from domain.progress import ProgressState
from domain.statuses import ObligationKind, Status
from models.circular import Requirement
from models.forwarding import Forwarding
from models.notice import DeliveryState, FiringState
from models.obligation import Adjustment, AdjustmentKind, Obligation, Progress, Report
from tasks.auditing import verify_audit
from tasks.delivering import deliver
from tasks.extending import extend
from tasks.handling import accept, receive, return_report, submit_report, waive
from tasks.reviewing import awaiting_review, owed_by, requirements_stored
from tasks.sweeping import sweep
from tests.cast import (
    AT_ANY_TIME,
    COVER,
    DONGAN,
    EDUCATION,
    LINJIANG,
    MONTHLY,
    OPERATOR,
    PROVINCE,
    UPSTREAM,
    WANGCHUAN,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    officer,
    register_pair,
    register_text,
)
from tests.looking import again, code_of, deliveries, entries, firings, owed, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)
NUMBER = "江扶组办发〔2020〕20号"
AFTER_RECEIPT = "自收到本通知之日起5个工作日内，请各地将实施方案报省扶贫办。"
MARCH = "2020-03-05"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def march(office: str = LINJIANG) -> Obligation:
    return the_one("report", office, COVER, MARCH)


def hand_in(at: str, office: str = LINJIANG, text: str = "本月进展。", ordinal: int | None = MONTHLY) -> str:
    done = submit_report.fn(COVER, office, text, actor=officer(office), now=beijing(at), ordinal=ordinal)
    return done.message


def decide(act: Callable[..., object], at: str, *more: object, obligation: Obligation | None = None) -> None:
    act((obligation or march()).id, *more, actor=OPERATOR, now=beijing(at))


def open_rungs(obligation: Obligation) -> set[str]:
    found = firings(obligation, state=FiringState.OPEN)
    return {each.rung for each in found if each.revision == again(obligation).revision and each.audience}


# --- receipt


def test_it_records_a_receipt_and_confirms_it_to_the_officer(database: str) -> None:
    done = receive.fn(COVER, "临江市扶贫办", actor=officer(LINJIANG), now=beijing("2020-02-14 11:00"))
    receipt = the_one("receipt", LINJIANG, COVER)
    assert (receipt.status, receipt.ended_at) == (Status.ACCEPTED, beijing("2020-02-14 11:00"))
    assert f"签收-{receipt.id}" in done.message
    (hop,) = [each for each in rows(Forwarding) if code_of(each.to_office_id) == LINJIANG]
    assert hop.received_at == beijing("2020-02-14 11:00")
    (told,) = firings(receipt, rung="act:receipt_confirmed")
    assert told.detail["reference"] == f"签收-{receipt.id}"
    assert wake_of(receipt) is None


def test_it_refuses_a_second_receipt_and_one_of_what_was_not_sent() -> None:
    receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=LEFT)
    with pytest.raises(Refused, match="签收事项当前为“已完成”"):
        receive.fn(COVER, LINJIANG, actor=officer(LINJIANG), now=LEFT)
    with pytest.raises(Refused, match="没有发给"):
        receive.fn(UPSTREAM, LINJIANG, actor=officer(LINJIANG), now=LEFT)
    with pytest.raises(Refused, match="没有登记过"):
        receive.fn("江扶组办发〔2020〕99号", LINJIANG, actor=officer(LINJIANG), now=LEFT)
    with pytest.raises(Refused, match="duban roster list"):
        receive.fn(COVER, "东风农场", actor=officer(LINJIANG), now=LEFT)


def after_receipt(received_at: str) -> Obligation:
    register_text(notice_text(NUMBER, AFTER_RECEIPT), NOW)
    forward_cover(NOW, NUMBER)
    plan = the_one("report", LINJIANG, NUMBER)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=beijing(received_at))
    return again(plan)


@pytest.mark.parametrize(
    ("received_at", "due_at"),
    [("2020-02-14 11:00", "2020-02-22 00:00"), ("2020-02-15 11:00", "2020-02-22 00:00"),
     ("2020-02-19 11:00", "2020-02-27 00:00")],
)  # fmt: skip
def test_it_dates_terms_that_run_from_receipt_anew(received_at: str, due_at: str) -> None:
    plan = after_receipt(received_at)
    assert (plan.due_at, plan.receipt_not_confirmed, plan.revision) == (beijing(due_at), False, 1)
    assert plan.base_due_at == beijing("2020-02-25 00:00"), "as it was made: it never changes"
    (row,) = rows(Adjustment)
    assert (row.kind, row.old_due_at, row.new_due_at) == (
        AdjustmentKind.RECOMPUTATION, beijing("2020-02-25 00:00"), beijing(due_at)
    )  # fmt: skip
    assert the_one("report", WANGCHUAN, NUMBER).receipt_not_confirmed


def test_it_lets_a_day_that_a_person_set_stand_when_receipt_comes() -> None:
    register_text(notice_text(NUMBER, AFTER_RECEIPT), NOW)
    forward_cover(NOW, NUMBER)
    plan = the_one("report", LINJIANG, NUMBER)
    decide(extend.fn, "2020-02-17 10:00", beijing("2020-03-01 00:00"), "路远", obligation=plan)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=beijing("2020-02-18 10:00"))
    assert (again(plan).due_at, again(plan).receipt_not_confirmed) == (beijing("2020-03-01 00:00"), False)
    assert len(rows(Adjustment)) == 1


# --- the life of a report


def test_it_takes_a_report_through_two_returns_to_its_acceptance(database: str) -> None:
    assert "等待审核" in hand_in("2020-03-02 10:00")
    report = march()
    assert (report.status, report.submitted_at) == (Status.SUBMITTED, beijing("2020-03-02 10:00"))
    for turn, at in ((1, "2020-03-03"), (2, "2020-03-04")):
        (waiting,) = awaiting_review(PROVINCE)
        assert (waiting.obligation_id, waiting.office, waiting.round) == (report.id, LINJIANG, turn)
        decide(return_report.fn, f"{at} 10:00", "缺少分项数据")
        assert (march().status, march().submitted_at, march().revision) == (Status.RETURNED, None, turn)
        hand_in(f"{at} 15:00", text="已补充。")
    decide(accept.fn, "2020-03-05 10:00")
    assert (march().status, march().ended_at) == (Status.ACCEPTED, beijing("2020-03-05 10:00"))
    assert [(each.round, each.decision) for each in rows(Report)] == [
        (1, "returned"), (2, "returned"), (3, "accepted")
    ]  # fmt: skip
    assert [each.status for each in owed("decide")] == [Status.ACCEPTED] * 3
    kinds = [each.rung for each in firings(report) if not each.audience]
    assert kinds == ["act:report_received", "act:returned"] * 2 + ["act:report_received", "act:accepted"]
    assert not awaiting_review(PROVINCE)
    assert verify_audit.fn().whole


def test_it_makes_the_reviewer_owe_a_decision_in_three_working_days() -> None:
    hand_in("2020-03-02 10:00")
    (decision,) = owed("decide")
    assert code_of(decision.office_id) == PROVINCE
    assert (decision.due_at, decision.subject_id) == (beijing("2020-03-06 00:00"), march().id)
    assert wake_of(decision) is not None


def test_it_makes_nobody_decide_what_goes_outside_and_records_the_outcome() -> None:
    report = the_one("report", PROVINCE, UPSTREAM)
    submit_report.fn(UPSTREAM, PROVINCE, "我省情况。", actor=OPERATOR, now=beijing("2020-02-19 15:00"))
    assert not owed("decide")
    decide(accept.fn, "2020-02-24 10:00", obligation=report)
    assert again(report).status is Status.ACCEPTED


def test_it_lets_the_ladder_rest_when_a_report_is_handed_in(database: str) -> None:
    sweep.fn(now=beijing("2020-03-02 09:00"))
    report = march()
    assert open_rungs(report) == {"due-3"}
    hand_in("2020-03-02 09:05")
    assert wake_of(report) is None
    assert not open_rungs(report)
    assert sweep.fn(now=beijing("2020-03-05 10:00")).looked_at > 0
    assert not open_rungs(report)


def test_it_withdraws_a_queued_delivery_that_loses_its_last_item(database: str) -> None:
    from tasks import delivering

    deliver.fn(now=LEFT)
    receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=LEFT)
    deliver.fn(now=LEFT)
    sweep.fn(now=beijing("2020-03-02 09:00"))
    delivering._assemble(lambda: beijing("2020-03-02 09:00"))
    waiting = [each for each in deliveries() if each.state is DeliveryState.QUEUED]
    (queued,) = [each for each in waiting if each.address == "officer.230102@example.org"]
    hand_in("2020-03-02 09:01", DONGAN)
    (after,) = [each for each in deliveries() if each.id == queued.id]
    assert after.state is DeliveryState.WITHDRAWN


def test_it_says_where_a_report_came_late_and_keeps_the_light_from_red() -> None:
    assert "逾期报送" in hand_in("2020-03-06 00:00")
    (told,) = firings(march(), rung="act:report_received")
    assert told.detail["late"] == "1"


def test_it_is_punctual_until_the_last_moment_of_the_day() -> None:
    assert "逾期" not in hand_in("2020-03-05 23:59")


def test_it_moves_the_progress_of_the_instruction_that_asks_for_the_report() -> None:
    hand_in("2020-03-02 10:00", text="已走访，联系人 13812345678。")
    (row,) = rows(Progress)
    assert (row.state, code_of(row.office_id)) == (ProgressState.UNDER_WAY, LINJIANG)


def test_it_takes_the_report_that_is_due_first_where_none_is_named() -> None:
    hand_in("2020-03-02 10:00", ordinal=None)
    assert march().status is Status.SUBMITTED
    hand_in("2020-03-02 10:00", ordinal=None)
    assert the_one("report", LINJIANG, COVER, "").status is Status.SUBMITTED, "then the one without a date"


def test_it_finds_a_period_by_its_month_or_its_day() -> None:
    for office, period in ((LINJIANG, "2020-03"), (DONGAN, MARCH)):
        submit_report.fn(COVER, office, "进展。", actor=officer(office), now=LEFT, period=period)
        assert march(office).status is Status.SUBMITTED
    for period in ("2020-0", "2020-3", "2020-04"):
        with pytest.raises(Refused, match=f"期次 {period}"):
            submit_report.fn(COVER, WANGCHUAN, "进展。", actor=officer(WANGCHUAN), now=LEFT, period=period)


@pytest.mark.parametrize(
    ("office", "text", "ordinal", "words"),
    [
        (LINJIANG, " \n", MONTHLY, "不能为空"),
        (LINJIANG, "进展", 9, "只有 3 项要求"),
        (PROVINCE, "进展", MONTHLY, "没有这样的报送事项"),
        ("东风农场", "进展", MONTHLY, "名册中没有"),
    ],
)
def test_it_refuses_a_report_that_nobody_asked_for(office: str, text: str, ordinal: int, words: str) -> None:
    with pytest.raises(Refused, match=words):
        submit_report.fn(COVER, office, text, actor=OPERATOR, now=LEFT, ordinal=ordinal)
    assert not rows(Report)


def test_it_refuses_a_report_for_what_is_accepted_already() -> None:
    hand_in("2020-03-02 10:00")
    with pytest.raises(Refused, match="当前为“待审核”，不能再“报送”"):
        hand_in("2020-03-02 10:01")
    decide(accept.fn, "2020-03-02 11:00")
    with pytest.raises(Refused, match="当前为“已完成”，不能再“报送”"):
        hand_in("2020-03-02 12:00")
    assert len(rows(Report)) == 1


def test_it_refuses_decisions_on_what_was_not_handed_in() -> None:
    for act, more in ((accept.fn, ()), (return_report.fn, ("缺数据",))):
        with pytest.raises(Refused, match="当前为“待办”"):
            decide(act, "2020-03-02 10:00", *more)
    receipt = the_one("receipt", LINJIANG, COVER)
    with pytest.raises(Refused, match="不能再“通过”"):
        decide(accept.fn, "2020-03-02 10:00", obligation=receipt)
    with pytest.raises(Refused, match="没有编号为 9999 的事项"):
        accept.fn(9999, actor=OPERATOR, now=LEFT)


# --- return


def test_it_gives_two_working_days_after_a_return_and_never_less_than_before() -> None:
    hand_in("2020-03-05 20:00")
    decide(return_report.fn, "2020-03-06 10:00", "缺数据")
    assert march().due_at == beijing("2020-03-11 00:00"), "Friday: Tuesday's end"
    assert march().base_due_at == beijing("2020-03-06 00:00")
    hand_in("2020-02-20 10:00", WANGCHUAN)
    decide(return_report.fn, "2020-02-21 10:00", "缺数据", obligation=march(WANGCHUAN))
    assert march(WANGCHUAN).due_at == beijing("2020-03-06 00:00"), "the old day is later"


def test_it_takes_the_reviewers_day_but_no_day_that_is_past() -> None:
    hand_in("2020-03-02 10:00")
    with pytest.raises(Refused, match="必须晚于现在"):
        return_report.fn(
            march().id or 0, "缺数据", actor=OPERATOR, now=beijing("2020-03-06 10:00"),
            due_on=beijing("2020-03-05 00:00"),
        )  # fmt: skip
    assert march().status is Status.SUBMITTED
    return_report.fn(
        march().id or 0, "缺数据", actor=OPERATOR, now=beijing("2020-03-06 10:00"), due_on=beijing("2020-03-14 00:00")
    )
    assert march().due_at == beijing("2020-03-14 00:00")
    with pytest.raises(Refused, match="理由"):
        decide(return_report.fn, "2020-03-06 10:00", " ")


def test_it_dates_what_had_no_date_when_it_is_returned() -> None:
    hand_in("2020-02-20 10:00", ordinal=1)
    undated = the_one("report", LINJIANG, COVER, "")
    decide(return_report.fn, "2020-02-21 10:00", "缺数据", obligation=undated)
    assert again(undated).due_at == beijing("2020-02-26 00:00")
    assert wake_of(undated) is not None


def test_it_does_not_remind_on_top_of_a_return(database: str) -> None:
    hand_in("2020-03-04 10:00")
    report = march()
    decide(return_report.fn, "2020-03-04 11:00", "缺数据")
    assert march().due_at == beijing("2020-03-07 00:00")
    past = {each.rung: each.state for each in firings(report) if each.revision == 1 and each.audience}
    assert past == {"due-3": FiringState.SUPERSEDED}
    sweep.fn(now=beijing("2020-03-04 11:15"))
    assert not open_rungs(report), "the decision's own mail has just told it"
    assert _wake_at(report) == beijing("2020-03-05 09:00")
    sweep.fn(now=beijing("2020-03-05 09:00"))
    assert open_rungs(report) == {"due-1"}


def test_it_climbs_on_after_a_return_that_nobody_answers() -> None:
    deliver.fn(now=LEFT)
    hand_in("2020-03-05 10:00")
    decide(return_report.fn, "2020-03-06 10:00", "缺数据")
    for day in ("2020-03-09", "2020-03-10", "2020-03-11", "2020-03-13"):
        sweep.fn(now=beijing(f"{day} 09:00"))
        deliver.fn(now=beijing(f"{day} 09:01"))
    assert {"due-1", "due-0", "due+1", "due+3"} <= {each.rung for each in firings(march()) if each.revision == 1}


# --- extend


def test_it_extends_before_the_deadline_and_starts_the_ladder_over(database: str) -> None:
    sweep.fn(now=beijing("2020-03-02 09:00"))
    report = march()
    assert open_rungs(report) == {"due-3"}
    decide(extend.fn, "2020-03-03 10:00", beijing("2020-03-10 00:00"), "封控期间数据待核")
    after = again(report)
    assert (after.due_at, after.base_due_at, after.revision) == (
        beijing("2020-03-10 00:00"), beijing("2020-03-06 00:00"), 1
    )  # fmt: skip
    (row,) = rows(Adjustment)
    assert (row.kind, row.reason, row.approver) == (AdjustmentKind.EXTENSION, "封控期间数据待核", str(OPERATOR))
    assert (row.old_due_at, row.new_due_at) == (beijing("2020-03-06 00:00"), beijing("2020-03-10 00:00"))
    assert {each.state for each in firings(report, rung="due-3")} == {FiringState.WITHDRAWN}
    assert len(firings(report, rung="act:extension_decided")) == 1
    assert _wake_at(report) == beijing("2020-03-04 09:00")


def test_it_does_not_remind_on_top_of_an_extension() -> None:
    report = march()
    decide(extend.fn, "2020-03-04 10:00", beijing("2020-03-07 00:00"), "封控")
    past = {each.rung: each.state for each in firings(report) if each.audience}
    assert past == {"due-3": FiringState.SUPERSEDED}
    sweep.fn(now=beijing("2020-03-04 10:15"))
    assert not open_rungs(report)
    sweep.fn(now=beijing("2020-03-06 09:00"))
    assert open_rungs(report) == {"due-0"}


def test_it_lets_an_extended_receipt_climb_no_rung_again_that_is_past() -> None:
    deliver.fn(now=LEFT)
    sweep.fn(now=beijing("2020-02-14 14:00"))
    receipt = the_one("receipt", LINJIANG, COVER)
    decide(extend.fn, "2020-02-17 10:00", beijing("2020-02-20 00:00"), "停电", obligation=receipt)
    assert {each.rung for each in firings(receipt, state=FiringState.SUPERSEDED)} == {"issued+4h", "unsigned-list"}
    sweep.fn(now=beijing("2020-02-17 10:15"))
    assert not open_rungs(receipt)


@pytest.mark.parametrize(
    ("at", "due_at", "reason", "words"),
    [
        ("2020-03-03 10:00", "2020-03-10 00:00", " ", "理由"),
        ("2020-03-06 00:00", "2020-03-10 00:00", "封控", "延期须在到期前提出"),
        ("2020-03-03 10:00", "2020-03-06 00:00", "封控", "必须晚于现时限"),
        ("2020-03-03 10:00", "2020-03-01 00:00", "封控", "必须晚于现在"),
    ],
)
def test_it_refuses_an_extension_without_a_reason_too_late_or_to_no_later_day(
    at: str, due_at: str, reason: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        decide(extend.fn, at, beijing(due_at), reason)
    assert march().revision == 0


def test_it_refuses_to_extend_what_has_ended_or_awaits_review() -> None:
    hand_in("2020-03-02 10:00")
    with pytest.raises(Refused, match="当前为“待审核”，不能再“延期”"):
        decide(extend.fn, "2020-03-03 10:00", beijing("2020-03-10 00:00"), "封控")
    decide(accept.fn, "2020-03-03 10:00")
    with pytest.raises(Refused, match="当前为“已完成”，不能再“延期”"):
        decide(extend.fn, "2020-03-16 10:00", beijing("2020-03-20 00:00"), "封控")


def test_it_dates_what_has_no_date_by_an_extension() -> None:
    undated = the_one("report", LINJIANG, COVER, "")
    decide(extend.fn, "2020-02-17 10:00", beijing("2020-03-01 00:00"), "定于月底前", obligation=undated)
    assert again(undated).due_at == beijing("2020-03-01 00:00")
    assert _wake_at(undated) == beijing("2020-02-26 09:00"), "due on a Saturday: its third working day before"


# --- waive


def test_it_waives_with_a_reason_and_tells_the_office() -> None:
    report = march()
    with pytest.raises(Refused, match="理由"):
        decide(waive.fn, "2020-03-02 10:00", "")
    decide(waive.fn, "2020-03-02 10:00", "本月无相关业务")
    assert (again(report).status, wake_of(report)) == (Status.WAIVED, None)
    (told,) = firings(report, rung="act:waived")
    assert told.detail["reason"] == "本月无相关业务"
    with pytest.raises(Refused, match="当前为“已免办”"):
        decide(waive.fn, "2020-03-02 10:01", "再免一次")


def test_it_withdraws_the_decision_when_what_awaits_it_is_waived(database: str) -> None:
    hand_in("2020-03-02 10:00")
    (decision,) = owed("decide")
    decide(waive.fn, "2020-03-02 11:00", "重复")
    assert again(decision).status is Status.WITHDRAWN
    assert wake_of(decision) is None
    assert not awaiting_review(PROVINCE)


# --- at any time


def test_it_stores_and_counts_reports_on_occurrence() -> None:
    messages = [hand_in(f"2020-02-2{day} 10:00", text="新做法。", ordinal=AT_ANY_TIME) for day in (0, 1)]
    assert ["第 1 次" in messages[0], "第 2 次" in messages[1]] == [True, True]
    assert [(each.period, each.obligation_id) for each in rows(Report)] == [("1", None), ("2", None)]
    assert len(firings(the_one("receipt", LINJIANG, COVER), rung="act:report_received")) == 2
    assert the_one("receipt", LINJIANG, COVER).status is Status.PENDING, "a report is no receipt"
    with pytest.raises(Refused, match="没有发给"):
        hand_in("2020-02-20 10:00", PROVINCE, ordinal=AT_ANY_TIME)


def test_it_confirms_each_of_two_kinds_of_reports_on_occurrence() -> None:
    sentences = ("各地发现新情况，要随时向省扶贫办报告。", "各地遇到困难，要随时向省教育厅报告。")
    register_text(notice_text(NUMBER, *sentences), NOW)
    forward_cover(NOW, NUMBER)
    kinds = rows(Requirement, col(Requirement.kind) == RequirementKind.ON_OCCURRENCE)
    ordinals = [each.ordinal for each in kinds if each.circular_id == 3]
    assert ordinals == [1, 2]
    for ordinal in ordinals:
        submit_report.fn(NUMBER, LINJIANG, "情况。", actor=officer(LINJIANG), now=LEFT, ordinal=ordinal)
    assert len(firings(the_one("receipt", LINJIANG, NUMBER), rung="act:report_received")) == 2


# --- two people at once


@pytest.mark.parametrize("turn", range(3))
def test_it_lets_exactly_one_of_two_people_win(database: str, turn: int) -> None:
    hand_in("2020-03-02 10:00")
    number, start = march().id or 0, threading.Barrier(2)
    won, lost = list[str](), list[str]()

    def act(name: str, do: Callable[[], object]) -> None:
        start.wait()
        try:
            do()
            won.append(name)
        except Refused as refused:
            lost.append(str(refused))

    at = beijing("2020-03-02 11:00")
    threads = [
        threading.Thread(target=act, args=("accept", lambda: accept.fn(number, actor=OPERATOR, now=at))),
        threading.Thread(target=act, args=("return", lambda: return_report.fn(number, "缺", actor=OPERATOR, now=at))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == len(lost) == 1
    assert "已被他人处理" in lost[0] or "不能再" in lost[0]
    assert march().status is (Status.ACCEPTED if won == ["accept"] else Status.RETURNED)
    assert len(firings(march(), rung="act:accepted")) + len(firings(march(), rung="act:returned")) == 1
    assert [each.status for each in owed("decide")] == [Status.ACCEPTED]
    assert verify_audit.fn().whole


def test_it_counts_two_reports_that_come_at_the_same_moment(database: str) -> None:
    start, failed = threading.Barrier(2), list[BaseException]()

    def report() -> None:
        start.wait()
        try:
            hand_in("2020-02-20 10:00", text="新做法。", ordinal=AT_ANY_TIME)
        except BaseException as error:  # noqa: BLE001  shown below
            failed.append(error)

    threads = [threading.Thread(target=report) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(each.period for each in rows(Report)) == ["1", "2"]


# --- lists


def test_it_lists_what_an_office_still_owes_and_what_was_asked() -> None:
    assert len(owed_by("临江市", COVER)) == 2
    assert owed_by(LINJIANG, COVER, period=MARCH) == [march().id]
    decide(waive.fn, "2020-03-02 10:00", "无业务")
    assert owed_by(LINJIANG, COVER, period=MARCH) == []
    assert [each.kind for each in requirements_stored(COVER)] == [
        RequirementKind.ONCE, RequirementKind.RECURRING, RequirementKind.ON_OCCURRENCE
    ]  # fmt: skip


def test_it_keeps_no_contact_of_a_person_in_the_trail() -> None:
    hand_in("2020-03-02 10:00", EDUCATION, text="联系人王五，电话 0451-12345678，wang@example.org。")
    decide(return_report.fn, "2020-03-02 11:00", "请致电 13812345678 或 zhao@example.org", obligation=march(EDUCATION))
    payloads = str([payload for _, payload in entries()])
    assert not any(each in payloads for each in ("12345678", "example.org"))
    assert "请致电 （联系方式略）" in payloads


def _wake_at(obligation: Obligation) -> datetime | None:
    wake = wake_of(obligation)
    return wake.wake_at if wake else None


def test_it_never_fulfils_anything_by_the_passing_of_time() -> None:
    sweep.fn(now=beijing("2020-06-30 10:00"))
    assert {each.status for each in owed(ObligationKind.REPORT)} == {Status.PENDING}
