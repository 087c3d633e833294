"""An isolation forest that is stored as a few arrays.

A logged model carries a copy of this module, which is why it imports nothing else of the package.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length
from sklearn.tree._tree import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.tree import ExtraTreeRegressor

STORED = ("nodes", "values", "node_counts", "depths")
REBUILT = ("estimators_features_", "_average_path_length_per_tree", "_decision_path_lengths")
"""What follows from the trees, where each of them sees all features."""


class CompactIsolationForest(IsolationForest):  # type: ignore[misc]
    """scikit-learn's isolation forest, with all trees in one state instead of an object for each.

    Two hundred trees make twelve thousand objects, which skops takes a second to write, and half
    of one to read.
    """

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with the nodes of all trees one after another."""
        state = dict(super().__getstate__())
        if "estimators_" in state:
            trees = [tree.tree_.__getstate__() for tree in state.pop("estimators_")]
            state["nodes"] = np.concatenate([tree["nodes"] for tree in trees])
            state["values"] = np.concatenate([tree["values"] for tree in trees])
            state["node_counts"] = np.array([tree["node_count"] for tree in trees])
            state["depths"] = np.array([tree["max_depth"] for tree in trees])
        return {name: value for name, value in state.items() if name not in REBUILT}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the trees of a fitted forest again."""
        super().__setstate__({name: each for name, each in state.items() if name not in STORED})
        if "nodes" not in state:
            return
        ends = np.cumsum(state["node_counts"])[:-1]
        nodes, values = np.split(state["nodes"], ends), np.split(state["values"], ends)
        self.estimators_ = list(map(self._tree, nodes, values, state["depths"].tolist()))
        self.estimators_features_ = [np.arange(self.n_features_in_)] * len(self.estimators_)
        lengths = _average_path_length(state["nodes"]["n_node_samples"])
        self._average_path_length_per_tree = tuple(np.split(lengths, ends))
        self._decision_path_lengths = tuple(
            each.tree_.compute_node_depths() for each in self.estimators_
        )

    def _tree(
        self, nodes: NDArray[np.void], values: NDArray[np.float64], depth: int
    ) -> ExtraTreeRegressor:
        tree = copy(self.estimator_)
        tree.n_features_in_, tree.n_outputs_ = self.n_features_in_, 1
        tree.tree_ = Tree(self.n_features_in_, np.ones(1, dtype=np.intp), 1)
        state = {"max_depth": depth, "node_count": len(nodes), "nodes": nodes, "values": values}
        tree.tree_.__setstate__(state)
        return tree
