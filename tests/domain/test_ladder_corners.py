"""Ladders in their corners, over every kind and grade: repeats, short terms, late issue, rest days."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policies import load_policies
from domain.calendar import RUNG_HOUR, at_local, local, local_day
from domain.deadlines import due_day, due_instant
from domain.ladders import FiringKey, Ladder, Running, decide, first_wake, rung_at, steps_of
from domain.offices import Audience
from domain.policies import Anchor, Rung, Unit
from domain.published import published_calendar
from domain.statuses import ObligationKind
from tests.cast import beijing

CALENDAR = published_calendar()
POLICIES = load_policies()
CELLS = sorted(POLICIES.ladders)
REPORT = POLICIES.ladder("report", "routine")
WEEKLY = REPORT.rungs[-1]
HALF_WAY = POLICIES.ladder("forward", "extra_urgent").rungs[0]

_cells = st.sampled_from(CELLS)
_days = st.dates(date(2019, 2, 1), date(2020, 9, 30))
_issues = st.timedeltas(timedelta(), timedelta(days=600)).map(lambda after: datetime(2019, 2, 1, tzinfo=UTC) + after)
_terms = st.one_of(
    st.timedeltas(timedelta(minutes=1), timedelta(hours=23, minutes=59)), st.timedeltas(timedelta(), timedelta(days=60))
)


@st.composite
def matters(draw: st.DrawFn) -> Running:
    """A matter of any kind and grade, its term from a minute to two months."""
    kind, grade = draw(_cells)
    issued = draw(_issues)
    return Running(ObligationKind(kind), grade, issued, issued + draw(_terms), issued)


def ladder_of(facts: Running) -> Ladder:
    return POLICIES.ladder(facts.kind, facts.grade)


def due(on: date, issued: datetime | None = None) -> Running:
    return Running(ObligationKind.REPORT, "routine", issued or beijing("2019-01-02 09:00"), due_instant(on, None))


# ------------------------------------------------------------------ weekly


@given(_days)
def test_it_repeats_every_seven_days_after_the_last_rung_on_the_next_working_day(day: date) -> None:
    last = CALENDAR.add_workdays(day, 5)
    for repeat in range(WEEKLY.times):
        at = rung_at(WEEKLY, due(day), CALENDAR, repeat)
        assert at is not None
        written = last + timedelta(days=7 * (repeat + 1))
        assert local(at).time() == RUNG_HOUR
        assert local_day(at) == CALENDAR.workday_on_or_after(written)
        if CALENDAR.is_workday(written):
            assert local_day(at) == written, "a rest day moves one repeat and none of those that follow"


@given(_days)
def test_it_repeats_eight_times_at_most_and_after_the_highest_single_rung(day: date) -> None:
    assert rung_at(WEEKLY, due(day), CALENDAR, WEEKLY.times) is None
    steps = steps_of(REPORT, due(day), CALENDAR)
    repeats = [step for step in steps if step.rung is WEEKLY and step.audience is Audience.OFFICER]
    assert [step.repeat for step in repeats] == list(range(8))
    assert max(step.at for step in steps if step.rung.name == "due+5") < repeats[0].at


@given(_days, st.integers(1, 30))
def test_it_sends_one_message_a_week_to_a_silent_office_and_then_falls_silent_itself(day: date, lag: int) -> None:
    """Swept each morning: what the officer is told after due+5 comes on different days, eight in all."""
    facts, fired, told = due(day), set[FiringKey](), list[date]()
    made = facts.issued_at
    morning = local_day(steps_of(REPORT, facts, CALENDAR)[0].at)
    for number in range(130 + lag):
        now = at_local(morning + timedelta(days=number), RUNG_HOUR) + timedelta(minutes=5)
        for each in decide(REPORT, facts, fired, CALENDAR, now, made, made).due:
            fired.add((each.rung.name, each.repeat, each.audience))
            if each.rung is WEEKLY and each.audience is Audience.OFFICER and not each.superseded:
                told.append(local_day(now))
    assert len(told) <= 8
    assert len(set(told)) == len(told)
    assert not decide(REPORT, facts, fired, CALENDAR, now, made, made).due


def test_it_tells_two_repeats_that_a_holiday_moves_together_as_one() -> None:
    """Every three days over the Spring Festival of 2020: repeats written for rest days fall on one working day."""
    often = Rung("often", Anchor.DUE, 0, Unit.WORKDAYS, (Audience.OFFICER,), every_days=3, times=6)
    facts = due(date(2020, 1, 22))
    days = [local_day(at) for n in range(6) if (at := rung_at(often, facts, CALENDAR, n))]
    shared = next(day for day, count in Counter(days).items() if count > 1)
    now = at_local(shared, RUNG_HOUR)
    fired = {("often", n, Audience.OFFICER) for n in range(6) if days[n] < shared}
    found = decide(Ladder((often,)), facts, fired, CALENDAR, now, facts.issued_at)
    assert [each.superseded for each in found.due] == [True] * (len(found.due) - 1) + [False]


# ------------------------------------------------------------------ days before and on the due day


@given(_days)
def test_it_counts_back_the_working_days_strictly_before_the_due_day(day: date) -> None:
    for rung in REPORT.rungs[:3]:
        at = rung_at(rung, due(day), CALENDAR)
        assert at is not None
        reminded = local_day(at)
        assert CALENDAR.is_workday(reminded)
        if rung.offset == 0:
            assert reminded == (day if CALENDAR.is_workday(day) else CALENDAR.subtract_workdays(day, 1))
            continue
        between = [reminded + timedelta(days=n) for n in range((day - reminded).days)]
        assert sum(map(CALENDAR.is_workday, between)) == -rung.offset
        assert reminded < day


@given(_days)
def test_it_tells_rungs_that_coincide_as_the_highest(day: date) -> None:
    facts = due(day)
    by_instant = Counter((step.at, step.audience) for step in steps_of(REPORT, facts, CALENDAR))
    for (at, audience), count in by_instant.items():
        fired = {step.key for step in steps_of(REPORT, facts, CALENDAR) if step.at < at}
        told = [
            each
            for each in decide(REPORT, facts, fired, CALENDAR, at, facts.issued_at).due
            if each.audience is audience
        ]
        assert len(told) == count
        assert [each.superseded for each in told] == [True] * (count - 1) + [False]


# ------------------------------------------------------------------ terms under a day


@given(_issues, st.timedeltas(timedelta(minutes=1), timedelta(hours=23, minutes=59)))
def test_it_reminds_half_way_through_a_term_of_less_than_a_day(issued: datetime, term: timedelta) -> None:
    facts = Running(ObligationKind.FORWARD, "extra_urgent", issued, issued + term)
    at = rung_at(HALF_WAY, facts, CALENDAR)
    assert at == issued + term / 2
    assert issued < at < issued + term


@given(_issues, st.timedeltas(timedelta(days=1), timedelta(days=20)))
def test_it_reminds_on_the_due_day_of_a_longer_term(issued: datetime, term: timedelta) -> None:
    facts = Running(ObligationKind.FORWARD, "routine", issued, issued + term)
    at = rung_at(HALF_WAY, facts, CALENDAR)
    assert at == at_local(CALENDAR.workday_on_or_before(due_day(issued + term)), RUNG_HOUR)


@pytest.mark.parametrize("kind", [ObligationKind.FORWARD, ObligationKind.DECIDE])
def test_it_takes_a_term_that_has_run_out_already_by_its_day(kind: ObligationKind) -> None:
    issued = beijing("2020-03-04 10:00")
    facts = Running(kind, "extra_urgent", issued, issued)
    assert rung_at(HALF_WAY, facts, CALENDAR) == beijing("2020-03-04 09:00")


# ------------------------------------------------------------------ issued late


def test_it_tells_one_thing_of_rungs_that_lie_before_the_issue() -> None:
    """Issued on Wednesday, due on Thursday: due-3 has passed, the working day before is today at nine."""
    facts = due(date(2020, 3, 5), beijing("2020-03-04 10:00"))
    found = decide(REPORT, facts, (), CALENDAR, facts.issued_at, None)
    assert [(each.rung.name, each.superseded) for each in found.due] == [("due-3", True), ("due-1", False)]
    assert found.wake_at == beijing("2020-03-05 09:00")


def test_it_tells_the_office_first_where_the_paper_came_after_the_due_day() -> None:
    """Issued a fortnight late: the office hears at once, those above it on the next working day at the earliest."""
    facts = due(date(2020, 3, 5), beijing("2020-03-20 10:00"))
    found = decide(REPORT, facts, (), CALENDAR, facts.issued_at, None)
    told = {each.audience: each.rung.name for each in found.due if not each.superseded}
    assert told == {Audience.OFFICER: "weekly", Audience.HEAD: "due+1"}
    told_at = facts.issued_at + timedelta(minutes=3)
    fired = {(each.rung.name, each.repeat, each.audience) for each in found.due}
    later = decide(REPORT, facts, fired, CALENDAR, beijing("2020-03-20 17:00"), told_at)
    assert not later.due
    monday = decide(REPORT, facts, fired, CALENDAR, beijing("2020-03-23 09:00"), told_at)
    assert {each.audience for each in monday.due if not each.superseded} == {Audience.SUPERIOR, Audience.SUPERIOR_HEAD}


@given(matters())
def test_it_tells_nothing_before_the_issue(facts: Running) -> None:
    early = facts.issued_at - timedelta(seconds=1)
    assert decide(ladder_of(facts), facts, (), CALENDAR, early, None).due == ()


# ------------------------------------------------------------------ every kind and grade


@given(matters())
def test_it_wakes_for_the_first_rung_and_repeats_in_order(facts: Running) -> None:
    steps = steps_of(ladder_of(facts), facts, CALENDAR)
    assert len({step.key for step in steps}) == len(steps)
    assert first_wake(ladder_of(facts), facts, CALENDAR) == steps[0].at
    by_rung: dict[str, datetime] = {}
    for rung in ladder_of(facts).rungs:
        for repeat in range(rung.times):
            at = rung_at(rung, facts, CALENDAR, repeat)
            assert at is not None
            assert at >= by_rung.get(rung.name, at), "repeats come one after the other"
            by_rung[rung.name] = at


def _is_short(facts: Running) -> bool:
    return facts.due_at is not None and timedelta() < facts.due_at - facts.issued_at < timedelta(days=1)


@given(matters())
def test_it_fires_day_rungs_at_nine_of_a_working_day_and_minutes_exactly(facts: Running) -> None:
    for rung in ladder_of(facts).rungs:
        at = rung_at(rung, facts, CALENDAR)
        assert at is not None
        if rung.unit is Unit.WORKDAYS and not (rung.half_way and _is_short(facts)):
            assert local(at).time() == RUNG_HOUR
            assert CALENDAR.is_workday(local_day(at))
        if rung.unit is Unit.MINUTES:
            anchor = facts.issued_at if rung.anchor is Anchor.ISSUED else facts.due_at
            assert anchor is not None
            assert at - anchor == timedelta(minutes=rung.offset)


@given(matters(), st.timedeltas(timedelta(), timedelta(days=120)))
def test_it_tells_each_recipient_one_thing_after_any_outage(facts: Running, outage: timedelta) -> None:
    now = facts.issued_at + outage
    found = decide(ladder_of(facts), facts, (), CALENDAR, now, None, facts.issued_at)
    told = Counter(each.audience for each in found.due if not each.superseded)
    assert set(told.values()) <= {1}
    assert {each.audience for each in found.due} == set(told), "what is passed over was passed over for something told"


@given(matters(), st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=9)), min_size=1, max_size=25))
def test_it_records_every_rung_once_however_the_sweeps_fall(facts: Running, gaps: list[timedelta]) -> None:
    now, fired = facts.issued_at, Counter[FiringKey]()
    for gap in gaps:
        now += gap
        for each in decide(ladder_of(facts), facts, set(fired), CALENDAR, now, facts.issued_at, facts.issued_at).due:
            fired[each.rung.name, each.repeat, each.audience] += 1
            assert each.at <= now
    assert set(fired.values()) <= {1}
    due_by_now = {step.key for step in steps_of(ladder_of(facts), facts, CALENDAR) if step.at <= now}
    waiting = due_by_now - set(fired)
    assert all(audience in (Audience.SUPERIOR, Audience.SUPERIOR_HEAD) for _, _, audience in waiting)
