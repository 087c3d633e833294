"""Histograms of scored rows, and overlap of two models against the plain definitions."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq
from sklearn.metrics import cohen_kappa_score, jaccard_score

from app.services.anomalies import database
from app.services.anomalies.rows import ScoredRows
from app.services.comparison.queries import ScoredPair, score_histograms
from app.services.comparison.types import FlaggedBy, Overlap, ScoreColumn
from pipeline.errors import Rejected
from tests.fakes.world import rescored, scored


@pytest.fixture
def store(tmp_path):
    """Make the database of a scored table."""

    def made(table, name="scored"):
        pq.write_table(table, tmp_path / f"{name}.parquet", row_group_size=300)
        database.make(tmp_path / f"{name}.parquet", tmp_path / f"{name}.duckdb")
        return ScoredRows(tmp_path / f"{name}.duckdb")

    return made


def with_scores(scores):
    """Return a scored table with these scores, flagged below 0."""
    scores = np.asarray(scores, dtype=float)
    return pa.table(
        {
            "x": np.arange(len(scores)),
            "anomaly_pred": np.where(scores < 0, -1, 1),
            "anomaly_score": scores,
            "severity": 100 * (scores < 0).astype(float),
        }
    )


def flags(table):
    """Return which rows of a table are flagged."""
    return table.column("anomaly_pred").to_numpy() == -1


def severities():
    """Return the severities of both tables."""
    return [table.column("severity").to_numpy() for table in (scored(), rescored())]


def test_score_histogram_equals_that_of_numpy(store):
    """Each row is in one bin, and the threshold is the highest flagged score."""
    (found,) = score_histograms([store(scored())], ScoreColumn.SCORE)
    values = scored().column("anomaly_score").to_numpy()
    counts, _ = np.histogram(values, bins=found.edges)
    assert np.array(found.shares) * found.rows == pytest.approx(counts)
    assert found.threshold == values[values < 0].max()


def test_severity_histogram_has_steps_of_equal_rarity(store):
    """On rows like the training data, each ten steps hold a tenth of the rows of those before."""
    (found,) = score_histograms([store(scored())], ScoreColumn.SEVERITY)
    assert found.rows == 2000
    assert sum(found.shares) == pytest.approx(1)
    assert sum(found.shares[:10]) == pytest.approx(0.9, abs=0.01)
    assert sum(found.shares[10:20]) == pytest.approx(0.09, abs=0.01)
    assert found.edges[-1] == 100.0


def test_threshold_is_that_of_the_stored_flags(store):
    """A run that flags by another threshold than a score of 0 shows that threshold."""
    table = scored()
    severe = table.column("severity").to_numpy() >= 95
    place = table.column_names.index("anomaly_pred")
    table = table.set_column(place, "anomaly_pred", pa.array(np.where(severe, -1, 1)))
    (found,) = score_histograms([store(table)], ScoreColumn.SEVERITY)
    assert found.threshold == pytest.approx(95.0)


def test_run_without_flagged_rows_has_no_threshold(store):
    """The threshold is None, not a number made up."""
    table = scored().filter(pa.compute.equal(scored().column("anomaly_pred"), 1))
    (found,) = score_histograms([store(table)], ScoreColumn.SCORE)
    assert found.threshold is None


@pytest.fixture
def pair(store):
    """The rows of two models that agree on part of their anomalies."""
    return ScoredPair(store(scored(), "a"), store(rescored(), "b"))


def test_overlap_equals_the_definitions(pair):
    """Counts, Jaccard, kappa and correlation are those of the textbooks."""
    a, b = flags(scored()), flags(rescored())
    found = pair.overlap()
    assert (found.both, found.only_b, found.only_a) == (
        np.sum(a & b),
        np.sum(~a & b),
        np.sum(a & ~b),
    )
    assert min(found.both, found.only_b, found.only_a) > 0
    assert found.rates == (a.mean(), b.mean())
    assert found.jaccard == pytest.approx(jaccard_score(a, b))
    assert found.kappa == pytest.approx(cohen_kappa_score(a, b))
    assert found.agreement == pytest.approx((a == b).mean())
    assert found.correlation == pytest.approx(np.corrcoef(*severities())[0, 1])
    lowest = tuple(s[f].min() for s, f in zip(severities(), (a, b), strict=True))
    assert found.lowest_severities == lowest


def test_overlap_counts_rows_by_thresholds(store):
    """Each row is counted by its scores, not by the flags that the runs stored."""
    a, b = store(with_scores([-0.3, -0.1, 0.2]), "a"), store(with_scores([-0.3, -0.1, 0.2]), "b")
    found = ScoredPair(a, b, (-0.2, 0.5)).overlap()
    assert (found.rows, found.both, found.only_a, found.only_b) == (3, 1, 0, 2)


def test_overlap_matches_rows_by_their_position(store):
    """Row by row, whatever order the scores have."""
    a = store(with_scores([-0.3, -0.1, 0.2, 0.1, 0.3]), "a")
    b = store(with_scores([0.1, -0.2, -0.1, 0.4, 0.2]), "b")
    found = ScoredPair(a, b, (0.0, 0.0)).overlap()
    assert (found.rows, found.both, found.only_a, found.only_b) == (5, 1, 1, 1)
    assert found.jaccard == 1 / 3


def test_without_flagged_rows_there_is_no_jaccard(store):
    """Nothing is divided by zero."""
    a, b = store(with_scores([1.0]), "a"), store(with_scores([1.0]), "b")
    assert ScoredPair(a, b).overlap().jaccard is None
    none = Overlap(10, 0, 0, 0)
    assert (none.jaccard, none.kappa, none.agreement) == (None, None, 1.0)
    assert Overlap(0, 0, 0, 0).rates == (0.0, 0.0)


def test_density_counts_every_row_once(pair):
    """Each row is counted in the bins of its two severities."""
    found = pair.density()
    counts = np.array([[rows or 0 for rows in line] for line in found.counts])
    edges = [*found.edges[:-1], 100.0001]
    expected, *_ = np.histogram2d(*severities(), bins=[edges, edges])
    assert counts.sum() == scored().num_rows
    assert np.abs(counts - expected).sum() <= 0.01 * scored().num_rows


@pytest.mark.parametrize("by", list(FlaggedBy))
def test_rows_are_those_that_the_models_flag(pair, by):
    """With their number in the file, both severities and the data."""
    a, b = flags(scored()), flags(rescored())
    expected = {FlaggedBy.ONLY_B: ~a & b, FlaggedBy.ONLY_A: a & ~b, FlaggedBy.BOTH: a & b}[by]
    page = pair.rows(by, "row", 0, 5000)
    assert page.column("row").to_pylist() == list(np.flatnonzero(expected) + 1)
    first = page.to_pylist()[0]
    place = first["row"] - 1
    assert first["severity_a"] == scored().column("severity")[place].as_py()
    assert first["severity_b"] == rescored().column("severity")[place].as_py()
    assert first["weather_condition"] == scored().column("weather_condition")[place].as_py()


@pytest.mark.parametrize(
    ("order", "value"),
    [
        ("change", lambda row: -abs(row["change"])),
        ("severity_a", lambda row: -row["severity_a"]),
        ("severity_b", lambda row: -row["severity_b"]),
        ("row", lambda row: row["row"]),
    ],
)
def test_rows_are_sorted_before_they_are_paged(pair, order, value):
    """Pages follow one another in that order without overlap."""
    whole = pair.rows(FlaggedBy.BOTH, order, 0, 5000).to_pylist()
    pages = [pair.rows(FlaggedBy.BOTH, order, begin, 7).to_pylist() for begin in (0, 7)]
    assert whole == sorted(whole, key=lambda row: (value(row), row["row"]))
    assert pages[0] + pages[1] == whole[:14]


def test_data_columns_with_our_names_are_left_out(store):
    """A data set may have a column called row; the number in the file is what is shown."""
    table = scored().append_column("row", pa.array(["x"] * scored().num_rows))
    rows = store(table)
    page = ScoredPair(rows, rows).rows(FlaggedBy.BOTH, "row", 0, 3)
    assert page.column_names.count("row") == 1
    assert all(isinstance(number, int) for number in page.column("row").to_pylist())


def test_scorings_of_other_rows_are_refused(store, pair):
    """Rows are matched by their position, so both runs must have the same number."""
    short = store(scored().slice(5), "short")
    with pytest.raises(Rejected, match="2,000 and 1,995 rows"):
        ScoredPair(pair.a, short).overlap()
