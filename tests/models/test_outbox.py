"""The outbox in SQL: what an assembly makes of firings, who may claim what, and how few queries it takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update
from sqlmodel import col

from domain.matters import Outgoing
from domain.trail import SYSTEM
from models import outbox
from models.installation import installation
from models.notice import Delivery, DeliveryState, Firing, FiringRecipient, FiringState, Notice
from models.obligation import Obligation
from models.overtaken import drop_ended
from models.session import engine, reading, transaction
from tasks.sweeping import sweep
from tests.cast import DONGAN, LINJIANG, beijing, set_out
from tests.tasks.stage import deliveries, forward_to_counties, items_of, notices, obligation

FORWARDED = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 13:40")
MERGING = {"receipt_reminder", "due_soon", "overdue", "digest"}
OFFICER = "officer.230102@example.org"


def assemble(now: datetime = NOW, *, working: bool = True, limit: int | None = None) -> int:
    with transaction(SYSTEM, now) as work:
        return outbox.assemble(
            work.session, now, working=working, merges=lambda kind: kind in MERGING,
            message_id=lambda number, address: f"<{number}.{len(address)}@example.org>", limit=limit,
        )  # fmt: skip


def claim(now: datetime = NOW, **changes: Any) -> list[int]:
    chosen: dict[str, Any] = {
        "worker": "one",
        "working": True,
        "limit": 500,
        "lease_until": now + timedelta(minutes=10),
    }
    with transaction(SYSTEM, now) as work:
        return outbox.claim(work.session, now, **(chosen | changes))


def claimed(numbers: list[int], worker: str = "one") -> list[Outgoing]:
    with reading() as session:
        return outbox.claimed(session, worker, installation(session).view, numbers)


def change(table: Any, now: datetime = NOW, *where: Any, **values: Any) -> None:
    with transaction(SYSTEM, now) as work:
        work.session.execute(update(table).where(*where).values(**values))


@contextmanager
def counted(database: Engine) -> Iterator[list[str]]:
    """Collect the statements that are run."""
    statements: list[str] = []

    def runs(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database, "before_cursor_execute", runs)
    yield statements
    event.remove(database, "before_cursor_execute", runs)


@pytest.fixture
def reminders(database: str) -> None:
    """Circulars that have left, and reminders of their receipts that are due."""
    set_out(FORWARDED)
    assemble(beijing("2020-02-14 09:40"))
    change(Delivery, state=DeliveryState.ACCEPTED)
    sweep.fn(now=NOW)


@pytest.fixture
def postgres_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty migrated PostgreSQL database as the installation's: SQLite has one writer at a time."""
    from tests.conftest import _as_installation, postgres_url

    url, _ = postgres_url(request.getfixturevalue("postgres"))
    yield from _as_installation(url, monkeypatch)


# ---------------------------------------------------------------- assembling


@pytest.mark.usefixtures("reminders")
def test_it_makes_one_notice_per_address_of_what_merges() -> None:
    assert assemble() == 7
    assert assemble() == 0
    made = deliveries(state="queued")
    assert len({each.address for each in made}) == 7
    (merged,) = [each for each in made if len(items_of(each.notice_id)) == 2]
    assert (merged.address, notices()[merged.notice_id].kind) == ("officer.230200@example.org", "digest")


def test_it_makes_one_notice_per_firing_of_what_stands_alone(database: str) -> None:
    set_out(FORWARDED)
    assert assemble() == 8
    assert {notice.kind for notice in notices().values()} == {"circular"}


@pytest.mark.usefixtures("reminders")
def test_it_makes_a_few_at_a_time_and_never_a_part_of_an_address() -> None:
    assert [assemble(limit=1) for _ in range(8)] == [1] * 7 + [0]
    assert sorted(len(items_of(each.notice_id)) for each in deliveries(state="queued")) == [1] * 6 + [2]


@pytest.mark.usefixtures("reminders")
def test_it_makes_all_that_is_urgent_however_few_are_asked_for() -> None:
    with reading() as session:
        urgent = sorted(number or 0 for number in session.scalars(select(col(Firing.id)).where(_WAITS)))[-3:]
    change(Firing, NOW, col(Firing.id).in_(urgent), urgency_tag="特急")
    assert assemble(limit=1) < 7
    with reading() as session:
        told = session.scalars(select(col(FiringRecipient.notice_id)).where(col(FiringRecipient.firing_id).in_(urgent)))
        assert None not in told.all()


