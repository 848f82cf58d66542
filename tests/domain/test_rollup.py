"""Lights and lateness: computed from facts and the clock, with the word that stands beside the colour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.published import published_calendar
from domain.rollup import Light, Tally, is_late, light, light_text, near_until, total
from domain.statuses import Hold, Status

CALENDAR = published_calendar()
OPEN = (Status.PENDING, Status.RETURNED)
FINAL = (Status.WAIVED, Status.WITHDRAWN, Status.SUPERSEDED)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


#: 24:00 of Sunday 5 April 2020: the 4th to the 6th are a holiday
DUE = at("2020-04-06T00:00:00")


def shown(status: Status, now: datetime, due_at: datetime | None = DUE) -> Light:
    return light(status, due_at, now, near_until(now, CALENDAR))


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize(
    ("now", "lamp"),
    [
        # three working days before 5 April is 1 April; its day begins at midnight
        ("2020-03-31T23:59:59", Light.GREEN),
        ("2020-04-01T00:00:00", Light.YELLOW),
        ("2020-04-05T23:59:59", Light.YELLOW),
        ("2020-04-06T00:00:00", Light.RED),
        ("2020-12-31T00:00:00", Light.RED),
    ],
)
def test_it_shows_how_near_the_deadline_is(status: Status, now: str, lamp: Light) -> None:
    assert shown(status, at(now)) is lamp


def test_it_never_shows_red_what_awaits_review() -> None:
    assert shown(Status.SUBMITTED, DUE + timedelta(days=30)) is Light.GREEN


def test_it_never_shows_yellow_what_has_no_date() -> None:
    assert shown(Status.PENDING, DUE, due_at=None) is Light.GREEN


def test_it_ticks_what_is_accepted_however_late() -> None:
    assert shown(Status.ACCEPTED, DUE + timedelta(days=30)) is Light.TICK


@pytest.mark.parametrize("status", FINAL)
def test_it_greys_what_is_owed_no_more(status: Status) -> None:
    assert shown(status, DUE + timedelta(days=30)) is Light.GREY


def test_it_has_a_word_for_every_light() -> None:
    assert {lamp.label for lamp in Light} == {"正常", "临期", "逾期", "办结", "免办或撤回", "暂停"}


@pytest.mark.parametrize(
    ("submitted", "ended", "now", "late"),
    [
        (None, None, "2020-04-05T23:59:59", False),
        (None, None, "2020-04-06T00:00:00", True),
        ("2020-04-05T23:59:59", None, "2020-05-01T00:00:00", False),
        ("2020-04-06T00:00:00", None, "2020-05-01T00:00:00", True),
        # accepted long after, but handed in in time
        ("2020-04-05T20:00:00", "2020-04-20T10:00:00", "2020-05-01T00:00:00", False),
        (None, "2020-04-05T20:00:00", "2020-05-01T00:00:00", False),
        (None, "2020-04-07T20:00:00", "2020-05-01T00:00:00", True),
    ],
)
def test_it_judges_lateness_by_the_handing_in_else_the_end_else_the_clock(
    submitted: str | None, ended: str | None, now: str, late: bool
) -> None:
    assert is_late(DUE, at(submitted) if submitted else None, at(ended) if ended else None, at(now)) is late


def test_it_calls_nothing_late_that_has_no_date() -> None:
    assert not is_late(None, None, None, DUE)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2020-03-20T09:00:00", "还有 10 个工作日"),
        ("2020-04-02T09:00:00", "还有 1 个工作日"),
        ("2020-04-03T09:00:00", "还有 2 天，其间没有工作日"),
        ("2020-04-04T09:00:00", "还有 1 天，其间没有工作日"),
        ("2020-04-05T00:00:00", "今日到期"),
        ("2020-04-05T23:59:00", "今日到期"),
        ("2020-04-06T00:00:00", "已逾期"),
        ("2020-04-06T12:00:00", "已逾期"),
        ("2020-04-07T09:00:00", "已逾期 1 个工作日"),
        # 26 April is a Sunday worked in lieu
        ("2020-04-26T09:00:00", "已逾期 15 个工作日"),
    ],
)
def test_it_counts_the_working_days_to_and_from_the_deadline(now: str, words: str) -> None:
    assert light_text(Status.PENDING, DUE, at(now), CALENDAR) == words


def test_it_says_that_no_date_is_set() -> None:
    assert light_text(Status.PENDING, None, DUE, CALENDAR) == "未定日期"


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.ACCEPTED, *FINAL])
def test_it_names_the_status_of_what_is_not_open(status: Status) -> None:
    assert light_text(status, DUE, DUE + timedelta(days=9), CALENDAR) == status.label


@given(st.sampled_from(list(Status)), st.integers(min_value=-60 * 24 * 60, max_value=60 * 24 * 60))
def test_it_has_words_and_a_light_that_agree_at_any_time(status: Status, minutes: int) -> None:
    now = DUE + timedelta(minutes=minutes)
    lamp, words = shown(status, now), light_text(status, DUE, now, CALENDAR)
    assert ("逾期" in words) == (lamp is Light.RED)
    assert "-" not in words


HELD = [hold for hold in Hold if hold]


@pytest.mark.parametrize("hold", HELD)
@pytest.mark.parametrize("due_at", [None, DUE])
@pytest.mark.parametrize("days", [-9, 0, 400])
def test_it_shows_what_is_held_as_held_whatever_the_day(hold: Hold, due_at: datetime | None, days: int) -> None:
    now = DUE + timedelta(days=days)
    for status in (Status.PENDING, Status.RETURNED):
        assert light(status, due_at, now, near_until(now, CALENDAR), hold) is Light.HELD
        words = light_text(status, due_at, now, CALENDAR, hold, at("2020-03-05T10:00:00"))
        assert words == f"{hold.label}（自2020年3月5日（星期四））"
        assert light_text(status, due_at, now, CALENDAR, hold) == hold.label


def test_it_adds_tallies_up() -> None:
    one, other = Tally(green=1, yellow=2, late=1), Tally(red=3, tick=4, grey=5, held=6, late=2)
    assert one + other == Tally(1, 2, 3, 4, 5, 6, 3)
    assert (one + other).total == 21
    assert total([]) == Tally()
    assert total([one, other, one]) == Tally(2, 4, 3, 4, 5, 6, 4)
