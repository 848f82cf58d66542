"""The lines of a compiled report, kept beside its words: its sheet tells of the same instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("paper", sa.Column("lines", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("paper", "lines")
