"""Thresholds of models: candidates, their effect on scored rows, and decisions on them.

A threshold is a score below which rows are flagged. Each candidate lies midway between the scores
of two rows, so that it flags the same rows however it is rounded.
"""

# ruff: noqa: S608 - no text of an operator's gets into these queries

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf, nextafter

from app.clients.errors import Conflict
from app.services import caching
from app.services.anomalies.rows import BASE
from app.services.anomalies.service import Anomalies
from app.services.caching import FOREVER, LIVE, SHORT, Subject, cached
from app.services.identity import Identity
from app.services.models.decision_log import DecisionLog
from app.services.models.service import CONSOLE, require_decider, required
from app.services.models.types import DecisionFilter, ThresholdChange
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import JudgedScore, Share, Verdict, wilson
from app.services.runs.service import Runs
from pipeline.errors import Rejected
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.names import THRESHOLD_TAG
from pipeline.tracking.runs import Run, RunKind

TRAINED = "threshold"
SCORE = "anomaly_score"
TOLERANCE, DIGITS, MAX_CHANGES = 1e-9, 12, 25
PERIODS = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30.4375)}


@dataclass(frozen=True)
class CurrentThreshold:
    """The threshold of a model at present.

    Attributes
    ----------
    score
        ``anomaly_score`` below which scoring flags rows; 0 as trained.
    trained
        The threshold as trained, on the scale of the metric ``threshold``.
    change
        The newest decision; None when there is none.
    """

    model: Run
    score: float
    trained: float
    change: ThresholdChange | None

    @property
    def agrees(self) -> bool:
        """Whether MLflow holds what was decided; False after its tag was changed there."""
        decided = self.change.threshold if self.change else self.trained
        return abs(self.trained + self.score - decided) < TOLERANCE

    def score_of(self, threshold: float) -> float:
        """Return the ``anomaly_score`` of a threshold on the scale of the metric."""
        return round(threshold - self.trained, DIGITS)


@dataclass(frozen=True)
class Preview:
    """What a threshold would flag among the rows of a run.

    Attributes
    ----------
    before, after
        Rows flagged by the current threshold, and by the new one.
    severity
        From which rows would be flagged; None when none would.
    """

    rows: int
    before: int
    after: int
    severity: float | None

    @property
    def gained(self) -> int:
        """Rows that only the new threshold flags."""
        return max(self.after - self.before, 0)

    @property
    def lost(self) -> int:
        """Rows that only the current threshold flags."""
        return max(self.before - self.after, 0)

    @property
    def rate(self) -> float:
        """Anomalies per row by the new threshold."""
        return self.after / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Workload:
    """The period that the rows of a run cover, by their own dates.

    Attributes
    ----------
    column
        The date column; empty when there is none, so that a capacity is one of the whole run.
    span
        From the first to the last row, without a few outlying dates.
    """

    rows: int
    column: str
    span: timedelta | None

    def rows_for(self, capacity: float, period: str) -> int:
        """Return how many rows of the run may be flagged for ``capacity`` rows per period."""
        step = PERIODS.get(period)
        if not step or not self.span:
            return int(capacity)
        return int(capacity * max(self.span / step, 1.0))

    def per(self, rows: int, period: str) -> float | None:
        """Return how many of ``rows`` fall into a period; None without dates."""
        return rows / max(self.span / PERIODS[period], 1.0) if self.span else None


@dataclass(frozen=True)
class PreciseThreshold:
    """A threshold, and the precision of the judged rows that it flags."""

    score: float
    share: Share


def at_precision(judged: Sequence[JudgedScore], wanted: float) -> PreciseThreshold:
    """Return the highest threshold at which the judged rows below it have a precision.

    Parameters
    ----------
    judged
        In any order; unsure verdicts are left out.
    wanted
        Confirmed per decided row, 0 to 1.

    Raises
    ------
    Rejected
        Nothing is decided yet, or no threshold has that precision.

    Examples
    --------
    >>> verdicts = ("confirmed", "confirmed", "false_alarm", "confirmed", "false_alarm")
    >>> scores = [JudgedScore(n / 10, verdict) for n, verdict in enumerate(verdicts)]
    >>> found = at_precision(scores, 0.75)
    >>> round(found.score, 2), found.share.hits, found.share.decided
    (0.35, 3, 4)
    """
    decided = sorted(
        (each for each in judged if each.verdict != Verdict.UNSURE), key=lambda each: each.score
    )
    if not decided:
        raise Rejected(CONSOLE, "No record is judged under this model yet; review some first.")
    depths = _depths(decided)
    good = [(depth, hits) for depth, hits in depths if hits / depth >= wanted]
    if not good:
        depth, hits = max(depths, key=lambda each: each[1] / each[0])
        best = wilson(hits, depth)
        raise Rejected(
            CONSOLE,
            f"No depth of the {len(decided):,} decided rows is as precise as {wanted:.0%}; the "
            f"best is {best.share:.0%} ({best.low:.0%} to {best.high:.0%}) of {depth:,}.",
        )
    depth, hits = good[-1]
    last = decided[depth - 1].score
    following = decided[depth].score if depth < len(decided) else nextafter(last, inf)
    return PreciseThreshold(_between(last, following), wilson(hits, depth))


