"""Ladders: the instant at which each rung of the default policy fires."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config.policies import load_policies
from domain.calendar import ZONE
from domain.deadlines import Deadline, due_instant
from domain.ladders import (
    Anchor,
    Ladder,
    Rung,
    Running,
    Unit,
    first_wake,
    rung_at,
    term_deadline,
)
from domain.offices import Audience
from domain.published import published_calendar
from domain.statuses import ObligationKind

CALENDAR = published_calendar()
POLICIES = load_policies()
REPORT = POLICIES.ladder("report", "routine")
OFFICER = Audience.OFFICER
MINUTE = timedelta(minutes=1)


def here(text: str) -> datetime:
    """An instant from local time, `2020-04-03 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def report(due_on: str, issued: str = "2020-02-14 09:40", grade: str = "routine") -> Running:
    return Running(ObligationKind.REPORT, grade, here(issued), due_instant(date.fromisoformat(due_on), None))


def running(kind: ObligationKind, grade: str, issued: str, term: str | None = None) -> Running:
    """An obligation with the term that the default policy gives it."""
    deadline = term_deadline(POLICIES.term(kind, term or grade), here(issued), CALENDAR)
    return Running(kind, grade, here(issued), deadline.at)


def plan(facts: Running) -> list[str]:
    """What the default ladder does, as `audience rung local-time`, in the order of time."""
    ladder = POLICIES.ladder(facts.kind, facts.grade)
    found = [
        (at, f"{'+'.join(rung.audiences)} {rung.name} {at.astimezone(ZONE):%m-%d %H:%M}")
        for rung in ladder.rungs
        for repeat in range(rung.times)
        if (at := rung_at(rung, facts, CALENDAR, repeat))
    ]
    return [line for _, line in sorted(found, key=lambda each: each[0])]


# ------------------------------------------------------------------ the default ladders, instant by instant


@pytest.mark.parametrize(
    ("due_on", "days"),
    [
        # Thursday 5 March: an ordinary fortnight; the weekly one of 9 April is after Qingming
        (
            "2020-03-05",
            [
                "03-02",
                "03-04",
                "03-05",
                "03-06",
                "03-10",
                "03-12",
                "03-19",
                "03-26",
                "04-02",
                "04-09",
                "04-16",
                "04-23",
                "04-30",
                "05-07",
            ],
        ),
        # Sunday 5 April, in Qingming (4-6): due-1 and due-0 coincide on Friday; 4 May is a rest day, moved to the 6th
        (
            "2020-04-05",
            [
                "04-01",
                "04-03",
                "04-03",
                "04-07",
                "04-09",
                "04-13",
                "04-20",
                "04-27",
                "05-06",
                "05-11",
                "05-18",
                "05-25",
                "06-01",
                "06-08",
            ],
        ),
        # Tuesday 5 May, in Labour Day (1-5): Saturday 9 May works, so due+5 is Monday 11
        (
            "2020-05-05",
            [
                "04-28",
                "04-30",
                "04-30",
                "05-06",
                "05-08",
                "05-11",
                "05-18",
                "05-25",
                "06-01",
                "06-08",
                "06-15",
                "06-22",
                "06-29",
                "07-06",
            ],
        ),
    ],
)
@pytest.mark.parametrize("grade", ["routine", "urgent", "extra_urgent"])
def test_it_climbs_the_whole_report_ladder(due_on: str, days: list[str], grade: str) -> None:
    rungs = ["officer due-3", "officer due-1", "officer due-0", "officer+head due+1", "superior due+3"]
    rungs += ["superior_head due+5", *["officer+superior weekly"] * 8]
    assert plan(report(due_on, grade=grade)) == [f"{rung} {day} 09:00" for rung, day in zip(rungs, days, strict=True)]


@pytest.mark.parametrize(
    ("due_on", "last_reminder", "before", "first"),
    [
        ("2020-04-05", "2020-04-03 09:00", "2020-04-03 09:00", "2020-04-01 09:00"),  # Sunday in Qingming
        ("2020-05-05", "2020-04-30 09:00", "2020-04-30 09:00", "2020-04-28 09:00"),  # the last day of Labour Day
        ("2020-03-05", "2020-03-05 09:00", "2020-03-04 09:00", "2020-03-02 09:00"),  # a working day
        ("2020-04-26", "2020-04-26 09:00", "2020-04-24 09:00", "2020-04-22 09:00"),  # an in-lieu Sunday
        ("2020-02-02", "2020-01-23 09:00", "2020-01-23 09:00", "2020-01-21 09:00"),  # the lengthened Spring Festival
    ],
)
def test_it_reminds_on_the_last_working_day_before_a_holiday(
    due_on: str, last_reminder: str, before: str, first: str
) -> None:
    at = {rung.name: rung_at(rung, report(due_on, "2020-01-02 09:00"), CALENDAR) for rung in REPORT.rungs}
    assert [at["due-0"], at["due-1"], at["due-3"]] == [here(last_reminder), here(before), here(first)]


@pytest.mark.parametrize(
    ("grade", "issued", "due_at", "steps"),
    [
        # Friday: officer in the afternoon, the operators' list after 24 hours, the superior on Tuesday
        (
            "routine", "2020-02-14 09:40", "2020-02-18 00:00",
            ["officer issued+4h 02-14 13:40", "operators unsigned-list 02-15 09:40", "superior issued+2 02-18 09:00"],
        ),
        # late on Friday: working hours go on on Monday
        (
            "urgent", "2020-02-14 17:00", "2020-02-17 10:00",
            ["operators unsigned-list 02-15 17:00", "officer issued+1h 02-17 09:00", "superior issued+4h 02-17 12:00"],
        ),
        # at night: minutes of the clock
        (
            "extra_urgent", "2020-02-15 23:50", "2020-02-16 00:20",
            ["officer issued+15m 02-16 00:05", "superior issued+60m 02-16 00:50",
             "operators unsigned-list 02-16 23:50"],
        ),
    ],
)  # fmt: skip
def test_it_chases_receipts(grade: str, issued: str, due_at: str, steps: list[str]) -> None:
    facts = running(ObligationKind.RECEIPT, grade, issued)
    assert facts.due_at == here(due_at)
    assert plan(facts) == steps


@pytest.mark.parametrize(
    ("grade", "issued", "due_at", "steps"),
    [
        # the same day: half-way, here between 14:00 and 24:00
        (
            "extra_urgent", "2020-02-14 14:00", "2020-02-15 00:00",
            ["officer due-0 02-14 19:00", "head due+1 02-17 09:00", "superior due+3 02-19 09:00"],
        ),
        (
            "urgent", "2020-02-14 14:00", "2020-02-18 00:00",
            ["officer due-0 02-17 09:00", "head due+1 02-18 09:00", "superior due+3 02-20 09:00"],
        ),
        (
            "routine", "2020-02-14 14:00", "2020-02-20 00:00",
            ["officer due-0 02-19 09:00", "head due+1 02-20 09:00", "superior due+3 02-24 09:00"],
        ),
    ],
)  # fmt: skip
def test_it_chases_forwarding(grade: str, issued: str, due_at: str, steps: list[str]) -> None:
    facts = running(ObligationKind.FORWARD, grade, issued)
    assert facts.due_at == here(due_at)
    assert plan(facts) == steps


@pytest.mark.parametrize(
    ("term", "due_at", "last_reminder"),
    [
        ("review", "2020-02-20 00:00", "02-19 09:00"),
        ("extension", "2020-02-19 00:00", "02-18 09:00"),
        ("contest", "2020-02-19 00:00", "02-18 09:00"),
    ],
)
def test_it_chases_the_superiors_own_decisions(term: str, due_at: str, last_reminder: str) -> None:
    facts = running(ObligationKind.DECIDE, "routine", "2020-02-14 14:00", term)
    assert facts.due_at == here(due_at)
    assert plan(facts)[0] == f"officer due-0 {last_reminder}"


@pytest.mark.parametrize(
    ("kind", "severity", "limit"),
    [
        (ObligationKind.RESPOND, "particularly_serious", 15),
        (ObligationKind.RESPOND, "serious", 15),
        (ObligationKind.RESPOND, "relatively_serious", 30),
        (ObligationKind.RESPOND, "ordinary", 60),
        (ObligationKind.PASS_ON, "particularly_serious", 60),
        (ObligationKind.PASS_ON, "serious", 60),
        (ObligationKind.PASS_ON, "relatively_serious", 60),
        (ObligationKind.PASS_ON, "ordinary", 120),
    ],
)
def test_it_chases_urgent_reports_at_any_hour(kind: ObligationKind, severity: str, limit: int) -> None:
    facts = running(kind, severity, "2020-02-15 21:30")
    # One message lets a level know of both duties: only the response's ladder speaks at once.
    at_once = [("duty", 0)] if kind is ObligationKind.RESPOND else []
    expected = [*at_once, ("superior", limit), ("operating_head", 2 * limit)]
    rungs = POLICIES.ladder(kind, severity).rungs
    assert [rung.audiences for rung in rungs] == [(Audience(who),) for who, _ in expected]
    assert [rung_at(rung, facts, CALENDAR) for rung in rungs] == [
        facts.issued_at + after * MINUTE for _, after in expected
    ]
    assert [rung.call_list for rung in rungs][-3:] == [True, False, False][-len(rungs) :]
    assert [rung.next_level for rung in rungs][-2:] == [True, False]


# ------------------------------------------------------------------ single rungs


def rung(
    offset: int, unit: Unit, anchor: Anchor = Anchor.DUE, *, every_days: int | None = None, times: int = 1,
    half_way: bool = False,
) -> Rung:  # fmt: skip
    return Rung("any", anchor, offset, unit, (OFFICER,), every_days, times, half_way=half_way)


@pytest.mark.parametrize(
    ("step", "at"),
    [
        (rung(-30, Unit.MINUTES), "2020-04-05 16:30"),  # minutes go by the clock, through the holiday
        (rung(-1, Unit.WORKING_HOURS), "2020-04-03 16:30"),  # working hours before a due instant in a holiday
        (rung(2, Unit.WORKING_HOURS), "2020-04-07 10:30"),
        (rung(0, Unit.WORKDAYS), "2020-04-03 09:00"),
        (rung(1, Unit.WORKDAYS), "2020-04-07 09:00"),
        (rung(1, Unit.WORKDAYS, Anchor.ISSUED), "2020-04-03 09:00"),
        (rung(45, Unit.MINUTES, Anchor.OCCURRED), "2020-04-01 08:45"),
        (rung(0, Unit.WORKDAYS, half_way=True), "2020-04-03 09:00"),  # a longer term has no half-way
        (rung(1, Unit.WORKDAYS, every_days=1, times=9), "2020-04-08 09:00"),  # a day after due+1
    ],
)
def test_it_counts_from_its_anchor(step: Rung, at: str) -> None:
    facts = Running(
        ObligationKind.REPORT, "routine", here("2020-04-02 10:00"), here("2020-04-05 17:00"), here("2020-04-01 08:00")
    )
    assert rung_at(step, facts, CALENDAR) == here(at)


def test_it_has_no_instant_without_an_anchor_or_for_a_repeat_too_many() -> None:
    facts = report("2020-03-05")
    assert rung_at(rung(5, Unit.MINUTES, Anchor.OCCURRED), facts, CALENDAR) is None
    assert rung_at(rung(5, Unit.MINUTES), replace(facts, due_at=None), CALENDAR) is None
    assert rung_at(REPORT.rungs[-1], facts, CALENDAR, 7) is not None
    assert rung_at(REPORT.rungs[-1], facts, CALENDAR, 8) is None


def test_it_keeps_a_due_day_at_24_apart_from_the_next_day() -> None:
    at_24, next_morning = report("2020-03-05"), replace(report("2020-03-05"), due_at=here("2020-03-06 08:00"))
    assert rung_at(rung(1, Unit.WORKDAYS), at_24, CALENDAR) == here("2020-03-06 09:00")
    assert rung_at(rung(1, Unit.WORKDAYS), next_morning, CALENDAR) == here("2020-03-09 09:00")


@pytest.mark.parametrize(
    ("kind", "grade", "end"),
    [
        ("receipt", "extra_urgent", "2020-02-14 17:30"),
        ("receipt", "urgent", "2020-02-17 10:00"),
        ("receipt", "routine", "2020-02-18 00:00"),
        ("forward", "extra_urgent", "2020-02-15 00:00"),
    ],
)
def test_it_ends_terms_in_their_unit(kind: str, grade: str, end: str) -> None:
    assert term_deadline(POLICIES.term(kind, grade), here("2020-02-14 17:00"), CALENDAR) == Deadline(here(end))


def test_it_wakes_first_at_the_earliest_rung() -> None:
    assert first_wake(REPORT, report("2020-04-05"), CALENDAR) == here("2020-04-01 09:00")
    assert first_wake(REPORT, report("2020-02-17"), CALENDAR) == here("2020-02-12 09:00")  # past already
    assert first_wake(REPORT, replace(report("2020-04-05"), due_at=None), CALENDAR) is None
    assert first_wake(Ladder(()), report("2020-04-05"), CALENDAR) is None
