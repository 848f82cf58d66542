"""What reaches nobody, because no office has an address up the whole chain: it is counted, recorded, and waits."""

from __future__ import annotations

import pytest
from sqlmodel import col

from domain.statuses import Status
from flows.words import sweep_line
from models.notice import Firing, FiringRecipient, FiringState
from tasks.handling import receive
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
from tests.tasks.stage import use

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
