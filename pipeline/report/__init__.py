"""Four charts as PNG and as interactive HTML, and the statistics as text, from a summary."""

from pipeline.report.images import write_report
from pipeline.report.statistics import Subject

__all__ = ["Subject", "write_report"]
