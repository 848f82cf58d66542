"""The schema: migrating up and down on both databases, and a trail that can only grow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.trail import SYSTEM
from models.schema import (
    VERSION_TABLE,
    changing,
    current_revision,
    downgrade,
    is_empty,
    newest_revision,
    revision_of,
    revisions,
    upgrade,
)
from models.session import open_engine, transaction
from models.tables import metadata
from tests.conftest import postgres_url

NOW = datetime(2020, 2, 14, 1, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of each kind without any table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url, _ = postgres_url(request.getfixturevalue("postgres"))
    engine = open_engine(url)
    if request.param == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()
    open_engine.cache_clear()


@pytest.fixture
def migrated(database: str) -> Engine:
    return open_engine(database)


def record(engine: Engine, count: int = 3) -> None:
    """Append entries to the trail of a database."""
    with transaction(SYSTEM, NOW, on=engine) as work:
        for number in range(count):
            work.record("receipt.received", f"obligation:{number + 1}")


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(metadata.tables[table])) or 0


def add_office(engine: Engine, code: str = "23", superior: int | None = None) -> None:
    """Insert an office by plain SQL: an older revision knows no newer column."""
    columns = "code, name, aliases, tier, division_code, superior_id"
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO office ({columns}) VALUES (:code, '单位', '[]', 'province', '', :superior)"),  # noqa: S608
            {"code": code, "superior": superior},
        )


def test_it_brings_an_empty_database_to_the_newest_revision(empty: Engine) -> None:
    assert is_empty(empty)
    assert current_revision(empty) is None
    with changing(empty) as connection:
        upgrade(connection)
    assert not is_empty(empty)
    assert current_revision(empty) == newest_revision() == revisions()[0]
    assert set(inspect(empty).get_table_names()) == {*metadata.tables, VERSION_TABLE}


def test_it_brings_a_filled_database_from_revision_to_revision(empty: Engine) -> None:
    for number, revision in enumerate(reversed(revisions()), start=1):
        with changing(empty) as connection:
            upgrade(connection, revision)
        add_office(empty, f"{number}", superior=number - 1 or None)
        record(empty, 1)
    assert current_revision(empty) == newest_revision()
    assert count(empty, "office") == count(empty, "audit_entry") == len(revisions())


def test_it_changes_nothing_where_all_is_up_to_date(migrated: Engine) -> None:
    add_office(migrated)
    with changing(migrated) as connection:
        upgrade(connection)
    assert count(migrated, "office") == 1


def test_its_migrations_make_exactly_what_the_models_say(migrated: Engine) -> None:
    with migrated.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_it_goes_down_to_nothing_and_up_again(migrated: Engine) -> None:
    with changing(migrated) as connection:
        downgrade(connection)
    assert inspect(migrated).get_table_names() == [VERSION_TABLE]
    assert current_revision(migrated) is None
    with changing(migrated) as connection:
        upgrade(connection)
    record(migrated)
    with pytest.raises(DBAPIError, match="append-only"), migrated.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))


def test_it_leaves_nothing_behind_when_a_migration_fails_half_way(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE wake (stranger INTEGER)"))
    with pytest.raises(DBAPIError, match="wake"), changing(empty) as connection:
        upgrade(connection)
    assert inspect(empty).get_table_names() == ["wake"]
    assert current_revision(empty) is None


def test_it_needs_no_transaction_of_its_own(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    with engine.connect() as connection:
        upgrade(connection)
        connection.commit()
        assert revision_of(connection) == newest_revision()
    engine.dispose()


def test_it_lets_a_table_be_built_anew_that_others_refer_to(sqlite: str) -> None:
    # what a later migration does on SQLite, which cannot change a column
    engine = open_engine(sqlite)
    add_office(engine, "1")
    add_office(engine, "2", superior=1)
    with changing(engine) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("office", recreate="always") as table:
            table.alter_column("name", new_column_name="title")
    assert {column["name"] for column in inspect(engine).get_columns("office")} > {"id", "title"}
    assert count(engine, "office") == 2


def test_it_refuses_a_change_that_leaves_a_reference_hanging(sqlite: str) -> None:
    engine = open_engine(sqlite)
    add_office(engine, "1")
    add_office(engine, "2", superior=1)
    with pytest.raises(RuntimeError, match="office"), changing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM office WHERE code = '1'")
    assert count(engine, "office") == 2


def test_it_heeds_foreign_keys_again_after_a_change(sqlite: str) -> None:
    engine = open_engine(sqlite)
    with changing(engine):
        pass
    with pytest.raises(IntegrityError):
        add_office(engine, superior=99)


CHANGES = {
    "an edited row": "UPDATE audit_entry SET actor = 'user:mallory' WHERE seq = 2",
    "a row edited to what it was": "UPDATE audit_entry SET seq = seq",
    "a deleted row": "DELETE FROM audit_entry WHERE seq = 3",
    "a deleted trail": "DELETE FROM audit_entry",
}
ONLY_POSTGRESQL = {
    "a truncated trail": "TRUNCATE audit_entry",
    "an upsert": "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE seq = 2 "
    "ON CONFLICT (seq) DO UPDATE SET actor = 'user:mallory'",
}
ONLY_SQLITE = {
    "a replaced row": "INSERT OR REPLACE INTO audit_entry VALUES (2, '', 'm', '', '', '', 'p', 'h')",
    "a row replaced by its hash": "REPLACE INTO audit_entry SELECT 9, '', 'm', '', '', '', 'p', hash FROM audit_entry "
    "WHERE seq = 1",
    "an update that replaces": "UPDATE OR REPLACE audit_entry SET actor = 'm' WHERE seq = 1",
    "a gap": "INSERT INTO audit_entry VALUES (5, '', 'm', '', '', '', 'p', 'h')",
    # the right number, but REPLACE deletes the row whose unique hash the new one takes
    "a new row with an older one's hash": "REPLACE INTO audit_entry SELECT 4, '', 'm', '', '', '', 'p', hash "
    "FROM audit_entry WHERE seq = 1",
    "a new row that follows an older one": "REPLACE INTO audit_entry SELECT 4, '', 'm', '', '', '', prev_hash, 'h' "
    "FROM audit_entry WHERE seq = 2",
}


def refused(engine: Engine, statement: str) -> bool:
    """Try a statement; tell whether the database refused it and the trail is as it was."""
    record(engine)
    with engine.connect() as connection:
        before = connection.execute(text("SELECT * FROM audit_entry ORDER BY seq")).all()
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM audit_entry ORDER BY seq")).all()) == list(before)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_itself_refuses_to_change_the_trail(migrated: Engine, change: str) -> None:
    assert refused(migrated, CHANGES[change])


@pytest.mark.parametrize("change", ONLY_SQLITE)
def test_sqlite_refuses_what_would_replace_or_skip_a_row(sqlite: str, change: str) -> None:
    assert refused(open_engine(sqlite), ONLY_SQLITE[change])


@pytest.mark.parametrize("change", ONLY_POSTGRESQL)
def test_postgresql_refuses_to_truncate_or_upsert(postgres: str, change: str) -> None:
    engine = open_engine(postgres_url(postgres)[0])
    assert refused(engine, ONLY_POSTGRESQL[change])
    engine.dispose()
