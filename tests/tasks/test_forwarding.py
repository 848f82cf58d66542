"""Forwarding: who gets a circular and when, what each office owes by it, and what is refused or only shown."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from config.policies import DEFAULT_FILE
from config.settings import settings
from domain.errors import Refused
from domain.planning import ForwardingMode
from domain.statuses import ObligationKind, Status
from models.circular import NextPeriod
from models.forwarding import Forwarding, ForwardRequest
from models.notice import Firing, FiringRecipient
from models.obligation import Obligation
from models.session import reading
from tasks.auditing import audit_head, verify_audit
from tasks.forwarding import Forwarded, forward_circular, recall_forwarding, request_forward
from tasks.handling import receive
from tasks.rostering import import_roster
from tasks.sweeping import open_requests, refuse_request, sweep
from tests.cast import (
    ADDRESSED,
    BEILING,
    COUNTIES,
    COVER,
    DONGAN,
    EDUCATION,
    LINJIANG,
    MEMBER_UNITS,
    OPERATOR,
    PREFECTURES,
    PROVINCE,
    QINGPING,
    ROSTER_CSV,
    SHIQIAO,
    STATE_COUNCIL,
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
from tests.looking import again, code_of, entries, firings, owed, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:30")
NUMBER = "江扶组办发〔2020〕20号"
REPORT = "请各地各部门于2月28日前将工作总结报省扶贫办。"
PLAN_AFTER_RECEIPT = "自收到本通知之日起5个工作日内，请各地将实施方案报省扶贫办。"
CITIES = "各市（地）扶贫开发领导小组"


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))


def send(text: str, now: datetime = NOW, **options: object) -> Forwarded:
    register_text(text, now)
    return forward_circular.fn(NUMBER, actor=OPERATOR, now=now, **options)  # type: ignore[arg-type]


def codes(done: Forwarded) -> tuple[str, ...]:
    return tuple(office.code for office in done.offices)


# --- when it leaves


@pytest.mark.parametrize(
    ("urgency", "sent_at", "leaves_at"),
    [
        ("", "2020-02-14 09:30", "2020-02-14 09:40"),
        ("", "2020-02-14 17:19", "2020-02-14 17:29"),
        ("", "2020-02-14 17:25", "2020-02-17 08:30"),  # a Friday evening: Monday morning
        ("", "2020-02-14 08:22", "2020-02-14 08:32"),
        ("", "2020-04-04 10:00", "2020-04-07 08:30"),  # Qingming
        ("加急", "2020-02-14 17:25", "2020-02-14 17:25"),
        ("加急", "2020-02-14 17:30", "2020-02-17 08:30"),
        ("特急", "2020-02-15 03:00", "2020-02-15 03:00"),
    ],
)
def test_it_lets_the_notice_leave_after_the_wait_in_working_hours(urgency: str, sent_at: str, leaves_at: str) -> None:
    done = send(notice_text(NUMBER, REPORT, urgency=urgency), beijing(sent_at))
    assert done.leaves_at == beijing(leaves_at)
    sent = firings(rung="act:circular")
    assert {each.not_before for each in sent} == {beijing(leaves_at)}
    assert {each.urgency_tag for each in sent} == {urgency}
    assert {each.issued_at for each in owed("receipt", number=NUMBER)} == {beijing(leaves_at)}


@pytest.mark.parametrize(
    ("urgency", "sent_at", "due_at"),
    [
        ("", "2020-02-14 17:25", "2020-02-19 00:00"),  # left on Monday: one working day
        ("加急", "2020-02-14 16:30", "2020-02-17 09:30"),  # two working hours
        ("特急", "2020-02-15 03:00", "2020-02-15 03:30"),
    ],
)
def test_it_counts_the_receipt_from_when_the_notice_leaves(urgency: str, sent_at: str, due_at: str) -> None:
    send(notice_text(NUMBER, REPORT, urgency=urgency), beijing(sent_at))
    assert {each.due_at for each in owed("receipt", number=NUMBER)} == {beijing(due_at)}


# --- who gets it, and what each owes


def test_it_makes_one_hop_obligations_and_one_firing_for_each_office(database: str) -> None:
    done = forward_cover(NOW)
    assert codes(done) == ADDRESSED
    assert done.tiers == {"prefecture": 2, "county": 4, "member_unit": 2}
    assert (done.notices, done.already, done.outside, done.unresolved) == (8, 0, (), ())
    hops = rows(Forwarding, col(Forwarding.from_office_id).in_(_ids([PROVINCE])))
    assert {code_of(hop.to_office_id) for hop in hops} == set(ADDRESSED)
    assert sorted(code_of(each.office_id) for each in owed("receipt", number=COVER)) == sorted(ADDRESSED)
    assert len(owed("report", number=COVER)) == 16, "the undated report and the first month's of each"
    assert len(firings()) == len(firings(rung="act:circular")) == 8


def test_it_reaches_an_office_without_an_officer_or_any_address() -> None:
    forward_cover(NOW)
    assert _addresses(QINGPING) == {"office.230202@example.org"}
    assert _addresses(BEILING) == {"officer.230200@example.org"}, "its superior"
    (firing,) = [each for each in firings() if code_of(each.office_id) == BEILING]
    assert "北岭县" in firing.why
    assert "望川市" in firing.why


def test_it_fulfils_our_forwarding_of_the_upstream(database: str) -> None:
    forward = the_one("forward", PROVINCE, UPSTREAM)
    forward_cover(NOW)
    assert again(forward).status is Status.ACCEPTED
    assert wake_of(forward) is None
    assert the_one("report", PROVINCE, UPSTREAM).status is Status.PENDING, "the report is owed all the same"


def test_it_owes_no_forwarding_where_the_circular_addresses_all_below() -> None:
    forward_cover(NOW)
    assert not owed("forward", number=COVER)


def test_it_owes_a_forwarding_where_offices_below_are_not_addressed() -> None:
    send(notice_text(NUMBER, REPORT, addressees=CITIES))
    found = owed("forward", number=NUMBER)
    assert sorted(code_of(each.office_id) for each in found) == [LINJIANG, WANGCHUAN]
    assert {each.due_at for each in found} == {beijing("2020-02-21 00:00")}, "3 working days from when receipt is due"
    assert all(each.receipt_not_confirmed for each in found)


def test_it_forwards_from_a_prefecture_to_its_counties(database: str) -> None:
    send(notice_text(NUMBER, REPORT, addressees=CITIES))
    later = NOW + timedelta(hours=5)
    receive.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=later)
    done = forward_circular.fn(
        NUMBER, actor=officer(LINJIANG), now=later, sender="临江市", to=["各县（市、区）扶贫开发领导小组"]
    )
    assert codes(done) == (DONGAN, SHIQIAO)
    assert the_one("forward", LINJIANG, NUMBER).status is Status.ACCEPTED
    assert the_one("forward", WANGCHUAN, NUMBER).status is Status.PENDING
    assert the_one("report", DONGAN, NUMBER).due_at == beijing("2020-02-29 00:00")


def test_it_goes_to_those_named_instead_of_the_printed_addressees() -> None:
    done = forward_circular.fn(COVER, actor=OPERATOR, now=NOW, to=["东岸区", "省教育厅"])
    assert set(codes(done)) == {DONGAN, EDUCATION}
    assert len(rows(Firing)) == 2


def test_it_lays_a_requirement_on_those_its_sentence_names() -> None:
    send(notice_text(NUMBER, PLAN_AFTER_RECEIPT))
    assert {code_of(each.office_id) for each in owed("report", number=NUMBER)} == {*PREFECTURES, *COUNTIES}
    assert len(owed("receipt", number=NUMBER)) == 8


def test_it_asks_a_person_who_is_meant_where_the_text_leaves_it_open() -> None:
    done = send(notice_text(NUMBER, "请各林场扶贫办于2月28日前将工作总结报省扶贫办。"))
    assert done.questions == ("第 1 项要求的责任单位“各林场扶贫办”无法与名册对应，暂由全部收文单位承担。",)
    assert len(owed("report", number=NUMBER)) == 8


def test_it_sends_reports_to_whom_the_sentence_names() -> None:
    forward_cover(NOW)
    assert {code_of(each.reviewer_id or 0) for each in owed("report", number=COVER)} == {PROVINCE}


def test_it_lets_the_superior_accept_when_forwarded_by_level() -> None:
    forward_cover(NOW, mode=ForwardingMode.BY_LEVEL)
    reviewers = {code_of(each.office_id): code_of(each.reviewer_id or 0) for each in owed("report", number=COVER)}
    assert reviewers == {
        DONGAN: LINJIANG, SHIQIAO: LINJIANG, QINGPING: WANGCHUAN, BEILING: WANGCHUAN,
        **dict.fromkeys((*PREFECTURES, *MEMBER_UNITS), PROVINCE),
    }  # fmt: skip


def test_it_takes_the_next_active_superior_by_level_where_one_is_abolished() -> None:
    lines = [line for line in ROSTER_CSV.splitlines() if not line.startswith(f"{WANGCHUAN},")]
    smaller = "\n".join(lines).replace(f"县级,{WANGCHUAN}", f"县级,{LINJIANG}")
    import_roster.fn(smaller.encode(), "r.csv", actor=OPERATOR, now=NOW, deactivate_missing=True)
    forward_cover(NOW, mode=ForwardingMode.BY_LEVEL)
    assert {code_of(each.reviewer_id or 0) for each in owed("report", QINGPING, COVER)} == {LINJIANG}


# --- terms and periods


def test_it_runs_a_term_from_when_receipt_is_due_until_receipt_is_confirmed() -> None:
    send(notice_text(NUMBER, PLAN_AFTER_RECEIPT))
    plan = the_one("report", LINJIANG, NUMBER)
    assert plan.receipt_not_confirmed
    # receipt is due at 24:00 of Monday 17 February; the fifth working day after that is the 24th
    assert plan.due_at == beijing("2020-02-25 00:00")


def test_it_makes_the_first_period_that_is_not_past(database: str) -> None:
    forward_cover(NOW)
    assert {each.period for each in owed("report", number=COVER)} == {"", "2020-03-05"}
    (following,) = rows(NextPeriod)
    assert following.due_on == date(2020, 4, 5)
    assert following.wake_at == beijing("2020-03-06 00:00"), "as the period before is due: earlier than its first rung"


@pytest.mark.parametrize(
    ("now", "period"),
    [("2020-03-05 23:59", "2020-03-05"), ("2020-03-06 00:00", "2020-04-05"), ("2020-03-20 10:00", "2020-04-05")],
)
def test_it_never_starts_with_a_period_that_is_past(now: str, period: str) -> None:
    forward_cover(beijing(now))
    assert {each.period for each in owed("report", LINJIANG, COVER)} == {"", period}


def test_it_counts_the_periods_of_all_hops_from_one_day() -> None:
    send(notice_text(NUMBER, "各地各部门每两周向省扶贫办报送一次进展情况。"), NOW)
    first = {each.period for each in owed("report", number=NUMBER)}
    forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW + timedelta(days=3), to=["国务院扶贫办", "东岸区"])
    assert {each.period for each in owed("report", number=NUMBER)} == first


def test_it_owes_nothing_from_before_an_office_was_added() -> None:
    forward_circular.fn(COVER, actor=OPERATOR, now=NOW, to=["东岸区"])
    sweep.fn(now=beijing("2020-04-07 10:00"))
    forward_circular.fn(COVER, actor=OPERATOR, now=beijing("2020-04-08 09:00"), to=["石桥县"])
    sweep.fn(now=beijing("2020-05-06 10:00"))
    assert {each.period for each in owed("report", DONGAN, COVER)} == {"", "2020-03-05", "2020-04-05", "2020-05-05",
                                                                      "2020-06-05"}  # fmt: skip
    assert {each.period for each in owed("report", SHIQIAO, COVER)} == {"", "2020-05-05", "2020-06-05"}


def test_it_leaves_a_duty_without_a_date_without_a_ladder() -> None:
    forward_cover(NOW)
    undated = owed("report", LINJIANG, COVER, period="")[0]
    assert undated.due_at is None
    assert wake_of(undated) is None


# --- idempotent, shown, refused


def test_it_changes_nothing_the_second_time(database: str) -> None:
    forward_cover(NOW)
    before = audit_head.fn()
    done = forward_cover(NOW + timedelta(minutes=3))
    assert (codes(done), done.already, done.notices) == ((), 8, 0)
    assert audit_head.fn() == before


def test_it_forwards_once_when_two_people_do_it_at_the_same_moment(database: str) -> None:
    start, done = threading.Barrier(2), list[Forwarded]()

    def forward() -> None:
        start.wait()
        done.append(forward_cover(NOW))

    threads = [threading.Thread(target=forward) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.already for each in done) == [0, 8]
    assert len(firings(rung="act:circular")) == 8
    assert len(owed("report", number=COVER)) == 16
    assert verify_audit.fn().whole


def test_it_shows_everything_in_a_dry_run_and_leaves_nothing(database: str) -> None:
    before = audit_head.fn()
    shown = forward_circular.fn(COVER, actor=OPERATOR, now=NOW, dry_run=True)
    assert shown.dry_run
    assert (codes(shown), shown.notices, shown.leaves_at) == (ADDRESSED, 8, NOW + timedelta(minutes=10))
    assert {(due.kind, due.due, due.offices) for due in shown.due} == {
        ("签收", "2020年2月17日（星期一）24时前", 8),
        ("报送", "未定日期", 8),
        ("报送", "2020年3月5日（星期四）24时前", 8),
        ("随时报送", "遇有情况时", 0),
    }
    assert audit_head.fn() == before
    assert not firings()
    assert not owed("receipt", number=COVER)


def test_it_says_where_the_notice_is_short() -> None:
    done = send(notice_text(NUMBER, "请各地各部门于2月14日前将工作总结报省扶贫办。"))
    assert done.burdens
    assert done.burdens == ("上午发文、当天就要结果，基层来不及办理。",)


def test_it_shows_what_it_cannot_resolve_and_whom_it_may_not_write_to() -> None:
    done = forward_circular.fn(COVER, actor=OPERATOR, now=NOW, to=["东岸区", "东风农场", "国务院扶贫办"])
    assert codes(done) == (DONGAN,)
    assert done.unresolved == ("东风农场",)
    assert done.outside == ("国务院扶贫开发领导小组",)
    assert not any(code_of(each.office_id) == STATE_COUNCIL for each in firings())


@pytest.mark.parametrize("to", [["东风农场"], ["国务院扶贫办"], ["江北省"]])
def test_it_refuses_where_nobody_below_is_meant(to: list[str]) -> None:
    with pytest.raises(Refused, match="--to"):
        forward_circular.fn(COVER, actor=OPERATOR, now=NOW, to=to)
    assert not firings()


def test_it_refuses_a_number_and_an_office_nobody_knows() -> None:
    with pytest.raises(Refused, match="没有登记过"):
        forward_circular.fn("江扶组办发〔2020〕99号", actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="名册中没有“999999”"):
        forward_circular.fn(COVER, actor=OPERATOR, now=NOW, sender="999999")


def test_it_does_not_forward_for_an_office_outside_or_one_that_has_not_got_it() -> None:
    with pytest.raises(Refused, match="管辖范围"):
        forward_circular.fn(COVER, actor=OPERATOR, now=NOW, sender=STATE_COUNCIL)
    with pytest.raises(Refused, match="没有收到"):
        forward_circular.fn(COVER, actor=OPERATOR, now=NOW, sender=LINJIANG, to=["东岸区"])


def test_it_refuses_to_go_below_the_printed_scope_without_a_reason() -> None:
    register_text(notice_text(NUMBER, REPORT, scope="发至地市级"), NOW)
    with pytest.raises(Refused, match="--below-scope-reason"):
        forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="4 个收文单位"):
        forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW, below_scope_reason="  ")
    done = forward_circular.fn(NUMBER, actor=OPERATOR, now=NOW, below_scope_reason="经省领导批准")
    assert len(done.offices) == 8
    assert entries("circular.forwarded")[-1][1]["reason"] == "经省领导批准"


def test_it_needs_no_reason_within_the_printed_scope() -> None:
    assert len(send(notice_text(NUMBER, REPORT, scope="发至县团级")).offices) == 8


# --- asked for, done by the next run


def test_it_keeps_a_request_until_the_hop_is_done(database: str) -> None:
    send(notice_text(NUMBER, REPORT, addressees=CITIES))
    first = request_forward.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=NOW)
    assert request_forward.fn(NUMBER, "临江市", actor=officer(LINJIANG), now=NOW) == first
    assert [(each.id, each.number, each.sender) for each in open_requests.fn()] == [(first, NUMBER, LINJIANG)]
    assert open_requests.fn()[0].actor == officer(LINJIANG)
    assert len(entries("forward.requested")) == 1
    forward_circular.fn(NUMBER, actor=officer(LINJIANG), now=NOW, sender=LINJIANG, to=["东岸区"])
    assert not open_requests.fn()


def test_it_takes_a_request_up_again_after_a_refusal_or_a_recall() -> None:
    send(notice_text(NUMBER, REPORT, addressees=CITIES))
    number = request_forward.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=NOW)
    refuse_request.fn(number, "文中没有主送机关", now=NOW)
    assert not open_requests.fn()
    request_forward.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=NOW)
    assert len(open_requests.fn()) == 1
    forward_circular.fn(NUMBER, actor=officer(LINJIANG), now=NOW, sender=LINJIANG, to=["东岸区"])
    recall_forwarding.fn(NUMBER, "发错", actor=officer(LINJIANG), now=NOW, sender=LINJIANG)
    request_forward.fn(NUMBER, LINJIANG, actor=officer(LINJIANG), now=NOW)
    (request,) = rows(ForwardRequest)
    assert (request.done_at, request.refused) == (None, None)


def test_it_refuses_a_request_of_an_office_that_has_not_got_the_circular() -> None:
    with pytest.raises(Refused, match="没有收到"):
        request_forward.fn(COVER, LINJIANG, actor=OPERATOR, now=NOW)
    with pytest.raises(Refused, match="名册中没有"):
        request_forward.fn(COVER, "999999", actor=OPERATOR, now=NOW)


def _ids(wanted: list[str]) -> list[int]:
    from models.office import Office

    with reading() as session:
        return [int(each or 0) for each in session.scalars(select(col(Office.id)).where(col(Office.code).in_(wanted)))]


def _addresses(code: str) -> set[str]:
    with reading() as session:
        statement = (
            select(col(FiringRecipient.address))
            .join(Firing, col(Firing.id) == col(FiringRecipient.firing_id))
            .where(col(Firing.office_id).in_(_ids([code])))
        )
        return set(session.scalars(statement))


def test_it_makes_no_obligation_for_reports_on_occurrence() -> None:
    forward_cover(NOW)
    with reading() as session:
        kinds = Counter(session.scalars(select(col(Obligation.kind))))
    assert kinds == {ObligationKind.RECEIPT: 9, ObligationKind.REPORT: 17, ObligationKind.FORWARD: 1}


def test_it_forwards_downward_only(database: str) -> None:
    import_cast(NOW)
    register_pair(NOW)
    forward_cover(NOW)
    passed_on = forward_circular.fn(COVER, actor=OPERATOR, now=NOW, sender=LINJIANG)
    assert {office.code for office in passed_on.offices} <= {DONGAN, SHIQIAO}
    with pytest.raises(Refused, match="不是石桥县"):
        forward_circular.fn(COVER, actor=OPERATOR, now=NOW, sender=SHIQIAO, to=("临江市",))
    with pytest.raises(Refused, match="不是临江市"):
        forward_circular.fn(COVER, actor=OPERATOR, now=NOW, sender=LINJIANG, to=("省教育厅",))


def test_it_says_how_often_those_below_will_have_to_report(sqlite: str) -> None:
    import_cast(NOW)
    register_pair(NOW)
    shown = forward_circular.fn(COVER, actor=OPERATOR, now=NOW, dry_run=True)
    assert shown.burdens == ("一年内每个单位要报12次，8个单位共96份。",)


def test_it_waits_as_long_as_the_policy_file_says_unless_a_setting_overrides_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forward_cover(NOW).leaves_at == NOW + timedelta(minutes=10)
    own = tmp_path / "own.toml"
    own.write_text(
        DEFAULT_FILE.read_text("utf-8").replace("wait_minutes = { value = 10", "wait_minutes = { value = 25")
    )
    monkeypatch.setenv("DUBAN_POLICIES_FILE", str(own))
    settings.cache_clear()
    register_text(notice_text("江扶组办发〔2020〕9号", "要抓好落实。"), NOW)
    assert forward_cover(NOW, "江扶组办发〔2020〕9号").leaves_at == NOW + timedelta(minutes=25)
    monkeypatch.setenv("DUBAN_WAIT_MINUTES", "0")
    settings.cache_clear()
    register_text(notice_text("江扶组办发〔2020〕10号", "要抓好落实。"), NOW, "other.md")
    assert forward_cover(NOW, "江扶组办发〔2020〕10号").leaves_at == NOW


def test_it_offers_a_term_for_what_has_no_date() -> None:
    assert "第 1 项要求没有写明日期" in forward_circular.fn(COVER, actor=OPERATOR, now=NOW, dry_run=True).questions[0]
    (undated, *_) = forward_circular.fn(COVER, actor=OPERATOR, now=NOW, dry_run=True).questions
    assert "参考期限为15日，需时较长的可要求每周报一次进展" in undated
