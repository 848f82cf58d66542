"""What every act does: one wins, the ladder rests, what has not gone out is withdrawn, a message is one firing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from domain.offices import Audience
from domain.statuses import Act, IllegalTransition, Status
from models.acting import SomebodyWasFaster, fire, firing_row, move, rest, sound, tell, wake, withdraw_unsent
from models.installation import installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState
from models.obligation import Obligation
from models.session import Transaction, transaction
from tasks import delivering
from tests.cast import (
    BEILING,
    COVER,
    DONGAN,
    LINJIANG,
    OPERATOR,
    beijing,
    forward_cover,
    import_cast,
    register_pair,
)
from tests.looking import again, deliveries, entries, firings, rows, the_one, wake_of

NOW = beijing("2020-02-14 09:30")
LEFT = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    register_pair(beijing("2020-02-13 14:00"))
    forward_cover(NOW)


def doing(act: Callable[[Transaction, Obligation], Any], office: str = LINJIANG) -> Any:
    """Do something to an office's receipt in a transaction of its own."""
    with transaction(OPERATOR, LEFT) as work:
        return act(work, work.session.get_one(Obligation, the_one("receipt", office, COVER).id))


def remind(office: str = LINJIANG, rung: str = "issued+4h") -> int:
    """Fire a rung for an office's officer."""

    def act(work: Transaction, receipt: Obligation) -> int:
        view = installation(work.session).view
        row = firing_row(
            view, view.roster.audience(office, Audience.OFFICER, LEFT), "receipt_reminder", rung=rung, at=LEFT,
            now=LEFT,
            not_before=LEFT, obligation_id=receipt.id, audience="officer",
        )  # fmt: skip
        return len(fire(work, [row]))

    return int(doing(act, office))


def set_delivery(state: DeliveryState, address: str) -> None:
    with transaction(OPERATOR, LEFT) as work:
        work.session.execute(update(Delivery).where(col(Delivery.address) == address).values(state=state))


def test_it_moves_status_version_and_end_together(database: str) -> None:
    doing(lambda work, receipt: move(work, receipt, Act.RECEIVE))
    after = the_one("receipt", LINJIANG, COVER)
    assert (after.status, after.version, after.ended_at) == (Status.ACCEPTED, 2, LEFT)


def test_it_lets_nobody_overwrite_an_act_that_committed_first(database: str) -> None:
    stale = the_one("receipt", LINJIANG, COVER)
    doing(lambda work, receipt: move(work, receipt, Act.RECEIVE))
    with pytest.raises(SomebodyWasFaster, match="已被他人处理"), transaction(OPERATOR, LEFT) as work:
        move(work, work.session.merge(stale, load=False), Act.WAIVE)
    assert again(stale).status is Status.ACCEPTED


def test_it_leaves_nothing_of_an_act_that_is_not_allowed() -> None:
    with pytest.raises(IllegalTransition):
        doing(lambda work, receipt: move(work, receipt, Act.SUBMIT))
    assert the_one("receipt", LINJIANG, COVER).version == 1


def test_it_keeps_one_wake_up_for_each_obligation() -> None:
    receipt = the_one("receipt", LINJIANG, COVER)
    for hours in (1, 2):
        doing(lambda work, owed, hours=hours: wake(work.session, owed, LEFT + timedelta(hours=hours)))  # type: ignore[misc]
    found = wake_of(receipt)
    assert found is not None
    assert found.wake_at == LEFT + timedelta(hours=2)
    doing(lambda work, owed: wake(work.session, owed, None))
    assert wake_of(receipt) is None


def test_it_puts_the_ladder_to_rest_and_leaves_acts_alone(database: str) -> None:
    assert remind() == 1
    doing(lambda work, receipt: rest(work.session, [receipt.id or 0]))
    receipt = the_one("receipt", LINJIANG, COVER)
    assert wake_of(receipt) is None
    assert {each.rung: each.state for each in firings(receipt)} == {
        "act:circular": FiringState.OPEN, "issued+4h": FiringState.WITHDRAWN
    }  # fmt: skip
    assert wake_of(the_one("receipt", DONGAN, COVER)) is not None


def test_it_withdraws_acts_too_where_told_so() -> None:
    doing(lambda work, receipt: withdraw_unsent(work.session, [receipt.id or 0], acts_too=True))
    assert {each.state for each in firings(the_one("receipt", LINJIANG, COVER))} == {FiringState.WITHDRAWN}


