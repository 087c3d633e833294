"""Comparing runs, and the models behind them on the same rows."""

from collections.abc import Sequence

from app.clients.errors import NotFound, Rejected
from app.services.anomalies.service import Anomalies
from app.services.comparison.queries import ScoredPair, Shape, ShapeOf, shapes
from app.services.comparison.types import (
    FEWEST,
    MOST,
    Comparison,
    Density,
    Overlap,
    Part,
    PartRows,
    Side,
    Versus,
)
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from app.services.runs.types import Run, RunKind, RunStatus


class Comparisons:
    """Answers what differs between runs."""

    def __init__(self, runs: Runs, anomalies: Anomalies) -> None:
        self._runs = runs
        self._anomalies = anomalies

    def of(self, run_ids: Sequence[str]) -> Comparison:
        """Return two to ten runs with the models behind them.

        Raises
        ------
        Rejected
            Too few or too many.
        NotFound
            Too few of them are there.
        """
        if not FEWEST <= len(run_ids) <= MOST:
            raise Rejected(
                "console", f"{FEWEST} to {MOST} runs can be compared, got {len(run_ids)}."
            )
        runs = self._runs.some(run_ids)
        if len(runs) < FEWEST:
            missing = ", ".join(
                each[:8] for each in run_ids if each not in {r.run_id for r in runs}
            )
            raise NotFound("MLflow", f"There is no run {missing}; choose others in the list.")
        wanted = {run.model_run_id for run in runs if run.model_run_id}
        known = {run.run_id: run for run in (*self._runs.some(sorted(wanted)), *runs)}
        return Comparison(
            runs,
            tuple(
                run if run.kind is RunKind.TRAIN else known.get(run.model_run_id) for run in runs
            ),
        )

    def scored(self, run: Run) -> Run | None:
        """Return the finished score run: the run itself, or for a training that of its own data.

        None where there is none.
        """
        if run.kind is RunKind.SCORE:
            return run if run.finished else None
        return self.scoring_of(run.run_id, run.dataset_id)

    def scoring_of(self, model_run_id: str, dataset_id: str) -> Run | None:
        """Return the newest finished scoring of a data set with a model; None without one."""
        where = RunFilter(
            kind=RunKind.SCORE,
            status=RunStatus.FINISHED,
            model_run_id=model_run_id,
            dataset_id=dataset_id,
        )
        found = self._runs.search(where, limit=1).runs
        return found[0] if found else None

    def shapes(self, run_ids: Sequence[str], of: ShapeOf) -> list[Shape]:
        """Return how the scored rows of some score runs are distributed, by the same edges."""
        return shapes([self._anomalies.scored_path(each) for each in run_ids], of)


TWO = 2


class ModelPairs:
    """Finds the scorings of two models, and questions them together."""

    def __init__(self, runs: Runs, comparisons: Comparisons, anomalies: Anomalies) -> None:
        self._runs = runs
        self._comparisons = comparisons
        self._anomalies = anomalies

    def find(self, run_ids: Sequence[str], dataset_id: str = "") -> Versus:
        """Return both sides of two runs, each a training or a scoring.

        A scoring of the data stands for itself, any other run for the newest scoring of the data
        with its model.

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
            One of them is not there.
        """
        if len(run_ids) != TWO:
            raise Rejected("console", f"Two runs are held against each other, got {len(run_ids)}.")
        found = self._runs.some(run_ids)
        if len(found) < len(set(run_ids)):
            missing = next(each for each in run_ids if each not in {run.run_id for run in found})
            raise NotFound("MLflow", f"There is no run {missing[:8]}; choose another model.")
        a, b = found if len(found) == TWO else (found[0], found[0])
        data = dataset_id or _data(a, b)
        return Versus(data, self._side(a, data), self._side(b, data))

    def overlap(self, a: str, b: str) -> Overlap:
        """Return how two score runs of the same data flag its rows."""
        return self._pair(a, b).overlap()

    def density(self, a: str, b: str) -> Density:
        """Return the rows by the severities of two score runs."""
        return self._pair(a, b).density()

    def rows(self, a: str, b: str, part: Part, order: str, *, offset: int, limit: int) -> PartRows:
        """Return some rows that enter, leave or stay between two score runs.

        Parameters
        ----------
        order
            ``change``, ``severity_a`` or ``severity_b``, largest first, or ``row``.
        """
        return self._pair(a, b).rows(part, order, offset, limit)

    def _side(self, run: Run, dataset_id: str) -> Side:
        if run.kind is RunKind.TRAIN:
            scored = self._comparisons.scoring_of(run.run_id, dataset_id) if run.finished else None
            return Side(run, run, scored)
        model = next(iter(self._runs.some([run.model_run_id])), None) if run.model_run_id else None
        if run.finished and run.dataset_id == dataset_id:
            return Side(run, model, run)
        return Side(run, model, model and self._comparisons.scoring_of(model.run_id, dataset_id))

    def _pair(self, a: str, b: str) -> ScoredPair:
        return ScoredPair(self._anomalies.scored_path(a), self._anomalies.scored_path(b))


def _data(a: Run, b: Run) -> str:
    """Return the data set that two runs suggest."""
    scored = (run.dataset_id for run in (a, b) if run.kind is RunKind.SCORE)
    return next(scored, b.dataset_id)
