"""Writes all that a score run shows into one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report.images import DRAW, write_image
from pipeline.report.pages import write_page
from pipeline.report.statistics import Subject, statistics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.score import Scoring

STATISTICS = "summary_statistics.txt"


def write_report(scoring: Scoring, subject: Subject, folder: Path) -> Iterator[Path]:
    """Write the statistics and the four charts, each as PNG and as HTML, into ``folder``.

    Yields each file when it is whole.
    """
    text = folder / STATISTICS
    text.write_text(statistics(scoring, subject), encoding="utf-8")
    yield text
    for chart in DRAW:
        for write, kind in ((write_page, "html"), (write_image, "png")):
            target = folder / f"{chart}.{kind}"
            write(scoring.summary, chart, target)
            yield target
