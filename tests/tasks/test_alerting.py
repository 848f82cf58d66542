"""Urgent reports: told at once at any hour, answered and passed on level by level, climbing where nobody answers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.errors import Refused
from domain.statuses import ObligationKind, Status
from domain.urgent import Severity
from models.notice import FiringState
from models.obligation import UrgentCase, UrgentReport
from tasks.alerting import Raised, follow_up, pass_on, raise_urgent_report, respond
from tasks.auditing import audit_head, verify_audit
from tasks.delivering import deliver
from tasks.sweeping import sweep
from tests.cast import (
    BEILING,
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    QINGPING,
    STATE_COUNCIL,
    WANGCHUAN,
    beijing,
    import_cast,
    officer,
)
from tests.looking import code_of, deliveries, entries, firings, owed, rows, the_one, wake_of

#: A Saturday night.
NIGHT = beijing("2020-03-14 22:40")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def report(
    office: str = DONGAN, severity: Severity = Severity.RELATIVELY_SERIOUS, *, now: datetime = NIGHT,
    reference: str = "", occurred_at: datetime | None = None, title: str = "扶贫车间火灾",
) -> Raised:  # fmt: skip
    return raise_urgent_report.fn(
        office, title, "现场正在处置，联系电话 13812345678。", severity, actor=officer(office), now=now,
        occurred_at=occurred_at or NIGHT - timedelta(minutes=20), learned_at=NIGHT - timedelta(minutes=15),
        reference=reference,
    )  # fmt: skip


def sweep_at(minutes: int) -> int:
    return sweep.fn(now=NIGHT + timedelta(minutes=minutes), urgent_only=True).passed_on


def told() -> list[tuple[str, str]]:
    """The offices told by a rung, and by which, in order."""
    return [(code_of(each.office_id), each.rung) for each in firings(state=FiringState.OPEN)]


def test_it_lets_the_superior_know_at_once_at_night(database: str) -> None:
    done = report()
    assert (done.is_new, done.superior) == (True, "临江市扶贫开发领导小组办公室")
    assert "2020年3月14日（星期六）23时10分" in done.respond_by
    answer, passing = the_one("respond", LINJIANG), the_one("pass_on", LINJIANG)
    assert (answer.due_at, passing.due_at) == (NIGHT + timedelta(minutes=30), NIGHT + timedelta(minutes=60))
    (firing,) = firings()
    assert (firing.kind, firing.role, firing.urgency_tag) == ("urgent_report", "duty", "紧急")
    assert (firing.not_before, firing.call_list) == (NIGHT, True)
    wakes = [wake_of(answer), wake_of(passing)]
    assert all(each is not None and each.urgent for each in wakes)
    assert deliver.fn(now=NIGHT).accepted == 1
    assert [each.address for each in deliveries()] == ["duty.230100@example.org"]


@pytest.mark.parametrize(
    ("severity", "respond_minutes", "pass_minutes"),
    [
        (Severity.PARTICULARLY_SERIOUS, 15, 60),
        (Severity.SERIOUS, 15, 60),
        (Severity.RELATIVELY_SERIOUS, 30, 60),
        (Severity.ORDINARY, 60, 120),
    ],
)
def test_it_gives_each_severity_its_time(severity: Severity, respond_minutes: int, pass_minutes: int) -> None:
    report(severity=severity)
    assert the_one("respond", LINJIANG).due_at == NIGHT + timedelta(minutes=respond_minutes)
    assert the_one("pass_on", LINJIANG).due_at == NIGHT + timedelta(minutes=pass_minutes)


@pytest.mark.parametrize("severity", list(Severity))
def test_it_copies_the_two_highest_severities_to_the_level_above(severity: Severity) -> None:
    report(severity=severity)
    copies = [each for each in firings() if each.rung == "act:urgent_report"]
    assert [code_of(each.office_id) for each in copies] == ([PROVINCE] if severity.copies_the_level_above else [])
    assert not owed("respond", PROVINCE), "a copy is owed nothing by"


def test_it_changes_nothing_when_the_same_reference_comes_again(database: str) -> None:
    first = report(reference="东岸-1")
    before = audit_head.fn()
    again = report(reference="东岸-1", now=NIGHT + timedelta(minutes=1))
    assert (again.is_new, again.case_id) == (False, first.case_id)
    assert "未重复发送" in again.message
    assert audit_head.fn() == before
    assert (len(rows(UrgentCase)), len(firings())) == (1, 1)


def test_it_knows_the_same_event_without_a_reference_in_whatever_zone_its_time_is_told() -> None:
    at = NIGHT - timedelta(minutes=20)
    first = report(occurred_at=at.astimezone(UTC))
    assert report(occurred_at=at.astimezone(timezone(timedelta(hours=8)))).case_id == first.case_id
    assert report(title="另一起火灾").is_new


def test_it_opens_one_case_when_an_event_is_reported_twice_at_the_same_moment(database: str) -> None:
    start, done, failed = threading.Barrier(2), list[bool](), list[BaseException]()

    def go() -> None:
        start.wait()
        try:
            done.append(report(reference="东岸-1").is_new)
        except BaseException as error:  # noqa: BLE001  shown below
            failed.append(error)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(done), failed) == ([False, True], [])
    assert (len(rows(UrgentReport)), len(firings())) == (1, 1)
    assert verify_audit.fn().whole


def test_it_climbs_when_nobody_answers(database: str) -> None:
    report()
    assert sweep_at(29) == 0
    assert sweep_at(30) == 1
    answer = the_one("respond", PROVINCE)
    assert answer.due_at == NIGHT + timedelta(minutes=60)
    assert not owed("pass_on", PROVINCE), "below the two highest severities nothing goes further up"
    assert (LINJIANG, "issued+0m") in told()
    assert (PROVINCE, "issued+0m") in told(), "the next level is told itself"
    ((_, climbed),) = entries("urgent.climbed")
    assert (climbed["from"], climbed["to"]) == (LINJIANG, PROVINCE)
    for minutes in (60, 61, 75, 90, 120, 121, 300):
        assert sweep_at(minutes) == 0, "nobody stands above us"
    assert (PROVINCE, "due+30m") in told(), "our own head, at twice the limit"
    assert not any(code == STATE_COUNCIL for code, _ in told())
    assert verify_audit.fn().whole


def test_it_rests_when_the_first_level_answers_and_passes_on_in_time(database: str) -> None:
    case = report().case_id
    assert "回应" in respond.fn(case, "临江市", actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=12))
    assert the_one("respond", LINJIANG).status is Status.ACCEPTED
    assert wake_of(the_one("respond", LINJIANG)) is None
    assert sweep_at(31) == 0
    said = pass_on.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=40))
    assert "续转江北省扶贫开发领导小组办公室" in said
    assert the_one("respond", PROVINCE).issued_at == NIGHT + timedelta(minutes=40)
    assert sweep_at(61) == 0


def test_it_climbs_when_a_level_answers_but_does_not_pass_on() -> None:
    case = report().case_id
    respond.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=12))
    assert sweep_at(60) == 1
    assert the_one("respond", PROVINCE).status is Status.PENDING


def test_it_does_not_climb_twice_to_a_level_that_has_the_case() -> None:
    case = report().case_id
    sweep_at(30)
    pass_on.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=35))
    assert len(owed("respond", PROVINCE)) == 1


def test_it_takes_the_first_response_and_refuses_others() -> None:
    case = report().case_id
    respond.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=5))
    with pytest.raises(Refused, match="当前为“已完成”"):
        respond.fn(case, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=6))
    assert the_one("respond", LINJIANG).ended_at == NIGHT + timedelta(minutes=5)
    with pytest.raises(Refused, match="目前不需要望川市"):
        respond.fn(case, WANGCHUAN, actor=officer(WANGCHUAN), now=NIGHT)
    with pytest.raises(Refused, match="没有编号为 99 的紧急信息"):
        respond.fn(99, LINJIANG, actor=officer(LINJIANG), now=NIGHT)


def test_it_never_reports_our_own_office_outside() -> None:
    with pytest.raises(Refused, match="向外报送须由人工办理"):
        report(PROVINCE)
    with pytest.raises(Refused, match="向外报送须由人工办理"):
        report(STATE_COUNCIL)
    case = report(LINJIANG, Severity.SERIOUS).case_id
    assert the_one("pass_on", PROVINCE).status is Status.PENDING, "a person's act"
    before = len(firings())
    pass_on.fn(case, PROVINCE, actor=OPERATOR, now=NIGHT + timedelta(minutes=10))
    assert len(firings()) == before
    assert not owed("respond", STATE_COUNCIL)


def test_it_tells_our_head_and_the_operators_where_we_ourselves_do_not_answer() -> None:
    report(LINJIANG, Severity.SERIOUS)
    sweep_at(15)
    late = [each for each in firings(the_one("respond", PROVINCE)) if each.rung == "due+0m"]
    assert {(code_of(each.office_id), each.role) for each in late} == {(PROVINCE, "head"), (PROVINCE, "operators")}


def test_it_reaches_a_superior_without_a_duty_desk_by_its_officer() -> None:
    report(QINGPING)
    deliver.fn(now=NIGHT)
    assert [each.address for each in deliveries()] == ["officer.230200@example.org"]


def test_it_takes_reports_of_an_office_that_has_no_address_itself() -> None:
    assert report(BEILING).superior == "望川市扶贫开发领导小组办公室"


def test_it_adds_follow_ups_until_the_final_report_closes_the_case(database: str) -> None:
    case = report().case_id
    later = NIGHT + timedelta(hours=1)
    assert "第 2 次报告（续报）" in follow_up.fn(case, "火势已控制。", actor=officer(DONGAN), now=later)
    final = NIGHT + timedelta(hours=9)
    assert "（终报）" in follow_up.fn(case, "明火已扑灭。", actor=officer(DONGAN), now=final, final=True)
    (stored,) = rows(UrgentCase)
    assert stored.closed_at == final
    assert [(each.seq, each.kind) for each in rows(UrgentReport)] == [(1, "initial"), (2, "follow_up"), (3, "final")]
    with pytest.raises(Refused, match="终报，不能再续报"):
        follow_up.fn(case, "补充。", actor=officer(DONGAN), now=final)


def test_it_still_wants_an_answer_after_the_final_report() -> None:
    case = report().case_id
    follow_up.fn(case, "误报。", actor=officer(DONGAN), now=NIGHT + timedelta(minutes=10), final=True)
    assert the_one("respond", LINJIANG).status is Status.PENDING, "nobody has seen it yet"


@pytest.mark.parametrize(
    ("title", "text", "occurred", "learned", "words"),
    [
        (" ", "正文", -20, -15, "都不能为空"),
        ("火灾", "\n", -20, -15, "都不能为空"),
        ("火灾", "正文", -15, -20, "不能早于发生时间"),
        ("火灾", "正文", -20, 1, "不能晚于现在"),
    ],
)
def test_it_refuses_what_makes_no_sense(title: str, text: str, occurred: int, learned: int, words: str) -> None:
    with pytest.raises(Refused, match=words):
        raise_urgent_report.fn(
            DONGAN, title, text, Severity.ORDINARY, actor=officer(DONGAN), now=NIGHT,
            occurred_at=NIGHT + timedelta(minutes=occurred), learned_at=NIGHT + timedelta(minutes=learned),
        )  # fmt: skip
    assert not rows(UrgentCase)


def test_it_refuses_an_empty_follow_up_and_an_unknown_office() -> None:
    case = report().case_id
    with pytest.raises(Refused, match="不能为空"):
        follow_up.fn(case, " ", actor=officer(DONGAN), now=NIGHT)
    with pytest.raises(Refused, match="名册中没有"):
        report("东风农场")
    assert [each.kind for each in owed(ObligationKind.RESPOND)] == [ObligationKind.RESPOND]
