"""The isolation forest that is stored as a few arrays."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import IsolationForest

from pipeline.model.forest import CompactIsolationForest


@pytest.fixture
def rows():
    """A few hundred rows of three numbers."""
    return np.random.default_rng(0).normal(size=(400, 3))


def test_stored_forest_scores_as_scikit_learns_own(rows) -> None:
    """To the last bit, also after it was written and read."""
    options = {"n_estimators": 20, "max_samples": 128, "random_state": 3, "contamination": 0.1}
    expected = IsolationForest(**options).fit(rows)
    forest = pickle.loads(pickle.dumps(CompactIsolationForest(**options).fit(rows)))  # noqa: S301
    assert np.array_equal(forest.decision_function(rows), expected.decision_function(rows))
    assert np.array_equal(forest.predict(rows), expected.predict(rows))


def test_stored_state_holds_no_tree_objects(rows) -> None:
    """The nodes of all trees are one array."""
    forest = CompactIsolationForest(n_estimators=20).fit(rows)
    state = forest.__getstate__()
    assert "estimators_" not in state
    assert len(state["nodes"]) == sum(tree.tree_.node_count for tree in forest.estimators_)


def test_unfitted_forest_can_be_stored() -> None:
    """It has no trees yet; a clone has the same parameters."""
    forest = pickle.loads(pickle.dumps(CompactIsolationForest(n_estimators=7)))  # noqa: S301
    assert clone(forest).n_estimators == 7
    assert not hasattr(forest, "estimators_")
