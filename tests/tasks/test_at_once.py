"""Many acts at once: exactly what the single acts do, row by row and entry by entry."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from config.settings import settings
from domain.statuses import ObligationKind, Status
from models.audit import AuditEntry
from models.notice import Firing, FiringRecipient
from models.obligation import Obligation, Report, Wake
from models.session import open_engine, reading
from tasks.at_once import ActOn, accept_at_once, receive_at_once, submit_at_once
from tasks.auditing import verify_audit
from tasks.handling import accept, receive, return_report, submit_report
from tasks.sweeping import sweep
from tests.cast import ADDRESSED, COVER, OPERATOR, SHIQIAO, UNDATED, beijing, officer, set_out
from tests.conftest import sqlite_url

SENT = beijing("2020-02-14 09:30")
LATER = beijing("2020-02-17 10:00")
TABLES = (Obligation, Wake, Report, Firing, FiringRecipient)


def numbers_of(kind: ObligationKind, *, period: str | None = None) -> list[tuple[int, str]]:
    """Return the obligations of a kind under the cover, with the codes of their offices."""
    from models.installation import installation

    with reading() as session:
        here = installation(session)
        statement = select(Obligation).where(col(Obligation.kind) == kind, col(Obligation.reviewer_id).is_not(None))
        if kind is ObligationKind.RECEIPT:
            statement = select(Obligation).where(col(Obligation.kind) == kind, col(Obligation.status) == Status.PENDING)
        found = session.scalars(statement.order_by(col(Obligation.id))).all()
        return [
            (each.id or 0, here.view.code_of[each.office_id])
            for each in found
            if period is None or each.period == period
        ]


def dump() -> dict[str, list[Any]]:
    """Return every row that acts touch, and the trail without its order and hashes."""
    with reading() as session:
        rows = {
            table.__name__: sorted(
                json.dumps(row.model_dump(mode="json"), sort_keys=True) for row in session.scalars(select(table))
            )
            for table in TABLES
        }
        trail = [(e.at, e.actor, e.act, e.subject, e.payload) for e in session.scalars(select(AuditEntry))]
    return rows | {"trail": sorted(map(list, trail))}


def singly() -> None:
    for _, code in numbers_of(ObligationKind.RECEIPT):
        receive.fn(COVER, code, actor=officer(code), now=LATER)
    for _, code in numbers_of(ObligationKind.REPORT, period=""):
        submit_report.fn(COVER, code, f"{code}的报告", actor=officer(code), now=LATER, ordinal=UNDATED)
    for number, _ in numbers_of(ObligationKind.REPORT, period=""):
        accept.fn(number, actor=OPERATOR, now=LATER, note="阅")


def at_once() -> None:
    def acts(found: list[tuple[int, str]], text: str = "") -> list[ActOn]:
        return [ActOn(number, officer(code), text and f"{code}{text}") for number, code in found]

    receive_at_once.fn(acts(numbers_of(ObligationKind.RECEIPT)), actor=OPERATOR, now=LATER)
    submit_at_once.fn(acts(numbers_of(ObligationKind.REPORT, period=""), "的报告"), actor=OPERATOR, now=LATER)
    decided = [ActOn(number, OPERATOR, "阅") for number, _ in numbers_of(ObligationKind.REPORT, period="")]
    accept_at_once.fn(decided, actor=OPERATOR, now=LATER)


def test_it_leaves_the_rows_and_the_trail_that_single_acts_leave(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {}
    for way in (singly, at_once):
        url = sqlite_url(sqlite_template, tmp_path / way.__name__)
        monkeypatch.setenv("DUBAN_DATABASE_URL", url)
        settings.cache_clear()
        set_out(SENT)
        way()
        assert verify_audit.fn().whole
        left[way.__name__] = dump()
        open_engine(url).dispose()
    for name, rows in left["singly"].items():
        assert left["at_once"][name] == rows, name


def test_it_sets_aside_what_is_not_allowed_and_does_the_rest(database: str) -> None:
    assert database
    set_out(SENT)
    receipts = numbers_of(ObligationKind.RECEIPT)
    receive.fn(COVER, SHIQIAO, actor=officer(SHIQIAO), now=LATER)
    acts = [ActOn(number, officer(code)) for number, code in receipts]
    done = receive_at_once.fn(acts, actor=OPERATOR, now=LATER)
    (refused,) = done.refused
    assert dict(receipts)[refused] == SHIQIAO
    assert "已完成" in done.refused[refused]
    assert done.done == len(ADDRESSED) - 1
    assert receive_at_once.fn(acts, actor=OPERATOR, now=LATER).done == 0


def test_it_refuses_an_empty_report_and_takes_the_others(database: str) -> None:
    assert database
    set_out(SENT)
    found = numbers_of(ObligationKind.REPORT, period="")
    texts = dict.fromkeys((number for number, _ in found), "报告") | {found[0][0]: "  "}
    done = submit_at_once.fn(
        [ActOn(number, officer(code), texts[number]) for number, code in found], actor=OPERATOR, now=LATER
    )
    assert done.refused == {found[0][0]: "报送内容不能为空。"}
    assert done.done == len(found) - 1


def test_it_counts_rounds_and_leaves_older_decisions(database: str) -> None:
    assert database
    set_out(SENT)
    found = numbers_of(ObligationKind.REPORT, period="")
    acts = [ActOn(number, officer(code), "报告") for number, code in found]
    submit_at_once.fn(acts, actor=OPERATOR, now=LATER)
    return_report.fn(found[0][0], "缺数据", actor=OPERATOR, now=LATER)
    again = submit_at_once.fn(acts, actor=OPERATOR, now=LATER + timedelta(hours=1))
    assert (again.done, len(again.refused)) == (1, len(found) - 1)
    accept_at_once.fn([ActOn(number, OPERATOR) for number, _ in found], actor=OPERATOR, now=LATER + timedelta(hours=2))
    with reading() as session:
        rows = session.scalars(
            select(Report).where(col(Report.obligation_id) == found[0][0]).order_by(col(Report.round))
        ).all()
        assert [(row.round, row.decision) for row in rows] == [(1, "returned"), (2, "accepted")]
        waiting = session.scalars(
            select(Obligation).where(
                col(Obligation.kind) == ObligationKind.DECIDE, col(Obligation.status) == Status.PENDING
            )
        ).all()
        assert waiting == []


def test_it_names_each_person_in_the_trail(database: str) -> None:
    assert database
    set_out(SENT)
    found = numbers_of(ObligationKind.REPORT, period="")
    submit_at_once.fn([ActOn(number, officer(code), "报告") for number, code in found], actor=OPERATOR, now=LATER)
    with reading() as session:
        entries = session.scalars(select(AuditEntry).where(col(AuditEntry.act) == "report.submitted")).all()
        named = Counter(entry.actor for entry in entries)
    assert named == Counter(str(officer(code)) for _, code in found)


def test_it_ends_reminders_that_have_not_gone_out(database: str) -> None:
    """The periods of 5 March: reminded on Monday 2 March, reported before any mail left."""
    assert database
    set_out(SENT)
    reminded = beijing("2020-03-02 09:00")
    sweep.fn(now=reminded)
    found = numbers_of(ObligationKind.REPORT, period="2020-03-05")
    acts = [ActOn(number, officer(code), "报告") for number, code in found]
    assert submit_at_once.fn(acts, actor=OPERATOR, now=reminded).done == len(found)
    with reading() as session:
        open_rungs = session.scalars(
            select(Firing).where(
                col(Firing.obligation_id).in_([number for number, _ in found]),
                col(Firing.audience) != "",
                col(Firing.state) == "open",
            )
        ).all()
    assert open_rungs == []


@pytest.mark.parametrize("size", [1, 3, 50])
def test_it_does_the_same_in_pieces_of_any_size(sqlite: str, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    assert sqlite
    monkeypatch.setattr("tasks.at_once._BATCH", size)
    set_out(SENT)
    found = numbers_of(ObligationKind.REPORT, period="")
    order = [ActOn(number, officer(code), "报告") for number, code in found]
    random.Random(size).shuffle(order)
    assert submit_at_once.fn(order, actor=OPERATOR, now=LATER).done == len(found)
    assert verify_audit.fn().whole
