"""The threshold of a model as a decision: previewed on stored scores, kept with its reason."""

from dataclasses import dataclass
from datetime import timedelta

from app.clients.errors import Conflict, Rejected
from app.clients.mlflow import MlflowClient
from app.services.anomalies.distribution import date_column
from app.services.anomalies.service import Anomalies
from app.services.anomalies.timeline import time_span
from app.services.anomalies.types import View
from app.services.models import threshold_choice
from app.services.models.decision_log import ModelDecisions
from app.services.models.service import CONSOLE, require_decider, required
from app.services.models.threshold_choice import DIGITS, ByPrecision, Preview
from app.services.models.types import ChangeFilter, NewThresholdChange, ThresholdChange
from app.services.reviews.service import Store
from app.services.runs.service import Runs
from app.services.runs.types import Run, RunKind
from app.services.system.identity import Identity

TAG, TRAINED = "score_threshold", "threshold"
NEAR = 1e-9
PERIODS = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30.4375)}


@dataclass(frozen=True)
class Standing:
    """The threshold of a model at present.

    Attributes
    ----------
    score
        ``anomaly_score`` below which scoring flags rows; 0 as trained.
    trained
        The same as trained, on the scale of the metric ``threshold``.
    change
        The newest decision on record; None when there is none.
    """

    model: Run
    score: float
    trained: float
    change: ThresholdChange | None

    @property
    def agrees(self) -> bool:
        """Whether MLflow holds what was decided; not when its tag was changed there."""
        decided = self.change.threshold if self.change else self.trained
        return abs(self.trained + self.score - decided) < NEAR

    def raw(self, score: float) -> float:
        """Return a score's threshold on the scale of the metric."""
        return self.trained + score

    def score_of(self, raw: float) -> float:
        """Return the ``anomaly_score`` of a threshold on the scale of the metric."""
        return round(raw - self.trained, DIGITS)


@dataclass(frozen=True)
class Workload:
    """How long the rows of a run took to come in, by their own dates.

    Attributes
    ----------
    column
        The date column; empty when there is none, so that a capacity is one of the whole run.
    span
        From the first to the last row, without a few stray dates.
    """

    rows: int
    column: str
    span: timedelta | None

    def rows_for(self, capacity: float, period: str) -> int:
        """Return how many rows of the run may be flagged so that a period brings ``capacity``."""
        step = PERIODS.get(period)
        if not step or not self.span:
            return int(capacity)
        return int(capacity * max(self.span / step, 1.0))

    def per(self, rows: int, period: str) -> float | None:
        """Return how many of ``rows`` come in a period; None without dates."""
        return rows / max(self.span / PERIODS[period], 1.0) if self.span else None


