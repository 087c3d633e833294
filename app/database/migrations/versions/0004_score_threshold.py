"""The threshold that each scoring used, because people may decide on another than training's.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; runs recorded so far used the threshold of their training, 0."""
    op.add_column("recorded_runs", sa.Column("score_threshold", sa.Float), schema="monitoring")
