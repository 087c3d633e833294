"""The drift of each recorded run beside it, so that the map of a year is read in one go.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns, and fill them from the metrics recorded so far."""
    for name, kind in (("drift_features", sa.Text), ("drift_values", sa.Float)):
        op.add_column("recorded_runs", sa.Column(name, ARRAY(kind)), schema="monitoring")
    op.execute("""
        UPDATE monitoring.recorded_runs AS run SET drift_features = names, drift_values = found
        FROM (
            SELECT run_id, array_agg(substr(metric, 7) ORDER BY metric) AS names,
                array_agg(value ORDER BY metric) AS found
            FROM monitoring.recorded_metrics WHERE starts_with(metric, 'drift/') GROUP BY run_id
        ) AS drift
        WHERE drift.run_id = run.run_id
    """)
