"""Engines and transactions: every change goes through `transaction`, whose last step appends the audit entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event, make_url, select, text
from sqlalchemy.exc import DisconnectionError
from sqlmodel import Session, col, create_engine

from config.settings import settings
from domain.trail import GENESIS, Actor, Change, chain
from models.audit import AuditEntry
from models.bulk import insert_many

#: Any number, the same in every process: the lock under which the tail of the trail is read and extended.
_AUDIT_LOCK = 712_020_3
#: The execution option under which a transaction on SQLite begins as a writer.
IMMEDIATE = "duban_immediate"
#: Seconds after which a connection to a server is asked whether it still stands.
_REST = 1
#: Under this name a pooled connection keeps since when it has rested.
_RESTING = "duban_resting_since"
_OPENING = Lock()


@lru_cache(maxsize=8)
def open_engine(url: str) -> Engine:
    """Return the engine of a database URL, one per process; for SQLite its folder is made."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        return _asking_after_rest(create_engine(parsed))
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _asking_after_rest(engine: Engine) -> Engine:
    """Let a connection that has rested be asked whether it still stands before it is used; one just used need not be.

    To ask takes as long as a statement, and a delivery opens a transaction for every few messages.
    """

    def rested(_connection: Any, record: Any) -> None:
        record.info[_RESTING] = perf_counter()

    def used(connection: Any, record: Any, _proxy: Any) -> None:
        if perf_counter() - record.info.get(_RESTING, perf_counter()) < _REST:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError from error  # the pool opens another

    event.listen(engine, "checkin", rested)
    event.listen(engine, "checkout", used)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is off: we begin ourselves, IMMEDIATE where we will write.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={settings().sqlite_synchronous}",
        "foreign_keys=ON",
        "busy_timeout=30000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Any) -> None:
    immediate = connection.get_execution_options().get(IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def engine() -> Engine:
    """Return the engine of this installation: the same one to threads that ask for it first, and at once."""
    with _OPENING:
        return open_engine(settings().url)


@dataclass
class Transaction:
    """An open transaction: a session, and the changes its last step will record."""

    session: Session
    actor: Actor
    now: datetime
    changes: list[Change] = field(default_factory=list)
    #: who acts on a subject, where one transaction holds the acts of several people: `obligation:12`
    actors: dict[str, Actor] = field(default_factory=dict)

    def record(self, act: str, subject: str, payload: Mapping[str, Any] | None = None) -> None:
        """Note one change; it is appended to the trail just before the commit."""
        self.changes.append(Change(act, subject, payload or {}, self.actors.get(subject)))

    @contextmanager
    def attempt(self, actor: Actor) -> Iterator[None]:
        """Let `actor` do something that may be refused: an exception takes back all of it, and nothing before it."""
        before, kept = self.actor, len(self.changes)
        self.actor = actor
        try:
            with self.session.begin_nested():
                yield
                self.session.flush()
            self.changes[kept:] = [replace(each, actor=each.actor or actor) for each in self.changes[kept:]]
        except BaseException:
            del self.changes[kept:]
            self.session.expire_all()
            raise
        finally:
            self.actor = before


class OnlyShown(Exception):
    """Raised at the end of what is only done to be looked at: its transaction is rolled back."""


@contextmanager
def transaction(actor: Actor, now: datetime, *, on: Engine | None = None) -> Iterator[Transaction]:
    """Open a transaction as `actor` at `now` (aware); commit on leaving, roll back on any exception.

    The steps: begin (IMMEDIATE on SQLite, so that a writer waits instead of failing half way), do the work,
    flush, take the audit lock, append the entries, commit.
    """
    with Session((on or engine()).execution_options(**{IMMEDIATE: True}), expire_on_commit=False) as session:
        work = Transaction(session, actor, now)
        with session.begin():
            yield work
            session.flush()
            _append(work)


@contextmanager
def reading(*, on: Engine | None = None) -> Iterator[Session]:
    """Open a session that only reads, all of it on one snapshot."""
    chosen = on or engine()
    if chosen.dialect.name == "postgresql":
        chosen = chosen.execution_options(isolation_level="REPEATABLE READ")
    with Session(chosen, expire_on_commit=False) as session:
        yield session


#: Built once: every transaction runs it.
_TAIL = select(col(AuditEntry.seq), col(AuditEntry.hash)).order_by(col(AuditEntry.seq).desc()).limit(1)


def _append(work: Transaction) -> None:
    if not work.changes:
        return
    session = work.session
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _AUDIT_LOCK})
    tail = session.connection().execute(_TAIL).first()
    seq, prev_hash = tail or (0, GENESIS)
    entries = chain(work.changes, seq=seq, prev_hash=prev_hash, at=work.now, actor=work.actor)
    insert_many(session, AuditEntry, [entry._asdict() for entry in entries])
