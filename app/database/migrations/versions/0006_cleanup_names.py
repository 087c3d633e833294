"""Call the tables of cleanup operations by what they hold.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = {"tidy_acts": "cleanup_operations", "tidy_outcomes": "cleanup_outcomes"}


def upgrade() -> None:
    """Rename tables, and what PostgreSQL named after them."""
    op.alter_column("tidy_outcomes", "act_id", new_column_name="operation_id", schema="console")
    op.execute("ALTER INDEX console.ix_tidy_acts_begun_at RENAME TO ix_cleanup_operations_begun_at")
    for table, name, constraint in (
        ("tidy_acts", "pk_tidy_acts", "pk_cleanup_operations"),
        ("tidy_acts", "ck_tidy_acts_action", "ck_cleanup_operations_action"),
        ("tidy_outcomes", "pk_tidy_outcomes", "pk_cleanup_outcomes"),
        ("tidy_outcomes", "fk_tidy_outcomes_act_id", "fk_cleanup_outcomes_operation_id"),
    ):
        op.execute(f"ALTER TABLE console.{table} RENAME CONSTRAINT {name} TO {constraint}")
    for former, name in TABLES.items():
        op.rename_table(former, name, schema="console")
