"""The story of a case: how long every step took and by how much it was late, computed as of any instant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.errors import Refused
from domain.urgent import Severity
from tasks.alerting import follow_up, pass_on, raise_urgent_report, respond
from tasks.calling import record_call
from tasks.handling import waive
from tasks.retelling import CaseTold, tell_case, tell_cases
from tasks.sweeping import sweep
from tests.cast import DONGAN, LINJIANG, OPERATOR, PROVINCE, SHIQIAO, beijing, import_cast, officer
from tests.looking import the_one

NIGHT = beijing("2020-03-14 22:40")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def report(
    severity: Severity = Severity.SERIOUS, office: str = DONGAN, *, occurred: int = -50, learned: int = -40
) -> int:
    return raise_urgent_report.fn(
        office, "扶贫车间火灾", "正在处置。", severity, actor=officer(office), now=NIGHT,
        occurred_at=NIGHT + timedelta(minutes=occurred), learned_at=NIGHT + timedelta(minutes=learned),
    ).case_id  # fmt: skip


def told(case: int, minutes: float) -> CaseTold:
    return tell_case.fn(case, now=NIGHT + timedelta(minutes=minutes))


def steps(case: int, minutes: float) -> list[tuple[str, int, int]]:
    return [(each.kind, each.took_minutes, each.late_minutes) for each in told(case, minutes).steps]


def test_it_tells_of_every_hop_how_long_it_took_and_how_late_it_was(database: str) -> None:
    case = report()
    number = the_one("respond", LINJIANG).id or 0
    record_call.fn(
        number, "郑一", actor=OPERATOR, now=NIGHT + timedelta(minutes=1), called_at=NIGHT - timedelta(minutes=20)
    )
    respond.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=12))
    pass_on.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=70))
    respond.fn(case, PROVINCE, actor=OPERATOR, now=NIGHT + timedelta(minutes=90))
    assert steps(case, 200) == [
        ("learn", 10, 0),
        ("telephone", 20, 5),  # due 15 minutes after it was learned of
        ("written", 40, 10),  # 30 minutes after it was learned of
        ("written_since_event", 50, 20),
        ("respond", 12, 0),
        ("pass_on", 70, 10),
        ("respond", 20, 5),
        ("state_council", 130, 70),  # open: an hour after the province was told, or 4 hours from the event
    ]
    pass_on.fn(case, PROVINCE, actor=OPERATOR, now=NIGHT + timedelta(minutes=210))
    assert steps(case, 999)[-1] == ("state_council", 140, 80), "the operator has recorded it"


def test_it_never_gives_the_state_council_more_than_four_hours_from_the_event() -> None:
    report(office=LINJIANG, occurred=-200, learned=-190)
    assert the_one("pass_on", PROVINCE).due_at == NIGHT + timedelta(minutes=40)


def test_it_is_computed_as_of_any_instant_and_never_stored() -> None:
    case = report(Severity.RELATIVELY_SERIOUS)
    assert steps(case, 29)[3:] == [("respond", 29, 0), ("pass_on", 29, 0)]
    assert steps(case, 45)[3:] == [("respond", 45, 15), ("pass_on", 45, 0)]
    assert "尚未办理，已 45 分钟，已逾期 15 分钟" in told(case, 45).steps[3].words
    assert "应于2020年3月14日（星期六）23时10分前" in told(case, 29).steps[3].words


def test_it_counts_a_begun_minute() -> None:
    case = report(Severity.RELATIVELY_SERIOUS)
    respond.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=30, seconds=1))
    assert steps(case, 99)[3] == ("respond", 31, 1)


def test_it_blames_nobody_for_what_was_waived() -> None:
    case = report(Severity.RELATIVELY_SERIOUS)
    waive.fn(the_one("pass_on", LINJIANG).id or 0, "误报", actor=OPERATOR, now=NIGHT + timedelta(minutes=90))
    (step,) = [each for each in told(case, 99).steps if each.kind == "pass_on"]
    assert (step.late_minutes, step.words) == (0, "不再要求")


def test_it_tells_the_reports_and_follow_ups_of_a_case(database: str) -> None:
    case = report(Severity.RELATIVELY_SERIOUS)
    sweep.fn(now=beijing("2020-03-15 08:00"), urgent_only=True)
    follow_up.fn(case, "火势已控制。", actor=officer(DONGAN), now=beijing("2020-03-15 08:12"))
    found = tell_case.fn(case, now=beijing("2020-03-15 09:00"))
    assert [(each.seq, each.label, each.text) for each in found.reports] == [
        (1, "首报", "正在处置。"), (2, "续报", "火势已控制。"),
    ]  # fmt: skip
    assert [(each.label, each.late_minutes) for each in found.follow_ups] == [("已完成", 12), ("待办", 0), ("待办", 0)]
    assert found.closed_at is None


def test_it_lists_the_cases_that_have_no_final_report() -> None:
    first, second = report(), report(office=SHIQIAO)
    follow_up.fn(first, "误报。", actor=officer(DONGAN), now=NIGHT, final=True)
    assert [each.case_id for each in tell_cases.fn(now=NIGHT, only_open=True)] == [second]
    assert [each.case_id for each in tell_cases.fn(now=NIGHT)] == [first, second]
    with pytest.raises(Refused, match="没有编号为 99 的紧急信息"):
        tell_case.fn(99, now=NIGHT)
