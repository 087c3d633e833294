"""Accident records like those a city publishes, with planted anomalies whose truth is known."""

from pipeline.sample.anomalies import KINDS
from pipeline.sample.write import ROWS, Sample, generate, truth_path, write_sample

__all__ = ["KINDS", "ROWS", "Sample", "generate", "truth_path", "write_sample"]
