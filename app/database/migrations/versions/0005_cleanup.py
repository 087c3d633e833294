"""Tables of cleanup operations: what was archived, deleted, restored and purged.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "tidy_acts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("items", JSONB, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("done_by", sa.String(256), nullable=False),
        _when("begun_at"),
        sa.PrimaryKeyConstraint("id", name="pk_tidy_acts"),
        sa.CheckConstraint(
            "action IN ('archive', 'unarchive', 'delete', 'restore', 'purge')",
            name=op.f("ck_tidy_acts_action"),
        ),
        schema="console",
    )
    op.create_index("ix_tidy_acts_begun_at", "tidy_acts", ["begun_at"], schema="console")
    op.create_table(
        "tidy_outcomes",
        sa.Column("act_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("freed_bytes", sa.BigInteger, nullable=False),
        sa.Column("failure", sa.Text, server_default="", nullable=False),
        _when("ended_at"),
        sa.PrimaryKeyConstraint("act_id", name="pk_tidy_outcomes"),
        sa.ForeignKeyConstraint(
            ["act_id"], ["console.tidy_acts.id"], name="fk_tidy_outcomes_act_id"
        ),
        schema="console",
    )


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
