"""Report: four charts as PNG, and the statistics, from a summary."""

import struct
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from pipeline.model.scoring import Scoring, score_file
from pipeline.model.training import fit
from pipeline.report import images
from pipeline.report.images import DRAW
from pipeline.report.write import STATISTICS, write_report
from pipeline.tables.schema import Schema
from tests.unit.pipeline.conftest import PARAMS, mixed_table

DATASET = "crashes <2024>.csv (0123456789abcdef)"
CHARTS = ["anomaly_score_distribution", "anomaly_percentage", "top_anomalies", "anomaly_trend"]


@dataclass(frozen=True)
class Written:
    """Scored rows and the folder with their report."""

    scoring: Scoring
    folder: Path


def report_on(table: pa.Table, folder: Path) -> Written:
    """Train on a table, score it and write the report."""
    data, charts = folder / "data.parquet", folder / "charts"
    pq.write_table(table, data)
    charts.mkdir()
    scoring = score_file(fit(data, Schema.infer(data), PARAMS).model, data, folder)
    written = list(write_report(scoring, DATASET, "f" * 32, charts))
    assert sorted(written) == sorted(charts.iterdir())
    return Written(scoring, charts)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Written:
    """The report on the mixed data set."""
    return report_on(mixed_table(), tmp_path_factory.mktemp("report"))


def test_every_chart_is_written(written) -> None:
    """Files have the names that operators and dashboards depend on, and the size of a chart."""
    assert list(DRAW) == CHARTS
    assert {path.name for path in written.folder.iterdir()} == {
        *(f"{chart}.png" for chart in CHARTS),
        STATISTICS,
    }
    for chart in CHARTS:
        head = (written.folder / f"{chart}.png").read_bytes()[:24]
        assert head[1:4] == b"PNG"
        assert struct.unpack(">II", head[16:24]) == (990, 550)


def texts_of(chart: str, summary) -> set[str]:
    """Return every text of a chart."""
    figure = images._figure(summary, chart)
    FigureCanvasAgg(figure).draw()  # which writes the labels of the ticks
    return {each.get_text() for each in figure.findobj(Text)}


def test_charts_say_what_they_show(written) -> None:
    """Titles name the rows, and the most anomalous rows are named by their number."""
    summary = written.scoring.summary
    assert "Anomaly scores of 600 rows" in texts_of("anomaly_score_distribution", summary)
    worst = summary.top.to_pylist()[0]["row"]
    assert f"Row {worst:,}" in texts_of("top_anomalies", summary)


def test_percentages_add_up(written) -> None:
    """The bars are the shares of normal and anomalous rows."""
    summary = written.scoring.summary
    texts = texts_of("anomaly_percentage", summary)
    assert f"{summary.anomaly_rate:.2%}" in texts
    assert f"{1 - summary.anomaly_rate:.2%}" in texts


def test_trend_without_dates_is_by_row(tmp_path) -> None:
    """Title and axis say so."""
    undated = report_on(mixed_table().select(["units", "damage"]), tmp_path)
    texts = texts_of("anomaly_trend", undated.scoring.summary)
    assert {"Share of anomalies by order of the rows", "Row (no date column)"} <= texts


def test_the_statistics_say_what_was_scored_and_how(written) -> None:
    """Data set, model, rows, anomalies, bands, scores, drift and every metric."""
    text = (written.folder / STATISTICS).read_text(encoding="utf-8")
    assert "data set: crashes <2024>.csv (0123456789abcdef)" in text
    assert f"model: training run {'f' * 32}" in text
    assert "rows: 600\n" in text
    assert f"anomalies: {written.scoring.summary.anomalies} (" in text
    assert all(name in text for name in written.scoring.metrics)
    assert "critical (from 99.9): " in text
    assert "units: PSI 0.000" in text


def test_dollars_are_no_formula(tmp_path) -> None:
    """Matplotlib would typeset what is between two of them, and fail at what is none."""
    cost = pa.array(["$} to $1"] * 600)
    plain = mixed_table().select(["units"]).add_column(0, "cost in $ or }$", [cost])
    assert report_on(plain, tmp_path).scoring.summary.rows == 600