class Thresholds:
    """What one operator can decide on thresholds."""

    def __init__(
        self,
        *,
        identity: Identity,
        mlflow: MlflowClient,
        runs: Runs,
        anomalies: Anomalies,
        verdicts: Store,
        ledger: ModelDecisions,
    ) -> None:
        self._identity = identity
        self._mlflow = mlflow
        self._runs = runs
        self._anomalies = anomalies
        self._verdicts = verdicts
        self._ledger = ledger

    def standing(self, model_run_id: str) -> Standing:
        """Return the threshold of a model at present.

        Raises
        ------
        Rejected
            The run is no finished training, or its tag is no number.
        """
        model = self._runs.fetch(model_run_id)
        if model.kind is not RunKind.TRAIN or not model.finished:
            raise Rejected(CONSOLE, f"Run {model.name} is no finished training.")
        return Standing(
            model,
            _number(model.tags.get(TAG, "0")),
            model.metrics.get(TRAINED, 0.0),
            next(iter(self.history(model_run_id, 1)), None),
        )

    def history(self, model_run_id: str, limit: int = 25) -> list[ThresholdChange]:
        """Return the moves of a model's threshold, newest first."""
        return self._ledger.threshold_moves(ChangeFilter(model_run_id=model_run_id), limit)

    def preview(self, run_id: str, before: float, after: float) -> Preview:
        """Return what a threshold would gain and lose among the rows of a score run."""
        return threshold_choice.preview(self._anomalies.rows_of(run_id), before, after)

    def at_severity(self, run_id: str, severity: float) -> float:
        """Return the threshold that flags a run's rows from a severity up."""
        return threshold_choice.at_severity(self._anomalies.rows_of(run_id), severity)

    def at_rows(self, run_id: str, most: int) -> float:
        """Return the threshold that flags at most so many rows of a run."""
        return threshold_choice.at_rows(self._anomalies.rows_of(run_id), most)

    def at_precision(self, model_run_id: str, wanted: float) -> ByPrecision:
        """Return the threshold that flags most at a precision that the verdicts bear out."""
        return threshold_choice.at_precision(self._verdicts.judged_scores(model_run_id), wanted)

    def workload(self, run_id: str) -> Workload:
        """Return how long the rows of a score run took to come in."""
        scored = self._anomalies.rows_of(run_id)
        rows, _, _ = scored.totals()
        column = date_column(scored)
        span = time_span(scored, View(), column) if column else None
        return Workload(rows, column if span else "", span[1] - span[0] if span else None)

    def decide(
        self,
        seen: Standing,
        score: float,
        reason: str,
        *,
        run_id: str = "",
        preview: Preview | None = None,
    ) -> ThresholdChange:
        """Move a model's threshold; later scoring uses it.

        Parameters
        ----------
        seen
            The threshold as the operator saw it.
        run_id, preview
            The score run whose rows were looked at, and what was seen; empty where none was.

        Raises
        ------
        Forbidden
            The operator's role only reads.
        Conflict
            The threshold has moved since.
        Rejected
            No reason, or it is the threshold already.
        """
        moved = (preview.gained, preview.lost) if preview else (None, None)
        return self._move(seen, score, reason, run_id or None, moved)

    def undo(self, seen: Standing, reason: str) -> ThresholdChange:
        """Bring back the threshold before the newest decision; raises as ``decide`` does."""
        last = seen.change
        if last is None:
            raise Rejected(CONSOLE, "There is no decision to take back.")
        moved = (last.rows_lost, last.rows_gained)
        return self._move(seen, seen.score_of(last.previous), reason, last.run_id, moved)

    def _move(
        self,
        seen: Standing,
        score: float,
        reason: str,
        run_id: str | None,
        moved: tuple[int | None, int | None],
    ) -> ThresholdChange:
        require_decider(self._identity)
        if abs(score - seen.score) < NEAR and seen.agrees:
            raise Rejected(CONSOLE, "This is the model's threshold already.")
        gained, lost = moved
        change = NewThresholdChange(
            model_run_id=seen.model.run_id,
            run_id=run_id,
            previous=seen.raw(seen.score),
            threshold=seen.raw(score),
            rows_gained=gained,
            rows_lost=lost,
            reason=required(reason),
            changed_by=self._identity.username,
        )
        newest = seen.change.id if seen.change else None
        return self._ledger.move_threshold(change, newest, lambda: self._tag(seen, score))

    def _tag(self, seen: Standing, score: float) -> None:
        """Tell MLflow, unless somebody else has told it otherwise since."""
        model_run_id = seen.model.run_id
        now = _number(self._runs.fetch(model_run_id).tags.get(TAG, "0"))
        if abs(now - seen.score) >= NEAR:
            raise Conflict(
                CONSOLE,
                "The threshold is another one in MLflow by now. Nothing was changed; look at it "
                "and decide again.",
            )
        self._mlflow.set_tag(model_run_id, TAG, repr(score))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Rejected(
            "MLflow", f"The model's tag {TAG} must be a number, got {text!r}; mend it in MLflow."
        ) from error
