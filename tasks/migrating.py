"""The database as a whole: bringing it up to date, copying it out, and bringing a copy back in."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prefect import task
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    NullPool,
    Table,
    bindparam,
    column,
    create_engine,
    func,
    insert,
    literal,
    make_url,
    select,
    table,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, ProgrammingError
from sqlmodel.sql.sqltypes import UTCDateTime

from config.settings import settings
from domain.errors import Refused
from domain.trail import SYSTEM
from models.schema import VERSION_TABLE, changing, is_empty, newest_revision, revision_of, revisions, upgrade
from models.session import engine, open_engine, transaction
from models.statements import BATCH


@dataclass(frozen=True)
class Migrated:
    """What migrating did: the revisions before (None: it was empty) and after, and the backup if one was taken."""

    before: str | None
    after: str
    backup: Path | None


@task(name="迁移数据库")
def migrate(*, now: datetime, database: str | None = None) -> Migrated:
    """Bring this installation's database, or that of another URL, to the newest revision in one transaction.

    One that holds tables is backed up first, into `backups` of the data folder. The steps: take the lock (a second
    process waits here, then finds nothing to do), look at the revision, back up, migrate, commit. Raises Refused for a
    database that is newer than this program, is not ours, or cannot be reached.
    """
    on = _reachable(database)
    with changing(on) as connection:
        before, newest = revision_of(connection), newest_revision()
        if before == newest:
            return Migrated(before, newest, None)
        _refuse_unknown(before)
        if before is None and not is_empty(connection):
            message = "数据库中已有同名的表，却没有版本记录，不能迁移；请换一个空的数据库。"
            raise Refused(message)
        saved = _save(on, before, _free_name(before, now)) if before is not None else None
        upgrade(connection)
    return Migrated(before, newest, saved)


def require_current() -> None:
    """Raise Refused unless this installation's database has the schema this program was written for; one query."""
    _refuse_unless_current(_stamp())


def _refuse_unless_current(revision: str | None) -> None:
    newest = newest_revision()
    if revision is None:
        message = "数据库尚未初始化，请运行 duban migrate。"
        raise Refused(message)
    if revision != newest:
        _refuse_unknown(revision)
        message = f"数据库版本过旧（{revision}，本程序需要 {newest}），请运行 duban migrate。"
        raise Refused(message)


def _stamp() -> str | None:
    """Return the revision in the version table, None where there is none; looking makes no SQLite file."""
    url = make_url(settings().url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    version = table(VERSION_TABLE, column("version_num"))
    try:
        with engine().connect() as connection:
            return connection.scalar(select(version.c.version_num))
    except DBAPIError as error:
        if isinstance(error, ProgrammingError) or "no such table" in str(error.orig):
            return None
        raise Refused(_unreachable(error)) from error


def _reachable(database: str | None = None) -> Engine:
    """Return the engine of a database URL, or of this installation, once a connection to it has been made."""
    try:
        on = open_engine(database) if database else engine()
        on.connect().close()
    except ArgumentError as error:
        message = "数据库地址无法识别，应写作 sqlite:///路径 或 postgresql://…。"
        raise Refused(message) from error
    except DBAPIError as error:
        raise Refused(_unreachable(error)) from error
    return on


def _unreachable(error: DBAPIError) -> str:
    return f"无法打开数据库：{_cause(error)}。请检查 DUBAN_DATABASE_URL。"


def _cause(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0].rstrip(".")


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and revision not in revisions():
        message = f"数据库的版本（{revision}）比本程序（{newest_revision()}）新，请升级程序后再用。"
        raise Refused(message)


@task(name="备份")
def backup(target: Path | None, *, now: datetime) -> Path:
    """Write a portable copy of this installation's database, one SQLite file of mode 0600, and return its path.

    It is one consistent snapshot, whatever is written meanwhile; `target` may be a folder, by default `backups` of the
    data folder, where the file is named by revision and time (UTC). Raises Refused for a file that exists already, a
    folder that cannot be written, a database that is not migrated.
    """
    on = _reachable()
    with on.connect() as connection:
        revision = revision_of(connection)
    if revision is None:
        message = "数据库尚未初始化，没有可以备份的内容；请先运行 duban migrate。"
        raise Refused(message)
    _refuse_unknown(revision)
    if target is None or target.is_dir():
        target = _free_name(revision, now, target)
    return _save(on, revision, target)


def _free_name(revision: str, now: datetime, folder: Path | None = None) -> Path:
    folder = folder or settings().data_dir / "backups"
    stem, number = f"duban-{revision}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", 1
    path = folder / f"{stem}.db"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.db"
    return path


def _save(on: Engine, revision: str, target: Path) -> Path:
    """Copy the database into a file beside `target`, then give it its name, if that is still free."""
    try:
        if target.exists():
            raise FileExistsError
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".duban-", dir=target.parent) as folder:
            copy = Path(folder) / "copy.db"
            copy.touch(mode=0o600)
            if on.dialect.name == "sqlite":
                _copy_file(on, copy)
            else:
                _copy_rows(on, revision, copy)
            _keep(copy)
            target.touch(mode=0o600, exist_ok=False)
            copy.replace(target)
    except FileExistsError as error:
        message = f"“{target}”已经存在；备份从不覆盖文件，请换一个名称。"
        raise Refused(message) from error
    except (OSError, sqlite3.Error) as error:
        message = f"无法写入备份“{target}”：{getattr(error, 'strerror', None) or error}。"
        raise Refused(message) from error
    return target


