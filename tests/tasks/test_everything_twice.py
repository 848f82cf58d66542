"""Two copies of everything at once: two sweeps, two urgent sweeps, two deliveries, each a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from domain.urgent import Severity
from tasks.alerting import raise_urgent_report
from tasks.delivering import deliver
from tasks.sweeping import sweep
from tests.cast import DONGAN, beijing, forward_cover, notice_text, officer, register_text, set_out
from tests.looking import entries
from tests.tasks.stage import (
    SlowServer,
    as_mail,
    audit_is_whole,
    deliver_at,
    deliveries,
    firings,
    go_live,
    items_of,
    notices,
    states,
)
from tests.tasks.workers import Worker, running, soon

FORWARDED = beijing("2020-02-14 09:30")
SENT = beijing("2020-02-14 09:40")
#: reminders of the routine circular, of the extra urgent one and of the urgent report are due
NOW = beijing("2020-02-14 13:40")
EXTRA_URGENT = "江扶组办发〔2020〕9号"


@pytest.fixture(scope="module")
def six() -> Iterator[list[Worker]]:
    with running(6) as workers:
        yield workers


def something_of_each_urgency() -> None:
    set_out(FORWARDED)
    register_text(notice_text(EXTRA_URGENT, "请各地抓好落实。", urgency="紧急程度：特急"), FORWARDED)
    forward_cover(FORWARDED, EXTRA_URGENT)
    raise_urgent_report.fn(
        DONGAN, "山洪", "某村进水", Severity.SERIOUS, occurred_at=SENT, learned_at=SENT, actor=officer(DONGAN), now=SENT
    )


def at_once(workers: list[Worker], *orders: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Let the workers begin together; return their answers."""
    begin_at = soon()
    for worker, (act, more) in zip(workers, orders, strict=True):
        worker.order(act, NOW, begin_at=begin_at, **more)
    answers = [worker.answer() for worker in workers[: len(orders)]]
    assert not [answer for answer in answers if "error" in answer], answers
    return answers


SWEEPS: list[tuple[str, dict[str, Any]]] = [
    ("sweep", {"batch": 3}),
    ("sweep", {"batch": 3}),
    ("sweep", {"urgent": True}),
    ("sweep", {"urgent": True}),
]


def test_two_copies_of_everything_at_once_do_each_thing_once(
    database: str, six: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    something_of_each_urgency()
    with SlowServer(0.005) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=2)
        deliver_at(SENT)
        answers = at_once(six, *SWEEPS, ("deliver", {}), ("deliver", {}))
        sweep.fn(now=NOW)
        deliver_at(NOW, NOW)
        assert deliver.fn(now=NOW).accepted == 0
    assert sum(answer.get("fired", 0) for answer in answers) > 20
    fired = len(firings())
    assert set(states()) == {"accepted"}
    ids = Counter(as_mail(data).message_id for data in server.messages)
    assert set(ids.values()) == {1}
    carried = Counter((item.id, each.address) for each in deliveries() for item in items_of(each.notice_id))
    assert set(carried.values()) == {1}
    recorded = Counter(payload["firing"] for _, payload in entries("firing.fired"))
    assert set(recorded.values()) == {1}
    assert len(recorded) == fired
    assert audit_is_whole()


def test_three_overlapping_deliveries_over_a_slow_server_send_one_mail_to_each(
    database: str, six: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    something_of_each_urgency()
    with SlowServer(0.03) as server:
        go_live(monkeypatch, server.port, FORWARDED, smtp_connections=2)
        deliver_at(SENT)
        at_once(six[:4], *SWEEPS)
        before = len(server.messages)
        at_once(six[:3], ("deliver", {}), ("deliver", {}), ("deliver", {}))
        assert deliver.fn(now=NOW).accepted == 0
    found = [as_mail(data) for data in server.messages[before:]]
    by_id = notices()
    merged = {each.message_id for each in deliveries() if by_id[each.notice_id].kind != "urgent_report"}
    # What is urgent goes apart from what is not, and an urgent report stands alone.
    to = Counter((mail.to, mail.subject.startswith("【")) for mail in found if mail.message_id in merged)
    alone = {"urgent_escalation"}
    assert {key for key, times in to.items() if times > 1} <= {
        (each.address, True) for each in deliveries() if by_id[each.notice_id].kind in alone
    }
    assert len({mail.message_id for mail in found}) == len(found) > 10
    assert deliveries(was_uncertain=True) == []
    assert audit_is_whole()
