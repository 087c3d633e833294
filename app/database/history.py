"""What is trended, kept in the schema ``monitoring`` so that it outlives ``mlflow gc``."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, String, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import MONITORING, Base
from app.database.decisions import RUN_ID


class RecordedRun(Base):
    """One train or score run as MLflow last showed it; most columns are those of ``live_runs``.

    Attributes
    ----------
    drift_features, drift_values
        The columns that were compared with the training rows and the index of each, in step.
    settled
        The run ended long enough ago to change no more: the views read it here and not in MLflow.
        Set it to false to have a run read anew.
    """

    __tablename__ = "recorded_runs"
    __table_args__ = {"schema": MONITORING}  # noqa: RUF012 - read once, by SQLAlchemy

    run_id: Mapped[str] = mapped_column(RUN_ID, primary_key=True)
    run_name: Mapped[str | None] = mapped_column(Text)
    experiment_id: Mapped[str | None] = mapped_column(Text)
    experiment: Mapped[str] = mapped_column(Text)
    run_kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    requested_by: Mapped[str | None] = mapped_column(Text)
    dag_run_id: Mapped[str | None] = mapped_column(Text)
    dag_id: Mapped[str | None] = mapped_column(Text)
    dataset_id: Mapped[str | None] = mapped_column(Text)
    dataset_name: Mapped[str | None] = mapped_column(Text)
    model_run_id: Mapped[str | None] = mapped_column(Text)
    model_dataset_id: Mapped[str | None] = mapped_column(Text)
    contamination: Mapped[float | None]
    n_estimators: Mapped[float | None]
    max_samples: Mapped[float | None]
    rows: Mapped[float | None]
    anomaly_rate: Mapped[float | None]
    threshold: Mapped[float | None]
    injected_recall: Mapped[float | None]
    injected_auc: Mapped[float | None]
    drift_max: Mapped[float | None]
    drifted_features: Mapped[float | None]
    unseen_category_rate: Mapped[float | None]
    missing_rate: Mapped[float | None]
    rows_per_second: Mapped[float | None]
    training_seconds: Mapped[float | None]
    scoring_seconds: Mapped[float | None]
    score_threshold: Mapped[float | None]
    drift_features: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    drift_values: Mapped[list[float] | None] = mapped_column(ARRAY(Float))
    settled: Mapped[bool]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RecordedMetric(Base):
    """The last value of one metric of a recorded run."""

    __tablename__ = "recorded_metrics"
    __table_args__ = {"schema": MONITORING}  # noqa: RUF012 - read once, by SQLAlchemy

    run_id: Mapped[str] = mapped_column(
        ForeignKey(RecordedRun.run_id, ondelete="CASCADE"), primary_key=True
    )
    metric: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float]


class MonitoringSetting(Base):
    """A limit or an address that Grafana's files need and that only the console's settings know."""

    __tablename__ = "settings"
    __table_args__ = {"schema": MONITORING}  # noqa: RUF012 - read once, by SQLAlchemy

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    meaning: Mapped[str] = mapped_column(Text)