def _copy_file(on: Engine, copy: Path) -> None:
    with on.connect() as connection, closing(sqlite3.connect(copy)) as into:
        driver: Any = connection.connection.driver_connection
        driver.backup(into)
        into.execute("PRAGMA journal_mode=DELETE")  # one file, also readable where nobody may write beside it


def _copy_rows(on: Engine, revision: str, copy: Path) -> None:
    into = create_engine(URL.create("sqlite", database=str(copy)), poolclass=NullPool)
    with into.begin() as target:
        upgrade(target, revision)
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with on.connect().execution_options(**options) as source, source.begin(), into.begin() as target:
        _copy_all(_stored_tables(target), source, target)


def _keep(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@task(name="恢复")
def restore(source: Path, *, now: datetime) -> int:
    """Copy a backup into this installation's database, which has to be empty; return how many rows.

    All ids stay; the rows come in one transaction, whose audit entry follows the entries of the backup. Raises Refused
    for a database that holds rows, a backup of another revision, a file that is no backup or is damaged: then nothing
    has changed.
    """
    on = _reachable()
    try:
        with _opened(source) as backed_up:
            _refuse_other_revision(revision_of(backed_up), source)
            _make_tables(on)
            tables = _stored_tables(backed_up)
            with transaction(SYSTEM, now, on=on) as work:
                into = work.session.connection()
                if _is_filled(tables, into):
                    message = "本系统的数据库中已有数据，只能恢复到空的数据库；请另设 DUBAN_DATABASE_URL 或数据目录。"
                    raise Refused(message)
                rows = _copy_all(tables, backed_up, into)
                work.record("backup.restored", "installation", {"file": source.name, "rows": rows})
            return rows
    except DBAPIError as error:
        message = f"恢复失败，数据没有改变：{_cause(error)}。"
        raise Refused(message) from error


@contextmanager
def _opened(source: Path) -> Iterator[Connection]:
    """Open a backup for reading on one snapshot: it may be another installation's live database."""
    if not source.is_file():
        message = f"没有备份文件“{source}”。"
        raise Refused(message)

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)

    with create_engine("sqlite://", creator=connect, poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection


def _refuse_other_revision(revision: str | None, source: Path) -> None:
    if revision is None:
        message = f"“{source}”不是督办系统的备份。"
        raise Refused(message)
    if revision != newest_revision():
        message = f"备份的版本是 {revision}，本程序是 {newest_revision()}；请用写出该备份的程序版本恢复，再升级。"
        raise Refused(message)


def _make_tables(on: Engine) -> None:
    with changing(on) as connection:
        if revision_of(connection) is None and is_empty(connection):
            upgrade(connection)
        _refuse_unless_current(revision_of(connection))


def _stored_tables(connection: Connection) -> list[Table]:
    """Return the tables of ours as this database has them, referred ones first; its revision may be an older one."""
    found = MetaData()
    found.reflect(connection)
    tables = [each for each in found.sorted_tables if each.name != VERSION_TABLE]
    for each in tables:
        for held in each.columns:
            held.type = _portable(held)
    return tables


def _portable(held: Column[Any]) -> Any:
    """Return the type by which both databases read and write a column alike: times aware, an empty JSON as NULL."""
    if isinstance(held.type, DateTime):
        return UTCDateTime()
    return JSON(none_as_null=True) if isinstance(held.type, JSON) else held.type.as_generic()


def _is_filled(tables: Sequence[Table], connection: Connection) -> bool:
    return any(connection.scalar(select(literal(1)).select_from(each).limit(1)) for each in tables)


def _copy_all(tables: Sequence[Table], source: Connection, target: Connection) -> int:
    """Copy every row with its id, in the transactions of the caller, and set the sequences of PostgreSQL on."""
    copied = 0
    for each in tables:
        copied += _copy_table(each, source, target)
        if target.dialect.name == "postgresql" and "id" in each.columns:
            sequence = func.pg_get_serial_sequence(each.name, "id")
            target.execute(select(func.setval(sequence, func.max(each.c.id))))
    return copied


def _copy_table(each: Table, source: Connection, target: Connection) -> int:
    """Copy in batches; what a row refers to in its own table is set once all its rows are there."""
    own = [held.name for held in each.columns if any(key.column.table is each for key in held.foreign_keys)]
    links: dict[str, list[dict[str, Any]]] = {name: [] for name in own}
    # a row with a whole file in it comes alone
    size = 1 if any(isinstance(held.type, LargeBinary) for held in each.columns) else BATCH
    statement = select(each).order_by(*each.primary_key).execution_options(yield_per=size)
    copied = 0
    for part in source.execute(statement).mappings().partitions():
        rows = [dict(row) for row in part]
        for name, known in links.items():
            known += [{"row": row["id"], "to": row[name]} for row in rows if row[name] is not None]
        target.execute(insert(each), [row | dict.fromkeys(own) for row in rows])
        copied += len(rows)
    for name, known in links.items():
        if known:
            linked = update(each).where(each.c.id == bindparam("row")).values({name: bindparam("to")})
            target.execute(linked, known)
    return copied
