"""Call the tables of cleanup operations by what they hold.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = """
ALTER TABLE console.tidy_outcomes RENAME COLUMN act_id TO operation_id;
ALTER TABLE console.tidy_outcomes RENAME CONSTRAINT pk_tidy_outcomes TO pk_cleanup_outcomes;
ALTER TABLE console.tidy_outcomes
    RENAME CONSTRAINT fk_tidy_outcomes_act_id TO fk_cleanup_outcomes_operation_id;
ALTER TABLE console.tidy_outcomes RENAME TO cleanup_outcomes;
ALTER TABLE console.tidy_acts RENAME CONSTRAINT pk_tidy_acts TO pk_cleanup_operations;
ALTER TABLE console.tidy_acts RENAME CONSTRAINT ck_tidy_acts_action TO ck_cleanup_operations_action;
ALTER TABLE console.tidy_acts RENAME TO cleanup_operations;
ALTER INDEX console.ix_tidy_acts_begun_at RENAME TO ix_cleanup_operations_begun_at;
"""


def upgrade() -> None:
    """Rename the tables, a column, and what is named after them."""
    op.execute(STATEMENTS)
