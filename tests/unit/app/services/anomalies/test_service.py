"""Anomalies of a run as the page asks for them."""

import pytest
from pyarrow import parquet as pq

from app.services import caching
from app.services.anomalies import queries
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from pipeline.errors import NotFound, Unreachable
from tests.fakes.world import ROWS, scored


def test_a_run_is_summed_up(console, run_id):
    """Rows, anomalies, their share, the threshold and the bands agree with each other."""
    summary = console.anomalies.summary(run_id)
    assert (summary.rows, summary.anomalies) == (ROWS, 200)
    assert summary.threshold == pytest.approx(90.0)
    assert console.anomalies.counts(run_id).bands == (100, 80, 18, 2)
    assert summary.columns == tuple(scored().column_names)
    assert summary.date_column == "crash_date"
    assert summary.facets == ("weather_condition", "num_units", "injuries_total")


def test_rows_come_by_page(console, run_id):
    """Most severe first, only the chosen columns, with the number of all."""
    page = console.anomalies.rows(run_id, limit=25, offset=25, columns=("num_units", "severity"))
    assert page.rows.column_names == ["row", "num_units", "severity"]
    assert (page.rows.num_rows, page.offset, page.total) == (25, 25, 200)
    severities = page.rows.column("severity").to_pylist()
    assert severities == sorted(severities, reverse=True)
    everything = console.anomalies.rows(run_id, only_anomalies=False)
    assert (everything.total, everything.rows.num_rows) == (ROWS, 50)


def test_values_are_listed_with_their_rows(console, run_id):
    """Most frequent first; a column of too many values has no list."""
    values = console.anomalies.values(run_id, "weather_condition")
    assert values[0][0] == "CLEAR"
    assert sum(rows for _, rows in values) == ROWS
    assert console.anomalies.values(run_id, "crash_date") == ()


def test_points_are_all_anomalies_and_some_normal_rows(console, run_id):
    """The counts of all rows come along, so that the page can be honest."""
    view = View((Filter("num_units", Op.BETWEEN, (1, 2)),))
    counts = console.anomalies.counts(run_id, view)
    points = console.anomalies.scatter(run_id, view, "num_units", "crash_date")
    assert points.anomalies.num_rows == points.all_anomalies == counts.anomalies
    assert 0 < points.normals.num_rows <= points.all_normals == counts.rows - counts.anomalies
    assert points == queries.scatter(
        console.anomalies.rows_of(run_id), view, "num_units", "crash_date", counts
    )


def test_a_row_is_found_by_its_number(console, run_id):
    """As it stands in the file."""
    record = console.anomalies.record(run_id, 5)
    assert record["severity"] == scored().column("severity")[4].as_py()
    assert console.anomalies.record_url(run_id, 5) == f"/download/anomalies/{run_id}/rows/5"


def test_rows_are_fetched_once_and_stay_without_mlflow(console, world, run_id):
    """What was opened before stays readable."""
    console.anomalies.summary(run_id)
    world.stop("MLflow")
    caching.clear()
    assert console.anomalies.summary(run_id).rows == ROWS
    with pytest.raises(Unreachable):
        console.runs.search()


def test_the_scored_file_can_be_asked_for(console, run_id):
    """Whoever has other questions reads the same copy."""
    path = console.anomalies.scored_path(run_id)
    assert path == console.anomalies.scored_path(run_id)
    assert pq.read_metadata(path).num_rows == ROWS


def test_a_run_without_scores_is_not_found(console):
    """A train run has no scored rows."""
    with pytest.raises(NotFound):
        console.anomalies.summary(console.runs.latest_model().run_id)
