"""ScoreSummary: what charts and statistics need, added up chunk by chunk."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from pipeline.report.summary import ScoreSummary


def summary_of(scores, dates=None, chunks: int = 1) -> ScoreSummary:
    """Sum up rows with the given scores in some chunks."""
    scores = np.asarray(scores, dtype=float)
    severity = np.where(scores < 0, 99.95, 50.0)
    columns = {"n": pa.array(range(len(scores))), "anomaly_score": pa.array(scores)}
    if dates is not None:
        columns["when"] = pa.array(dates, pa.timestamp("s"))
    batch = pa.RecordBatch.from_pydict(columns)
    summary = ScoreSummary(batch.schema, len(scores))
    for part in np.array_split(np.arange(len(scores)), chunks):
        rows = batch.slice(part[0], len(part))
        summary.add(rows, scores[part], severity[part])
    return summary


SCORES = np.random.default_rng(0).uniform(-0.3, 0.2, 1_000)


def test_rows_and_anomalies_are_counted() -> None:
    """A score below 0 is an anomaly."""
    summary = summary_of([-0.1, 0.0, 0.1, 0.2])
    assert (summary.rows, summary.anomalies, summary.anomaly_rate) == (4, 1, 0.25)


def test_bands_hold_every_row_once() -> None:
    """The normal ones included."""
    bands = summary_of([-0.1, 0.1, 0.1]).bands
    assert bands == {"normal": 2, "minor": 0, "moderate": 0, "major": 0, "critical": 1}


def test_the_histogram_parts_at_the_threshold() -> None:
    """Zero is an edge, and the bins hold all rows."""
    histogram = summary_of(SCORES).histogram(20)
    assert 0.0 in histogram.edges
    assert histogram.rows.sum() == 1_000
    assert histogram.rows[histogram.edges[:-1] < 0].sum() == (SCORES < 0).sum()
    assert 15 <= len(histogram.rows) <= 25


def test_the_histogram_parts_at_a_decided_threshold() -> None:
    """Wherever it lies, the bins on its left hold exactly what it flags."""
    at, batch = -0.12345, pa.RecordBatch.from_pydict({"anomaly_score": pa.array(SCORES)})
    summary = ScoreSummary(batch.schema, len(SCORES), at)
    summary.add(batch, SCORES, np.full(len(SCORES), 50.0))
    histogram = summary.histogram(20)
    assert np.isclose(histogram.edges, at).any()
    left = histogram.rows[histogram.edges[:-1] < at - 1e-9].sum()
    assert left == summary.anomalies == (at > SCORES).sum()
    assert summary.score_quantile(0.5) == pytest.approx(np.quantile(SCORES, 0.5), abs=2e-3)


def test_equal_scores_make_one_bin() -> None:
    """There is no division by a width of zero."""
    assert summary_of([0.1] * 5).histogram().rows.sum() == 5


def test_quantiles_are_those_of_the_scores() -> None:
    """To the width of a fine bin."""
    summary = summary_of(SCORES)
    for share in (0.05, 0.5, 0.95):
        assert summary.score_quantile(share) == pytest.approx(np.quantile(SCORES, share), abs=2e-3)


def test_the_top_rows_are_the_most_anomalous() -> None:
    """The worst first, each with its number in the file from 1."""
    top = summary_of([0.3, -0.2, 0.1, -0.5]).top
    assert top["row"].to_pylist() == [4, 2, 3, 1]
    assert top["n"].to_pylist() == [3, 1, 2, 0]


@pytest.mark.parametrize("chunks", [1, 3, 50])
def test_chunks_add_up_to_the_same(chunks) -> None:
    """Counts, charts and top rows do not depend on how the rows were cut."""
    dates = np.datetime64("2020-01-01T00:00:00") + np.arange(1_000) * np.timedelta64(1, "D")
    whole, parts = summary_of(SCORES, dates), summary_of(SCORES, dates, chunks)
    assert parts.bands == whole.bands
    assert parts.top == whole.top
    assert np.array_equal(parts.histogram().rows, whole.histogram().rows)
    assert parts.trend().starts == whole.trend().starts
    assert np.array_equal(parts.trend().anomalies, whole.trend().anomalies)


@pytest.mark.parametrize(("days", "grain"), [(100, "day"), (4_000, "month"), (40_000, "year")])
def test_the_trend_has_a_readable_grain(days, grain) -> None:
    """Days where they are few, else months or years; every row counts once."""
    spread = np.arange(1_000) * days // 1_000
    trend = summary_of(SCORES, np.datetime64("1900-01-01", "s") + spread.astype("m8[D]")).trend()
    assert trend.grain == grain
    assert trend.rows.sum() == 1_000
    assert len(trend.starts) <= 150


def test_an_outlying_date_does_not_set_the_scale_of_the_trend() -> None:
    """A wrong century in one row leaves the grain at days and is not drawn."""
    dates = np.datetime64("2020-01-01", "s") + (np.arange(1_000) // 10).astype("m8[D]")
    dates[500] = np.datetime64("1920-01-01")
    trend = summary_of(SCORES, dates).trend()
    assert trend.grain == "day"
    assert trend.starts[0] == "2020-01-01"
    assert trend.rows.sum() == 999


def test_the_trend_counts_anomalies_of_each_period() -> None:
    """Two days, one anomaly of two rows on the first."""
    dates = [dt.datetime(2024, 1, 1, 5), dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)]  # noqa: DTZ001
    trend = summary_of([-0.1, 0.1, 0.1], dates).trend()
    assert trend.column == "when"
    assert trend.starts == ["2024-01-01", "2024-01-02"]
    assert trend.rate.tolist() == [0.5, 0]


def test_rows_without_a_date_are_not_in_the_trend() -> None:
    """They belong to no period."""
    dates = [dt.datetime(2024, 1, 1), None]  # noqa: DTZ001
    assert summary_of([-0.1, -0.1], dates).trend().rows.tolist() == [1]


def test_a_date_column_without_dates_gives_an_empty_trend() -> None:
    """There is nothing to draw, and nothing breaks."""
    assert summary_of([-0.1, -0.1], [None, None]).trend().starts == []


def test_without_dates_the_order_of_the_rows_stands_in() -> None:
    """A hundred blocks of rows, named by their first."""
    trend = summary_of(SCORES, chunks=7).trend()
    assert (trend.column, trend.grain) == ("", "rows")
    assert trend.starts[:3] == [1, 11, 21]
    assert trend.rows.tolist() == [10] * 100
