"""The burden of a forwarding, shown before it goes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.burden import burden
from domain.calendar import ZONE

#: a Thursday morning
SENT = datetime(2020, 2, 20, 9, 30, tzinfo=ZONE)


def local(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2020, month, day, hour, tzinfo=ZONE)


def test_it_counts_offices_and_occurrences_within_a_year() -> None:
    monthly = [datetime(2020 + (month > 12), (month - 1) % 12 + 1, 6, tzinfo=ZONE) for month in range(3, 20)]
    found = burden(152, monthly, SENT)
    assert (found.offices, found.occurrences_a_year) == (152, 12)
    assert found.warnings == ("一年内每个单位要报12次，152个单位共1824份。",)


def test_it_tells_the_shortest_notice_in_hours() -> None:
    found = burden(3, [local(3, 6), local(2, 22, 9)], SENT)
    assert found.shortest_notice_hours == pytest.approx(47.5)
    assert found.warnings == ()


def test_it_warns_of_what_is_issued_in_the_morning_and_due_in_the_afternoon() -> None:
    for due in (local(2, 20, 17), local(2, 21)):
        assert burden(3, [due], SENT).warnings == ("上午发文、当天就要结果，基层来不及办理。",)


@pytest.mark.parametrize(
    ("sent", "due", "hours"),
    [(local(2, 20, 14), local(2, 20, 18), "4.0"), (SENT, local(2, 21, 9), "23.5")],
)
def test_it_warns_of_less_than_a_day(sent: datetime, due: datetime, hours: str) -> None:
    assert burden(3, [due], sent).warnings == (f"最短时限只有{hours}小时。",)


def test_it_warns_of_a_deadline_that_was_past_when_sent() -> None:
    found = burden(3, [SENT - timedelta(days=1), local(3, 6)], SENT)
    assert found.warnings == ("有1项时限在发出之前已过。",)
    assert found.shortest_notice_hours == pytest.approx(-24)
    assert found.occurrences_a_year == 1


def test_it_reads_the_hour_in_shanghai() -> None:
    sent, due = SENT.astimezone(UTC), local(2, 20, 17).astimezone(UTC)
    assert burden(3, [due], sent) == burden(3, [local(2, 20, 17)], SENT)


def test_it_finds_no_burden_in_a_circular_without_deadlines() -> None:
    found = burden(13, [], SENT)
    assert (found.occurrences_a_year, found.shortest_notice_hours, found.warnings) == (0, None, ())
