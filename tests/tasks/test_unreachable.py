"""What reaches nobody, because no office has an address up the whole chain: it is counted, recorded, and waits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import col

from domain.statuses import Status
from domain.urgent import Severity
from flows.words import sweep_line
from models.notice import Firing, FiringRecipient, FiringState
from tasks.alerting import raise_urgent_report
from tasks.checking import Finding, check_installation
from tasks.forwarding import recall_forwarding
from tasks.handling import receive
from tasks.holding import suspend
from tasks.rostering import import_roster
from tasks.sweeping import sweep
from tests.cast import (
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    PROVINCE,
    ROSTER_CSV,
    beijing,
    forward_cover,
    import_cast,
    register_pair,
)
from tests.looking import entries, firings, rows, the_one
from tests.tasks.stage import sweep_until, use

LEFT = beijing("2020-02-14 09:30")
REMINDED = beijing("2020-02-14 13:41")
LATER = beijing("2020-02-17 09:16")


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    use(monkeypatch, operators_address="")


def set_out_without(*gone: str) -> None:
    """Set out with a roster in which these offices, and the operators, have no contacts."""
    lines = ROSTER_CSV.splitlines()
    for number, line in enumerate(lines):
        if line.split(",")[0] in gone:
            lines[number] = ",".join([*line.split(",")[:6], "", "", "", ""])
    text = "\n".join(dict.fromkeys(lines)) + "\n"
    import_roster.fn(text.encode(), "r.csv", actor=OPERATOR, now=beijing("2020-02-13 09:00"))
    register_pair(LEFT)
    forward_cover(LEFT)


def people(firing: Firing) -> list[str]:
    return [each.address for each in rows(FiringRecipient, col(FiringRecipient.firing_id) == firing.id)]


def test_it_counts_records_and_keeps_what_reaches_nobody(database: str) -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    done = sweep.fn(now=REMINDED)
    assert (done.unreachable, done.fired) == (2, 6), "东岸区 and 临江市; all the others are reminded"
    assert "无处可送 2 件" in sweep_line(done)
    (firing,) = firings(the_one("receipt", DONGAN), rung="issued+4h")
    assert (firing.state, people(firing)) == (FiringState.UNREACHABLE, [])
    recorded = [payload for _, payload in entries("firing.fired") if payload["firing"] == firing.id]
    assert [each["state"] for each in recorded] == ["unreachable"]
    assert len(firings(rung="alarm:alarm", state=FiringState.UNREACHABLE)) == 1, "it waits for an operator's address"
    assert sweep.fn(now=REMINDED).unreachable == 0, "the key holds: it is counted once"


def test_it_tells_them_all_as_soon_as_the_roster_has_addresses(
    database: str,
) -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    sweep.fn(now=REMINDED)
    assert sweep.fn(now=beijing("2020-02-14 13:56")).reached == 0
    import_cast(beijing("2020-02-14 14:00"))
    done = sweep.fn(now=beijing("2020-02-14 14:11"))
    assert done.reached == 5, "two circulars, two reminders, the alarm"
    (firing,) = firings(the_one("receipt", DONGAN), rung="issued+4h")
    assert (firing.state, people(firing)) == (FiringState.OPEN, ["officer.230102@example.org"])
    assert not firings(state=FiringState.UNREACHABLE)
    assert sweep.fn(now=beijing("2020-02-14 14:26")).reached == 0
    assert sum(len(payload["firings"]) for _, payload in entries("firing.reached")) == 5


def test_it_withdraws_what_has_ended_before_anybody_could_be_told() -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    sweep.fn(now=REMINDED)
    receive.fn(COVER, DONGAN, actor=OPERATOR, now=REMINDED)
    assert the_one("receipt", DONGAN).status is Status.ACCEPTED
    import_cast(REMINDED)
    sweep.fn(now=beijing("2020-02-14 13:56"))
    (firing,) = firings(the_one("receipt", DONGAN), rung="issued+4h")
    assert (firing.state, people(firing)) == (FiringState.WITHDRAWN, [])


def test_it_tells_the_superior_first_and_the_operators_last(monkeypatch: pytest.MonkeyPatch) -> None:
    set_out_without(DONGAN, LINJIANG)
    assert sweep.fn(now=REMINDED).unreachable == 0
    (firing,) = firings(the_one("receipt", DONGAN), rung="issued+4h")
    assert people(firing) == ["officer.230000@example.org"]
    assert "告知上级江北省扶贫开发领导小组办公室" in firing.why


def test_it_tells_the_operators_where_no_office_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, operators_address="operators@example.org")
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    assert sweep.fn(now=REMINDED).unreachable == 0
    (firing,) = firings(the_one("receipt", DONGAN), rung="issued+4h")
    assert people(firing) == ["operators@example.org"]


# ---------------------------------------------------------------- the check


def unreachable(now: datetime) -> Finding | None:
    health = check_installation.fn(now=now)
    assert "unreachable" in health.looked_at
    return next((each for each in health.findings if each.name == "unreachable"), None)


def test_the_check_names_the_offices_that_wait_for_an_address(database: str) -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    sweep.fn(now=REMINDED)
    finding = unreachable(REMINDED)
    assert finding is not None
    assert (finding.level, finding.count, finding.at_any_hour) == ("error", 5, False)
    assert finding.examples == (
        "东岸区扶贫开发领导小组办公室（经办人）2 件，自2020年2月14日（星期五）9时30分起",
        "临江市扶贫开发领导小组办公室（经办人）2 件，自2020年2月14日（星期五）9时30分起",
        "江北省扶贫开发领导小组办公室（值守人员）1 件，自2020年2月14日（星期五）13时41分起",
    )
    assert "补上邮箱" in finding.what_to_do
    assert "duban roster substitute" in finding.what_to_do


def test_the_check_forgets_nobody_however_long_ago(sqlite: str) -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    finding = unreachable(LEFT + timedelta(days=300))
    assert finding is not None
    assert finding.count == 2, "the two circulars: unlike a reminder they are not over"


def test_the_check_is_content_once_an_address_was_added_and_swept(database: str) -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    sweep.fn(now=REMINDED)
    import_cast(REMINDED)
    assert unreachable(REMINDED) is not None, "an address alone tells nobody"
    sweep.fn(now=beijing("2020-02-14 13:56"))
    assert unreachable(beijing("2020-02-14 13:56")) is None


def test_the_check_leaves_out_what_nobody_will_be_told_any_more(database: str) -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    sweep.fn(now=REMINDED)
    receive.fn(COVER, DONGAN, actor=OPERATOR, now=REMINDED)
    finding = unreachable(REMINDED)
    assert finding is not None
    assert finding.count == 5, "the reminder to 东岸区 is over, the circular is not, and a confirmation has come"
    recall_forwarding.fn(COVER, "发错", actor=OPERATOR, now=REMINDED)
    finding = unreachable(REMINDED)
    assert finding is not None
    assert [each.partition("，")[0] for each in finding.examples] == [
        "东岸区扶贫开发领导小组办公室（经办人）1 件",  # the confirmation of its receipt
        "江北省扶贫开发领导小组办公室（值守人员）1 件",
    ]


def test_the_check_agrees_with_what_the_sweep_will_tell(database: str) -> None:
    """Whatever the check counts is told with the first sweep that has an address, and nothing else is."""
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    sweep_until(LEFT, beijing("2020-03-12 10:00"))
    receive.fn(COVER, DONGAN, actor=OPERATOR, now=beijing("2020-03-12 10:00"))
    march = the_one("report", LINJIANG, period="2020-03-05")
    suspend.fn(march.id or 0, "停办", actor=OPERATOR, now=beijing("2020-03-12 10:00"))
    finding = unreachable(beijing("2020-03-12 10:00"))
    import_cast(beijing("2020-03-12 10:01"))
    assert finding is not None
    assert finding.count == sweep.fn(now=beijing("2020-03-12 10:01")).reached


def test_the_check_rings_at_any_hour_for_an_urgent_report(sqlite: str) -> None:
    set_out_without(DONGAN, LINJIANG, PROVINCE)
    night = beijing("2020-02-15 02:10")
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.SERIOUS, occurred_at=night, learned_at=night, actor=OPERATOR, now=night
    )
    finding = unreachable(night)
    assert finding is not None
    assert finding.at_any_hour
    assert finding.examples[0].startswith("临江市")
