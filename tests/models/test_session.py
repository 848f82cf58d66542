"""Transactions: all or nothing, their audit entries last, and any number of writers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlmodel import Session, col

from config.settings import settings
from domain.offices import Tier
from domain.trail import GENESIS, SYSTEM, Actor, ActorKind
from models.audit import AuditEntry, Choice, RunLog
from models.office import Office
from models.session import Transaction, engine, open_engine, reading, transaction
from tasks.auditing import verify_audit

NOW = datetime(2020, 2, 14, 1, 30, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))
WRITERS = 4
ROUNDS = 25


def add_office(work: Transaction, code: str) -> None:
    """Store an office and note it."""
    work.session.add(Office(code=code, name=f"单位{code}", tier=Tier.COUNTY))
    work.record("office.added", f"office:{code}", {"code": code})


def add_offices(*codes: str) -> None:
    """Store offices in one transaction."""
    with transaction(SYSTEM, NOW) as work:
        for code in codes:
            add_office(work, code)


def entries() -> list[AuditEntry]:
    with reading() as session:
        return list(session.scalars(select(AuditEntry).order_by(col(AuditEntry.seq))))


def offices() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Office)) or 0


def hang_up_on_all_others() -> None:
    """Cut every connection to the database but the one that says so."""
    others = create_engine(settings().url)
    with others.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    others.dispose()


def at_once(work: Callable[[int], None]) -> list[BaseException]:
    """Run `work(0)` … `work(3)`, each in a thread of its own, begun together; return what was raised."""
    gate, errors = threading.Barrier(WRITERS), list[BaseException]()

    def run(number: int) -> None:
        try:
            gate.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001  the test looks at it
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return errors


def test_it_stores_what_was_done_and_its_entry(database: str) -> None:
    with transaction(Actor(ActorKind.CLAIMED, "周明"), NOW) as work:
        add_office(work, "230400")
    assert offices() == 1
    (entry,) = entries()
    assert (entry.seq, entry.prev_hash) == (1, GENESIS)
    assert (entry.actor, entry.act, entry.subject) == ("claimed:周明", "office.added", "office:230400")
    assert entry.payload == '{"code":"230400"}'
    assert entry.at == "2020-02-14T01:30:00.000000+00:00"


def test_it_appends_its_entries_at_the_end_of_the_trail(database: str) -> None:
    add_offices("1", "2")
    with transaction(SYSTEM, NOW) as work:
        add_office(work, "3")
    found = entries()
    assert [entry.subject for entry in found] == ["office:1", "office:2", "office:3"]
    assert [entry.prev_hash for entry in found[1:]] == [entry.hash for entry in found[:-1]]
    assert verify_audit.fn().whole


def test_it_appends_them_after_all_else_is_stored(database: str) -> None:
    with transaction(SYSTEM, NOW) as work:
        add_office(work, "1")
        work.session.flush()
        assert work.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_it_writes_no_entry_where_nothing_was_recorded(database: str) -> None:
    with transaction(SYSTEM, NOW) as work:
        work.session.add(RunLog(name="sweep", as_of=NOW, ended_at=NOW))
    assert entries() == []


def test_it_rolls_everything_back_on_an_exception(database: str) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_half_way()
    assert offices() == 0
    assert entries() == []


def _fail_half_way() -> None:
    with transaction(SYSTEM, NOW) as work:
        add_office(work, "1")
        work.session.flush()
        raise ZeroDivisionError


def test_it_rolls_everything_back_where_the_database_refuses(database: str) -> None:
    with transaction(SYSTEM, NOW) as work:
        add_office(work, "1")
    with pytest.raises(IntegrityError):
        add_offices("2", "1")
    assert offices() == len(entries()) == 1


def test_it_can_be_used_again_after_a_rollback(database: str) -> None:
    with pytest.raises(KeyError), transaction(SYSTEM, NOW):
        raise KeyError
    with transaction(SYSTEM, NOW) as work:
        add_office(work, "1")
    assert offices() == 1


def test_it_keeps_what_it_loaded_usable_after_the_commit(database: str) -> None:
    with transaction(SYSTEM, NOW) as work:
        office = Office(code="1", name="甲", tier=Tier.COUNTY)
        work.session.add(office)
    assert office.id == 1


def test_it_works_on_another_database_than_the_installations(
    sqlite: str, tmp_path: Path, sqlite_template: Path
) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(sqlite_template.read_bytes())
    with transaction(SYSTEM, NOW, on=open_engine(f"sqlite:///{other}")) as work:
        add_office(work, "1")
    assert offices() == 0
    assert verify_audit.fn(database=f"sqlite:///{other}").entries == 1


def test_four_writers_make_one_unforked_trail(database: str) -> None:
    def write(writer: int) -> None:
        for turn in range(ROUNDS):
            with transaction(SYSTEM, NOW) as work:
                add_office(work, f"{writer}-{turn}")

    assert at_once(write) == []
    verdict = verify_audit.fn()
    assert (verdict.problem, verdict.entries) == ("", WRITERS * ROUNDS)
    assert offices() == WRITERS * ROUNDS


def test_four_writers_that_read_first_never_find_the_database_locked(database: str) -> None:
    # a deferred transaction of SQLite that has read may not write after another has: it fails at once
    def write(writer: int) -> None:
        for turn in range(ROUNDS):
            with transaction(SYSTEM, NOW) as work:
                known = work.session.scalar(select(func.count()).select_from(Office)) or 0
                add_office(work, f"{writer}-{turn}")
                assert known < WRITERS * ROUNDS

    assert at_once(write) == []
    assert verify_audit.fn().entries == WRITERS * ROUNDS


def test_a_writer_that_fails_leaves_no_gap_between_the_others(database: str) -> None:
    def write(writer: int) -> None:
        for turn in range(ROUNDS):
            try:
                with transaction(SYSTEM, NOW) as work:
                    add_office(work, f"{writer}-{turn}")
                    if turn % 5 == writer:
                        raise InterruptedError
            except InterruptedError:
                continue  # rolled back on purpose

    assert at_once(write) == []
    verdict = verify_audit.fn()
    assert verdict.whole
    assert verdict.entries == offices() == WRITERS * (ROUNDS - ROUNDS // 5)


def test_one_of_several_writers_of_one_key_wins(database: str) -> None:
    errors = at_once(lambda _: add_offices("1"))
    assert [type(error) for error in errors] == [IntegrityError] * (WRITERS - 1)
    assert offices() == len(entries()) == 1


def test_a_reader_waits_for_no_writer(database: str) -> None:
    with transaction(SYSTEM, NOW) as work:
        add_office(work, "1")
        work.session.flush()
        assert offices() == 0
    assert offices() == 1


def test_it_refuses_a_naive_instant(database: str) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="timezone"), transaction(SYSTEM, NOW) as work:
        work.session.add(RunLog(name="sweep", as_of=naive, ended_at=NOW))
    with reading() as session:
        assert session.scalars(select(RunLog)).all() == []


def test_it_gives_instants_back_aware_and_in_utc(database: str) -> None:
    local = datetime(2020, 2, 14, 9, 30, 0, 123456, tzinfo=BEIJING)
    with transaction(SYSTEM, NOW) as work:
        work.session.add(Choice(key="mail_mode", value="live", chosen_at=local, chosen_by="周明"))
    with reading() as session:
        stored = session.get_one(Choice, "mail_mode").chosen_at
    assert stored == local
    assert stored.isoformat() == "2020-02-14T01:30:00.123456+00:00"


def test_it_keeps_foreign_keys(database: str) -> None:
    with pytest.raises(IntegrityError), transaction(SYSTEM, NOW) as work:
        work.session.add(Office(code="1", name="甲", tier=Tier.COUNTY, superior_id=99))


def test_it_makes_the_folder_of_a_new_sqlite_database(tmp_path: Path) -> None:
    with Session(open_engine(f"sqlite:///{tmp_path / 'deep' / 'er' / 'duban.db'}")) as session:
        assert session.scalar(select(1)) == 1
    open_engine.cache_clear()


def test_it_opens_one_engine_per_database(sqlite: str) -> None:
    assert engine() is engine() is open_engine(sqlite)


def test_it_opens_one_engine_for_threads_that_begin_at_once(sqlite: str) -> None:
    found = list[int]()
    assert at_once(lambda _: found.append(id(engine()))) == []
    assert len(set(found)) == 1


def test_it_speaks_to_postgresql_by_psycopg_however_the_address_is_written() -> None:
    assert open_engine("postgresql://u@localhost/duban").dialect.driver == "psycopg"
    open_engine.cache_clear()


# ---------------------------------------------------------------- a server that hangs up


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_while_it_rested_is_opened_anew(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.session._REST", 0)
    add_offices("230001")
    hang_up_on_all_others()
    add_offices("230002")
    assert offices() == 2


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_connection_just_used_is_not_asked_whether_it_stands(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.session._REST", 60)
    add_offices("230001")
    hang_up_on_all_others()
    with pytest.raises(OperationalError):
        add_offices("230002")
    add_offices("230003")
    assert offices() == 2, "the next one has a connection again"
