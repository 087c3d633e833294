"""The scored rows of a run, as the Anomalies page shows them."""

import pytest
from pyarrow import csv
from pyarrow import parquet as pq

from app.clients.errors import NotFound, Unreachable
from app.services.anomalies import steps
from tests.fakes import ROWS, parquet_bytes, scored


@pytest.fixture
def run_id(console):
    """The newest score run."""
    return console.runs.latest_score().run_id


def test_a_run_is_summed_up(console, run_id):
    """Rows, anomalies, their share, the threshold and the bands agree with each other."""
    summary = console.anomalies.summary(run_id)
    assert (summary.rows, summary.anomalies, summary.rate) == (ROWS, 200, 0.1)
    assert summary.threshold == pytest.approx(90.0)
    assert [(band.name, band.low, band.rows) for band in summary.bands] == [
        ("minor", 90.0, 100),
        ("moderate", 95.0, 80),
        ("major", 99.0, 18),
        ("critical", 99.9, 2),
    ]
    assert sum(band.share for band in summary.bands) == pytest.approx(0.1)
    assert summary.columns == tuple(scored().column_names)
    assert summary.date_column == "crash_date"


@pytest.mark.parametrize("of", ["anomaly_score", "severity"])
def test_a_histogram_divides_at_the_threshold(console, run_id, of):
    """Every row is in one bin, and no bin has anomalies on the normal side."""
    histogram = console.anomalies.histogram(run_id, of=of)
    assert len(histogram.edges) == len(histogram.normal) + 1 == len(histogram.anomalous) + 1
    assert (sum(histogram.normal), sum(histogram.anomalous)) == (1_800, 200)
    nearest = min(histogram.edges, key=lambda edge: abs(edge - histogram.threshold))
    assert nearest == pytest.approx(histogram.threshold)
    for normal, anomalous in zip(histogram.normal, histogram.anomalous, strict=True):
        assert not (normal and anomalous)


@pytest.mark.parametrize(
    ("low", "high", "threshold", "expected"),
    [
        (0.0, 10.0, 4.0, (0.0, 2.0, 5)),
        (0.0, 10.0, 5.0, (-1.0, 2.0, 6)),
        (0.0, 10.0, 20.0, (0.0, 2.0, 5)),
        (3.0, 3.0, 0.0, (3.0, 1.0, 1)),
    ],
)
def test_steps_cover_the_range_with_an_edge_on_the_threshold(low, high, threshold, expected):
    """A threshold outside the range moves nothing; equal values need one bin."""
    first, step, count = steps(low, high, threshold, 5)
    assert (first, step, count) == expected
    assert first <= low
    assert first + step * count >= high


def test_a_trend_counts_every_dated_row(console, run_id):
    """The spans' rows add up to all rows."""
    trend = console.anomalies.trend(run_id)
    assert (trend.column, trend.grain) == ("crash_date", "month")
    assert sum(point.rows for point in trend.points) == ROWS
    assert all(point.rate == point.anomalies / point.rows for point in trend.points)


def test_without_dates_there_is_no_trend(console, world, run_id):
    """Numbers only: the page can say so."""
    table = scored().drop_columns("crash_date")
    world.mlflow.find(run_id).files["scores/scored.parquet"] = parquet_bytes(table)
    trend = console.anomalies.trend(run_id)
    assert (trend.column, trend.grain, trend.points) == ("", "", ())
    assert console.anomalies.summary(run_id).date_column == ""


def test_rows_come_by_page(console, run_id):
    """Most severe first, only the chosen columns, with the number of all."""
    page = console.anomalies.rows(run_id, limit=25, offset=25, columns=("num_units", "severity"))
    assert page.rows.column_names == ["row", "num_units", "severity"]
    assert (page.rows.num_rows, page.offset, page.total) == (25, 25, 200)
    severities = page.rows.column("severity").to_pylist()
    assert severities == sorted(severities, reverse=True)
    everything = console.anomalies.rows(run_id, only_anomalies=False)
    assert (everything.total, everything.rows.num_rows) == (ROWS, 50)


@pytest.mark.parametrize(("top", "lines"), [(5, 5), (None, 200), (10_000, 200)])
def test_the_rows_can_be_taken_away_as_csv(console, run_id, top, lines):
    """The top or all of them, under the same order."""
    path = console.anomalies.write_csv(run_id, top=top)
    table = csv.read_csv(path)
    assert table.num_rows == lines
    first = console.anomalies.rows(run_id, limit=1).rows.to_pylist()[0]
    assert table.column("row")[0].as_py() == first["row"]


def test_different_choices_are_different_files(console, run_id):
    """A download of two columns is not answered with one of all."""
    all_columns = console.anomalies.write_csv(run_id, top=5)
    two = console.anomalies.write_csv(run_id, top=5, columns=("num_units", "severity"))
    assert csv.read_csv(two).column_names == ["row", "num_units", "severity"]
    assert all_columns != two


def test_rows_are_fetched_once_and_stay_without_mlflow(console, world, run_id):
    """What was opened before stays readable."""
    console.anomalies.summary(run_id)
    world.stop("MLflow")
    assert console.anomalies.summary(run_id).rows == ROWS
    other = console.runs
    with pytest.raises(Unreachable):
        other.latest_score()


def test_the_scored_file_can_be_asked_for(console, run_id):
    """Whoever has other questions reads the same copy."""
    path = console.anomalies.scored_path(run_id)
    assert path == console.anomalies.scored_path(run_id)
    assert pq.read_metadata(path).num_rows == ROWS


def test_a_run_without_scores_is_not_found(console):
    """A train run has no scored rows."""
    with pytest.raises(NotFound):
        console.anomalies.summary(console.runs.latest_model().run_id)


def test_addresses_of_downloads_say_what_they_hold(console, run_id):
    """The console's own routes read the same words."""
    url = console.anomalies.csv_url(run_id, top=100)
    assert url == f"/download/anomalies/{run_id}?rows=anomalies&top=100"
    assert console.anomalies.csv_url(run_id, only_anomalies=False).endswith("?rows=all")