#: a reminder that is in no notice yet
_WAITS = col(Firing.rung) == "issued+4h"


def test_it_leaves_what_may_not_leave_yet(database: str) -> None:
    set_out(FORWARDED)
    assert assemble(beijing("2020-02-14 09:39")) == 0
    assert assemble(beijing("2020-02-14 09:40"), working=False) == 0


@pytest.mark.parametrize(("tag", "leaves"), [("", 0), ("加急", 0), ("特急", 8), ("紧急", 8)])
def test_it_knows_what_passes_outside_working_hours(sqlite: str, tag: str, leaves: int) -> None:
    set_out(FORWARDED)
    change(Firing, urgency_tag=tag)
    with reading() as session:
        assert outbox.is_waiting(session, NOW, working=False) == bool(leaves)
    assert assemble(working=False) == leaves
    assert len(claim(working=False)) == leaves


@pytest.mark.parametrize("state", [state for state in FiringState if state is not FiringState.OPEN])
def test_it_tells_nothing_that_is_not_open(sqlite: str, state: FiringState) -> None:
    set_out(FORWARDED)
    change(Firing, state=state)
    assert assemble() == 0


@pytest.mark.usefixtures("reminders")
def test_it_joins_what_merges_to_the_message_that_still_waits() -> None:
    assemble()
    number = next(each.id for each in deliveries(address=OFFICER, state="queued"))
    later = beijing("2020-03-02 09:00")
    sweep.fn(now=later)
    assemble(later)
    (waiting,) = deliveries(address=OFFICER, state="queued")
    assert waiting.id == number
    assert [each.kind for each in items_of(waiting.notice_id)] == ["receipt_reminder", "due_soon"]
    assert notices()[waiting.notice_id].kind == "digest"
    assert notices()[waiting.notice_id].circular_id is not None


@pytest.mark.usefixtures("reminders")
@pytest.mark.parametrize(
    "values",
    [
        {"was_uncertain": True},
        {"state": DeliveryState.SENDING},
        {"state": DeliveryState.ACCEPTED},
        {"claimed_by": "somebody", "lease_until": beijing("2020-03-02 09:01")},
    ],
    ids=["may have arrived", "on its way", "accepted", "claimed"],
)
def test_it_joins_nothing_to_a_message_that_is_not_free(values: dict[str, Any]) -> None:
    assemble()
    change(Delivery, **values)
    later = beijing("2020-03-02 09:00")
    sweep.fn(now=later)
    assert assemble(later) > 0
    assert [len(items_of(each.notice_id)) for each in deliveries(address=OFFICER)][1:] == [1, 1]


@pytest.mark.usefixtures("reminders")
def test_it_takes_a_message_that_is_joined_from_the_worker_whose_lease_ran_out() -> None:
    assemble()
    later = beijing("2020-03-02 09:00")
    (stale,) = [each for each in claimed(claim()) if each.address == OFFICER]
    sweep.fn(now=later)
    assemble(later)
    assert [each.kind for each in items_of(stale.notice_id)] == ["receipt_reminder", "due_soon"]
    with transaction(SYSTEM, later) as work:
        # It would send the message without what has joined it.
        assert not outbox.mark_sending(work.session, [stale], "one", later, later)


@pytest.mark.usefixtures("reminders")
def test_it_brings_a_message_forward_that_is_joined() -> None:
    assemble()
    later = beijing("2020-03-02 09:00")
    change(Delivery, next_attempt_at=later + timedelta(hours=8), attempts=7)
    sweep.fn(now=later)
    assemble(later)
    (waiting,) = deliveries(address=OFFICER, state="queued")
    assert waiting.next_attempt_at == later


@pytest.mark.usefixtures("reminders")
def test_it_does_not_join_what_is_urgent_to_what_is_not() -> None:
    assemble()
    later = beijing("2020-03-02 09:00")
    sweep.fn(now=later)
    change(Firing, NOW, col(Firing.kind) == "due_soon", urgency_tag="特急")
    assemble(later)
    assert len(deliveries(address=OFFICER, state="queued")) == 2


