"""A message that is told again on request points at the firing that it repeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ONLY_THOSE = sa.text("again_of_id IS NOT NULL")


def upgrade() -> None:
    # Spelt out: both databases take it like this, and no table of millions is copied for it.
    op.execute("ALTER TABLE firing ADD COLUMN again_of_id INTEGER REFERENCES firing (id)")
    op.create_index(
        "ix_firing_again_of", "firing", ["again_of_id"], sqlite_where=_ONLY_THOSE, postgresql_where=_ONLY_THOSE
    )


def downgrade() -> None:
    op.drop_index("ix_firing_again_of", table_name="firing")
    op.execute("ALTER TABLE firing DROP COLUMN again_of_id")
