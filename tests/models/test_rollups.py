"""Roll-ups in SQL: the same lights and the same lateness as the rules in `domain.rollup`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlmodel import Session, col

from domain.documents import DocumentKind
from domain.offices import Tier
from domain.rollup import Light, Tally, is_late, light, near_until, total
from domain.statuses import ObligationKind, Status
from models.circular import Circular, Document
from models.installation import work_calendar
from models.obligation import Obligation, PolicyVersion
from models.office import Office
from models.rollups import counts_by_status, tally
from models.session import engine, reading

NOW = datetime(2020, 2, 14, 1, 30, tzinfo=UTC)
#: 24:00 of Wednesday 19 February in Beijing: three working days after Friday 14 February
NEAR = datetime(2020, 2, 19, 16, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
DUE = {
    "without a date": None, "due a month ago": NOW - 30 * DAY, "due a tick ago": NOW - TICK, "due now": NOW,
    "due in a tick": NOW + TICK, "due at the end of the near days": NEAR, "due a tick after them": NEAR + TICK,
    "due in a month": NOW + 30 * DAY,
}  # fmt: skip
DONE = {
    "never": None, "long ago": NOW - 40 * DAY, "a week ago": NOW - 7 * DAY, "as it became due": NOW,
    "a tick before now": NOW - TICK,
}  # fmt: skip


def obligation(number: int, **values: Any) -> Obligation:
    """An obligation of the first office and policy, changed where a test needs it."""
    plain: dict[str, Any] = {
        "kind": ObligationKind.REPORT, "office_id": 1, "origin": f"forwarding:{number}", "grade": "routine",
        "policy_id": 1, "calendar_digest": "0", "issued_at": NOW - 50 * DAY, "made_at": NOW - 50 * DAY,
    }  # fmt: skip
    return Obligation(**plain | values)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """Two offices of two tiers, two circulars and a policy to hang obligations on."""
    with Session(engine()) as session:
        session.add(Office(code="23", name="省办", tier=Tier.PROVINCE))
        session.flush()
        session.add(Office(code="2304", name="市办", tier=Tier.PREFECTURE, superior_id=1))
        session.add(PolicyVersion(digest="0", canonical="{}", first_used_at=NOW))
        session.add(Document(sha256="0", filename="a", media_type="text/plain", content=b"", stored_at=NOW))
        session.flush()
        for number in ("甲〔2020〕1号", "甲〔2020〕2号"):
            session.add(
                Circular(
                    number=number, kind=DocumentKind.NOTICE, title="通知", document_id=1, text="", text_digest="",
                    registered_at=NOW,
                )
            )  # fmt: skip
        session.flush()
        yield session


def stored(session: Session, rows: list[Obligation]) -> None:
    session.add_all(rows)
    session.commit()


def every_case() -> list[Obligation]:
    cases = product(Status, ("", "suspension"), DUE.values(), DONE.values(), DONE.values())
    return [
        obligation(number, status=status, hold=hold, due_at=due_at, submitted_at=submitted_at, ended_at=ended_at)
        for number, (status, hold, due_at, submitted_at, ended_at) in enumerate(cases)
    ]


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))], ids=["utc", "beijing"])
def test_it_shows_the_light_of_the_rule_in_every_case(session: Session, zone: timezone) -> None:
    stored(session, every_case())
    shown = tally(session, NOW.astimezone(zone), NEAR.astimezone(zone), col(Obligation.id))
    assert len(shown) == len(every_case())
    for each in session.scalars(select(Obligation)):
        lamp = light(each.status, each.due_at, NOW, NEAR, each.hold)
        counts = shown[each.id,]
        assert getattr(counts, lamp.value) == counts.total == 1, each


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))], ids=["utc", "beijing"])
def test_it_counts_late_what_the_rule_calls_late_but_not_what_was_let_off(session: Session, zone: timezone) -> None:
    stored(session, every_case())
    shown = tally(session, NOW.astimezone(zone), NEAR.astimezone(zone), col(Obligation.id))
    for each in session.scalars(select(Obligation)):
        let_off = light(each.status, each.due_at, NOW, NEAR, each.hold) is Light.GREY
        late = is_late(each.due_at, each.submitted_at, each.ended_at, NOW)
        assert shown[each.id,].late == (late and not let_off), each


def test_its_near_days_are_working_days() -> None:
    assert near_until(NOW, work_calendar()) == NEAR


def test_it_groups_by_whatever_it_is_asked_for(session: Session) -> None:
    stored(session, [
        obligation(1, circular_id=1, due_at=NOW - DAY),
        obligation(2, circular_id=1, due_at=NOW + DAY, office_id=2),
        obligation(3, circular_id=2, status=Status.ACCEPTED, due_at=NOW - DAY, ended_at=NOW, office_id=2),
        obligation(4, kind=ObligationKind.RECEIPT, status=Status.WAIVED),
    ])  # fmt: skip
    red, yellow, tick, grey = Tally(red=1, late=1), Tally(yellow=1), Tally(tick=1, late=1), Tally(grey=1)
    assert tally(session, NOW, NEAR, col(Office.tier)) == {
        (Tier.PROVINCE,): red + grey, (Tier.PREFECTURE,): yellow + tick,
    }  # fmt: skip
    assert tally(session, NOW, NEAR, col(Obligation.circular_id)) == {(1,): red + yellow, (2,): tick, (None,): grey}
    assert tally(session, NOW, NEAR, col(Obligation.kind), col(Office.code)) == {
        (ObligationKind.REPORT, "23"): red, (ObligationKind.REPORT, "2304"): yellow + tick,
        (ObligationKind.RECEIPT, "23"): grey,
    }  # fmt: skip


def test_its_groups_add_up_to_the_whole(session: Session) -> None:
    stored(session, every_case())
    whole = tally(session, NOW, NEAR)[()]
    assert whole.total == len(every_case())
    assert total(tally(session, NOW, NEAR, col(Obligation.due_at)).values()) == whole


def test_it_leaves_the_superiors_decisions_out(session: Session) -> None:
    stored(session, [obligation(1), obligation(2, kind=ObligationKind.DECIDE, due_at=NOW - DAY)])
    assert tally(session, NOW, NEAR)[()] == Tally(green=1)


def test_it_has_nothing_to_show_where_nothing_is_owed(session: Session) -> None:
    assert tally(session, NOW, NEAR, col(Office.tier)) == {}
    assert counts_by_status(session) == {}


def test_it_counts_by_kind_and_status(session: Session) -> None:
    stored(session, [
        obligation(1), obligation(2), obligation(3, status=Status.SUBMITTED), obligation(4, kind=ObligationKind.DECIDE),
    ])  # fmt: skip
    assert counts_by_status(session) == {"report": {"pending": 2, "submitted": 1}, "decide": {"pending": 1}}


def test_it_takes_one_query_whatever_the_number(session: Session) -> None:
    stored(session, every_case())
    queries = list[str]()
    event.listen(engine(), "before_cursor_execute", lambda *about: queries.append(about[2]))
    with reading() as fresh:
        tally(fresh, NOW, NEAR, col(Office.tier), col(Obligation.circular_id), col(Obligation.kind))
    assert [query for query in queries if query != "BEGIN"] == queries[-1:]


def test_it_reads_the_index_alone_office_by_office(session: Session) -> None:
    stored(session, every_case())
    if engine().dialect.name != "sqlite":
        pytest.skip("what PostgreSQL plans depends on how many rows there are")
    asked = list[tuple[str, Any]]()
    event.listen(engine(), "before_cursor_execute", lambda *about: asked.append((about[2], about[3])))
    tally(session, NOW, NEAR, col(Obligation.office_id))
    statement, parameters = asked[-1]
    with engine().connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert [step.detail for step in plan] == ["SCAN obligation USING COVERING INDEX ix_obligation_rollup"]
