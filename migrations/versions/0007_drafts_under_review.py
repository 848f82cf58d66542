"""Drafts of circulars that wait for a person, and which circulars were registered from one."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SOURCES = ("circular", "written_instruction", "minutes", "proposal")
_STATES = ("waiting", "accepted", "rejected")
_WAITING = sa.text("state = 'waiting'")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sqlmodel.sql.sqltypes.UTCDateTime(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "circular_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        _text("filename"),
        _text("only"),
        _instant("sent_at"),
        sa.Column("source_kind", sa.Enum(*_SOURCES, name="sourcekind", native_enum=False, length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("corrections", sa.JSON(), nullable=False),
        sa.Column("state", sa.Enum(*_STATES, name="draftstate", native_enum=False, length=32), nullable=False),
        _instant("made_at", nullable=False),
        _text("made_by"),
        _instant("decided_at"),
        _text("decided_by"),
        _text("reason"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_circular_draft_waiting", "circular_draft", ["document_id", "only"], unique=True,
        sqlite_where=_WAITING, postgresql_where=_WAITING,
    )  # fmt: skip
    # As text: a batch would make the table anew, which others refer to.
    op.execute("ALTER TABLE circular ADD COLUMN draft_id INTEGER REFERENCES circular_draft (id)")


def downgrade() -> None:
    with op.batch_alter_table("circular") as batch_op:
        batch_op.drop_column("draft_id")
    op.drop_table("circular_draft")
