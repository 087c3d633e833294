"""Report: four charts as PNG and as HTML, and the statistics, from a summary."""

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.model.scoring import Scoring, score_file
from pipeline.model.training import fit
from pipeline.report.images import DRAW
from pipeline.report.pages import BUILD
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

    def page(self, chart: str) -> str:
        """Return the source of a page."""
        return (self.folder / f"{chart}.html").read_text(encoding="utf-8")


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


def figure_of(page: str) -> tuple[list, dict]:
    """Read traces and layout out of a page."""
    call = page[page.rindex("Plotly.newPlot(") + len("Plotly.newPlot(") :]
    decoder = json.JSONDecoder()
    start = call.index("[")
    data, end = decoder.raw_decode(call, start)
    layout, _ = decoder.raw_decode(call, call.index("{", end))
    return data, layout


def test_every_chart_is_there_in_both_forms(written) -> None:
    """The names that dashboards depend on; images are images of a good size."""
    assert list(DRAW) == list(BUILD) == CHARTS
    named = {f"{chart}.{kind}" for chart in CHARTS for kind in ("png", "html")}
    assert {path.name for path in written.folder.iterdir()} == named | {STATISTICS}
    for chart in CHARTS:
        head = (written.folder / f"{chart}.png").read_bytes()[:24]
        assert head[1:4] == b"PNG"
        assert struct.unpack(">II", head[16:24]) == (990, 550)


@pytest.mark.parametrize("chart", CHARTS)
def test_pages_need_no_network_and_send_nothing(written, chart) -> None:
    """The library is inside, and the button that would upload the data is not."""
    page = written.page(chart)
    assert not re.search(r"<script[^>]*\ssrc=", page)
    assert '"showSendToCloud": false' in page


@pytest.mark.parametrize("chart", CHARTS)
def test_charts_show_every_row_in_few_points(written, chart) -> None:
    """Pages are drawn from sums: at most some hundred points, however many rows."""
    data, layout = figure_of(written.page(chart))
    points = sum(len(trace.get("x", trace.get("values", []))) for trace in data)
    assert 0 < points <= 200
    assert layout["title"]["text"]


def test_the_distribution_counts_all_rows(written) -> None:
    """Anomalies and normal rows together."""
    data, _ = figure_of(written.page("anomaly_score_distribution"))
    rows = {trace["name"]: sum(trace["y"]) for trace in data}
    anomalies = written.scoring.summary.anomalies
    assert rows == {"anomaly": anomalies, "normal": 600 - anomalies}


def test_without_dates_the_trend_says_that_rows_stand_in(tmp_path) -> None:
    """In its title and on its axis."""
    undated = report_on(mixed_table().select(["units", "damage"]), tmp_path)
    _, layout = figure_of(undated.page("anomaly_trend"))
    assert "order of the rows" in layout["title"]["text"]
    assert layout["xaxis"]["title"]["text"] == "Row (no date column)"


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


def test_what_a_cell_holds_is_no_markup(tmp_path) -> None:
    """A value in the data does not become part of the page."""
    evil = pa.array(["<img src=x onerror=alert(1)></script><script>alert(1)</script>"] * 600)
    page = report_on(mixed_table().set_column(3, "damage", [evil]), tmp_path).page("top_anomalies")
    assert "<img src=x" not in page
    assert "<script>alert(1)" not in page
