"""A table of verdicts taken back.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "withdrawals",
        sa.Column("verdict_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("withdrawn_by", sa.String(256), nullable=False),
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("verdict_id", name="pk_withdrawals"),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["console.verdicts.id"], name="fk_withdrawals_verdict_id"
        ),
        schema="console",
    )
    op.create_index("ix_verdicts_run_id", "verdicts", ["run_id"], schema="console")
