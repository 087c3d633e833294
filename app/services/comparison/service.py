"""Compare runs side by side, and two models on the same rows."""

from collections.abc import Collection, Sequence

import pyarrow as pa

from app.services.anomalies.service import Anomalies
from app.services.caching import FOREVER, LIVE, SHORT, Subject, cached
from app.services.comparison.queries import ScoredPair, score_histograms
from app.services.comparison.types import (
    FEWEST,
    MOST,
    ComparedModel,
    Density,
    FlaggedBy,
    ModelComparison,
    Overlap,
    RunComparison,
    RunHistogram,
    ScoreColumn,
)
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from pipeline.errors import NotFound, Rejected
from pipeline.tracking.runs import Run, RunKind, RunStatus

VIEWS = 60
PAIR = 2


class Comparisons:
    """Compares runs by what MLflow tracks of them, and models by the rows that they scored."""

    def __init__(self, runs: Runs, anomalies: Anomalies) -> None:
        self._runs = runs
        self._anomalies = anomalies

    @cached(LIVE, Subject.RUNS)
    def runs(self, run_ids: tuple[str, ...]) -> RunComparison:
        """Return two to ten runs with the models behind them.

        Raises
        ------
        Rejected
            Too few or too many.
        NotFound
            Fewer than two of them exist.
        """
        if not FEWEST <= len(run_ids) <= MOST:
            raise Rejected(
                "console", f"{FEWEST} to {MOST} runs can be compared, got {len(run_ids)}."
            )
        runs = self._runs.some(run_ids)
        if len(runs) < FEWEST:
            raise _missing(run_ids, runs)
        model_ids = sorted({run.model_run_id for run in runs if run.model_run_id})
        known = {run.run_id: run for run in (*self._runs.some(model_ids), *runs)}
        models = (run if run.kind is RunKind.TRAIN else known.get(run.model_run_id) for run in runs)
        return RunComparison(runs, tuple(models))

    @cached(SHORT, Subject.RUNS)
    def scorings(self, run_ids: tuple[str, ...]) -> tuple[Run | None, ...]:
        """Return the finished score run of each run of a comparison; None where there is none.

        A score run is its own; a train run has the newest scoring of the data it was trained on.
        """
        return tuple(map(self._scoring, self.runs(run_ids).runs))

    def newest_scoring(self, model_run_id: str, dataset_id: str) -> Run | None:
        """Return the newest finished scoring of a data set with a model; None without one."""
        where = RunFilter(
            kind=RunKind.SCORE,
            status=RunStatus.FINISHED,
            model_run_id=model_run_id,
            dataset_id=dataset_id,
        )
        found = self._runs.search(where, limit=1).runs
        return found[0] if found else None

    @cached(FOREVER, entries=VIEWS)
    def histograms(self, run_ids: tuple[str, ...], column: ScoreColumn) -> tuple[RunHistogram, ...]:
        """Return how the rows of some score runs are distributed, by the same edges."""
        return score_histograms([self._anomalies.rows_of(each) for each in run_ids], column)

    @cached(LIVE, Subject.RUNS)
    def models(self, run_ids: tuple[str, ...], dataset_id: str = "") -> ModelComparison:
        """Return the models of two runs, each a training or a scoring, and their scorings.

        A scoring of the data is compared itself; any other run is compared by the newest scoring
        of the data with its model.

        Parameters
        ----------
        dataset_id
            The data; empty means what the first scoring among the runs scored, else what B was
            trained on.

        Raises
        ------
        Rejected
            Not two runs.
        NotFound
            One of them does not exist.
        """
        if len(run_ids) != PAIR:
            raise Rejected("console", f"Two models can be compared, got {len(run_ids)}.")
        found = self._runs.some(run_ids)
        if len(found) < len(set(run_ids)):
            raise _missing(run_ids, found)
        a, b = found[0], found[-1]
        scored = (run.dataset_id for run in (a, b) if run.kind is RunKind.SCORE)
        data = dataset_id or next(scored, b.dataset_id)
        return ModelComparison(data, self._compared(a, data), self._compared(b, data))

    @cached(FOREVER, entries=VIEWS)
    def overlap(self, a: str, b: str) -> Overlap:
        """Return how two score runs of the same data flag its rows."""
        return self._pair(a, b).overlap()

    @cached(FOREVER, entries=VIEWS)
    def density(self, a: str, b: str) -> Density:
        """Return the rows by the severities of two score runs."""
        return self._pair(a, b).density()

    @cached(FOREVER, entries=VIEWS)
    def rows(
        self, a: str, b: str, by: FlaggedBy, order: str, *, offset: int, limit: int
    ) -> pa.Table:
        """Return some rows that one or both of two score runs flag.

        Parameters
        ----------
        order
            ``change``, ``severity_a`` or ``severity_b``, largest first, or ``row``.
        """
        return self._pair(a, b).rows(by, order, offset, limit)

    def _scoring(self, run: Run) -> Run | None:
        if run.kind is RunKind.SCORE:
            return run if run.finished else None
        return self.newest_scoring(run.run_id, run.dataset_id)

    def _compared(self, run: Run, dataset_id: str) -> ComparedModel:
        if run.kind is RunKind.TRAIN:
            own = self.newest_scoring(run.run_id, dataset_id) if run.finished else None
            return ComparedModel(run, run, own)
        model = next(iter(self._runs.some([run.model_run_id])), None) if run.model_run_id else None
        if run.finished and run.dataset_id == dataset_id:
            return ComparedModel(run, model, run)
        return ComparedModel(run, model, model and self.newest_scoring(model.run_id, dataset_id))

    def _pair(self, a: str, b: str) -> ScoredPair:
        return ScoredPair(self._anomalies.rows_of(a), self._anomalies.rows_of(b))


def _missing(run_ids: Sequence[str], found: Collection[Run]) -> NotFound:
    known = {run.run_id for run in found}
    missing = ", ".join(each[:8] for each in run_ids if each not in known)
    return NotFound("MLflow", f"There is no run {missing}; choose another one in the list.")
