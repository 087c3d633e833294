"""How scores are distributed in files that are compared."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from app.clients.errors import Rejected
from app.services.comparison.queries import ShapeOf, shapes
from tests.fakes.world import accidents, scored


@pytest.fixture
def file(tmp_path):
    """A scored file."""
    path = tmp_path / "scored.parquet"
    pq.write_table(scored(), path)
    return path


def test_scores_are_counted_as_numpy_counts_them(file):
    """Each row is in one bin, and the flag begins where it does in the file."""
    (shape,) = shapes([file], ShapeOf.SCORE)
    values = scored().column("anomaly_score").to_numpy()
    counts, _ = np.histogram(values, bins=shape.edges)
    assert np.array(shape.shares) * shape.rows == pytest.approx(counts)
    assert shape.threshold == values[values < 0].max()


def test_severities_are_counted_in_steps_of_equal_rarity(file):
    """In a file like the training data, each tenth step holds a tenth of the ten before."""
    (shape,) = shapes([file], ShapeOf.SEVERITY)
    assert shape.rows == 2000
    assert sum(shape.shares) == pytest.approx(1)
    assert sum(shape.shares[:10]) == pytest.approx(0.9, abs=0.01)
    assert sum(shape.shares[10:20]) == pytest.approx(0.09, abs=0.01)
    assert shape.edges[-1] == 100.0


def test_a_threshold_is_the_flags_own(tmp_path):
    """Where a run flags by another threshold than a score of 0, that is what is said."""
    path = tmp_path / "moved.parquet"
    table = scored()
    severe = table.column("severity").to_numpy() >= 95
    place = table.column_names.index("anomaly_pred")
    pq.write_table(table.set_column(place, "anomaly_pred", pa.array(np.where(severe, -1, 1))), path)
    (shape,) = shapes([path], ShapeOf.SEVERITY)
    assert shape.threshold == pytest.approx(95.0)


def test_a_file_without_flags_has_no_threshold(tmp_path):
    """None is said, not a number made up."""
    path = tmp_path / "calm.parquet"
    table = scored().filter(pa.compute.equal(scored().column("anomaly_pred"), 1))
    pq.write_table(table, path)
    assert shapes([path], ShapeOf.SCORE)[0].threshold is None


def test_a_file_that_is_not_scored_is_refused(tmp_path):
    """The reason names what is lacking."""
    path = tmp_path / "data.parquet"
    pq.write_table(accidents(), path)
    with pytest.raises(Rejected, match="cannot be read"):
        shapes([path], ShapeOf.SEVERITY)
