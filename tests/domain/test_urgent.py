"""Urgent reports: how long each step of a case took, and by how much it exceeded its limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.urgent import Event, Owed, Severity, Step, StepKind, UrgentReportKind, state_council_due, steps

OCCURRED = datetime(2020, 3, 14, 14, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after the event."""
    return OCCURRED + timedelta(minutes=minutes)


EVENT = Event(office="东岸区", occurred_at=OCCURRED, learned_at=at(5), raised_at=at(30))


def step(due: float | None, done: float | None, *, released: bool = False) -> Step:
    return Step(
        StepKind.RESPOND, "临江市", OCCURRED, None if due is None else at(due), None if done is None else at(done),
        released,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("due", "done", "now", "took", "late"),
    [
        (30, 12, 90, 12, 0),  # in time
        (30, 30, 90, 30, 0),  # at the limit, not past it
        (30, 31, 90, 31, 1),
        (30, None, 29, 29, 0),  # still open, and in time
        (30, None, 90, 90, 60),  # open: late by what has passed so far
        (None, 12, 90, 12, 0),  # nothing is late without a limit
        (None, None, 90, 90, 0),
        (-5, 1, 90, 1, 6),  # its latest limit had gone by before anybody was told
    ],
)
def test_it_computes_how_long_a_step_took_and_how_late_it_is(
    due: float | None, done: float | None, now: float, took: float, late: float
) -> None:
    found = step(due, done)
    assert found.took(at(now)) == timedelta(minutes=took)
    assert found.late_by(at(now)) == timedelta(minutes=late)


def test_it_is_not_late_with_what_it_was_released_from() -> None:
    assert step(30, 60, released=True).late_by(at(90)) == timedelta()
    assert step(30, 60).late_by(at(90)) == timedelta(minutes=30)


def test_it_never_took_less_than_nothing() -> None:
    """A call may have come before the office says it learned of the event; a clock may be wrong."""
    assert step(30, -3).took(at(90)) == timedelta()


def test_it_counts_the_first_steps_from_the_event_and_from_knowing_of_it() -> None:
    found = steps(EVENT, (), telephone=timedelta(minutes=15), written=timedelta(minutes=20))
    assert [(each.kind, each.since, each.due_at, each.done_at) for each in found] == [
        (StepKind.LEARN, at(0), None, at(5)),
        (StepKind.WRITTEN, at(5), at(25), at(30)),
        (StepKind.WRITTEN_SINCE_EVENT, at(0), at(20), at(30)),
    ]
    assert [each.late_by(at(99)) for each in found] == [timedelta(minutes=late) for late in (0, 5, 10)]


def test_it_judges_the_telephone_by_recorded_calls_alone() -> None:
    called = Event(
        office="东岸区", occurred_at=OCCURRED, learned_at=at(5), raised_at=at(30), telephoned_at=at(22)
    )  # fmt: skip
    limits = {"telephone": timedelta(minutes=15), "written": timedelta(minutes=30)}
    (telephone,) = [each for each in steps(called, (), **limits) if each.kind is StepKind.TELEPHONE]
    assert (telephone.since, telephone.due_at, telephone.done_at) == (at(5), at(20), at(22))
    assert telephone.late_by(at(99)) == timedelta(minutes=2)
    assert StepKind.TELEPHONE not in [each.kind for each in steps(EVENT, (), **limits)]
    (ordinary,) = [
        each for each in steps(called, (), telephone=None, written=None) if each.kind is StepKind.TELEPHONE
    ]  # fmt: skip
    assert ordinary.due_at is None, "no limit for an ordinary matter"


def test_it_adds_what_every_level_owes_in_its_order() -> None:
    owed = (
        Owed(kind=StepKind.RESPOND, office="临江市", told_at=at(30), due_at=at(60), done_at=at(70)),
        Owed(kind=StepKind.PASS_ON, office="临江市", told_at=at(30), due_at=at(90), done_at=None),
        Owed(kind=StepKind.STATE_COUNCIL, office="江北省", told_at=at(60), due_at=at(120), done_at=at(100)),
    )
    found = steps(EVENT, owed, telephone=None, written=None)[3:]
    assert [(each.kind, each.office) for each in found] == [
        (StepKind.RESPOND, "临江市"), (StepKind.PASS_ON, "临江市"), (StepKind.STATE_COUNCIL, "江北省"),
    ]  # fmt: skip
    assert [each.late_by(at(100)) for each in found] == [timedelta(minutes=late) for late in (10, 10, 0)]


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (10, 70),  # an hour from being told
        (180, 240),  # both limits meet
        (200, 240),  # never past four hours from the event
        (300, 240),  # it heard too late: the limit has gone by, and that is said
    ],
)
def test_it_gives_the_hop_to_the_state_council_an_hour_and_never_more_than_four_from_the_event(
    told: float, due: float
) -> None:
    hour, four_hours = timedelta(hours=1), timedelta(hours=4)
    assert state_council_due(at(told), OCCURRED, hour, four_hours) == at(due)


@pytest.mark.parametrize("member", [*StepKind, *UrgentReportKind, *Severity])
def test_it_has_a_chinese_name_for_each(member: StepKind | UrgentReportKind | Severity) -> None:
    assert not member.label.isascii()
