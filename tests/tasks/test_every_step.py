"""SIGKILL just before any one step of a sweep or a delivery, restarted, compared with a run that nobody disturbed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest

from tasks.delivering import deliver
from tasks.sending import LEASE
from tasks.sweeping import sweep
from tests.cast import beijing, set_out
from tests.tasks.killing import Reset, kept, killed_at, sample, trail
from tests.tasks.stage import (
    Fired,
    SlowServer,
    as_mail,
    audit_is_whole,
    deliveries,
    firings,
    forward_to_counties,
    go_live,
    obligations,
    states,
)
from tests.tasks.workers import Worker, running

FORWARDED = beijing("2020-02-14 09:30")
AFTER_AN_OUTAGE = beijing("2020-04-08 10:00")
REMINDED = beijing("2020-03-02 09:00")
NUMBER = "江扶组办发〔2020〕31号"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with running(1) as (only,):
        yield only


# ---------------------------------------------------------------- the sweep


class Swept(NamedTuple):
    fired: list[Fired]
    owed: list[tuple[str, str]]
    trail: Counter[str]


def swept() -> Swept:
    return Swept(sorted(firings()), obligations("report"), trail())


def test_a_sweep_killed_before_any_step_and_restarted_is_as_if_undisturbed(database: str, worker: Worker) -> None:
    set_out(FORWARDED)
    reset = kept(database)
    total = worker.steps_until("sweep", AFTER_AN_OUTAGE, 0, batch=5)
    undisturbed = swept()
    assert total > 30
    for step in sample(total):
        reset()
        assert killed_at(worker, "sweep", AFTER_AN_OUTAGE, step, database, batch=5) == 0, step
        assert audit_is_whole(), step
        sweep.fn(now=AFTER_AN_OUTAGE)
        assert swept() == undisturbed, step
        assert sweep.fn(now=AFTER_AN_OUTAGE).fired == 0, step
        assert audit_is_whole(), step


def test_a_sweep_killed_again_and_again_gets_done(sqlite: str, worker: Worker) -> None:
    set_out(FORWARDED)
    reset = kept(sqlite)
    sweep.fn(now=AFTER_AN_OUTAGE)
    undisturbed = swept()
    reset()
    for step in (7, 25, 3, 31, 18, 40):
        worker.steps_until("sweep", AFTER_AN_OUTAGE, step, batch=3)
    sweep.fn(now=AFTER_AN_OUTAGE)
    assert swept() == undisturbed
    assert audit_is_whole()


# ---------------------------------------------------------------- the delivery


class Delivered(NamedTuple):
    #: (recipient, subject) of each message, copies counted once
    messages: Counter[tuple[str, str]]
    states: dict[str, int]
    trail: Counter[str]


def reminders_wait(url: str) -> Reset:
    """Let circulars have gone out, and their reminders (digests, and a superior's) wait for a delivery."""
    forward_to_counties(NUMBER, 3, FORWARDED)
    deliver.fn(now=beijing("2020-02-14 09:40"))
    sweep.fn(now=REMINDED)
    return kept(url)


def delivered(server: SlowServer) -> Delivered:
    mails = [as_mail(data) for data in server.messages]
    messages = {mail.message_id: (mail.to, mail.subject) for mail in mails}
    return Delivered(Counter(messages.values()), states(), trail("delivery.uncertain", "mail.mode"))


@pytest.mark.parametrize("connections", [1, 2])
def test_a_delivery_killed_before_any_step_and_restarted_sends_the_same_messages(
    database: str, worker: Worker, monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    reset = reminders_wait(database)
    with SlowServer(0) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=connections)
        total = worker.steps_until("deliver", REMINDED, 0)
        undisturbed = delivered(server)
    assert len(undisturbed.messages) > 3
    for step in sample(total):
        reset()
        with SlowServer(0) as server:
            go_live(monkeypatch, server.port, FORWARDED, smtp_connections=connections)
            finished = killed_at(worker, "deliver", REMINDED, step, database)
            # With two connections the order varies, and with it how many steps there are.
            assert not finished or connections > 1, step
            assert audit_is_whole(), step
            for later in (LEASE, LEASE + timedelta(minutes=5)):
                deliver.fn(now=REMINDED + later)
            assert deliver.fn(now=REMINDED + 2 * LEASE).accepted == 0, step
            assert delivered(server) == undisturbed, step
        copies = Counter(as_mail(data).message_id for data in server.messages)
        uncertain = {each.message_id for each in deliveries(was_uncertain=True)}
        assert {each for each, times in copies.items() if times > 1} <= uncertain, step
        assert max(copies.values()) <= 2, step
        assert len(uncertain) <= connections, step
        assert audit_is_whole(), step


def test_what_was_marked_and_not_handed_over_goes_out_after_all(
    sqlite: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every kill between a mark and its answer makes that one message uncertain, and no other."""
    reset = reminders_wait(sqlite)
    found: Counter[int] = Counter()
    with SlowServer(0) as server:
        go_live(monkeypatch, server.port, FORWARDED)
        total = worker.steps_until("deliver", REMINDED, 0)
    for step in sample(total):
        reset()
        with SlowServer(0) as server:
            go_live(monkeypatch, server.port, FORWARDED)
            worker.steps_until("deliver", REMINDED, step)
            marked = len(deliveries(state="sending"))
            deliver.fn(now=REMINDED + LEASE)
            assert len(deliveries(was_uncertain=True)) == marked, step
            found[marked] += 1
    assert set(found) <= {0, 1}
    assert found[1]
