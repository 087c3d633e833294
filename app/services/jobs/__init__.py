"""Trigger and follow DAG runs: training, scoring and their schedule."""
