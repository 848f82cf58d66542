"""SIGKILL in the middle of a sweep and of a delivery, and what is left behind; test_every_step.py tries each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.audit import RunLog
from models.notice import DeliveryState
from models.session import reading
from tasks import sending
from tasks.delivering import deliver
from tasks.sweeping import sweep
from tests.cast import beijing
from tests.conftest import sqlite_url
from tests.tasks.stage import (
    Fired,
    Mail,
    SlowServer,
    as_mail,
    audit_is_whole,
    deliveries,
    firings,
    forward_to_counties,
    go_live,
    obligations,
    states,
    use,
)
from tests.tasks.workers import Worker, running, wait_until

FORWARDED = beijing("2020-02-14 09:30")
NOW = beijing("2020-02-14 09:40")
NUMBER = "江扶组办发〔2020〕31号"
#: enough for a sweep to take several batches, and for a delivery to be killed in its middle
SWEPT, DELIVERED = 24, 200
CONNECTIONS = 2


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with running(1) as (only,):
        yield only


def stopped_sweep(worker: Worker, number: int) -> bool:
    """Let a sweep run to just before its commit of this number, and kill it there; False where it ended before."""
    worker.order_child("sweep", beijing("2020-04-08 10:00"), batch=5, stop_at=number)
    answer = worker.answer()
    assert "error" not in answer, answer
    if "stopped" not in answer:
        assert "ended" in worker.answer()
        return False
    worker.kill()
    return True


@pytest.fixture
def undisturbed_sweep(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Fired], list[tuple[str, str]]]:
    """What one sweep after an outage makes where nobody disturbs it."""
    with monkeypatch.context() as elsewhere:
        use(elsewhere, database_url=sqlite_url(sqlite_template, tmp_path_factory.mktemp("undisturbed")))
        forward_to_counties(NUMBER, SWEPT, FORWARDED)
        sweep.fn(now=beijing("2020-04-08 10:00"))
        return sorted(firings()), obligations("report")


def test_it_finishes_a_sweep_that_was_killed_between_any_two_steps(
    undisturbed_sweep: tuple[list[Fired], list[tuple[str, str]]], database: str, worker: Worker
) -> None:
    forward_to_counties(NUMBER, SWEPT, FORWARDED)
    killed = sum(stopped_sweep(worker, number) for number in (1, 2, 1, 3, 4, 2, 5))
    assert killed == 7
    assert audit_is_whole()
    with reading() as session:
        assert session.scalars(select(RunLog)).all() == []
    sweep.fn(now=beijing("2020-04-08 10:00"))
    assert (sorted(firings()), obligations("report")) == undisturbed_sweep
    assert sweep.fn(now=beijing("2020-04-08 10:00")).fired == 0
    assert audit_is_whole()


def test_it_leaves_nothing_half_written_where_a_sweep_is_killed_at_its_first_commit(
    database: str, worker: Worker
) -> None:
    forward_to_counties(NUMBER, SWEPT, FORWARDED)
    before = (firings(), obligations("report"))
    assert stopped_sweep(worker, 1)
    assert (firings(), obligations("report")) == before


# ---------------------------------------------------------------- delivery


def content(mail: Mail) -> tuple[str, str]:
    return mail.to, mail.subject


@pytest.fixture(scope="module")
def everything() -> list[tuple[str, str]]:
    """Filled by the first test that needs it: what an undisturbed delivery sends."""
    return []


@pytest.fixture
def undisturbed(
    everything: list[tuple[str, str]], sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> list[tuple[str, str]]:  # fmt: skip
    """What 200 notices are, as the recipients see them, where nobody disturbs their delivery."""
    if not everything:
        with monkeypatch.context() as elsewhere, SlowServer(0) as server:
            use(elsewhere, database_url=sqlite_url(sqlite_template, tmp_path_factory.mktemp("undisturbed")))
            forward_to_counties(NUMBER, DELIVERED, FORWARDED)
            go_live(elsewhere, server.port, FORWARDED, smtp_connections=CONNECTIONS)
            assert deliver.fn(now=NOW).accepted == DELIVERED
            everything += sorted(content(as_mail(data)) for data in server.messages)
    return everything


def test_it_loses_no_mail_and_doubles_none_unnoticed_where_a_delivery_is_killed(
    undisturbed: list[tuple[str, str]], database: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward_to_counties(NUMBER, DELIVERED, FORWARDED)
    later = NOW
    with SlowServer(0.01) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=CONNECTIONS)
        for sent in (40, 110):
            worker.order_child("deliver", later)
            wait_until(lambda sent=sent: len(server.messages) >= sent)  # type: ignore[misc]
            worker.kill()
            assert len(deliveries(state="sending")) <= CONNECTIONS
            later += sending.LEASE
        # Before the leases of the killed have run out nothing of theirs is touched.
        theirs = {each.id for each in deliveries(state="queued") if each.claimed_by}
        deliver.fn(now=later - timedelta(seconds=1))
        assert theirs == {each.id for each in deliveries(state="queued") if each.claimed_by}
        assert theirs
        assert deliver.fn(now=later).accepted > 0
        deliver.fn(now=later + timedelta(minutes=5))
    uncertain = {each.message_id for each in deliveries(was_uncertain=True)}
    found = [as_mail(data) for data in server.messages]
    twice = {each for each, times in Counter(mail.message_id for mail in found).items() if times > 1}
    assert states() == {"accepted": DELIVERED}
    assert sorted({content(mail) for mail in found}) == undisturbed
    assert twice <= uncertain
    assert len(uncertain) <= 2 * CONNECTIONS
    assert len(found) == DELIVERED + len(twice)
    assert audit_is_whole()


def test_two_deliveries_at_once_one_of_them_killed_send_all_of_200_notices(
    undisturbed: list[tuple[str, str]], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward_to_counties(NUMBER, DELIVERED, FORWARDED)
    with SlowServer(0.01) as server, running(2) as both:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=CONNECTIONS)
        for each in both:
            each.order_child("deliver", NOW)
        wait_until(lambda: len(server.messages) >= DELIVERED // 2)
        both[0].kill()
        assert "error" not in both[1].answer()
        restarted = NOW + sending.LEASE
        deliver.fn(now=restarted)
        deliver.fn(now=restarted + timedelta(minutes=5))
    found = [as_mail(data) for data in server.messages]
    copies = Counter(mail.message_id for mail in found)
    twice = {each for each, times in copies.items() if times > 1}
    assert states() == {"accepted": DELIVERED}
    assert sorted({content(mail) for mail in found}) == undisturbed
    assert len(copies) == DELIVERED, "one Message-ID each, however often it went"
    assert twice <= {each.message_id for each in deliveries(was_uncertain=True)}
    assert len(deliveries(was_uncertain=True)) <= CONNECTIONS, "at most one per open connection of the killed"
    assert audit_is_whole()


def test_it_takes_what_was_marked_as_uncertain_and_sends_the_rest(
    database: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill lies exactly between the mark and the answer: the server may have it."""
    forward_to_counties(NUMBER, 4, FORWARDED)
    with SlowServer(30) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        worker.order_child("deliver", NOW)
        wait_until(lambda: len(server.messages) == 1)
        worker.kill()
        handed_over = as_mail(server.messages[0])
    (marked,) = deliveries(state="sending")
    assert marked.message_id == handed_over.message_id
    with SlowServer(0) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        assert deliver.fn(now=NOW).accepted == 0
        restarted = NOW + sending.LEASE
        assert deliver.fn(now=restarted).accepted == 3
        (again,) = deliveries(message_id=marked.message_id)
        assert (again.state, again.was_uncertain, again.attempts) == (DeliveryState.QUEUED, True, 1)
        assert deliver.fn(now=restarted + timedelta(minutes=5)).accepted == 1
        copies = [as_mail(data) for data in server.messages if as_mail(data).message_id == marked.message_id]
    assert [content(copy) for copy in copies] == [content(handed_over)]
    assert audit_is_whole()


