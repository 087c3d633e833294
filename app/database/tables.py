"""Tables of the schemas ``console`` and ``monitoring``, for migrations and services."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    String,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CONSOLE, MONITORING = "console", "monitoring"

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Tables whose constraints have predictable names, so that a migration can find them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - read once, by SQLAlchemy


VERDICTS = ("confirmed", "false_alarm", "unsure")
SAMPLERS = ("queue", "random", "top")
ALIASES = ("champion", "challenger")
RUN_ID, ROW_HASH, PERSON = String(32), String(64), String(256)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the rule that ``column`` holds one of ``values``."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class VerdictRow(Base):
    """What a reviewer said of one record.

    Attributes
    ----------
    row_hash
        Hash of the record's content: the same record in another run has the same hash, so its
        verdict is shown there as well.
    run_id, model_run_id
        The score run it was judged in, and the train run whose model had scored it.
    anomaly_score, severity, flagged
        What the model had said of the record when it was judged.
    sampled_by
        How the record came before the reviewer: next in the ``queue``, drawn at ``random`` from
        the rows below the threshold, or picked from the ``top`` of the table.
    """

    __tablename__ = "verdicts"
    __table_args__ = (
        one_of("verdict", VERDICTS),
        one_of("sampled_by", SAMPLERS),
        Index(None, "row_hash", "decided_at"),
        Index(None, "model_run_id", "row_hash", "decided_at"),
        Index(None, "run_id"),
        {"schema": CONSOLE},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    row_hash: Mapped[str] = mapped_column(ROW_HASH)
    run_id: Mapped[str] = mapped_column(RUN_ID)
    model_run_id: Mapped[str] = mapped_column(RUN_ID)
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    comment: Mapped[str] = mapped_column(Text, server_default="")
    reviewer: Mapped[str] = mapped_column(PERSON)
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sampled_by: Mapped[str] = mapped_column(String(16))
    anomaly_score: Mapped[float]
    severity: Mapped[float]
    flagged: Mapped[bool]


class Withdrawal(Base):
    """A verdict that was taken back: what was in force before it is in force again."""

    __tablename__ = "withdrawals"
    __table_args__ = {"schema": CONSOLE}  # noqa: RUF012 - read once, by SQLAlchemy

    verdict_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(VerdictRow.id), primary_key=True, autoincrement=False
    )
    withdrawn_by: Mapped[str] = mapped_column(PERSON)
    withdrawn_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ThresholdChangeRow(Base):
    """A new threshold of a model; later scoring uses the newest.

    Attributes
    ----------
    run_id
        The score run whose rows were looked at; empty where none was.
    rows_gained, rows_lost
        How many of that run's rows the change flagged anew and let go.
    """

    __tablename__ = "threshold_changes"
    __table_args__ = (Index(None, "model_run_id", "changed_at"), {"schema": CONSOLE})

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    model_run_id: Mapped[str] = mapped_column(RUN_ID)
    run_id: Mapped[str | None] = mapped_column(RUN_ID)
    previous: Mapped[float]
    threshold: Mapped[float]
    rows_gained: Mapped[int | None] = mapped_column(BigInteger)
    rows_lost: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(PERSON)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ModelChangeRow(Base):
    """An alias that moved from one model to another.

    Attributes
    ----------
    action
        ``promote`` to a new model, ``roll_back`` to an earlier one, ``remove`` the alias.
    previous_run_id, model_run_id
        The train runs before and after; empty where the alias named none.
    evidence
        What the gate showed when the change was decided.
    """

    __tablename__ = "model_changes"
    __table_args__ = (
        one_of("alias", ALIASES),
        one_of("action", ("promote", "roll_back", "remove")),
        Index(None, "alias", "changed_at"),
        {"schema": CONSOLE},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    alias: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(16))
    previous_run_id: Mapped[str | None] = mapped_column(RUN_ID)
    previous_version: Mapped[int | None]
    model_run_id: Mapped[str | None] = mapped_column(RUN_ID)
    version: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    changed_by: Mapped[str] = mapped_column(PERSON)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


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


ACTIONS = ("archive", "unarchive", "delete", "restore", "purge")


class CleanupOperation(Base):
    """An operation that an operator asked for.

    Attributes
    ----------
    action
        ``purge`` is the removal for good.
    items
        Each run with ``run_id``, ``kind``, ``name`` and ``size_bytes``.
    size_bytes
        Of all of them together, as the preview had it.
    """

    __tablename__ = "cleanup_operations"
    __table_args__ = (one_of("action", ACTIONS), Index(None, "begun_at"), {"schema": CONSOLE})

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    action: Mapped[str] = mapped_column(String(16))
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    done_by: Mapped[str] = mapped_column(PERSON)
    begun_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CleanupOutcome(Base):
    """How far a cleanup operation came.

    Attributes
    ----------
    done
        How many of its items were done, in their order.
    freed_bytes
        Bytes no longer stored, measured before and after.
    failure
        Why it ended early; empty when it did not.
    """

    __tablename__ = "cleanup_outcomes"
    __table_args__ = {"schema": CONSOLE}  # noqa: RUF012 - read once, by SQLAlchemy

    operation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(CleanupOperation.id), primary_key=True, autoincrement=False
    )
    done: Mapped[int]
    freed_bytes: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[str] = mapped_column(Text, server_default="")
    ended_at: Mapped[datetime] = mapped_column(server_default=func.now())
