"""Two models on the same data, against the plain definitions."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq
from sklearn.metrics import cohen_kappa_score, jaccard_score

from app.clients.errors import NotFound, Rejected
from app.services.comparison.queries import ScoredPair
from app.services.comparison.types import Overlap, Part
from tests.fakes.world import rescored, scored


def flags(table):
    """Which rows a file flags."""
    return table.column("anomaly_pred").to_numpy() == -1


@pytest.fixture
def pair(tmp_path):
    """The files of two models that agree on part of their anomalies."""
    paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for path, table in zip(paths, (scored(), rescored()), strict=True):
        pq.write_table(table, path, row_group_size=300)
    return ScoredPair(*paths)


def test_overlap_is_that_of_the_flags(pair):
    """Counts, Jaccard, kappa and correlation as the textbooks have them."""
    a, b = flags(scored()), flags(rescored())
    found = pair.overlap()
    assert (found.both, found.entering, found.leaving) == (
        np.sum(a & b),
        np.sum(~a & b),
        np.sum(a & ~b),
    )
    assert min(found.both, found.entering, found.leaving) > 0
    assert found.rates == (a.mean(), b.mean())
    assert found.jaccard == pytest.approx(jaccard_score(a, b))
    assert found.kappa == pytest.approx(cohen_kappa_score(a, b))
    assert found.agreement == pytest.approx((a == b).mean())
    severities = [table.column("severity").to_numpy() for table in (scored(), rescored())]
    assert found.correlation == pytest.approx(np.corrcoef(*severities)[0, 1])
    assert found.starts == tuple(s[f].min() for s, f in zip(severities, (a, b), strict=True))


def test_models_that_flag_nothing_agree_without_a_number():
    """Nothing is divided by nothing."""
    none = Overlap(10, 0, 0, 0, None, (None, None))
    assert (none.jaccard, none.kappa, none.agreement) == (None, None, 1.0)
    assert Overlap(0, 0, 0, 0, None, (None, None)).rates == (0.0, 0.0)


def test_density_counts_every_row_once(pair):
    """And each where both severities say."""
    found = pair.density()
    counts = np.array([[rows or 0 for rows in line] for line in found.counts])
    edges = [*found.edges[:-1], 100.0001]
    severities = [table.column("severity").to_numpy() for table in (scored(), rescored())]
    expected, *_ = np.histogram2d(*severities, bins=[edges, edges])
    assert counts.sum() == scored().num_rows
    assert np.abs(counts - expected).sum() <= 0.01 * scored().num_rows


@pytest.mark.parametrize("part", list(Part))
def test_rows_of_a_part_are_those_of_the_flags(pair, part):
    """With their number in the file, both severities and the data."""
    a, b = flags(scored()), flags(rescored())
    expected = {Part.ENTER: ~a & b, Part.LEAVE: a & ~b, Part.BOTH: a & b}[part]
    page = pair.rows(part, "row", 0, 5000).rows
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
    """Pages follow one another in that order and overlap nowhere."""
    whole = pair.rows(Part.BOTH, order, 0, 5000).rows.to_pylist()
    pages = [pair.rows(Part.BOTH, order, begin, 7).rows.to_pylist() for begin in (0, 7)]
    assert whole == sorted(whole, key=lambda row: (value(row), row["row"]))
    assert pages[0] + pages[1] == whole[:14]


def test_columns_that_would_hide_ours_are_left_out(tmp_path):
    """A data set may have a column called row; the row's number in the file is what is shown."""
    table = scored().append_column("row", pa.array(["x"] * scored().num_rows))
    path = tmp_path / "row.parquet"
    pq.write_table(table, path)
    page = ScoredPair(path, path).rows(Part.BOTH, "row", 0, 3).rows
    assert page.column_names.count("row") == 1
    assert all(isinstance(number, int) for number in page.column("row").to_pylist())


def test_files_of_other_rows_are_refused(tmp_path, pair):
    """Rows are matched by their place, so both files must have the same."""
    pq.write_table(scored().slice(5), tmp_path / "short.parquet")
    with pytest.raises(Rejected, match="2,000 rows and 1,995 rows"):
        ScoredPair(pair.a, tmp_path / "short.parquet").overlap()


@pytest.fixture
def trainings(console):
    """The finished trainings, newest first; the older two are of one data set."""
    runs = console.runs.search().runs
    return [run for run in runs if run.kind == "train" and run.finished]


def test_a_training_stands_for_its_newest_scoring_of_the_data(console, world, trainings):
    """Of two scorings, the newer one; the data is what B was trained on."""
    newer = world.add_scoring(world.mlflow.find(trainings[1].run_id), age=1)
    found = console.model_pairs.find([trainings[2].run_id, trainings[1].run_id])
    assert found.dataset_id == trainings[1].dataset_id
    assert found.b.scored.run_id == newer.run_id
    assert found.a.model == trainings[2]


def test_a_scoring_stands_for_itself(console, world, trainings):
    """Also when the same model has scored the data again since."""
    older = console.comparisons.scoring_of(trainings[1].run_id, trainings[1].dataset_id)
    world.add_scoring(world.mlflow.find(trainings[1].run_id), age=1)
    found = console.model_pairs.find([older.run_id, trainings[2].run_id])
    assert found.a.scored.run_id == older.run_id
    assert found.a.model == trainings[1]
    assert found.dataset_id == older.dataset_id


def test_a_scoring_of_other_data_is_known_to_be_missing(console, trainings):
    """The newest model has never seen the first data set."""
    found = console.model_pairs.find([trainings[2].run_id, trainings[0].run_id])
    assert found.b.scored is not None
    assert found.a.scored is None
    other = console.model_pairs.find(
        [found.b.scored.run_id, trainings[2].run_id], trainings[2].dataset_id
    )
    assert other.a.scored is None
    assert other.a.model == trainings[0]
    assert other.b.scored is not None


def test_a_model_against_itself_is_allowed(console, trainings):
    """It agrees with itself wholly."""
    found = console.model_pairs.find([trainings[0].run_id] * 2)
    overlap = console.model_pairs.overlap(found.a.scored.run_id, found.b.scored.run_id)
    assert (overlap.jaccard, overlap.kappa, overlap.entering) == (1.0, 1.0, 0)


@pytest.mark.parametrize(
    ("ids", "error"), [(["0" * 32], Rejected), (["0" * 32, "1" * 32], NotFound)]
)
def test_what_is_no_pair_is_refused(console, ids, error):
    """One run alone, or one that is not there."""
    with pytest.raises(error):
        console.model_pairs.find(ids)