def _depths(decided: Sequence[JudgedScore]) -> list[tuple[int, int]]:
    """Return each depth at which a threshold can lie, with the confirmed rows down to there."""
    found, hits = [], 0
    for depth, each in enumerate(decided, 1):
        hits += each.verdict == Verdict.CONFIRMED
        if depth == len(decided) or decided[depth].score != each.score:
            found.append((depth, hits))
    return found


def _between(last: float, following: float | None) -> float:
    if following is None:
        raise Rejected(CONSOLE, "Every row would be flagged; choose a higher bar.")
    middle = round((last + following) / 2, DIGITS)
    return middle if last < middle <= following else float(following)


class Thresholds:
    """Candidates for thresholds, and decisions on them."""

    def __init__(
        self,
        *,
        identity: Identity,
        mlflow: TrackingServer,
        runs: Runs,
        anomalies: Anomalies,
        verdicts: VerdictStore,
        decision_log: DecisionLog,
    ) -> None:
        self._identity = identity
        self._mlflow = mlflow
        self._runs = runs
        self._anomalies = anomalies
        self._verdicts = verdicts
        self._decision_log = decision_log

    @cached(LIVE, Subject.MODELS, Subject.RUNS)
    def current(self, model_run_id: str) -> CurrentThreshold:
        """Return the threshold of a model at present.

        Raises
        ------
        Rejected
            The run is not a finished training, or its tag is not a number.
        """
        model = self._runs.fetch(model_run_id)
        if model.kind is not RunKind.TRAIN or not model.finished:
            raise Rejected(CONSOLE, f"Run {model.name} is not a finished training.")
        return CurrentThreshold(
            model,
            _score_threshold(model),
            model.metrics.get(TRAINED, 0.0),
            next(iter(self.history(model_run_id)), None),
        )

    @cached(LIVE, Subject.MODELS)
    def history(self, model_run_id: str) -> tuple[ThresholdChange, ...]:
        """Return the changes of a model's threshold, newest first."""
        of_model = DecisionFilter(model_run_id=model_run_id)
        return tuple(self._decision_log.threshold_changes(of_model, MAX_CHANGES))

    @cached(FOREVER)
    def as_trained(self, model_run_ids: tuple[str, ...]) -> dict[str, float]:
        """Return the thresholds of some train runs on the scale of their metric."""
        runs = self._runs.some(model_run_ids)
        return {run.run_id: run.metrics[TRAINED] for run in runs if TRAINED in run.metrics}

    @cached(FOREVER)
    def preview(self, run_id: str, before: float, after: float) -> Preview:
        """Count what two thresholds flag among the rows of a score run."""
        (found,) = self._anomalies.rows_of(run_id).query(
            f"SELECT count(*), count(*) FILTER ({SCORE} < ?), count(*) FILTER ({SCORE} < ?), "
            f"min(severity) FILTER ({SCORE} < ?) FROM {BASE}.rows",
            [before, after, after],
        )
        return Preview(*found)

    @cached(FOREVER)
    def at_severity(self, run_id: str, severity: float) -> float:
        """Return the threshold that flags a run's rows from a severity upwards.

        Raises
        ------
        Rejected
            No row of the run reaches it, or every row does.
        """
        ((last, following),) = self._anomalies.rows_of(run_id).query(
            f"SELECT max({SCORE}) FILTER (severity >= $1), min({SCORE}) FILTER (severity < $1) "
            f"FROM {BASE}.rows",
            [severity],
        )
        if last is None:
            raise Rejected(
                CONSOLE, f"No row of this run reaches severity {severity:g}; choose less."
            )
        return _between(last, following)

    @cached(FOREVER)
    def at_rows(self, run_id: str, most: int) -> float:
        """Return the threshold that flags as many rows of a run as possible, ``most`` at most.

        Rows with the same score are flagged together or not at all.

        Raises
        ------
        Rejected
            Not a single row may be flagged, or every row would be.
        """
        if most < 1:
            raise Rejected(CONSOLE, "capacity must leave at least one row of this run to review.")
        scored = self._anomalies.rows_of(run_id)
        ((following,),) = scored.query(
            f"SELECT min({SCORE}) FROM (SELECT {SCORE} FROM {BASE}.rows ORDER BY {SCORE} OFFSET ?)",
            [most],
        )
        if following is None:
            raise Rejected(CONSOLE, "All rows of this run fit into that capacity; choose less.")
        query = f"SELECT max({SCORE}) FROM {BASE}.rows WHERE {SCORE} < ?"
        ((last,),) = scored.query(query, [following])
        if last is None:
            raise Rejected(
                CONSOLE, f"More than {most:,} rows share the lowest score; raise the capacity."
            )
        return _between(last, following)

    @cached(SHORT, Subject.VERDICTS)
    def at_precision(self, model_run_id: str, wanted: float) -> PreciseThreshold:
        """Return the highest threshold with a precision by the verdicts under a model."""
        return at_precision(self._verdicts.judged_scores(model_run_id), wanted)

    @cached(FOREVER)
    def workload(self, run_id: str) -> Workload:
        """Return the period that the rows of a score run cover."""
        summary, dates = self._anomalies.summary(run_id), self._anomalies.time_range(run_id)
        if dates is None:
            return Workload(summary.rows, "", None)
        return Workload(summary.rows, summary.date_column, dates[1] - dates[0])

    def decide(
        self,
        seen: CurrentThreshold,
        score: float,
        reason: str,
        *,
        run_id: str = "",
        preview: Preview | None = None,
    ) -> ThresholdChange:
        """Change a model's threshold; later scoring uses it.

        Parameters
        ----------
        seen
            The threshold as the operator saw it.
        run_id, preview
            The score run whose rows were previewed, and the preview; empty where none was.

        Raises
        ------
        Forbidden
            The operator's role only reads.
        Conflict
            The threshold has changed since.
        Rejected
            No reason, or it is the threshold already.
        """
        moved = (preview.gained, preview.lost) if preview else (None, None)
        return self._move(seen, score, reason, run_id or None, moved)

    def undo(self, seen: CurrentThreshold, reason: str) -> ThresholdChange:
        """Restore the threshold before the newest decision; raises as ``decide`` does."""
        last = seen.change
        if last is None:
            raise Rejected(CONSOLE, "There is no decision to take back.")
        moved = (last.rows_lost, last.rows_gained)
        return self._move(seen, seen.score_of(last.previous), reason, last.run_id, moved)

    def _move(
        self,
        seen: CurrentThreshold,
        score: float,
        reason: str,
        run_id: str | None,
        moved: tuple[int | None, int | None],
    ) -> ThresholdChange:
        require_decider(self._identity)
        if abs(score - seen.score) < TOLERANCE and seen.agrees:
            raise Rejected(CONSOLE, "This is the model's threshold already.")
        gained, lost = moved
        change = ThresholdChange(
            model_run_id=seen.model.run_id,
            run_id=run_id,
            previous=seen.trained + seen.score,
            threshold=seen.trained + score,
            rows_gained=gained,
            rows_lost=lost,
            reason=required(reason),
            changed_by=self._identity.username,
        )
        newest = seen.change.id if seen.change else None
        try:
            return self._decision_log.move_threshold(change, newest, lambda: self._tag(seen, score))
        finally:  # after a conflict as well: what the operator saw is outdated
            caching.changed(Subject.MODELS, Subject.RUNS)

    def _tag(self, seen: CurrentThreshold, score: float) -> None:
        """Set the tag in MLflow, unless somebody else has set it since."""
        model_run_id = seen.model.run_id
        now = _score_threshold(self._runs.fetch(model_run_id))
        if abs(now - seen.score) >= TOLERANCE:
            raise Conflict(
                CONSOLE,
                "The threshold is another one in MLflow by now. Nothing was changed; look at it "
                "and decide again.",
            )
        self._mlflow.client.set_tag(model_run_id, THRESHOLD_TAG, repr(score))


def _score_threshold(model: Run) -> float:
    text = model.tags.get(THRESHOLD_TAG, "0")
    try:
        return float(text)
    except ValueError as error:
        raise Rejected(
            "MLflow",
            f"The model's tag {THRESHOLD_TAG} must be a number, got {text!r}; "
            "correct it in MLflow.",
        ) from error
