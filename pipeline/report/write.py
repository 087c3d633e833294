"""Writes the report of a score run: four charts as PNG, and the statistics as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.threshold import BANDS
from pipeline.report.images import DRAW, write_image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.model.drift import ColumnDrift
    from pipeline.model.scoring import Scoring
    from pipeline.report.summary import ScoreSummary

STATISTICS = "summary_statistics.txt"
QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
DRIFTS = 5


def write_report(scoring: Scoring, dataset: str, model_run_id: str, folder: Path) -> Iterator[Path]:
    """Write the statistics as text and the four charts as PNG into ``folder``.

    Yields each file when it is whole.
    """
    text = folder / STATISTICS
    text.write_text(statistics(scoring, dataset, model_run_id), encoding="utf-8")
    yield text
    for chart in DRAW:
        target = folder / f"{chart}.png"
        write_image(scoring.summary, chart, target)
        yield target


def statistics(scoring: Scoring, dataset: str, model_run_id: str) -> str:
    """Return the statistics as text for people."""
    sections = {
        "Scored rows": _head(scoring.summary, dataset, model_run_id),
        "Severity": _bands(scoring.summary),
        "Scores": _quantiles(scoring.summary),
        "Drift from the training data": _drift(scoring.drift),
        "Metrics": (f"{name}: {value:.6g}" for name, value in sorted(scoring.metrics.items())),
    }
    blocks = ("\n".join([title, "-" * len(title), *lines]) for title, lines in sections.items())
    return "\n\n".join(blocks) + "\n"


def _head(summary: ScoreSummary, dataset: str, model_run_id: str) -> Iterator[str]:
    yield f"data set: {dataset}"
    yield f"model: training run {model_run_id}"
    yield f"rows: {summary.rows:,}"
    yield f"anomalies: {summary.anomalies:,} ({summary.anomaly_rate:.2%})"
    yield f"threshold: a score below {summary.score_threshold:.6g}"


def _bands(summary: ScoreSummary) -> Iterator[str]:
    starts = {"normal": 0.0, **dict(BANDS)}
    for name, rows in summary.bands.items():
        yield f"{name} (from {starts[name]:g}): {rows:,} rows"


def _quantiles(summary: ScoreSummary) -> Iterator[str]:
    for share in QUANTILES:
        yield f"{share:.1%} of the rows score below {summary.score_quantile(share):.3f}"


def _drift(drifts: list[ColumnDrift]) -> Iterator[str]:
    for drift in drifts[:DRIFTS]:
        yield f"{drift.name}: PSI {drift.psi:.3f}{' (drifted)' if drift.drifted else ''}"
    if not drifts:
        yield "no column of numbers or categories to compare"
