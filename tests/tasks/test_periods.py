"""The periods of a recurring requirement: made in their turn, those missed in an outage too, for nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.trail import SYSTEM
from models.circular import Circular, CircularState, NextPeriod, Requirement
from models.notice import Firing
from models.obligation import Obligation
from models.session import reading, transaction
from tasks.forwarding import forward_circular, recall_forwarding
from tasks.rostering import import_roster
from tasks.sweeping import next_wake, sweep
from tests.cast import (
    ADDRESSED,
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    ROSTER_CSV,
    SHIQIAO,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_text,
    set_out,
)
from tests.tasks.stage import audit_is_whole, obligation, obligations, sweep_until, told

FORWARDED = beijing("2020-02-14 09:30")
FORTNIGHTLY = "江扶组办发〔2020〕11号"


def periods(office: str = DONGAN) -> list[str]:
    return [period for code, period in obligations("report") if code == office and period]


def next_period() -> tuple[str, str]:
    """Return the due day of the next period and when it is made."""
    with reading() as session:
        row = session.scalars(select(NextPeriod)).one()
    return row.due_on.isoformat(), told(row.wake_at)


def test_it_makes_the_first_period_that_is_not_past_when_forwarding(database: str) -> None:
    set_out(FORWARDED)
    assert periods() == ["2020-03-05"]
    assert obligation(DONGAN, "report", "2020-03-05").due_at == beijing("2020-03-06 00:00")


def test_it_makes_the_next_period_when_the_last_is_due(database: str) -> None:
    set_out(FORWARDED)
    assert next_period() == ("2020-04-05", "2020-03-06 00:00")
    sweep.fn(now=beijing("2020-03-05 23:59"))
    assert periods() == ["2020-03-05"]
    assert sweep.fn(now=beijing("2020-03-06 00:00")).periods == len(ADDRESSED)
    assert periods() == ["2020-03-05", "2020-04-05"]
    assert next_period() == ("2020-05-05", "2020-04-06 00:00")


def test_it_makes_the_next_period_at_its_own_first_rung_where_that_comes_earlier(sqlite: str) -> None:
    import_cast(FORWARDED)
    register_text(notice_text(FORTNIGHTLY, "自2月份起，各地各部门每日向省扶贫办报送工作进展。"), FORWARDED)
    with transaction(SYSTEM, FORWARDED) as work:
        values = {"rrule": "FREQ=DAILY", "kind": "recurring", "starts_on": None}
        work.session.execute(update(Requirement).values(**values))
    forward_cover(FORWARDED, FORTNIGHTLY)
    due_on, made_at = next_period()
    assert due_on == "2020-02-15"
    # three working days before Saturday 15 February, not the midnight after Friday
    assert made_at == "2020-02-12 09:00"


def test_it_makes_the_periods_missed_in_an_outage(database: str) -> None:
    set_out(FORWARDED)
    done = sweep.fn(now=beijing("2020-05-20 10:00"))
    assert done.periods == 3 * len(ADDRESSED)
    assert periods() == ["2020-03-05", "2020-04-05", "2020-05-05", "2020-06-05"]
    assert obligation(DONGAN, "report", "2020-04-05").made_at == beijing("2020-05-20 10:00")


def test_it_makes_each_period_once_however_often_it_sweeps(sqlite: str) -> None:
    set_out(FORWARDED)
    for minute in (0, 0, 1):
        sweep.fn(now=beijing(f"2020-03-06 00:0{minute}"))
    assert periods() == ["2020-03-05", "2020-04-05"]


def test_it_chases_a_new_period_like_the_first(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep_until(FORWARDED, beijing("2020-03-06 00:00"))
    owed = obligation(DONGAN, "report", "2020-04-05")
    assert (owed.due_at, owed.base_due_at) == (beijing("2020-04-06 00:00"), beijing("2020-04-06 00:00"))
    with reading() as session:
        sources = session.execute(
            select(col(Obligation.origin), col(Obligation.reviewer_id), col(Obligation.policy_id)).where(
                col(Obligation.office_id) == owed.office_id, col(Obligation.period) != ""
            )
        ).all()
    assert len({tuple(each) for each in sources}) == 1


NEW_LINE = "230185,新设县扶贫开发领导小组办公室,新设县,县级,230100,230185,蒋一,经办人,officer.230185@example.org,"


def test_it_lets_an_office_added_later_owe_nothing_until_forwarded_to(database: str) -> None:
    set_out(FORWARDED)
    later = beijing("2020-03-20 10:00")
    import_roster.fn((ROSTER_CSV + NEW_LINE + "\n").encode(), "roster.csv", actor=OPERATOR, now=later)
    sweep.fn(now=beijing("2020-04-20 10:00"))
    assert periods("230185") == []
    forward_circular.fn(COVER, actor=OPERATOR, now=beijing("2020-04-21 10:00"), to=["新设县"])
    assert periods("230185") == ["2020-05-05"]
    sweep.fn(now=beijing("2020-05-06 00:00"))
    assert periods("230185") == ["2020-05-05", "2020-06-05"]
    assert periods()[-1] == "2020-06-05"


def test_it_owes_no_missed_period_that_was_due_before_the_circular_came(sqlite: str) -> None:
    set_out(FORWARDED)
    later = beijing("2020-04-21 10:00")
    import_roster.fn((ROSTER_CSV + NEW_LINE + "\n").encode(), "roster.csv", actor=OPERATOR, now=later)
    forward_circular.fn(COVER, actor=OPERATOR, now=later, to=["新设县"])
    # No sweep since February: the periods of April are made only now.
    sweep.fn(now=beijing("2020-04-21 10:15"))
    assert periods() == ["2020-03-05", "2020-04-05", "2020-05-05"]
    assert periods("230185") == ["2020-05-05"]


def test_it_makes_no_period_of_a_withdrawn_circular(sqlite: str) -> None:
    set_out(FORWARDED)
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(Circular).values(state=CircularState.WITHDRAWN))
    assert sweep.fn(now=beijing("2020-03-06 00:00")).periods == 0
    assert periods() == ["2020-03-05"]
    with reading() as session:
        assert session.scalars(select(NextPeriod)).all() == []


def test_it_makes_no_period_for_offices_it_was_recalled_from(sqlite: str) -> None:
    set_out(FORWARDED)
    recall_forwarding.fn(COVER, "发错了", actor=OPERATOR, now=beijing("2020-02-14 09:35"))
    assert sweep.fn(now=beijing("2020-03-06 00:00")).periods == 0
    assert next_wake(beijing("2020-03-06 00:00")) is not None


def test_it_counts_a_fortnight_from_the_same_day_as_for_the_first_period(sqlite: str) -> None:
    import_cast(FORWARDED)
    register_text(notice_text(FORTNIGHTLY, "自3月份起，每月5日前报送一次最新进展。"), FORWARDED)
    with transaction(SYSTEM, FORWARDED) as work:
        values = {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "starts_on": None}
        work.session.execute(update(Requirement).values(**values))
    # Registered on a Friday, forwarded the week after: the fortnights are counted from the registration.
    forward_cover(beijing("2020-02-18 10:00"), FORTNIGHTLY)
    assert periods(LINJIANG) == ["2020-02-28"]
    sweep.fn(now=beijing("2020-03-25 10:00"))
    assert periods(LINJIANG) == ["2020-02-28", "2020-03-13", "2020-03-27"]


@pytest.mark.parametrize("rule", ["FREQ=NEVER", ""])
def test_it_lets_no_rule_that_cannot_be_used_stop_the_others(sqlite: str, rule: str) -> None:
    set_out(FORWARDED)
    register_text(notice_text(FORTNIGHTLY, "自3月份起，每月5日前报送一次最新进展。"), FORWARDED)
    forward_cover(FORWARDED, FORTNIGHTLY)
    with reading() as session:
        good, bad = session.scalars(
            select(col(NextPeriod.requirement_id)).order_by(col(NextPeriod.requirement_id))
        ).all()
    with transaction(SYSTEM, FORWARDED) as work:
        work.session.execute(update(Requirement).where(col(Requirement.id) == bad).values(rrule=rule))
    now = beijing("2020-03-06 00:00")
    done = sweep.fn(now=now)
    assert done.postponed == 1
    assert done.periods == len(ADDRESSED)
    with reading() as session:
        wakes = dict(session.execute(select(col(NextPeriod.requirement_id), col(NextPeriod.wake_at))).all())
        alarm = session.scalars(select(Firing).where(col(Firing.kind) == "alarm")).one()
    assert told(wakes[bad]) == "2020-03-06 01:00"
    assert told(wakes[good]) == "2020-04-06 00:00"
    assert f"编号 {bad} 的要求" in alarm.detail["matter"]
    assert audit_is_whole()


def test_it_makes_a_period_that_is_long_past_with_one_reminder(sqlite: str) -> None:
    set_out(FORWARDED)
    sweep.fn(now=beijing("2020-04-20 10:00"))
    with reading() as session:
        owed = obligation(SHIQIAO, "report", "2020-04-05")
        told_of = session.execute(
            select(col(Firing.rung), col(Firing.state)).where(col(Firing.obligation_id) == owed.id)
        ).all()
    spoken = [rung for rung, state in told_of if state == "open"]
    assert sorted(spoken) == ["due+1", "weekly"]
