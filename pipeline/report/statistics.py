"""The statistics of a score run as text for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.threshold import BANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.drift import ColumnDrift
    from pipeline.model.scoring import Scoring
    from pipeline.report.summary import Summary

QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
DRIFTS = 5


@dataclass(frozen=True)
class Subject:
    """What was scored, and with which model: names for people and ids to look up."""

    dataset: str
    dataset_id: str
    model_run_id: str


def statistics(scoring: Scoring, subject: Subject) -> str:
    """Return the whole text."""
    sections = (
        _head(scoring.summary, subject),
        _bands(scoring.summary),
        _quantiles(scoring.summary),
        _drift(scoring.drift),
        (f"{name}: {value:.6g}" for name, value in sorted(scoring.metrics.items())),
    )
    titles = ("Scored rows", "Severity", "Scores", "Drift from the training data", "Metrics")
    blocks = (
        "\n".join([title, "-" * len(title), *lines])
        for title, lines in zip(titles, sections, strict=True)
    )
    return "\n\n".join(blocks) + "\n"


def _head(summary: Summary, subject: Subject) -> Iterator[str]:
    yield f"data set: {subject.dataset} ({subject.dataset_id})"
    yield f"model: training run {subject.model_run_id}"
    yield f"rows: {summary.rows:,}"
    yield f"anomalies: {summary.anomalies:,} ({summary.anomaly_rate:.2%})"
    yield f"threshold: a score below {summary.score_threshold:.6g}"


def _bands(summary: Summary) -> Iterator[str]:
    starts = {"normal": 0.0, **dict(BANDS)}
    for name, rows in summary.bands.items():
        yield f"{name} (from {starts[name]:g}): {rows:,} rows"


def _quantiles(summary: Summary) -> Iterator[str]:
    for share in QUANTILES:
        yield f"{share:.1%} of the rows score below {summary.score_quantile(share):.3f}"


def _drift(drifts: list[ColumnDrift]) -> Iterator[str]:
    for drift in drifts[:DRIFTS]:
        yield f"{drift.name}: PSI {drift.psi:.3f}{' (drifted)' if drift.drifted else ''}"
    if not drifts:
        yield "no column of numbers or categories to compare"
