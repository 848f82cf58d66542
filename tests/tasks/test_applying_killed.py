"""SIGKILL before any one step of applying a policy or a calendar, in pieces; applied again: as if undisturbed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from config.policies import DEFAULT_FILE
from models import policies, recomputing
from models.obligation import Adjustment, Obligation, PolicyVersion
from tasks.recomputing import apply_calendar
from tasks.repolicing import apply_policies
from tests.cast import OPERATOR, beijing, set_out
from tests.looking import rows
from tests.tasks.killing import kept, killed_at, sample, trail
from tests.tasks.stage import Fired, audit_is_whole, firings, use, wake_at
from tests.tasks.workers import Worker, running

SENT = beijing("2020-02-14 09:30")
MONDAY = beijing("2020-02-17 08:40")
RECEIPT_TERM = 'kind = "receipt"\ngrades = ["routine"]\namount = 1\n'
REASON = "调整时限"
#: so many obligations are one piece, which is a transaction
PIECE = 2


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with running(1) as (only,):
        yield only


class Left(NamedTuple):
    """What an act leaves behind."""

    owed: list[tuple[object, ...]]
    adjustments: int
    fired: list[Fired]
    trail: Counter[str]


def left() -> Left:
    versions = {each.id: each.digest for each in rows(PolicyVersion)}
    owed = [
        (each.id, each.due_at, each.revision, versions[each.policy_id], each.calendar_digest, wake_at(each.id))
        for each in rows(Obligation)
    ]
    return Left(sorted(owed, key=str), len(rows(Adjustment)), sorted(firings()), trail())


def hold(worker: Worker, act: str, now: datetime, url: str, apply: Any) -> None:
    """Kill the worker's act before each step that is tried, apply again, and compare."""
    reset = kept(url)
    total = worker.steps_until(act, now, 0, batch=PIECE, reason=REASON)
    undisturbed = left()
    assert undisturbed.adjustments > 2 * PIECE
    assert total > 30
    for step in sample(total):
        reset()
        assert killed_at(worker, act, now, step, url, batch=PIECE, reason=REASON) == 0, step
        assert audit_is_whole(), step
        apply.fn(REASON, actor=OPERATOR, now=now)
        assert left() == undisturbed, step
        assert apply.fn(REASON, actor=OPERATOR, now=now).moved == 0, step
        assert left() == undisturbed, step


def test_a_policy_killed_while_it_is_applied_is_applied_by_the_next_try(
    database: str, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(SENT)
    longer = tmp_path / "longer.toml"
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    assert RECEIPT_TERM in text
    longer.write_text(text.replace(RECEIPT_TERM, RECEIPT_TERM.replace("= 1", "= 3")), encoding="utf-8")
    use(monkeypatch, policies_file=longer)
    monkeypatch.setattr(policies, "PIECE", PIECE)
    hold(worker, "apply_policies", MONDAY, database, apply_policies)
    assert len({each.policy_id for each in rows(Obligation) if not each.status.is_final}) == 1


def test_a_calendar_killed_while_it_is_applied_is_applied_by_the_next_try(
    database: str, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_out(SENT)
    days = tmp_path / "days.toml"
    days.write_text("extra_rest_days = [2020-02-17, 2020-02-18]\n", encoding="utf-8")
    use(monkeypatch, work_days_file=days)
    monkeypatch.setattr(recomputing, "PIECE", PIECE)
    hold(worker, "apply_calendar", SENT, database, apply_calendar)
    assert len({each.calendar_digest for each in rows(Obligation) if not each.status.is_final}) == 1
