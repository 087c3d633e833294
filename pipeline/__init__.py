"""Anomaly detection on tabular data: read, fit, score, report and track."""
