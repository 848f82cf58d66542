"""Thousands of rows at once: the same rows as one by one, claimed by their keys, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from domain.offices import Audience, Tier
from domain.trail import SYSTEM
from models import bulk
from models.bulk import insert_many, insert_numbered, update_many
from models.notice import Firing, FiringState
from models.office import Office
from models.session import transaction
from models.statements import among

NOW = datetime(2020, 3, 11, 1, 0, tzinfo=UTC)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """A transaction on each database, in which there is one office."""
    with transaction(SYSTEM, NOW) as work:
        work.session.add(Office(id=7, code="230000", name="省", tier=Tier.PROVINCE))
        work.session.flush()
        yield work.session


def alarm(cause: str, **values: Any) -> dict[str, Any]:
    """The columns of a firing without an obligation."""
    return {
        "cause": cause, "revision": 0, "rung": "alarm:x", "repeat": 0, "office_id": 7, "role": "officer",
        "audience": "", "kind": "alarm", "state": FiringState.OPEN, "at": NOW, "fired_at": NOW, "not_before": NOW,
        "urgency_tag": "", "catch_up": False, "call_list": False, "why": "", "detail": {},
    } | values  # fmt: skip


def stored(session: Session, name: str) -> list[Any]:
    return list(session.scalars(select(getattr(Firing, name)).order_by(col(Firing.id))))


def test_it_stores_every_value_as_one_by_one(session: Session) -> None:
    beijing = timezone(timedelta(hours=8))
    values = {
        "state": FiringState.SUPERSEDED, "audience": Audience.SUPERIOR_HEAD, "catch_up": True,
        "why": "“原因”\n'…%s? \\ \"{,}\" NULL",
        "detail": {"matter": "事项 \\ \"{}\"", "number": "1"},
        "at": datetime(2020, 3, 11, 9, 0, 0, 123456, tzinfo=beijing),
    }  # fmt: skip
    (made,) = insert_numbered(session, Firing, [alarm("a", **values)])
    session.add(Firing(**alarm("b", **values)))
    session.flush()
    assert made["id"] == stored(session, "id")[0]
    for name in alarm("a"):
        first, second = stored(session, name)
        assert name == "cause" or first == second
    assert stored(session, "detail")[0] == {"matter": '事项 \\ "{}"', "number": "1"}
    assert stored(session, "at")[0] == datetime(2020, 3, 11, 1, 0, 0, 123456, tzinfo=UTC)


def test_it_claims_the_free_keys_alone_and_tells_which(session: Session) -> None:
    first = insert_numbered(session, Firing, [alarm("a"), alarm("b")])
    again = insert_numbered(session, Firing, [alarm("b"), alarm("c"), alarm("a"), alarm("d"), alarm("c")])
    assert [row["cause"] for row in first] == ["a", "b"]
    assert [row["cause"] for row in again] == ["c", "d"]
    held = dict(session.execute(select(col(Firing.id), col(Firing.cause))).all())
    assert held == {row["id"]: row["cause"] for row in (*first, *again)}
    assert insert_numbered(session, Firing, []) == []


def test_it_numbers_as_the_database_would_go_on(session: Session) -> None:
    rows = insert_numbered(session, Firing, [alarm(f"bulk {number}") for number in range(3)])
    session.add(Firing(**alarm("single")))
    session.flush()
    numbers = stored(session, "id")
    assert [row["id"] for row in rows] == numbers[:3]
    assert sorted(set(numbers)) == numbers
    assert stored(session, "cause")[-1] == "single"


def test_it_works_through_more_than_one_statement(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_BATCH", 4)
    rows = [alarm(f"{number}") for number in range(10)]
    assert insert_many(session, Firing, rows) == 10
    assert insert_many(session, Firing, [*rows[5:], alarm("new")], new=True) == 1
    assert len(stored(session, "id")) == 11


def test_it_refuses_a_taken_key_unless_told_otherwise(session: Session) -> None:
    insert_many(session, Firing, [alarm("a")])
    with pytest.raises(Exception, match=r"UNIQUE|unique"), session.begin_nested():
        insert_many(session, Firing, [alarm("b"), alarm("a")])
    assert stored(session, "cause") == ["a"]


def test_it_sets_each_row_its_own_values(session: Session) -> None:
    rows = insert_numbered(session, Firing, [alarm(f"{number}") for number in range(3)])
    later = [NOW + timedelta(hours=number) for number in range(3)]
    values = [
        {"id": row["id"], "not_before": at, "state": FiringState.WITHDRAWN}
        for row, at in zip(rows[:2], later[1:], strict=True)
    ]
    assert update_many(session, Firing, "id", values) == 2
    assert update_many(session, Firing, "id", []) == 0
    assert stored(session, "not_before") == [later[1], later[2], NOW]
    assert stored(session, "state") == [FiringState.WITHDRAWN, FiringState.WITHDRAWN, FiringState.OPEN]


def test_it_sees_what_the_session_has_not_written_yet(session: Session) -> None:
    session.add(Office(id=8, code="230001", name="市", tier=Tier.PREFECTURE))
    assert insert_many(session, Firing, [alarm("a", office_id=8)]) == 1


@pytest.mark.parametrize("wanted", [[], [2], [1, 3, 99], list(range(2, 40_000))])
def test_it_finds_rows_among_any_number_of_ids(session: Session, wanted: list[int]) -> None:
    insert_many(session, Firing, [alarm(f"{number}") | {"id": number} for number in range(1, 6)])
    expected = sorted(set(wanted) & {1, 2, 3, 4, 5})
    found = select(col(Firing.id)).where(among(Firing.id, wanted)).order_by(col(Firing.id))
    assert session.scalars(found).all() == expected
    others = select(col(Firing.id)).where(~among(Firing.id, wanted), col(Firing.id) > 2).order_by(col(Firing.id))
    assert session.scalars(others).all() == [number for number in (3, 4, 5) if number not in expected]
    session.execute(update(Firing).where(among(Firing.id, wanted)).values(why="found"))
    assert stored(session, "why").count("found") == len(expected)
    session.execute(delete(Firing).where(among(Firing.id, wanted)))
    assert len(stored(session, "id")) == 5 - len(expected)


def test_it_looks_ids_up_by_the_key_and_reads_no_other_row(session: Session) -> None:
    statement = select(col(Firing.why)).where(among(Firing.id, [1, 2]))
    dialect = session.get_bind().dialect
    if dialect.name != "sqlite":
        pytest.skip("a plan on a table of no rows says nothing there")
    plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.compile(dialect=dialect)}", ("[1, 2]",))
    assert next(row.detail for row in plan) == "SEARCH firing USING INTEGER PRIMARY KEY (rowid=?)"


def test_it_spells_no_array_of_what_it_does_not_know() -> None:
    assert bulk.array_literal([None, "NULL", "", True, 7]) == '{NULL,"NULL","",True,7}'
    with pytest.raises(TypeError, match="bytes"):
        bulk.array_literal([b"x"])
