"""A case of another severity: terms and ladders anew from now, the levels told, nothing else changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.errors import Refused
from domain.statuses import Status
from domain.urgent import Severity
from models.notice import FiringState
from models.obligation import UrgentCase
from tasks.alerting import follow_up, raise_urgent_report, regrade, respond
from tasks.auditing import verify_audit
from tasks.sweeping import sweep
from tests.cast import DONGAN, LINJIANG, OPERATOR, PROVINCE, beijing, import_cast, officer
from tests.looking import code_of, entries, firings, owed, rows, the_one

NIGHT = beijing("2020-03-14 22:40")
AGAIN = NIGHT + timedelta(minutes=20)


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def report(severity: Severity, office: str = DONGAN) -> int:
    return raise_urgent_report.fn(
        office, "扶贫车间火灾", "正在处置。", severity, actor=officer(office), now=NIGHT,
        occurred_at=NIGHT - timedelta(minutes=20), learned_at=NIGHT - timedelta(minutes=15),
    ).case_id  # fmt: skip


def change(case: int, severity: Severity) -> str:
    return regrade.fn(case, severity, "伤亡扩大，电话 13812345678。", actor=OPERATOR, now=AGAIN)


def sweep_at(minutes: int) -> int:
    return sweep.fn(now=AGAIN + timedelta(minutes=minutes), urgent_only=True).passed_on


def test_it_gives_what_is_open_the_terms_of_the_new_severity_from_now(database: str) -> None:
    case = report(Severity.ORDINARY)
    assert "由一般调整为重大" in change(case, Severity.SERIOUS)
    answer, passing = the_one("respond", LINJIANG), the_one("pass_on", LINJIANG)
    assert (answer.due_at, passing.due_at) == (AGAIN + timedelta(minutes=15), AGAIN + timedelta(minutes=60))
    assert answer.base_due_at == NIGHT + timedelta(minutes=60), "what it was first due stays"
    assert {each.grade for each in owed("respond") + owed("pass_on") + owed("follow_up")} == {"serious"}
    assert [each.severity for each in rows(UrgentCase)] == ["serious"]
    assert verify_audit.fn().whole


def test_it_climbs_by_the_new_ladder(database: str) -> None:
    change(report(Severity.ORDINARY), Severity.SERIOUS)
    assert sweep_at(14) == 0
    assert sweep_at(15) == 1
    assert the_one("respond", PROVINCE).due_at == AGAIN + timedelta(minutes=30)
    assert the_one("pass_on", PROVINCE).status is Status.PENDING, "the two highest go on to the State Council"


def test_it_tells_every_level_and_copies_the_one_above() -> None:
    change(report(Severity.ORDINARY), Severity.SERIOUS)
    told = [(code_of(each.office_id), each.kind, each.call_list) for each in firings() if each.fired_at == AGAIN
            and each.state is FiringState.OPEN]  # fmt: skip
    assert told == [(LINJIANG, "urgent_regraded", True), (PROVINCE, "urgent_report", False)]


def test_it_calls_nobody_who_has_answered() -> None:
    case = report(Severity.ORDINARY)
    respond.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=5))
    change(case, Severity.SERIOUS)
    assert the_one("respond", LINJIANG).status is Status.ACCEPTED
    assert [each.call_list for each in firings() if each.kind == "urgent_regraded"] == [False]


def test_it_lets_the_operating_office_owe_its_own_hop_where_the_severity_wants_it() -> None:
    case = report(Severity.ORDINARY, LINJIANG)
    assert not owed("pass_on", PROVINCE)
    change(case, Severity.SERIOUS)
    assert the_one("pass_on", PROVINCE).due_at == AGAIN + timedelta(minutes=60)
    regrade.fn(case, Severity.ORDINARY, "核实后降级", actor=OPERATOR, now=AGAIN + timedelta(minutes=5))
    assert the_one("pass_on", PROVINCE).status is Status.WITHDRAWN


def test_it_asks_for_follow_ups_as_often_as_the_new_severity_wants() -> None:
    case = report(Severity.ORDINARY)
    change(case, Severity.SERIOUS)
    open_ones = [each for each in owed("follow_up") if each.status is Status.PENDING]
    assert sorted(each.due_at for each in open_ones if each.due_at) == [
        beijing("2020-03-15 08:00"), beijing("2020-03-15 17:00"),
    ]  # fmt: skip
    regrade.fn(case, Severity.ORDINARY, "核实后降级", actor=OPERATOR, now=AGAIN + timedelta(minutes=5))
    open_ones = [each for each in owed("follow_up") if each.status is Status.PENDING]
    assert [each.due_at for each in open_ones] == [beijing("2020-03-15 17:00")]


def test_it_refuses_without_a_reason_or_a_change_and_a_closed_case() -> None:
    case = report(Severity.ORDINARY)
    with pytest.raises(Refused, match="必须说明理由"):
        regrade.fn(case, Severity.SERIOUS, " ", actor=OPERATOR, now=AGAIN)
    with pytest.raises(Refused, match="级别已是一般"):
        change(case, Severity.ORDINARY)
    follow_up.fn(case, "误报。", actor=officer(DONGAN), now=AGAIN, final=True)
    with pytest.raises(Refused, match="不能再续报或调整级别"):
        change(case, Severity.SERIOUS)


def test_it_keeps_telephone_numbers_out_of_the_trail() -> None:
    change(report(Severity.ORDINARY), Severity.SERIOUS)
    assert "13812345678" not in str(entries())
