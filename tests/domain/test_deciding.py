"""Deciding: what a sweep does about an obligation on time, after an outage, and when it was made too late."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.policies import load_policies
from domain.calendar import ZONE
from domain.deadlines import due_instant
from domain.ladders import (
    TOLERANCE,
    Decision,
    FiringKey,
    Ladder,
    Running,
    decide,
    steps_of,
    superior_may_hear,
    term_deadline,
)
from domain.offices import Audience
from domain.published import published_calendar
from domain.statuses import ObligationKind

CALENDAR = published_calendar()
POLICIES = load_policies()
OFFICER, HEAD, SUPERIOR, SUPERIOR_HEAD = Audience.OFFICER, Audience.HEAD, Audience.SUPERIOR, Audience.SUPERIOR_HEAD
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def here(text: str) -> datetime:
    """An instant from local time, `2020-04-03 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def report(due_on: str, issued: str = "2020-02-14 09:40", grade: str = "routine") -> Running:
    return Running(ObligationKind.REPORT, grade, here(issued), due_instant(date.fromisoformat(due_on), None))


def running(kind: ObligationKind, grade: str, issued: str, term: str | None = None) -> Running:
    """An obligation with the term that the default policy gives it."""
    deadline = term_deadline(POLICIES.term(kind, term or grade), here(issued), CALENDAR)
    return Running(kind, grade, here(issued), deadline.at)


def told(decision: Decision) -> list[tuple[str, int, str]]:
    return [(due.rung.name, due.repeat, due.audience.value) for due in decision.due if not due.superseded]


def superseded(decision: Decision) -> list[tuple[str, int, str]]:
    return [(due.rung.name, due.repeat, due.audience.value) for due in decision.due if due.superseded]


def keys(decision: Decision) -> set[FiringKey]:
    return {(due.rung.name, due.repeat, due.audience) for due in decision.due}


def look(
    now: str, facts: Running, fired: Collection[FiringKey] = (), *, told_at: str | None = None,
    made_at: str | None = None, unreachable: bool = False, ladder: Ladder | None = None,
) -> Decision:  # fmt: skip
    return decide(
        ladder or POLICIES.ladder(facts.kind, facts.grade), facts, fired, CALENDAR, here(now),
        here(told_at) if told_at else None, here(made_at) if made_at else None, unreachable,
    )  # fmt: skip


# ------------------------------------------------------------------ a punctual ladder


def test_it_does_nothing_before_the_first_rung() -> None:
    assert look("2020-04-01 08:59", report("2020-04-05")) == Decision((), here("2020-04-01 09:00"))


def test_it_fires_a_rung_on_its_minute() -> None:
    decision = look("2020-04-01 09:00", report("2020-04-05"))
    assert told(decision) == [("due-3", 0, "officer")]
    assert not decision.due[0].catch_up
    assert decision.wake_at == here("2020-04-03 09:00")


def test_it_never_fires_a_rung_again() -> None:
    fired = keys(look("2020-04-01 09:00", report("2020-04-05")))
    assert look("2020-04-01 09:15", report("2020-04-05"), fired) == Decision((), here("2020-04-03 09:00"))


def test_it_takes_what_is_recorded_in_any_collection() -> None:
    fired = [("due-3", 0, OFFICER)]
    assert look("2020-04-02 09:00", report("2020-04-05"), fired).due == ()
    assert look("2020-04-02 09:00", report("2020-04-05"), tuple(fired)).due == ()


def test_it_fires_coinciding_rungs_as_the_highest() -> None:
    decision = look("2020-04-03 09:00", report("2020-04-05"), {("due-3", 0, OFFICER)})
    assert told(decision) == [("due-0", 0, "officer")]
    assert superseded(decision) == [("due-1", 0, "officer")]
    assert not any(due.catch_up for due in decision.due)


def test_it_fires_one_rung_for_each_of_its_audiences() -> None:
    fired = {(name, 0, OFFICER) for name in ("due-3", "due-1", "due-0")}
    assert told(look("2020-04-07 09:00", report("2020-04-05"), fired)) == [
        ("due+1", 0, "officer"),
        ("due+1", 0, "head"),
    ]


def test_it_claims_each_audience_by_itself() -> None:
    fired = {(name, 0, OFFICER) for name in ("due-3", "due-1", "due-0", "due+1")}
    decision = look("2020-04-07 09:00", report("2020-04-05"), fired)
    assert told(decision) == [("due+1", 0, "head")]


def test_it_tells_a_superior_punctually_without_any_wait() -> None:
    fired = {(name, 0, who) for name in ("due-3", "due-1", "due-0", "due+1") for who in (OFFICER, HEAD)}
    decision = look("2020-04-09 09:15", report("2020-04-05"), fired, told_at=None)
    assert told(decision) == [("due+3", 0, "superior")]


def test_it_has_no_ladder_without_a_date() -> None:
    assert look("2020-04-09 09:00", replace(report("2020-04-05"), due_at=None)) == Decision((), None)


def test_it_has_nothing_left_when_the_ladder_is_exhausted() -> None:
    facts = report("2020-04-05")
    all_of_it = keys(look("2020-12-01 09:00", facts, told_at="2020-04-01 09:00"))
    assert len(all_of_it) == 7 + 2 * 8
    assert look("2020-12-01 09:15", facts, all_of_it) == Decision((), None)


def test_it_does_not_speak_before_the_circular_has_left() -> None:
    # forwarded at 9:30, sent after ten minutes; due on the next working day, so due-1 is past
    facts = report("2020-02-17", issued="2020-02-14 09:40")
    assert look("2020-02-14 09:30", facts) == Decision((), here("2020-02-14 09:40"))
    assert look("2020-02-14 09:30", report("2020-04-05")).wake_at == here("2020-04-01 09:00")


def sweep(
    facts: Running, start: str, end: str, every: timedelta, told_at: str | None
) -> list[tuple[str, tuple[str, int, str]]]:
    """Sweep at a fixed pace, recording what fires: what was told, and when."""
    now, fired, history = here(start), set[FiringKey](), []
    ladder = POLICIES.ladder(facts.kind, facts.grade)
    while now <= here(end):
        decision = decide(ladder, facts, fired, CALENDAR, now, here(told_at) if told_at else None)
        fired |= keys(decision)
        history += [(f"{now.astimezone(ZONE):%m-%d %H:%M}", each) for each in told(decision)]
        now += every
    return history


def test_it_tells_the_story_of_a_report_that_never_comes() -> None:
    history = sweep(report("2020-04-05"), "2020-03-30 00:00", "2020-08-01 00:00", 15 * MINUTE, "2020-04-01 09:01")
    weekly = ["04-20", "04-27", "05-06", "05-11", "05-18", "05-25", "06-01", "06-08"]
    assert history == [
        ("04-01 09:00", ("due-3", 0, "officer")),
        ("04-03 09:00", ("due-0", 0, "officer")),
        ("04-07 09:00", ("due+1", 0, "officer")),
        ("04-07 09:00", ("due+1", 0, "head")),
        ("04-09 09:00", ("due+3", 0, "superior")),
        ("04-13 09:00", ("due+5", 0, "superior_head")),
        *[(f"{day} 09:00", ("weekly", n, who)) for n, day in enumerate(weekly) for who in ("officer", "superior")],
    ]


# ------------------------------------------------------------------ catching up


@pytest.mark.parametrize(
    ("grade", "now", "late"),
    [
        ("routine", "2020-04-01 09:15", False),
        ("routine", "2020-04-01 09:16", True),
        ("urgent", "2020-04-01 09:15", False),  # the full sweep's too
        ("urgent", "2020-04-01 09:16", True),
        ("extra_urgent", "2020-04-01 09:02", False),
        ("extra_urgent", "2020-04-01 09:03", True),
    ],
)
def test_it_is_late_beyond_one_round_of_its_sweep(grade: str, now: str, late: bool) -> None:
    assert look(now, report("2020-04-05", grade=grade)).due[0].catch_up is late


def test_it_has_a_tolerance_for_every_grade() -> None:
    assert set(TOLERANCE) == {grade for _, grade in POLICIES.ladders}


def test_it_sends_one_message_to_each_after_an_outage() -> None:
    # down from the end of March until after due+1
    decision = look("2020-04-08 10:00", report("2020-04-05"))
    assert told(decision) == [("due+1", 0, "officer"), ("due+1", 0, "head")]
    assert superseded(decision) == [(name, 0, "officer") for name in ("due-3", "due-1", "due-0")]
    assert all(due.catch_up for due in decision.due)
    assert decision.wake_at == here("2020-04-09 09:00")


def test_it_does_not_report_an_office_that_was_never_told() -> None:
    # down until after due+5: the officer hears at once, both superiors wait for the next working day
    facts = report("2020-04-05")
    first = look("2020-04-14 10:00", facts)
    assert told(first) == [("due+1", 0, "officer"), ("due+1", 0, "head")]
    assert {due.audience for due in first.due} == {OFFICER, HEAD}
    assert first.wake_at == here("2020-04-15 09:00")

    same_day = look("2020-04-14 16:00", facts, keys(first), told_at="2020-04-14 10:01")
    assert same_day == Decision((), here("2020-04-15 09:00"))

    next_day = look("2020-04-15 09:00", facts, keys(first), told_at="2020-04-14 10:01")
    assert told(next_day) == [("due+3", 0, "superior"), ("due+5", 0, "superior_head")]
    assert next_day.wake_at == here("2020-04-20 09:00")


def test_it_tells_the_superior_at_once_where_the_office_knew_before_the_outage() -> None:
    fired = {("due-3", 0, OFFICER)}
    decision = look("2020-04-14 10:00", report("2020-04-05"), fired, told_at="2020-04-01 09:01")
    assert {due.audience for due in decision.due if not due.superseded} == {OFFICER, HEAD, SUPERIOR, SUPERIOR_HEAD}


def test_it_tells_the_superior_at_once_of_an_office_nobody_can_reach() -> None:
    decision = look("2020-04-14 10:00", report("2020-04-05"), unreachable=True)
    assert ("due+3", 0, "superior") in told(decision)
    assert ("due+5", 0, "superior_head") in told(decision)


def test_it_never_lets_a_waiting_rung_lapse() -> None:
    facts, fired = report("2020-04-05"), set[FiringKey]()
    for now in ["2020-04-14 10:00", "2020-04-15 09:00", "2020-04-16 09:00", "2020-04-20 09:00", "2020-04-27 09:00"]:
        decision = look(now, facts, fired)  # the mail server refuses every day
        assert {due.audience for due in decision.due} <= {OFFICER, HEAD}
        assert decision.wake_at is not None
        assert decision.wake_at <= here(now) + 3 * DAY
        fired |= keys(decision)
    decision = look("2020-04-29 09:00", facts, fired, told_at="2020-04-28 11:00")
    assert told(decision) == [("due+5", 0, "superior_head"), ("weekly", 1, "superior")]
    assert superseded(decision) == [("due+3", 0, "superior"), ("weekly", 0, "superior")]


def test_it_holds_a_punctual_superiors_rung_while_the_ladder_catches_up() -> None:
    # the outage ends in the very minute of due+3: the officer's rungs are late, the superior's is not
    decision = look("2020-04-09 09:00", report("2020-04-05"))
    assert told(decision) == [("due+1", 0, "officer"), ("due+1", 0, "head")]
    assert decision.wake_at == here("2020-04-10 09:00")


def test_it_does_not_hold_the_operators_list_or_the_operating_head() -> None:
    receipt = running(ObligationKind.RECEIPT, "routine", "2020-02-14 09:40")
    assert told(look("2020-02-18 10:00", receipt)) == [("issued+4h", 0, "officer"), ("unsigned-list", 0, "operators")]
    respond = running(ObligationKind.RESPOND, "serious", "2020-02-14 09:40")
    assert told(look("2020-02-14 11:00", respond)) == [("issued+0m", 0, "duty"), ("due+15m", 0, "operating_head")]


@pytest.mark.parametrize(
    ("grade", "told_at", "hears_at"),
    [
        ("routine", "2020-04-14 10:01", "2020-04-15 09:00"),  # told on Tuesday
        ("routine", "2020-04-03 16:00", "2020-04-07 09:00"),  # Friday before Qingming
        ("routine", "2020-04-05 16:00", "2020-04-08 09:00"),  # in the holiday: it counts for Tuesday
        ("routine", "2020-04-25 16:00", "2020-04-27 09:00"),  # Saturday: it counts for the in-lieu Sunday
        ("urgent", "2020-04-03 17:00", "2020-04-07 09:00"),  # one working hour
        ("urgent", "2020-04-03 10:00", "2020-04-03 11:00"),
        ("extra_urgent", "2020-04-05 03:00", "2020-04-05 03:15"),
        ("serious", "2020-04-05 03:00", "2020-04-05 03:15"),
    ],
)
def test_it_knows_when_a_superior_may_hear(grade: str, told_at: str, hears_at: str) -> None:
    assert superior_may_hear(here(told_at), grade, CALENDAR) == here(hears_at)


@pytest.mark.parametrize(
    ("grade", "now", "again"),
    [
        ("routine", "2020-02-19 10:00", "2020-02-20 09:00"),
        ("urgent", "2020-02-18 17:00", "2020-02-19 09:00"),
        ("extra_urgent", "2020-02-14 11:00", "2020-02-14 11:15"),
    ],
)
def test_it_looks_again_soon_while_nothing_was_accepted(grade: str, now: str, again: str) -> None:
    facts = running(ObligationKind.RECEIPT, grade, "2020-02-14 09:40")
    officers = {("issued+4h", 0, OFFICER), ("issued+1h", 0, OFFICER), ("issued+15m", 0, OFFICER)}
    decision = look(now, facts, officers | {("unsigned-list", 0, Audience.OPERATORS)})
    assert decision == Decision((), here(again))


def test_it_looks_again_at_the_next_rung_if_that_comes_first() -> None:
    # the superior's rung would be looked at in 15 minutes, the operators' list is due in five
    facts = running(ObligationKind.RECEIPT, "extra_urgent", "2020-02-14 09:40")
    decision = look("2020-02-15 09:35", facts, {("issued+15m", 0, OFFICER)})
    assert decision == Decision((), here("2020-02-15 09:40"))


# ------------------------------------------------------------------ already due when it was made


def test_it_fires_only_the_highest_rung_already_past_at_issue() -> None:
    # sent on Wednesday 1 April after 9:00, due on Sunday 5 April (last reminder on Friday)
    facts = report("2020-04-05", issued="2020-04-01 10:00")
    decision = look("2020-04-01 10:00", facts, made_at="2020-04-01 10:00")
    assert told(decision) == [("due-3", 0, "officer")]
    assert decision.due[0].catch_up
    # sent on Friday at 9:10: due-3, due-1 and due-0 are past
    facts = report("2020-04-05", issued="2020-04-03 09:10")
    decision = look("2020-04-03 09:10", facts, made_at="2020-04-03 09:10")
    assert told(decision) == [("due-0", 0, "officer")]
    assert superseded(decision) == [("due-3", 0, "officer"), ("due-1", 0, "officer")]
    assert all(due.catch_up for due in decision.due)


def test_it_makes_a_superior_wait_for_an_obligation_made_long_after_its_due_day() -> None:
    facts = report("2020-03-05", issued="2020-02-14 09:40")
    decision = look("2020-04-14 10:00", facts, made_at="2020-04-14 10:00")
    assert {due.audience for due in decision.due} == {OFFICER, HEAD}
    assert decision.wake_at == here("2020-04-15 09:00")


def test_it_catches_up_within_the_tolerance_if_it_was_due_before_it_was_made() -> None:
    facts = report("2020-04-05", issued="2020-04-01 09:10")
    assert look("2020-04-01 09:10", facts).due[0].catch_up  # ten minutes, but before the issue
    assert look("2020-04-01 09:12", report("2020-04-05"), made_at="2020-04-01 09:11").due[0].catch_up


def test_it_fires_at_once_what_counts_from_the_issue() -> None:
    facts = running(ObligationKind.RESPOND, "serious", "2020-02-15 21:30")
    decision = look("2020-02-15 21:30", facts, made_at="2020-02-15 21:30")
    assert told(decision) == [("issued+0m", 0, "duty")]
    assert not decision.due[0].catch_up
    assert decision.wake_at == here("2020-02-15 21:45")


# ------------------------------------------------------------------ never below what has fired


def test_it_supersedes_what_lies_below_a_rung_that_has_fired() -> None:
    fired = {("due+3", 0, SUPERIOR), ("weekly", 1, SUPERIOR), ("due+5", 0, SUPERIOR_HEAD), ("due+1", 0, HEAD)}
    fired |= {(name, 0, OFFICER) for name in ("due-3", "due-1", "due-0", "due+1")} | {("weekly", 1, OFFICER)}
    decision = look("2020-04-27 09:00", report("2020-04-05"), fired)
    assert superseded(decision) == [("weekly", 0, "officer"), ("weekly", 0, "superior")]
    assert told(decision) == []


def test_it_passes_over_what_the_ladder_does_not_know() -> None:
    decision = look("2020-04-01 09:00", report("2020-04-05"), {("removed", 0, OFFICER)})
    assert told(decision) == [("due-3", 0, "officer")]


# ------------------------------------------------------------------ laws

due_days = st.dates(date(2020, 1, 1), date(2020, 12, 31))
clocks = st.one_of(st.none(), st.times(time(8), time(20)))
kinds_and_grades = st.sampled_from(sorted(POLICIES.ladders))
lookups = st.lists(st.timedeltas(timedelta(), timedelta(days=120)), min_size=1, max_size=12).map(sorted)


@st.composite
def obligations(draw: st.DrawFn) -> Running:
    kind, grade = draw(kinds_and_grades)
    due_at = due_instant(draw(due_days), draw(clocks))
    before = draw(st.timedeltas(timedelta(minutes=10), timedelta(days=30)))
    return Running(ObligationKind(kind), grade, due_at - before, due_at)


@given(obligations(), lookups, st.one_of(st.none(), st.timedeltas(timedelta(), timedelta(days=60))))
@settings(max_examples=150)
def test_it_tells_each_rung_at_most_once_and_always_upward(
    facts: Running, moments: list[timedelta], after: timedelta | None
) -> None:
    ladder = POLICIES.ladder(facts.kind, facts.grade)
    order = {(rung.name, repeat): (at, repeat) for at, rung in enumerate(ladder.rungs) for repeat in range(rung.times)}
    told_at = None if after is None else facts.issued_at + after
    fired, reached = set[FiringKey](), dict[Audience, tuple[int, int]]()
    for moment in moments:
        now = facts.issued_at + moment
        known = told_at if told_at is not None and told_at <= now else None
        decision = decide(ladder, facts, fired, CALENDAR, now, known)
        assert not keys(decision) & fired
        audiences = [due.audience for due in decision.due if not due.superseded]
        assert len(audiences) == len(set(audiences))  # one message per recipient
        for due in decision.due:
            assert due.at <= now
            if not due.superseded:
                height = order[due.rung.name, due.repeat]
                assert height > reached.get(due.audience, (-1, 0))
                reached[due.audience] = height
        assert decision.wake_at is None or decision.wake_at > now
        fired |= keys(decision)


@given(obligations(), st.timedeltas(timedelta(), timedelta(days=60)), st.booleans(), st.floats(0, 1))
@settings(max_examples=150)
def test_it_misses_nothing_while_it_sleeps(facts: Running, moment: timedelta, known: bool, part: float) -> None:
    ladder, now = POLICIES.ladder(facts.kind, facts.grade), facts.issued_at + moment
    told_at = facts.issued_at - 30 * DAY if known else None
    first = decide(ladder, facts, frozenset(), CALENDAR, now, told_at)
    if first.wake_at is None:
        return
    asleep = min(now + (first.wake_at - now) * part, first.wake_at - datetime.resolution)
    # a superior's rung that is held on its very minute would look punctual to a second look within its tolerance
    assume(known or asleep - now > TOLERANCE[facts.grade])
    assert decide(ladder, facts, keys(first), CALENDAR, asleep, told_at).due == ()


@given(obligations())
@settings(max_examples=60)
def test_it_ends_with_every_rung_recorded_and_nothing_to_wake_for(facts: Running) -> None:
    ladder = POLICIES.ladder(facts.kind, facts.grade)
    fired, now, rounds = set[FiringKey](), facts.issued_at, 0
    while True:
        decision = decide(ladder, facts, fired, CALENDAR, now, facts.issued_at)
        fired |= keys(decision)
        rounds += 1
        if decision.wake_at is None:
            break
        now = decision.wake_at
    assert fired == {(rung.name, n, who) for rung in ladder.rungs for n in range(rung.times) for who in rung.audiences}
    assert rounds <= len(fired) + 3


# --- acknowledged


WEEKLY = ("weekly", 0, "officer"), ("weekly", 0, "superior")


def week_after(running: Running) -> datetime:
    """When the first weekly reminder about a report is due."""
    ladder = POLICIES.ladder(running.kind, running.grade)
    (at,) = {step.at for step in steps_of(ladder, running, CALENDAR) if step.key[:2] == ("weekly", 0)}
    return at


def acknowledged(running: Running, now: datetime, until: datetime | None) -> Decision:
    ladder = POLICIES.ladder(running.kind, running.grade)
    fired = {step.key for step in steps_of(ladder, running, CALENDAR) if step.at < week_after(running)}
    return decide(ladder, running, fired, CALENDAR, now, told_at=now - 9 * DAY, acknowledged_until=until)


def test_it_suppresses_repeats_to_the_office_itself_until_the_acknowledgement_ends_and_nothing_else() -> None:
    late = report("2020-03-05")
    at = week_after(late)
    for until, hushed in ((None, False), (at, False), (at + timedelta.resolution, True), (at + DAY, True)):
        decision = acknowledged(late, at, until)
        suppressed = [(due.rung.name, due.repeat, due.audience.value) for due in decision.due if due.suppressed]
        assert suppressed == ([WEEKLY[0]] if hushed else []), until
        assert not any(due.superseded for due in decision.due)
        assert WEEKLY[1] in told(decision), "superiors go on"


def test_it_hushes_no_rung_that_does_not_repeat() -> None:
    late = report("2020-03-05")
    ladder = POLICIES.ladder(late.kind, late.grade)
    for step in steps_of(ladder, late, CALENDAR):
        if step.rung.every_days is None:
            fired = {each.key for each in steps_of(ladder, late, CALENDAR) if each.at < step.at}
            decision = decide(
                ladder, late, fired, CALENDAR, step.at, step.at - 9 * DAY, acknowledged_until=step.at + DAY
            )
            assert not any(due.suppressed for due in decision.due), step.key


def test_it_goes_by_the_instant_of_the_rung_where_the_sweep_comes_late() -> None:
    late = report("2020-03-05")
    at = week_after(late)
    decision = acknowledged(late, at + 2 * DAY, at + DAY)
    assert [due.rung.name for due in decision.due if due.suppressed] == ["weekly"], "it ended after the rung's time"
