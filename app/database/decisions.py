"""What people decided, in the schema ``console``: rows are added, never changed.

The newest row of a key is in force; the older ones are its history. Runs are named by MLflow's run
id without a foreign key, because a decision outlives the run that it was made on.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import CONSOLE, Base

VERDICTS = ("confirmed", "false_alarm", "unsure")
SAMPLERS = ("queue", "random", "top")
ALIASES = ("champion", "challenger")
RUN_ID, ROW_HASH, PERSON = String(32), String(64), String(256)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the rule that ``column`` holds one of ``values``."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Verdict(Base):
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
        BigInteger, ForeignKey(Verdict.id), primary_key=True, autoincrement=False
    )
    withdrawn_by: Mapped[str] = mapped_column(PERSON)
    withdrawn_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ThresholdChange(Base):
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


class ModelChange(Base):
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
