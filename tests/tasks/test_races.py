"""Several at once: processes that sweep, deliver and act on the same rows; each thing happens once, none is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from domain.statuses import ObligationKind, Status
from domain.trail import SYSTEM
from models import outbox
from models.acting import rest
from models.installation import installation
from models.notice import DeliveryState, Firing, FiringState
from models.obligation import Obligation
from models.session import reading, transaction
from tasks import sending
from tasks.delivering import deliver
from tasks.handling import receive, waive
from tasks.sweeping import sweep
from tests.cast import COVER, DONGAN, OPERATOR, beijing, officer, set_out
from tests.notifications.scripted_server import ScriptedServer
from tests.tasks.stage import (
    SlowServer,
    as_mail,
    audit_is_whole,
    deliver_at,
    deliveries,
    firings,
    forward_to_counties,
    go_live,
    notices,
    obligation,
    obligations,
    states,
)
from tests.tasks.workers import Worker, running, soon, wait_until

FORWARDED = beijing("2020-02-14 09:30")
NUMBER = "江扶组办发〔2020〕21号"
COUNTIES = 40


@pytest.fixture(scope="module")
def three() -> Iterator[list[Worker]]:
    with running(3) as workers:
        yield workers


def together(workers: list[Worker], act: str, now: Any, **more: Any) -> list[dict[str, Any]]:
    """Let the workers do the same at the same time; return their answers."""
    begin_at = soon()
    for worker in workers:
        worker.order(act, now, begin_at=begin_at, **more)
    return [worker.answer() for worker in workers]


# ---------------------------------------------------------------- sweeps


@pytest.mark.parametrize("number", [2, 3])
def test_it_fires_nothing_twice_where_several_sweep_at_once(database: str, three: list[Worker], number: int) -> None:
    forward_to_counties(NUMBER, COUNTIES, FORWARDED)
    answers = together(three[:number], "sweep", beijing("2020-02-14 13:40"), batch=7)
    assert all("error" not in answer for answer in answers), answers
    reminders = firings(rung="issued+4h")
    assert sum(answer["fired"] for answer in answers) == len(reminders) == COUNTIES
    assert set(Counter(each.owes for each in reminders).values()) == {1}
    assert sweep.fn(now=beijing("2020-02-14 13:40")).looked_at == 0
    assert audit_is_whole()


def test_it_makes_each_period_once_where_several_sweep_at_once(database: str, three: list[Worker]) -> None:
    forward_to_counties(NUMBER, COUNTIES, FORWARDED)
    answers = together(three, "sweep", beijing("2020-04-08 10:00"), batch=7)
    assert all("error" not in answer for answer in answers), answers
    assert sum(answer["periods"] for answer in answers) == 2 * COUNTIES
    found = Counter(period for _, period in obligations("report"))
    assert found == {"2020-03-05": COUNTIES, "2020-04-05": COUNTIES, "2020-05-05": COUNTIES}
    keys = ((each.owes, each.period, each.rung, each.repeat, each.to, each.role) for each in firings())
    assert set(Counter(keys).values()) == {1}
    assert audit_is_whole()


def test_it_leaves_no_open_rung_for_what_was_done_while_it_swept(database: str, three: list[Worker]) -> None:
    codes = forward_to_counties(NUMBER, COUNTIES, FORWARDED)
    begin_at, now = soon(), beijing("2020-02-18 08:00")
    three[0].order("sweep", now, batch=1, times=3, begin_at=begin_at)
    three[1].order("receive", now, number=NUMBER, offices=codes, begin_at=begin_at)
    three[2].order("receive", now, number=NUMBER, offices=codes[::-1], begin_at=begin_at)
    swept, *received = [worker.answer() for worker in three]
    assert "error" not in swept, swept
    assert sum(each["received"] for each in received) == COUNTIES
    sweep.fn(now=now + timedelta(hours=4))
    with reading() as session:
        still_open = session.scalar(
            select(func.count())
            .select_from(Firing)
            .join(Obligation, col(Obligation.id) == col(Firing.obligation_id))
            .where(
                col(Obligation.status) == Status.ACCEPTED,
                col(Obligation.kind) == ObligationKind.RECEIPT,
                col(Firing.state) == FiringState.OPEN,
                ~col(Firing.rung).startswith("act:"),
            )
        )
    assert still_open == 0
    assert audit_is_whole()


# ---------------------------------------------------------------- deliveries


def test_it_sends_each_mail_once_where_several_deliver_at_once(
    database: str, three: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = forward_to_counties(NUMBER, COUNTIES, FORWARDED)
    with SlowServer(0.02) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=2)
        answers = together(three, "deliver", beijing("2020-02-14 09:40"))
        assert all("error" not in answer for answer in answers), answers
        assert sum(answer["accepted"] for answer in answers) == COUNTIES
    assert Counter(as_mail(data).to for data in server.messages) == {f"officer.{code}@example.org": 1 for code in codes}
    assert states() == {"accepted": COUNTIES}
    assert audit_is_whole()


def test_it_sends_no_reminder_twice_where_sweeps_deliveries_and_acts_cross(
    database: str, three: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = forward_to_counties(NUMBER, COUNTIES, FORWARDED)
    now, begin_at = beijing("2020-02-14 13:40"), soon()
    with SlowServer(0.01) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=2)
        deliver_at(beijing("2020-02-14 09:40"))
        three[0].order("sweep", now, batch=5, begin_at=begin_at)
        three[1].order("deliver", now, begin_at=begin_at + 0.03)
        three[2].order("receive", now, number=NUMBER, offices=codes[::2], begin_at=begin_at)
        assert not any("error" in worker.answer() for worker in three)
        deliver_at(now, now)
    per_office: dict[str, list[str]] = {code: [] for code in codes}
    for mail in map(as_mail, server.messages):
        per_office[mail.to.split(".")[1].partition("@")[0]].append(mail.subject[:4])
    for code in codes[1::2]:
        assert sorted(per_office[code]) == ["请尽快签", "请签收并"]
    for code in codes[::2]:
        assert Counter(per_office[code])["签收确认"] == 1
        assert max(Counter(per_office[code]).values()) == 1
    assert set(states()) <= {"accepted", "withdrawn"}
    assert audit_is_whole()


def test_it_sends_nothing_twice_where_claims_run_out_over_a_slow_server(
    database: str, three: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    forward_to_counties(NUMBER, COUNTIES, FORWARDED)
    now = beijing("2020-02-14 09:40")
    with SlowServer(0.05) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        three[0].order("deliver", now)
        wait_until(lambda: len(server.messages) >= 3)
        # To the second the first one's claims have run out; what is marked as sending has run out for the third.
        begin_at = soon()
        three[1].order("deliver", now + sending.LEASE, begin_at=begin_at)
        answers = [worker.answer() for worker in three[:2]]
        assert sum(answer["accepted"] for answer in answers) >= COUNTIES - 1
        deliver_at(now + timedelta(minutes=30))
    twice = [each for each, times in Counter(as_mail(data).message_id for data in server.messages).items() if times > 1]
    uncertain = {each.message_id for each in deliveries(was_uncertain=True)}
    assert set(twice) <= uncertain
    assert len(uncertain) <= 1
    assert states() == {"accepted": COUNTIES}
    assert audit_is_whole()


# ---------------------------------------------------------------- an act between rendering and marking


def before_marking(monkeypatch: pytest.MonkeyPatch, address: str, act: Any) -> None:
    """Let `act` commit once, after the message to this address was rendered and before it is marked."""
    original, done = sending._advance, list[str]()

    def advance(run: Any, ended: Any, prepared: Any) -> set[int]:
        if address in {each.outgoing.address for each in prepared} and not done:
            done.append(address)
            act()
        return original(run, ended, prepared)

    monkeypatch.setattr(sending, "_advance", advance)


def waive_receipt() -> None:
    number = obligation(DONGAN, "receipt").id or 0
    waive.fn(number, "合并办理", actor=OPERATOR, now=beijing("2020-03-02 09:00"))


def test_it_does_not_send_what_an_act_ended_after_it_was_rendered(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(beijing("2020-02-14 09:40"))
        sweep.fn(now=beijing("2020-02-14 13:40"))
        act = lambda: receive.fn(COVER, DONGAN, actor=officer(DONGAN), now=beijing("2020-02-14 13:40"))  # noqa: E731
        before_marking(monkeypatch, "officer.230102@example.org", act)
        done = deliver_at(beijing("2020-02-14 13:40"))
    # Six reminders, and the confirmation in place of the seventh.
    assert done.accepted == 6 + 1
    found = [as_mail(data) for data in server.messages]
    assert [mail.subject[:4] for mail in found if "230102" in mail.to] == ["请签收并", "签收确认"]
    found_states = [each.state for each in deliveries(address="officer.230102@example.org")]
    assert found_states == ["accepted", "withdrawn", "accepted"]


def test_it_makes_a_digest_anew_that_lost_an_item_after_it_was_rendered(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(FORWARDED)
    now = beijing("2020-03-02 09:00")
    with ScriptedServer() as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver_at(beijing("2020-02-14 09:40"))
        sweep.fn(now=now)
        before_marking(monkeypatch, "officer.230102@example.org", waive_receipt)
        deliver_at(now)
    theirs = [mail for mail in map(as_mail, server.messages) if mail.to == "officer.230102@example.org"]
    _circular, reminder, waived = theirs
    assert waived.subject.startswith("免办通知：")
    assert reminder.subject.startswith("时限临近：")
    assert "签收提醒" not in reminder.text
    (delivery,) = deliveries(message_id=reminder.message_id)
    assert (delivery.state, delivery.attempts) == ("accepted", 1)


def test_it_waits_for_an_act_under_way_and_then_does_not_mark(postgres_database: str) -> None:
    (first, *_), worker = waiting_reminders()
    receiving, marked = threading.Event(), list[bool]()

    def mark() -> None:
        receiving.wait(10)
        with transaction(SYSTEM, FORWARDED) as work:
            marked.append(bool(outbox.mark_sending(work.session, [first], worker, FORWARDED, FORWARDED)))

    thread = threading.Thread(target=mark)
    thread.start()
    with transaction(SYSTEM, FORWARDED) as work:
        rest(work.session, [first.matters[0].obligation_id or 0])
        receiving.set()
        thread.join(0.5)
        # The mark waits for this act, which has not committed yet.
        assert thread.is_alive()
        assert marked == []
    thread.join(10)
    assert marked == [False]
    assert deliveries(id=first.delivery_id)[0].state is DeliveryState.WITHDRAWN


def test_it_waits_for_an_act_that_takes_one_item_from_a_digest(postgres_database: str) -> None:
    """The delivery itself stays as it is: only the firing tells that the act was first."""
    now = beijing("2020-03-02 09:00")
    found, worker = waiting_reminders(now)
    digest = next(each for each in found if each.address == "officer.230102@example.org")
    assert [each.kind for each in digest.matters] == ["receipt_reminder", "due_soon"]
    acting, marked = threading.Event(), list[bool]()

    def mark() -> None:
        acting.wait(10)
        with transaction(SYSTEM, now) as work:
            marked.append(bool(outbox.mark_sending(work.session, [digest], worker, now, now)))

    thread = threading.Thread(target=mark)
    thread.start()
    with transaction(SYSTEM, now) as work:
        rest(work.session, [digest.matters[0].obligation_id or 0])
        acting.set()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert marked == [False]
    assert deliveries(id=digest.delivery_id)[0].state is DeliveryState.QUEUED


def test_it_lets_an_act_wait_for_a_mark_that_was_first(postgres_database: str) -> None:
    (first, *_), worker = waiting_reminders()
    ended = list[str]()

    def act() -> None:
        receive.fn(COVER, office_of(first.address), actor=officer(DONGAN), now=FORWARDED)
        ended.append("received")

    thread = threading.Thread(target=act)
    with transaction(SYSTEM, FORWARDED) as work:
        assert outbox.mark_sending(work.session, [first], worker, FORWARDED, FORWARDED)
        thread.start()
        thread.join(0.5)
        assert ended == []
    thread.join(10)
    assert ended == ["received"]
    # It was on its way before the act: it stands as such.
    assert deliveries(id=first.delivery_id)[0].state is DeliveryState.SENDING


def test_it_marks_nothing_that_another_worker_has_taken_over(database: str) -> None:
    (first, *_), _ = waiting_reminders()
    with transaction(SYSTEM, FORWARDED) as work:
        assert not outbox.mark_sending(work.session, [first], "somebody else", FORWARDED, FORWARDED)
    assert deliveries(id=first.delivery_id)[0].state is DeliveryState.QUEUED


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty migrated PostgreSQL database as the installation's."""
    from tests.conftest import _as_installation, postgres_url

    url, _ = postgres_url(request.getfixturevalue("postgres"))
    yield from _as_installation(url, monkeypatch)


def waiting_reminders(now: datetime | None = None) -> tuple[list[Any], str]:
    """Claim the reminders of a sweep; return what they tell, and the worker that has claimed them."""
    set_out(FORWARDED)
    deliver.fn(now=beijing("2020-02-14 09:40"))
    now = now or beijing("2020-02-14 13:40")
    sweep.fn(now=now)
    with transaction(SYSTEM, now) as work:
        here = installation(work.session)
        outbox.assemble(
            work.session, now, working=True, merges=lambda _: True, message_id=lambda number, _: f"<{number}@x>"
        )
        numbers = outbox.claim(work.session, now, worker="w", lease_until=now, working=True, limit=50)
    with reading() as session:
        return outbox.claimed(session, "w", here.view, numbers), "w"


def office_of(address: str) -> str:
    return address.partition("@")[0].partition(".")[2]


def test_it_keeps_one_notice_for_each_reminder(database: str) -> None:
    found, _ = waiting_reminders()
    assert len(found) == len({each.address for each in found}) == 7
    assert len(notices()) == 8 + 7
