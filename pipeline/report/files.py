"""Writes all that a score run shows into one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report.images import DRAW, write_image
from pipeline.report.pages import write_page
from pipeline.report.statistics import Subject, statistics

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.score import Scoring

STATISTICS = "summary_statistics.txt"


def write_report(scoring: Scoring, subject: Subject, folder: Path) -> None:
    """Write the four charts, each as PNG and as HTML, and the statistics into ``folder``."""
    for chart in DRAW:
        write_image(scoring.summary, chart, folder / f"{chart}.png")
        write_page(scoring.summary, chart, folder / f"{chart}.html")
    (folder / STATISTICS).write_text(statistics(scoring, subject), encoding="utf-8")
