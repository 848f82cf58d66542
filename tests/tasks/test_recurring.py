"""Recurring requirements through a year: no period missed, none doubled, whatever sweeps and outages there are."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import takewhile
from random import Random

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.recurrence import due_days
from domain.trail import SYSTEM
from models.circular import NextPeriod, Requirement
from models.session import reading, transaction
from tasks.sweeping import sweep
from tests.cast import ADDRESSED, beijing, forward_cover, import_cast, notice_text, register_text
from tests.looking import code_of, owed
from tests.tasks.stage import audit_is_whole, told

NUMBER = "江扶组办发〔2020〕9号"
START = beijing("2019-12-30 09:00")
TEXT = "自3月份起，每月5日前向省扶贫办报送一次最新进展。"
RULES = [
    ("FREQ=MONTHLY;BYMONTHDAY=-1", {}),  # month ends: 31 January, 29 February, 31 March…
    ("FREQ=MONTHLY;BYMONTHDAY=31", {}),  # only months that have one
    ("FREQ=MONTHLY;BYMONTHDAY=29", {}),  # 29 February in this year
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", {}),  # and then not before 2024
    ("FREQ=MONTHLY;BYMONTHDAY=5;COUNT=3", {}),
    ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20200405", {}),
    ("FREQ=MONTHLY;BYMONTHDAY=5", {"due_time": time(17)}),
    ("FREQ=MONTHLY;BYMONTHDAY=5", {"starts_on": datetime(2020, 6, 1).date()}),  # noqa: DTZ001  a day
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", {}),
    ("FREQ=WEEKLY;BYDAY=TU", {"defer_workdays": 2, "defer_time": time(12)}),
    ("FREQ=DAILY;UNTIL=20200320", {}),
]


def play(rule: str, values: dict[str, object]) -> None:
    import_cast(START)
    register_text(notice_text(NUMBER, TEXT).replace("2020年2月14日", "2019年12月27日"), START)
    with transaction(SYSTEM, START) as work:
        work.session.execute(update(Requirement).values(**({"rrule": rule, "starts_on": None} | values)))
    forward_cover(START, NUMBER)


def periods() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in owed("report", number=NUMBER):
        found.setdefault(code_of(each.office_id), []).append(each.period)
    return found


def named(rule: str, values: dict[str, object], now: datetime) -> tuple[list[str], list[str]]:
    """Return the days of the rule: those due by now, and all for five years more."""
    begins = values.get("starts_on") or START.date()
    limit = now.date() + timedelta(days=5 * 366)
    days = list(takewhile(lambda day: day <= limit, due_days(rule, begins, START.date())))  # type: ignore[arg-type]
    return [f"{day}" for day in days if day < now.date()], [f"{day}" for day in days]


@pytest.mark.parametrize(("rule", "values"), RULES, ids=[rule for rule, _ in RULES])
@pytest.mark.parametrize("seed", [1, 2])
def test_it_makes_every_period_once_however_irregular_the_sweeps(
    sqlite: str, rule: str, values: dict[str, object], seed: int
) -> None:
    """Sweeps at any instant, several at one, after outages of up to two months."""
    play(rule, values)
    draw, now = Random(seed), START
    while now < beijing("2020-12-31 12:00"):
        now += timedelta(minutes=draw.choice((0, 1, 15, 60 * 24, 60 * 24 * 9, 60 * 24 * 60)))
        sweep.fn(now=now)
    _check(rule, values, now)


@pytest.mark.parametrize(("rule", "values"), [RULES[0], RULES[9]], ids=["month ends", "deferred"])
def test_it_makes_all_that_an_outage_of_half_a_year_missed(database: str, rule: str, values: dict[str, object]) -> None:
    play(rule, values)
    now = beijing("2020-07-15 10:00")
    assert sweep.fn(now=now).periods > len(ADDRESSED)
    assert sweep.fn(now=now).periods == 0
    _check(rule, values, now)
    assert audit_is_whole()


def _check(rule: str, values: dict[str, object], now: datetime) -> None:
    made = periods()
    assert sorted(made) == sorted(ADDRESSED)
    past, days = named(rule, values, now)
    for office_periods in made.values():
        assert office_periods == sorted(set(office_periods)), "in order, none doubled"
        assert office_periods == days[: len(office_periods)], "none missed in between"
        # what was deferred over the end of the play is due later than its written day
        assert len(office_periods) >= len(past)


def test_it_has_no_next_period_where_the_rule_has_ended(sqlite: str) -> None:
    play("FREQ=MONTHLY;BYMONTHDAY=5;COUNT=2", {})
    sweep.fn(now=beijing("2020-05-01 10:00"))
    assert {tuple(each) for each in periods().values()} == {("2020-01-05", "2020-02-05")}
    with reading() as session:
        assert session.scalars(select(NextPeriod)).all() == []


def test_it_is_due_at_the_stated_hour_of_the_last_day_of_the_month(sqlite: str) -> None:
    play("FREQ=MONTHLY;BYMONTHDAY=-1", {"due_time": time(17, 30)})
    sweep.fn(now=beijing("2020-02-10 10:00"))
    due = {each.period: told(each.due_at) for each in owed("report", number=NUMBER) if each.due_at}
    assert due == {day: f"{day} 17:30" for day in ("2019-12-31", "2020-01-31", "2020-02-29")}
    with reading() as session:
        following = session.scalars(select(col(NextPeriod.due_on))).one()
    assert following.isoformat() == "2020-03-31"
