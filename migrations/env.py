"""Runs the migrations on the connection it is given, or on the installation's database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from models.session import engine
from models.tables import metadata

# No fileConfig here: inside a flow run it hangs on the logging lock that Prefect's handlers need.


def run(connection: Connection) -> None:
    """Configure and run on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table="duban_alembic_version",  # Prefect has an alembic_version of its own
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with engine().connect() as opened:
        run(opened)
        opened.commit()
