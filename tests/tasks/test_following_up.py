"""Follow-ups of urgent reports: owed at their hours every day, until the final one; every level hears of each."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from domain.errors import Refused
from domain.statuses import ObligationKind, Status
from domain.urgent import Severity
from models.circular import NextPeriod, Requirement
from models.obligation import UrgentReport
from tasks.alerting import follow_up, pass_on, raise_urgent_report, respond
from tasks.auditing import verify_audit
from tasks.delivering import deliver
from tasks.sweeping import sweep
from tests.cast import DONGAN, LINJIANG, OPERATOR, PROVINCE, beijing, import_cast, officer
from tests.looking import code_of, firings, owed, rows, the_one
from tests.tasks.stage import deliveries, items_of, notices, sweep_until

#: A Saturday night: the next days are rest days, then working days.
NIGHT = beijing("2020-03-14 22:40")
SUNDAY_MORNING, SUNDAY_EVENING = beijing("2020-03-15 08:00"), beijing("2020-03-15 17:00")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def report(severity: Severity = Severity.RELATIVELY_SERIOUS, *, now: datetime = NIGHT, office: str = DONGAN) -> int:
    return raise_urgent_report.fn(
        office, "扶贫车间火灾", "正在处置。", severity, actor=officer(office), now=now,
        occurred_at=now - timedelta(minutes=20), learned_at=now - timedelta(minutes=15),
    ).case_id  # fmt: skip


def hand_in(case: int, now: datetime, *, final: bool = False) -> str:
    return follow_up.fn(case, "火势已控制。", actor=officer(DONGAN), now=now, final=final)


def follow_ups(status: Status | None = None) -> list[datetime]:
    """When the follow-ups owed are due, in order."""
    found = [each for each in owed(ObligationKind.FOLLOW_UP) if status in (None, each.status)]
    return sorted(each.due_at for each in found if each.due_at is not None)


def sweep_at(now: datetime) -> None:
    sweep.fn(now=now, urgent_only=True)


# ---------------------------------------------------------------- what is owed, and when


@pytest.mark.parametrize("severity", list(Severity))
def test_it_owes_a_follow_up_by_each_hour_of_its_severity_on_rest_days_too(severity: Severity) -> None:
    report(severity)
    wanted = [SUNDAY_EVENING] if severity is Severity.ORDINARY else [SUNDAY_MORNING, SUNDAY_EVENING]
    assert follow_ups() == wanted
    assert {code_of(each.office_id) for each in owed("follow_up")} == {DONGAN}
    assert {each.grade for each in owed("follow_up")} == {severity}


@pytest.mark.parametrize(
    ("raised", "first"),
    [
        ("2020-03-14 07:59", ["2020-03-14 08:00", "2020-03-14 17:00"]),
        ("2020-03-14 08:00", ["2020-03-14 17:00", "2020-03-15 08:00"]),
        ("2020-03-14 17:00", ["2020-03-15 08:00", "2020-03-15 17:00"]),
        ("2020-03-14 23:59", ["2020-03-15 08:00", "2020-03-15 17:00"]),
    ],
)
def test_it_begins_with_the_first_hours_after_it_was_raised(raised: str, first: list[str]) -> None:
    report(now=beijing(raised))
    assert follow_ups() == [beijing(each) for each in first]


def test_it_makes_the_next_one_when_one_is_due(database: str) -> None:
    report()
    sweep_at(SUNDAY_MORNING - timedelta(minutes=1))
    assert follow_ups() == [SUNDAY_MORNING, SUNDAY_EVENING]
    sweep_at(SUNDAY_MORNING)
    sweep_at(SUNDAY_MORNING)
    assert follow_ups() == [SUNDAY_MORNING, SUNDAY_EVENING, SUNDAY_MORNING + timedelta(days=1)]


def test_it_makes_those_missed_in_an_outage_and_tells_each_recipient_once(database: str) -> None:
    report()
    respond.fn(1, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=5))
    pass_on.fn(1, LINJIANG, actor=officer(LINJIANG), now=NIGHT + timedelta(minutes=6))
    respond.fn(1, PROVINCE, actor=OPERATOR, now=NIGHT + timedelta(minutes=7))
    deliver.fn(now=NIGHT + timedelta(minutes=8))
    before = len(deliveries())
    back = SUNDAY_MORNING + timedelta(days=3, minutes=5)
    sweep_at(back)
    assert len(follow_ups()) == 9, "the mornings of 15 to 19 March and the evenings of 15 to 18, the next ones included"
    deliver.fn(now=back)
    told = deliveries()[before:]
    assert [each.address for each in told] == ["officer.230102@example.org"], "one message, and no superior yet"
    later = back + timedelta(minutes=20)
    sweep_at(later)
    deliver.fn(now=later)
    addresses = [each.address for each in deliveries()[before + 1 :]]
    assert sorted(addresses) == ["head.230100@example.org", "officer.230100@example.org"], (
        "once the office itself was told"
    )


def test_it_reminds_then_calls_then_tells_the_superior() -> None:
    report()
    sweep_until(NIGHT, SUNDAY_MORNING + timedelta(hours=3), mails=True)
    told = [(each.rung, each.role, each.call_list) for each in firings(owed("follow_up")[0])]
    assert told == [
        ("due-30m", "duty", False), ("due+0m", "duty", True), ("due+30m", "officer", True), ("due+120m", "head", False),
    ]  # fmt: skip


def test_it_never_stops_asking_while_nobody_follows_up() -> None:
    report()
    sweep_at(NIGHT + timedelta(days=30))
    assert len(follow_ups(Status.PENDING)) == 30 * 2 + 2


# ---------------------------------------------------------------- what a follow-up fulfils


def test_it_fulfils_the_one_due_next_and_no_later_one() -> None:
    case = report()
    hand_in(case, SUNDAY_MORNING - timedelta(hours=1))
    hand_in(case, SUNDAY_MORNING - timedelta(minutes=10))
    assert follow_ups(Status.ACCEPTED) == [SUNDAY_MORNING]
    assert follow_ups(Status.PENDING) == [SUNDAY_EVENING]


def test_it_fulfils_all_that_are_overdue_and_then_not_the_next() -> None:
    case = report()
    sweep_at(SUNDAY_EVENING + timedelta(minutes=5))
    hand_in(case, SUNDAY_EVENING + timedelta(minutes=10))
    assert follow_ups(Status.ACCEPTED) == [SUNDAY_MORNING, SUNDAY_EVENING]
    assert len(follow_ups(Status.PENDING)) == 2


def test_it_quietens_what_it_fulfils() -> None:
    case = report()
    hand_in(case, SUNDAY_MORNING - timedelta(hours=1))
    sweep_at(SUNDAY_MORNING + timedelta(minutes=40))
    (morning, *_) = owed("follow_up")
    assert firings(morning) == []


def test_it_ends_with_the_final_report(database: str) -> None:
    case = report()
    sweep_at(SUNDAY_MORNING)
    hand_in(case, SUNDAY_MORNING + timedelta(minutes=5), final=True)
    assert follow_ups(Status.ACCEPTED) == [SUNDAY_MORNING]
    assert len(follow_ups(Status.WITHDRAWN)) == 2, "the rest is withdrawn"
    assert not rows(NextPeriod)
    count = len(firings())
    sweep_at(SUNDAY_MORNING + timedelta(days=3))
    assert [each for each in firings()[count:] if each.obligation_id in {o.id for o in owed("follow_up")}] == []
    assert verify_audit.fn().whole


def test_it_does_not_count_its_requirements_among_those_of_circulars() -> None:
    report()
    assert [(each.case_id, each.circular_id, each.rrule) for each in rows(Requirement)] == [
        (1, None, "FREQ=DAILY"), (1, None, "FREQ=DAILY"),
    ]  # fmt: skip
    sweep.fn(now=SUNDAY_MORNING)
    assert len(follow_ups()) == 3, "the full sweep looks after them too"


def test_it_numbers_two_follow_ups_that_come_at_the_same_moment(database: str) -> None:
    case, start, failed = report(), threading.Barrier(2), list[BaseException]()

    def go() -> None:
        start.wait()
        try:
            hand_in(case, SUNDAY_MORNING - timedelta(minutes=5))
        except BaseException as error:  # noqa: BLE001  shown below
            failed.append(error)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [each.seq for each in rows(UrgentReport)] == [1, 2, 3]
    assert follow_ups(Status.ACCEPTED) == [SUNDAY_MORNING]


# ---------------------------------------------------------------- who hears of it


def test_it_tells_every_level_that_has_the_case_at_night_in_one_thread(database: str) -> None:
    case = report()
    sweep_at(NIGHT + timedelta(minutes=30))
    deliver.fn(now=NIGHT + timedelta(minutes=30))
    hand_in(case, NIGHT + timedelta(minutes=40))
    hand_in(case, NIGHT + timedelta(minutes=50), final=True)
    deliver.fn(now=NIGHT + timedelta(minutes=51))
    told = [each for each in firings() if each.kind in ("urgent_follow_up", "urgent_final")]
    assert [(code_of(each.office_id), each.kind, each.repeat, each.urgency_tag) for each in told] == [
        (LINJIANG, "urgent_follow_up", 2, "紧急"), (PROVINCE, "urgent_follow_up", 2, "紧急"),
        (LINJIANG, "urgent_final", 3, "紧急"), (PROVINCE, "urgent_final", 3, "紧急"),
    ]  # fmt: skip
    sent = {each.notice_id: each for each in deliveries()}
    ours = [notices()[number] for number, each in sent.items() if each.address == "duty.230100@example.org"]
    assert [each.kind for each in ours] == ["urgent_report", "urgent_follow_up", "urgent_final"]
    assert len({each.thread for each in ours}) == 1
    assert all(len(items_of(each.id or 0)) == 1 for each in ours), "they never merge"


def test_it_tells_whoever_only_had_a_copy(database: str) -> None:
    case = report(Severity.SERIOUS)
    hand_in(case, NIGHT + timedelta(minutes=5))
    told = [code_of(each.office_id) for each in firings() if each.kind == "urgent_follow_up"]
    assert sorted(told) == sorted([LINJIANG, PROVINCE])


def test_it_refuses_a_follow_up_after_the_final_report() -> None:
    case = report()
    hand_in(case, NIGHT + timedelta(minutes=5), final=True)
    with pytest.raises(Refused, match="终报，不能再续报"):
        hand_in(case, NIGHT + timedelta(minutes=6))
    assert the_one("respond", LINJIANG).status is Status.PENDING, "nobody may have seen it yet"
