"""Mail that comes in, and addresses from which mail comes back."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KINDS = (
    "receipt", "report", "acknowledgement", "extension_request", "contest", "returned_paper", "urgent_report",
    "bounce", "automatic", "loop", "unknown",
)  # fmt: skip
_STATES = ("new", "taken", "waiting", "settled", "noted")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sqlmodel.sql.sqltypes.UTCDateTime(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("key"),
        _text("sha256"),
        sa.Column("size", sa.Integer(), nullable=False),
        _text("folder"),
        _text("uid"),
        _instant("collected_at", nullable=False),
        _instant("dated_at"),
        _text("from_address"),
        _text("from_name"),
        _text("subject"),
        sa.Column("kind", sa.Enum(*_KINDS, name="inboundkind", native_enum=False, length=32), nullable=False),
        sa.Column("state", sa.Enum(*_STATES, name="inboundstate", native_enum=False, length=32), nullable=False),
        _text("reason"),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        _instant("settled_at"),
        _text("settled_by"),
        _text("note"),
        _instant("filed_at"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"]),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_inbound_message_delivery_id", "inbound_message", ["delivery_id"])
    op.create_index(
        "ix_inbound_waiting", "inbound_message", ["collected_at"],
        sqlite_where=sa.text("state IN ('new', 'waiting')"), postgresql_where=sa.text("state IN ('new', 'waiting')"),
    )  # fmt: skip
    op.create_table(
        "inbound_attachment",
        sa.Column("inbound_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("filename"),
        _text("media_type"),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        _text("refused"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"]),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound_message.id"]),
        sa.PrimaryKeyConstraint("inbound_id", "number"),
    )
    op.create_table(
        "address_trouble",
        _text("address"),
        _instant("first_at", nullable=False),
        _instant("last_at", nullable=False),
        sa.Column("soft", sa.Integer(), nullable=False),
        _instant("hard_at"),
        _text("reason"),
        sa.PrimaryKeyConstraint("address"),
    )
    op.add_column(
        "firing_recipient", sa.Column("why", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
    )

    op.create_index("ix_delivery_marked", "delivery", ["marked_at"])


def downgrade() -> None:
    op.drop_index("ix_delivery_marked", "delivery")
    for table in ("address_trouble", "inbound_attachment", "inbound_message"):
        op.drop_table(table)
    with op.batch_alter_table("firing_recipient") as batch_op:
        batch_op.drop_column("why")
