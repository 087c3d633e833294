"""Registered data sets: each is a finished MLflow run with typed Parquet and a profile."""

from pipeline.datasets.registry import LATEST, fetch, get, list_datasets, register
from pipeline.datasets.store import EXPERIMENT, Dataset

__all__ = ["EXPERIMENT", "LATEST", "Dataset", "fetch", "get", "list_datasets", "register"]
