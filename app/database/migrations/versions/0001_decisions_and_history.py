"""Tables of decisions (schema console) and of history (schema monitoring).

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision: str | None = None

PARAMS = ("contamination", "n_estimators", "max_samples")
METRICS = (
    *("rows", "anomaly_rate", "threshold", "injected_recall", "injected_auc", "drift_max"),
    *("drifted_features", "unseen_category_rate", "missing_rate", "rows_per_second"),
    *("training_seconds", "scoring_seconds"),
)


def upgrade() -> None:
    """Create the tables."""
    _verdicts()
    _threshold_changes()
    _model_changes()
    _recorded_runs()
    _recorded_metrics()
    _settings()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False)


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        _id(),
        sa.Column("row_hash", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("model_run_id", sa.String(32), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, server_default="", nullable=False),
        sa.Column("comment", sa.Text, server_default="", nullable=False),
        sa.Column("reviewer", sa.String(256), nullable=False),
        _when("decided_at"),
        sa.Column("sampled_by", sa.String(16), nullable=False),
        sa.Column("anomaly_score", sa.Float, nullable=False),
        sa.Column("severity", sa.Float, nullable=False),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.CheckConstraint(
            "verdict IN ('confirmed', 'false_alarm', 'unsure')", name=op.f("ck_verdicts_verdict")
        ),
        sa.CheckConstraint(
            "sampled_by IN ('queue', 'random', 'top')", name=op.f("ck_verdicts_sampled_by")
        ),
        schema="console",
    )
    _index("verdicts", "row_hash", "decided_at")
    _index("verdicts", "model_run_id", "row_hash", "decided_at")


def _threshold_changes() -> None:
    op.create_table(
        "threshold_changes",
        _id(),
        sa.Column("model_run_id", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(32)),
        sa.Column("previous", sa.Float, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("rows_gained", sa.BigInteger),
        sa.Column("rows_lost", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.String(256), nullable=False),
        _when("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_threshold_changes"),
        schema="console",
    )
    _index("threshold_changes", "model_run_id", "changed_at")


def _model_changes() -> None:
    op.create_table(
        "model_changes",
        _id(),
        sa.Column("alias", sa.String(32), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("previous_run_id", sa.String(32)),
        sa.Column("previous_version", sa.Integer),
        sa.Column("model_run_id", sa.String(32)),
        sa.Column("version", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", JSONB, server_default="{}", nullable=False),
        sa.Column("changed_by", sa.String(256), nullable=False),
        _when("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_model_changes"),
        sa.CheckConstraint(
            "alias IN ('champion', 'challenger')", name=op.f("ck_model_changes_alias")
        ),
        sa.CheckConstraint(
            "action IN ('promote', 'roll_back', 'remove')", name=op.f("ck_model_changes_action")
        ),
        schema="console",
    )
    _index("model_changes", "alias", "changed_at")


def _recorded_runs() -> None:
    needed = ("experiment", "run_kind", "status")
    texts = ("requested_by", "dag_run_id", "dag_id", "dataset_id", "dataset_name")
    models = ("model_run_id", "model_dataset_id")
    op.create_table(
        "recorded_runs",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("run_name", sa.Text),
        sa.Column("experiment_id", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in needed),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        *(sa.Column(name, sa.Text) for name in (*texts, *models)),
        *(sa.Column(name, sa.Float) for name in (*PARAMS, *METRICS)),
        sa.Column("settled", sa.Boolean, nullable=False),
        _when("recorded_at"),
        sa.PrimaryKeyConstraint("run_id", name="pk_recorded_runs"),
        schema="monitoring",
    )


def _recorded_metrics() -> None:
    op.create_table(
        "recorded_metrics",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "metric", name="pk_recorded_metrics"),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["monitoring.recorded_runs.run_id"],
            name="fk_recorded_metrics_run_id",
            ondelete="CASCADE",
        ),
        schema="monitoring",
    )


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("meaning", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
        schema="monitoring",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), schema="console")
