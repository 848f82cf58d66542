"""What silence is judged by: the checks as data, the years of the calendar, the end of a ladder."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.policies import load_policies
from config.work_days import load_work_days
from domain import watching
from domain.ladders import Ladder, Running, steps_of
from domain.offices import Audience
from domain.policies import Anchor, Rung, Unit
from domain.statuses import ObligationKind
from domain.watching import BY_NAME, CADENCES, CHECKS, SCHEDULED, calendar_missing, keys_of
from tests.cast import beijing

PUBLISHED = load_work_days(None)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_check_says_what_it_looks_at_and_what_to_do() -> None:
    assert len(BY_NAME) == len(CHECKS) > 20
    for check in CHECKS:
        assert re.fullmatch(r"[a-z_]+", check.name)
        for words in (check.title, check.looks_at, check.threshold, check.what_to_do):
            assert CHINESE.search(words), check.name
        assert check.what_to_do.endswith("。"), check.name


def test_what_has_to_come_by_has_a_check_of_its_own() -> None:
    for cadence in CADENCES:
        assert f"silent_{cadence.run}" in BY_NAME
        assert cadence.deployment in SCHEDULED
        assert cadence.silent_after > cadence.every


def test_every_check_stands_in_the_operators_manual() -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    for check in CHECKS:
        assert f"| {check.title} |" in manual, check.title


@pytest.mark.parametrize(
    ("now", "years"),
    [
        ("2026-10-31 23:59", ()),
        ("2026-11-01 00:00", (2027,)),
        ("2026-12-31 23:59", (2027,)),
        ("2027-01-01 00:00", (2027,)),
        ("2027-11-01 00:00", (2027, 2028)),
        ("2020-12-01 00:00", ()),
    ],
)
def test_it_asks_for_next_years_calendar_from_november_on(now: str, years: tuple[int, ...]) -> None:
    assert calendar_missing(beijing(now), PUBLISHED) == years


def test_own_days_do_not_make_a_year_known() -> None:
    own = PUBLISHED.changed([date(2027, 1, 1)])
    assert calendar_missing(beijing("2026-11-01 00:00"), own) == (2027,)


def test_a_low_disk_is_one_with_less_than_half_a_gigabyte() -> None:
    assert (watching.is_disk_low(499_999_999), watching.is_disk_low(500_000_000)) == (True, False)


LADDER = Ladder(
    (
        Rung("due-0", Anchor.DUE, 0, Unit.WORKDAYS, (Audience.OFFICER,)),
        Rung("due+1", Anchor.DUE, 1, Unit.WORKDAYS, (Audience.OFFICER, Audience.HEAD)),
        Rung("weekly", Anchor.DUE, 1, Unit.WORKDAYS, (Audience.OFFICER,), every_days=7, times=2),
    )
)
ALL = {
    ("due-0", 0, Audience.OFFICER), ("due+1", 0, Audience.OFFICER), ("due+1", 0, Audience.HEAD),
    ("weekly", 0, Audience.OFFICER), ("weekly", 1, Audience.OFFICER),
}  # fmt: skip


def test_a_ladder_is_exhausted_with_every_rung_repeat_and_audience() -> None:
    keys = keys_of(LADDER, has_occurred=False)
    assert set(keys) == ALL
    assert keys == keys_of(LADDER, has_occurred=True)
    assert keys[-1] == ("weekly", 1, Audience.OFFICER)


def test_a_rung_without_its_event_is_not_missed() -> None:
    rung = Rung("occurred+30m", Anchor.OCCURRED, 30, Unit.MINUTES, (Audience.OFFICER,))
    assert keys_of(Ladder((rung,)), has_occurred=False) == ()
    assert keys_of(Ladder((rung,)), has_occurred=True) == (("occurred+30m", 0, Audience.OFFICER),)


@pytest.mark.parametrize("has_occurred", [True, False])
@pytest.mark.parametrize("kind", ObligationKind)
def test_its_keys_are_those_of_the_steps_that_the_sweep_climbs(kind: ObligationKind, has_occurred: bool) -> None:
    """What the check takes for exhausted is what the sweep takes for it, ladder by ladder of the default policy."""
    at = beijing("2020-03-06 00:00")
    policies = load_policies(None)
    for (of_kind, grade), ladder in policies.ladders.items():
        if of_kind is kind:
            running = Running(kind, grade, at - timedelta(days=20), at, at if has_occurred else None)
            steps = {step.key for step in steps_of(ladder, running, PUBLISHED)}
            assert set(keys_of(ladder, has_occurred=has_occurred)) == steps
