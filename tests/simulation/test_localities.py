"""How localities behave in a play."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.calendar import at_local, local, local_day
from domain.deadlines import due_instant
from domain.published import published_calendar
from simulation.localities import Behaviour, Manner, behaviour

CALENDAR = published_calendar()
OFFICES = [f"{number:06}" for number in range(230100, 230260)]
SENT = datetime(2020, 2, 14, 1, 40, tzinfo=UTC)
MARCH = due_instant(date(2020, 3, 5), None)
APRIL = due_instant(date(2020, 4, 5), None)


@pytest.fixture(scope="module")
def played() -> Behaviour:
    return behaviour(OFFICES, 1, CALENDAR)


def of_manner(played: Behaviour, manner: Manner) -> list[str]:
    return [office for office, each in played.manners.items() if each is manner]


def test_it_gives_every_office_a_manner_in_the_shares_of_the_script(played: Behaviour) -> None:
    counts = Counter(played.manners.values())
    assert sum(counts.values()) == len(OFFICES)
    assert counts[Manner.LAST_MINUTE] == len(OFFICES) // 4
    assert counts[Manner.PUNCTUAL] > len(OFFICES) / 2
    assert 0 < counts[Manner.SILENT] < counts[Manner.LATE]


def test_it_plays_the_same_way_for_the_same_seed() -> None:
    assert behaviour(OFFICES, 7, CALENDAR).manners == behaviour(list(reversed(OFFICES)), 7, CALENDAR).manners
    assert behaviour(OFFICES, 7, CALENDAR).manners != behaviour(OFFICES, 8, CALENDAR).manners


@pytest.mark.parametrize("due_at", [MARCH, APRIL])
def test_it_lets_punctual_offices_report_before_the_last_workday_begins(played: Behaviour, due_at: datetime) -> None:
    last_workday = CALENDAR.subtract_workdays(local_day(due_at - timedelta(seconds=1)), 1)
    limit = at_local(last_workday, datetime.min.time().replace(hour=9))
    for office in of_manner(played, Manner.PUNCTUAL):
        at = played.report_at(office, "x", SENT, due_at)
        assert at is not None
        assert SENT < at < limit


@pytest.mark.parametrize(("due_at", "last_workday"), [(MARCH, date(2020, 3, 4)), (APRIL, date(2020, 4, 3))])
def test_it_lets_a_quarter_report_only_after_nine_of_the_last_workday(
    played: Behaviour, due_at: datetime, last_workday: date
) -> None:
    for office in of_manner(played, Manner.LAST_MINUTE):
        at = played.report_at(office, "x", SENT, due_at)
        assert at is not None
        assert local(at).date() == last_workday
        assert local(at).hour >= 9
        assert at < due_at


def test_it_lets_late_offices_report_after_the_deadline(played: Behaviour) -> None:
    for office in of_manner(played, Manner.LATE):
        at = played.report_at(office, "x", SENT, APRIL)
        assert at is not None
        assert at > APRIL


def test_it_hears_nothing_from_silent_offices(played: Behaviour) -> None:
    for office in of_manner(played, Manner.SILENT):
        assert played.receipt_at(office, "x", SENT) is None
        assert played.report_at(office, "x", SENT, APRIL) is None
        assert played.report_at(office, "x", SENT, None) is None


def test_it_acts_in_working_hours_only(played: Behaviour) -> None:
    for office in OFFICES:
        for at in (played.receipt_at(office, "x", SENT), played.report_at(office, "x", SENT, None)):
            assert at is None or CALENDAR.is_working_time(at)
