"""Comparing runs, and the models behind them on the same rows."""

from collections.abc import Sequence

from app.clients.errors import NotFound, Rejected
from app.services.run_compare import FEWEST, MOST, Comparison
from app.services.run_model import RunKind
from app.services.runs import Runs


class Comparisons:
    """Answers what differs between runs."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

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
