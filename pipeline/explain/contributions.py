"""Contributions of the columns to a row's score: Shapley values of the forest's trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ModelError
from pipeline.model.detector import path_lengths, typical_length

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import IsolationForest

    from pipeline.model.detector import TrainedModel

LEAF = -1
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Contributions:
    """The splits that isolate one row, and the columns that save them.

    Attributes
    ----------
    splits
        How many splits isolate the row, on average over the trees; fewer is more anomalous.
    typical
        The same for the training rows on average.
    threshold
        Below so many splits a row is an anomaly.
    score
        scikit-learn's ``decision_function``.
    is_anomaly
        Whether that is below the model's threshold.
    by_column
        Splits that each column of the model saves: ``typical`` minus their sum is ``splits``.
    """

    splits: float
    typical: float
    threshold: float
    score: float
    is_anomaly: bool
    by_column: dict[str, float]


class ForestExplainer:
    """Explains rows by the trees of one model; building it takes a moment, a row does not.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
    trees. Nature Machine Intelligence 2. Shapley values over the paths of the trees, weighted by
    the training rows that went each way.
    """

    def __init__(self, model: TrainedModel) -> None:
        from shap import TreeExplainer  # type: ignore[import-untyped] # noqa: PLC0415 - slow

        self._model = model
        self._forest: IsolationForest = model.detector["forest"]
        self._columns = feature_columns(model.detector["features"])
        trees = [tree_arrays(*pair, len(self._forest.estimators_)) for pair in _trees(self._forest)]
        self._explainer = TreeExplainer({"trees": trees, "tree_output": "raw_value"})

    def explain(self, row: pd.DataFrame) -> Contributions:
        """Explain a frame of one row, as ``pipeline.tables.frames.model_frame`` returns it.

        Raises
        ------
        ModelError
            The contributions do not add up to the model's own score.
        """
        encoded = self._model.detector["features"].transform(row)
        features = np.asarray(encoded, dtype=np.float32).astype(np.float64)
        values = np.asarray(self._explainer.shap_values(features))[0]
        typical = float(np.ravel(self._explainer.expected_value)[0])
        splits = typical + float(values.sum())
        score = float(self._model.decision(row)[0])
        check_additivity(splits, score, self._forest)
        saved = dict.fromkeys(dict.fromkeys(self._columns), 0.0)
        for column, value in zip(self._columns, values, strict=True):
            saved[column] -= float(value)
        at = self._model.score_threshold
        threshold = splits_at(at, self._forest)
        return Contributions(splits, typical, threshold, score, score < at, by_column=saved)


def feature_columns(features: ColumnTransformer) -> list[str]:
    """Name the operator's own column behind each feature; a date has several features."""
    columns: list[str] = []
    for _, step, names in features.transformers_:
        each = len(step.get_feature_names_out()) // len(names)
        columns += [name for name in names for _ in range(each)]
    return columns


def tree_arrays(tree: Any, features: NDArray[np.int64], trees: int) -> dict[str, Any]:  # noqa: ANN401 - sklearn has no types
    """Lay out a tree as shap reads it: a leaf's value is the path length that it stands for."""
    is_leaf = tree.children_left == LEAF
    return {
        "children_left": tree.children_left,
        "children_right": tree.children_right,
        "children_default": tree.children_left,
        "features": np.where(is_leaf, LEAF, features[np.maximum(tree.feature, 0)]),
        "thresholds": tree.threshold.astype(np.float64),
        "values": np.where(is_leaf, path_lengths(tree), 0.0)[:, np.newaxis] / trees,
        "node_sample_weight": tree.n_node_samples.astype(np.float64),
    }


def splits_at(score: float, forest: IsolationForest) -> float:
    """Return the path length that scikit-learn turns into a ``decision_function`` of ``score``."""
    return float(-np.log2(-(score + forest.offset_)) * typical_length(forest))


def check_additivity(splits: float, score: float, forest: IsolationForest) -> None:
    """Check that a path length is the one behind the model's own score.

    Raises
    ------
    ModelError
        It is not, so the explanation would be wrong.
    """
    explained = float(-np.exp2(-splits / typical_length(forest)) - forest.offset_)
    if not np.isclose(explained, score, rtol=0.0, atol=TOLERANCE):
        raise ModelError(
            f"the contributions add up to a score of {explained:.6f} where the model gives "
            f"{score:.6f}, so they are not shown; report this with the number of the row"
        )


def _trees(forest: IsolationForest) -> list[tuple[Any, NDArray[np.int64]]]:
    pairs = zip(forest.estimators_, forest.estimators_features_, strict=True)
    return [(estimator.tree_, np.asarray(features)) for estimator, features in pairs]
