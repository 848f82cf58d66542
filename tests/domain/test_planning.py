"""Planning a hop: when it leaves, what each office owes by it, who reviews, and which period comes next."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policies import load_policies
from config.rosters import read_roster
from domain.deadlines import HolidayRule, RunningTerm
from domain.documents import Duty, RequirementKind, Urgency
from domain.offices import Roster
from domain.planning import Asked, Hop, Plan, Planner, is_urgent, issue_instant
from domain.published import published_calendar
from domain.statuses import ObligationKind
from domain.urgent import Severity
from tests.cast import ADDRESSED, DONGAN, LINJIANG, PROVINCE, ROSTER_CSV, SHIQIAO, STATE_COUNCIL, WANGCHUAN, beijing

CALENDAR = published_calendar()
ROSTER = Roster.of(read_roster(ROSTER_CSV.encode(), "r.csv"), PROVINCE)
PLANNER = Planner(ROSTER, load_policies(), CALENDAR)
SENT = beijing("2020-02-14 09:30")
TEN_MINUTES = timedelta(minutes=10)


def hop(
    *offices: str, grade: Urgency = Urgency.ROUTINE, by_level: bool = False, received_at: datetime | None = None
) -> Hop:
    forwardings = {office: number for number, office in enumerate(offices or ADDRESSED, start=1)}
    issued_at = issue_instant(SENT, grade, TEN_MINUTES, CALENDAR)
    return Hop(
        sender=PROVINCE, forwardings=forwardings, grade=grade, sent_at=SENT, issued_at=issued_at, by_level=by_level,
        received_at=received_at,
    )  # fmt: skip


def report(kind: RequirementKind = RequirementKind.ONCE, **values: object) -> Asked:
    return Asked(**{"id": 7, "duty": Duty.REPORT, "kind": kind, "deliver_to": PROVINCE} | values)  # type: ignore[arg-type]


def of(plans: list[Plan], kind: ObligationKind) -> list[Plan]:
    return [plan for plan in plans if plan.kind is kind]


@pytest.mark.parametrize(
    ("grade", "sent_at", "leaves_at"),
    [
        (Urgency.ROUTINE, "2020-02-14 09:30", "2020-02-14 09:40"),
        (Urgency.ROUTINE, "2020-02-14 17:25", "2020-02-17 08:30"),
        (Urgency.ROUTINE, "2020-09-27 17:00", "2020-09-27 17:10"),  # a Sunday worked in lieu
        (Urgency.URGENT, "2020-02-14 17:25", "2020-02-14 17:25"),
        (Urgency.URGENT, "2020-02-14 22:00", "2020-02-17 08:30"),
        (Urgency.EXTRA_URGENT, "2020-02-15 03:00", "2020-02-15 03:00"),
    ],
)
def test_it_says_when_a_notice_leaves(grade: Urgency, sent_at: str, leaves_at: str) -> None:
    assert issue_instant(beijing(sent_at), grade, TEN_MINUTES, CALENDAR) == beijing(leaves_at)


@given(minutes=st.integers(0, 60 * 24 * 400), grade=st.sampled_from(list(Urgency)))
def test_it_never_lets_a_notice_leave_before_it_is_sent_or_at_night(minutes: int, grade: Urgency) -> None:
    sent_at = beijing("2020-01-01 00:00") + timedelta(minutes=minutes)
    leaves_at = issue_instant(sent_at, grade, TEN_MINUTES, CALENDAR)
    assert leaves_at >= sent_at
    assert grade is Urgency.EXTRA_URGENT or CALENDAR.is_working_time(leaves_at)


def test_it_knows_what_the_every_minute_sweep_looks_after() -> None:
    assert [grade for grade in (*Urgency, *Severity) if is_urgent(grade)] == [Urgency.EXTRA_URGENT, *Severity]


def test_it_makes_every_addressee_owe_a_receipt() -> None:
    plans = of(PLANNER.hop(hop(), [], SENT), ObligationKind.RECEIPT)
    assert [plan.office for plan in plans] == list(ADDRESSED)
    assert [plan.origin for plan in plans] == [f"forwarding:{number}" for number in range(1, 9)]
    assert {plan.due_at for plan in plans} == {beijing("2020-02-18 00:00")}
    assert {plan.wake_at for plan in plans} == {beijing("2020-02-14 13:40")}


def test_it_makes_only_those_forward_who_have_somebody_below_not_addressed() -> None:
    plans = of(PLANNER.hop(hop(LINJIANG, WANGCHUAN, DONGAN, SHIQIAO), [], SENT), ObligationKind.FORWARD)
    assert [plan.office for plan in plans] == [WANGCHUAN]


@pytest.mark.parametrize(
    ("grade", "due_at"),
    [
        (Urgency.ROUTINE, "2020-02-21 00:00"),  # 3 working days from Monday 17, when receipt is due
        (Urgency.URGENT, "2020-02-18 00:00"),  # 1 working day from Friday 11:30
        (Urgency.EXTRA_URGENT, "2020-02-15 00:00"),  # the same day
    ],
)
def test_it_runs_the_term_of_forwarding_from_when_receipt_is_due(grade: Urgency, due_at: str) -> None:
    sent = hop(WANGCHUAN, grade=grade)
    (plan,) = of(PLANNER.hop(sent, [], SENT), ObligationKind.FORWARD)
    assert (plan.due_at, plan.receipt_not_confirmed) == (beijing(due_at), True)
    assert plan.term is not None
    assert plan.term.start == PLANNER.receipt_deadline(sent).at - timedelta.resolution


def test_it_runs_the_term_of_forwarding_from_a_receipt_that_is_known() -> None:
    received = hop(WANGCHUAN, received_at=beijing("2020-02-14 11:00"))
    (plan,) = of(PLANNER.hop(received, [], SENT), ObligationKind.FORWARD)
    assert (plan.due_at, plan.receipt_not_confirmed) == (beijing("2020-02-20 00:00"), False)


def test_it_reminds_half_way_through_a_term_that_began_with_the_receipt() -> None:
    (plan,) = of(PLANNER.hop(hop(WANGCHUAN, grade=Urgency.EXTRA_URGENT), [], SENT), ObligationKind.FORWARD)
    assert plan.wake_at == beijing("2020-02-14 17:00"), "receipt is due at 10:00, the day ends at 24:00"


def test_it_keeps_what_a_deadline_ends_and_nothing_of_a_written_day() -> None:
    asked = [report(RequirementKind.AFTER_RECEIPT, workdays=5), report(id=8, due_on=date(2020, 2, 28))]
    plans = PLANNER.hop(hop(LINJIANG), asked, SENT)
    kept = {plan.requirement_id: plan.term for plan in plans}
    assert kept[8] is None
    assert kept[7] == RunningTerm(beijing("2020-02-18 00:00") - timedelta.resolution, 5, "workdays")
    (receipt,) = of(plans, ObligationKind.RECEIPT)
    assert receipt.term == RunningTerm(hop().issued_at, 1, "workdays")


def test_it_makes_nothing_of_reports_on_occurrence() -> None:
    plans = PLANNER.hop(hop(), [report(RequirementKind.ON_OCCURRENCE)], SENT)
    assert {plan.kind for plan in plans} == {ObligationKind.RECEIPT}


@pytest.mark.parametrize(
    ("values", "due_at"),
    [
        ({"due_on": date(2020, 2, 28)}, "2020-02-29 00:00"),
        ({"due_on": date(2020, 2, 28), "due_time": time(17)}, "2020-02-28 17:00"),
        ({"kind": RequirementKind.AFTER_RECEIPT, "workdays": 5}, "2020-02-25 00:00"),
        ({"kind": RequirementKind.AFTER_RECEIPT, "days": 10}, "2020-02-28 00:00"),
        ({}, None),
        ({"kind": RequirementKind.AFTER_RECEIPT}, None),
    ],
)
def test_it_dates_what_is_owed_once(values: dict[str, object], due_at: str | None) -> None:
    plans = of(PLANNER.hop(hop(), [report(**values)], SENT), ObligationKind.REPORT)  # type: ignore[arg-type]
    assert {plan.due_at for plan in plans} == {beijing(due_at) if due_at else None}
    assert {plan.receipt_not_confirmed for plan in plans} == {"kind" in values}
    assert {plan.wake_at is None for plan in plans} == {due_at is None}


def test_it_runs_a_term_from_a_receipt_that_is_known() -> None:
    received = hop(LINJIANG, received_at=beijing("2020-02-14 11:00"))
    asked = report(RequirementKind.AFTER_RECEIPT, workdays=5)
    (plan,) = of(PLANNER.hop(received, [asked], SENT), ObligationKind.REPORT)
    assert (plan.due_at, plan.receipt_not_confirmed) == (beijing("2020-02-22 00:00"), False)


def test_it_gives_silence_no_more_time_than_a_receipt_at_the_last_moment() -> None:
    asked, sent = report(RequirementKind.AFTER_RECEIPT, workdays=5), hop(LINJIANG)
    last_moment = PLANNER.receipt_deadline(sent).at - timedelta(minutes=1)
    (silent,) = of(PLANNER.hop(sent, [asked], SENT), ObligationKind.REPORT)
    confirmed = PLANNER.after_receipt(asked, last_moment)
    assert confirmed is not None
    assert silent.due_at == confirmed.at


def test_it_marks_a_term_that_runs_into_a_year_not_published() -> None:
    asked = report(RequirementKind.AFTER_RECEIPT, workdays=5)
    deadline = PLANNER.after_receipt(asked, beijing("2099-12-30 10:00"))
    assert deadline is not None
    assert deadline.provisional


def test_it_makes_a_completion_of_a_piece_of_work() -> None:
    plans = PLANNER.hop(hop(LINJIANG), [report(duty=Duty.COMPLETE, due_on=date(2020, 3, 10))], SENT)
    assert [plan.kind for plan in plans if plan.requirement_id] == [ObligationKind.COMPLETE]


def test_it_never_makes_an_office_report_to_itself() -> None:
    plans = of(PLANNER.hop(hop(), [report(deliver_to=LINJIANG)], SENT), ObligationKind.REPORT)
    assert LINJIANG not in {plan.office for plan in plans}
    assert {plan.reviewer for plan in plans} == {LINJIANG}


@pytest.mark.parametrize(
    ("deliver_to", "by_level", "office", "reviewer"),
    [
        (PROVINCE, False, DONGAN, PROVINCE),
        (PROVINCE, True, DONGAN, LINJIANG),
        (PROVINCE, True, LINJIANG, PROVINCE),
        (None, False, DONGAN, PROVINCE),  # nobody named: the sender
        (STATE_COUNCIL, False, LINJIANG, None),  # outside: an operator records the outcome
    ],
)
def test_it_says_who_reviews(deliver_to: str | None, by_level: bool, office: str, reviewer: str | None) -> None:
    assert PLANNER.reviewer(report(deliver_to=deliver_to), hop(by_level=by_level), office) == reviewer


MONTHLY = report(RequirementKind.RECURRING, rrule="FREQ=MONTHLY;BYMONTHDAY=5", starts_on=date(2020, 3, 5))


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2020-02-14 09:30", date(2020, 3, 5)),
        ("2020-03-05 23:59", date(2020, 3, 5)),
        ("2020-03-06 00:00", date(2020, 4, 5)),
    ],
)
def test_it_begins_with_the_first_period_not_past(now: str, first: date) -> None:
    assert PLANNER.first_period(MONTHLY, hop(), beijing(now)) == first


def test_it_respects_a_stated_hour_in_what_is_past() -> None:
    by_noon = report(RequirementKind.RECURRING, rrule="FREQ=MONTHLY;BYMONTHDAY=5", due_time=time(12))
    assert PLANNER.first_period(by_noon, hop(), beijing("2020-03-05 11:59")) == date(2020, 3, 5)
    assert PLANNER.first_period(by_noon, hop(), beijing("2020-03-05 12:00")) == date(2020, 4, 5)


def test_it_makes_the_next_period_when_this_one_is_due_or_at_its_own_first_rung() -> None:
    monthly = PLANNER.after_period(MONTHLY, Urgency.ROUTINE, SENT, date(2020, 3, 5))
    assert monthly is not None
    assert (monthly.due_on, monthly.wake_at) == (date(2020, 4, 5), beijing("2020-03-06 00:00"))
    weekly = report(RequirementKind.RECURRING, rrule="FREQ=WEEKLY;BYDAY=MO", starts_on=date(2020, 3, 2))
    soon = PLANNER.after_period(weekly, Urgency.ROUTINE, SENT, date(2020, 3, 2))
    assert soon is not None
    assert (soon.due_on, soon.wake_at) == (date(2020, 3, 9), beijing("2020-03-03 00:00"))
    daily = report(RequirementKind.RECURRING, rrule="FREQ=DAILY", starts_on=date(2020, 3, 2))
    at_once = PLANNER.after_period(daily, Urgency.ROUTINE, SENT, date(2020, 3, 2))
    assert at_once is not None
    assert (at_once.due_on, at_once.wake_at) == (date(2020, 3, 3), beijing("2020-02-27 09:00"))


BY_NOON = HolidayRule(2, time(12))
TUESDAYS = report(
    RequirementKind.RECURRING, rrule="FREQ=WEEKLY;BYDAY=TU", starts_on=date(2020, 1, 7), holiday_rule=BY_NOON
)


def test_it_defers_the_due_instant_of_a_period_and_keeps_its_key() -> None:
    (plan,) = PLANNER.period(TUESDAYS, hop(LINJIANG), date(2020, 1, 28))
    assert (plan.period, plan.due_at) == ("2020-01-28", beijing("2020-02-04 12:00"))
    assert plan.term is None


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2020-01-22 10:00", date(2020, 1, 28)),
        ("2020-02-03 10:00", date(2020, 1, 28)),  # written for a day behind us, due tomorrow at noon
        ("2020-02-04 11:59", date(2020, 1, 28)),
        ("2020-02-04 12:00", date(2020, 2, 4)),
    ],
)
def test_it_begins_with_a_period_whose_deferred_instant_is_ahead(now: str, first: date) -> None:
    assert PLANNER.first_period(TUESDAYS, hop(), beijing(now)) == first


def test_it_makes_the_period_after_a_deferred_one_when_that_is_due_or_at_its_first_rung() -> None:
    following = PLANNER.after_period(TUESDAYS, Urgency.ROUTINE, SENT, date(2020, 1, 28))
    assert following is not None
    assert following.due_on == date(2020, 2, 4)
    assert following.wake_at == beijing("2020-01-22 09:00"), "three working days before 4 February"


def test_it_defers_a_single_day_too() -> None:
    (plan,) = of(
        PLANNER.hop(hop(LINJIANG), [report(due_on=date(2020, 4, 5), holiday_rule=HolidayRule())], SENT),
        ObligationKind.REPORT,
    )
    assert plan.due_at == beijing("2020-04-08 00:00")


def test_it_ends_where_the_rule_ends() -> None:
    ending = report(RequirementKind.RECURRING, rrule="FREQ=MONTHLY;BYMONTHDAY=5;COUNT=1", starts_on=date(2020, 3, 5))
    assert PLANNER.after_period(ending, Urgency.ROUTINE, SENT, date(2020, 3, 5)) is None
    assert PLANNER.first_period(ending, hop(), beijing("2020-03-06 00:00")) is None


@given(day=st.integers(0, 365))
def test_it_always_moves_on_to_a_later_period(day: int) -> None:
    made = date(2020, 1, 5) + timedelta(days=day)
    following = PLANNER.after_period(MONTHLY, Urgency.ROUTINE, SENT, made)
    assert following is not None
    assert following.due_on > made
