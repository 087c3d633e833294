"""Comparing runs, and the models behind them on the same rows."""

from collections.abc import Sequence

from app.clients.errors import NotFound, Rejected
from app.services.anomalies import Anomalies
from app.services.run_compare import FEWEST, MOST, Comparison
from app.services.run_model import Run, RunKind, RunStatus
from app.services.run_query import RunFilter
from app.services.runs import Runs
from app.services.scored_shapes import Shape, ShapeOf, shapes


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
