"""Urgent reports when several act at the same moment: one level, one end, nothing left over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.errors import Refused
from domain.statuses import ObligationKind, Status
from domain.urgent import Severity
from models.circular import NextPeriod
from models.session import engine
from tasks.alerting import follow_up, pass_on, raise_urgent_report, regrade
from tasks.auditing import verify_audit
from tasks.sweeping import sweep
from tests.cast import DONGAN, LINJIANG, OPERATOR, PROVINCE, beijing, import_cast, officer
from tests.looking import firings, owed, rows

NIGHT = beijing("2020-03-14 22:40")
MORNING = beijing("2020-03-15 08:00")


@pytest.fixture(autouse=True)
def case(database: str) -> int:
    import_cast(beijing("2020-02-13 09:00"))
    return raise_urgent_report.fn(
        DONGAN, "扶贫车间火灾", "正在处置。", Severity.RELATIVELY_SERIOUS, actor=officer(DONGAN), now=NIGHT,
        occurred_at=NIGHT - timedelta(minutes=20), learned_at=NIGHT - timedelta(minutes=15),
    ).case_id  # fmt: skip


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Do these at the same moment; return what failed but for sentences to the user."""
    start, failed = threading.Barrier(len(acts)), list[BaseException]()

    def go(act: Callable[[], object]) -> None:
        start.wait()
        try:
            with suppress(Refused):
                act()
        except BaseException as error:  # noqa: BLE001  shown by the caller
            failed.append(error)

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_it_opens_a_level_once_where_an_office_passes_on_as_the_sweep_does(case: int) -> None:
    now = NIGHT + timedelta(minutes=30)
    failed = at_once(
        lambda: pass_on.fn(case, LINJIANG, actor=officer(LINJIANG), now=now),
        lambda: sweep.fn(now=now, urgent_only=True),
        lambda: sweep.fn(now=now),
    )
    assert failed == []
    assert len(owed("respond", PROVINCE)) == 1
    assert len([each for each in firings(owed("respond", PROVINCE)[0]) if each.rung == "issued+0m"]) == 1
    assert verify_audit.fn().whole


def test_it_leaves_nothing_owed_where_the_final_report_meets_the_sweep(case: int) -> None:
    failed = at_once(
        lambda: follow_up.fn(case, "明火已扑灭。", actor=officer(DONGAN), now=MORNING, final=True),
        lambda: sweep.fn(now=MORNING, urgent_only=True),
        lambda: sweep.fn(now=MORNING),
    )
    assert failed == []
    assert [each for each in owed(ObligationKind.FOLLOW_UP) if each.status is Status.PENDING] == []
    assert not rows(NextPeriod)
    assert verify_audit.fn().whole


def test_it_regrades_once_and_for_all_where_others_act(case: int) -> None:
    now = NIGHT + timedelta(minutes=30)
    failed = at_once(
        lambda: regrade.fn(case, Severity.SERIOUS, "伤亡扩大", actor=OPERATOR, now=now),
        lambda: sweep.fn(now=now, urgent_only=True),
        lambda: follow_up.fn(case, "火势蔓延。", actor=officer(DONGAN), now=now),
    )
    assert failed == []
    assert verify_audit.fn().whole
    assert len(owed("respond", LINJIANG)) == 1


def test_it_finds_whom_to_call_by_an_index_of_urgent_firings_alone(case: int) -> None:
    """Every minute, beside millions of others: it must not read them."""
    with engine().connect() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("a planner that counts rows reads a small table whole")
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT * FROM firing WHERE firing.urgency_tag IN ('特急', '紧急')")
        ).all()
    assert "ix_firing_urgent" in str(plan)
