"""Reminders by hand: when one is held back, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from config.policies import load_policies
from config.work_days import load_work_days
from domain.documents import Urgency
from domain.reminding import held_back
from domain.urgent import Severity
from tests.cast import beijing

POLICIES, CALENDAR = load_policies(), load_work_days(None)
FRIDAY = beijing("2020-03-13 15:00")


def why(sent: int, last: datetime | None, now: datetime, grade: str = Urgency.ROUTINE) -> str:
    return held_back(sent, last, grade, POLICIES, CALENDAR, now)


def test_it_lets_the_first_one_go() -> None:
    assert why(0, None, FRIDAY) == ""


@pytest.mark.parametrize(
    ("grade", "now", "goes"),
    [
        # 15:00 to 17:30 on Friday, then from 8:30 on Monday: four working hours are over at 10:00
        (Urgency.ROUTINE, "2020-03-16 09:59", False),
        (Urgency.ROUTINE, "2020-03-16 10:00", True),
        (Urgency.URGENT, "2020-03-16 09:59", False),
        (Urgency.URGENT, "2020-03-16 10:00", True),
        (Urgency.EXTRA_URGENT, "2020-03-13 15:29", False),
        (Urgency.EXTRA_URGENT, "2020-03-13 15:30", True),
        (Severity.ORDINARY, "2020-03-13 15:29", False),
        (Severity.SERIOUS, "2020-03-13 15:30", True),
    ],
)
def test_it_waits_as_long_as_its_grade_says(grade: str, now: str, goes: bool) -> None:
    assert (why(1, FRIDAY, beijing(now), grade) == "") is goes


def test_it_says_when_the_next_may_go() -> None:
    words = why(1, FRIDAY, FRIDAY + timedelta(minutes=1))
    assert "不足 4 个工作小时" in words
    assert "2020年3月16日（星期一）10时以后可再催办" in words


def test_it_stops_at_the_cap() -> None:
    assert "达到上限（3 次）" in why(3, FRIDAY, FRIDAY + timedelta(days=9))
    assert why(2, FRIDAY, FRIDAY + timedelta(days=9)) == ""
