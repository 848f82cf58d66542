"""The database's schema: bringing it up to date, and telling whether it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select

import migrations
from models.session import IMMEDIATE

VERSION_TABLE = "duban_alembic_version"
#: Any number, the same in every process: the lock under which the schema is changed.
_MIGRATION_LOCK = 712_020_4
#: Alembic keeps the migration that runs in globals: two threads, even on two databases, would mix them up.
_ALEMBIC = Lock()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config


def newest_revision() -> str:
    """Return the revision this program was written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:  # pragma: no cover - there is always a first migration
        message = "没有找到任何数据库迁移脚本。"
        raise RuntimeError(message)
    return head


def revisions() -> list[str]:
    """Return every revision this program knows, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database as this connection sees it, None where it has none."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def current_revision(engine: Engine) -> str | None:
    """Return the revision of a database, None where it is empty."""
    with engine.connect() as connection:
        return revision_of(connection)


def is_empty(database: Engine | Connection) -> bool:
    """Tell whether a database holds no table of ours."""
    return not inspect(database).has_table("office")


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """Open the transaction that may change the schema; a second process waits here until it has ended.

    SQLite changes a table by building it anew, which foreign keys would forbid: they are off meanwhile, and checked
    before the commit (RuntimeError).
    """
    with engine.connect().execution_options(**{IMMEDIATE: True}) as connection:
        if connection.dialect.name != "sqlite":
            with connection.begin():
                connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                yield connection
            return
        _foreign_keys(connection, on=False)
        try:
            with connection.begin():
                yield connection
                _check_foreign_keys(connection)
        finally:
            _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    # On the driver's own connection: inside a transaction SQLite ignores it.
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}").close()


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        message = f"表 {broken[0]} 第 {broken[1]} 行引用的 {broken[2]} 不存在，数据库未作改动。"
        raise RuntimeError(message)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to `revision` in the caller's transaction."""
    _run(command.upgrade, connection, revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    """Take the schema back to `revision` in the caller's transaction."""
    _run(command.downgrade, connection, revision)


def _run(act: Callable[[Config, str], None], connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    with _ALEMBIC:
        act(config, revision)
