"""Explains why a row was scored as it was, in the operator's own columns.

The row and normal rows that resemble it come from the scored file; everything else comes from the
model and from reference records, usually those that it was trained on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import DataError
from pipeline.explain.contributions import ForestExplainer
from pipeline.explain.counterfactuals import CounterfactualSearch
from pipeline.explain.neighbours import Neighbourhood, NormalSample, read_rows
from pipeline.explain.rarity import Rarities
from pipeline.explain.types import Counterfactual, Explanation, Field, shown
from pipeline.tables.frames import model_frame

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from pipeline.model.detector import TrainedModel

NEIGHBOURS = 3
CHANGES = 5


class Explainer:
    """Explains rows of one scored file by one model; a row takes a fraction of a second.

    Parameters
    ----------
    reference
        Rows to measure rarity by, usually those that the model was trained on.
    sample
        Normal rows to compare with.
    by_training
        Whether the model was trained on the reference.
    """

    def __init__(
        self,
        model: TrainedModel,
        reference: pa.Table,
        sample: NormalSample,
        *,
        by_training: bool = True,
    ) -> None:
        frame = model_frame(reference, model.schema)
        self._model = model
        self._reference_rows = len(frame)
        self._by_training = by_training
        self._forest = ForestExplainer(model)
        self._rarities = Rarities(frame, model.schema)
        self._near = Neighbourhood(model, sample)
        self._counterfactuals = CounterfactualSearch(model, frame, self._near.size)

    def explain(self, scored: Path, number: int) -> Explanation:
        """Explain the row of this number, from 1.

        Raises
        ------
        DataError
            There is no such row.
        ModelError
            The explanation does not add up to the model's own score.
        """
        table = read_rows(scored, number - 1) if number > 0 else None
        if table is None or not table.num_rows:
            raise DataError(f"the scored file has no row {number:,}")
        row = model_frame(table, self._model.schema)
        found = self._forest.explain(row)
        rarities = self._rarities.of(row)
        ranked = sorted(found.by_column.items(), key=lambda item: -item[1])
        return Explanation(
            row=number,
            splits=found.splits,
            typical=found.typical,
            threshold=found.threshold,
            score=found.score,
            is_anomaly=found.is_anomaly,
            fields=tuple(Field(name, saved, rarities[name]) for name, saved in ranked),
            neighbours=self._near.nearest(table, number, NEIGHBOURS),
            counterfactuals=self._best_counterfactuals(row) if found.is_anomaly else (),
            reference_rows=self._reference_rows,
            by_training=self._by_training,
        )

    def _best_counterfactuals(self, row: pd.DataFrame) -> tuple[Counterfactual, ...]:
        changes = self._counterfactuals.search(row)
        helpful = [change for change in changes if change.makes_normal]
        return tuple(
            Counterfactual(change.column, shown(change.value), change.severity, change.makes_normal)
            for change in helpful[:CHANGES] or changes[:1]
        )
