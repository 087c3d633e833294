"""How many splits isolate a row: what an isolation forest's scores are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.ensemble import IsolationForest

Floats = NDArray[np.float64]

PAIR = 2


def average_path_length(rows: NDArray[np.int64]) -> Floats:
    """Return the splits that isolate a row among so many on average.

    References
    ----------
    Liu, Ting and Zhou (2008), Isolation Forest. ICDM, equation 1.

    Examples
    --------
    >>> average_path_length(np.array([1, 2, 256])).round(3)
    array([ 0.   ,  1.   , 10.245])
    """
    rows = np.asarray(rows)
    many = np.maximum(rows, PAIR + 1).astype(np.float64)
    length = 2.0 * (np.log(many - 1.0) + np.euler_gamma) - 2.0 * (many - 1.0) / many
    return np.where(rows > PAIR, length, np.where(rows == PAIR, 1.0, 0.0))


def path_lengths(tree: Any) -> Floats:  # noqa: ANN401 - sklearn has no types
    """Return the path length that each node of a tree stands for, of shape (n_nodes,).

    That is its depth and, for the training rows left in it, the splits that would isolate them
    as well.
    """
    lengths: Floats = tree.compute_node_depths() + average_path_length(tree.n_node_samples) - 1.0
    return lengths


def typical_length(forest: IsolationForest) -> float:
    """Return the path length whose score is 0.5, that of a row like any other."""
    return float(average_path_length(np.array([forest.max_samples_]))[0])
