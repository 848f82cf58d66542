"""Telling a message again: what of it is still true, under which rung, and how soon."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.policies import load_policies
from config.work_days import load_work_days
from domain.resending import is_still_true, rung_again, too_soon
from domain.statuses import Hold, State, Status
from tests.cast import beijing

POLICIES, CALENDAR = load_policies(), load_work_days(None)
NOW = beijing("2020-03-02 09:30")
RUNNING, DONE = State(Status.PENDING), State(Status.ACCEPTED)
SUBMITTED, HELD = State(Status.SUBMITTED), State(Status.PENDING, Hold.SUSPENSION)


@pytest.mark.parametrize(
    ("kind", "state", "due", "true"),
    [
        # a fact stays one, whatever became of the matter
        *(("receipt_confirmed", state, -1, True) for state in (RUNNING, DONE, SUBMITTED, HELD)),
        ("accepted", DONE, -1, True),
        ("circular", DONE, 1, True),
        ("urgent_report", DONE, -1, True),
        ("criticism_bulletin", DONE, -1, True),
        # what asks for something is past with its matter
        ("returned", State(Status.RETURNED), 1, True),
        ("returned", SUBMITTED, 1, False),
        ("extension_decided", DONE, 1, False),
        ("deadline_moved", RUNNING, 1, True),
        ("review_wanted", RUNNING, -1, True),
        ("review_wanted", DONE, -1, False),
        ("supervision_letter", RUNNING, -1, True),
        ("supervision_letter", State(Status.WAIVED), -1, False),
        # a suspension holds as long as it lasts
        ("suspended", HELD, 1, True),
        ("suspended", RUNNING, 1, False),
        ("suspended", State(Status.PENDING, Hold.CONTEST), 1, False),
        ("resumed", HELD, 1, False),
        # nothing is "coming" once it has come
        ("due_soon", RUNNING, 1, True),
        ("due_soon", RUNNING, 0, False),
        ("overdue", RUNNING, -1, True),
    ],
)
def test_it_tells_again_only_what_is_still_true(kind: str, state: State, due: int, true: bool) -> None:
    assert is_still_true(kind, state, NOW + timedelta(hours=due), NOW) is true


def test_a_rung_told_again_keeps_what_ends_it() -> None:
    assert rung_again("due-1") == "due-1/again"
    assert rung_again("act:circular") == "act:circular/again"
    assert rung_again("act:reminder") == "reminder/again", "an act's message would outlive what it asks for"


def test_it_pauses_like_a_reminder_by_hand() -> None:
    words = too_soon(NOW, "routine", POLICIES, CALENDAR, NOW + timedelta(hours=3, minutes=59))
    assert "不足 4 个工作小时" in words
    assert "2020年3月2日（星期一）13时30分以后可再重发" in words
    assert too_soon(NOW, "routine", POLICIES, CALENDAR, NOW + timedelta(hours=4)) == ""
    assert too_soon(NOW, "extra_urgent", POLICIES, CALENDAR, NOW + timedelta(minutes=29))
    assert too_soon(NOW, "extra_urgent", POLICIES, CALENDAR, NOW + timedelta(minutes=30)) == ""