# ---------------------------------------------------------------- claiming


def test_it_gives_each_delivery_to_one_worker(database: str) -> None:
    set_out(FORWARDED)
    assemble()
    first, second, third = claim(limit=5), claim(worker="two"), claim(worker="three")
    assert (len(first), len(second), third) == (5, 3, [])
    assert not set(first) & set(second)


def test_it_waits_for_no_other_worker_that_claims(postgres_only: str) -> None:
    set_out(FORWARDED)
    assemble()
    lease = NOW + timedelta(minutes=10)
    with transaction(SYSTEM, NOW) as work:
        first = outbox.claim(work.session, NOW, worker="one", lease_until=lease, working=True, limit=5)
        # The other claims while the first has not committed yet.
        second = list[int]()
        other = threading.Thread(target=lambda: second.extend(claim(worker="two")))
        other.start()
        other.join(5)
        assert not other.is_alive()
    assert (len(first), len(second)) == (5, 3)
    assert not set(first) & set(second)


def test_it_gives_a_claim_away_once_its_lease_has_run_out(database: str) -> None:
    set_out(FORWARDED)
    assemble()
    numbers = claim()
    assert claim(NOW + timedelta(minutes=10) - timedelta(microseconds=1), worker="two") == []
    assert claim(NOW + timedelta(minutes=10), worker="two") == numbers
    assert claimed(numbers, "one") == []
    assert len(claimed(numbers, "two")) == 8


def test_it_takes_back_its_claims_but_not_what_it_has_marked(database: str) -> None:
    set_out(FORWARDED)
    assemble()
    numbers = claim()
    first, *_ = claimed(numbers)
    with transaction(SYSTEM, NOW) as work:
        assert outbox.mark_sending(work.session, [first], "one", NOW, NOW + timedelta(minutes=10))
        outbox.release(work.session, "one")
    assert {each.claimed_by for each in deliveries(state="queued")} == {""}
    (marked,) = deliveries(state="sending")
    assert (marked.claimed_by, marked.marked_at) == ("one", NOW)
    assert [each.delivery_id for each in claimed(claim(worker="two"), "two")] == numbers[1:]


def test_it_claims_nothing_that_has_been_tried_since_the_run_began(sqlite: str) -> None:
    set_out(FORWARDED)
    assemble()
    change(Delivery, marked_at=NOW, next_attempt_at=NOW + timedelta(minutes=1))
    assert claim() == []
    later = NOW + timedelta(minutes=5)
    assert claim(later, untried_since=NOW) == []
    assert len(claim(later, untried_since=later)) == 8


def test_it_marks_a_delivery_once(database: str) -> None:
    set_out(FORWARDED)
    assemble()
    first, *_ = claimed(claim())
    with transaction(SYSTEM, NOW) as work:
        assert outbox.mark_sending(work.session, [first], "one", NOW, NOW)
        assert not outbox.mark_sending(work.session, [first], "one", NOW, NOW)


def test_it_marks_many_at_once_and_leaves_out_what_lost_an_item_or_its_claim(database: str) -> None:
    set_out(FORWARDED)
    assemble()
    letters = claimed(claim())
    lost, taken, *others = letters
    change(Firing, NOW, col(Firing.id) == lost.matters[0].firing_id, state=FiringState.WITHDRAWN)
    change(Delivery, NOW, col(Delivery.id) == taken.delivery_id, claimed_by="two")
    with transaction(SYSTEM, NOW) as work:
        marked = outbox.mark_sending(work.session, letters, "one", NOW, NOW)
    assert marked == {each.delivery_id for each in others}
    assert {each.id for each in deliveries(state="sending")} == marked


def test_it_waits_for_no_act_where_it_marks_several(postgres_only: str) -> None:
    """Two who hold what the other wants would wait for ever; alone it waits (tests/tasks/test_races.py)."""
    set_out(FORWARDED)
    assemble()
    letters = claimed(claim())
    with transaction(SYSTEM, NOW) as act:
        act.session.execute(
            update(Firing).where(col(Firing.id) == letters[0].matters[0].firing_id).values(state=FiringState.WITHDRAWN)
        )
        with transaction(SYSTEM, NOW) as work:
            marked = outbox.mark_sending(work.session, letters, "one", NOW, NOW)
    assert marked == {each.delivery_id for each in letters[1:]}