def test_it_withdraws_a_delivery_with_its_last_item_only(database: str) -> None:
    # Two offices share an address: Beiling has none, and its superior's officer is told.
    remind(BEILING)
    remind("230200")
    delivering._assemble(lambda: LEFT)
    (digest,) = [each for each in deliveries() if _items(each) == 2]
    doing(lambda work, receipt: rest(work.session, [receipt.id or 0]), BEILING)
    assert _delivery(digest).state is DeliveryState.QUEUED, "one item is left"
    doing(lambda work, receipt: rest(work.session, [receipt.id or 0]), "230200")
    assert _delivery(digest).state is DeliveryState.WITHDRAWN


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN])
def test_it_leaves_what_has_gone_out_or_may_have(state: DeliveryState) -> None:
    remind()
    delivering._assemble(lambda: LEFT)
    set_delivery(state, "officer.230100@example.org")
    doing(lambda work, receipt: rest(work.session, [receipt.id or 0]))
    assert {each.state for each in firings(rung="issued+4h")} == {FiringState.OPEN}


def test_it_keeps_the_record_of_a_mail_that_was_uncertain_when_it_is_withdrawn(database: str) -> None:
    remind()
    delivering._assemble(lambda: LEFT)
    with transaction(OPERATOR, LEFT) as work:
        work.session.execute(update(Delivery).values(was_uncertain=True))
    doing(lambda work, receipt: rest(work.session, [receipt.id or 0]))
    reminders = [each for each in deliveries() if each.address == "officer.230100@example.org"]
    assert sorted(each.state for each in reminders) == [DeliveryState.QUEUED, DeliveryState.UNCERTAIN]


def test_it_fires_a_key_once(database: str) -> None:
    assert [remind(), remind(), remind(rung="issued+5h")] == [1, 0, 1]
    assert len(entries("firing.fired")) == 10


def test_it_tells_of_an_act_once_in_each_round(database: str) -> None:
    def act(work: Transaction, receipt: Obligation) -> list[bool]:
        view = installation(work.session).view
        recipient = view.roster.audience(LINJIANG, Audience.OFFICER, LEFT)
        return [tell(work, view, receipt, recipient, "receipt_confirmed", repeat=turn) for turn in (1, 1, 2)]

    assert doing(act) == [True, False, True]


def test_it_raises_an_alarm_once_for_each_cause_and_recipient() -> None:
    def act(work: Transaction, _: Obligation) -> list[bool]:
        view = installation(work.session).view
        twice = (Audience.OPERATORS, Audience.OPERATORS, Audience.SUPERIOR)
        to = [view.roster.audience(LINJIANG, each, LEFT) for each in twice]
        return [sound(work, view, each, "alarm", "投递停止", {}, why="值守") for each in to]

    assert doing(act) == [True, False, True]
    assert {each.obligation_id for each in firings(rung="alarm:alarm")} == {None}


def test_it_stores_whom_a_superseded_rung_would_have_reached_nowhere() -> None:
    def act(work: Transaction, receipt: Obligation) -> list[int]:
        view = installation(work.session).view
        row = firing_row(
            view, view.roster.audience(LINJIANG, Audience.OFFICER, LEFT), "receipt_reminder", rung="issued+4h", at=LEFT,
            now=LEFT, not_before=LEFT, obligation_id=receipt.id, audience="officer", state=FiringState.SUPERSEDED,
        )  # fmt: skip
        return [each["id"] for each in fire(work, [row])]

    (number,) = doing(act)
    assert not rows(FiringRecipient, col(FiringRecipient.firing_id) == number)
    assert rows(Firing, col(Firing.id) == number)[0].state is FiringState.SUPERSEDED


def _items(delivery: Delivery) -> int:
    return len(rows(FiringRecipient, col(FiringRecipient.notice_id) == delivery.notice_id))


def _delivery(delivery: Delivery) -> Delivery:
    (found,) = rows(Delivery, col(Delivery.id) == delivery.id)
    assert isinstance(found, Delivery)
    return found


@pytest.mark.parametrize(("grade", "tag"), [("routine", ""), ("urgent", "加急"), ("extra_urgent", "特急")])
def test_it_tells_of_an_act_as_urgently_as_its_matter_is(grade: str, tag: str) -> None:
    def act(work: Transaction, receipt: Obligation) -> bool:
        receipt.grade = grade
        view = installation(work.session).view
        return tell(work, view, receipt, view.roster.audience(LINJIANG, Audience.OFFICER, LEFT), "receipt_confirmed")

    assert doing(act)
    told = next(each for each in firings() if each.rung == "act:receipt_confirmed")
    assert told.urgency_tag == tag
