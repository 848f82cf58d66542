"""SIGKILL before any one step of accepting a corrected draft: all of it is registered, or it waits as it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import col

from domain.reviewing import Looking
from models.circular import Circular
from models.review import DraftReview, DraftState
from tasks.drafting import accept_draft, correct_draft
from tasks.registering import register_circular
from tests.cast import OPERATOR, PAIR, PAIR_FILE, beijing, import_cast
from tests.looking import entries, rows
from tests.tasks.killing import kept, killed_at, sample, trail
from tests.tasks.stage import audit_is_whole
from tests.tasks.workers import Worker, running

NOW = beijing("2020-02-14 09:00")
LINES = ["要求2.期限=2020-03-20", "附件1.要求1.期限=2020-02-19"]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with running(1) as (only,):
        yield only


def test_a_draft_whose_acceptance_is_killed_waits_as_it_did_and_can_be_accepted(database: str, worker: Worker) -> None:
    import_cast(NOW)
    number = register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=NOW, looking=Looking.ALWAYS).waiting
    reset, before = kept(database), trail()
    order = {"draft": number, "lines": LINES}
    total = worker.steps_until("accept_draft", NOW, 0, **order)
    undisturbed = trail()
    assert total > 30
    for step in sample(total):
        reset()
        assert killed_at(worker, "accept_draft", NOW, step, database, **order) == 0, step
        assert audit_is_whole(), step
        assert trail() == before, step
        assert rows(Circular) == [], step
        assert [each.state for each in rows(DraftReview)] == [DraftState.WAITING], step
        correct_draft.fn(number or 0, LINES, actor=OPERATOR, now=NOW)
        accept_draft.fn(number or 0, actor=OPERATOR, now=NOW)
        assert trail() == undisturbed, step
    assert len(rows(Circular, col(Circular.draft_id) == number)) == 2
    assert len(entries("circular.draft_corrected")) == 5