def test_it_goes_on_where_a_second_kill_hits_what_was_uncertain(
    sqlite: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward_to_counties(NUMBER, 1, FORWARDED)
    instants = [NOW, NOW + timedelta(minutes=15)]
    with SlowServer(30) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        for number, now in enumerate(instants, start=1):
            worker.order_child("deliver", now)
            wait_until(lambda number=number: len(server.messages) == number)  # type: ignore[misc]
            worker.kill()
            if number == 1:
                deliver.fn(now=now + sending.LEASE)
        assert len({as_mail(data).message_id for data in server.messages}) == 1
    with SlowServer(0) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        deliver.fn(now=instants[-1] + sending.LEASE)
        assert [as_mail(data).to for data in server.messages] == ["operators@example.org"]
    (delivery,) = deliveries(was_uncertain=True)
    assert (delivery.state, delivery.attempts) == (DeliveryState.UNCERTAIN, 2)
    assert [each.role for each in firings(kind="undeliverable")] == ["operators"]


def test_it_takes_back_what_a_killed_worker_had_only_claimed(
    database: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward_to_counties(NUMBER, 5, FORWARDED)
    with SlowServer(0) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        # nothing to take back, the assembly, the claim, and then the first mark
        worker.order_child("deliver", NOW, stop_at=4)
        assert worker.answer() == {"stopped": 4}
        worker.kill()
        assert states() == {"queued": 5}
        assert all(each.claimed_by for each in deliveries())
        assert deliver.fn(now=NOW + timedelta(minutes=9)).accepted == 0
        assert deliver.fn(now=NOW + timedelta(minutes=10)).accepted == 5
    assert len(server.messages) == 5
    assert deliveries(was_uncertain=True) == []
    with reading() as session:
        runs = session.scalars(select(RunLog).order_by(col(RunLog.id))).all()
    assert [run.counts["accepted"] for run in runs] == [0, 5]
