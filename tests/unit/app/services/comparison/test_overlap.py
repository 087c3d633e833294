"""How far two models flag the same rows."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from app.clients.errors import Rejected
from app.services.anomalies import database
from app.services.anomalies.rows import ScoredRows
from app.services.comparison.queries import overlap
from app.services.comparison.types import FlagOverlap


@pytest.fixture
def scored(tmp_path):
    """Make the database of a file with these scores."""

    def made(name, scores):
        scores = np.asarray(scores, dtype=float)
        table = pa.table(
            {
                "x": np.arange(len(scores)),
                "anomaly_pred": np.where(scores < 0, -1, 1),
                "anomaly_score": scores,
                "severity": 100 * (scores < 0).astype(float),
            }
        )
        pq.write_table(table, tmp_path / f"{name}.parquet")
        database.make(tmp_path / f"{name}.parquet", tmp_path / f"{name}.duckdb")
        return ScoredRows(tmp_path / f"{name}.duckdb")

    return made


def test_rows_are_counted_by_which_model_flags_them(scored):
    """Row by row, whatever order the scores have."""
    first, second = (
        scored("a", [-0.3, -0.1, 0.2, 0.1, 0.3]),
        scored("b", [0.1, -0.2, -0.1, 0.4, 0.2]),
    )
    found = overlap(first, second, (0.0, 0.0))
    assert found == FlagOverlap(5, 1, 1, 1)
    assert found.shared == 1 / 3


def test_each_model_has_its_own_threshold(scored):
    """A decided threshold counts, not the one the run had used."""
    first, second = scored("a", [-0.3, -0.1, 0.2]), scored("b", [-0.3, -0.1, 0.2])
    assert overlap(first, second, (-0.2, 0.5)) == FlagOverlap(3, 1, 0, 2)


def test_where_nothing_is_flagged_there_is_no_share(scored):
    """Neither none nor all of nothing."""
    assert overlap(scored("a", [1.0]), scored("b", [1.0]), (0.0, 0.0)).shared is None


def test_files_of_different_length_are_not_the_same_data(scored):
    """The sentence has both numbers."""
    with pytest.raises(Rejected, match="3 and 2 rows"):
        overlap(scored("a", [1, 2, 3]), scored("b", [1, 2]), (0.0, 0.0))