def test_it_finds_what_was_marked_and_never_ended(database: str) -> None:
    set_out(FORWARDED)
    assemble()
    first, *_ = claimed(claim())
    lease = NOW + timedelta(minutes=10)
    with transaction(SYSTEM, NOW) as work:
        outbox.mark_sending(work.session, [first], "one", NOW, lease)
    with transaction(SYSTEM, NOW) as work:
        assert outbox.expired(work.session, lease - timedelta(microseconds=1)) == []
        assert [each.id for each in outbox.expired(work.session, lease)] == [first.delivery_id]


# ---------------------------------------------------------------- withdrawing


@pytest.mark.usefixtures("reminders")
def test_it_withdraws_what_has_nothing_left_but_leaves_uncertain_what_may_have_arrived() -> None:
    assemble()
    first, second = [each.id or 0 for each in deliveries(state="queued")][:2]
    change(Delivery, NOW, col(Delivery.id) == second, was_uncertain=True)
    with transaction(SYSTEM, NOW) as work:
        outbox.withdraw_empty(work.session, [first, second], NOW)
    by_id = {each.id: each for each in deliveries()}
    assert (by_id[first].state, by_id[first].ended_at) == (DeliveryState.WITHDRAWN, None)
    assert (by_id[second].state, by_id[second].ended_at) == (DeliveryState.UNCERTAIN, NOW)


@pytest.mark.usefixtures("reminders")
@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({}, "open"),
        ({"status": "returned"}, "open"),
        ({"status": "accepted"}, "withdrawn"),
        ({"status": "submitted"}, "withdrawn"),
        ({"revision": 1}, "withdrawn"),
    ],
    ids=["pending", "returned", "accepted", "submitted", "a new deadline"],
)
def test_it_drops_rungs_that_an_act_has_ended(values: dict[str, Any], left: str) -> None:
    assemble()
    owed = obligation(LINJIANG, "receipt").id
    if values:
        change(Obligation, NOW, col(Obligation.id) == owed, **values)
    for number in notices():
        with transaction(SYSTEM, NOW) as work:
            drop_ended(work.session, number)
    with reading() as session:
        statement = select(col(Firing.rung), col(Firing.state)).where(col(Firing.obligation_id) == owed)
        states = dict(session.execute(statement).all())
    # What an act had to tell stays.
    assert {name: state.value for name, state in states.items()} == {"act:circular": "open", "issued+4h": left}


# ---------------------------------------------------------------- set-based


def test_it_assembles_and_claims_many_in_as_few_queries_as_few(database: str) -> None:
    figures = []
    for number, counties in (("江扶组办发〔2020〕41号", 5), ("江扶组办发〔2020〕42号", 60)):
        forward_to_counties(number, counties, FORWARDED)
        with counted(engine()) as statements:
            made = assemble()
            numbers = claim()
            told = claimed(numbers)
        assert made == len(numbers) == len(told) == counties
        # SQLite gives back the ids of several rows in no order, so that there each notice is inserted by itself.
        figures.append(sum(not each.startswith("INSERT INTO notice ") for each in statements))
    assert figures[0] == figures[1] < 30


def test_it_tells_each_recipient_of_a_firing(sqlite: str) -> None:
    set_out(FORWARDED)
    with transaction(SYSTEM, FORWARDED) as work:
        statement = select(col(Firing.id)).where(col(Firing.obligation_id) == obligation(DONGAN, "receipt").id)
        firing = work.session.scalars(statement).one() or 0
        work.session.add(FiringRecipient(firing_id=firing, address="second@example.org", name="王二"))
    assert assemble() == 9
    told = {each.address: each for each in claimed(claim())}
    assert told["second@example.org"].name == "王二"
    assert told["second@example.org"].matters == told[OFFICER].matters
    with reading() as session:
        assert len(session.scalars(select(Notice)).all()) == 9
