"""All that scoring needs, as training left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.detector import score_samples

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from pipeline.drift import DriftReference
    from pipeline.schema import Schema
    from pipeline.threshold import Threshold


@dataclass(frozen=True)
class TrainedModel:
    """A fitted detector with what is needed to judge new rows by it.

    Attributes
    ----------
    detector
        The fitted scikit-learn pipeline.
    schema
        The columns the detector was fitted on; those it does not use are ``ignored``.
    threshold
        The training scores in brief.
    drift
        The training columns in brief.
    score_threshold
        The score below which a row is flagged: 0 as trained, or what people decided since.
    """

    detector: Pipeline
    schema: Schema
    threshold: Threshold
    drift: DriftReference
    score_threshold: float = 0.0

    def decision(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return scikit-learn's ``decision_function``: lower is more anomalous."""
        offset: float = self.detector["forest"].offset_
        return score_samples(self.detector, frame) - offset
