"""Petitions, papers that wait for a signature, holds, terms and calendars that deadlines rest on."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_version",
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("first_used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "supervision_letter",
                "listed_supervision",
                "criticism_bulletin",
                "compiled_report",
                name="paperkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("circular_id", sa.Integer(), nullable=True),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("drafted", "signed", "discarded", name="paperstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("drafted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["circular_id"],
            ["circular.id"],
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["obligation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["office.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cause"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_office_id"), ["office_id"], unique=False)

    op.create_table(
        "petition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("extension", "contest", "returned_paper", name="petitionkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("progress", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("wanted_due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("decision", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("decision_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["obligation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_petition_obligation_id"), ["obligation_id"], unique=False)

    # As text: a batch would make the table anew, which others refer to.
    op.execute("ALTER TABLE adjustment ADD COLUMN petition_id INTEGER REFERENCES petition (id)")

    # As text: a batch would make the table anew, which others refer to.
    op.execute("ALTER TABLE circular ADD COLUMN superseded_by_id INTEGER REFERENCES circular (id)")

    # No act wrote calls before this: the table is empty, and is made anew with the office that was called.
    op.drop_index("ix_contact_log_obligation_id", table_name="contact_log")
    op.drop_table("contact_log")
    op.create_table(
        "contact_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("called_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("caller", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("person", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contact_log_obligation_id", "contact_log", ["obligation_id"], unique=False)

    op.create_index(
        "ix_firing_unreachable",
        "firing",
        ["office_id", "role"],
        sqlite_where=sa.text("state = 'unreachable'"),
        postgresql_where=sa.text("state = 'unreachable'"),
    )
    op.create_index(
        "ix_firing_urgent",
        "firing",
        ["obligation_id"],
        sqlite_where=sa.text("urgency_tag IN ('特急', '紧急')"),
        postgresql_where=sa.text("urgency_tag IN ('特急', '紧急')"),
    )

    with op.batch_alter_table("firing_recipient", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("on_behalf_of", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )

    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("term_start", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("term_amount", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("term_unit", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("hold", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
    # The roll-up reads its index alone, office by office; what a circular has made is found by an index of its own.
    op.drop_index("ix_obligation_rollup", table_name="obligation")
    op.drop_index("ix_obligation_office_id", table_name="obligation")
    op.create_index(
        "ix_obligation_rollup",
        "obligation",
        ["office_id", "circular_id", "kind", "status", "hold", "due_at", "submitted_at", "ended_at"],
    )
    op.create_index("ix_obligation_circular", "obligation", ["circular_id", "office_id"])
    op.drop_index("ix_run_log_name", table_name="run_log")
    op.create_index("ix_run_log_last", "run_log", ["name", "as_of"])

    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looked_back_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_index(
        "ix_progress_look_back",
        "progress",
        ["look_back_on"],
        sqlite_where=sa.text("look_back_on IS NOT NULL AND looked_back_at IS NULL"),
        postgresql_where=sa.text("look_back_on IS NOT NULL AND looked_back_at IS NULL"),
    )

    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("defer_workdays", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("defer_time", sa.Time(), nullable=True))

    with op.batch_alter_table("substitution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("substitution", schema=None) as batch_op:
        batch_op.drop_column("revoked_at")

    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.drop_column("defer_time")
        batch_op.drop_column("defer_workdays")

    op.drop_index("ix_progress_look_back", table_name="progress")
    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.drop_column("looked_back_at")

    op.drop_index("ix_run_log_last", table_name="run_log")
    op.create_index("ix_run_log_name", "run_log", ["name"])
    op.drop_index("ix_obligation_circular", table_name="obligation")
    op.drop_index("ix_obligation_rollup", table_name="obligation")
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.drop_column("hold")
        batch_op.drop_column("term_unit")
        batch_op.drop_column("term_amount")
        batch_op.drop_column("term_start")
    op.create_index("ix_obligation_office_id", "obligation", ["office_id"])
    op.create_index(
        "ix_obligation_rollup",
        "obligation",
        ["circular_id", "office_id", "kind", "status", "due_at", "submitted_at"],
    )

    with op.batch_alter_table("firing_recipient", schema=None) as batch_op:
        batch_op.drop_column("on_behalf_of")

    op.drop_index("ix_firing_urgent", table_name="firing")
    op.drop_index("ix_firing_unreachable", table_name="firing")

    with op.batch_alter_table("contact_log", schema=None) as batch_op:
        batch_op.drop_column("reached")

    with op.batch_alter_table("circular", schema=None) as batch_op:
        batch_op.drop_column("superseded_by_id")

    with op.batch_alter_table("adjustment", schema=None) as batch_op:
        batch_op.drop_column("petition_id")

    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_petition_obligation_id"))

    op.drop_table("petition")
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_office_id"))
        batch_op.drop_index(batch_op.f("ix_paper_obligation_id"))

    op.drop_table("paper")
    op.drop_table("calendar_version")
