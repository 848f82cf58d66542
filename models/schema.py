"""The database's schema: bringing it up to date, and telling whether it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

import migrations

VERSION_TABLE = "duban_alembic_version"


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


def current_revision(engine: Engine) -> str | None:
    """Return the revision of a database, None where it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def is_empty(engine: Engine) -> bool:
    """Tell whether a database holds no table of ours."""
    return not inspect(engine).has_table("office")


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to `revision` in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    """Take the schema back to `revision` in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.downgrade(config, revision)
